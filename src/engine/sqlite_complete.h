/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_complete: completion and inspection for SQL text on a view of a database.
 */
#ifndef RSCN_ENGINE_SQLITE_COMPLETE_H
#define RSCN_ENGINE_SQLITE_COMPLETE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "engine/sqlite_view.h"

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

/* Describes what stands at `cursor`: a table or view (its CREATE text, columns), a function, a
 * keyword. MIME bundle (text/plain, text/html), or NULL when nothing is known there. Caller
 * decrefs. */
json_t *sqlite_inspect(const struct sqlite_view *view, const char *code, size_t size, size_t cursor,
                       int detail_level);

/* CREATE texts as a MIME bundle: of the table, view, index or trigger `name` (with or without its
 * schema) and what belongs to it; of everything but the record's own when name is NULL. NULL with
 * ERROR_NOT_FOUND and near names. Caller decrefs. */
json_t *sqlite_describe(const struct sqlite_view *view, const char *name,
                        struct error *error) NODISCARD;

#endif
