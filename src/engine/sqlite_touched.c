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
#include "model/sql/sql_tokens.h"

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
    /* Nothing is told of one that is there already. */
    touched_objects_add(objects, action, schema, name, NULL, NULL);
    touched_objects_confirm(objects);
    /* The table of a temporary trigger may be in any schema. */
    if (!is_internal(table))
        touched_objects_add(objects, OBJECT_ALTER, strcasecmp(schema, "temp") == 0 ? "" : schema,
                            table, NULL, name);
}

static void add(struct touched_objects *objects, enum object_action action, const char *schema,
                const char *name, const char *column, const char *inner)
{
    if (!is_internal(name))
        touched_objects_add(objects, action, schema, name, column, inner);
}

/* CREATE … IF NOT EXISTS is told like one that makes something, up to here. */
static bool is_made(int action, const char *table)
{
    return action == SQLITE_UPDATE && table &&
           (strcasecmp(table, "sqlite_master") == 0 ||
            strcasecmp(table, "sqlite_temp_master") == 0);
}

static void note_savepoint(struct touched_objects *objects, const char *what, const char *name)
{
    bool begins = what && strcmp(what, "BEGIN") == 0;
    bool ends = what && strcmp(what, "RELEASE") == 0;

    touched_objects_savepoint(
        objects, begins ? TOUCHED_SAVEPOINT : ends ? TOUCHED_RELEASE : TOUCHED_ROLLBACK_TO, name);
}

void sqlite_touched_note(struct touched_objects *objects, int action, const char *first,
                         const char *second, const char *schema, const char *inner)
{
    if (action == SQLITE_ALTER_TABLE) {
        add(objects, OBJECT_ALTER, first ? first : "main", second, NULL, NULL);
        return;
    }
    if (action == SQLITE_SAVEPOINT)
        note_savepoint(objects, first, second);
    else if (is_made(action, first))
        touched_objects_confirm(objects);
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

struct settling {
    struct touched_objects *objects;
    struct sqlite3 *connection;
    const struct sqlite_touched_statement *statement;
    struct sql_tokens tokens; /* of the statement, once they are needed */
    bool has_tokens;
    char *through; /* what was looked up last */
    bool is_view, is_trigger;
};

static const struct sql_tokens *tokens_of(struct settling *settling)
{
    const struct sqlite_touched_statement *statement = settling->statement;

    if (!settling->has_tokens)
        sql_tokens_read(statement->text, 0, statement->size, 0, 0, &settling->tokens);
    settling->has_tokens = true;
    return &settling->tokens;
}

static bool is_word(const struct sql_tokens *tokens, size_t index, enum sql_word word)
{
    return sql_tokens_at(tokens, index)->word == word;
}

static bool is_text(const struct sql_tokens *tokens, size_t index, const char *text)
{
    return strcasecmp(sql_tokens_at(tokens, index)->text, text) == 0;
}

/* Whether the statement has a CTE of this name: NAME [(…)] AS [[NOT] MATERIALIZED] (…). It hides a
 * table or view that is called so. */
static bool is_cte(struct settling *settling, const char *name)
{
    const struct sql_tokens *tokens = tokens_of(settling);

    for (size_t i = 0; i < tokens->count; i++) {
        size_t at = i + 1;
        if (!sql_token_is_name(&tokens->list[i]) || !is_text(tokens, i, name))
            continue;
        if (sql_tokens_at(tokens, at)->sign == '(') {
            while (at < tokens->count && tokens->list[at].sign != ')')
                at++;
            at++;
        }
        if (is_text(tokens, at, "AS") &&
            (sql_tokens_at(tokens, at + 1)->sign == '(' || is_text(tokens, at + 1, "NOT") ||
             is_text(tokens, at + 1, "MATERIALIZED")))
            return true;
    }
    return false;
}

static void add_named(struct touched_objects *objects, size_t index, const struct sql_tokens *tokens,
                      size_t at)
{
    const struct touched_object *item = &objects->items[index];

    if (sql_tokens_at(tokens, at)->text[0])
        touched_objects_add(objects, OBJECT_ALTER, item->schema, item->name,
                            sql_tokens_at(tokens, at)->text, NULL);
}

/* ALTER TABLE [schema.]name { RENAME TO new | RENAME [COLUMN] a TO b | ADD [COLUMN] a |
 * DROP [COLUMN] a } */
static void note_altered(struct settling *settling, size_t index)
{
    struct touched_objects *objects = settling->objects;
    const struct sql_tokens *tokens = tokens_of(settling);

    if (!is_word(tokens, 0, SQL_WORD_ALTER) || !is_word(tokens, 1, SQL_WORD_TABLE))
        return;
    size_t what = sql_tokens_at(tokens, 3)->sign == '.' ? 5 : 3;
    bool is_rename = is_word(tokens, what, SQL_WORD_RENAME);
    if (is_rename && is_word(tokens, what + 1, SQL_WORD_TO)) {
        struct touched_object *item = &objects->items[index];
        if (what + 2 < tokens->count) {
            item->renamed_from = item->name;
            item->name = xstrdup(sql_tokens_at(tokens, what + 2)->text);
        }
        return;
    }
    size_t column = what + (is_text(tokens, what + 1, "COLUMN") ? 2 : 1);
    add_named(objects, index, tokens, column);
    if (is_rename)
        add_named(objects, index, tokens, column + 2);
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

/* It compiles only if the object is there. Nothing is read: the file may be locked. */
static bool compiles(struct sqlite3 *connection, const char *statement, const char *schema,
                     const char *name)
{
    sqlite3_stmt *handle = NULL;
    char *sql = schema ? sqlite3_mprintf("EXPLAIN %s \"%w\".\"%w\"", statement, schema, name)
                       : sqlite3_mprintf("EXPLAIN %s \"%w\"", statement, name);
    bool is_there = sql && sqlite3_prepare_v2(connection, sql, -1, &handle, NULL) == SQLITE_OK;

    sqlite3_finalize(handle);
    sqlite3_free(sql);
    return is_there;
}

/* The schema that a name without one belongs to, in SQLite's order; NULL: it is no table and no
 * view, but a CTE. */
static const char *schema_of(struct sqlite3 *connection, const char *name)
{
    static const int order[] = {1, 0}; /* temp goes before main */
    const char *schema;

    for (int i = 0; (schema = sqlite3_db_name(connection, i < 2 ? order[i] : i)); i++)
        if (is_table(connection, schema, name) ||
            compiles(connection, "SELECT 1 FROM", schema, name))
            return schema;
    return NULL;
}

static bool find_schema(struct settling *settling, struct touched_object *item)
{
    if (item->schema[0])
        return true;
    if (item->action == OBJECT_READ && is_cte(settling, item->name))
        return false;
    const char *schema = schema_of(settling->connection, item->name);
    free(item->schema);
    item->schema = xstrdup(schema ? schema : "main");
    return schema || item->action != OBJECT_READ;
}

/* VACUUM builds its copy in one that is gone when it has ended. */
static bool is_gone(struct sqlite3 *connection, const char *schema)
{
    const char *name;

    for (int i = 0; (name = sqlite3_db_name(connection, i)) != NULL; i++)
        if (strcasecmp(name, schema) == 0)
            return false;
    return true;
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

static bool is_same_object(const struct touched_object *one, const struct touched_object *other)
{
    return strcasecmp(one->name, other->name) == 0 && strcasecmp(one->schema, other->schema) == 0;
}

/* What a view reads may come once more without its schema. */
static bool is_known(const struct touched_objects *objects, const struct touched_object *item)
{
    for (size_t i = objects->settled; !item->schema[0] && i < objects->count; i++) {
        const struct touched_object *other = &objects->items[i];
        if (other->action == OBJECT_READ && other->schema[0] && item->action == OBJECT_READ &&
            strcasecmp(other->name, item->name) == 0)
            return true;
    }
    return false;
}

/* DROP TABLE is told as a DELETE of its rows too, and CREATE TABLE reads the columns of its keys,
 * which says nothing more. */
static bool is_implied(const struct touched_objects *objects, const struct touched_object *item)
{
    bool may_be = !item->through && (item->action == OBJECT_WRITE || item->action == OBJECT_READ);

    for (size_t i = objects->settled; may_be && i < objects->count; i++) {
        const struct touched_object *other = &objects->items[i];
        bool says_all = other->action == OBJECT_DROP ||
                        (other->action == OBJECT_CREATE && item->action == OBJECT_READ);
        if (says_all && is_same_object(other, item))
            return true;
    }
    return false;
}

/* --- by what it was reached --------------------------------------------------------------------- */

/* The authorizer names the innermost view, trigger or CTE. */
static void look_up(struct settling *settling, const char *name, const char *schema)
{
    struct sqlite3 *connection = settling->connection;

    if (settling->through && strcasecmp(settling->through, name) == 0)
        return;
    free(settling->through);
    settling->through = xstrdup(name);
    bool may_be = !is_cte(settling, name);
    settling->is_view = may_be && (compiles(connection, "DROP VIEW", schema, name) ||
                                   compiles(connection, "DROP VIEW", NULL, name));
    settling->is_trigger =
        may_be && !settling->is_view &&
        (compiles(connection, "DROP TRIGGER", schema, name) ||
         compiles(connection, "DROP TRIGGER", NULL, name));
}

/* The view or trigger in which a CTE stands; NULL when it stands in the statement itself. */
static const char *around_cte(struct settling *settling, const struct touched_object *item)
{
    const struct touched_objects *objects = settling->objects;
    const struct sql_tokens *tokens = tokens_of(settling);
    const char *found = NULL;

    for (size_t i = 0; i < tokens->count; i++)
        if (is_text(tokens, i, item->name))
            return NULL;
    for (size_t i = objects->settled; !found && i < objects->count; i++) {
        const struct touched_object *other = &objects->items[i];
        const char *name = other->through ? other->through : other->name;
        bool may_be = other != item && (other->through || other->action == OBJECT_READ);
        if (may_be && strcasecmp(name, item->through) != 0) {
            look_up(settling, name, other->schema);
            if (settling->is_view || settling->is_trigger)
                found = name;
        }
    }
    return found;
}

/* True when something was changed. */
static bool settle_through(struct settling *settling, size_t index)
{
    struct touched_objects *objects = settling->objects;
    struct touched_object *item = &objects->items[index];
    bool was_read = item->action == OBJECT_READ;

    if (!item->through || (!was_read && item->action != OBJECT_WRITE))
        return false;
    look_up(settling, item->through, item->schema);
    if (settling->is_trigger)
        return false;
    if (settling->is_view) { /* of which SQLite may say nothing when no column of it is needed */
        for (size_t i = objects->settled; i < objects->count; i++)
            if (strcasecmp(objects->items[i].name, item->through) == 0)
                return false;
        const char *schema = schema_of(settling->connection, item->through);
        AUTO_FREE char *view = xstrdup(item->through);
        touched_objects_add(objects, OBJECT_READ, schema ? schema : "main", view, NULL, NULL);
        return true;
    }
    char *around = xstrdup_or_null(around_cte(settling, item));
    free(item->through);
    item->through = around;
    return true;
}

static bool is_part_of(const struct touched_object *item, const struct touched_object *whole)
{
    size_t size = strlen(whole->name);

    return !whole->through && strcasecmp(whole->schema, item->schema) == 0 &&
           strncasecmp(item->name, whole->name, size) == 0 && item->name[size] == '_';
}

/* Of what a statement changes, the first is what it names; the others follow from it: foreign keys,
 * parts of a virtual table. */
static void settle_followers(struct touched_objects *objects)
{
    const struct touched_object *first = NULL;

    for (size_t i = objects->settled; i < objects->count; i++) {
        struct touched_object *item = &objects->items[i];
        if (item->through)
            continue;
        if (item->action == OBJECT_READ) {
            for (size_t k = objects->settled; item->is_late && k < objects->count; k++) {
                if (k == i || !is_part_of(item, &objects->items[k]))
                    continue;
                item->through = xstrdup(objects->items[k].name);
                break;
            }
        } else if (!first) {
            first = item;
        } else if (!is_same_object(item, first)) {
            item->through = xstrdup(first->name);
        }
    }
}

static void complete(struct settling *settling, const char *store_path)
{
    struct touched_objects *objects = settling->objects;
    bool has_changed = false;

    for (size_t i = objects->settled; i < objects->count; i++) {
        struct touched_object *item = &objects->items[i];
        if ((item->action == OBJECT_CREATE && !item->is_made) || is_implied(objects, item) ||
            is_known(objects, item) || is_function(settling->connection, item) ||
            !find_schema(settling, item) || is_gone(settling->connection, item->schema))
            touched_objects_remove(objects, i--);
        else if (item->action == OBJECT_ALTER && !item->through)
            note_altered(settling, i);
    }
    for (size_t i = objects->settled; i < objects->count; i++)
        has_changed = settle_through(settling, i) || has_changed;
    if (has_changed)
        touched_objects_unite(objects);
    settle_followers(objects);
    for (size_t i = objects->settled; i < objects->count; i++)
        note_file(&objects->items[i], settling->connection, store_path);
}

static void settle_items(struct touched_objects *objects, struct sqlite3 *connection,
                         const char *store_path, const struct sqlite_touched_statement *statement)
{
    struct settling settling = {
        .objects = objects, .connection = connection, .statement = statement};
    size_t from = objects->settled;

    objects->is_running = false;
    complete(&settling, store_path);
    if (settling.has_tokens)
        sql_tokens_release(&settling.tokens);
    free(settling.through);
    touched_objects_settle(objects, statement->number, statement->line, statement->changes);
    for (size_t i = from; statement->has_failed && i < objects->count; i++)
        if (!statement->keeps_rows || objects->items[i].action != OBJECT_WRITE)
            objects->items[i].effect = OBJECT_NO_EFFECT;
}

void sqlite_touched_settle(struct touched_objects *objects, struct sqlite3 *connection,
                           const char *store_path, const struct sqlite_touched_statement *statement)
{
    size_t from = objects->settled;

    if (!statement->was_open)
        touched_objects_begin(objects);
    if (objects->count > from)
        settle_items(objects, connection, store_path, statement);
    if (statement->was_rolled_back)
        touched_objects_undo(objects, objects->transaction_from);
    if (!statement->has_failed)
        touched_objects_apply(objects);
    touched_objects_compact(objects, from, statement->was_open || statement->is_open);
}
