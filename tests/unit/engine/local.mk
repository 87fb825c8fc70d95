# SPDX-License-Identifier: Apache-2.0
# Unit tests of engine: each links engine and what is below it.
check_PROGRAMS += \
  tests/unit/engine/sqlite_complete.t
tests_unit_engine_sqlite_complete_t_SOURCES = tests/unit/engine/sqlite_complete_test.c
tests_unit_engine_sqlite_complete_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_engine_sqlite_complete_t_LDADD = $(ENGINE_LIBS)
