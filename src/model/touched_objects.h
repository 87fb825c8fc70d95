/* SPDX-License-Identifier: Apache-2.0 */
/*
 * touched_objects: which tables, views, indexes and triggers the statements of a cell made, changed,
 * wrote and read.
 *
 * Collected while a statement is prepared, and settled when it has run; what was prepared and did
 * not run is dropped. Bounded: beyond the limits is_cut is set.
 */
#ifndef RSCN_MODEL_TOUCHED_OBJECTS_H
#define RSCN_MODEL_TOUCHED_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOUCHED_OBJECTS_MAX 1000 /* of one cell */
#define TOUCHED_COLUMNS_MAX 200  /* of one object */

enum object_action { OBJECT_CREATE, OBJECT_ALTER, OBJECT_DROP, OBJECT_WRITE, OBJECT_READ };

struct touched_object {
    enum object_action action;
    size_t statement;   /* number in the cell, from 1 */
    size_t line;        /* of the cell, from 1 */
    char *schema;       /* main, temp or the name of an attached database */
    char *file;         /* of an attached database; NULL = of the execution's own */
    char *name;
    char *through;      /* view, trigger or index that the statement reached it by; NULL = itself */
    char *renamed_from; /* old name of a table that ALTER … RENAME TO gave this name; else NULL */
    char **columns;     /* sorted; none: the whole object, or not known */
    size_t column_count;
    int64_t changes;    /* rows of a write by the statement itself; -1 = not known */
};

struct touched_objects {
    struct touched_object *items;
    size_t count, capacity;
    size_t settled; /* items of statements that have run */
    bool is_cut;
};

/* All texts are copied; `column` and `through` may be NULL. The same object in the same statement is
 * one item; its columns are gathered. */
void touched_objects_add(struct touched_objects *objects, enum object_action action,
                         const char *schema, const char *name, const char *column,
                         const char *through);
/* The last statement did not run: forgets what was added for it. */
void touched_objects_drop(struct touched_objects *objects);
/* Takes one out that was added for the last statement. */
void touched_objects_remove(struct touched_objects *objects, size_t index);
/* The last statement ran. `changes` (-1 = not known) is what its own writes changed. */
void touched_objects_settle(struct touched_objects *objects, size_t statement, size_t line,
                            int64_t changes);
void touched_objects_release(struct touched_objects *objects);

/* "create", "alter", "drop", "write", "read" */
const char *object_action_name(enum object_action action);
/* False when the word is none of them; case does not matter. */
bool object_action_parse(const char *word, enum object_action *ret_action);

#endif
