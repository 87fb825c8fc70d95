/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases of the user: %use, what took effect, waiting for others, and the store attached to
 * them.
 */
#include "engine_fixture.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "base/timestamp.h"

static char *in(const struct fixture *f, const char *name)
{
    return xasprintf("%s/%s", f->directory, name);
}

static struct sqlite3 *open_beside(const struct fixture *f, const char *name)
{
    AUTO_FREE char *path = in(f, name);
    struct sqlite3 *connection;
    sqlite3_open(path, &connection);
    return connection;
}

static void write_file(const struct fixture *f, const char *name, const char *text)
{
    AUTO_FREE char *path = in(f, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static bool refused(struct fixture *f, const char *name, enum error_code code, const char *says)
{
    struct error error = ERROR_INIT;
    const struct engine_target *before = sqlite_engine_target(f->engine);
    bool used = fixture_use(f, name, false, &error);
    ok(!used, "%%use %s is refused", name);
    is_int(error.code, code, "with its code");
    ok(sqlite_engine_target(f->engine) == before, "the database in use stays");
    return contains(error.message, says, "and says why");
}

static bool used(struct fixture *f, const char *name)
{
    struct error error = ERROR_INIT;
    bool done = fixture_use(f, name, false, &error);
    ok(done, "%%use %s works", name);
    if (!done)
        diag("%s", error.message);
    return done;
}

static bool in_store(const struct fixture *f)
{
    const struct engine_target *target = sqlite_engine_target(f->engine);
    return target && target->is_store;
}

static void test_names(struct fixture *f)
{
    struct error error = ERROR_INIT;
    ok(in_store(f), "the store is the default");
    refused(f, "shop.db", ERROR_NOT_FOUND, "--create");
    AUTO_FREE char *never = in(f, "shop.db");
    ok(access(never, F_OK) != 0, "and nothing was made");
    ok(fixture_use(f, "shop.db", true, &error), "--create makes it");
    is_str(sqlite_engine_target(f->engine)->name, never, "its name is the real path");
    is_str(sqlite_engine_target(f->engine)->label, "shop.db", "its label the last part");
    refused(f, "shp.db", ERROR_NOT_FOUND, "near: shop.db");
    refused(f, "nowhere/shop.db", ERROR_NOT_FOUND, "folder");
    write_file(f, "lone.db-wal", "");
    refused(f, "lone.db", ERROR_NOT_FOUND, "; `%use --create lone.db` makes it");
    ok(!fixture_use(f, "lone.db", false, &error) && !strstr(error.message, "near"),
       "what SQLite keeps beside a database is not near");
    refused(f, "my \"own\".db", ERROR_NOT_FOUND, "`%use --create \"my \\\"own\\\".db\"`");
    refused(f, ".", ERROR_INVALID, "folder");
    refused(f, "/dev/null", ERROR_INVALID, "regular");
    refused(f, "", ERROR_INVALID, "empty");
    write_file(f, "people.csv",
               "name,age\nAnn,7\nBob,8\n and more text, so that it is longer than "
               "the header of a database, which has a hundred bytes\n");
    refused(f, "people.csv", ERROR_INVALID, "not an SQLite database");
    write_file(f, "empty.db", "");
    used(f, "empty.db");
    refused(f, "file:nothing.db", ERROR_NOT_FOUND, "no such file");
    used(f, "file:shop.db?mode=ro");
    fixture_run(f, "CREATE TABLE x (a)");
    contains(f->outcome.evalue, "readonly", "mode=ro holds");
    used(f, "file:made%20here.db?mode=rwc");
    AUTO_FREE char *made = in(f, "made here.db");
    fixture_run(f, "CREATE TABLE x (a)");
    ok(access(made, F_OK) == 0, "mode=rwc makes it, the name is decoded");

    used(f, ":memory:");
    fixture_run(f, "CREATE TABLE kept (a); INSERT INTO kept VALUES (17)");
    ok(!f->outcome.in_write && f->begins == 0, "no lock of the store");
    used(f, "store");
    fixture_run(f, "SELECT * FROM kept");
    contains(f->outcome.evalue, "no such table: kept in the store", "another database");
    used(f, ":memory:");
    fixture_run(f, "SELECT a FROM kept");
    contains(strbuf_text(&f->shown), "17", "%%use :memory: twice finds the same data");
    fixture_run(f, "SELECT * FROM keptt");
    contains(f->outcome.evalue, "in :memory:: did you mean kept?", "errors name it");
    used(f, "store");
}

static void test_store_by_other_names(struct fixture *f)
{
    AUTO_FREE char *link_path = in(f, "link.db");
    AUTO_FREE char *hard_path = in(f, "hard.db");
    AUTO_FREE char *uri = xasprintf("file:%s", f->store_path);
    AUTO_FREE char *wal_link = in(f, "wal.db");
    AUTO_FREE char *wal = xasprintf("%s-wal", f->store_path);
    ok(symlink(f->store_path, link_path) == 0 && link(f->store_path, hard_path) == 0, "links");
    const char *names[] = {"rssd.db", "./rssd.db", f->store_path,    "link.db",
                           "hard.db", uri,         "file:rssd%2edb", "file:link.db?mode=rw"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        used(f, ":memory:");
        used(f, names[i]);
        ok(in_store(f), "it is the store");
    }
    used(f, ":memory:");
    refused(f, "file:rssd.db?vfs=unix-none", ERROR_DENIED, "without vfs");
    refused(f, "file:hard.db?immutable=1", ERROR_DENIED, "immutable");
    refused(f, "file:link.db?nolock=1", ERROR_DENIED, "nolock");
    refused(f, "rssd.db-wal", ERROR_DENIED, "belongs to the store");
    ok(link(wal, wal_link) == 0, "a link to the WAL");
    refused(f, "wal.db", ERROR_DENIED, "belongs to the store");
    refused(f, "rssd.db-run/1", ERROR_DENIED, "belongs to the store");
    used(f, "store");

    struct use_options options = {.directory = f->directory, .read_only = true};
    struct error error = ERROR_INIT;
    ok(sqlite_engine_use(f->engine, "rssd.db", &options, &error), "the store read-only");
    ok(sqlite_engine_is_read_only(f->engine), "says so");
    fixture_run(f, "SELECT 1; CREATE TABLE no (a)");
    contains(f->outcome.evalue, "reading only", "can't be written");
    is_int(f->begins, 0, "and is not locked");
    fixture_run(f, "SELECT 1");
    is_int(f->outcome.state, STATE_EXECUTED, "but read");
    used(f, "store");
}

static void test_switching(struct fixture *f)
{
    used(f, "store");
    fixture_run(f, "%use shop.db\nCREATE TABLE t (a UNIQUE); SELECT 1 AS one");
    is_int(f->outcome.state, STATE_EXECUTED, "%%use on the first line");
    is_int(f->begins, 0, "the cell runs there");
    is_int(f->outcome.effect, EFFECT_COMMITTED, "and is committed");
    fixture_run(f, "SELECT 1;\n%use store\nSELECT 2");
    is_int(f->outcome.state, STATE_FAILED, "not after a statement");
    contains(f->outcome.evalue, "before its first statement", "which is said");
    contains(f->outcome.evalue, "line 2", "with its line");
    fixture_run(f, "SELECT 1;\n%use shop.db\nSELECT 2");
    is_int(f->outcome.state, STATE_EXECUTED, "the same database is no change");
    fixture_run(f, "%use store\n%use shop.db\n-- nothing\n");
    is_int(f->outcome.state, STATE_EXECUTED, "a cell of directives");
    is_int(f->displays, 0, "shows nothing of ours");
}

static void check_effect(struct fixture *f, const char *code, enum cell_state state,
                         enum engine_effect effect, const char *says)
{
    fixture_run(f, code);
    is_int(f->outcome.state, state, "%s", code);
    is_str(engine_effect_word(f->outcome.effect), engine_effect_word(effect), "its effect");
    if (says)
        contains(f->outcome.evalue, says, "what is said");
}

static void test_effects(struct fixture *f)
{
    used(f, "shop.db");
    check_effect(f, "SELECT * FROM t", STATE_EXECUTED, EFFECT_NONE, NULL);
    check_effect(f,
                 "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO t VALUES (1); "
                 "INSERT INTO t VALUES (3)",
                 STATE_FAILED, EFFECT_PARTIAL, "statements 1-2 of 4 took effect");
    check_effect(f, "SELECT 1; INSERT INTO t VALUES (1)", STATE_FAILED, EFFECT_NONE,
                 "no statement took effect");
    check_effect(f, "INSERT OR FAIL INTO t VALUES (10), (11), (1), (12)", STATE_FAILED,
                 EFFECT_PARTIAL, "statement 1 of 1 took effect");
    check_effect(f, "BEGIN; INSERT INTO t VALUES (20)", STATE_EXECUTED, EFFECT_OPEN, NULL);
    check_effect(f, "INSERT INTO t VALUES (21); INSERT INTO t VALUES (1)", STATE_FAILED,
                 EFFECT_OPEN, "a transaction is open");
    is_int(f->outcome.earlier, EARLIER_NONE, "that of the cell before");
    check_effect(f, "ROLLBACK", STATE_EXECUTED, EFFECT_NONE, NULL);
    is_int(f->outcome.earlier, EARLIER_ROLLED_BACK, "it ended");
    fixture_run(f, "SELECT count(*) || ' left' AS n FROM t WHERE a >= 20");
    contains(strbuf_text(&f->shown), "0 left", "the transaction went over two cells");
    check_effect(f, "BEGIN; INSERT INTO t VALUES (30)", STATE_EXECUTED, EFFECT_OPEN, NULL);
    check_effect(f, "COMMIT; BEGIN", STATE_EXECUTED, EFFECT_OPEN, NULL);
    is_int(f->outcome.earlier, EARLIER_COMMITTED, "one ended and another is open");
    check_effect(f, "INSERT OR ROLLBACK INTO t VALUES (1)", STATE_FAILED, EFFECT_NONE,
                 "what earlier cells did in the transaction was rolled back");
    check_effect(f, "BEGIN", STATE_EXECUTED, EFFECT_OPEN, NULL);
    check_effect(f, "COMMIT", STATE_EXECUTED, EFFECT_COMMITTED, NULL);
    is_int(f->outcome.earlier, EARLIER_COMMITTED, "with it the transaction");
    check_effect(f, "BEGIN; INSERT INTO t VALUES (31); COMMIT; SELECT nix", STATE_FAILED,
                 EFFECT_PARTIAL, "statement 2 of 4 took effect");
    check_effect(f, "BEGIN; INSERT INTO t VALUES (40); INSERT OR ROLLBACK INTO t VALUES (1)",
                 STATE_FAILED, EFFECT_NONE, "statement 2 was rolled back");
    check_effect(f, "INSERT INTO t VALUES (41); BEGIN; INSERT INTO t VALUES (42); ROLLBACK; nix",
                 STATE_FAILED, EFFECT_PARTIAL, "statement 1 of 5 took effect; statement 3 was");
    check_effect(f, "SAVEPOINT s; INSERT INTO t VALUES (43); ROLLBACK TO s; RELEASE s; SELECT nix",
                 STATE_FAILED, EFFECT_PARTIAL, "what ROLLBACK TO did not take back");
    check_effect(f, "BEGIN IMMEDIATE; ROLLBACK", STATE_EXECUTED, EFFECT_NONE, NULL);
    check_effect(f, "PRAGMA foreign_keys = ON", STATE_EXECUTED, EFFECT_NONE, NULL);
    check_effect(f, "VACUUM", STATE_EXECUTED, EFFECT_COMMITTED, NULL);
    is_str(strbuf_text(&f->shown), "OK\n", "VACUUM works here");
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

static void test_waiting(struct fixture *f)
{
    struct sqlite3 *other = open_beside(f, "shop.db");
    struct error error = ERROR_INIT;
    pthread_t thread;

    used(f, "shop.db");
    fixture_exec(other, "BEGIN EXCLUSIVE");
    int64_t started = monotonic_us();
    check_effect(f, "INSERT INTO t VALUES (50)", STATE_FAILED, EFFECT_NONE, "shop.db is in use");
    int64_t took = monotonic_us() - started;
    ok(took > 250000 && took < 1500000, "waits for its time (%" PRId64 " us)", took);
    fixture_run(f, "PRAGMA busy_timeout = 0");
    f->cell.limits.timeout_ms = 5000;
    pthread_create(&thread, NULL, interrupter, f);
    started = monotonic_us();
    check_effect(f, "INSERT INTO t VALUES (50)", STATE_INTERRUPTED, EFFECT_NONE, "interrupted");
    took = monotonic_us() - started;
    ok(took > 50000 && took < 2000000, "an interrupt ends the wait (%" PRId64 " us)", took);
    pthread_join(thread, NULL);
    atomic_store(&f->is_interrupted, false);
    f->cell.limits.timeout_ms = 300;

    used(f, "store");
    fixture_exec(other, "COMMIT; BEGIN EXCLUSIVE");
    struct use_options options = {.directory = f->directory, .read_only = true, .timeout_ms = 200};
    ok(!sqlite_engine_use(f->engine, "shop.db", &options, &error), "%%use waits too");
    is_int(error.code, ERROR_BUSY, "and names the cause");
    fixture_exec(other, "COMMIT");
    sqlite3_close(other);
}

static void test_replaced(struct fixture *f)
{
    AUTO_FREE char *path = in(f, "short.db");
    struct error error = ERROR_INIT;
    ok(fixture_use(f, "short.db", true, &error), "a database");
    fixture_run(f, "CREATE TABLE a (b)");
    ok(unlink(path) == 0, "that is removed");
    fixture_run(f, "INSERT INTO a VALUES (1)");
    is_int(f->outcome.state, STATE_FAILED, "is not written to");
    contains(f->outcome.evalue, "in its place", "and says why");
    ok(fixture_use(f, "short.db", true, &error), "--create");
    fixture_run(f, "SELECT * FROM a");
    contains(f->outcome.evalue, "no such table", "opens the new one");
    used(f, "store");
}

static void test_attached_store(struct fixture *f)
{
    AUTO_FREE char *before = fixture_value(f->plain, "SELECT group_concat(value) FROM rscn_x");
    const char *const attaches[] = {"rssd.db", "link.db"};
    const char *const writes[] = {
        "DELETE FROM s.rscn_x",
        "CREATE TABLE s.mine (a)",
        "INSERT INTO s.own VALUES (1)",
        "DROP TABLE s.own",
        "ALTER TABLE s.own ADD COLUMN z",
        "PRAGMA s.journal_mode = DELETE",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA locking_mode = EXCLUSIVE",
        ("CREATE TEMP TRIGGER tt AFTER INSERT ON t BEGIN DELETE FROM rscn_x; END; "
         "INSERT INTO t VALUES (77)"),
        "CREATE INDEX s.i ON own (a)",
        "DROP VIEW s.rscn_view",
    };

    fixture_exec(f->plain, "CREATE TABLE own (a)");
    used(f, "shop.db");
    for (size_t i = 0; i < ARRAY_SIZE(attaches); i++) {
        AUTO_FREE char *attach = xasprintf("ATTACH '%s/%s' AS s", f->directory, attaches[i]);
        fixture_run(f, attach);
        is_int(f->outcome.state, STATE_EXECUTED, "%s", attach);
        fixture_run(f, "SELECT value FROM s.rscn_x");
        contains(strbuf_text(&f->shown), "kept", "the store is readable");
        for (size_t j = 0; j < ARRAY_SIZE(writes); j++) {
            fixture_run(f, writes[j]);
            is_int(f->outcome.state, STATE_FAILED, "fails: %s", writes[j]);
            fixture_run(f, "DROP TRIGGER IF EXISTS temp.tt");
        }
        /* BEGIN IMMEDIATE must not take the store's write lock. */
        fixture_run(f, "BEGIN IMMEDIATE");
        is_int(f->outcome.state, STATE_EXECUTED, "BEGIN IMMEDIATE beside it");
        fixture_exec(f->plain, "BEGIN IMMEDIATE; ROLLBACK");
        fixture_run(f, "ROLLBACK; DETACH s");
        is_int(f->outcome.state, STATE_EXECUTED, "DETACH");
    }
    AUTO_FREE char *hard = xasprintf("ATTACH '%s/hard.db' AS s", f->directory);
    fixture_run(f, hard);
    contains(f->outcome.evalue, "under another name", "a hard link would have another WAL");
    AUTO_FREE char *uri = xasprintf("ATTACH 'file:%s?vfs=unix-none' AS s", f->store_path);
    fixture_run(f, uri);
    contains(f->outcome.evalue, "without vfs", "another VFS");
    AUTO_FREE char *expression = xasprintf("ATTACH '%s' || '' AS s", f->store_path);
    fixture_run(f, expression);
    contains(f->outcome.evalue, "plain string", "an expression");
    AUTO_FREE char *inside = xasprintf("BEGIN; ATTACH '%s' AS s", f->store_path);
    fixture_run(f, inside);
    contains(f->outcome.evalue, "inside a transaction", "inside a transaction");
    fixture_run(f, "ROLLBACK");
    AUTO_FREE char *side = xasprintf("ATTACH '%s-wal' AS s", f->store_path);
    fixture_run(f, side);
    contains(f->outcome.evalue, "belongs to the store", "its WAL");
    AUTO_FREE char *into = xasprintf("VACUUM INTO '%s'", f->store_path);
    fixture_run(f, into);
    is_int(f->outcome.state, STATE_FAILED, "VACUUM INTO the store");
    AUTO_FREE char *into_side = xasprintf("VACUUM INTO '%s-journal'", f->store_path);
    fixture_run(f, into_side);
    contains(f->outcome.evalue, "belongs to the store", "VACUUM INTO a side file");
    AUTO_FREE char *copy = xasprintf("VACUUM INTO '%s/copy.db'; ATTACH '%s/copy.db' AS c; "
                                     "CREATE TABLE c.rscn_free (a); DETACH c",
                                     f->directory, f->directory);
    fixture_run(f, copy);
    is_int(f->outcome.state, STATE_EXECUTED, "other files are the user's, names included");
    AUTO_FREE char *after = fixture_value(f->plain, "SELECT group_concat(value) FROM rscn_x");
    is_str(after, before, "the record is as it was");
    AUTO_FREE char *mode = fixture_value(f->plain, "PRAGMA journal_mode");
    is_str(mode, "wal", "its journal mode too");
    used(f, "store");
}

static void test_settings(struct fixture *f)
{
    used(f, "shop.db");
    fixture_run(f, "PRAGMA temp_store = 2");
    is_int(f->outcome.state, STATE_FAILED, "temp_store would empty temp");
    fixture_run(f, "PRAGMA hard_heap_limit = 1000");
    is_int(f->outcome.state, STATE_FAILED, "a heap limit would hold for the kernel");
    fixture_run(f, "SELECT load_extension('x')");
    is_int(f->outcome.state, STATE_FAILED, "no extensions");
    fixture_run(f, "PRAGMA journal_mode = WAL");
    is_int(f->outcome.state, STATE_EXECUTED, "the journal mode is the user's");
    ok(!strstr(strbuf_text(&f->shown), "changed"), "and changes no rows");
    used(f, "empty.db");
    fixture_run(f, "PRAGMA foreign_keys");
    contains(strbuf_text(&f->shown), "0", "and foreign keys as SQLite has them");
    used(f, "shop.db");
    json_t *value = json_integer(3);
    sqlite_engine_set_parameter(f->engine, "p", value);
    json_decref(value);
    fixture_run(f, "SELECT value || '!' AS v FROM temp.sqlite_parameters WHERE key = ':p'");
    contains(strbuf_text(&f->shown), "3!", "parameters stand here too");
    fixture_run(f, "BEGIN;\n%param q 4\nROLLBACK");
    fixture_run(f, "SELECT value || '!' AS v FROM temp.sqlite_parameters WHERE key = ':q'");
    contains(strbuf_text(&f->shown), "4!", "and outlive a ROLLBACK");
    fixture_run(f,
                "SELECT name FROM sqlite_schema WHERE name LIKE 'rscn%' OR name LIKE 'sqlite_p%'");
    contains(strbuf_text(&f->shown), "(0 rows)", "nothing of ours is in the file");
    struct target_facts facts;
    struct error error = ERROR_INIT;
    ok(sqlite_engine_target_facts(f->engine, &facts, &error) && strlen(facts.schema_hash) == 64,
       "facts");
    used(f, "empty.db");
    ok(sqlite_engine_target_facts(f->engine, &facts, &error) && !*facts.schema_hash,
       "no schema, no hash");
    used(f, "store");
}

/* The store's path is not known when a kernel starts without one. */
static void test_late_store(struct fixture *f)
{
    struct sqlite_engine *engine = f->engine;
    f->engine = sqlite_engine_new("", NULL);
    used(f, "shop.db");
    used(f, "rssd.db");
    ok(!in_store(f), "an unknown store is a file like others");
    sqlite_engine_set_store(f->engine, &f->target);
    ok(in_store(f), "until it is known");
    used(f, "shop.db");
    AUTO_FREE char *attach = xasprintf("ATTACH '%s' AS s", f->store_path);
    fixture_run(f, attach);
    fixture_run(f, "DELETE FROM s.rscn_x");
    is_str(f->outcome.ename, "NotAllowedError", "databases opened before know it too");
    sqlite_engine_free(f->engine);
    f->engine = engine;
}

static void test_start(struct fixture *f)
{
    used(f, "store");
    f->cell.start = 10;
    fixture_run(f, "%is done \nSELECT 1;\nSELECT nix");
    contains(f->outcome.evalue, "statement 2 of 2, line 3", "what the caller ran is not run again");
    is_int(f->displays, 1, "and lines count from the cell's first");
    f->cell.start = 100;
    fixture_run(f, "SELECT 1");
    is_int(f->outcome.state, STATE_EXECUTED, "a start behind the end");
    is_int(f->displays, 0, "runs nothing");
    f->cell.start = 0;
}

int main(void)
{
    struct fixture fixture;

    fixture_init(&fixture);
    test_names(&fixture);
    test_store_by_other_names(&fixture);
    test_switching(&fixture);
    test_effects(&fixture);
    test_waiting(&fixture);
    test_replaced(&fixture);
    test_attached_store(&fixture);
    test_settings(&fixture);
    test_late_store(&fixture);
    test_start(&fixture);
    fixture_release(&fixture);
    return done_testing();
}
