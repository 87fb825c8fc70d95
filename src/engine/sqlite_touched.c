/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_touched: what SQLite's authorizer is told about a statement, as touched objects.
 */
#include "engine/sqlite_touched.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "model/sql_tokens.h"

/* sqlite_schema, sqlite_sequence, sqlite_stat1 …: kept by SQLite itself. */
static bool is_internal(const char *name)
{
    return !name || !*name || strncasecmp(name, "sqlite_", 7) == 0;
}

/* An index or a trigger is an object, and changes the table that it is on. */
static void add_with_table(struct touched_objects *objects, enum object_action action,
                           const char *name, const char *table, const char *schema)
{
    if (is_internal(name))
        return;
    touched_objects_add(objects, action, schema, name, NULL, NULL);
    if (!is_internal(table))
        touched_objects_add(objects, OBJECT_ALTER, schema, table, NULL, name);
}

static void add(struct touched_objects *objects, enum object_action action, const char *schema,
                const char *name, const char *column, const char *inner)
{
    if (!is_internal(name))
        touched_objects_add(objects, action, schema, name, column, inner);
}

void sqlite_touched_note(struct touched_objects *objects, int action, const char *first,
                         const char *second, const char *schema, const char *inner)
{
    if (action == SQLITE_ALTER_TABLE) {
        add(objects, OBJECT_ALTER, first ? first : "main", second, NULL, NULL);
        return;
    }
    /* A table of which no column is named (count(*)) comes without its schema. */
    if (!schema && action != SQLITE_READ)
        return;
    switch (action) {
    case SQLITE_READ:
        add(objects, OBJECT_READ, schema ? schema : "", first, second, inner);
        break;
    case SQLITE_UPDATE:
        add(objects, OBJECT_WRITE, schema, first, second, inner);
        break;
    case SQLITE_INSERT:
    case SQLITE_DELETE:
        add(objects, OBJECT_WRITE, schema, first, NULL, inner);
        break;
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_VTABLE:
        add(objects, OBJECT_CREATE, schema, first, NULL, NULL);
        break;
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER:
        add_with_table(objects, OBJECT_CREATE, first, second, schema);
        break;
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_TEMP_VIEW:
    case SQLITE_DROP_VTABLE:
        add(objects, OBJECT_DROP, schema, first, NULL, NULL);
        break;
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_TEMP_TRIGGER:
        add_with_table(objects, OBJECT_DROP, first, second, schema);
        break;
    default:
        break;
    }
}

/* --- what the authorizer does not say --------------------------------------------------------- */

static bool is_word(const struct sql_tokens *tokens, size_t index, enum sql_word word)
{
    return sql_tokens_at(tokens, index)->word == word;
}

/* The new name in ALTER TABLE [schema.]name RENAME TO new, else NULL. Caller frees. */
static char *renamed_to(const char *text, size_t size)
{
    struct sql_tokens tokens;
    char *name = NULL;

    sql_tokens_read(text, 0, size, 0, 0, &tokens);
    if (is_word(&tokens, 0, SQL_WORD_ALTER) && is_word(&tokens, 1, SQL_WORD_TABLE)) {
        size_t at = sql_tokens_at(&tokens, 3)->sign == '.' ? 5 : 3;
        if (is_word(&tokens, at, SQL_WORD_RENAME) && is_word(&tokens, at + 1, SQL_WORD_TO) &&
            at + 2 < tokens.count)
            name = xstrdup(tokens.list[at + 2].text);
    }
    sql_tokens_release(&tokens);
    return name;
}

static void note_rename(struct touched_objects *objects, const char *text, size_t size)
{
    for (size_t i = objects->settled; i < objects->count; i++) {
        struct touched_object *item = &objects->items[i];
        if (item->action != OBJECT_ALTER || item->through)
            continue;
        char *name = renamed_to(text, size);
        if (name) {
            item->renamed_from = item->name;
            item->name = name;
        }
        return;
    }
}

static void note_file(struct touched_object *item, struct sqlite3 *connection,
                      const char *store_path)
{
    const char *file;

    if (strcasecmp(item->schema, "main") == 0 || strcasecmp(item->schema, "temp") == 0)
        return;
    file = sqlite3_db_filename(connection, item->schema);
    if (!file || !*file)
        file = ":memory:";
    item->file = xstrdup(store_path && strcmp(file, store_path) == 0 ? "store" : file);
}

static bool is_table(struct sqlite3 *connection, const char *schema, const char *name)
{
    return sqlite3_table_column_metadata(connection, schema, name, NULL, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

/* In the order in which SQLite looks a name up; main when it is none of the tables: a view. */
static void note_schema(struct touched_object *item, struct sqlite3 *connection)
{
    static const int order[] = {1, 0}; /* temp goes before main */
    const char *schema;

    if (item->schema[0])
        return;
    free(item->schema);
    for (int i = 0; (schema = sqlite3_db_name(connection, i < 2 ? order[i] : i)); i++) {
        if (is_table(connection, schema, item->name)) {
            item->schema = xstrdup(schema);
            return;
        }
    }
    item->schema = xstrdup("main");
}

/* pragma_table_info, json_each …: called like tables, kept by nobody. */
static bool is_function(struct sqlite3 *connection, const struct touched_object *item)
{
    static const char *const names[] = {"json_each", "json_tree", "generate_series", "dbstat"};
    bool may_be = strncasecmp(item->name, "pragma_", 7) == 0;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        may_be = may_be || strcasecmp(item->name, names[i]) == 0;
    return item->action == OBJECT_READ && may_be && !is_table(connection, NULL, item->name);
}

/* What a view reads may come once more without its schema. */
static bool is_known(const struct touched_objects *objects, const struct touched_object *item)
{
    for (size_t i = objects->settled; !item->schema[0] && i < objects->count; i++) {
        const struct touched_object *other = &objects->items[i];
        if (other->action == OBJECT_READ && other->schema[0] &&
            strcasecmp(other->name, item->name) == 0)
            return true;
    }
    return false;
}

/* DROP TABLE is told as a DELETE of its rows too, which says nothing more. */
static bool is_implied(const struct touched_objects *objects, const struct touched_object *item)
{
    for (size_t i = objects->settled; item->action == OBJECT_WRITE && i < objects->count; i++) {
        const struct touched_object *other = &objects->items[i];
        if (other->action == OBJECT_DROP && strcasecmp(other->name, item->name) == 0)
            return true;
    }
    return false;
}

void sqlite_touched_settle(struct touched_objects *objects, struct sqlite3 *connection,
                           const char *store_path, const char *text, size_t size, size_t number,
                           size_t line, int64_t changes)
{
    if (objects->count == objects->settled)
        return;
    note_rename(objects, text, size);
    for (size_t i = objects->settled; i < objects->count; i++) {
        struct touched_object *item = &objects->items[i];
        if (is_implied(objects, item) || is_known(objects, item) || is_function(connection, item)) {
            touched_objects_remove(objects, i--);
            continue;
        }
        note_schema(item, connection);
        note_file(item, connection, store_path);
    }
    touched_objects_settle(objects, number, line, changes);
}
