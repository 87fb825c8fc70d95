# SPDX-License-Identifier: Apache-2.0
# store: the record in SQLite; the only place with SQL for our own database
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
  src/store/cells.c src/store/cells.h \
  src/store/database.c src/store/database.h \
  src/store/executions.c src/store/export.c src/store/export.h \
  src/store/guard.c src/store/guard.h \
  src/store/history.c \
  src/store/inflight.c src/store/inflight.h \
  src/store/inflight_record.c src/store/inflight_record.h \
  src/store/known_cells.c \
  src/store/listing.c \
  src/store/locate.c src/store/locate.h \
  src/store/log.c src/store/log.h \
  src/store/lock.c src/store/lock.h \
  src/store/migrations.c src/store/migrations.h \
  src/store/notebook_kernels.c src/store/notebook_kernels.h \
  src/store/notebook_names.c src/store/notebook_names.h \
  src/store/notebook_past.c src/store/notebook_past.h \
  src/store/notebook_place.c \
  src/store/notebook_renamed.c src/store/notebook_renamed.h \
  src/store/notebook_take.c src/store/notebook_take.h \
  src/store/notebook_texts.c \
  src/store/notebook_versions.c \
  src/store/notebooks.h \
  src/store/objects.c src/store/objects.h \
  src/store/open.c \
  src/store/outputs.c src/store/outputs.h \
  src/store/recent.c src/store/recent.h \
  src/store/record.c src/store/record.h \
  src/store/recovery.c src/store/recovery.h \
  src/store/resolve.c \
  src/store/rscn_tables.c src/store/rscn_tables.h \
  src/store/running.c \
  src/store/schema.h \
  src/store/snapshot.c src/store/snapshot.h \
  src/store/statements_listing.def src/store/statements_notebooks.def \
  src/store/statements_record.def \
  src/store/statement.c src/store/statement.h \
  src/store/store.h \
  src/store/versions.c src/store/versions.h \
  src/store/wal_file.c src/store/wal_file.h \
  src/store/writing.c
nodist_libstore_a_SOURCES = src/store/schema_sql.c
libstore_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
