/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_complete: completion for SQL text on a view of a database.
 */
#ifndef RSCN_ENGINE_SQLITE_COMPLETE_H
#define RSCN_ENGINE_SQLITE_COMPLETE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/look/sqlite_view.h"

/*
 * Candidates for the word before `cursor` (byte offset, clamped by the caller): what can stand
 * there, by the statement around it. Adds {text, type, signature?} objects to `matches` (no
 * duplicates, best first, at most 1000) and gives the byte range that a match replaces. Nothing
 * inside strings and comments, nor on % lines. Works on text that does not parse.
 */
void sqlite_complete(const struct sqlite_view *view, const char *code, size_t size, size_t cursor,
                     json_t *matches, size_t *ret_start, size_t *ret_end);

/* Tables and views that begin with `prefix`, as sqlite_complete gives them. */
void sqlite_complete_table(const struct sqlite_view *view, const char *prefix, json_t *matches);

#endif
