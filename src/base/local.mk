# SPDX-License-Identifier: Apache-2.0
# base: memory, strings, errors, log, ids, time, files
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
  src/base/error.c src/base/error.h \
  src/base/files.c src/base/files.h \
  src/base/html.c src/base/html.h \
  src/base/ident.c src/base/ident.h \
  src/base/json_util.c src/base/json_util.h \
  src/base/log.c src/base/log.h \
  src/base/memory.c src/base/memory.h \
  src/base/near_name.c src/base/near_name.h \
  src/base/person.c src/base/person.h \
  src/base/queue.c src/base/queue.h \
  src/base/strbuf.c src/base/strbuf.h \
  src/base/timestamp.c src/base/timestamp.h \
  src/base/unique_names.c src/base/unique_names.h \
  src/base/utf8.c src/base/utf8.h
libbase_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS)
