/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schema files: applied once and in order, whole or not at all, also when two processes come at
 * once. (Eight that make a store at once are in open_test.c.)
 */
#include <sys/wait.h>

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

static struct store_connection *connect_locked(struct store **ret_store)
{
    struct error error = ERROR_INIT;
    *ret_store = store_open(store_file, STORE_WRITE, &error);
    struct store_connection *connection = *ret_store ? store_connect(*ret_store, &error) : NULL;
    if (!connection || !database_lock(connection, 10000000, &error))
        bail_out("%s", error.message);
    return connection;
}

static void close_both(struct store_connection *connection, struct store *store)
{
    store_disconnect(connection);
    store_close(store);
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

/* A store of the first schema file, with a table of the user, as it is found in the field. */
static void test_first_schema(void)
{
    char *path = NULL;
    struct error error = ERROR_INIT;
    ok(store_init(in_folder("first"), &path, &error), "a store");
    is_int(plain_sql(path, "DROP TABLE rscn_object;"
                           "DELETE FROM rscn_schema_migration WHERE version > 1;"
                           "CREATE TABLE mine (a); INSERT INTO mine VALUES (7)"),
           SQLITE_OK, "as the first version made it");
    struct store *store = store_open(path, STORE_WRITE, &error);
    ok(store != NULL, "is opened: %s", error.message);
    store_close(store);
    is_str(plain_text(path, "SELECT count(*) FROM rscn_object"), "0", "and has the later tables");
    is_str(plain_text(path, "SELECT a FROM mine"), "7", "what is the user's is untouched");
    free(path);
}

int main(void)
{
    struct error error = ERROR_INIT;
    fixture_start();
    if (!store_init(fixture_folder, &store_file, &error))
        bail_out("%s", error.message);
    test_embedded();
    test_failed();
    test_broken_view();
    test_applied();
    test_faster_one();
    test_changed();
    test_first_schema();
    free(store_file);
    return done_testing();
}
