/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people ask the record: notebooks, cells, texts, runs, the log, one execution; and what they
 * call things by.
 */
#include "record_fixture.h"
#include "store/schema.h"

static struct error error;

/* A notebook that was run, one that plain SQL inserted, and one in a folder. */
static void prepare(void)
{
    struct fixture_execution e;
    new_store("listing.db");
    record_code("k1", "SELECT 1");
    record_code("k2", "SELECT 2");
    record_code("k1", "SELECT 11");
    executed(&e, "k2", "SELECT broken");
    e.record.cell_name = "second";
    e.record.state = STATE_FAILED;
    e.steps[2].to = STATE_FAILED;
    e.record.error = "{\"ename\":\"E\",\"evalue\":\"broken\"}";
    e.record.received_at = e.record.started_at = 1700000000000000;
    e.record.ended_at = 1700000000001500;
    record(&e);
    executed(&e, "k3", "SELECT silent");
    e.record.is_silent = true;
    record(&e);
    executed(&e, "k1", "SELECT 1");
    e.run.notebook = "lessons/deep/tour.ipynb";
    record(&e);
    plain_sql(store_file,
              "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id,"
              " notebook_name, cell_name, interpretable_code, interpretable_code_hash, created_at,"
              " arguments) VALUES"
              " ('a', 'SQL', 'Web UI', 'one', 'SELECT 1', 'x', '2020-01-01 00:00:00', NULL),"
              " ('b', 'SQL', 'Web UI', 'one', 'SELECT 1', 'y', '2020-01-02 00:00:00', NULL),"
              " ('c', 'SQL', 'Web UI', 'one', 'SELECT 2', 'z', '2020-01-03 00:00:00',"
              "  '{\"n\":5}'),"
              " ('d', 'SQL', 'Web UI', 'gone', 'SELECT 3', 'z', '2020-01-03 00:00:00', NULL),"
              " ('e', 'SQL', 'Gone', 'gone', 'SELECT 3', 'z', '2020-01-03 00:00:00', NULL);"
              "UPDATE code_notebook_cell SET deleted_at = '2021-01-01 00:00:00'"
              " WHERE cell_name = 'gone'");
}

static void test_notebooks(void)
{
    AUTO_JSON *rows = json_array();
    ok(store_notebooks(connection, collect, rows, &error), "notebooks");
    is_int(json_array_size(rows), 3, "the deleted one is hidden (R-61)");
    is_str(at(rows, "0"),
           "{\"notebook\":\"Web UI\",\"cells\":1,\"versions\":2,\"executions\":0,\"runs\":0,"
           "\"file_versions\":0,\"last_at\":null,\"last_state\":null}",
           "one of plain SQL: versions are different texts (R-9)");
    is_str(at(rows, "2.notebook"), "tour.ipynb", "by name");
    is_str(at(rows, "2.cells"), "2", "cells that only silent requests ran don't count");
    is_str(at(rows, "2.executions"), "4", "nor do silent executions");
    is_str(at(rows, "2.runs"), "5", "runs");
    is_str(at(rows, "2.last_state"), "FAILED", "the last state");
    is_str(at(rows, "2.last_at"), "2023-11-14T22:13:20.000000Z", "and when");
}

static void test_cells(void)
{
    AUTO_JSON *rows = json_array();
    ok(store_cells(connection, "tour.ipynb", collect, rows, &error), "cells");
    is_int(json_array_size(rows), 2, "two");
    is_str(at(rows, "0.cell"), "k1", "in order");
    is_str(at(rows, "0.versions"), "2", "versions");
    is_str(at(rows, "0.executions"), "2", "executions");
    is_str(at(rows, "0.code"), "SELECT 11", "the newest text");
    is_str(at(rows, "1.cell"), "second", "the present name");
    is_str(at(rows, "1.cell_key"), "k2", "and the key");
    is_str(at(rows, "1.executions"), "2", "executions under all names");
    is_str(at(rows, "1.last_state"), "FAILED", "last state");
    json_array_clear(rows);
    ok(store_cells(connection, "Web UI", collect, rows, &error), "cells of plain SQL");
    is_str(at(rows, "0"),
           "{\"cell\":\"one\",\"cell_key\":\"one\",\"kernel\":\"SQL\",\"versions\":2,"
           "\"executions\":0,\"last_at\":null,\"last_state\":null,\"last_execution\":null,"
           "\"code\":\"SELECT 2\"}",
           "have what is known");
}

static const char *cat(const char *notebook, const char *cell, int64_t version, const char *path)
{
    AUTO_JSON *rows = json_array();
    error = (struct error)ERROR_INIT;
    if (!store_cat(connection, notebook, cell, version, collect, rows, &error))
        return error.message;
    return at(rows, path);
}

static bool only_one(void *count, const json_t *object)
{
    (void)object;
    ++*(int *)count;
    return false;
}

static void test_cat(void)
{
    int count = 0;
    is_str(cat("tour.ipynb", NULL, 0, "0.code"), "SELECT 11", "all cells: the first");
    is_str(cat("tour.ipynb", NULL, 0, "1.code"), "SELECT broken", "the second");
    is_str(cat("tour.ipynb", NULL, 0, "2"), "", "no more");
    is_str(cat("tour.ipynb", "k1", 1, "0.code"), "SELECT 1", "a version");
    is_str(cat("tour.ipynb", "k1", 0, "0.cell_version"), "2", "the newest");
    is_str(cat("tour.ipynb", "k2", 0, "0.cell"), "second", "by its key: under its present name");
    is_str(cat("tour.ipynb", "second", 0, "0.cell_key"), "k2", "by its name");
    is_str(cat("Web UI", "one", 1, "0.code"), "SELECT 1", "plain SQL: numbered by age");
    is_str(cat("Web UI", "one", 2, "0.arguments.n"), "5", "over different texts");
    is_str(cat("Web UI", "one", 0, "0.cell_key"), "one", "its name is its key");
    is_str(cat("Web UI", "one", 0, "0.code_hash"),
           "ebbb5b332060a3ede7047bd7528883b0a560e729848f9feb8ff742145e909b01",
           "the hash of the bytes, not the stored one");
    contains(cat("tour.ipynb", "k1", 3, ""), "k1@3: no such version", "no such version");
    is_int(error.code, ERROR_NOT_FOUND, "not found");
    contains(cat("tour.ipynb", "secnd", 0, ""), "did you mean second", "near names");
    contains(cat("Web UI", "gone", 0, ""), "deleted", "a deleted cell is hidden");
    is_str(cat("Web UI", "gone", 1, "0.code"), "SELECT 3", "and found when asked for by number");
    ok(store_cat(connection, "tour.ipynb", NULL, 0, only_one, &count, &error) && count == 1,
       "a callback can stop");
}

static void test_runs(void)
{
    AUTO_JSON *rows = json_array();
    ok(store_runs(connection, NULL, collect, rows, &error), "runs");
    is_int(json_array_size(rows), 6, "of all notebooks");
    is_str(at(rows, "0.notebook"), "lessons/deep/tour.ipynb", "newest first");
    json_array_clear(rows);
    ok(store_runs(connection, "tour.ipynb", collect, rows, &error), "of one notebook");
    is_int(json_array_size(rows), 5, "its runs");
    is_str(at(rows, "0.run"), "5", "newest first");
    is_str(at(rows, "0.executions"), "0", "silent ones are not counted");
    is_str(at(rows, "1.states"), "{\"FAILED\":1}", "by end state");
    is_str(at(rows, "1.client"), "nbconvert", "client");
    is_str(at(rows, "1.ended_at"), "null", "unknown is null");
}

static json_t *log_rows(struct log_filter filter)
{
    json_t *rows = json_array();
    if (!filter.limit)
        filter.limit = -1;
    if (!store_log(connection, &filter, collect, rows, &error))
        diag("%s", error.message);
    return rows;
}

#define LOG(...) AUTO_JSON *rows = log_rows((struct log_filter){__VA_ARGS__})

static void test_log_keys(void)
{
    static const char *const keys[] = {
        "execution",       "notebook",    "cell",       "cell_version",
        "code_hash",       "kernel",      "engine",     "target",
        "state",           "reason",      "started_at", "ended_at",
        "client",          "duration_ms", "silent",     "client_session",
        "execution_count", "msg_id",      "run",        "identified_by",
        "outputs",         "user",        "host"};
    LOG(.notebook = "tour.ipynb", .limit = 1);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        ok(json_object_get(json_array_get(rows, 0), keys[i]), "the log has %s", keys[i]);
    is_str(at(rows, "0.cell"), "second", "the name");
    is_str(at(rows, "0.cell_version"), "1", "the version");
    is_str(at(rows, "0.started_at"), "2023-11-14T22:13:20.000000Z", "RFC 3339");
    is_str(at(rows, "0.duration_ms"), "1.5", "milliseconds");
    is_str(at(rows, "0.identified_by"), "[\"session name\"]", "an array");
    is_str(at(rows, "0.silent"), "false", "a boolean");
    is_str(at(rows, "0.reason"), "null", "unknown is null");
}

static void test_log_filters(void)
{
    {
        LOG(.limit = -1);
        is_int(json_array_size(rows), 5, "everything but silent ones");
        is_str(at(rows, "0.notebook"), "lessons/deep/tour.ipynb", "newest first");
    }
    {
        LOG(.with_silent = true);
        is_int(json_array_size(rows), 6, "with silent ones");
    }
    {
        LOG(.notebook = "tour.ipynb", .with_silent = true);
        is_int(json_array_size(rows), 5, "of a notebook");
        is_str(at(rows, "0.silent"), "true", "newest first");
    }
    {
        LOG(.limit = 2);
        is_int(json_array_size(rows), 2, "limit");
    }
    {
        LOG(.has_state = true, .state = STATE_FAILED);
        is_int(json_array_size(rows), 1, "state");
    }
    {
        LOG(.since = timestamp_now() - 3600 * 1000000LL);
        is_int(json_array_size(rows), 4, "since");
    }
    {
        LOG(.notebook = "tour.ipynb", .cell = "second");
        is_int(json_array_size(rows), 2, "a cell by its present name: under all names");
        is_str(at(rows, "1.cell"), "k2", "each with the name that it ran under");
    }
    {
        LOG(.notebook = "tour.ipynb", .cell = "k2");
        is_int(json_array_size(rows), 2, "and by its key");
    }
    {
        LOG(.notebook = "tour.ipynb", .cell = "none");
        is_int(json_array_size(rows), 0, "none");
    }
}

static void test_execution(void)
{
    struct execution_output outputs[] = {
        {"stream", "{\"name\":\"stdout\",\"text\":\"hello\"}", 1},
        {"display_data", "{\"data\":{\"text/plain\":\"1\"},\"metadata\":{},\"transient\":{}}", 2},
        {"update_display_data", "{\"data\":{\"text/plain\":\"2\"},\"metadata\":{}}", 3},
        {"execute_result", "{\"data\":{},\"metadata\":{},\"execution_count\":4}", 4},
        {"error", "{\"ename\":\"E\",\"evalue\":\"v\",\"traceback\":[]}", 5},
    };
    struct fixture_execution e;
    executed(&e, "k1", "SELECT 1");
    e.run.notebook = "shown.ipynb";
    e.record.arguments = "{\"x\":\"1\"}";
    e.record.outputs = outputs;
    e.record.output_count = ARRAY_SIZE(outputs);
    e.steps[2].reason = "all well";
    record(&e);
    AUTO_JSON *shown = store_execution(connection, e.record.execution_id, &error);
    is_str(at(shown, "code"), "SELECT 1", "the code");
    is_str(at(shown, "arguments.x"), "1", "the arguments");
    is_str(at(shown, "transitions.0.from"), "INITIAL", "transitions from INITIAL");
    is_str(at(shown, "transitions.2.from"), "RUNNING", "each from the one before");
    is_str(at(shown, "transitions.2.reason"), "all well", "with reasons");
    is_str(at(shown, "outputs.0"),
           "{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"hello\"}", "a stream");
    is_str(at(shown, "outputs.1"),
           "{\"data\":{\"text/plain\":\"1\"},\"metadata\":{},\"output_type\":\"display_data\"}",
           "nbformat knows no transient");
    is_str(at(shown, "outputs.2.execution_count"), "4",
           "a result; an update of nothing that was shown is no output");
    is_str(at(shown, "outputs.3.output_type"), "error", "an error");
    is_str(at(shown, "effect"), "committed", "the effect");
    is_str(at(shown, "error"), "null", "unknown is null");
    error = (struct error)ERROR_INIT;
    ok(!store_execution(connection, "01ARZ3NDEKTSV4RRFFQ69G5FAV", &error), "another");
    is_int(error.code, ERROR_NOT_FOUND, "is not found");
}

static const char *resolved(const char *text)
{
    static char id[ULID_SIZE];
    error = (struct error)ERROR_INIT;
    return store_resolve_execution(connection, text, id, &error) ? id : error_code_word(error.code);
}

static void test_resolve_execution(void)
{
    struct fixture_execution e;
    struct fixture_execution other;
    char end[ULID_SIZE];
    executed(&e, "k1", "SELECT 1");
    memcpy(e.record.execution_id, "01ARZ3NDEKTSV4RRFFQ6ABCDEF", ULID_SIZE);
    record(&e);
    executed(&other, "k1", "SELECT 1");
    memcpy(other.record.execution_id, "01ARZ3NDEKTSV4RRFFQ7ABCDEF", ULID_SIZE);
    record(&other);
    is_str(resolved(e.record.execution_id), e.record.execution_id, "an id");
    is_str(resolved("01arz3ndektsv4rrffq6abcdef"), e.record.execution_id, "in lower case");
    is_str(resolved("6ABCDEF"), e.record.execution_id, "an end");
    is_str(resolved("ABCDEF"), "invalid", "an end of two");
    contains(error.message, "01ARZ3NDEKTSV4RRFFQ6ABCDEF, 01ARZ3NDEKTSV4RRFFQ7ABCDEF", "names them");
    is_str(resolved("BCDEF"), "invalid", "too short");
    is_str(resolved("ZZZZZZ"), "not-found", "none");
    is_str(resolved("-1"), other.record.execution_id, "the last");
    is_str(resolved("-2"), e.record.execution_id, "the one before");
    is_str(resolved("-1000"), "not-found", "there are not so many");
    is_str(resolved("-0"), "invalid", "no such place");
    is_str(resolved("-x"), "invalid", "no number");
    is_str(resolved("%%%%%%"), "not-found", "no pattern");
    executed(&e, "k1", "SELECT 1");
    e.record.is_silent = true;
    record(&e);
    is_str(resolved("-1"), other.record.execution_id, "silent ones are not the last");
    memcpy(end, e.record.execution_id + 16, ULID_SIZE - 16);
    is_str(resolved(end), e.record.execution_id, "but have an id");
}

static const char *notebook(const char *text, const char *directory)
{
    static char name[1000];
    char *found = NULL;
    error = (struct error)ERROR_INIT;
    if (!store_resolve_notebook(connection, text, directory, &found, &error))
        return error_code_word(error.code);
    snprintf(name, sizeof(name), "%s", found);
    free(found);
    return name;
}

static void test_resolve_notebook(void)
{
    struct fixture_execution e;
    const char *folder = fixture_folder;
    is_str(notebook("Web UI", folder), "Web UI", "a stored name");
    is_str(notebook("lessons/deep/tour.ipynb", "/"), "lessons/deep/tour.ipynb", "from anywhere");
    is_str(notebook("deep/tour.ipynb", in_folder("lessons")), "lessons/deep/tour.ipynb",
           "a path from the working directory");
    is_str(notebook("../tour.ipynb", in_folder("lessons")), "tour.ipynb", "with ..");
    is_str(notebook(in_folder("tour.ipynb"), "/"), "tour.ipynb", "an absolute path");
    is_str(notebook("shown", "/"), "shown.ipynb", "a unique base name");
    is_str(notebook("tour", "/"), "invalid", "one that two have");
    contains(error.message, "lessons/deep/tour.ipynb", "names them");
    executed(&e, "k1", "SELECT 1");
    e.run.notebook = "far/away/unique.ipynb";
    record(&e);
    is_str(notebook("unique.ipynb", "/"), "far/away/unique.ipynb", "the base name of a path");
    is_str(notebook("uniqe.ipynb", "/"), "not-found", "none");
    contains(error.message, "did you mean unique.ipynb", "near names");
}

static void test_facts(void)
{
    AUTO_JSON *facts = store_facts(connection, true, &error);
    is_str(at(facts, "path"), store_file, "path");
    is_str(at(facts, "generation"), "rscn", "generation");
    is_str(at(facts, "journal_mode"), "wal", "journal mode");
    AUTO_FREE char *newest = xasprintf("%d", schema_files[schema_files_count - 1].number);
    is_str(at(facts, "schema_version"), newest, "schema version");
    is_str(at(facts, "schema_changed"), "null", "its file is this program's");
    is_str(at(facts, "integrity"), "ok", "integrity");
    is_str(at(facts, "notebooks"), "5", "notebooks");
    ok(json_integer_value(json_object_get(facts, "size_bytes")) > 0, "size");
    AUTO_JSON *unchecked = store_facts(connection, false, &error);
    is_str(at(unchecked, "integrity"), "null", "integrity only when asked for");
}

/* What is asked often, or of a large record, must not sort or scan it. */
static void test_plans(void)
{
    static const struct {
        enum statement_id id;
        const char *scan; /* what may be scanned */
    } plans[] = {
        {SQL_LOG, "SCAN e"},
        {SQL_LOG_NOTEBOOK, NULL},
        {SQL_EXECUTION, NULL},
        {SQL_HISTORY_LAST, NULL},
        {SQL_HISTORY_NEWEST, NULL},
        {SQL_LAST_TARGET, NULL},
        {SQL_FIND_MESSAGE, NULL},
        {SQL_EXECUTION_EXISTS, NULL},
        {SQL_ONCE_OURS, NULL},
        {SQL_CELL_LAST, NULL},
        {SQL_CELL_EXECUTIONS, NULL},
        {SQL_NOTEBOOK_LAST, NULL},
        {SQL_RUN_STATES, "USE TEMP B-TREE FOR GROUP BY"}, /* a handful of states */
        {SQL_RUNS, "SCAN main.rscn_run"},
        {SQL_RUNS_OF_NOTEBOOK, NULL},
        {SQL_EXECUTION_FROM_END, "SCAN main.rscn_execution"},
        {SQL_OUTPUTS, NULL},
        /* the few rows that a view gives of one execution */
        {SQL_TRANSITIONS, "SCAN main.rscn_transition; USE TEMP B-TREE FOR ORDER BY"},
        {SQL_HISTORY_OUTPUT, NULL},
    };
    sqlite3 *handle = store_connection_handle(connection);
    for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
        AUTO_FREE char *sql = xasprintf("EXPLAIN QUERY PLAN %s", database_sql(plans[i].id));
        AUTO_STRBUF bad = STRBUF_INIT;
        sqlite3_stmt *plan;
        sqlite3_prepare_v2(handle, sql, -1, &plan, NULL);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *detail = (const char *)sqlite3_column_text(plan, 3);
            bool is_scan = strncmp(detail, "SCAN ", 5) == 0 &&
                           strcmp(detail, "SCAN CONSTANT ROW") != 0 &&
                           (!plans[i].scan || !strstr(plans[i].scan, detail));
            bool is_sort = strstr(detail, "TEMP B-TREE") &&
                           (!plans[i].scan || !strstr(plans[i].scan, detail));
            if (is_scan || is_sort)
                strbuf_addf(&bad, "%s; ", detail);
        }
        sqlite3_finalize(plan);
        is_str(strbuf_text(&bad), "", "plan of %.70s", database_sql(plans[i].id));
    }
}

static void test_prepared(void)
{
    int failed = 0;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        if (!database_statement(connection, i, &error)) {
            diag("%s: %s", database_sql(i), error.message);
            failed++;
        }
    is_int(failed, 0, "every statement can be prepared");
}

int main(void)
{
    fixture_start();
    prepare();
    test_notebooks();
    test_cells();
    test_cat();
    test_runs();
    test_log_keys();
    test_log_filters();
    test_execution();
    test_resolve_execution();
    test_resolve_notebook();
    test_facts();
    test_plans();
    test_prepared();
    close_store();
    free(store_file);
    return done_testing();
}
