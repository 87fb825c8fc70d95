# SPDX-License-Identifier: Apache-2.0
# model: pure values: statement scanner, result tables, notebook cells, cell matching, states
noinst_LIBRARIES += libmodel.a
libmodel_a_SOURCES = \
  src/model/cell_match.c src/model/cell_match.h \
  src/model/line_diff.c src/model/line_diff.h \
  src/model/match_lines.c src/model/match_order.c src/model/match_sides.c src/model/match_sides.h \
  src/model/line_search.c src/model/line_search.h \
  src/model/nbformat_output.c src/model/nbformat_output.h \
  src/model/chart.c src/model/chart.h \
  src/model/csv_guess.c src/model/csv_guess.h \
  src/model/notebook.c src/model/notebook.h src/model/notebook_private.h \
  src/model/normal_form.c src/model/normal_form.h \
  src/model/notebook_diff.c src/model/notebook_diff.h \
  src/model/output_diff.c src/model/output_diff.h \
  src/model/output_fold.c src/model/output_fold.h \
  src/model/output_file.c src/model/output_file.h \
  src/model/notebook_check.c src/model/notebook_check.h \
  src/model/notebook_members.c src/model/notebook_text.c src/model/notebook_v3.c \
  src/model/notebook_write.c src/model/notebook_write.h \
  src/model/percent_header.c src/model/percent_lines.c src/model/percent_options.c \
  src/model/percent_private.h src/model/percent_script.c src/model/percent_write.c \
  src/model/percent_text.c src/model/percent_text.h \
  src/model/plan_tree.c src/model/plan_tree.h \
  src/model/raw_json.c src/model/raw_json.h src/model/raw_json_private.h \
  src/model/raw_json_number.c src/model/raw_json_parse.c src/model/raw_json_text.c \
  src/model/raw_json_write.c \
  src/model/result_table.c src/model/result_table.h src/model/result_value.h src/model/result_table_private.h \
  src/model/result_table_html.c src/model/result_table_json.c src/model/result_table_text.c \
  src/model/sql_completeness.c src/model/sql_completeness.h \
  src/model/sql_definition.c src/model/sql_definition.h \
  src/model/sql_lexer.c src/model/sql_lexer.h \
  src/model/sql_scan.c src/model/sql_scan.h \
  src/model/sql_scope.c src/model/sql_scope.h \
  src/model/sql_scope_parts.c \
  src/model/sql_scope_reader.c src/model/sql_scope_reader.h \
  src/model/sql_tokens.c src/model/sql_tokens.h \
  src/model/sql_words.c src/model/sql_words.h \
  src/model/states.c src/model/states.h \
  src/model/text_similarity.c src/model/text_similarity.h \
  src/model/touched_objects.c src/model/touched_objects.h \
  src/model/version_match.c src/model/version_match.h
libmodel_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
