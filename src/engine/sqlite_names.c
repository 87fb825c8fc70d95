/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_names: reads sqlite_schema of each database; texts are kept in one block that grows.
 */
#include "engine/sqlite_names.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/sqlite_catalog.h"
#include "engine/sqlite_guard.h"

#define OBJECTS_MAX 200000
#define COLUMNS_MAX 500000
#define SCHEMAS_MAX 128 /* SQLite attaches at most 125 */

/* A list of texts that stay where they are: the block is cut into chunks. */
struct text_pool {
    struct chunk {
        struct chunk *next;
        size_t used, capacity;
        char bytes[];
    } * chunks;
};

struct sqlite_names {
    struct text_pool object_texts, column_texts;
    struct sqlite_object *objects;
    size_t object_count, object_capacity;
    const char **columns;
    size_t column_count, column_capacity;
    uint64_t hash;         /* of the schema that was read last */
    uint64_t columns_hash; /* of the schema that the columns are of */
    bool has_columns;
    /* while a schema is read */
    const struct sqlite_view *view;
    const char *schema;
    bool has_virtual;
};

/* --- texts ----------------------------------------------------------------------------------- */

static void pool_clear(struct text_pool *pool)
{
    while (pool->chunks != NULL) {
        struct chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
}

static const char *pool_add(struct text_pool *pool, const char *text)
{
    size_t size = strlen(text) + 1;
    struct chunk *chunk = pool->chunks;
    if (chunk == NULL || chunk->capacity - chunk->used < size) {
        size_t capacity = size > 8192 ? size : 8192;
        chunk = xmalloc(sizeof(*chunk) + capacity);
        *chunk = (struct chunk){pool->chunks, 0, capacity};
        pool->chunks = chunk;
    }
    char *copy = chunk->bytes + chunk->used;
    memcpy(copy, text, size);
    chunk->used += size;
    return copy;
}

struct sqlite_names *sqlite_names_new(void)
{
    return xcalloc(1, sizeof(struct sqlite_names));
}

void sqlite_names_free(struct sqlite_names *names)
{
    if (names == NULL)
        return;
    pool_clear(&names->object_texts);
    pool_clear(&names->column_texts);
    free(names->objects);
    free(names->columns);
    free(names);
}

/* --- objects --------------------------------------------------------------------------------- */

/* FNV-1a over words of eight bytes: only the equality of whole schemas matters. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    for (; size >= sizeof(uint64_t); text += sizeof(uint64_t), size -= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text, sizeof(word));
        hash = (hash ^ word) * 1099511628211u;
        hash ^= hash >> 29;
    }
    for (; size > 0; text++, size--)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return (hash ^ 0xff) * 1099511628211u;
}

static enum sql_word kind_of(const char *type)
{
    return sql_word_find(type, strlen(type));
}

static bool keep_object(void *context, const char *const *values, size_t count)
{
    struct sqlite_names *names = context;
    (void)count;
    for (size_t i = 0; i < 4; i++)
        names->hash = hash_text(names->hash, values[i]);
    if (values[0] == NULL || values[1] == NULL || values[2] == NULL)
        return true;
    if (names->object_count == names->object_capacity) {
        names->object_capacity = names->object_capacity * 2 + 64;
        names->objects =
            xreallocarray(names->objects, names->object_capacity, sizeof(*names->objects));
    }
    names->has_virtual = names->has_virtual ||
                         (values[3] != NULL && strncasecmp(values[3], "CREATE VIRTUAL", 14) == 0);
    names->objects[names->object_count++] = (struct sqlite_object){
        .schema = names->schema,
        .name = pool_add(&names->object_texts, values[1]),
        .table = pool_add(&names->object_texts, values[2]),
        .kind = kind_of(values[0]),
        .is_hidden = strncasecmp(values[1], "sqlite_", 7) == 0 ||
                     (strcasecmp(names->schema, "temp") == 0 &&
                      strcasecmp(values[1], "sql_parameters") == 0),
        .is_of_record = names->view->is_store && strcasecmp(names->schema, "temp") != 0 &&
                        sqlite_guard_is_reserved(values[1]),
    };
    return names->object_count < OBJECTS_MAX;
}

static void read_schema(struct sqlite_names *names, const char *schema)
{
    AUTO_FREE char *identifier = sqlite_catalog_identifier(schema);
    AUTO_FREE char *sql =
        xasprintf("SELECT type, name, tbl_name, sql FROM %s.sqlite_schema", identifier);
    names->schema = pool_add(&names->object_texts, schema);
    names->hash = hash_text(names->hash, schema);
    (void)sqlite_catalog_query(names->view, sql, NULL, 0, keep_object, names);
}

struct schema_list {
    char *names[SCHEMAS_MAX];
    size_t count;
};

static bool keep_schema(void *context, const char *const *values, size_t count)
{
    struct schema_list *list = context;
    (void)count;
    if (values[0] != NULL)
        list->names[list->count++] = xstrdup(values[0]);
    return list->count < SCHEMAS_MAX;
}

static int compare_objects(const void *left, const void *right)
{
    const struct sqlite_object *a = left, *b = right;
    int order = strcasecmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->schema, b->schema);
}

static const struct sqlite_object *find_object(const struct sqlite_names *names, const char *name,
                                               const char *schema)
{
    struct sqlite_object wanted = {.name = name, .schema = schema};
    return bsearch(&wanted, names->objects, names->object_count, sizeof(wanted), compare_objects);
}

/* Tables that FTS and R*Tree keep their data in: NAME_data beside a table NAME. */
static void hide_shadows(struct sqlite_names *names)
{
    static const char *const parts[] = {"_data",     "_idx",    "_content", "_docsize",
                                        "_config",   "_node",   "_parent",  "_rowid",
                                        "_segments", "_segdir", "_stat"};
    for (size_t i = 0; i < names->object_count; i++) {
        struct sqlite_object *object = &names->objects[i];
        for (size_t j = 0; j < ARRAY_SIZE(parts); j++) {
            size_t size = strlen(object->name), part = strlen(parts[j]);
            if (size <= part || strcasecmp(object->name + size - part, parts[j]) != 0)
                continue;
            AUTO_FREE char *owner = xstrndup(object->name, size - part);
            object->is_hidden =
                object->is_hidden || find_object(names, owner, object->schema) != NULL;
        }
    }
}

size_t sqlite_names_read(struct sqlite_names *names, const struct sqlite_view *view,
                         const struct sqlite_object **ret_objects)
{
    struct schema_list schemas = {.count = 0};
    names->view = view;
    names->object_count = 0;
    names->has_virtual = false;
    names->hash = 14695981039346656037u;
    pool_clear(&names->object_texts);
    (void)sqlite_catalog_query(view, "SELECT name FROM pragma_database_list", NULL, 0, keep_schema,
                               &schemas);
    for (size_t i = 0; i < schemas.count; i++) {
        read_schema(names, schemas.names[i]);
        free(schemas.names[i]);
    }
    if (names->object_count > 0)
        qsort(names->objects, names->object_count, sizeof(*names->objects), compare_objects);
    if (names->has_virtual)
        hide_shadows(names);
    *ret_objects = names->objects;
    return names->object_count;
}

/* --- columns --------------------------------------------------------------------------------- */

static int compare_texts(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    return strcasecmp(a, b);
}

static void sort_columns(struct sqlite_names *names)
{
    size_t kept = 0;
    if (names->column_count == 0)
        return;
    qsort(names->columns, names->column_count, sizeof(*names->columns), compare_texts);
    for (size_t i = 1; i < names->column_count; i++) {
        if (strcasecmp(names->columns[kept], names->columns[i]) != 0)
            names->columns[++kept] = names->columns[i];
    }
    names->column_count = kept + 1;
}

/* False when it was stopped; what can't be read is left out. */
static bool keep_columns_of(struct sqlite_names *names, sqlite3_stmt *statement,
                            const struct sqlite_object *object)
{
    sqlite3_bind_text(statement, 1, object->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, object->schema, -1, SQLITE_STATIC);
    while (names->column_count < COLUMNS_MAX && sqlite3_step(statement) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        if (name == NULL)
            continue;
        if (names->column_count == names->column_capacity) {
            names->column_capacity = names->column_capacity * 2 + 256;
            names->columns =
                xreallocarray(names->columns, names->column_capacity, sizeof(*names->columns));
        }
        names->columns[names->column_count++] = pool_add(&names->column_texts, name);
    }
    return sqlite3_reset(statement) != SQLITE_INTERRUPT;
}

size_t sqlite_names_columns(struct sqlite_names *names, const struct sqlite_view *view,
                            const char *const **ret_columns)
{
    static const char sql[] = "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1";
    sqlite3_stmt *statement = NULL;
    bool is_whole = false;
    *ret_columns = names->columns;
    if (names->has_columns && names->columns_hash == names->hash)
        return names->column_count;
    if (view->connection == NULL)
        return 0;
    names->column_count = 0;
    pool_clear(&names->column_texts);
    if (view->guard != NULL)
        sqlite_guard_own(view->guard, true);
    if (sqlite3_prepare_v2(view->connection, sql, -1, &statement, NULL) == SQLITE_OK) {
        is_whole = true;
        for (size_t i = 0; i < names->object_count && is_whole; i++) {
            const struct sqlite_object *object = &names->objects[i];
            if (object->kind == SQL_WORD_TABLE && !object->is_hidden && !object->is_of_record)
                is_whole = keep_columns_of(names, statement, object);
        }
    }
    sqlite3_finalize(statement);
    if (view->guard != NULL)
        sqlite_guard_own(view->guard, false);
    sort_columns(names);
    names->has_columns = is_whole;
    names->columns_hash = names->hash;
    *ret_columns = names->columns;
    return names->column_count;
}
