/* SPDX-License-Identifier: Apache-2.0 */
/*
 * touched_objects: which tables, views, indexes and triggers the statements of a cell touched.
 */
#include "model/touched_objects.h"

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

/* Columns of one table come one after the other: the search begins at the end. */
static struct touched_object *find(struct touched_objects *objects, enum object_action action,
                                   const char *schema, const char *name, const char *through)
{
    for (size_t i = objects->count; i > objects->settled; i--) {
        struct touched_object *item = &objects->items[i - 1];
        if (item->action == action && is_same(item->name, name) && is_same(item->schema, schema) &&
            is_same(item->through, through))
            return item;
    }
    return NULL;
}

void touched_objects_add(struct touched_objects *objects, enum object_action action,
                         const char *schema, const char *name, const char *column,
                         const char *through)
{
    struct touched_object *item = find(objects, action, schema, name, through);

    if (!item) {
        if (objects->count == TOUCHED_OBJECTS_MAX) {
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
                                        .changes = -1};
    }
    if (column && *column)
        add_column(objects, item, column);
}

static void release_item(struct touched_object *item)
{
    for (size_t i = 0; i < item->column_count; i++)
        free(item->columns[i]);
    free(item->columns);
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
        if (item->action == OBJECT_WRITE && !item->through)
            item->changes = changes;
    }
    objects->settled = objects->count;
}

void touched_objects_release(struct touched_objects *objects)
{
    objects->settled = 0;
    touched_objects_drop(objects);
    free(objects->items);
    *objects = (struct touched_objects){.items = NULL};
}
