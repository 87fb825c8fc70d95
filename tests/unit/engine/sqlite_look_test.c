/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_look and schema_snapshot: what is seen of a database from a connection of its own, after
 * each cell and at its statements.
 */
#include "engine/look/sqlite_look.h"

#include <pthread.h>
#include <sched.h>

#include "base/json_util.h"
#include "engine/look/sqlite_inspect.h"
#include "engine_fixture.h"

#define LIMIT_MS 5000

static atomic_bool is_stopped;
static struct schema_board *board;
static struct sqlite_look *look;

/* The first value of a statement; "(fails)". The caller frees. */
static char *value_of(struct sqlite3 *connection, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    char *value = NULL;
    int code = sqlite3_prepare_v2(connection, sql, -1, &statement, NULL);

    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
        value = xstrdup_or_null((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return xstrdup("(fails)");
    return value ? value : xstrdup("(none)");
}

/* The first value that a query gives on what can be seen now; "(fails)". *ret_has_rows may be NULL.
 * The caller frees. */
static char *seen(const char *sql, bool *ret_has_rows)
{
    struct schema_snapshot *snapshot = schema_board_get(board);
    struct sqlite_view view = sqlite_look_begin(look, snapshot, LIMIT_MS);
    char *value = value_of(view.connection, sql);

    if (ret_has_rows)
        *ret_has_rows = view.has_rows;
    sqlite_look_end(look);
    schema_snapshot_free(snapshot);
    return value;
}

/* Whether a table or column can be named. */
static void is_seen(bool expected, const char *sql, const char *what)
{
    AUTO_FREE char *value = seen(sql, NULL);

    ok((strcmp(value, "(fails)") != 0) == expected, "%s", what);
}

static void start(struct fixture *fixture)
{
    fixture_init(fixture);
    board = schema_board_new();
    look = sqlite_look_new(board, &is_stopped);
    sqlite_engine_set_board(fixture->engine, board);
    sqlite_engine_publish(fixture->engine);
}

static void finish(struct fixture *fixture)
{
    sqlite_look_free(look);
    fixture_release(fixture);
    schema_board_free(board);
}

static uint64_t number(void)
{
    struct schema_snapshot *snapshot = schema_board_get(board);
    uint64_t number = snapshot->number;

    schema_snapshot_free(snapshot);
    return number;
}

static void test_store(void)
{
    struct fixture fixture;
    bool has_rows;

    start(&fixture);
    AUTO_FREE char *record = seen("SELECT value FROM rscn_x", &has_rows);
    is_str(record, "kept", "store: the record and its rows");
    ok(has_rows, "store: rows are known");
    is_seen(false, "INSERT INTO rscn_x(value) VALUES ('no')", "store: nothing can be written");
    fixture_run(&fixture, "CREATE TABLE mine(x); INSERT INTO mine VALUES (7)");
    AUTO_FREE char *mine = seen("SELECT x FROM mine", &has_rows);
    is_str(mine, "7", "store: a table with its row, before anything is published after the commit");
    uint64_t before = number();
    fixture_run(&fixture, "SELECT 1; INSERT INTO mine VALUES (8); SELECT * FROM mine");
    is_int(number(), before + 1, "store: what was committed is published once");
    before = number();
    fixture_run(&fixture, "SELECT 1; INSERT INTO mine VALUES (9); UPDATE mine SET x = x + 1");
    is_int(number(), before, "store: a cell that changes no schema publishes nothing");
    fixture_run(&fixture, "CREATE TABLE lost(x); SELECT nowhere");
    is_seen(false, "SELECT * FROM lost", "store: what was undone is not seen");
    fixture_exec(fixture.plain, "CREATE TABLE elsewhere(x)");
    is_seen(true, "SELECT x FROM elsewhere", "store: what another connection made is seen");
    finish(&fixture);
}

/* A statement that runs while we look: the function is called inside of it. */
static void function_look(sqlite3_context *context, int count, sqlite3_value **values)
{
    AUTO_FREE char *value = seen((const char *)sqlite3_value_text(values[0]), NULL);

    (void)count;
    sqlite3_result_text(context, value, -1, SQLITE_TRANSIENT);
}

static void add_look(struct sqlite3 *connection)
{
    sqlite3_create_function(connection, "look", 1, SQLITE_UTF8, NULL, function_look, NULL, NULL);
}

/* Runs the cell and checks what its look() saw. */
static void sees(struct fixture *fixture, const char *code, const char *expected)
{
    add_look(sqlite_engine_target(fixture->engine)->connection);
    fixture_run(fixture, code);
    is_int(fixture->outcome.state, STATE_EXECUTED, "%s: %s", code,
           fixture->outcome.evalue ? fixture->outcome.evalue : "runs");
    contains(strbuf_text(&fixture->shown), expected, "%s", code);
}

static void test_in_the_cell(void)
{
    struct fixture fixture;
    bool has_rows;

    start(&fixture);
    sees(&fixture,
         "CREATE TABLE fresh(x); INSERT INTO fresh VALUES (5);"
         "SELECT look('SELECT count(*) || ''rows'' FROM fresh')",
         "0rows");
    AUTO_FREE char *after = seen("SELECT x FROM fresh", &has_rows);
    is_str(after, "5", "uncommitted: after the commit the file is looked at again");
    ok(has_rows, "uncommitted: with its rows");
    sees(&fixture,
         "CREATE TEMP TABLE brief(y); CREATE TABLE long AS"
         " SELECT look('SELECT count(y) || ''brief'' FROM temp.brief') AS z; SELECT z FROM long",
         "0brief");
    sees(&fixture, "DROP TABLE brief; SELECT look('SELECT * FROM brief')", "(fails)");
    sees(&fixture, "SELECT look('SELECT count(*) || ''here'' FROM rscn_x')", "1here");
    finish(&fixture);
}

static void test_memory(void)
{
    struct fixture fixture;
    struct error error = ERROR_INIT;
    bool has_rows;

    start(&fixture);
    ok(fixture_use(&fixture, ":memory:", false, &error), "memory: in use");
    fixture_run(&fixture,
                "CREATE TABLE a(x PRIMARY KEY, y DEFAULT (ulid())); INSERT INTO a VALUES (1, 2);"
                "CREATE VIEW v AS SELECT y AS renamed FROM a; CREATE UNIQUE INDEX i ON a(y);"
                "CREATE TEMP TABLE \"odd \"\" name\"(z); CREATE VIRTUAL TABLE f USING fts5(words);"
                "ATTACH ':memory:' AS \"other one\"; CREATE TABLE \"other one\".b(q);"
                "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM \"odd \"\" name\"; END");
    is_str(fixture.outcome.evalue, NULL, "memory: made");
    AUTO_FREE char *rows = seen("SELECT count(y) FROM a", &has_rows);
    is_str(rows, "0", "memory: the table, empty");
    ok(!has_rows, "memory: rows are not known");
    is_seen(true, "SELECT renamed FROM v", "memory: a view");
    is_seen(true, "SELECT z FROM temp.\"odd \"\" name\"", "memory: a TEMP table of an odd name");
    is_seen(true, "SELECT words FROM f", "memory: a virtual table");
    is_seen(true, "SELECT q FROM \"other one\".b", "memory: an attached one");
    is_seen(true, "SELECT key FROM temp.sqlite_parameters", "memory: the parameters' table");
    AUTO_FREE char *index = seen("SELECT count(*) FROM sqlite_schema WHERE name = 'i'", NULL);
    is_str(index, "1", "memory: an index");
    is_seen(false, "SELECT * FROM rscn_x", "memory: not the store");
    is_seen(false, "CREATE TABLE no(x)", "memory: the copy is not for writing");
    fixture_run(&fixture, "BEGIN; SAVEPOINT s; CREATE TABLE c(x)");
    is_seen(true, "SELECT x FROM c", "memory: in a transaction");
    fixture_run(&fixture, "ROLLBACK TO s");
    is_seen(false, "SELECT x FROM c", "memory: ROLLBACK TO");
    fixture_run(&fixture, "CREATE TABLE d(x); COMMIT");
    is_seen(true, "SELECT x FROM d", "memory: committed");
    fixture_run(&fixture, "DETACH \"other one\"");
    is_seen(false, "SELECT q FROM \"other one\".b", "memory: DETACH");
    finish(&fixture);
}

static void test_file(void)
{
    struct fixture fixture;
    struct error error = ERROR_INIT;
    struct sqlite3 *other;
    bool has_rows;

    start(&fixture);
    AUTO_FREE char *path = xasprintf("%s/it's 100%%.db", fixture.directory);
    sqlite3_open(path, &other);
    fixture_exec(other, "CREATE TABLE t(x); INSERT INTO t VALUES (3)");
    ok(fixture_use(&fixture, "it's 100%.db", false, &error), "file: in use");
    fixture_run(&fixture, "SELECT 1");
    AUTO_FREE char *row = seen("SELECT x FROM t", &has_rows);
    is_str(row, "3", "file: its rows");
    fixture_run(&fixture, "BEGIN");
    is_int(sqlite3_txn_state(sqlite_engine_target(fixture.engine)->connection, "main"),
           SQLITE_TXN_NONE, "file: publishing does not begin the user's transaction");
    fixture_run(&fixture, "CREATE TABLE u(y); INSERT INTO u VALUES (4)");
    AUTO_FREE char *open_row = seen("SELECT count(y) FROM u", &has_rows);
    is_str(open_row, "0", "file: the table of an open transaction");
    ok(!has_rows, "file: whose rows are not known");
    fixture_run(&fixture, "ROLLBACK");
    is_seen(false, "SELECT y FROM u", "file: rolled back");
    fixture_exec(other, "CREATE TABLE w(z); BEGIN EXCLUSIVE");
    is_seen(true, "SELECT x FROM t", "file: locked by another program: what is known of it");
    fixture_exec(other, "COMMIT");
    is_seen(true, "SELECT z FROM w", "file: what that one made, once it can be read");
    fixture_exec(other, "DROP TABLE w");
    is_seen(false, "SELECT z FROM w", "file: and dropped");
    sqlite3_close(other);
    unlink(path);
    sqlite3_open(path, &other);
    fixture_exec(other, "CREATE TABLE replaced(x)");
    is_seen(true, "SELECT x FROM replaced", "file: another file in its place");
    sqlite3_close(other);
    unlink(path);
    AUTO_FREE char *gone = seen("SELECT count(x) FROM t", &has_rows);
    is_str(gone, "0", "file: gone: what was known of it");
    finish(&fixture);
}

/* A TEMP table has no rows here, the file's tables keep theirs. */
static void test_beside_temp(void)
{
    struct fixture fixture;

    start(&fixture);
    fixture_run(&fixture, "CREATE TABLE kept(x); INSERT INTO kept VALUES (1), (2);"
                          "CREATE TEMP TABLE passing(x); INSERT INTO passing VALUES (1), (2), (3)");
    struct schema_snapshot *snapshot = schema_board_get(board);
    struct sqlite_view view = sqlite_look_begin(look, snapshot, LIMIT_MS);
    AUTO_JSON *kept = sqlite_inspect(&view, "SELECT * FROM kept", 18, 18, 1);
    contains(json_member_text(kept, "text/plain", ""), "2 rows", "beside TEMP: rows of a file");
    contains(json_member_text(kept, "text/plain", ""), "(2 sample rows)", "beside TEMP: a sample");
    AUTO_JSON *passing = sqlite_inspect(&view, "SELECT * FROM passing", 21, 21, 1);
    ok(passing && !strstr(json_member_text(passing, "text/plain", ""), " rows"),
       "beside TEMP: its own rows are not known, and none are told");
    sqlite_look_end(look);
    schema_snapshot_free(snapshot);
    finish(&fixture);
}

static atomic_bool has_begun;

/* Reads the file until the cell says that it wants it. */
static void *read_until_wanted(void *unused)
{
    struct schema_snapshot *snapshot = schema_board_get(board);
    (void)unused;
    (void)sqlite_look_begin(look, snapshot, LIMIT_MS);
    atomic_store(&has_begun, true);
    while (schema_board_begin_read(board))
        sched_yield();
    sqlite_look_end(look);
    schema_snapshot_free(snapshot);
    return NULL;
}

/* With a rollback journal the reader keeps the writer from its commit. */
static void test_a_cell_comes_first(void)
{
    struct fixture fixture;
    struct error error = ERROR_INIT;
    struct sqlite3 *other;
    pthread_t thread;

    start(&fixture);
    AUTO_FREE char *path = xasprintf("%s/journal.db", fixture.directory);
    sqlite3_open(path, &other);
    fixture_exec(other, "CREATE TABLE t(x)");
    ok(fixture_use(&fixture, "journal.db", false, &error), "journal: in use");
    fixture_run(&fixture, "SELECT 1");
    fixture.cell.limits.timeout_ms = 0;
    pthread_create(&thread, NULL, read_until_wanted, NULL);
    while (!atomic_load(&has_begun))
        sched_yield();
    fixture_run(&fixture, "INSERT INTO t VALUES (5)");
    pthread_join(thread, NULL);
    AUTO_FREE char *row = value_of(other, "SELECT x FROM t");
    is_str(row, "5", "journal: a cell that waits for nobody gets the file from a look-up");
    sqlite3_close(other);
    finish(&fixture);
}

static void test_without_engine(void)
{
    struct fixture fixture;

    start(&fixture);
    AUTO_FREE char *path = xasprintf("%s/none.db", fixture.directory);
    schema_board_put(board, schema_snapshot_of_file("none", path, true));
    is_seen(true, "SELECT upper('a')", "no file: SQLite's own names");
    ok(access(path, F_OK) != 0, "no file: none is made");
    schema_board_put(board, schema_snapshot_of_file("nothing", NULL, true));
    is_seen(true, "SELECT name FROM pragma_function_list", "no database: SQLite's own names");
    finish(&fixture);
}

static void test_limit(void)
{
    static const char endless[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    struct fixture fixture;

    start(&fixture);
    struct schema_snapshot *snapshot = schema_board_get(board);
    struct sqlite_view view = sqlite_look_begin(look, snapshot, 50);
    AUTO_FREE char *value = value_of(view.connection, endless);
    is_str(value, "(fails)", "an endless query is stopped");
    sqlite_look_end(look);
    is_seen(true, "SELECT * FROM rscn_x", "after it, look-ups go on");
    atomic_store(&is_stopped, true);
    view = sqlite_look_begin(look, snapshot, LIMIT_MS);
    AUTO_FREE char *stopped = value_of(view.connection, endless);
    is_str(stopped, "(fails)", "what runs at the end is stopped too");
    sqlite_look_end(look);
    atomic_store(&is_stopped, false);
    schema_snapshot_free(snapshot);
    finish(&fixture);
}

int main(void)
{
    test_store();
    test_in_the_cell();
    test_memory();
    test_file();
    test_beside_temp();
    test_a_cell_comes_first();
    test_without_engine();
    test_limit();
    return done_testing();
}
