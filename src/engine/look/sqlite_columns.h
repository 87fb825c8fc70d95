/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_columns: the columns that a source of a statement has: those of a table or view, and of a
 * subquery or WITH query with its stars written out.
 */
#ifndef RSCN_ENGINE_SQLITE_COLUMNS_H
#define RSCN_ENGINE_SQLITE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/look/sqlite_view.h"
#include "model/sql/sql_scope.h"

/* One column; `table` and `schema` say where it is stored, NULL for a result of a query. False
 * stops. */
typedef bool (*sqlite_column_row)(void *context, const char *name, const char *schema,
                                  const char *table);

/* Bounded: queries within queries to a depth of 16, and 1000 sources in all. */
void sqlite_columns_of_source(const struct sqlite_view *view, const struct sql_scope *scope,
                              const struct sql_source *source, sqlite_column_row row,
                              void *context);
/* Of a table or view of the database; schema may be NULL. Columns that are hidden are left out. */
void sqlite_columns_of_table(const struct sqlite_view *view, const char *schema, const char *table,
                             sqlite_column_row row, void *context);
/* Of a WITH query. */
void sqlite_columns_of_common(const struct sqlite_view *view, const struct sql_scope *scope,
                              const struct sql_common *common, sqlite_column_row row,
                              void *context);

#endif
