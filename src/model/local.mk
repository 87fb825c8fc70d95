# SPDX-License-Identifier: Apache-2.0
# model: pure values: statement scanner, result tables, notebook cells, cell matching, states
noinst_LIBRARIES += libmodel.a
libmodel_a_SOURCES = \
  src/model/identity/cell_match.c src/model/identity/cell_match.h \
  src/model/line_diff.c src/model/line_diff.h \
  src/model/identity/match_lines.c src/model/identity/match_order.c src/model/identity/match_sides.c src/model/identity/match_sides.h \
  src/model/line_search.c src/model/line_search.h \
  src/model/output/nbformat_output.c src/model/output/nbformat_output.h \
  src/model/table/chart.c src/model/table/chart.h \
  src/model/table/csv_guess.c src/model/table/csv_guess.h \
  src/model/notebook/notebook.c src/model/notebook/notebook.h src/model/notebook/notebook_private.h \
  src/model/identity/normal_form.c src/model/identity/normal_form.h \
  src/model/notebook_diff.c src/model/notebook_diff.h \
  src/model/output/output_diff.c src/model/output/output_diff.h \
  src/model/output/output_fold.c src/model/output/output_fold.h \
  src/model/output/output_file.c src/model/output/output_file.h \
  src/model/notebook/notebook_check.c src/model/notebook/notebook_check.h \
  src/model/notebook/notebook_members.c src/model/notebook/notebook_text.c src/model/notebook/notebook_v3.c \
  src/model/notebook/notebook_write.c src/model/notebook/notebook_write.h \
  src/model/script/percent_header.c src/model/script/percent_lines.c src/model/script/percent_options.c \
  src/model/script/percent_private.h src/model/script/percent_script.c src/model/script/percent_write.c \
  src/model/script/percent_text.c src/model/script/percent_text.h \
  src/model/sql/plan_tree.c src/model/sql/plan_tree.h \
  src/model/notebook/raw_json.c src/model/notebook/raw_json.h src/model/notebook/raw_json_private.h \
  src/model/notebook/raw_json_number.c src/model/notebook/raw_json_parse.c src/model/notebook/raw_json_text.c \
  src/model/notebook/raw_json_write.c \
  src/model/table/result_table.c src/model/table/result_table.h src/model/table/result_value.h src/model/table/result_table_private.h \
  src/model/table/result_table_html.c src/model/table/result_table_json.c src/model/table/result_table_text.c \
  src/model/sql/sql_completeness.c src/model/sql/sql_completeness.h \
  src/model/sql/sql_definition.c src/model/sql/sql_definition.h \
  src/model/sql/sql_lexer.c src/model/sql/sql_lexer.h \
  src/model/sql/sql_scan.c src/model/sql/sql_scan.h \
  src/model/sql/sql_scope.c src/model/sql/sql_scope.h \
  src/model/sql/sql_scope_parts.c \
  src/model/sql/sql_scope_reader.c src/model/sql/sql_scope_reader.h \
  src/model/sql/sql_tokens.c src/model/sql/sql_tokens.h \
  src/model/sql/sql_words.c src/model/sql/sql_words.h \
  src/model/states.c src/model/states.h \
  src/model/identity/text_similarity.c src/model/identity/text_similarity.h \
  src/model/sql/touched_objects.c src/model/sql/touched_objects.h \
  src/model/identity/version_match.c src/model/identity/version_match.h
libmodel_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
