/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_names: reads sqlite_schema of each database; texts are kept in one block that grows.
 */
#include "engine/look/sqlite_names.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/look/sqlite_catalog.h"
#include "engine/sqlite_guard.h"
#include "model/sql/sql_definition.h"

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

static const char *pool_add(struct text_pool *pool, const char *text, size_t length)
{
    size_t size = length + 1;
    struct chunk *chunk = pool->chunks;
    if (chunk == NULL || chunk->capacity - chunk->used < size) {
        size_t capacity = size > 8192 ? size : 8192;
        chunk = xmalloc(sizeof(*chunk) + capacity);
        *chunk = (struct chunk){pool->chunks, 0, capacity};
        pool->chunks = chunk;
    }
    char *copy = chunk->bytes + chunk->used;
    memcpy(copy, text, length);
    copy[length] = '\0';
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

static enum sql_word kind_of(const char *type)
{
    return sql_word_find(type, strlen(type));
}

static bool keep_object(void *context, const char *const *values, size_t count)
{
    struct sqlite_names *names = context;
    (void)count;
    if (values[0] == NULL || values[1] == NULL || values[2] == NULL)
        return true;
    if (names->object_count == names->object_capacity) {
        names->object_capacity = names->object_capacity * 2 + 64;
        names->objects =
            xreallocarray(names->objects, names->object_capacity, sizeof(*names->objects));
    }
    /* A virtual table has no page of its own, nor has a view. */
    names->has_virtual = names->has_virtual || (values[3] != NULL && strcmp(values[3], "0") == 0 &&
                                                strcmp(values[0], "table") == 0);
    names->objects[names->object_count++] = (struct sqlite_object){
        .schema = names->schema,
        .name = pool_add(&names->object_texts, values[1], strlen(values[1])),
        .table = pool_add(&names->object_texts, values[2], strlen(values[2])),
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
        xasprintf("SELECT type, name, tbl_name, rootpage FROM %s.sqlite_schema", identifier);
    names->schema = pool_add(&names->object_texts, schema, strlen(schema));
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

static void keep_column(void *context, const char *name, size_t size)
{
    struct sqlite_names *names = context;
    if (names->column_count >= COLUMNS_MAX)
        return;
    if (names->column_count == names->column_capacity) {
        names->column_capacity = names->column_capacity * 2 + 256;
        names->columns =
            xreallocarray(names->columns, names->column_capacity, sizeof(*names->columns));
    }
    names->columns[names->column_count++] = pool_add(&names->column_texts, name, size);
}

static bool keep_column_row(void *context, const char *const *values, size_t count)
{
    (void)count;
    if (values[0] != NULL)
        keep_column(context, values[0], strlen(values[0]));
    return true;
}

/* From the CREATE text; what is no ordinary table is asked for its columns. */
static bool keep_columns_of(void *context, const char *const *values, size_t count)
{
    struct sqlite_names *names = context;
    const char *wanted[] = {values[0], names->schema};
    (void)count;
    const struct sqlite_object *object =
        values[0] != NULL ? find_object(names, values[0], names->schema) : NULL;
    if (object == NULL || object->is_hidden || object->is_of_record || values[1] == NULL)
        return true;
    size_t before = names->column_count;
    if (sql_definition_columns(values[1], strlen(values[1]), keep_column, names))
        return true;
    names->column_count = before;
    (void)sqlite_catalog_query(names->view,
                               "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1",
                               wanted, 2, keep_column_row, names);
    return true;
}

static bool add_to_hash(void *context, const char *const *values, size_t count)
{
    uint64_t *hash = context;
    (void)count;
    *hash = hash_text(hash_text(*hash, values[0]), values[1]);
    return true;
}

/* Name and CREATE text of each table of the schema. */
static bool each_table(const struct sqlite_view *view, const char *schema, catalog_row row,
                       void *context)
{
    AUTO_FREE char *identifier = sqlite_catalog_identifier(schema);
    AUTO_FREE char *sql =
        xasprintf("SELECT name, sql FROM %s.sqlite_schema WHERE type = 'table'", identifier);
    return sqlite_catalog_query(view, sql, NULL, 0, row, context);
}

static void read_columns(struct sqlite_names *names, const struct schema_list *schemas)
{
    names->column_count = 0;
    names->has_columns = true;
    pool_clear(&names->column_texts);
    for (size_t i = 0; i < schemas->count; i++) {
        names->schema = schemas->names[i];
        /* What was stopped is not kept. */
        names->has_columns =
            each_table(names->view, names->schema, keep_columns_of, names) && names->has_columns;
    }
}

size_t sqlite_names_columns(struct sqlite_names *names, const struct sqlite_view *view,
                            const char *const **ret_columns)
{
    struct schema_list schemas = {.count = 0};
    uint64_t hash = 14695981039346656037u + view->is_store;
    names->view = view;
    (void)sqlite_catalog_query(view, "SELECT name FROM pragma_database_list", NULL, 0, keep_schema,
                               &schemas);
    for (size_t i = 0; i < schemas.count; i++) {
        hash = hash_text(hash, schemas.names[i]);
        (void)each_table(view, schemas.names[i], add_to_hash, &hash);
    }
    if (!names->has_columns || names->columns_hash != hash)
        read_columns(names, &schemas);
    names->columns_hash = hash;
    for (size_t i = 0; i < schemas.count; i++)
        free(schemas.names[i]);
    *ret_columns = names->columns;
    return names->column_count;
}
