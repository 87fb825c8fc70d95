-- comment
%use a.db
SELECT 'it''s', "a""b", [c d], `e`, x'00' FROM t WHERE a = :p AND b = $q::r(s) AND c = ?1; /* end */
