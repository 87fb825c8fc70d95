# SPDX-License-Identifier: Apache-2.0
# Unit tests of engine: each links engine and what is below it.
check_PROGRAMS += \
  tests/unit/engine/csv_reader.t \
  tests/unit/engine/completeness_oracle.t \
  tests/unit/engine/sqlite_complete.t \
  tests/unit/engine/sqlite_database.t \
  tests/unit/engine/sqlite_engine.t \
  tests/unit/engine/sqlite_inspect.t \
  tests/unit/engine/sqlite_guard.t \
  tests/unit/engine/sqlite_look.t \
  tests/unit/engine/sqlite_output.t
tests_unit_engine_completeness_oracle_t_SOURCES = tests/unit/engine/completeness_oracle_test.c
tests_unit_engine_completeness_oracle_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_completeness_oracle_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_complete_t_SOURCES = tests/unit/engine/sqlite_complete_test.c
tests_unit_engine_sqlite_complete_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_complete_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_database_t_SOURCES = tests/unit/engine/sqlite_database_test.c tests/unit/engine/engine_fixture.h
tests_unit_engine_sqlite_database_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_database_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_engine_t_SOURCES = tests/unit/engine/sqlite_engine_test.c tests/unit/engine/engine_fixture.h
tests_unit_engine_sqlite_engine_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_engine_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_guard_t_SOURCES = tests/unit/engine/sqlite_guard_test.c tests/unit/engine/engine_fixture.h
tests_unit_engine_sqlite_guard_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_guard_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_output_t_SOURCES = tests/unit/engine/sqlite_output_test.c
tests_unit_engine_sqlite_output_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_output_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_look_t_SOURCES = tests/unit/engine/sqlite_look_test.c tests/unit/engine/engine_fixture.h
tests_unit_engine_sqlite_look_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_look_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_inspect_t_SOURCES = tests/unit/engine/sqlite_inspect_test.c
tests_unit_engine_sqlite_inspect_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_inspect_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_csv_reader_t_SOURCES = tests/unit/engine/csv_reader_test.c
tests_unit_engine_csv_reader_t_LDADD = $(ENGINE_LIBS)
tests_unit_engine_sqlite_suggest_t_SOURCES = tests/unit/engine/sqlite_suggest_test.c tests/unit/engine/engine_fixture.h
tests_unit_engine_sqlite_suggest_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_suggest_t_LDADD = $(ENGINE_LIBS)
check_PROGRAMS += tests/unit/engine/sqlite_suggest.t
