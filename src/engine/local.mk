# SPDX-License-Identifier: Apache-2.0
# engine: runs cells; the embedded SQLite is the first engine
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
  src/engine/csv_reader.c src/engine/csv_reader.h \
  src/engine/engine.c src/engine/engine.h \
  src/engine/look/sql_functions.c src/engine/look/sql_functions.h \
  src/engine/look/sql_keywords.c src/engine/look/sql_keywords.h \
  src/engine/look/sql_pragmas.c src/engine/look/sql_pragmas.h \
  src/engine/row_file.c src/engine/row_file.h \
  src/engine/look/sqlite_catalog.c src/engine/look/sqlite_catalog.h \
  src/engine/look/schema_snapshot.c src/engine/look/schema_snapshot.h \
  src/engine/sqlite_touched.c src/engine/sqlite_touched.h \
  src/engine/look/sqlite_columns.c src/engine/look/sqlite_columns.h \
  src/engine/look/sqlite_matches.c src/engine/look/sqlite_matches.h \
  src/engine/look/sqlite_names.c src/engine/look/sqlite_names.h \
  src/engine/look/sqlite_view.h \
  src/engine/sqlite_constraint.c src/engine/sqlite_constraint.h \
  src/engine/look/sqlite_complete.c src/engine/look/sqlite_complete.h \
  src/engine/look/sqlite_describe.c src/engine/look/sqlite_describe.h \
  src/engine/look/sqlite_inspect.c src/engine/look/sqlite_inspect.h \
  src/engine/look/sqlite_inspect_table.c src/engine/look/sqlite_inspect_table.h \
  src/engine/sqlite_database.c src/engine/sqlite_database.h \
  src/engine/sqlite_effects.c src/engine/sqlite_effects.h \
  src/engine/sqlite_engine.c src/engine/sqlite_engine.h src/engine/sqlite_engine_state.h \
  src/engine/sqlite_error.c src/engine/sqlite_error.h \
  src/engine/look/sqlite_evaluate.c \
  src/engine/sqlite_export.c src/engine/sqlite_export.h \
  src/engine/sqlite_guard.c src/engine/sqlite_guard.h \
  src/engine/look/sqlite_look.c src/engine/look/sqlite_look.h \
  src/engine/sqlite_import.c src/engine/sqlite_import.h \
  src/engine/sqlite_name.c src/engine/sqlite_name.h \
  src/engine/sqlite_output.c src/engine/sqlite_output.h \
  src/engine/sqlite_parameters.c src/engine/sqlite_parameters.h \
  src/engine/sqlite_plan.c src/engine/sqlite_plan.h \
  src/engine/sqlite_timing.c src/engine/sqlite_timing.h \
  src/engine/sqlite_run.c src/engine/sqlite_run_begin.c src/engine/sqlite_run_directive.c \
  src/engine/sqlite_run_touched.c src/engine/sqlite_run_state.h \
  src/engine/sqlite_suggest.c src/engine/sqlite_suggest.h \
  src/engine/sqlite_warning.c src/engine/sqlite_warning.h
libengine_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
