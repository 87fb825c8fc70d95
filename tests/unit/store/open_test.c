/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding, making, opening and closing stores, and everything that is refused.
 */
#include <signal.h>
#include <sys/wait.h>

#include "store_fixture.h"

/* Opening must fail with `code` and say `part`; the message names the file. */
static void refuses(const char *path, enum store_mode mode, enum error_code code, const char *part,
                    const char *name)
{
    struct error error = ERROR_INIT;
    struct store *store = store_open(path, mode, &error);
    ok(!store, "%s: refused", name);
    is_int(error.code, code, "%s: code", name);
    contains(error.message, part, "%s: text", name);
    contains(error.message, path, "%s: names it", name);
    ok(strchr(error.message, '\n') == NULL, "%s: one line", name);
    store_close(store);
}

static void test_locate(void)
{
    struct error error = ERROR_INIT;
    char *path;
    bool is_users;
    mkdir(in_folder("a"), 0700);
    mkdir(in_folder("a/b"), 0700);
    unsetenv("RSCN_STORE");
    setenv("XDG_DATA_HOME", in_folder("data"), 1);

    ok(store_locate(NULL, in_folder("a/b"), &path, &is_users, &error), "nothing above");
    is_str(path, in_folder("data/rscn/rssd.db"), "the user's own");
    ok(is_users, "is said to be the user's own");
    free(path);

    write_text(in_folder("a/rssd.db"), "");
    ok(store_locate(NULL, in_folder("a/b"), &path, &is_users, &error), "one above");
    is_str(path, in_folder("a/rssd.db"), "the nearest above");
    ok(!is_users, "is not the user's own");
    free(path);

    setenv("RSCN_STORE", in_folder("env.db"), 1);
    ok(store_locate(NULL, in_folder("a/b"), &path, &is_users, &error), "RSCN_STORE");
    is_str(path, in_folder("env.db"), "outranks the folders");
    free(path);
    ok(store_locate(in_folder("a/../given.db"), in_folder("a"), &path, &is_users, &error),
       "--store");
    is_str(path, in_folder("given.db"), "outranks RSCN_STORE");
    free(path);
    ok(!store_locate("", in_folder("a"), &path, &is_users, &error), "an empty --store");
    unsetenv("RSCN_STORE");
    unlink(in_folder("a/rssd.db"));
}

static void test_init(void)
{
    struct error error = ERROR_INIT;
    char *path = NULL;
    struct stat status;
    umask(022);
    ok(store_init(in_folder("new/folder"), &path, &error), "init makes folders");
    is_str(path, in_folder("new/folder/rssd.db"), "init says where");
    ok(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600, "0600");
    ok(!path_exists(in_folder("new/folder/rssd.db-wal")), "whole in one file");
    is_str(plain_text(path, "SELECT count(*) FROM code_notebook_kernel"), "5", "kernel rows");
    is_str(plain_text(path, "SELECT kernel_name FROM code_notebook_kernel WHERE "
                            "code_notebook_kernel_id = 'SQL'"),
           "SQLite SQL Statements", "the SQL kernel");
    is_str(plain_text(path, "PRAGMA journal_mode"), "wal", "journal mode");
    is_str(plain_text(path, "PRAGMA user_version"), "0", "user_version belongs to the user");
    is_str(plain_text(path, "SELECT version || name FROM rscn_schema_migration"), "1record",
           "schema version");
    is_str(plain_text(path, "PRAGMA integrity_check"), "ok", "integrity");
    is_str(plain_text(path, "SELECT value FROM rscn_store WHERE key = 'tables_by'"), "rscn",
           "whose tables");
    free(path);
    path = NULL;
    ok(!store_init(in_folder("new/folder"), &path, &error), "a second init");
    is_int(error.code, ERROR_EXISTS, "is refused");
    write_text(in_folder("a/rssd.db"), "");
    ok(!store_init(in_folder("a"), &path, &error), "init on an empty file");
    is_int(error.code, ERROR_DAMAGED, "is refused");
    ok(stat(in_folder("a/rssd.db"), &status) == 0 && status.st_size == 0, "and left alone");
    unlink(in_folder("a/rssd.db"));
}

static void test_no_unique_state_key(void)
{
    const char *path = in_folder("new/folder/rssd.db");
    is_int(plain_sql(path, "INSERT INTO code_notebook_cell (code_notebook_cell_id, "
                           "notebook_kernel_id, notebook_name, cell_name, interpretable_code, "
                           "interpretable_code_hash) VALUES ('c', 'SQL', 'n', 'c', 'x', 'h');"
                           "INSERT INTO code_notebook_state (code_notebook_state_id, "
                           "code_notebook_cell_id, from_state, to_state) VALUES "
                           "('1', 'c', 'INITIAL', 'EXECUTED'), ('2', 'c', 'INITIAL', 'EXECUTED');"
                           "INSERT INTO code_notebook_state (code_notebook_state_id, elaboration, "
                           "code_notebook_cell_id, from_state, to_state) VALUES "
                           "('3', '{\"execution\":\"E\"}', 'c', 'INITIAL', 'EXECUTED')"),
           SQLITE_OK, "two equal transitions are fine (D-1)");
    is_int(plain_sql(path, "UPDATE code_notebook_state SET to_state = 'x' WHERE "
                           "code_notebook_state_id = '1'"),
           SQLITE_OK, "rows of others can be changed");
    is_int(plain_sql(path, "UPDATE code_notebook_state SET deleted_at = 'x' WHERE "
                           "code_notebook_state_id = '3'"),
           SQLITE_OK, "soft delete of ours");
    is_int(plain_sql(path, "UPDATE code_notebook_state SET to_state = 'x' WHERE "
                           "code_notebook_state_id = '3'"),
           SQLITE_CONSTRAINT, "ours can't be changed");
    is_int(plain_sql(path, "DELETE FROM code_notebook_state WHERE code_notebook_state_id = '3'"),
           SQLITE_CONSTRAINT, "nor deleted");
    is_int(plain_sql(path, "INSERT OR REPLACE INTO code_notebook_state (code_notebook_state_id, "
                           "code_notebook_cell_id, from_state, to_state) VALUES ('3', 'c', 'a', "
                           "'b')"),
           SQLITE_CONSTRAINT, "nor replaced (K-20)");
    is_int(plain_sql(path, "INSERT INTO code_notebook_state (code_notebook_state_id, "
                           "code_notebook_cell_id, from_state, to_state, transition_result) "
                           "VALUES ('4', 'c', 'a', 'b', 'no JSON')"),
           SQLITE_CONSTRAINT, "a result is JSON");
}

static void test_refusals(void)
{
    refuses(in_folder("nothing.db"), STORE_WRITE, ERROR_NOT_FOUND, "rscn init", "missing");
    refuses(in_folder("nothing.db"), STORE_READ, ERROR_NOT_FOUND, "rscn init", "missing, read");
    refuses(in_folder("a"), STORE_WRITE, ERROR_UNSUPPORTED, "is a folder", "a folder");
    refuses("/dev/null", STORE_WRITE, ERROR_UNSUPPORTED, "is not a file", "a device");

    write_text(in_folder("empty.db"), "");
    for (int mode = STORE_READ; mode <= STORE_CREATE; mode++)
        refuses(in_folder("empty.db"), (enum store_mode)mode, ERROR_DAMAGED, "is empty", "empty");

    write_text(in_folder("text.db"), "This is a text of more than sixteen bytes and no database. ");
    refuses(in_folder("text.db"), STORE_CREATE, ERROR_DAMAGED, "no SQLite database", "a text");
    ok(!path_exists(in_folder("text.db-run")), "nothing was made beside it");

    plain_sql(in_folder("other.db"), "CREATE TABLE t (a)");
    refuses(in_folder("other.db"), STORE_CREATE, ERROR_UNSUPPORTED, "not a store", "a database");
    is_str(plain_text(in_folder("other.db"), "SELECT group_concat(name) FROM sqlite_schema"), "t",
           "a database: left alone");
    ok(symlink(in_folder("nowhere.db"), in_folder("dangling.db")) == 0, "a dangling link");
    refuses(in_folder("dangling.db"), STORE_WRITE, ERROR_NOT_FOUND, "is a link", "dangling");
}

static void test_newer(void)
{
    char *path = NULL;
    struct error error = ERROR_INIT;
    ok(store_init(in_folder("newer"), &path, &error), "a store");
    plain_sql(path, "INSERT INTO rscn_schema_migration VALUES (99, 'future', 'x', 'x', '9.9')");
    refuses(path, STORE_WRITE, ERROR_NEWER, "99", "newer");
    refuses(path, STORE_READ, ERROR_NEWER, "this program knows", "newer, read");
    free(path);
}

/* Overwrites bytes in the middle of the file, page 2 and on. */
static void damage(const char *path)
{
    int descriptor = open(path, O_WRONLY);
    char rubbish[8192];
    memset(rubbish, 0xa5, sizeof(rubbish));
    if (pwrite(descriptor, rubbish, sizeof(rubbish), 100) != (ssize_t)sizeof(rubbish))
        bail_out("can't damage the file");
    close(descriptor);
}

static void test_damaged(void)
{
    char *path = NULL;
    struct error error = ERROR_INIT;
    ok(store_init(in_folder("damaged"), &path, &error), "a store");
    damage(path);
    refuses(path, STORE_WRITE, ERROR_DAMAGED, "damaged", "damaged");
    free(path);
}

static void test_create_and_close(void)
{
    struct error error = ERROR_INIT;
    const char *path = in_folder("made/deep/rssd.db");
    struct store *store = store_open(path, STORE_CREATE, &error);
    if (!ok(store != NULL, "made on first use"))
        bail_out("%s", error.message);
    is_str(store_path(store), path, "path");
    is_str(store_directory(store), in_folder("made/deep"), "folder");
    is_str(store_notice(store), NULL, "nothing to say");
    ok(store_is_current(store), "is the file at the path");

    struct store_connection *connection = store_connect(store, &error);
    ok(connection && store_begin(connection, NULL, &error), "begin: %s", error.message);
    sqlite3 *handle = store_connection_handle(connection);
    is_int(sqlite3_exec(handle, "CREATE TABLE mine (id TEXT); INSERT INTO mine VALUES (ulid())",
                        NULL, NULL, NULL),
           SQLITE_OK, "SQL on the handle, with ulid()");
    ok(store_commit(connection, &error), "commit");
    ok(store_begin_again(connection, &error), "begin again");
    sqlite3_exec(handle, "DELETE FROM mine", NULL, NULL, NULL);
    store_rollback(connection);
    store_release(connection);
    is_int(sqlite3_exec(handle, "PRAGMA main.wal_checkpoint", NULL, NULL, NULL), SQLITE_OK,
           "the connection is whole");
    store_disconnect(connection);
    store_close(store);
    ok(!path_exists(in_folder("made/deep/rssd.db-wal")), "no -wal after the last one out");
    ok(!path_exists(in_folder("made/deep/rssd.db-shm")), "no -shm");
    is_str(plain_text(path, "SELECT count(*) || length(id) FROM mine"), "126", "committed");
}

static void test_removed_while_open(void)
{
    struct error error = ERROR_INIT;
    const char *path = in_folder("gone/rssd.db");
    struct store *store = store_open(path, STORE_CREATE, &error);
    struct store_connection *connection = store_connect(store, &error);
    unlink(path);
    ok(!store_is_current(store), "removed");
    ok(!store_begin(connection, NULL, &error), "begin on a removed store");
    is_int(error.code, ERROR_NOT_FOUND, "says that it is gone");
    /* What is left of the old one must not be played into the new one. */
    ok(path_exists(in_folder("gone/rssd.db-wal")), "its -wal is still there");
    struct store *next = store_open(path, STORE_CREATE, &error);
    ok(next != NULL, "a new one in its place");
    ok(!store_connect(store, &error), "no connection of the old store to the new file");
    store_disconnect(connection);
    store_close(store);
    store_close(next);
    is_str(plain_text(path, "PRAGMA integrity_check"), "ok", "the new one is whole");
}

/* As a user who may not write there: root is asked nothing. */
static void test_read_only(void)
{
    struct error error = ERROR_INIT;
    char *path = NULL;
    ok(store_init(in_folder("ro"), &path, &error), "a store");
    chmod(path, 0644);
    chmod(in_folder("ro"), 0555);
    chmod(fixture_folder, 0755);
    bool is_root = geteuid() == 0;
    if (is_root && seteuid(65534) != 0)
        bail_out("seteuid");
    if (!is_root)
        chmod(path, 0444);

    refuses(path, STORE_WRITE, ERROR_DENIED, "read-only", "read-only");
    struct store *store = store_open(path, STORE_READ, &error);
    struct store_connection *connection = store ? store_connect(store, &error) : NULL;
    if (ok(connection != NULL, "looking at a read-only store (K-24): %s", error.message)) {
        is_int(sqlite3_exec(store_connection_handle(connection), "SELECT * FROM main.rscn_log",
                            NULL, NULL, NULL),
               SQLITE_OK, "reads");
        ok(!store_begin(connection, NULL, &error) && error.code == ERROR_DENIED, "does not write");
        struct fixture_execution execution;
        fixture_execution(&execution, "SELECT 1");
        ok(!store_inflight_begin(store, &execution.record, &error) && error.code == ERROR_DENIED,
           "nothing in flight");
    }
    store_disconnect(connection);
    store_close(store);
    if (is_root && seteuid(0) != 0)
        bail_out("seteuid");

    /* With a -wal that holds changes the file alone is not the truth. */
    chmod(in_folder("ro"), 0755);
    write_text(in_folder("ro/rssd.db-wal"), "something");
    chmod(in_folder("ro/rssd.db-wal"), 0600);
    chmod(in_folder("ro"), 0555);
    if (is_root && seteuid(65534) != 0)
        bail_out("seteuid");
    if (is_root)
        refuses(path, STORE_READ, ERROR_DENIED, "", "a -wal that can't be read");
    if (is_root && seteuid(0) != 0)
        bail_out("seteuid");
    chmod(in_folder("ro"), 0700);
    free(path);
}

static void test_no_permission(void)
{
    if (geteuid() != 0) {
        skip("only root can make files of another user");
        return;
    }
    write_text(in_folder("secret.db"), "x");
    chmod(in_folder("secret.db"), 0600);
    chmod(fixture_folder, 0755);
    if (seteuid(65534) != 0)
        bail_out("seteuid");
    refuses(in_folder("secret.db"), STORE_WRITE, ERROR_DENIED, "permission", "no permission");
    refuses(in_folder("cannot.db"), STORE_CREATE, ERROR_DENIED, "ermission", "can't make");
    if (seteuid(0) != 0)
        bail_out("seteuid");
}

/* Eight processes that need a store at once: one makes it, all have it. */
static void test_made_at_once(void)
{
    const char *path = in_folder("race/rssd.db");
    pid_t children[8];
    for (int i = 0; i < 8; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct error error = ERROR_INIT;
            struct store *store = store_open(path, STORE_CREATE, &error);
            struct store_connection *connection = store ? store_connect(store, &error) : NULL;
            bool is_done = connection && store_begin(connection, NULL, &error) &&
                           sqlite3_exec(store_connection_handle(connection),
                                        "CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t "
                                        "VALUES (1)",
                                        NULL, NULL, NULL) == SQLITE_OK &&
                           store_commit(connection, &error);
            if (!is_done)
                fprintf(stderr, "%s\n", error.message);
            store_disconnect(connection);
            store_close(store);
            _exit(is_done ? 0 : 1);
        }
    }
    int failed = 0;
    for (int i = 0; i < 8; i++) {
        int status = 1;
        waitpid(children[i], &status, 0);
        failed += status != 0;
    }
    is_int(failed, 0, "eight at once");
    is_str(plain_text(path, "SELECT count(*) FROM t"), "8", "all wrote into the same one");
    DIR *folder = opendir(in_folder("race"));
    int left = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        left += strstr(entry->d_name, ".new-") != NULL;
    closedir(folder);
    is_int(left, 0, "no half-made file is left");
}

/* The open of a store that needs nothing must not wait behind a long cell. */
static void test_open_beside_writer(void)
{
    struct error error = ERROR_INIT;
    const char *path = in_folder("made/deep/rssd.db");
    struct store *store = store_open(path, STORE_WRITE, &error);
    struct store_connection *connection = store_connect(store, &error);
    ok(store_begin(connection, NULL, &error), "one writes");
    int64_t started_at = monotonic_us();
    struct store *second = store_open(path, STORE_WRITE, &error);
    struct store *third = store_open(path, STORE_READ, &error);
    ok(second && third, "others open it meanwhile");
    store_close(third);
    store_close(second);
    ok(monotonic_us() - started_at < 2000000, "without waiting");
    store_disconnect(connection);
    store_close(store);
}

/* A look changes nothing, waits for nobody and sees what is committed. */
static void test_look(void)
{
    char *path = NULL;
    struct error error = ERROR_INIT;
    atomic_bool is_stopped = false;
    ok(store_init(in_folder("look"), &path, &error), "a store to look at");
    refuses(in_folder("look/none.db"), STORE_LOOK, ERROR_NOT_FOUND, "rscn init", "missing, look");
    plain_sql(path, "CREATE TABLE mine (a)");
    struct store *writer = store_open(path, STORE_WRITE, &error);
    struct store_connection *writing = writer ? store_connect(writer, &error) : NULL;
    ok(writing && store_begin(writing, NULL, &error), "another one holds the lock");
    struct store *store = store_open(path, STORE_LOOK, &error);
    struct store_connection *connection = store ? store_connect(store, &error) : NULL;
    if (ok(connection != NULL, "looking beside it: %s", error.message)) {
        sqlite3 *handle = store_connection_handle(connection);
        is_int(sqlite3_exec(handle, "SELECT a FROM mine", NULL, NULL, NULL), SQLITE_OK, "reads");
        is_int(sqlite3_exec(handle, "INSERT INTO mine VALUES (1)", NULL, NULL, NULL) & 0xff,
               SQLITE_READONLY, "does not write");
        ok(!store_begin(connection, NULL, &error) && error.code == ERROR_DENIED, "takes no lock");
        store_stop_when(connection, &is_stopped);
        atomic_store(&is_stopped, true);
        is_int(sqlite3_exec(handle,
                            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                            " SELECT max(i) FROM n",
                            NULL, NULL, NULL) &
                   0xff,
               SQLITE_INTERRUPT, "is stopped");
    }
    store_disconnect(connection);
    store_close(store);
    store_disconnect(writing);
    store_close(writer);
    free(path);
}

int main(void)
{
    fixture_start();
    test_locate();
    test_init();
    test_no_unique_state_key();
    test_refusals();
    test_newer();
    test_damaged();
    test_create_and_close();
    test_removed_while_open();
    test_read_only();
    test_no_permission();
    test_made_at_once();
    test_open_beside_writer();
    test_look();
    return done_testing();
}
