EXPLAIN QUERY PLAN SELECT (1 % 2)
%3;
  %tables x
;;SELECT 'open