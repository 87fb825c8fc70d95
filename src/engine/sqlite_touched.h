/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_touched: what SQLite's authorizer is told about a statement, as touched objects.
 */
#ifndef RSCN_ENGINE_SQLITE_TOUCHED_H
#define RSCN_ENGINE_SQLITE_TOUCHED_H

#include <stddef.h>

#include "model/touched_objects.h"

struct sqlite3;

/* One call of the authorizer with its arguments; what concerns no object of the user is left out. */
void sqlite_touched_note(struct touched_objects *objects, int action, const char *first,
                         const char *second, const char *schema, const char *inner);
/* The statement text[0..size), whose objects were noted, ran as statement `number` of the cell on
 * `line`: completes what the authorizer does not say (the new name of ALTER … RENAME TO, files of
 * attached databases; `store_path` is called store) and settles. */
void sqlite_touched_settle(struct touched_objects *objects, struct sqlite3 *connection,
                           const char *store_path, const char *text, size_t size, size_t number,
                           size_t line, int64_t changes);

#endif
