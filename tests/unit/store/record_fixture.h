/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the record share: a store that is open, and short ways to record and to ask.
 */
#ifndef TESTS_UNIT_STORE_RECORD_FIXTURE_H
#define TESTS_UNIT_STORE_RECORD_FIXTURE_H

#include <jansson.h>

#include "base/json_util.h"
#include "store/database.h"
#include "store_fixture.h"

static char *store_file;
static struct store *store;
static struct store_connection *connection;

__attribute__((unused)) static void open_store(void)
{
    struct error error = ERROR_INIT;
    store = store_open(store_file, STORE_CREATE, &error);
    connection = store ? store_connect(store, &error) : NULL;
    if (!connection)
        bail_out("%s", error.message);
}

__attribute__((unused)) static void close_store(void)
{
    store_disconnect(connection);
    store_close(store);
    connection = NULL;
    store = NULL;
}

/* A store of its own for each test. */
__attribute__((unused)) static void new_store(const char *name)
{
    if (connection)
        close_store();
    free(store_file);
    store_file = xstrdup(in_folder(name));
    open_store();
}

/* What plain sqlite3 sees; the statement may stand in for any reader. */
__attribute__((unused)) static const char *ask(const char *sql)
{
    return plain_text(store_file, sql);
}

__attribute__((unused)) static bool record_with(const struct execution_record *record,
                                                int64_t *ret_version, struct error *error)
{
    bool is_done = store_begin(connection, NULL, error) &&
                   store_record(connection, record, ret_version, error) &&
                   store_commit(connection, error);
    store_release(connection);
    return is_done;
}

/* Records and returns the version's number; 0 and a line when it failed. */
__attribute__((unused)) static int64_t record(const struct fixture_execution *execution)
{
    struct error error = ERROR_INIT;
    int64_t version = 0;
    if (record_with(&execution->record, &version, &error))
        return version;
    diag("%s", error.message);
    return 0;
}

/* An execution of one cell of tour.ipynb that was EXECUTED, ready to be changed and recorded. */
__attribute__((unused)) static void executed(struct fixture_execution *execution, const char *cell,
                                             const char *code)
{
    fixture_execution(execution, code);
    execution->record.cell_key = cell;
    execution->record.cell_name = cell;
    execution->record.execution_count = 1;
    execution->record.in_history = true;
    fixture_finish(execution, STATE_EXECUTED, "committed");
}

/* Records it at once, in a run of its own. */
__attribute__((unused)) static int64_t record_code(const char *cell, const char *code)
{
    struct fixture_execution execution;
    executed(&execution, cell, code);
    return record(&execution);
}

/* Rows of a listing as a JSON array. */
__attribute__((unused)) static bool collect(void *array, const json_t *object)
{
    json_array_append_new(array, json_deep_copy(object));
    return true;
}

/* Value of a path of keys and indexes of JSON: "0.cell"; "" when it is not there. Compact text for
 * what is no string. Valid until the next few calls. */
__attribute__((unused)) static const char *at(const json_t *json, const char *path)
{
    static char texts[8][4096];
    static int next;
    char *text = texts[next++ % 8];
    char part[100];
    text[0] = '\0';
    while (json && *path) {
        size_t size = strcspn(path, ".");
        snprintf(part, sizeof(part), "%.*s", (int)size, path);
        json = json_is_array(json) ? json_array_get(json, strtoul(part, NULL, 10))
                                   : json_object_get(json, part);
        path += size + (path[size] == '.');
    }
    if (json_is_string(json)) {
        snprintf(text, sizeof(texts[0]), "%s", json_string_value(json));
    } else if (json) {
        AUTO_FREE char *formatted = json_format(json);
        snprintf(text, sizeof(texts[0]), "%s", formatted);
    }
    return text;
}

#endif
