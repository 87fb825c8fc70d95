/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of other tools: generations G1 and G3 are opened with their schema left alone (D-2, R-1),
 * G0 is refused; every statement of the store prepares on all of them.
 */
#include "store/database.h"
#include "store/rscn_tables.h"
#include "store_fixture.h"

/* clang-format off: SQL keeps its own lines */
/* Housekeeping columns of facts section 3.1. */
#define KEPT                                                                                       \
    "created_at TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP, created_by TEXT DEFAULT 'UNKNOWN',"         \
    "updated_at TIMESTAMPTZ, updated_by TEXT, deleted_at TIMESTAMPTZ, deleted_by TEXT,"            \
    "activity_log TEXT"
#define CHECKED(column) column " TEXT CHECK(json_valid(" column ") OR " column " IS NULL),"

/* G1: unique constraints inside the tables, checks without names, no index (section 2). */
static const char g1[] =
    "CREATE TABLE code_notebook_kernel (code_notebook_kernel_id VARCHAR PRIMARY KEY NOT NULL,"
    "kernel_name TEXT NOT NULL, description TEXT, mime_type TEXT, file_extn TEXT," CHECKED(
        "elaboration") CHECKED("governance") KEPT
    ", UNIQUE(kernel_name));"
    "CREATE TABLE code_notebook_cell (code_notebook_cell_id VARCHAR PRIMARY KEY NOT NULL,"
    "notebook_kernel_id VARCHAR NOT NULL, notebook_name TEXT NOT NULL,"
    "cell_name TEXT NOT NULL, cell_governance TEXT, interpretable_code TEXT NOT NULL,"
    "interpretable_code_hash TEXT NOT NULL, description TEXT," CHECKED("arguments") KEPT
    ","
    "FOREIGN KEY(notebook_kernel_id) REFERENCES code_notebook_kernel(code_notebook_kernel_id),"
    "UNIQUE(notebook_name, cell_name, interpretable_code_hash));"
    "CREATE TABLE code_notebook_state (code_notebook_state_id VARCHAR PRIMARY KEY NOT NULL,"
    "code_notebook_cell_id VARCHAR NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT "
    "NULL," CHECKED("transition_result") "transition_reason TEXT, transitioned_at TIMESTAMPTZ "
                                         "DEFAULT CURRENT_TIMESTAMP," CHECKED("elaboration") KEPT
    ","
    "FOREIGN KEY(code_notebook_cell_id) REFERENCES code_notebook_cell(code_notebook_cell_id),"
    "UNIQUE(code_notebook_cell_id, from_state, to_state));";

/* G3: back quotes, named table checks, named unique indexes, no default of transitioned_at. */
static const char g3[] =
    "CREATE TABLE `code_notebook_kernel` (`code_notebook_kernel_id` VARCHAR PRIMARY KEY NOT NULL,"
    "`kernel_name` TEXT NOT NULL, `description` TEXT, `mime_type` TEXT, `file_extn` TEXT,"
    "`elaboration` TEXT, `governance` TEXT," KEPT ","
    "CONSTRAINT `elaboration_check_valid_json`"
    " CHECK(json_valid(elaboration) OR elaboration IS NULL));"
    "CREATE UNIQUE INDEX `code_notebook_kernel_kernel_name_unique`"
    " ON `code_notebook_kernel` (`kernel_name`);"
    "CREATE TABLE `code_notebook_cell` (`code_notebook_cell_id` VARCHAR PRIMARY KEY NOT NULL,"
    "`notebook_kernel_id` VARCHAR NOT NULL, `notebook_name` TEXT NOT NULL,"
    "`cell_name` TEXT NOT NULL, `cell_governance` TEXT, `interpretable_code` TEXT NOT NULL,"
    "`interpretable_code_hash` TEXT NOT NULL, `description` TEXT, `arguments` TEXT," KEPT ","
    "FOREIGN KEY (`notebook_kernel_id`) REFERENCES `code_notebook_kernel`"
    "(`code_notebook_kernel_id`) ON UPDATE no action ON DELETE no action);"
    "CREATE UNIQUE INDEX"
    " `code_notebook_cell_notebook_name_cell_name_interpretable_code_hash_unique`"
    " ON `code_notebook_cell` (`notebook_name`,`cell_name`,`interpretable_code_hash`);"
    "CREATE TABLE `code_notebook_state` (`code_notebook_state_id` VARCHAR PRIMARY KEY NOT NULL,"
    "`code_notebook_cell_id` VARCHAR NOT NULL, `from_state` TEXT NOT NULL,"
    "`to_state` TEXT NOT NULL, `transition_result` TEXT, `transition_reason` TEXT,"
    "`transitioned_at` TIMESTAMPTZ, `elaboration` TEXT," KEPT ","
    "FOREIGN KEY (`code_notebook_cell_id`) REFERENCES `code_notebook_cell`"
    "(`code_notebook_cell_id`) ON UPDATE no action ON DELETE no action,"
    "CONSTRAINT `transition_result_check_valid_json`"
    " CHECK(json_valid(transition_result) OR transition_result IS NULL));"
    "CREATE UNIQUE INDEX `code_notebook_state_code_notebook_cell_id_from_state_to_state_unique` "
    "ON `code_notebook_state` (`code_notebook_cell_id`,`from_state`,`to_state`);";
/* clang-format on */

/* What other tools keep in such a file, to see that it stays. */
static const char foreign_rows[] =
    "CREATE VIEW code_notebook_cell_versions AS SELECT notebook_name, cell_name FROM "
    "code_notebook_cell;"
    "CREATE TABLE session_state_ephemeral (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);"
    "INSERT INTO code_notebook_kernel (code_notebook_kernel_id, kernel_name, description)"
    " VALUES ('SQL', 'Dialect-independent ANSI SQL', 'theirs');"
    "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id, notebook_name,"
    " cell_name, interpretable_code, interpretable_code_hash, created_at)"
    " VALUES ('old', 'SQL', 'ConstructionSqlNotebook', 'v001_once_initialDDL', 'SELECT 1',"
    " 'TODO', NULL);"
    "INSERT INTO code_notebook_state (code_notebook_state_id, code_notebook_cell_id, from_state,"
    " to_state, transition_reason) VALUES ('s', 'old', 'NONE', 'EXECUTED', "
    "'execute_migrations');";

static const char theirs[] =
    "SELECT group_concat(type || name || sql, x'0a') FROM (SELECT * FROM sqlite_schema WHERE name "
    "NOT LIKE 'rscn_%' AND tbl_name NOT LIKE 'rscn_%' AND sql IS NOT NULL ORDER BY name)";

static void prepare_all(struct store_connection *connection, const char *name)
{
    int failed = 0;
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        struct error error = ERROR_INIT;
        if (!database_statement(connection, (enum statement_id)i, &error)) {
            diag("%s: %s", database_sql((enum statement_id)i), error.message);
            failed++;
        }
    }
    is_int(failed, 0, "%s: every statement prepares", name);
}

static bool record_twice(struct store_connection *connection, struct error *error)
{
    for (int i = 0; i < 2; i++) {
        struct fixture_execution execution;
        int64_t version;
        fixture_execution(&execution, "SELECT 42");
        fixture_finish(&execution, STATE_EXECUTED, "committed");
        if (!store_begin(connection, NULL, error) ||
            !store_record(connection, &execution.record, &version, error) ||
            !store_commit(connection, error))
            return false;
        store_release(connection);
    }
    return true;
}

static void test_foreign(const char *generation, const char *schema)
{
    char path[PATH_MAX], before[8192];
    struct error error = ERROR_INIT;
    snprintf(path, sizeof(path), "%s", in_folder(generation));
    if (plain_sql(path, schema) != SQLITE_OK || plain_sql(path, foreign_rows) != SQLITE_OK)
        bail_out("the file can't be made");
    snprintf(before, sizeof(before), "%s", plain_text(path, theirs));

    /* Looking changes nothing. */
    struct store *store = store_open(path, STORE_READ, &error);
    struct store_connection *connection = store ? store_connect(store, &error) : NULL;
    if (!ok(connection != NULL, "%s: looked at: %s", generation, error.message))
        return;
    prepare_all(connection, generation);
    is_str(rscn_tables_generation(connection), generation, "%s: generation", generation);
    ok(store->is_foreign && store->has_state_key, "%s: foreign, with the key", generation);
    store_disconnect(connection);
    store_close(store);
    is_str(plain_text(path, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'rscn%'"), "0",
           "%s: looking added nothing", generation);
    is_str(plain_text(path, "PRAGMA journal_mode"), "delete", "%s: nor WAL", generation);

    store = store_open(path, STORE_WRITE, &error);
    connection = store ? store_connect(store, &error) : NULL;
    if (!ok(connection != NULL, "%s: opened: %s", generation, error.message))
        return;
    contains(store_notice(store), "journal mode delete to WAL", "%s: said once", generation);
    contains(store_notice(store), "another tool", "%s: said whose it is", generation);
    prepare_all(connection, generation);
    ok(store->is_foreign && store->has_state_key, "%s: still foreign", generation);
    ok(record_twice(connection, &error), "%s: the same cell twice: %s", generation, error.message);
    store_disconnect(connection);
    store_close(store);

    is_str(plain_text(path, theirs), before, "%s: their schema is left alone", generation);
    is_str(plain_text(path, "SELECT kernel_name || description FROM code_notebook_kernel"),
           "Dialect-independent ANSI SQLtheirs", "%s: their kernel row too", generation);
    is_str(plain_text(path, "SELECT count(*) FROM code_notebook_kernel"), "1",
           "%s: no kernels of ours", generation);
    is_str(plain_text(path, "SELECT count(*) FROM rscn_execution"), "2", "%s: whole history",
           generation);
    is_str(plain_text(path, "SELECT count(*) FROM code_notebook_state WHERE to_state = "
                            "'EXECUTED' AND from_state = 'RUNNING'"),
           "1", "%s: the newest of each transition (D-2)", generation);
    is_str(plain_text(path, "SELECT value FROM rscn_store WHERE key = 'tables_by'"), "other",
           "%s: remembered", generation);
    is_str(plain_text(path, "PRAGMA user_version"), "0", "%s: user_version (R-10)", generation);

    store = store_open(path, STORE_WRITE, &error);
    ok(store && store->is_foreign && !store_notice(store), "%s: nothing to say again", generation);
    store_close(store);
}

static void refuses(const char *name, const char *schema, const char *part)
{
    struct error error = ERROR_INIT;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", in_folder(name));
    plain_sql(path, schema);
    for (int mode = STORE_READ; mode <= STORE_CREATE; mode++) {
        struct store *store = store_open(path, (enum store_mode)mode, &error);
        ok(!store, "%s: refused", name);
        is_int(error.code, ERROR_UNSUPPORTED, "%s: code", name);
        contains(error.message, part, "%s: text", name);
        store_close(store);
    }
    is_str(plain_text(path, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'rscn%'"), "0",
           "%s: left alone", name);
}

/* A schema with words replaced. Caller frees. */
static char *changed(const char *schema, const char *from, const char *to)
{
    struct strbuf text = STRBUF_INIT;
    for (const char *next; (next = strstr(schema, from)); schema = next + strlen(from)) {
        strbuf_add(&text, schema, (size_t)(next - schema));
        strbuf_add_text(&text, to);
    }
    strbuf_add_text(&text, schema);
    return strbuf_take(&text);
}

static void test_refused(void)
{
    char *schema = changed(g1, "TIMESTAMPTZ", "TIMESTAMP");
    refuses("G0", schema, "first generation");
    free(schema);
    schema = changed(g1, CHECKED("transition_result"), "");
    refuses("G0-oldest", schema, "first generation");
    free(schema);
    schema = changed(g1, CHECKED("arguments"), "");
    refuses("no-arguments", schema, "code_notebook_cell has no column arguments");
    free(schema);
    refuses("one-table", "CREATE TABLE code_notebook_cell (a)", "not a store");
}

/* Another tool adds its unique key to a store of ours. */
static void test_key_added(void)
{
    char *path = NULL;
    struct error error = ERROR_INIT;
    ok(store_init(in_folder("ours"), &path, &error), "a store of ours");
    struct store *store = store_open(path, STORE_WRITE, &error);
    ok(store && !store->is_foreign && !store->has_state_key, "no key, not foreign (D-1)");
    struct store_connection *connection = store_connect(store, &error);
    prepare_all(connection, "ours");
    is_str(rscn_tables_generation(connection), "rscn", "generation");
    store_disconnect(connection);
    store_close(store);

    is_int(plain_sql(path, "CREATE UNIQUE INDEX k ON code_notebook_state (to_state, from_state, "
                           "code_notebook_cell_id) WHERE deleted_at IS NULL;"
                           "CREATE UNIQUE INDEX l ON code_notebook_state (code_notebook_cell_id, "
                           "from_state, to_state, transition_reason)"),
           SQLITE_OK, "partial and wider keys");
    store = store_open(path, STORE_WRITE, &error);
    ok(store && !store->has_state_key, "are not that key");
    store_close(store);
    is_int(plain_sql(path, "CREATE UNIQUE INDEX any_name ON code_notebook_state (to_state, "
                           "from_state, code_notebook_cell_id)"),
           SQLITE_OK, "the key under any name, in any order");
    store = store_open(path, STORE_WRITE, &error);
    ok(store && store->has_state_key, "is found");
    connection = store_connect(store, &error);
    ok(record_twice(connection, &error), "and executions go on: %s", error.message);
    store_disconnect(connection);
    store_close(store);
    is_str(plain_text(path, "SELECT count(*) FROM rscn_execution"), "2", "whole history");
    free(path);
}

/* Its name is taken by a row with another id (v1 and v2 change ids). */
static void test_kernel_name_taken(void)
{
    const char *path = in_folder("renamed");
    struct error error = ERROR_INIT;
    plain_sql(path, g3);
    plain_sql(path, "INSERT INTO code_notebook_kernel (code_notebook_kernel_id, kernel_name) "
                    "VALUES ('other', 'SQLite SQL Statements')");
    struct store *store = store_open(path, STORE_WRITE, &error);
    ok(store != NULL, "opened: %s", error.message);
    store_close(store);
    is_str(plain_text(path, "SELECT kernel_name FROM code_notebook_kernel WHERE "
                            "code_notebook_kernel_id = 'SQL'"),
           "SQLite SQL Statements (SQL)", "our row gets a name of its own");
}

/* A user's database program switched our store to another journal mode. */
static void test_journal_mode(void)
{
    char *path = NULL;
    struct error error = ERROR_INIT;
    ok(store_init(in_folder("mode"), &path, &error), "a store of ours");
    is_int(plain_sql(path, "PRAGMA journal_mode = DELETE"), SQLITE_OK, "switched by others");
    struct store *store = store_open(path, STORE_READ, &error);
    ok(store && !store_notice(store), "looking leaves it");
    store_close(store);
    store = store_open(path, STORE_WRITE, &error);
    contains(store ? store_notice(store) : "", "delete to WAL", "writing switches it back");
    store_close(store);
    is_str(plain_text(path, "PRAGMA journal_mode"), "wal", "WAL again");
    free(path);
}

int main(void)
{
    fixture_start();
    test_foreign("G1", g1);
    test_foreign("G3", g3);
    test_refused();
    test_key_added();
    test_kernel_name_taken();
    test_journal_mode();
    return done_testing();
}
