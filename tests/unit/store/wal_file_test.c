/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a commit go to the -wal together, and nobody can tell: other programs see each
 * commit at once, large transactions spill and are read back, what is undone leaves nothing.
 */
#include "record_fixture.h"

/* Write calls of this process so far. */
static long long writes(void)
{
    long long count = -1;
    char line[100];
    FILE *file = fopen("/proc/self/io", "r");
    while (file && count < 0 && fgets(line, sizeof(line), file))
        if (strncmp(line, "syscw: ", 7) == 0)
            count = strtoll(line + 7, NULL, 10);
    if (file)
        fclose(file);
    return count;
}

static void test_few_writes(void)
{
    struct fixture_execution e;
    struct error error = ERROR_INIT;
    new_store("few.db");
    record_code("k1", "SELECT 1");
    executed(&e, "k1", "SELECT 2");
    if (writes() < 0) {
        ok(true, "this system does not count writes # SKIP");
        return;
    }
    ok(store_begin(connection, NULL, &error) && store_record(connection, &e.record, NULL, &error),
       "recorded");
    long long before = writes();
    bool is_done = store_commit(connection, &error);
    long long after = writes();
    ok(is_done, "committed");
    is_int(after - before, 1, "with one write");
    is_str(ask("SELECT count(*) FROM rscn_execution"), "2", "and others see it at once");
    store_release(connection);
}

/* More than fits into the cache and into one write. */
static void test_large(void)
{
    sqlite3 *handle = store_connection_handle(connection);
    struct error error = ERROR_INIT;
    char *message = NULL;
    sqlite3_exec(handle, "PRAGMA cache_size = 20", NULL, NULL, NULL);
    ok(store_begin(connection, NULL, &error), "begun");
    int result = sqlite3_exec(handle,
                              "CREATE TABLE big (a INTEGER PRIMARY KEY, b);"
                              "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
                              " INSERT INTO big SELECT i, randomblob(700) FROM n;"
                              "UPDATE big SET b = zeroblob(500) WHERE a % 7 = 0",
                              NULL, NULL, &message);
    is_int(result, SQLITE_OK, "written: %s", message ? message : "");
    is_str(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'big'"), "0", "not seen before");
    ok(store_commit(connection, &error), "committed");
    is_str(ask("SELECT count(*) || '-' || sum(length(b) = 500) FROM big"), "3000-428", "whole");
    ok(store_begin_again(connection, &error), "begun again");
    sqlite3_exec(handle, "UPDATE big SET b = randomblob(900)", NULL, NULL, NULL);
    store_rollback(connection);
    store_release(connection);
    is_str(ask("SELECT count(*) FROM big WHERE length(b) = 900"), "0", "what is undone is undone");
    record_code("k1", "SELECT 3");
    is_str(ask("SELECT count(*) FROM rscn_execution"), "3", "and it goes on");
    is_str(ask("PRAGMA integrity_check"), "ok", "the file is good");
}

int main(void)
{
    fixture_start();
    test_few_writes();
    test_large();
    close_store();
    free(store_file);
    return done_testing();
}
