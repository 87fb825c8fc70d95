# SPDX-License-Identifier: Apache-2.0
# Unit tests of model: each links model and base alone.
check_PROGRAMS += \
  tests/unit/model/notebook.t \
  tests/unit/model/chart.t \
  tests/unit/model/csv_guess.t \
  tests/unit/model/plan_tree.t \
  tests/unit/model/cell_match.t \
  tests/unit/model/line_diff.t \
  tests/unit/model/text_similarity.t \
  tests/unit/model/normal_form.t \
  tests/unit/model/version_match_rate.t \
  tests/unit/model/line_search.t \
  tests/unit/model/notebook_diff.t \
  tests/unit/model/output_diff.t \
  tests/unit/model/output_file.t \
  tests/unit/model/percent_text.t \
  tests/unit/model/output_fold.t \
  tests/unit/model/raw_json.t \
  tests/unit/model/result_table.t \
  tests/unit/model/sql_completeness.t \
  tests/unit/model/sql_scan.t \
  tests/unit/model/sql_scope.t \
  tests/unit/model/states.t \
  tests/unit/model/touched_objects.t \
  tests/unit/model/version_match.t
tests_unit_model_cell_match_t_SOURCES = tests/unit/model/cell_match_test.c
tests_unit_model_cell_match_t_LDADD = $(MODEL_LIBS)
tests_unit_model_line_diff_t_SOURCES = tests/unit/model/line_diff_test.c
tests_unit_model_line_diff_t_LDADD = $(MODEL_LIBS)
tests_unit_model_text_similarity_t_SOURCES = tests/unit/model/text_similarity_test.c
tests_unit_model_text_similarity_t_LDADD = $(MODEL_LIBS)
tests_unit_model_normal_form_t_SOURCES = tests/unit/model/normal_form_test.c
tests_unit_model_normal_form_t_LDADD = $(MODEL_LIBS)
tests_unit_model_version_match_rate_t_SOURCES = tests/unit/model/version_match_rate_test.c \
  tests/unit/model/edit_history.c tests/unit/model/edit_history.h \
  tests/unit/model/match_strategies.c tests/unit/model/match_strategies.h
tests_unit_model_version_match_rate_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/unit/model
tests_unit_model_version_match_rate_t_LDADD = $(MODEL_LIBS)
tests_unit_model_raw_json_t_SOURCES = tests/unit/model/raw_json_test.c
tests_unit_model_raw_json_t_LDADD = $(MODEL_LIBS)
tests_unit_model_result_table_t_SOURCES = tests/unit/model/result_table_test.c
tests_unit_model_result_table_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_model_result_table_t_LDADD = $(MODEL_LIBS)
tests_unit_model_sql_completeness_t_SOURCES = tests/unit/model/sql_completeness_test.c
tests_unit_model_sql_completeness_t_LDADD = $(MODEL_LIBS)
tests_unit_model_sql_scan_t_SOURCES = tests/unit/model/sql_scan_test.c
tests_unit_model_sql_scan_t_LDADD = $(MODEL_LIBS)
tests_unit_model_states_t_SOURCES = tests/unit/model/states_test.c
tests_unit_model_states_t_LDADD = $(MODEL_LIBS)
tests_unit_model_touched_objects_t_SOURCES = tests/unit/model/touched_objects_test.c
tests_unit_model_touched_objects_t_LDADD = $(MODEL_LIBS)
tests_unit_model_chart_t_SOURCES = tests/unit/model/chart_test.c
tests_unit_model_chart_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_model_chart_t_LDADD = $(MODEL_LIBS)
tests_unit_model_csv_guess_t_SOURCES = tests/unit/model/csv_guess_test.c
tests_unit_model_csv_guess_t_LDADD = $(MODEL_LIBS)
tests_unit_model_plan_tree_t_SOURCES = tests/unit/model/plan_tree_test.c
tests_unit_model_plan_tree_t_LDADD = $(MODEL_LIBS)
tests_unit_model_sql_scope_t_SOURCES = tests/unit/model/sql_scope_test.c
tests_unit_model_sql_scope_t_LDADD = $(MODEL_LIBS)
tests_unit_model_notebook_diff_t_SOURCES = tests/unit/model/notebook_diff_test.c
tests_unit_model_notebook_diff_t_LDADD = $(MODEL_LIBS)
tests_unit_model_output_diff_t_SOURCES = tests/unit/model/output_diff_test.c
tests_unit_model_output_diff_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_model_output_diff_t_LDADD = $(MODEL_LIBS)
tests_unit_model_version_match_t_SOURCES = tests/unit/model/version_match_test.c
tests_unit_model_version_match_t_LDADD = $(MODEL_LIBS)
tests_unit_model_line_search_t_SOURCES = tests/unit/model/line_search_test.c
tests_unit_model_line_search_t_LDADD = $(MODEL_LIBS)
tests_unit_model_percent_text_t_SOURCES = tests/unit/model/percent_text_test.c
tests_unit_model_percent_text_t_LDADD = $(MODEL_LIBS)
tests_unit_model_notebook_t_SOURCES = tests/unit/model/notebook_test.c
tests_unit_model_notebook_t_LDADD = $(MODEL_LIBS)
# Not a test itself: the Python tests that compare with nbformat run it.
EXTRA_PROGRAMS += tests/unit/model/notebook_tool
CLEANFILES += tests/unit/model/notebook_tool
tests/jupyter/json_property.log tests/jupyter/notebook_corpus.log tests/jupyter/notebook_property.log: tests/unit/model/notebook_tool$(EXEEXT)
tests_unit_model_notebook_tool_SOURCES = tests/unit/model/notebook_tool.c
tests_unit_model_notebook_tool_LDADD = $(MODEL_LIBS)
tests_unit_model_output_fold_t_SOURCES = tests/unit/model/output_fold_test.c
tests_unit_model_output_fold_t_LDADD = $(MODEL_LIBS)
tests_unit_model_output_file_t_SOURCES = tests/unit/model/output_file_test.c
tests_unit_model_output_file_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_model_output_file_t_LDADD = $(MODEL_LIBS)
