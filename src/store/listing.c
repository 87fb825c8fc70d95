/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing: notebooks, cells, versions, runs and the store itself as JSON objects.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/near_name.h"
#include "store/cells.h"
#include "store/migrations.h"
#include "store/notebooks.h"
#include "store/rscn_tables.h"
#include "store/statement.h"
#include "store/versions.h"

/* --- notebooks ------------------------------------------------------------------------------- */

static bool add_notebook_counts(struct store_connection *connection, const char *notebook,
                                json_t *object, struct error *error)
{
    AUTO_STATEMENT counts = STATEMENT_INIT;
    AUTO_STATEMENT last = STATEMENT_INIT;
    if (!statement_open(&counts, connection, SQL_NOTEBOOK_COUNTS, "counting a notebook", error))
        return false;
    statement_text(&counts, notebook);
    if (statement_next(&counts, error) <= 0)
        return false;
    json_object_set_new(object, "versions", statement_json_integer(&counts, 0));
    json_object_set_new(object, "executions", statement_json_integer(&counts, 1));
    json_object_set_new(object, "runs", statement_json_integer(&counts, 2));
    json_object_set_new(object, "file_versions", statement_json_integer(&counts, 3));
    if (!statement_open(&last, connection, SQL_NOTEBOOK_LAST, "reading the last execution", error))
        return false;
    statement_text(&last, notebook);
    int next = statement_next(&last, error);
    json_object_set_new(object, "last_at", next > 0 ? statement_json_time(&last, 0) : json_null());
    json_object_set_new(object, "last_state",
                        next > 0 ? statement_json_text(&last, 1) : json_null());
    return next >= 0;
}

static int64_t count_cells(struct store_connection *connection, const char *notebook,
                           struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    struct cell_row row;
    int64_t count = 0;
    int next;
    if (!cells_open(&statement, connection, notebook, error))
        return -1;
    while ((next = cells_next(&statement, &row, error)) > 0)
        count++;
    return next == 0 ? count : -1;
}

bool store_notebooks(struct store_connection *connection, store_row row, void *context,
                     struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, SQL_NOTEBOOKS, "reading the notebooks", error))
        return false;
    while ((next = statement_next(&statement, error)) > 0) {
        AUTO_JSON *object = json_object();
        AUTO_FREE char *notebook = statement_copy(&statement, 0, NULL);
        int64_t cells = count_cells(connection, notebook, error);
        if (cells < 0)
            return false;
        json_object_set_new(object, "notebook", statement_json_text(&statement, 1));
        json_object_set_new(object, "cells", json_integer(cells));
        if (!add_notebook_counts(connection, notebook, object, error))
            return false;
        if (cells == 0 && json_member_integer(object, "file_versions", 0) == 0)
            continue; /* only silent requests, or all deleted */
        if (!row(context, object))
            return true;
    }
    return next == 0;
}

/* --- cells ------------------------------------------------------------------------------------ */

static json_t *text_or_null(const char *text, size_t size)
{
    return text ? json_text(text, size) : json_null();
}

static bool add_cell_executions(struct store_connection *connection, const char *notebook,
                                const char *cell_key, json_t *object, struct error *error)
{
    AUTO_STATEMENT count = STATEMENT_INIT;
    AUTO_STATEMENT last = STATEMENT_INIT;
    if (!statement_open(&count, connection, SQL_CELL_EXECUTIONS, "counting executions", error) ||
        !statement_open(&last, connection, SQL_CELL_LAST, "reading the last execution", error))
        return false;
    statement_text(&count, notebook);
    statement_text(&count, cell_key);
    if (statement_next(&count, error) <= 0)
        return false;
    statement_text(&last, notebook);
    statement_text(&last, cell_key);
    int next = statement_next(&last, error);
    json_object_set_new(object, "executions", statement_json_integer(&count, 0));
    json_object_set_new(object, "last_at", next > 0 ? statement_json_time(&last, 0) : json_null());
    json_object_set_new(object, "last_state",
                        next > 0 ? statement_json_text(&last, 1) : json_null());
    json_object_set_new(object, "last_execution",
                        next > 0 ? statement_json_text(&last, 2) : json_null());
    return next >= 0;
}

static json_t *cell_object(struct store_connection *connection, const char *notebook,
                           const struct cell_row *cell, struct error *error)
{
    AUTO_VERSIONS list = VERSION_LIST_INIT;
    AUTO_JSON *object = json_object();
    if (!versions_load(connection, notebook, cell->cell_name, &list, error))
        return NULL;
    json_object_set_new(object, "cell", json_text_or_null(cell->cell_name));
    json_object_set_new(object, "cell_key", json_text_or_null(cell->cell_key));
    json_object_set_new(
        object, "kernel",
        json_text_or_null(list.newest < list.count ? list.versions[list.newest].kernel : NULL));
    json_object_set_new(object, "versions", json_integer((json_int_t)list.distinct));
    if (!add_cell_executions(connection, notebook, cell->cell_key, object, error))
        return NULL;
    json_object_set_new(object, "code", text_or_null(cell->code, cell->code_size));
    return json_incref(object);
}

bool store_cells(struct store_connection *connection, const char *notebook, store_row row,
                 void *context, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    struct cell_row cell;
    int next;
    if (!cells_open(&statement, connection, notebook, error))
        return false;
    while ((next = cells_next(&statement, &cell, error)) > 0) {
        AUTO_JSON *object = cell_object(connection, notebook, &cell, error);
        if (!object)
            return false;
        if (!row(context, object))
            return true;
    }
    return next == 0;
}

/* --- texts ------------------------------------------------------------------------------------ */

static json_t *version_object(const char *cell, const char *cell_key, const struct version *version)
{
    struct error ignored = ERROR_INIT;
    json_t *arguments = version->arguments
                            ? json_parse(version->arguments, strlen(version->arguments), &ignored)
                            : NULL;
    json_t *object = json_object();
    json_object_set_new(object, "cell", json_text_or_null(cell));
    json_object_set_new(object, "cell_key", json_text_or_null(cell_key));
    json_object_set_new(object, "cell_version", json_integer(version->number));
    json_object_set_new(object, "kernel", json_text_or_null(version->kernel));
    json_object_set_new(object, "code", json_text(version->code, version->code_size));
    json_object_set_new(object, "code_hash", json_string(version->hash));
    json_object_set_new(object, "arguments", arguments ? arguments : json_null());
    return object;
}

/* The row of a version number; deleted ones are found when they are asked for by number. */
static const struct version *pick(const struct version_list *list, int64_t number)
{
    if (number == 0)
        return list->newest < list->count ? &list->versions[list->newest] : NULL;
    for (size_t i = 0; i < list->count; i++)
        if (list->versions[i].number == number)
            return &list->versions[i];
    return NULL;
}

/* *ret_more is what the callback said. */
static bool cat_one(struct store_connection *connection, const char *notebook, const char *name,
                    const char *cell_key, int64_t version, store_row row, void *context,
                    bool *ret_more, struct error *error)
{
    AUTO_VERSIONS list = VERSION_LIST_INIT;
    if (!versions_load(connection, notebook, name, &list, error))
        return false;
    const struct version *found = pick(&list, version);
    if (!found && version > 0)
        return error_set(error, ERROR_NOT_FOUND, "%s@%lld: no such version of the cell; it has %zu",
                         name, (long long)version, list.distinct);
    if (!found)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: the cell is deleted; %s@%lld is its last version", name, name,
                         (long long)list.versions[list.count - 1].number);
    AUTO_JSON *object = version_object(name, cell_key, found);
    *ret_more = row(context, object);
    return true;
}

static bool cat_all(struct store_connection *connection, const char *notebook, store_row row,
                    void *context, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    struct cell_row cell;
    int next = 0;
    if (!cells_open(&statement, connection, notebook, error))
        return false;
    bool more = true;
    while (more && (next = cells_next(&statement, &cell, error)) > 0)
        if (!cat_one(connection, notebook, cell.cell_name, cell.cell_key, 0, row, context, &more,
                     error))
            return false;
    return !more || next == 0;
}

static bool no_such_cell(struct store_connection *connection, const char *notebook,
                         const char *cell, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_STRBUF near = STRBUF_INIT;
    AUTO_FREE char *present = store_notebook_name(connection, notebook);
    AUTO_JSON *kept = json_array(); /* owns the names while they are compared */
    struct cell_row row;
    if (!cells_open(&statement, connection, notebook, error))
        return false;
    while (cells_next(&statement, &row, error) > 0)
        json_array_append_new(kept, json_text_or_null(row.cell_name));
    size_t count = json_array_size(kept);
    AUTO_FREE const char **names = xreallocarray(NULL, count + 1, sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = json_string_value(json_array_get(kept, i));
    if (near_name_list(&near, cell, names, count, 3))
        return error_set(error, ERROR_NOT_FOUND, "%s: no such cell in %s; did you mean %s?", cell,
                         present, strbuf_text(&near));
    return error_set(error, ERROR_NOT_FOUND, "%s: no such cell in %s; rscn ls %s lists them", cell,
                     present, present);
}

static bool has_numbers(const struct version_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->versions[i].is_numbered)
            return true;
    return false;
}

/* A cell by its name, its key, or a name it had: the version rows keep every name. */
bool store_cat(struct store_connection *connection, const char *notebook, const char *cell,
               int64_t version, store_row row, void *context, struct error *error)
{
    static const enum statement_id ids[] = {SQL_CELL_BY_NAME, SQL_CELL_BY_KEY};
    bool more;
    if (!cell)
        return cat_all(connection, notebook, row, context, error);
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        AUTO_STATEMENT statement = STATEMENT_INIT;
        if (!statement_open(&statement, connection, ids[i], "looking for a cell", error))
            return false;
        statement_text(&statement, notebook);
        statement_text(&statement, cell);
        int next = statement_next(&statement, error);
        if (next < 0)
            return false;
        if (next == 0)
            continue;
        AUTO_FREE char *key = statement_copy(&statement, 0, NULL);
        AUTO_FREE char *name = statement_copy(&statement, 1, NULL);
        return cat_one(connection, notebook, name, key, version, row, context, &more, error);
    }
    AUTO_VERSIONS list = VERSION_LIST_INIT;
    if (!versions_load(connection, notebook, cell, &list, error))
        return false;
    if (list.count == 0)
        return no_such_cell(connection, notebook, cell, error);
    /* A cell of plain SQL has its name as key; of a name that a cell had before, no key is known.
     */
    return cat_one(connection, notebook, cell, has_numbers(&list) ? NULL : cell, version, row,
                   context, &more, error);
}

/* --- runs ------------------------------------------------------------------------------------- */

static bool add_states(struct store_connection *connection, const char *run_id, json_t *object,
                       struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    json_t *states = json_object();
    json_int_t sum = 0;
    int next;
    json_object_set_new(object, "states", states);
    if (!statement_open(&statement, connection, SQL_RUN_STATES, "counting a run", error))
        return false;
    statement_text(&statement, run_id);
    while ((next = statement_next(&statement, error)) > 0) {
        AUTO_FREE char *state = statement_copy(&statement, 0, NULL);
        json_object_set_new(states, state, statement_json_integer(&statement, 1));
        sum += statement_column_integer(&statement, 1);
    }
    json_object_set_new(object, "executions", json_integer(sum));
    return next == 0;
}

bool store_runs(struct store_connection *connection, const char *notebook, store_row row,
                void *context, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, notebook ? SQL_RUNS_OF_NOTEBOOK : SQL_RUNS,
                        "reading the runs", error))
        return false;
    if (notebook)
        statement_text(&statement, notebook);
    while ((next = statement_next(&statement, error)) > 0) {
        AUTO_JSON *object = json_object();
        AUTO_FREE char *run_id = statement_copy(&statement, 0, NULL);
        json_object_set_new(object, "run_id", statement_json_text(&statement, 0));
        json_object_set_new(object, "notebook", statement_json_text(&statement, 1));
        json_object_set_new(object, "run", statement_json_integer(&statement, 2));
        json_object_set_new(object, "started_at", statement_json_time(&statement, 3));
        json_object_set_new(object, "ended_at", statement_json_time(&statement, 4));
        json_object_set_new(object, "client", statement_json_text(&statement, 5));
        json_object_set_new(object, "user", statement_json_text(&statement, 6));
        json_object_set_new(object, "host", statement_json_text(&statement, 7));
        json_object_set_new(object, "parameters", statement_json_value(&statement, 8));
        if (!add_states(connection, run_id, object, error))
            return false;
        if (!row(context, object))
            return true;
    }
    return next == 0;
}

bool store_run_cells(struct store_connection *connection, const char *notebook, int64_t run,
                     store_row row, void *context, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, SQL_RUN_EXECUTED, "reading a run", error))
        return false;
    statement_text(&statement, notebook);
    statement_integer(&statement, run);
    while ((next = statement_next(&statement, error)) > 0) {
        AUTO_JSON *object = json_object();
        json_object_set_new(object, "cell_key", statement_json_text(&statement, 0));
        json_object_set_new(object, "execution", statement_json_text(&statement, 1));
        json_object_set_new(object, "executions", statement_json_integer(&statement, 2));
        if (!row(context, object))
            return true;
    }
    return next == 0;
}

/* --- the store itself ------------------------------------------------------------------------- */

static json_t *single(struct store_connection *connection, enum statement_id id,
                      json_t *(*value)(struct statement *row, int column), struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, id, "reading the store's facts", error) ||
        statement_next(&statement, error) <= 0)
        return json_null();
    return value(&statement, 0);
}

/* A check that can't be made says why: that is what is wrong with the store. */
static json_t *integrity(struct store_connection *connection)
{
    struct error problem = ERROR_INIT;
    json_t *said = single(connection, SQL_FACT_QUICK_CHECK, statement_json_text, &problem);
    return problem.code == ERROR_NONE ? said : json_text_or_null(problem.message);
}

static json_t *file_size(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? json_integer((json_int_t)status.st_size) : json_integer(0);
}

/* Numbers of applied schema files whose text is another one in this program; null: none. */
static json_t *changed_schema(struct store_connection *connection)
{
    AUTO_STRBUF numbers = STRBUF_INIT;
    struct error error = ERROR_INIT;
    if (connection->store->is_copy || !migrations_changed(connection, &numbers, &error))
        return json_null();
    return numbers.size ? json_text(strbuf_text(&numbers), numbers.size) : json_null();
}

/* The journal mode by the file's header, for a file that SQLite has no locks on: closing it here
 * would drop them. PRAGMA journal_mode does not know it of an immutable file or of a copy. */
static const char *journal_in_header(const char *path)
{
    unsigned char header[20];
    AUTO_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    bool is_wal = descriptor >= 0 &&
                  pread(descriptor, header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
                  header[18] == 2 && header[19] == 2; /* write and read version */
    return is_wal ? "wal" : "delete";
}

json_t *store_facts(struct store_connection *connection, bool check_integrity, struct error *error)
{
    (void)error; /* what can't be read is null, and `integrity` says why */
    const struct store *store = connection->store;
    AUTO_FREE char *wal = xasprintf("%s-wal", store->path);
    json_t *facts = json_object();
    json_object_set_new(facts, "path", json_text(store->path, strlen(store->path)));
    json_object_set_new(facts, "schema_version",
                        single(connection, SQL_OPEN_SCHEMA_VERSION, statement_json_integer, NULL));
    json_object_set_new(facts, "schema_changed", changed_schema(connection));
    json_object_set_new(facts, "journal_mode",
                        store->is_immutable || store->is_copy
                            ? json_string(journal_in_header(store->path))
                            : single(connection, SQL_OPEN_JOURNAL_MODE, statement_json_text, NULL));
    json_object_set_new(facts, "sqlite_version", json_string(sqlite3_libversion()));
    json_object_set_new(facts, "generation", json_string(rscn_tables_generation(connection)));
    json_object_set_new(facts, "size_bytes", file_size(store->path));
    json_object_set_new(facts, "wal_bytes", file_size(wal));
    json_object_set_new(facts, "executions",
                        single(connection, SQL_FACT_EXECUTIONS, statement_json_integer, NULL));
    json_object_set_new(facts, "notebooks",
                        single(connection, SQL_FACT_NOTEBOOKS, statement_json_integer, NULL));
    json_object_set_new(facts, "integrity", check_integrity ? integrity(connection) : json_null());
    return facts;
}
