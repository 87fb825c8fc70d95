# SPDX-License-Identifier: Apache-2.0
# Unit tests of store: each links store and what is below it.
check_PROGRAMS += \
  tests/unit/store/lock.t \
  tests/unit/store/open.t
tests_unit_store_lock_t_SOURCES = tests/unit/store/lock_test.c tests/unit/store/store_fixture.h
tests_unit_store_lock_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_lock_t_LDADD = $(STORE_LIBS)
tests_unit_store_open_t_SOURCES = tests/unit/store/open_test.c tests/unit/store/store_fixture.h
tests_unit_store_open_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_store_open_t_LDADD = $(STORE_LIBS)
