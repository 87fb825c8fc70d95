/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_names: the names that the databases of a connection have: objects, and the columns of all
 * tables together.
 *
 * Objects are read anew each time. Which columns all tables have takes a question per table, so the
 * answer is kept, under a hash of the whole schema: it can never be that of another schema,
 * whatever connection it came from.
 */
#ifndef RSCN_ENGINE_SQLITE_NAMES_H
#define RSCN_ENGINE_SQLITE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/look/sqlite_view.h"
#include "model/sql/sql_words.h"

struct sqlite_names;

/* One per thread that asks. */
struct sqlite_names *sqlite_names_new(void);
void sqlite_names_free(struct sqlite_names *names);

struct sqlite_object {
    const char *schema, *name;
    const char *table;  /* that an index or trigger belongs to */
    enum sql_word kind; /* SQL_WORD_TABLE, VIEW, INDEX or TRIGGER */
    bool is_hidden;     /* SQLite's own, or what a virtual table keeps its data in */
    bool is_of_record;  /* the store's own */
};

/* Reads the schemas; what can't be read is left out. Sorted by name; borrowed until the next call.
 */
size_t sqlite_names_read(struct sqlite_names *names, const struct sqlite_view *view,
                         const struct sqlite_object **ret_objects);
/* Names of the columns of all tables that are not hidden and not of the record, table by table; one
 * that several tables have comes several times. After sqlite_names_read; borrowed until the next
 * call of that. */
size_t sqlite_names_columns(struct sqlite_names *names, const struct sqlite_view *view,
                            const char *const **ret_columns);

#endif
