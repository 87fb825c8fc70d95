# SPDX-License-Identifier: Apache-2.0
# Unit tests of base: each links base alone.
check_PROGRAMS += \
  tests/unit/base/error.t \
  tests/unit/base/files.t \
  tests/unit/base/html.t \
  tests/unit/base/ident.t \
  tests/unit/base/json_util.t \
  tests/unit/base/log.t \
  tests/unit/base/memory.t \
  tests/unit/base/near_name.t \
  tests/unit/base/queue.t \
  tests/unit/base/strbuf.t \
  tests/unit/base/timestamp.t \
  tests/unit/base/unique_names.t \
  tests/unit/base/utf8.t
tests_unit_base_error_t_SOURCES = tests/unit/base/error_test.c
tests_unit_base_error_t_LDADD = $(BASE_LIBS)
tests_unit_base_files_t_SOURCES = tests/unit/base/files_test.c
tests_unit_base_files_t_LDADD = $(BASE_LIBS)
tests_unit_base_html_t_SOURCES = tests/unit/base/html_test.c
tests_unit_base_html_t_LDADD = $(BASE_LIBS)
tests_unit_base_ident_t_SOURCES = tests/unit/base/ident_test.c
tests_unit_base_ident_t_LDADD = $(BASE_LIBS)
tests_unit_base_json_util_t_SOURCES = tests/unit/base/json_util_test.c
tests_unit_base_json_util_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_base_json_util_t_LDADD = $(BASE_LIBS)
tests_unit_base_log_t_SOURCES = tests/unit/base/log_test.c
tests_unit_base_log_t_LDADD = $(BASE_LIBS)
tests_unit_base_memory_t_SOURCES = tests/unit/base/memory_test.c
tests_unit_base_memory_t_LDADD = $(BASE_LIBS)
tests_unit_base_near_name_t_SOURCES = tests/unit/base/near_name_test.c
tests_unit_base_near_name_t_LDADD = $(BASE_LIBS)
tests_unit_base_queue_t_SOURCES = tests/unit/base/queue_test.c
tests_unit_base_queue_t_LDADD = $(BASE_LIBS)
tests_unit_base_strbuf_t_SOURCES = tests/unit/base/strbuf_test.c
tests_unit_base_strbuf_t_LDADD = $(BASE_LIBS)
tests_unit_base_timestamp_t_SOURCES = tests/unit/base/timestamp_test.c
tests_unit_base_timestamp_t_LDADD = $(BASE_LIBS)
tests_unit_base_unique_names_t_SOURCES = tests/unit/base/unique_names_test.c
tests_unit_base_unique_names_t_LDADD = $(BASE_LIBS)
tests_unit_base_utf8_t_SOURCES = tests/unit/base/utf8_test.c
tests_unit_base_utf8_t_LDADD = $(BASE_LIBS)
