/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_inspect: what a name in SQL text is.
 */
#ifndef RSCN_ENGINE_SQLITE_INSPECT_H
#define RSCN_ENGINE_SQLITE_INSPECT_H

#include <jansson.h>
#include <stddef.h>

#include "engine/look/sqlite_view.h"

/* Describes what stands at `cursor` (byte offset): a table or view (columns, indexes, rows, CREATE
 * text; sample rows from detail_level 1 on), a column, a function, a keyword, a pragma, a
 * parameter. MIME bundle (text/plain, text/html), or NULL when nothing is known there. Caller
 * decrefs. */
json_t *sqlite_inspect(const struct sqlite_view *view, const char *code, size_t size, size_t cursor,
                       int detail_level);

#endif
