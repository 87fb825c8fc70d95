/* SPDX-License-Identifier: Apache-2.0 */
/*
 * touched_objects: which tables, views, indexes and triggers the statements of a cell touched.
 */
#include "model/sql/touched_objects.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

static const char *const action_names[] = {
    [OBJECT_CREATE] = "create", [OBJECT_ALTER] = "alter", [OBJECT_DROP] = "drop",
    [OBJECT_WRITE] = "write",   [OBJECT_READ] = "read",
};

const char *object_action_name(enum object_action action)
{
    return action_names[action];
}

bool object_action_parse(const char *word, enum object_action *ret_action)
{
    for (size_t i = 0; i < ARRAY_SIZE(action_names); i++) {
        if (strcasecmp(word, action_names[i]) == 0) {
            *ret_action = (enum object_action)i;
            return true;
        }
    }
    return false;
}

const char *object_effect_name(enum object_effect effect)
{
    static const char *const names[] = {
        [OBJECT_NO_EFFECT] = "none", [OBJECT_KEPT] = "committed", [OBJECT_OPEN] = "open"};

    return names[effect];
}

static bool is_same(const char *one, const char *other)
{
    return one && other ? strcasecmp(one, other) == 0 : one == other;
}

static void add_column(struct touched_objects *objects, struct touched_object *item,
                       const char *column)
{
    size_t low = 0, high = item->column_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcasecmp(item->columns[middle], column);
        if (order == 0)
            return;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (item->column_count == TOUCHED_COLUMNS_MAX) {
        objects->is_cut = true;
        return;
    }
    item->columns = xreallocarray(item->columns, item->column_count + 1, sizeof(*item->columns));
    memmove(item->columns + low + 1, item->columns + low,
            (item->column_count - low) * sizeof(*item->columns));
    item->columns[low] = xstrdup(column);
    item->column_count++;
}

static void forget_columns(struct touched_object *item)
{
    for (size_t i = 0; i < item->column_count; i++)
        free(item->columns[i]);
    free(item->columns);
    item->columns = NULL;
    item->column_count = 0;
}

static bool is_item(const struct touched_object *item, enum object_action action,
                    const char *schema, const char *name, const char *through)
{
    return item->action == action && is_same(item->name, name) && is_same(item->schema, schema) &&
           is_same(item->through, through);
}

/* Columns of one table come one after the other: the search begins at the end. */
static struct touched_object *find(struct touched_objects *objects, enum object_action action,
                                   const char *schema, const char *name, const char *through)
{
    for (size_t i = objects->count; i > objects->settled; i--) {
        if (is_item(&objects->items[i - 1], action, schema, name, through))
            return &objects->items[i - 1];
    }
    return NULL;
}

void touched_objects_add(struct touched_objects *objects, enum object_action action,
                         const char *schema, const char *name, const char *column,
                         const char *through)
{
    struct touched_object *item = find(objects, action, schema, name, through);

    if (!item) {
        if (objects->count == TOUCHED_OBJECTS_HARD) {
            objects->is_cut = true;
            return;
        }
        if (objects->count == objects->capacity) {
            objects->capacity = objects->capacity * 2 + 8;
            objects->items =
                xreallocarray(objects->items, objects->capacity, sizeof(*objects->items));
        }
        item = &objects->items[objects->count++];
        *item = (struct touched_object){.action = action,
                                        .schema = xstrdup(schema),
                                        .name = xstrdup(name),
                                        .through = xstrdup_or_null(through),
                                        .changes = -1,
                                        .is_late = objects->is_running};
    }
    if (!column && action == OBJECT_WRITE) {
        item->is_whole = true;
        forget_columns(item);
    }
    if (column && *column && !item->is_whole)
        add_column(objects, item, column);
}

static void release_item(struct touched_object *item)
{
    forget_columns(item);
    free(item->schema);
    free(item->file);
    free(item->name);
    free(item->through);
    free(item->renamed_from);
}

void touched_objects_drop(struct touched_objects *objects)
{
    while (objects->count > objects->settled)
        release_item(&objects->items[--objects->count]);
    objects->is_running = false;
    touched_objects_savepoint(objects, TOUCHED_NO_SAVEPOINT, NULL);
}

void touched_objects_remove(struct touched_objects *objects, size_t index)
{
    release_item(&objects->items[index]);
    objects->count--;
    memmove(objects->items + index, objects->items + index + 1,
            (objects->count - index) * sizeof(*objects->items));
}

void touched_objects_settle(struct touched_objects *objects, size_t statement, size_t line,
                            int64_t changes)
{
    for (size_t i = objects->settled; i < objects->count; i++) {
        struct touched_object *item = &objects->items[i];
        item->statement = statement;
        item->line = line;
        item->effect = item->action == OBJECT_READ ? OBJECT_NO_EFFECT : OBJECT_KEPT;
        if (item->action == OBJECT_WRITE && !item->through)
            item->changes = changes;
    }
    objects->settled = objects->count;
}

void touched_objects_confirm(struct touched_objects *objects)
{
    for (size_t i = objects->count; i > objects->settled; i--) {
        if (objects->items[i - 1].action == OBJECT_CREATE) {
            objects->items[i - 1].is_made = true;
            return;
        }
    }
}

/* Its columns and rows become those of `into` too. */
static void add_item(struct touched_objects *objects, struct touched_object *into,
                     const struct touched_object *item)
{
    bool is_whole = into->is_whole || item->is_whole;

    for (size_t i = 0; !is_whole && i < item->column_count; i++)
        add_column(objects, into, item->columns[i]);
    if (is_whole)
        forget_columns(into);
    into->is_whole = is_whole;
    into->changes = into->changes < 0 || item->changes < 0 ? -1 : into->changes + item->changes;
}

void touched_objects_unite(struct touched_objects *objects)
{
    for (size_t i = objects->settled; i < objects->count; i++) {
        for (size_t k = i + 1; k < objects->count; k++) {
            struct touched_object *into = &objects->items[i], *item = &objects->items[k];
            if (!is_item(item, into->action, into->schema, into->name, into->through))
                continue;
            add_item(objects, into, item);
            touched_objects_remove(objects, k--);
        }
    }
}

/* --- what is taken back --------------------------------------------------------------------- */

void touched_objects_savepoint(struct touched_objects *objects, enum touched_savepoint what,
                               const char *name)
{
    free(objects->pending_name);
    objects->pending = what;
    objects->pending_name = xstrdup_or_null(name);
}

static void forget_savepoints(struct touched_objects *objects, size_t count)
{
    while (objects->savepoint_count > count)
        free(objects->savepoints[--objects->savepoint_count].name);
}

void touched_objects_apply(struct touched_objects *objects)
{
    size_t found = objects->savepoint_count;

    if (objects->pending == TOUCHED_NO_SAVEPOINT)
        return;
    if (objects->pending == TOUCHED_SAVEPOINT) {
        objects->savepoints =
            xreallocarray(objects->savepoints, found + 1, sizeof(*objects->savepoints));
        objects->savepoints[found] =
            (struct touched_mark){.name = objects->pending_name, .from = objects->count};
        objects->savepoint_count++;
        objects->pending_name = NULL;
    } else {
        while (found > 0 && !is_same(objects->savepoints[found - 1].name, objects->pending_name))
            found--;
        /* One that is not known was made by an earlier cell: all of this one came after it. */
        if (objects->pending == TOUCHED_ROLLBACK_TO)
            touched_objects_undo(objects, found > 0 ? objects->savepoints[found - 1].from
                                                    : objects->transaction_from);
        bool stays = objects->pending == TOUCHED_ROLLBACK_TO || found == 0;
        forget_savepoints(objects, stays ? found : found - 1);
    }
    touched_objects_savepoint(objects, TOUCHED_NO_SAVEPOINT, NULL);
}

void touched_objects_begin(struct touched_objects *objects)
{
    objects->transaction_from = objects->settled;
    forget_savepoints(objects, 0);
}

void touched_objects_undo(struct touched_objects *objects, size_t from)
{
    for (size_t i = from; i < objects->count; i++)
        objects->items[i].effect = OBJECT_NO_EFFECT;
}

void touched_objects_leave_open(struct touched_objects *objects)
{
    for (size_t i = objects->transaction_from; i < objects->count; i++)
        if (objects->items[i].effect == OBJECT_KEPT)
            objects->items[i].effect = OBJECT_OPEN;
}

void touched_objects_compact(struct touched_objects *objects, size_t from, bool in_transaction)
{
    size_t floor = in_transaction ? objects->transaction_from : 0;

    if (objects->count <= TOUCHED_OBJECTS_MAX)
        return;
    if (objects->savepoint_count > 0)
        floor = objects->savepoints[objects->savepoint_count - 1].from;
    for (size_t i = objects->count; i > from; i--) {
        struct touched_object *item = &objects->items[i - 1];
        if (item->action != OBJECT_READ && item->action != OBJECT_WRITE)
            continue;
        for (size_t k = from; k > floor; k--) {
            struct touched_object *into = &objects->items[k - 1];
            if (!is_item(into, item->action, item->schema, item->name, item->through) ||
                !is_same(into->file, item->file) || into->effect != item->effect)
                continue;
            add_item(objects, into, item);
            touched_objects_remove(objects, i - 1);
            break;
        }
    }
    objects->settled = objects->count;
}

void touched_objects_release(struct touched_objects *objects)
{
    objects->settled = 0;
    touched_objects_drop(objects);
    forget_savepoints(objects, 0);
    free(objects->savepoints);
    free(objects->items);
    *objects = (struct touched_objects){.items = NULL};
}
