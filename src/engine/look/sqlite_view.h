/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_view: what completion and inspection look at: a connection on which nothing of the user
 * runs, and what the session knows beside it.
 *
 * For clients it is a read-only one of the look-ups' own, or a copy of the schema in memory
 * (sqlite_look.h); for magics, between statements, that of the database in use.
 */
#ifndef RSCN_ENGINE_SQLITE_VIEW_H
#define RSCN_ENGINE_SQLITE_VIEW_H

#include <jansson.h>
#include <stdbool.h>

struct sqlite3;
struct sqlite_guard;
struct sqlite_names;

struct sqlite_view {
    struct sqlite3 *connection; /* NULL while no database can be used */
    struct sqlite_guard *guard; /* its authorizer, NULL if it has none */
    const char *label;          /* for messages: "the store (/p/rssd.db)", "shop.db" */
    bool is_store;
    bool has_rows;              /* false: a copy of the schema, whose tables are empty */
    bool only_files_have;       /* rows: what has no file, as TEMP, is such a copy */
    const json_t *parameters;   /* object: session parameters */
    struct sqlite_names *names; /* what is kept from one completion to the next; NULL: nothing */
};

#endif
