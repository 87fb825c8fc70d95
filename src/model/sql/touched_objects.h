/* SPDX-License-Identifier: Apache-2.0 */
/*
 * touched_objects: which tables, views, indexes and triggers the statements of a cell made, changed,
 * wrote and read.
 *
 * Collected while a statement is prepared, and settled when it has run; what was prepared and did
 * not run is dropped. What was taken back afterwards (ROLLBACK, a savepoint, the cell undone) stays
 * and is marked. Bounded: what comes after TOUCHED_OBJECTS_MAX is added to what is there, see
 * touched_objects_compact; beyond the other limits is_cut is set.
 */
#ifndef RSCN_MODEL_TOUCHED_OBJECTS_H
#define RSCN_MODEL_TOUCHED_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOUCHED_OBJECTS_MAX 1000 /* of one cell, each statement by itself */
#define TOUCHED_OBJECTS_HARD 20000
#define TOUCHED_COLUMNS_MAX 200  /* of one object */

enum object_action { OBJECT_CREATE, OBJECT_ALTER, OBJECT_DROP, OBJECT_WRITE, OBJECT_READ };

/* What remains of it when the execution ends. Of a read nothing. */
enum object_effect {
    OBJECT_NO_EFFECT, /* it failed, or was taken back */
    OBJECT_KEPT,
    OBJECT_OPEN, /* a transaction of the user is open: a later execution decides */
};

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
    enum object_effect effect;
    bool is_whole;      /* rows were written as a whole: no columns */
    bool is_made;       /* OBJECT_CREATE: it was really made (IF NOT EXISTS may do nothing) */
    bool is_late;       /* came up while the statement ran: inside of a virtual table */
};

/* What a statement does to savepoints. */
enum touched_savepoint {
    TOUCHED_NO_SAVEPOINT,
    TOUCHED_SAVEPOINT,
    TOUCHED_ROLLBACK_TO,
    TOUCHED_RELEASE,
};

struct touched_mark {
    char *name;
    size_t from; /* items that came after it */
};

struct touched_objects {
    struct touched_object *items;
    size_t count, capacity;
    size_t settled; /* items of statements that have run */
    bool is_cut;
    bool is_running;         /* the statement runs: what comes up now is late */
    size_t transaction_from; /* items of the transaction that is open, if one is */
    struct touched_mark *savepoints;
    size_t savepoint_count;
    enum touched_savepoint pending; /* of the last statement */
    char *pending_name;
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
/* The table or view that came last under OBJECT_CREATE was really made. */
void touched_objects_confirm(struct touched_objects *objects);
/* Those of the last statement that have become the same are one again. */
void touched_objects_unite(struct touched_objects *objects);
/* The last statement is SAVEPOINT, ROLLBACK TO or RELEASE with this name; it counts once the
 * statement has run (touched_objects_apply). */
void touched_objects_savepoint(struct touched_objects *objects, enum touched_savepoint what,
                               const char *name);
void touched_objects_apply(struct touched_objects *objects);
/* A transaction begins with the last statement, or each statement is one of its own. */
void touched_objects_begin(struct touched_objects *objects);
/* Items from `from` on were taken back. */
void touched_objects_undo(struct touched_objects *objects, size_t from);
/* The execution ends in the middle of a transaction of the user. */
void touched_objects_leave_open(struct touched_objects *objects);
/* Beyond TOUCHED_OBJECTS_MAX items what the settled statement (items from `from` on) wrote or read
 * is added to an earlier item of the same object, unless that one could be taken back without it. */
void touched_objects_compact(struct touched_objects *objects, size_t from, bool in_transaction);
/* The last statement ran, and what it did is kept for now. `changes` (-1 = not known) is what its own writes changed. */
void touched_objects_settle(struct touched_objects *objects, size_t statement, size_t line,
                            int64_t changes);
void touched_objects_release(struct touched_objects *objects);

/* "create", "alter", "drop", "write", "read" */
const char *object_action_name(enum object_action action);
/* False when the word is none of them; case does not matter. */
bool object_action_parse(const char *word, enum object_action *ret_action);
/* "none", "committed", "open" */
const char *object_effect_name(enum object_effect effect);

#endif
