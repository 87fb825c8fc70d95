/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions: what a failure means and says, that the next one works again, and that the -wal is
 * kept short.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "store/database.h"
#include "store_fixture.h"

static char *store_file;

struct pair {
    struct store *store;
    struct store_connection *connection;
    sqlite3 *handle;
};

static struct pair open_pair(void)
{
    struct error error = ERROR_INIT;
    struct pair pair = {.store = store_open(store_file, STORE_WRITE, &error)};
    pair.connection = pair.store ? store_connect(pair.store, &error) : NULL;
    if (!pair.connection)
        bail_out("%s", error.message);
    pair.handle = store_connection_handle(pair.connection);
    return pair;
}

static void close_pair(struct pair *pair)
{
    store_disconnect(pair->connection);
    store_close(pair->store);
}

static int run(const struct pair *pair, const char *sql)
{
    return sqlite3_exec(pair->handle, sql, NULL, NULL, NULL);
}

static off_t wal_size(void)
{
    char path[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof(path), "%s-wal", store_file);
    return stat(path, &status) == 0 ? status.st_size : 0;
}

static void test_rollback(void)
{
    struct pair pair = open_pair();
    struct error error = ERROR_INIT;
    ok(store_begin(pair.connection, NULL, &error), "begin");
    run(&pair, "CREATE TABLE t (a INTEGER, b BLOB); INSERT INTO t (a) VALUES (1)");
    ok(store_commit(pair.connection, &error), "commit");
    ok(store_begin_again(pair.connection, &error), "again, the lock stayed");
    run(&pair, "INSERT INTO t (a) VALUES (2)");
    store_release(pair.connection);
    is_str(plain_text(store_file, "SELECT count(*) FROM t"), "1", "release rolls back");
    ok(store_begin(pair.connection, NULL, &error), "begin after release");
    store_release(pair.connection);
    store_release(pair.connection);
    close_pair(&pair);
}

/* A user's deferred foreign key fails the COMMIT (K-17). */
static void test_commit_fails(void)
{
    struct pair pair = open_pair();
    struct error error = ERROR_INIT;
    ok(store_begin(pair.connection, NULL, &error), "begin");
    run(&pair, "CREATE TABLE p (a PRIMARY KEY);"
               "CREATE TABLE c (a REFERENCES p DEFERRABLE INITIALLY DEFERRED);"
               "INSERT INTO c VALUES (1)");
    ok(!store_commit(pair.connection, &error), "a commit that fails");
    is_int(error.detail & 0xff, SQLITE_CONSTRAINT, "says why");
    ok(sqlite3_get_autocommit(pair.handle), "nothing is open");
    ok(store_begin_again(pair.connection, &error), "a new one can begin");
    ok(store_commit(pair.connection, &error), "and commit");
    close_pair(&pair);
    is_str(plain_text(store_file, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), "0",
           "all of it was rolled back");
}

static void test_full(void)
{
    struct pair pair = open_pair();
    struct error error = ERROR_INIT;
    struct fixture_execution execution;
    int64_t version;
    fixture_execution(&execution, "SELECT 1");
    fixture_finish(&execution, STATE_EXECUTED, "none");
    char *text = xmalloc(1000001);
    memset(text, '1', 1000000);
    text[1000000] = '\0';
    struct execution_output output = {"stream", text, timestamp_now()};
    execution.record.outputs = &output;
    execution.record.output_count = 1;
    ok(store_begin(pair.connection, NULL, &error), "begin");
    run(&pair, "PRAGMA main.max_page_count = 1");
    ok(!store_record(pair.connection, &execution.record, &version, &error), "no room");
    is_int(error.code, ERROR_FULL, "is said");
    contains(error.message, "free some space", "with what to do");
    contains(error.message, store_file, "and where");
    store_release(pair.connection);
    run(&pair, "PRAGMA main.max_page_count = 1000000");
    ok(store_begin(pair.connection, NULL, &error), "begin again");
    ok(store_record(pair.connection, &execution.record, &version, &error) &&
           store_commit(pair.connection, &error),
       "works when there is room again: %s", error.message);
    store_release(pair.connection);
    ok(store_has_execution(pair.connection, execution.record.execution_id), "recorded");
    free(text);
    close_pair(&pair);
}

/* A program that does not know our lock. */
static void test_foreign_writer(void)
{
    struct pair pair = open_pair();
    struct error error = ERROR_INIT;
    sqlite3 *other;
    sqlite3_open(store_file, &other);
    sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_busy_timeout(pair.handle, 10);
    ok(!store_begin(pair.connection, NULL, &error), "another program writes");
    is_int(error.code, ERROR_BUSY, "busy");
    contains(error.message, "another program", "is said");
    ok(!pair.connection->has_lock, "the lock is given back");
    sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
    ok(store_begin(pair.connection, NULL, &error), "works when it is done");
    sqlite3_close(other);
    close_pair(&pair);
}

static void test_names(void)
{
    struct pair pair = open_pair();
    struct error error = ERROR_INIT;
    store_set_holder_name(pair.store, "kernel 1 of alice (tour.ipynb)");
    ok(store_begin(pair.connection, NULL, &error), "begin");
    struct store *other = store_open(store_file, STORE_WRITE, &error);
    struct store_connection *connection = store_connect(other, &error);
    ok(!database_lock(connection, 1000, &error), "held");
    contains(error.message, "kernel 1 of alice (tour.ipynb)", "by whom is said");
    store_disconnect(connection);
    store_close(other);
    close_pair(&pair);
}

static void fill(const struct pair *pair, int megabytes)
{
    struct error error = ERROR_INIT;
    for (int i = 0; i < megabytes; i++) {
        if (!store_begin(pair->connection, NULL, &error) ||
            run(pair, "DELETE FROM t WHERE b IS NOT NULL;"
                      "INSERT INTO t (b) VALUES (randomblob(4000000))") != SQLITE_OK ||
            !store_commit(pair->connection, &error))
            bail_out("%s", error.message);
        store_release(pair->connection);
    }
}

static void test_wal_is_bounded(void)
{
    struct pair pair = open_pair();
    fill(&pair, 12);
    ok(wal_size() < 24 * 1024 * 1024, "the -wal is used anew: %lld bytes", (long long)wal_size());

    /* A reader holds it back (K-11), and when it ends the -wal is shortened. */
    sqlite3 *reader;
    sqlite3_open(store_file, &reader);
    sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM t", NULL, NULL, NULL);
    int64_t started_at = monotonic_us();
    fill(&pair, 24);
    ok(wal_size() > 64 * 1024 * 1024, "a long reader pins it: %lld bytes", (long long)wal_size());
    ok(monotonic_us() - started_at < 20000000, "which does not stop writers");
    sqlite3_close_v2(reader);
    fill(&pair, 6);
    ok(wal_size() <= 32 * 1024 * 1024, "then it is shortened: %lld bytes", (long long)wal_size());
    close_pair(&pair);
    is_int(wal_size(), 0, "and gone at the end");
}

static void test_close_beside_others(void)
{
    struct pair first = open_pair(), second = open_pair();
    struct error error = ERROR_INIT;
    ok(store_begin(first.connection, NULL, &error), "one writes");
    run(&first, "INSERT INTO t (a) VALUES (5)");
    close_pair(&second);
    ok(store_commit(first.connection, &error), "while another closes");
    store_release(first.connection);
    second = open_pair();
    close_pair(&second);
    is_int(wal_size(), 0, "a closing one checkpoints when the lock is free");
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s-wal", store_file);
    ok(path_exists(path), "and leaves the files of those who go on");
    ok(store_begin(first.connection, NULL, &error), "who can go on");
    run(&first, "INSERT INTO t (a) VALUES (6)");
    ok(store_commit(first.connection, &error), "writing");
    close_pair(&first);
    ok(!path_exists(path), "the last one tidies up");
    is_str(plain_text(store_file, "SELECT count(*) FROM t WHERE a IN (5, 6)"), "2", "all there");
}

static void test_prepare_errors(void)
{
    struct pair pair = open_pair();
    struct error error = ERROR_INIT;
    ok(!database_execute(pair.connection, "SELECT a FROM nowhere", "asking", &error), "wrong SQL");
    contains(error.message, "asking: no such table", "is told");
    is_int(error.code, ERROR_INVALID, "code");
    close_pair(&pair);
}

/* Several processes, several threads each: every commit is there once. */
static void *write_some(void *argument)
{
    struct pair *pair = argument;
    struct error error = ERROR_INIT;
    struct store_connection *connection = store_connect(pair->store, &error);
    for (int i = 0; connection && i < 30; i++) {
        if (!store_begin(connection, NULL, &error) ||
            sqlite3_exec(store_connection_handle(connection), "INSERT INTO n VALUES (ulid())", NULL,
                         NULL, NULL) != SQLITE_OK ||
            !store_commit(connection, &error)) {
            fprintf(stderr, "%s\n", error.message);
            _exit(1);
        }
        store_release(connection);
    }
    store_disconnect(connection);
    return NULL;
}

static void test_many_writers(void)
{
    plain_sql(store_file, "CREATE TABLE n (id TEXT PRIMARY KEY)");
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct pair pair = open_pair();
            pthread_t threads[3];
            for (int j = 0; j < 3; j++)
                if (pthread_create(&threads[j], NULL, write_some, &pair) != 0)
                    _exit(1);
            for (int j = 0; j < 3; j++)
                pthread_join(threads[j], NULL);
            close_pair(&pair);
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = 1;
        waitpid(children[i], &status, 0);
        is_int(status, 0, "process %d saw no error", i);
    }
    is_str(plain_text(store_file, "SELECT count(*) FROM n"), "360", "nothing is lost");
    is_str(plain_text(store_file, "PRAGMA integrity_check"), "ok", "integrity");
}

int main(void)
{
    struct error error = ERROR_INIT;
    fixture_start();
    if (!store_init(fixture_folder, &store_file, &error))
        bail_out("%s", error.message);
    test_rollback();
    test_commit_fails();
    test_full();
    test_foreign_writer();
    test_names();
    test_wal_is_bounded();
    test_close_beside_others();
    test_prepare_errors();
    test_many_writers();
    free(store_file);
    return done_testing();
}
