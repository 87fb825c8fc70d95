/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_versions: the versions of a notebook, their bytes and their cells.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "store/notebook_names.h"
#include "store/snapshot.h"
#include "store/statement.h"

static const char doing[] = "reading the versions of a notebook";

enum version_column {
    VERSION_NUMBER,
    VERSION_PARENT,
    VERSION_ORIGIN,
    VERSION_CREATED,
    VERSION_USER,
    VERSION_HOST,
    VERSION_PATH,
    VERSION_RUN,
    VERSION_SHA256,
    VERSION_SIZE,
    VERSION_CELLS,
    VERSION_SNAPSHOT,
    VERSION_RUN_NUMBER,
    VERSION_KEY,
    VERSION_NAME,
    VERSION_REMOVED,
};

static void copy_hash(char ret_hash[SHA256_HEX_SIZE], const char *stored)
{
    snprintf(ret_hash, SHA256_HEX_SIZE, "%s", stored ? stored : "");
}

static timestamp_us read_time(struct statement *row, int column)
{
    timestamp_us time;
    const char *stored = statement_column(row, column, NULL);
    return stored && timestamp_parse(stored, &time) ? time : 0;
}

static const char *const origin_words[] = {
    [ORIGIN_IMPORT] = "import",
    [ORIGIN_EXECUTION] = "execution",
    [ORIGIN_EDIT] = "edit",
    [ORIGIN_RESTORE] = "restore",
};

const char *version_origin_word(enum version_origin origin)
{
    return origin_words[origin];
}

static enum version_origin origin_of(const char *word)
{
    for (size_t i = 0; word && i < ARRAY_SIZE(origin_words); i++) {
        if (strcmp(word, origin_words[i]) == 0)
            return (enum version_origin)i;
    }
    return ORIGIN_IMPORT;
}

static bool read_last(struct store_connection *connection, const char *key, int64_t *ret_last,
                      struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_VERSION_LAST, doing, error))
        return false;
    statement_text(&statement, key);
    int next = statement_next(&statement, error);
    *ret_last = next > 0 ? statement_column_integer(&statement, 0) : 0;
    return next >= 0;
}

/* Says which versions there are. One among them that can't be found has lost its row or its bytes.
 */
static bool no_version(struct store_connection *connection, const char *key, int64_t version,
                       struct error *error)
{
    int64_t last;
    if (!read_last(connection, key, &last, error))
        return false;
    AUTO_FREE char *name = store_notebook_name(connection, key);
    if (last == 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: no version of its file is in the store; rscn import takes it in",
                         name);
    if (version <= last)
        return error_set(
            error, ERROR_DAMAGED,
            "%s@%lld: is not whole in the store; rscn doctor looks for what is damaged", name,
            (long long)(version > 0 ? version : last));
    return error_set(error, ERROR_NOT_FOUND, "%s@%lld: no such version; it has 1 to %lld", name,
                     (long long)version, (long long)last);
}

/* *ret_snapshot: number of its bytes. */
static bool find_version(struct store_connection *connection, const char *key, int64_t version,
                         struct statement *statement, struct error *error)
{
    if (!statement_open(statement, connection, SQL_NOTEBOOK_VERSION, doing, error))
        return false;
    statement_text(statement, key);
    statement_integer(statement, version);
    int next = statement_next(statement, error);
    return next == 0 ? no_version(connection, key, version, error) : next > 0;
}

static void read_version(struct statement *row, struct notebook_version *ret_version)
{
    *ret_version = (struct notebook_version){
        .key = statement_copy(row, VERSION_KEY, NULL),
        .name = statement_copy(row, VERSION_NAME, NULL),
        .version = statement_column_integer(row, VERSION_NUMBER),
        .parent = statement_column_integer(row, VERSION_PARENT),
        .origin = origin_of(statement_column(row, VERSION_ORIGIN, NULL)),
        .created_at = read_time(row, VERSION_CREATED),
        .user = statement_copy(row, VERSION_USER, NULL),
        .host = statement_copy(row, VERSION_HOST, NULL),
        .path = statement_copy(row, VERSION_PATH, NULL),
        .run_id = statement_copy(row, VERSION_RUN, NULL),
        .size = statement_column_integer(row, VERSION_SIZE),
        .cells = statement_column_integer(row, VERSION_CELLS),
        .is_removed = statement_column_integer(row, VERSION_REMOVED),
    };
    copy_hash(ret_version->sha256, statement_column(row, VERSION_SHA256, NULL));
}

bool store_version(struct store_connection *connection, const char *key, int64_t version,
                   struct notebook_version *ret_version, struct error *error)
{
    AUTO_STATEMENT row = STATEMENT_INIT;
    *ret_version = (struct notebook_version){0};
    if (!find_version(connection, key, version, &row, error))
        return false;
    read_version(&row, ret_version);
    return true;
}

bool store_newest_versions(struct store_connection *connection, store_version_row row,
                           void *context, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, SQL_NEWEST_VERSIONS, doing, error))
        return false;
    while ((next = statement_next(&statement, error)) > 0) {
        struct notebook_version version;
        read_version(&statement, &version);
        bool wants_more = row(context, &version);
        notebook_version_release(&version);
        if (!wants_more)
            return true;
    }
    return next == 0;
}

void notebook_version_release(struct notebook_version *version)
{
    free(version->key);
    free(version->name);
    free(version->user);
    free(version->host);
    free(version->path);
    free(version->run_id);
    *version = (struct notebook_version){0};
}

bool store_version_at(struct store_connection *connection, const char *key, timestamp_us at,
                      int64_t *ret_version, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    char time[TIMESTAMP_SIZE];
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_VERSION_AT, doing, error))
        return false;
    statement_text(&statement, key);
    statement_time(&statement, at);
    int next = statement_next(&statement, error);
    if (next > 0)
        *ret_version = statement_column_integer(&statement, 0);
    if (next)
        return next > 0;
    AUTO_FREE char *name = store_notebook_name(connection, key);
    timestamp_format_rfc3339(at, time);
    return error_set(error, ERROR_NOT_FOUND, "%s: the store has no version of it as old as %s",
                     name, time);
}

bool store_versions(struct store_connection *connection, const char *key, store_row row,
                    void *context, struct error *error)
{
    static const struct {
        const char *key;
        enum version_column column;
        json_t *(*value)(struct statement *row, int column);
    } members[] = {
        {"notebook", VERSION_NAME, statement_json_text},
        {"version", VERSION_NUMBER, statement_json_integer},
        {"parent", VERSION_PARENT, statement_json_integer},
        {"created_at", VERSION_CREATED, statement_json_time},
        {"origin", VERSION_ORIGIN, statement_json_text},
        {"user", VERSION_USER, statement_json_text},
        {"host", VERSION_HOST, statement_json_text},
        {"run", VERSION_RUN_NUMBER, statement_json_integer},
        {"run_id", VERSION_RUN, statement_json_text},
        {"path", VERSION_PATH, statement_json_text},
        {"size", VERSION_SIZE, statement_json_integer},
        {"sha256", VERSION_SHA256, statement_json_text},
        {"cells", VERSION_CELLS, statement_json_integer},
    };
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_VERSIONS, doing, error))
        return false;
    statement_text(&statement, key);
    while ((next = statement_next(&statement, error)) > 0) {
        AUTO_JSON *object = json_object();
        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
            json_object_set_new(object, members[i].key,
                                members[i].value(&statement, (int)members[i].column));
        if (!row(context, object))
            return true;
    }
    return next == 0;
}

bool store_version_text(struct store_connection *connection, const char *key, int64_t version,
                        struct strbuf *ret_text, struct error *error)
{
    AUTO_STATEMENT row = STATEMENT_INIT;
    return find_version(connection, key, version, &row, error) &&
           snapshot_read(connection, statement_column_integer(&row, VERSION_SNAPSHOT), ret_text,
                         error);
}

/* --- the cells of a version ------------------------------------------------------------------- */

enum cell_column {
    CELL_KEY,
    CELL_NAME,
    CELL_VERSION,
    CELL_TYPE,
    CELL_KERNEL,
    CELL_FILE_ID,
    CELL_SOURCE,
    CELL_NORMAL_HASH,
    CELL_OUTPUTS_HASH,
    CELL_OUTPUTS,
    CELL_MATCHED_BY,
    CELL_SCORE,
};

static enum version_match_kind kind_of(const char *word)
{
    for (int kind = VERSION_MATCH_NEW; kind <= VERSION_MATCH_EARLIER_TEXT; kind++)
        if (word && strcmp(version_match_word((enum version_match_kind)kind), word) == 0)
            return (enum version_match_kind)kind;
    return VERSION_MATCH_NEW;
}

static void read_cell(struct statement *row, struct version_cell *ret_cell)
{
    const char *type = statement_column(row, CELL_TYPE, NULL);
    *ret_cell = (struct version_cell){
        .cell_key = statement_copy(row, CELL_KEY, NULL),
        .cell_name = statement_copy(row, CELL_NAME, NULL),
        .cell_version = statement_column_integer(row, CELL_VERSION),
        .kernel = statement_copy(row, CELL_KERNEL, NULL),
        .file_id = statement_copy(row, CELL_FILE_ID, NULL),
        .outputs = statement_column_integer(row, CELL_OUTPUTS),
        .matched_by = kind_of(statement_column(row, CELL_MATCHED_BY, NULL)),
        .score = statement_column_real(row, CELL_SCORE),
    };
    if (!type || !notebook_cell_type_from_word(type, &ret_cell->type))
        ret_cell->type = NOTEBOOK_OTHER;
    ret_cell->source = statement_copy(row, CELL_SOURCE, &ret_cell->source_size);
    if (!ret_cell->source)
        ret_cell->source = xstrdup(""); /* another tool removed the text */
    if (!ret_cell->kernel)
        ret_cell->kernel = xstrdup("");
    sha256_hex(ret_cell->source, ret_cell->source_size, ret_cell->code_hash);
    copy_hash(ret_cell->normal_hash, statement_column(row, CELL_NORMAL_HASH, NULL));
    copy_hash(ret_cell->outputs_hash, statement_column(row, CELL_OUTPUTS_HASH, NULL));
}

bool store_lineage(struct store_connection *connection, const char *key, int64_t after,
                   int64_t until, json_t **ret_lineage, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_JSON *by_key = json_object();
    int next;
    *ret_lineage = NULL;
    if (!statement_open(&statement, connection, SQL_LINEAGE, doing, error))
        return false;
    statement_text(&statement, key);
    statement_integer(&statement, after);
    statement_integer(&statement, until);
    while ((next = statement_next(&statement, error)) > 0) {
        const char *stored = statement_column(&statement, 0, NULL);
        const char *cell_key = stored ? stored : ""; /* NULL: a damaged store */
        json_t *lineage = json_object_get(by_key, cell_key);
        json_t *object = json_object();
        json_object_set_new(object, "from", statement_json_text(&statement, 1));
        json_object_set_new(object, "how", statement_json_text(&statement, 2));
        json_object_set_new(object, "score", json_real(statement_column_real(&statement, 3)));
        if (!lineage) {
            lineage = json_array();
            json_object_set_new_nocheck(by_key, cell_key, lineage);
        }
        json_array_append_new(lineage, object);
    }
    if (next == 0)
        *ret_lineage = json_incref(by_key);
    return next == 0;
}

static bool add_lineage(struct store_connection *connection, const char *key, int64_t version,
                        struct version_cells *cells, struct error *error)
{
    AUTO_JSON *by_key = NULL;
    if (!store_lineage(connection, key, version - 1, version, &by_key, error))
        return false;
    for (size_t i = 0; i < cells->count; i++) {
        json_t *lineage = json_object_get(by_key, cells->cells[i].cell_key);
        cells->cells[i].lineage = lineage ? json_incref(lineage) : json_array();
    }
    return true;
}

static bool read_cells(struct store_connection *connection, const char *key, int64_t version,
                       struct version_cells *cells, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    size_t capacity = 0;
    int next;
    if (!statement_open(&statement, connection, SQL_VERSION_CELLS, doing, error))
        return false;
    statement_text(&statement, key);
    statement_integer(&statement, version);
    while ((next = statement_next(&statement, error)) > 0) {
        if (cells->count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            cells->cells = xreallocarray(cells->cells, capacity, sizeof(*cells->cells));
        }
        read_cell(&statement, &cells->cells[cells->count++]);
    }
    return next == 0;
}

bool store_version_cells(struct store_connection *connection, const char *key, int64_t version,
                         struct version_cells *ret_cells, struct error *error)
{
    AUTO_STATEMENT row = STATEMENT_INIT;
    *ret_cells = (struct version_cells){NULL, 0};
    if (!find_version(connection, key, version, &row, error))
        return false;
    version = statement_column_integer(&row, VERSION_NUMBER);
    if (read_cells(connection, key, version, ret_cells, error) &&
        add_lineage(connection, key, version, ret_cells, error))
        return true;
    version_cells_release(ret_cells);
    return false;
}

void version_cells_release(struct version_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        struct version_cell *cell = &cells->cells[i];
        free(cell->cell_key);
        free(cell->cell_name);
        free(cell->kernel);
        free(cell->file_id);
        free(cell->source);
        json_decref(cell->lineage);
    }
    free(cells->cells);
    *cells = (struct version_cells){NULL, 0};
}

const char *version_cells_name(const struct version_cells *cells, const char *cell_key)
{
    for (size_t i = 0; i < cells->count; i++) {
        if (strcmp(cells->cells[i].cell_key, cell_key) == 0)
            return cells->cells[i].cell_name;
    }
    return NULL;
}
