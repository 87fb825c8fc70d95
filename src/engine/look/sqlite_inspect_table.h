/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_inspect_table: all about a table or view, or about one of its columns. Private to
 * sqlite_inspect.
 */
#ifndef RSCN_ENGINE_SQLITE_INSPECT_TABLE_H
#define RSCN_ENGINE_SQLITE_INSPECT_TABLE_H

#include <jansson.h>

#include "engine/look/sqlite_view.h"

/* The table (schema may be NULL), with sample rows from detail_level 1 on. MIME bundle, or NULL
 * when there is none. */
json_t *sqlite_inspect_table(const struct sqlite_view *view, const char *schema, const char *name,
                             int detail_level);
/* One column of it; NULL when there is none. */
json_t *sqlite_inspect_column(const struct sqlite_view *view, const char *schema, const char *name,
                              const char *column);

#endif
