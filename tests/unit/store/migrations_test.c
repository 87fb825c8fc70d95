/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schema files: applied once and in order, whole or not at all, also when two processes come at
 * once. (Eight that make a store at once are in open_test.c.)
 */
#include <sys/wait.h>

#include "store/notebooks.h"
#include "store/migrations.h"
#include "store_fixture.h"

static char *store_file;

static const struct schema_file next_files[] = {
    {1, "first", "the first is applied already: this is not run"},
    {102, "second",
     "CREATE TABLE main.rscn_second (a TEXT) STRICT;"
     "INSERT INTO main.rscn_second VALUES ('made')"},
    {103, "third", "ALTER TABLE main.rscn_second RENAME TO rscn_third"},
};

static void close_both(struct store_connection *connection, struct store *store)
{
    store_disconnect(connection);
    store_close(store);
}

/* --- a store of version 1 ------------------------------------------------------------------- */

static void run_all(sqlite3 *handle, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK)
        bail_out("%s", message);
}

/* The RSCN tables of the present program, and ours as the first schema file makes them. */
static void make_first(const char *path)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    char hash[SHA256_HEX_SIZE];
    sqlite3_open(path, &handle);
    sqlite3_wal_autocheckpoint(handle, 0);
    AUTO_FREE char *attach = xasprintf("PRAGMA journal_mode=WAL; ATTACH '%s' AS full", store_file);
    run_all(handle, attach);
    sqlite3_prepare_v2(handle,
                       "SELECT replace(sql, 'main.', '') FROM full.sqlite_schema WHERE sql NOT NULL"
                       " AND tbl_name IN ('code_notebook_kernel', 'code_notebook_cell',"
                       " 'code_notebook_state', 'assurance_schema')",
                       -1, &statement, NULL);
    while (sqlite3_step(statement) == SQLITE_ROW)
        run_all(handle, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    run_all(handle, "INSERT INTO code_notebook_kernel SELECT * FROM full.code_notebook_kernel;"
                    "CREATE TABLE rscn_schema_migration (version INTEGER PRIMARY KEY, name TEXT NOT"
                    " NULL, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL, app_version TEXT NOT"
                    " NULL) STRICT; DETACH full");
    run_all(handle, schema_files[0].sql);
    sha256_hex(schema_files[0].sql, strlen(schema_files[0].sql), hash);
    AUTO_FREE char *note = xasprintf("INSERT INTO rscn_schema_migration VALUES (1, '%s', '%s', '',"
                                     " '1'); INSERT INTO rscn_store SELECT 'tables_by', 'rscn'",
                                     schema_files[0].name, hash);
    run_all(handle, note);
    sqlite3_close(handle);
}

/* An execution as version 1 wrote it. */
static void add_first(const char *path, int number, const char *cell, const char *state,
                      const char *more_steps)
{
    AUTO_FREE char *sql = xasprintf(
        "INSERT INTO rscn_run SELECT 1, 'run', 'n.ipynb', 1, NULL, NULL, 1, 'h', 'u', 't0', NULL"
        " WHERE NOT EXISTS (SELECT 1 FROM rscn_run);"
        "INSERT OR IGNORE INTO rscn_cell VALUES ('n.ipynb', '%s', '%s', NULL, %d, 't0');"
        "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id, notebook_name,"
        " cell_name, interpretable_code, interpretable_code_hash) VALUES ('v%d', 'SQL', 'n.ipynb',"
        " '%s', 'SELECT %d', 'hash%d');"
        "INSERT INTO rscn_cell_version VALUES ('v%d', 'n.ipynb', '%s', 1);"
        "INSERT INTO rscn_execution (execution_id, run_id, notebook_name, cell_key,"
        " code_notebook_cell_id, code_hash, engine, engine_version, target, state, is_silent,"
        " in_history, client_session, msg_id, user_name, host_name, identified_by, outputs,"
        " outputs_complete, received_at, started_at, ended_at, error, reply) VALUES"
        " ('01HZZZZZZZZZZZZZZZZZZZZZZ%d', 'run', 'n.ipynb', '%s', 'v%d', 'hash%d', 'SQLite', '3',"
        " 'store', '%s', 0, 1, 's', 'm%d', 'u', 'h', '[]', 1, 1, 't1', 't2', 't3', NULL, '{}');"
        "INSERT INTO rscn_transition VALUES (%d, 1, 'PENDING', 't1', NULL), (%d, 2, 'RUNNING',"
        " 't2', NULL), (%d, 3, '%s', 't3', 'why')%s;"
        "INSERT INTO rscn_output VALUES (%d, 1, 'stream', '{\"text\":\"%d\"}', 't3')",
        cell, cell, number, number, cell, number, number, number, cell, number, cell, number,
        number, state, number, number, number, number, state, more_steps, number, number);
    is_int(plain_sql(path, sql), SQLITE_OK, "version 1 has an execution of %s", cell);
}

/* What people see of the record. */
static char *seen(const char *path)
{
    return xstrdup(plain_text(
        path,
        "SELECT (SELECT group_concat(execution_number || step || to_state || at ||"
        " coalesce(reason, '')) FROM (SELECT * FROM rscn_transition ORDER BY execution_number,"
        " step)) || (SELECT group_concat(execution_id || started_at || notebook || cell || version"
        " || state || target || user || run || code_hash || code) FROM rscn_log)"
        " || (SELECT group_concat(execution_number || position || content) FROM rscn_output)"));
}

static void test_upgrade(void)
{
    struct error error = ERROR_INIT;
    struct fixture_execution next;
    enum once_answer answer;
    struct once_facts facts;
    const char *path = in_folder("first.db");
    make_first(path);
    add_first(path, 1, "plain", "EXECUTED", ", (1, 4, 'ROLLED_BACK', 't4', 'later')");
    add_first(path, 2, "make_once_table", "EXECUTED", "");
    is_int(plain_sql(path, "CREATE TABLE mine (a); INSERT INTO mine VALUES (7)"), SQLITE_OK,
           "and a table of the user");
    AUTO_FREE char *before = seen(path);
    contains(before, "14ROLLED_BACKt4later", "with what came later");
    struct store *store = store_open(path, STORE_WRITE, &error);
    struct store_connection *connection = store ? store_connect(store, &error) : NULL;
    ok(connection != NULL, "it is opened: %s", error.message);
    if (!connection)
        return;
    contains(store_notice(store), "brought up to date", "and brought up to date");
    AUTO_FREE char *after = seen(path);
    is_str(after, before, "the record is the same");
    is_str(plain_text(path, "SELECT max(version) = count(*) FROM rscn_schema_migration"), "1",
           "every file is recorded");
    is_str(plain_text(path, "SELECT count(*) FROM rscn_object"), "0", "it has the later tables");
    is_str(plain_text(path, "SELECT a FROM mine"), "7", "what is the user's is untouched");
    is_str(plain_text(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0", "keys are good");
    is_str(plain_text(path, "PRAGMA integrity_check"), "ok", "the file is good");
    ok(store_once(connection, "n.ipynb", "make_once_table", "SELECT 2", 8, "store", &answer,
                  &facts, &error) &&
           answer == ONCE_SAME_VERSION,
       "what ran once does not run again");
    ok(plain_sql(path, "UPDATE rscn_execution SET state = 'x'") != SQLITE_OK &&
           plain_sql(path, "DELETE FROM rscn_execution") != SQLITE_OK &&
           plain_sql(path, "INSERT OR REPLACE INTO rscn_execution SELECT * FROM rscn_execution") !=
               SQLITE_OK,
       "append-only as before");
    fixture_execution(&next, "SELECT 1");
    fixture_finish(&next, STATE_EXECUTED, "open");
    ok(store_begin(connection, NULL, &error) &&
           store_record(connection, &next.record, NULL, &error) &&
           store_roll_back(connection, next.record.execution_id, 1, "gone", &error) &&
           store_roll_back(connection, facts.execution_id, 1, "gone", &error) &&
           !store_roll_back(connection, facts.execution_id, 1, "gone", &error) &&
           store_commit(connection, &error),
       "it goes on: %s", error.message);
    store_release(connection);
    is_str(plain_text(path, "SELECT group_concat(execution_number || step) FROM (SELECT * FROM"
                            " rscn_transition WHERE to_state = 'ROLLED_BACK' ORDER BY 1)"),
           "14,24,34", "steps count on");
    close_both(connection, store);
}

/* A store as it was before notebook files, with rows. */
static void test_upgrade_third(void)
{
    struct error error = ERROR_INIT;
    const char *path = in_folder("third.db");
    make_first(path);
    add_first(path, 1, "plain", "EXECUTED", "");
    plain_sql(path, "PRAGMA foreign_keys = 0");
    for (size_t i = 1; i < 3; i++) {
        char hash[SHA256_HEX_SIZE];
        sha256_hex(schema_files[i].sql, strlen(schema_files[i].sql), hash);
        AUTO_FREE char *sql = xasprintf("%s; INSERT INTO rscn_schema_migration VALUES (%d, '%s',"
                                        " '%s', '', '1')",
                                        schema_files[i].sql, schema_files[i].number,
                                        schema_files[i].name, hash);
        is_int(plain_sql(path, sql), SQLITE_OK, "schema file %d", schema_files[i].number);
    }
    AUTO_FREE char *before = seen(path);
    struct store *store = store_open(path, STORE_WRITE, &error);
    struct store_connection *connection = store ? store_connect(store, &error) : NULL;
    ok(connection != NULL, "a store of version 3 is opened: %s", error.message);
    if (!connection)
        return;
    AUTO_FREE char *after = seen(path);
    is_str(after, before, "the record is the same");
    is_str(plain_text(path, "SELECT count(*) FROM rscn_notebook_version"), "0",
           "it has tables for notebook files");
    is_str(plain_text(path, "SELECT gone_in IS NULL FROM rscn_cell"), "1", "no cell is gone");
    is_str(plain_text(path, "PRAGMA integrity_check"), "ok", "the file is good");
    ok(store_begin(connection, NULL, &error) &&
           store_rename_notebook(connection, "n.ipynb", "m.ipynb", &error) &&
           store_commit(connection, &error),
       "its notebook is renamed");
    store_release(connection);
    is_str(plain_text(path, "SELECT notebook FROM rscn_log"), "m.ipynb", "and says so");
    close_both(connection, store);
}

static struct store_connection *connect_locked(struct store **ret_store)
{
    struct error error = ERROR_INIT;
    *ret_store = store_open(store_file, STORE_WRITE, &error);
    struct store_connection *connection = *ret_store ? store_connect(*ret_store, &error) : NULL;
    if (!connection || !database_lock(connection, 10000000, &error))
        bail_out("%s", error.message);
    return connection;
}

static void test_embedded(void)
{
    ok(schema_files_count > 0, "files are embedded");
    for (size_t i = 0; i < schema_files_count; i++)
        is_int(schema_files[i].number, i + 1, "%s: without holes", schema_files[i].name);
    char hash[SHA256_HEX_SIZE];
    sha256_hex(schema_files[0].sql, strlen(schema_files[0].sql), hash);
    is_str(plain_text(store_file, "SELECT sha256 FROM rscn_schema_migration WHERE version = 1"),
           hash, "the hash of its text is recorded");
}

static void test_failed(void)
{
    static const struct schema_file bad[] = {
        {1, "first", ""},
        {102, "bad", "CREATE TABLE main.rscn_half (a); CREATE TABLE main.rscn_half (a)"},
    };
    struct store *store;
    struct store_connection *connection = connect_locked(&store);
    struct error error = ERROR_INIT;
    char *backup = NULL;
    ok(!migrations_apply(connection, bad, 2, &backup, &error), "a file that fails");
    contains(error.message, "bad", "is named");
    is_str(plain_text(store_file, "SELECT count(*) FROM sqlite_schema WHERE name = 'rscn_half'"),
           "0", "leaves nothing behind");
    is_str(plain_text(store_file,
                      "SELECT count(*) FROM rscn_schema_migration WHERE version > 100"),
           "0", "nor is it recorded");
    struct stat status;
    ok(backup && stat(backup, &status) == 0 && (status.st_mode & 0777) == 0600,
       "a copy was made before, 0600");
    is_str(plain_text(backup, "SELECT count(*) FROM rscn_schema_migration WHERE version > 100"),
           "0", "of the store as it was");
    unlink(backup);
    free(backup);
    close_both(connection, store);
}

/* A user's view that is broken must not stop us (K-29). */
static void test_broken_view(void)
{
    is_int(plain_sql(store_file, "CREATE TABLE gone (a); CREATE VIEW broken AS SELECT a FROM "
                                 "gone; DROP TABLE gone"),
           SQLITE_OK, "a broken view");
}

static void test_applied(void)
{
    struct store *store;
    struct error error = ERROR_INIT;
    struct store_connection *connection = connect_locked(&store);
    ok(migrations_apply(connection, next_files, 3, NULL, &error), "applied: %s", error.message);
    ok(migrations_apply(connection, next_files, 3, NULL, &error), "applied twice");
    close_both(connection, store);
    is_str(plain_text(store_file, "SELECT a FROM rscn_third"), "made", "in order");
    is_str(plain_text(store_file, "SELECT group_concat(version) FROM rscn_schema_migration WHERE "
                                  "version > 100"),
           "102,103", "each recorded");
}

/* Two that looked before either had the lock. */
static void test_faster_one(void)
{
    struct store *store;
    struct error error = ERROR_INIT;
    plain_sql(store_file, "DELETE FROM rscn_schema_migration WHERE version > 100;"
                          "DROP TABLE rscn_third");
    struct store_connection *connection = connect_locked(&store);
    bool is_needed = false;
    ok(migrations_needed(connection, next_files, 3, &is_needed, &error) && is_needed, "needed");
    store_release(connection);
    pid_t child = fork();
    if (child == 0) {
        struct store *own;
        struct store_connection *other = connect_locked(&own);
        _exit(migrations_apply(other, next_files, 3, NULL, &error) ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    is_int(status, 0, "another process is faster");
    ok(database_lock(connection, 10000000, &error), "then the lock");
    ok(migrations_apply(connection, next_files, 3, NULL, &error), "nothing is done twice");
    is_str(plain_text(store_file, "SELECT count(*) FROM rscn_third"), "1", "once");
    close_both(connection, store);
}

static void test_changed(void)
{
    struct store *store;
    struct error error = ERROR_INIT;
    AUTO_STRBUF numbers = STRBUF_INIT;
    plain_sql(store_file, "DELETE FROM rscn_schema_migration WHERE version > 100");
    struct store_connection *connection = connect_locked(&store);
    ok(migrations_changed(connection, &numbers, &error), "asked");
    is_str(strbuf_text(&numbers), "", "unchanged");
    close_both(connection, store);
    plain_sql(store_file, "UPDATE rscn_schema_migration SET sha256 = 'x' WHERE version = 1");
    connection = connect_locked(&store);
    ok(migrations_changed(connection, &numbers, &error), "a changed file is not fatal");
    is_str(strbuf_text(&numbers), "1", "and named");
    close_both(connection, store);
}

int main(void)
{
    struct error error = ERROR_INIT;
    fixture_start();
    if (!store_init(fixture_folder, &store_file, &error))
        bail_out("%s", error.message);
    test_embedded();
    test_upgrade();
    test_upgrade_third();
    test_failed();
    test_broken_view();
    test_applied();
    test_faster_one();
    test_changed();
    free(store_file);
    return done_testing();
}
