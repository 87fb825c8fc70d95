/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_catalog: questions of our own to a connection about its schema. They only read, and run
 * with the guard's leave (K-19); a transaction of the user is not disturbed.
 */
#ifndef RSCN_ENGINE_SQLITE_CATALOG_H
#define RSCN_ENGINE_SQLITE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/look/sqlite_view.h"

/* One row as texts (NULL stays NULL), borrowed for the call; false stops. */
typedef bool (*catalog_row)(void *context, const char *const *values, size_t count);

/* Runs one SELECT with text parameters ?1… (NULL elements are NULL). False when it failed: a broken
 * view, a database that is locked. At most 16 columns are given. */
bool sqlite_catalog_query(const struct sqlite_view *view, const char *sql,
                          const char *const *values, size_t count, catalog_row row, void *context);
/* `name` as an SQL identifier: bare when that reads the same, else in double quotes. Caller frees.
 */
char *sqlite_catalog_identifier(const char *name);

#endif
