/* SPDX-License-Identifier: Apache-2.0 */
/*
 * objects: what executions touched: written with their record, and asked by the object's name.
 */
#include "store/objects.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "store/log.h"
#include "store/statement.h"

#define TEXT_BYTES_MAX 200 /* of a statement's first line */
#define NEAR_MAX 3

/* --- writing ------------------------------------------------------------------------------- */

static char *columns_text(const struct touched_object *object)
{
    AUTO_JSON *columns = json_array();

    for (size_t i = 0; i < object->column_count; i++)
        json_array_append_new(columns, json_text(object->columns[i], strlen(object->columns[i])));
    return object->column_count ? json_format(columns) : NULL;
}

bool objects_insert(struct store_connection *connection, const struct touched_objects *objects,
                    int64_t execution_number, struct error *error)
{
    AUTO_STATEMENT insert = STATEMENT_INIT;

    if (!objects || objects->count == 0)
        return true;
    if (!statement_open(&insert, connection, SQL_OBJECT_INSERT, "recording what was touched",
                        error))
        return false;
    for (size_t i = 0; i < objects->count; i++) {
        const struct touched_object *object = &objects->items[i];
        AUTO_FREE char *columns = columns_text(object);
        statement_again(&insert);
        statement_integer(&insert, execution_number);
        statement_integer(&insert, (int64_t)i + 1);
        statement_integer(&insert, (int64_t)object->statement);
        statement_integer(&insert, (int64_t)object->line);
        statement_text(&insert, object_action_name(object->action));
        statement_text(&insert, object->schema);
        statement_text(&insert, object->file);
        statement_text(&insert, object->name);
        statement_text(&insert, columns);
        statement_text(&insert, object->through);
        statement_text(&insert, object->renamed_from);
        statement_count(&insert, object->changes);
        statement_text(&insert, object_effect_name(object->effect));
        if (!statement_run(&insert, error))
            return false;
    }
    return true;
}

/* --- reading ------------------------------------------------------------------------------- */

enum object_column {
    OBJECT_NAME,
    OBJECT_DATABASE,
    OBJECT_FILE,
    OBJECT_WHAT,
    OBJECT_STATEMENT,
    OBJECT_LINE,
    OBJECT_COLUMNS,
    OBJECT_THROUGH,
    OBJECT_RENAMED,
    OBJECT_CHANGES,
    OBJECT_EFFECT,
    OBJECT_CODE, /* in the log of an object alone */
};

/* Adds the columns from `first` on. */
static void add_members(json_t *to, struct statement *row, int first)
{
    static const struct {
        const char *key;
        enum object_column column;
        json_t *(*value)(struct statement *row, int column);
    } members[] = {
        {"object", OBJECT_NAME, statement_json_text},
        {"database", OBJECT_DATABASE, statement_json_text},
        {"file", OBJECT_FILE, statement_json_text},
        {"action", OBJECT_WHAT, statement_json_text},
        {"statement", OBJECT_STATEMENT, statement_json_integer},
        {"line", OBJECT_LINE, statement_json_integer},
        {"columns", OBJECT_COLUMNS, statement_json_value},
        {"through", OBJECT_THROUGH, statement_json_text},
        {"renamed_from", OBJECT_RENAMED, statement_json_text},
        {"object_changes", OBJECT_CHANGES, statement_json_integer},
        {"effect", OBJECT_EFFECT, statement_json_text},
    };

    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        json_object_set_new(to, members[i].key,
                            members[i].value(row, first + (int)members[i].column));
}

json_t *objects_of(struct store_connection *connection, int64_t execution_number,
                   struct error *error)
{
    AUTO_STATEMENT rows = STATEMENT_INIT;
    AUTO_JSON *array = json_array();
    int next;

    if (!statement_open(&rows, connection, SQL_OBJECTS, "reading what was touched", error))
        return NULL;
    statement_integer(&rows, execution_number);
    while ((next = statement_next(&rows, error)) > 0) {
        json_t *object = json_object();
        add_members(object, &rows, 0);
        json_array_append_new(array, object);
    }
    return next == 0 ? json_incref(array) : NULL;
}

/* The line of the code that the statement begins on, without blanks around it. */
static json_t *line_text(struct statement *row)
{
    size_t size;
    const char *code = statement_column(row, LOG_COLUMN_COUNT + OBJECT_CODE, &size);
    int64_t line = statement_column_integer(row, LOG_COLUMN_COUNT + OBJECT_LINE);

    if (!code)
        return json_null();
    for (const char *end; line > 1 && (end = memchr(code, '\n', size)) != NULL; line--) {
        size -= (size_t)(end + 1 - code);
        code = end + 1;
    }
    while (size > 0 && (*code == ' ' || *code == '\t')) {
        code++;
        size--;
    }
    const char *end = memchr(code, '\n', size);
    size = end ? (size_t)(end - code) : size;
    return json_text(code, size < TEXT_BYTES_MAX ? size : TEXT_BYTES_MAX);
}

static void bind_object(struct statement *statement, const struct object_filter *filter)
{
    statement_text(statement, filter->name);
    statement_text(statement, filter->target);
    statement_integer(statement, filter->is_temporary);
}

bool store_object_log(struct store_connection *connection, const struct object_filter *filter,
                      store_row row, void *context, struct error *error)
{
    AUTO_STATEMENT rows = STATEMENT_INIT;
    int next;

    if (!statement_open(&rows, connection, SQL_LOG_OBJECT, "reading the log", error))
        return false;
    bind_object(&rows, filter);
    statement_text(&rows, filter->has_action ? object_action_name(filter->action) : NULL);
    statement_integer(&rows, filter->with_reads);
    statement_integer(&rows, filter->limit < 0 ? -1 : filter->limit);
    while ((next = statement_next(&rows, error)) > 0) {
        AUTO_JSON *object = log_object(&rows);
        add_members(object, &rows, LOG_COLUMN_COUNT);
        json_object_set_new(object, "text", line_text(&rows));
        if (!row(context, object))
            return true;
    }
    return next == 0;
}

/* A moment of the record: between executions and within one. */
struct moment {
    int64_t number, position;
};

static bool is_used(struct store_connection *connection, const struct object_filter *filter,
                    const char *name, struct moment after, struct moment before, bool *ret_used,
                    struct error *error)
{
    AUTO_STATEMENT found = STATEMENT_INIT;
    struct object_filter asked = *filter;

    asked.name = name;
    if (!statement_open(&found, connection, SQL_OBJECT_USED, "reading the log", error))
        return false;
    bind_object(&found, &asked);
    statement_integer(&found, after.number);
    statement_integer(&found, after.position);
    statement_integer(&found, before.number);
    statement_integer(&found, before.position);
    int next = statement_next(&found, error);
    *ret_used = next > 0;
    return next >= 0;
}

/* How the name came to be what it was at `before`: true in *ret_made when it was made; else
 * *ret_former is the name it had until *ret_at, or NULL when nobody made it. */
static bool find_origin(struct store_connection *connection, const struct object_filter *filter,
                        const char *name, struct moment before, bool *ret_made, char **ret_former,
                        struct moment *ret_at, struct error *error)
{
    AUTO_STATEMENT life = STATEMENT_INIT;
    struct object_filter asked = *filter;
    int next;
    bool is_first = true, used;

    asked.name = name;
    *ret_former = NULL;
    *ret_made = false;
    if (!statement_open(&life, connection, SQL_OBJECT_LIFE, "reading the log", error))
        return false;
    bind_object(&life, &asked);
    statement_integer(&life, before.number);
    statement_integer(&life, before.position);
    while ((next = statement_next(&life, error)) > 0) {
        AUTO_FREE char *action = statement_copy(&life, 0, NULL);
        ret_at->number = statement_column_integer(&life, 3);
        ret_at->position = statement_column_integer(&life, 4);
        bool is_given = statement_column_integer(&life, 1) != 0 && strcmp(action, "drop") != 0;
        *ret_made = is_given && strcmp(action, "create") == 0;
        if (is_given && !*ret_made)
            *ret_former = statement_copy(&life, 2, NULL);
        if (is_given)
            return true;
        /* Taken. If nothing came afterwards, the question is who made what is gone now. */
        if (!is_first)
            return true;
        if (!is_used(connection, filter, name, *ret_at, before, &used, error))
            return false;
        if (used)
            return true;
        is_first = false;
    }
    return next == 0;
}

bool store_object_is_made(struct store_connection *connection, const struct object_filter *filter,
                          bool *ret_made, struct error *error)
{
    struct moment before = {INT64_MAX, 0};
    AUTO_FREE char *name = xstrdup(filter->name);
    char *former;

    while (find_origin(connection, filter, name, before, ret_made, &former, &before, error)) {
        if (*ret_made || !former)
            return true;
        free(name);
        name = former;
    }
    return false;
}

bool store_object_known(struct store_connection *connection, const struct object_filter *filter,
                        struct error *error)
{
    AUTO_STATEMENT names = STATEMENT_INIT;
    AUTO_STRBUF near = STRBUF_INIT;
    struct near_names {
        const char **items;
        size_t count, capacity;
    } known = {NULL, 0, 0};
    int next;
    bool is_known = false;

    if (!statement_open(&names, connection, SQL_OBJECT_NAMES, "reading the log", error))
        return false;
    statement_text(&names, filter->target);
    statement_integer(&names, filter->is_temporary);
    while ((next = statement_next(&names, error)) > 0) {
        char *name = statement_copy(&names, 0, NULL);
        if (strcasecmp(name, filter->name) == 0)
            is_known = true;
        if (known.count == known.capacity) {
            known.capacity = known.capacity * 2 + 16;
            known.items = xreallocarray(known.items, known.capacity, sizeof(*known.items));
        }
        known.items[known.count++] = name;
    }
    if (next == 0 && !is_known) {
        bool has_near =
            near_name_list(&near, filter->name, known.items, known.count, NEAR_MAX) > 0;
        error_set(error, ERROR_NOT_FOUND, "%s: no recorded execution touched it in %s%s%s%s",
                  filter->name, strcmp(filter->target, "store") == 0 ? "the " : "",
                  filter->target, has_near ? "; did you mean " : "",
                  has_near ? strbuf_text(&near) : "");
    }
    for (size_t i = 0; i < known.count; i++)
        free((char *)known.items[i]);
    free(known.items);
    return next == 0 && is_known;
}
