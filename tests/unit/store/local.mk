# SPDX-License-Identifier: Apache-2.0
# Unit tests of store: each links store and what is below it.
check_PROGRAMS += \
  tests/unit/store/executions.t \
  tests/unit/store/guard.t \
  tests/unit/store/history.t \
  tests/unit/store/inflight.t \
  tests/unit/store/listing.t \
  tests/unit/store/lock.t \
  tests/unit/store/migrations.t \
  tests/unit/store/notebook_names.t \
  tests/unit/store/notebook_texts.t \
  tests/unit/store/notebooks.t \
  tests/unit/store/open.t \
  tests/unit/store/recent.t \
  tests/unit/store/record.t \
  tests/unit/store/rscn_tables.t \
  tests/unit/store/wal_file.t \
  tests/unit/store/writing.t
tests_unit_store_inflight_t_SOURCES = tests/unit/store/inflight_test.c tests/unit/store/store_fixture.h
tests_unit_store_inflight_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_inflight_t_LDADD = $(STORE_LIBS)
tests_unit_store_lock_t_SOURCES = tests/unit/store/lock_test.c tests/unit/store/store_fixture.h
tests_unit_store_lock_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_lock_t_LDADD = $(STORE_LIBS)
tests_unit_store_migrations_t_SOURCES = tests/unit/store/migrations_test.c tests/unit/store/store_fixture.h
tests_unit_store_migrations_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_migrations_t_LDADD = $(STORE_LIBS)
tests_unit_store_open_t_SOURCES = tests/unit/store/open_test.c tests/unit/store/store_fixture.h
tests_unit_store_open_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_open_t_LDADD = $(STORE_LIBS)
tests_unit_store_rscn_tables_t_SOURCES = tests/unit/store/rscn_tables_test.c tests/unit/store/store_fixture.h
tests_unit_store_rscn_tables_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_rscn_tables_t_LDADD = $(STORE_LIBS)
tests_unit_store_writing_t_SOURCES = tests/unit/store/writing_test.c tests/unit/store/store_fixture.h
tests_unit_store_writing_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_writing_t_LDADD = $(STORE_LIBS)
tests_unit_store_executions_t_SOURCES = tests/unit/store/executions_test.c tests/unit/store/record_fixture.h \
  tests/unit/store/store_fixture.h
tests_unit_store_executions_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_executions_t_LDADD = $(STORE_LIBS)
tests_unit_store_guard_t_SOURCES = tests/unit/store/guard_test.c tests/unit/store/record_fixture.h \
  tests/unit/store/store_fixture.h
tests_unit_store_guard_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_guard_t_LDADD = $(STORE_LIBS)
tests_unit_store_history_t_SOURCES = tests/unit/store/history_test.c tests/unit/store/record_fixture.h \
  tests/unit/store/store_fixture.h
tests_unit_store_history_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_history_t_LDADD = $(STORE_LIBS)
tests_unit_store_listing_t_SOURCES = tests/unit/store/listing_test.c tests/unit/store/record_fixture.h \
  tests/unit/store/store_fixture.h
tests_unit_store_listing_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_listing_t_LDADD = $(STORE_LIBS)
tests_unit_store_recent_t_SOURCES = tests/unit/store/recent_test.c tests/unit/store/record_fixture.h \
  tests/unit/store/store_fixture.h
tests_unit_store_recent_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_recent_t_LDADD = $(STORE_LIBS)
tests_unit_store_record_t_SOURCES = tests/unit/store/record_test.c tests/unit/store/record_fixture.h \
  tests/unit/store/store_fixture.h
tests_unit_store_record_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_record_t_LDADD = $(STORE_LIBS)
tests_unit_store_wal_file_t_SOURCES = tests/unit/store/wal_file_test.c tests/unit/store/record_fixture.h \
  tests/unit/store/store_fixture.h
tests_unit_store_wal_file_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_wal_file_t_LDADD = $(STORE_LIBS)
tests_unit_store_notebooks_t_SOURCES = tests/unit/store/notebooks_test.c tests/unit/store/notebook_fixture.h \
  tests/unit/store/record_fixture.h tests/unit/store/store_fixture.h
tests_unit_store_notebooks_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_notebooks_t_LDADD = $(STORE_LIBS)
tests_unit_store_notebook_names_t_SOURCES = tests/unit/store/notebook_names_test.c \
  tests/unit/store/notebook_fixture.h tests/unit/store/record_fixture.h tests/unit/store/store_fixture.h
tests_unit_store_notebook_names_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_notebook_names_t_LDADD = $(STORE_LIBS)
tests_unit_store_notebook_texts_t_SOURCES = tests/unit/store/notebook_texts_test.c \
  tests/unit/store/notebook_fixture.h tests/unit/store/record_fixture.h tests/unit/store/store_fixture.h
tests_unit_store_notebook_texts_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_notebook_texts_t_LDADD = $(STORE_LIBS)
