/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_describe: the CREATE texts of what a database has.
 */
#ifndef RSCN_ENGINE_SQLITE_DESCRIBE_H
#define RSCN_ENGINE_SQLITE_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "engine/look/sqlite_view.h"

/* CREATE texts as a MIME bundle: of the table, view, index or trigger `name` (with or without its
 * schema) and what belongs to it; of everything but the record's own when name is NULL. NULL with
 * ERROR_NOT_FOUND and near names. Caller decrefs. */
json_t *sqlite_describe(const struct sqlite_view *view, const char *name,
                        struct error *error) NODISCARD;

/* The CREATE texts in `text`; false when there are none, or when a schema could not be read: then
 * *error is set (may be NULL). */
bool sqlite_describe_creates(const struct sqlite_view *view, const char *schema, const char *name,
                             struct strbuf *text, struct error *error);

/* The text as a MIME bundle: text/plain and text/html. */
json_t *sqlite_describe_text(const char *text);

#endif
