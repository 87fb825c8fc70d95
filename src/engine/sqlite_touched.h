/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_touched: what SQLite's authorizer is told about a statement, as touched objects.
 */
#ifndef RSCN_ENGINE_SQLITE_TOUCHED_H
#define RSCN_ENGINE_SQLITE_TOUCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sql/touched_objects.h"

struct sqlite3;

/* One call of the authorizer with its arguments; what concerns no object of the user is left out. */
void sqlite_touched_note(struct touched_objects *objects, int action, const char *first,
                         const char *second, const char *schema, const char *inner);
/* The statement whose objects were noted, after it ran. */
struct sqlite_touched_statement {
    const char *text;
    size_t size;
    size_t number;   /* in the cell */
    size_t line;     /* of the cell */
    int64_t changes; /* -1 = not known */
    bool was_open;   /* a transaction was open before it */
    bool is_open;    /* … and after it */
    bool was_rolled_back;
    bool has_failed;
    bool keeps_rows; /* it failed, and rows that it wrote before stay */
};

/* Completes what the authorizer does not say (what ALTER TABLE changes, views and triggers that stand
 * behind a name, files of attached databases; `store_path` is called store) and settles. Prepares
 * statements on the connection, runs none: the guard has to let them pass. */
void sqlite_touched_settle(struct touched_objects *objects, struct sqlite3 *connection,
                           const char *store_path,
                           const struct sqlite_touched_statement *statement);

#endif
