/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cells on the store and on databases of the user: results, errors, transactions, limits,
 * interrupts.
 */
#include "engine_fixture.h"

#include <inttypes.h>

#include "base/timestamp.h"

#define ENDLESS "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "

static void test_results(struct fixture *f)
{
    fixture_run(f, "SELECT 1 AS a, 'x' AS b; -- comment\nSELECT 2 AS c;;");
    is_int(f->outcome.state, STATE_EXECUTED, "two statements");
    is_int(f->displays, 2, "are two displays");
    is_int(f->outcome.statements, 2, "and counted");
    is_int(f->outcome.rows, 2, "with their rows");
    ok(f->outcome.is_read_only && !f->outcome.in_write && !f->begins, "no lock for reading");
    is_int(f->outcome.effect, EFFECT_NONE, "effect none");
    ok(json_object_get(f->last, "text/html") != NULL, "HTML");
    ok(json_object_get(f->last, "application/vnd.dataresource+json") != NULL, "data resource");

    fixture_run(f, "SELECT 1 AS a WHERE 0");
    contains(strbuf_text(&f->shown), "a", "no rows: the header");
    contains(strbuf_text(&f->shown), "(0 rows)", "and their number");

    fixture_run(f, "");
    is_int(f->outcome.state, STATE_EXECUTED, "an empty cell");
    is_int(f->displays, 0, "shows nothing");
    fixture_run(f, " -- only\n/* comments */ ; ;\n");
    is_int(f->outcome.state, STATE_EXECUTED, "a cell of comments");
    is_int(f->displays, 0, "shows nothing");

    fixture_run(f, "SELECT '\xff\xfe bad' AS t, x'00ff' AS b, NULL AS n");
    is_int(f->outcome.state, STATE_EXECUTED, "invalid UTF-8 and BLOB");
    is_int(f->displays, 1, "are shown");
    fixture_run(f, "SELECT \xff");
    is_int(f->outcome.state, STATE_FAILED, "invalid UTF-8 in the code is an error");
    fixture_run(f, "SELECT 7\n%param 2 AS a");
    is_int(f->outcome.state, STATE_FAILED, "inside a statement a line with %% is SQL");
    fixture_run(f, "SELECT 7\n% 4 AS a");
    contains(strbuf_text(&f->shown), "3", "and can be right");
}

static void test_changes(struct fixture *f)
{
    fixture_run(f, "CREATE TABLE t (a UNIQUE, b)");
    is_str(strbuf_text(&f->shown), "OK\n", "DDL alone says OK");
    ok(f->outcome.in_write && f->begins == 1, "and takes the lock once");
    is_int(f->outcome.effect, EFFECT_COMMITTED, "effect committed");
    fixture_run(f, "INSERT INTO t VALUES (1, 1), (2, 2); UPDATE t SET b = 3 WHERE a = 1; SELECT 1");
    contains(strbuf_text(&f->shown), "2 rows changed\n1 row changed\n", "DML says how many");
    is_int(f->outcome.changes, 3, "and the outcome");
    fixture_run(f, "INSERT INTO t VALUES (3, 3) RETURNING a");
    contains(strbuf_text(&f->shown), "1 row changed", "RETURNING shows rows and changes");
    fixture_run(f, "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = 0; SELECT 1; END; "
                   "INSERT INTO t VALUES (4, 4); DROP TRIGGER g");
    is_int(f->outcome.state, STATE_EXECUTED, "a trigger's inner semicolons");
    is_int(f->outcome.statements, 3, "are no ends");
    AUTO_STRBUF many = STRBUF_INIT;
    for (int i = 0; i < 200; i++)
        strbuf_addf(&many, "INSERT INTO t VALUES (%d, 0);\n", i + 100);
    fixture_run(f, strbuf_text(&many));
    is_int(f->displays, 21, "many DML statements are summed up");
    contains(strbuf_text(&f->shown), "180 rows changed by 180 more statements", "in one line");
    f->cell.is_quiet = true;
    fixture_run(f, "SELECT 1; DELETE FROM t WHERE a >= 100 RETURNING a");
    is_int(f->displays, 0, "a quiet cell shows nothing");
    is_int(f->outcome.changes, 200, "and runs");
    f->cell.is_quiet = false;
}

static void test_errors(struct fixture *f)
{
    fixture_run(f, "SELECT 1;\n\nSELECT a,\n  FROM t; SELECT 3");
    is_int(f->outcome.state, STATE_FAILED, "a syntax error");
    is_str(f->outcome.ename, "OperationalError", "its name");
    contains(f->outcome.evalue, "statement 2 of 3, line 4, column 3", "its place");
    is_int(f->outcome.failed_line, 4, "its line");
    is_int(f->displays, 1, "what stood before was shown");
    AUTO_FREE char *traceback = fixture_traceback(f);
    contains(traceback, "      FROM t; SELECT 3\n      ^\n", "line and caret");

    fixture_run(f, "SELECT 1;\nSELECT * FROM\n  tt");
    is_int(f->outcome.state, STATE_FAILED, "a missing table");
    contains(f->outcome.evalue, "no such table: tt in the store", "names the database");
    contains(f->outcome.evalue, ": did you mean t", "and near names");
    contains(f->outcome.evalue, "line 3, column 3", "and the token's place");
    fixture_run(f, "SELECT * FROM tt AS tt, tt");
    ok(!strstr(f->outcome.evalue, "column"), "no column when the token stands more than once");

    fixture_run(f, "INSERT INTO t VALUES (50, 1); INSERT INTO t VALUES (1, 9)");
    is_str(f->outcome.ename, "IntegrityError", "a constraint");
    contains(f->outcome.evalue, "UNIQUE constraint failed: t.a", "named");
    contains(f->outcome.evalue, "nothing of the cell was kept", "the cell is atomic");
    ok(f->outcome.is_undone && f->undos == 1, "undone once");
    is_int(f->outcome.effect, EFFECT_NONE, "effect none");
    is_int(f->outcome.changes, 0, "nothing changed");
    AUTO_FREE char *count = fixture_value(f->plain, "SELECT count(*) FROM t WHERE a = 50");
    is_str(count, "0", "the first statement is undone too");

    fixture_run_bytes(f, "INSERT INTO t VALUES (60, 1);\n\0 DROP TABLE t", 43);
    is_int(f->outcome.state, STATE_FAILED, "a NUL byte");
    contains(f->outcome.evalue, "NUL byte", "is named");
    contains(f->outcome.evalue, "line 2, column 1", "with its place");
    is_int(f->begins, 0, "and nothing runs");

    fixture_run(f, "SELECT abs(-9223372036854775808)");
    contains(f->outcome.evalue, "integer overflow", "an error of the first step");
    fixture_run(f, "CREATE TABLE u (a); SELECT nixda FROM u");
    contains(f->outcome.evalue, "no such column: nixda", "an error after a writing statement");
    ok(f->outcome.is_undone, "undoes it");
    fixture_run(f, "SELECT (");
    contains(f->outcome.evalue, "incomplete input", "incomplete input");
    fixture_run(f, "%what\nSELECT 1");
    is_int(f->outcome.state, STATE_FAILED, "an unknown directive");
    is_str(f->outcome.ename, "UsageError", "is a usage error");
    is_int(f->displays, 0, "and stops the cell");

    AUTO_STRBUF longline = STRBUF_INIT;
    for (int i = 0; i < 100000; i++)
        strbuf_add_text(&longline, "SELECT 'ä\t'; ");
    strbuf_add_text(&longline, "SELEC 1");
    fixture_run(f, strbuf_text(&longline));
    contains(f->outcome.evalue, "statement 100001 of 100001, line 1", "a line of a megabyte");
    char *long_traceback = fixture_traceback(f);
    ok(strlen(long_traceback) < 1000, "is shown in part");
    free(long_traceback);
}

static void test_store_transactions(struct fixture *f)
{
    const char *const rollbacks[] = {
        "INSERT INTO t VALUES (70, 1); INSERT OR ROLLBACK INTO t VALUES (1, 1); "
        "INSERT INTO t VALUES (71, 1)",
        "INSERT INTO t VALUES (70, 1); CREATE TEMP TABLE q (a UNIQUE ON CONFLICT ROLLBACK); "
        "INSERT INTO q VALUES (1), (1); INSERT INTO t VALUES (71, 1)",
        "INSERT INTO t VALUES (70, 1); CREATE TRIGGER g BEFORE INSERT ON t WHEN new.a = 5 BEGIN "
        "SELECT RAISE(ROLLBACK, 'no'); END; INSERT INTO t VALUES (5, 1); "
        "INSERT INTO t VALUES (71, 1)",
    };
    for (size_t i = 0; i < ARRAY_SIZE(rollbacks); i++) {
        fixture_run(f, rollbacks[i]);
        is_int(f->outcome.state, STATE_FAILED, "ended by a rollback: %s", rollbacks[i]);
        ok(f->outcome.is_undone, "is undone");
        AUTO_FREE char *count = fixture_value(f->plain, "SELECT count(*) FROM t WHERE a >= 70");
        is_str(count, "0", "and nothing after it ran");
    }

    fixture_run(f, "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c "
                   "(p REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (1)");
    is_int(f->outcome.state, STATE_FAILED, "a deferred foreign key that is open at the end");
    is_str(f->outcome.ename, "IntegrityError", "fails the cell");
    contains(f->outcome.evalue, "nothing of the cell was kept", "as a whole");
    fixture_run(f, "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c "
                   "(p REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (1); "
                   "INSERT INTO p VALUES (1)");
    is_int(f->outcome.state, STATE_EXECUTED, "one that is closed in time is right");

    fixture_run(f, "SAVEPOINT s; INSERT INTO t VALUES (80, 1)");
    is_int(f->outcome.state, STATE_EXECUTED, "an open savepoint");
    AUTO_FREE char *count = fixture_value(f->plain, "SELECT count(*) FROM t WHERE a = 80");
    is_str(count, "1", "is committed with the cell");

    fixture_run(f, "SELECT * FROM t; SELECT * FROM nowhere; DELETE FROM t");
    is_int(f->begins, 0, "what fails to prepare before anything writes takes no lock");
    fixture_run(f, "SELECT 1; CREATE TABLE n (a); INSERT INTO n VALUES (1); DROP TABLE n");
    is_int(f->outcome.state, STATE_EXECUTED, "a table made in the cell");
    is_int(f->begins, 1, "takes the lock once");
    f->cell.needs_write = true;
    fixture_run(f, "SELECT 1");
    ok(f->outcome.in_write && f->begins == 1, "needs_write takes the lock for a SELECT");
    is_int(f->outcome.effect, EFFECT_NONE, "which changes nothing");
    fixture_run(f, "");
    ok(f->outcome.in_write, "and for an empty cell");
    f->cell.needs_write = false;

    fixture_exec(f->plain, "BEGIN IMMEDIATE");
    fixture_run(f, "SELECT count(*) FROM t; SELECT count(*) FROM t");
    is_int(f->outcome.state, STATE_EXECUTED, "reading works while another writes");
    fixture_exec(f->plain, "ROLLBACK");
    sqlite3_busy_timeout(f->connection, 10);
    fixture_exec(f->plain, "BEGIN IMMEDIATE");
    fixture_run(f, "DELETE FROM t");
    is_int(f->outcome.state, STATE_FAILED, "write_begin's failure");
    contains(f->outcome.evalue, "store: locked", "is the cell's");
    ok(!f->outcome.in_write && !f->outcome.is_undone, "and there is nothing to undo");
    fixture_exec(f->plain, "ROLLBACK");
}

struct snapshot_sink {
    struct fixture *fixture;
    bool has_written;
};

static void write_beside(void *context, const json_t *data, const json_t *metadata)
{
    struct snapshot_sink *sink = context;
    if (!sink->has_written) {
        sink->has_written = true;
        fixture_exec(sink->fixture->plain, "INSERT INTO rscn_x (value) VALUES ('beside')");
    }
    fixture_display(sink->fixture, data, metadata);
}

static void test_snapshot(struct fixture *f)
{
    struct snapshot_sink sink = {f, false};
    f->sink.display = write_beside;
    f->sink.context = &sink;
    fixture_run(f, "SELECT count(*) AS n FROM rscn_x; SELECT count(*) AS n FROM rscn_x");
    f->sink.display = fixture_display;
    f->sink.context = f;
    char *second = strstr(strbuf_text(&f->shown), "(1 row)");
    ok(second && strstr(second, "\n1\n") != NULL, "a reading cell sees one snapshot");
    if (!second || !strstr(second, "\n1\n"))
        diag("%s", strbuf_text(&f->shown));
    fixture_run(f, "SELECT count(*) AS n FROM rscn_x");
    contains(strbuf_text(&f->shown), "2", "and the next cell the new one");
}

static void test_limits(struct fixture *f)
{
    f->cell.limits.max_rows = 5;
    int64_t started = monotonic_us();
    fixture_run(f, ENDLESS "SELECT n FROM c LIMIT 2000");
    contains(strbuf_text(&f->shown), "2000", "rows beyond the limit are counted");
    is_int(f->outcome.rows, 2000, "all");
    fixture_run(f, ENDLESS "SELECT n FROM c; " ENDLESS "SELECT n FROM c");
    int64_t took = monotonic_us() - started;
    is_int(f->outcome.state, STATE_EXECUTED, "endless statements end");
    contains(strbuf_text(&f->shown), "ore than", "and say more than");
    ok(took > 900000 && took < 2500000, "after a second for the whole cell (%" PRId64 " us)", took);
    fixture_run(f, "CREATE TABLE many (n); " ENDLESS
                   "INSERT INTO many SELECT n FROM c LIMIT 3000 RETURNING n; "
                   "SELECT count(*) AS k FROM many");
    contains(strbuf_text(&f->shown), "3000 rows changed", "RETURNING runs to its end");
    is_int(f->outcome.changes, 3000, "and keeps all rows");
    f->cell.limits.max_rows = -1;
    fixture_run(f, "SELECT n FROM many");
    ok(strstr(strbuf_text(&f->shown), "\n3000\n") != NULL, "all rows when asked for");
    f->cell.limits.max_rows = 1000;

    f->cell.limits.max_bytes = 4000;
    fixture_run(f, "SELECT n, hex(zeroblob(50)) FROM many; SELECT n FROM many; SELECT n FROM many; "
                   "SELECT n FROM many; SELECT n FROM many");
    is_int(f->outcome.state, STATE_EXECUTED, "a small byte limit");
    ok(f->shown.size < 6000, "is kept (%zu bytes)", f->shown.size);
    contains(strbuf_text(&f->shown), "maxbytes", "and said");
    f->cell.limits.max_bytes = 16 << 20;
}

static void *interrupter(void *context)
{
    struct fixture *f = context;
    struct timespec pause = {0, 100000000};
    nanosleep(&pause, NULL);
    atomic_store(&f->is_interrupted, true);
    sqlite_engine_interrupt(f->engine);
    return NULL;
}

static void run_interrupted(struct fixture *f, const char *code)
{
    pthread_t thread;
    pthread_create(&thread, NULL, interrupter, f);
    int64_t started = monotonic_us();
    fixture_run(f, code);
    int64_t took = monotonic_us() - started;
    pthread_join(thread, NULL);
    atomic_store(&f->is_interrupted, false);
    is_int(f->outcome.state, STATE_INTERRUPTED, "interrupted: %s", code);
    is_str(f->outcome.ename, "Interrupted", "its name");
    ok(took < 3000000, "at once (%" PRId64 " us)", took);
}

static void test_interrupts(struct fixture *f)
{
    run_interrupted(f, ENDLESS "SELECT count(*) FROM c");
    run_interrupted(f, "SELECT 1; " ENDLESS "SELECT sum(n) FROM c; SELECT 3");
    run_interrupted(f, "INSERT INTO t VALUES (90, 1); " ENDLESS "INSERT INTO many SELECT n FROM c");
    ok(f->outcome.is_undone, "an interrupted INSERT undoes the cell");
    AUTO_FREE char *count = fixture_value(f->plain, "SELECT count(*) FROM t WHERE a = 90");
    is_str(count, "0", "all of it");

    sqlite_engine_interrupt(f->engine);
    fixture_run(f, "SELECT 1");
    is_int(f->outcome.state, STATE_EXECUTED, "an interrupt when nothing runs does nothing");
    /* The flag is set, but sqlite3_interrupt came too early to be noticed (K-16). */
    atomic_store(&f->is_interrupted, true);
    fixture_run(f, "SELECT 1");
    is_int(f->outcome.state, STATE_INTERRUPTED, "the flag alone is enough");
    is_int(f->displays, 0, "before the first statement");
    atomic_store(&f->is_interrupted, false);
}

static void set(struct fixture *f, const char *name, const char *json)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    sqlite_engine_set_parameter(f->engine, name, value);
    json_decref(value);
}

static void test_parameters(struct fixture *f)
{
    set(f, "x", "5");
    set(f, "s", "\"it's\"");
    set(f, "yes", "true");
    set(f, "list", "[1, 2]");
    fixture_run(f, "SELECT :x + $x + @x AS n, :s AS s, typeof(:yes) AS y, json(:list) AS l");
    contains(strbuf_text(&f->shown), "15", "all three sigils");
    contains(strbuf_text(&f->shown), "it's", "text is a value, not SQL");
    contains(strbuf_text(&f->shown), "integer", "true is 1");
    contains(strbuf_text(&f->shown), "[1,2]", "a list is JSON text");
    ok(!strstr(strbuf_text(&f->shown), "unbound"), "nothing is unbound");
    fixture_run(f, "SELECT coalesce(:missing, 'default') AS d, $other AS o");
    contains(strbuf_text(&f->shown), "default", "unbound is NULL");
    contains(strbuf_text(&f->shown), "unbound parameters are NULL: :missing, $other",
             "and said under the result");
    contains(json_string_value(json_object_get(f->last, "text/html")), ":missing", "in HTML too");
    fixture_run(f, "DELETE FROM t WHERE a = :missing");
    contains(strbuf_text(&f->shown), "0 rows changed\nunbound parameters are NULL: :missing",
             "under DML too");

    json_t *arguments = json_pack("{s:i, s:s}", "x", 7, "only", "here");
    f->cell.arguments = arguments;
    fixture_run(f, "SELECT :x AS x, :only AS o; SELECT key, value FROM temp.sqlite_parameters "
                   "WHERE key IN (':x', ':only') ORDER BY key");
    contains(strbuf_text(&f->shown), "7 ", "the cell's arguments go first");
    contains(strbuf_text(&f->shown), ":only", "and stand in sqlite_parameters");
    f->cell.arguments = NULL;
    json_decref(arguments);
    fixture_run(f, "SELECT group_concat(key || '=' || value) AS k FROM temp.sqlite_parameters");
    contains(strbuf_text(&f->shown), ":x=5", "afterwards the session's again");
    ok(!strstr(strbuf_text(&f->shown), ":only"), "without the arguments");
    fixture_run(f, "INSERT INTO t VALUES (91, 1);\n%param later 3\n"
                   "SELECT value FROM temp.sqlite_parameters WHERE key = ':later'; SELECT nothing");
    contains(strbuf_text(&f->shown), "3", "a parameter set inside a cell");
    fixture_run(
        f, "SELECT count(*) || ' of them' AS k FROM temp.sqlite_parameters WHERE key = ':later'");
    contains(strbuf_text(&f->shown), "1 of them", "outlives the cell's undoing");
    sqlite_engine_set_parameter(f->engine, "x", NULL);
    fixture_run(f, "SELECT :x AS x");
    contains(strbuf_text(&f->shown), "unbound", "a removed one is unbound");
}

static void test_questions(struct fixture *f)
{
    struct error error = ERROR_INIT;
    struct target_facts facts;
    const char *values[] = {"rscn_%"};

    ok(sqlite_engine_target_facts(f->engine, &facts, &error), "facts of the store");
    ok(facts.size_bytes > 0 && facts.modified_us > 0 && strlen(facts.schema_hash) == 64,
       "size, time, hash");
    strbuf_clear(&f->shown);
    ok(sqlite_engine_show_query(f->engine, "SELECT name FROM sqlite_schema WHERE name LIKE ?1",
                                values, 1, &f->cell.limits, &f->sink, &error),
       "a directive's query");
    contains(strbuf_text(&f->shown), "rscn_view", "is shown");
    ok(!sqlite_engine_show_query(f->engine, "DELETE FROM rscn_x", NULL, 0, &f->cell.limits,
                                 &f->sink, &error),
       "one that writes is refused");
    ok(!sqlite_engine_show_query(f->engine, "SELECT * FROM nix", NULL, 0, &f->cell.limits, &f->sink,
                                 &error),
       "a wrong one fails");
    contains(error.message, "no such table: nix", "and says why");
    is_str(sqlite_engine_name(), "SQLite", "name");
    is_str(sqlite_engine_version(), sqlite3_libversion(), "version");
}

static void check_expression(struct fixture *f, const char *expression, const char *expected)
{
    json_t *result = sqlite_engine_evaluate(f->engine, expression, strlen(expression));
    const char *text =
        json_string_value(json_object_get(json_object_get(result, "data"), "text/plain"));
    if (!text)
        text = json_string_value(json_object_get(result, "ename"));
    is_str(text, expected, "expression %s", expression);
    json_decref(result);
}

static void test_expressions(struct fixture *f)
{
    set(f, "p", "41");
    check_expression(f, "1 + 1", "2");
    check_expression(f, ":p + 1 -- comment", "42");
    check_expression(f, "NULL", "NULL");
    check_expression(f, "x'0102'", "x'0102' (2 bytes)");
    check_expression(f, "(SELECT count(*) FROM t WHERE 0)", "0");
    check_expression(f, "", "OperationalError");
    check_expression(f, "1); DELETE FROM t; SELECT (1", "UsageError");
    check_expression(f, "1, 2", "OperationalError");
    check_expression(f, "nix", "OperationalError");
    check_expression(f, "load_extension('x')", "NotAllowedError");
    int64_t started = monotonic_us();
    check_expression(f, "(" ENDLESS "SELECT count(*) FROM c)", "Interrupted");
    ok(monotonic_us() - started < 4000000, "an endless one ends");
}

static void test_missing_store(struct fixture *f)
{
    sqlite_engine_set_store(f->engine, NULL);
    fixture_run(f, "SELECT 1");
    is_int(f->outcome.state, STATE_FAILED, "without a store a cell fails");
    contains(f->outcome.evalue, "store can't be used", "and says so");
    fixture_run(f, "%use :memory:\nSELECT 'works' AS w");
    contains(strbuf_text(&f->shown), "works", "another database works");
    fixture_run(f, "%use store\n");
    ok(sqlite_engine_target(f->engine) == NULL, "back to no store");
    sqlite_engine_set_store(f->engine, &f->target);
    fixture_run(f, "SELECT 1");
    is_int(f->outcome.state, STATE_EXECUTED, "when it is back a cell runs");
}

static void test_speed(struct fixture *f)
{
    int64_t started = monotonic_us();
    for (int i = 0; i < 1000; i++)
        fixture_run(f, "SELECT 1");
    int64_t took = monotonic_us() - started;
    diag("SELECT 1: %.1f us with the test's own copying", (double)took / 1000);
    ok(took < 2000000, "SELECT 1 costs little");
    fixture_run(f, "SELECT ulid() <> ulid() AS differ, length(ulid()) AS size");
    contains(strbuf_text(&f->shown), "26", "ulid() is there");
}

int main(void)
{
    struct fixture fixture;

    fixture_init(&fixture);
    test_results(&fixture);
    test_changes(&fixture);
    test_errors(&fixture);
    test_store_transactions(&fixture);
    test_snapshot(&fixture);
    test_limits(&fixture);
    test_interrupts(&fixture);
    test_parameters(&fixture);
    test_questions(&fixture);
    test_expressions(&fixture);
    test_missing_store(&fixture);
    test_speed(&fixture);
    fixture_release(&fixture);
    return done_testing();
}
