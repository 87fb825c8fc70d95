/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open: a store is opened, checked and brought up to date, and closed in order.
 *
 * Opening looks first and takes the lock only when something has to be written, so that it is quick
 * and does not wait behind a long cell of another kernel.
 */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "store/inflight.h"
#include "store/locate.h"
#include "store/lock.h"
#include "store/migrations.h"
#include "store/recovery.h"
#include "store/rscn_tables.h"

#define LOCK_TIMEOUT_US 30000000
#define CLOSE_TIMEOUT_MS 50
/* Recovery can wait for the next open when another kernel is writing for long. */
#define RECOVERY_TIMEOUT_US 2000000
/* A file of another tool that is only looked at is copied to memory, up to this size. */
#define COPY_MAX_BYTES ((off_t)1024 * 1024 * 1024)

const char *store_path(const struct store *store)
{
    return store->path;
}

const char *store_directory(const struct store *store)
{
    return store->directory;
}

const char *store_notice(const struct store *store)
{
    return store->notice;
}

static void add_notice(struct store *store, const char *text)
{
    char *before = store->notice;
    store->notice = before ? xasprintf("%s; %s", before, text) : xstrdup(text);
    free(before);
}

/* --- the file -------------------------------------------------------------------------------- */

static bool missing_error(const char *path, int number, struct error *error)
{
    struct stat link;
    if (number == ENOENT && lstat(path, &link) == 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: is a link to a file that is not there; put the file back, or remove "
                         "the link",
                         path);
    if (number == ENOENT)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: there is no store; make one with `rscn init`, or name one with "
                         "--store or RSCN_STORE",
                         path);
    if (number == EACCES)
        return error_set(error, ERROR_DENIED,
                         "%s: permission denied; make the folders above it readable for you", path);
    return error_set_errno(error, number, "%s: can't be opened", path);
}

static bool make_if_missing(const char *path, struct error *error)
{
    bool is_made;
    AUTO_FREE char *absolute = path_resolve(path);
    if (path_exists(absolute))
        return true;
    AUTO_FREE char *directory = path_directory(absolute);
    return path_make_directories(directory, 0700, error) &&
           locate_make_store(absolute, &is_made, error);
}

static bool check_kind(const char *path, const struct stat *status, struct error *error)
{
    if (S_ISDIR(status->st_mode))
        return error_set(error, ERROR_UNSUPPORTED, "%s: is a folder; name the file in it (%s/%s)",
                         path, path, STORE_FILE_NAME);
    if (!S_ISREG(status->st_mode))
        return error_set(error, ERROR_UNSUPPORTED, "%s: is not a file; name a store", path);
    if (status->st_size == 0)
        return error_set(error, ERROR_DAMAGED,
                         "%s: is empty, not a store; remove it, then `rscn init` makes one in that "
                         "folder",
                         path);
    return true;
}

static bool check_access(struct store *store, struct error *error)
{
    if (faccessat(AT_FDCWD, store->path, R_OK, AT_EACCESS) < 0)
        return error_set(error, ERROR_DENIED,
                         "%s: permission denied; make the file readable for you", store->path);
    bool may_write = faccessat(AT_FDCWD, store->path, W_OK, AT_EACCESS) == 0;
    bool may_add = faccessat(AT_FDCWD, store->directory, W_OK | X_OK, AT_EACCESS) == 0;
    store->can_write = may_write && may_add && store->mode != STORE_LOOK;
    if (store->mode == STORE_LOOK || store->mode == STORE_READ || store->can_write)
        return true;
    return error_set(error, ERROR_DENIED,
                     "%s: %s is read-only; make it writable for you, or name "
                     "another store",
                     store->path, may_write ? "its folder" : "the file");
}

static bool find_file(struct store *store, const char *path, struct error *error)
{
    if (store->mode == STORE_CREATE && !make_if_missing(path, error))
        return false;
    store->path = realpath(path, NULL);
    if (!store->path)
        return missing_error(path, errno, error);
    store->directory = path_directory(store->path);
    struct stat status;
    if (stat(store->path, &status) < 0)
        return missing_error(path, errno, error);
    store->device = status.st_dev;
    store->inode = status.st_ino;
    store->file_mode = (status.st_mode & 0666) | 0600;
    if (!check_kind(store->path, &status, error) || !check_access(store, error))
        return false;
    const char *network = NULL;
    if (store->can_write && path_is_on_network(store->path, &network))
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: is on a network file system (%s), where SQLite can lose data; name a "
                         "store on a local disk (--store or RSCN_STORE)",
                         store->path, network);
    return true;
}

/* Size of FILE-wal, 0 when there is none. */
static off_t wal_size(const struct store *store)
{
    AUTO_FREE char *path = xasprintf("%s-wal", store->path);
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : 0;
}

/* --- connections ----------------------------------------------------------------------------- */

static struct store_connection *connect_to(struct store *store, struct error *error)
{
    struct store_connection *connection = database_connect(store, error);
    if (connection && store->is_copy &&
        !migrations_apply(connection, schema_files, schema_files_count, NULL, error)) {
        store_disconnect(connection);
        return NULL;
    }
    return connection;
}

struct store_connection *store_connect(struct store *store, struct error *error)
{
    if (!store_is_current(store)) {
        error_set(error, ERROR_NOT_FOUND,
                  "%s: the store was removed or replaced while it was open; put it back or make a "
                  "new one with `rscn init`",
                  store->path);
        return NULL;
    }
    return connect_to(store, error);
}

/* The first connection, which finds out whether this is a database at all. */
static struct store_connection *connect_first(struct store *store, struct error *error)
{
    struct error first = ERROR_INIT;
    bool exist;
    struct store_connection *connection = database_connect(store, &first);
    if (connection && rscn_tables_exist(connection, &exist, &first))
        return connection;
    store_disconnect(connection);
    int result = first.detail & 0xff;
    bool is_medium = result == SQLITE_CANTOPEN || result == SQLITE_READONLY;
    if (store->can_write || !is_medium || store->mode == STORE_LOOK) {
        error_copy(error, &first);
        return NULL;
    }
    /* A read-only medium: without a -wal the file alone is the whole truth (K-24). */
    if (wal_size(store) > 0) {
        error_set(error, ERROR_DENIED,
                  "%s: can't be read without writing, because %s-wal holds its last changes; copy "
                  "the files to a folder that is writable for you",
                  store->path, store->path);
        return NULL;
    }
    store->is_immutable = true;
    return database_connect(store, error);
}

/* --- what is in it --------------------------------------------------------------------------- */

/* What has to be written before the store can be used. */
struct needs {
    bool wal; /* another journal mode */
    bool migration;
    bool kernels;
    bool triggers; /* ours are in the way of upserts */
};

static bool read_foreign(struct store_connection *connection, bool has_version, struct error *error)
{
    struct store *store = connection->store;
    store->is_foreign = !has_version;
    if (!has_version)
        return true;
    AUTO_RESET *statement = database_statement(connection, SQL_OPEN_FACT, error);
    if (!statement)
        return false;
    sqlite3_bind_text(statement, 1, "tables_by", -1, SQLITE_STATIC);
    int row = database_step(connection, statement, "reading the store", error);
    const char *maker = row > 0 ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    store->is_foreign = !maker || strcmp(maker, "rscn") != 0;
    return row >= 0;
}

static bool read_journal_mode(struct store_connection *connection, char ret_mode[16],
                              struct error *error)
{
    AUTO_RESET *statement = database_statement(connection, SQL_OPEN_JOURNAL_MODE, error);
    if (!statement || database_step(connection, statement, "reading the journal mode", error) < 0)
        return false;
    const char *mode = (const char *)sqlite3_column_text(statement, 0);
    snprintf(ret_mode, 16, "%s", mode ? mode : "");
    return true;
}

static bool find_needs(struct store_connection *connection, struct needs *ret_needs,
                       struct error *error)
{
    struct store *store = connection->store;
    memset(ret_needs, 0, sizeof(*ret_needs));
    bool exist, has_triggers = false;
    int version;
    char mode[16];
    if (!rscn_tables_exist(connection, &exist, error))
        return false;
    if (!exist)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: is an SQLite database but not a store (no RSCN tables); name "
                         "another, or move it away and run `rscn init`; %%use opens a database "
                         "like this one",
                         store->path);
    if (!migrations_version(connection, &version, error) ||
        !migrations_needed(connection, schema_files, schema_files_count, &ret_needs->migration,
                           error) ||
        !read_foreign(connection, version > 0, error) ||
        (store->is_foreign && !rscn_tables_check(connection, error)) ||
        !rscn_tables_state_key(connection, &store->has_state_key, error) ||
        !rscn_tables_lacks_kernels(connection, &ret_needs->kernels, error) ||
        !read_journal_mode(connection, mode, error))
        return false;
    if (store->has_state_key && !store->is_foreign &&
        !rscn_tables_has_triggers(connection, &has_triggers, error))
        return false;
    ret_needs->triggers = has_triggers;
    ret_needs->wal = strcmp(mode, "wal") != 0;
    return true;
}

/* --- bringing it up to date ------------------------------------------------------------------ */

static bool switch_to_wal(struct store_connection *connection, struct error *error)
{
    char before[16], after[16];
    struct store *store = connection->store;
    if (!read_journal_mode(connection, before, error) ||
        !database_execute(connection, "PRAGMA main.journal_mode=WAL", "switching to WAL", error) ||
        !read_journal_mode(connection, after, error))
        return false;
    if (strcmp(after, "wal") != 0)
        return error_set(error, ERROR_BUSY,
                         "%s: another program keeps it in journal mode %s; close that program",
                         store->path, after);
    if (strcmp(before, "wal") != 0) {
        AUTO_FREE char *text =
            xasprintf("%s was switched from journal mode %s to WAL", store->path, before);
        add_notice(store, text);
    }
    return true;
}

static bool migrate(struct store_connection *connection, struct error *error)
{
    struct store *store = connection->store;
    char *backup = NULL;
    bool is_done = migrations_apply(connection, schema_files, schema_files_count, &backup, error);
    if (backup) {
        AUTO_FREE char *text = xasprintf("%s was brought up to date; a copy of what it was is %s",
                                         store->path, backup);
        add_notice(store, text);
    } else if (is_done && store->is_foreign) {
        AUTO_FREE char *text = xasprintf("%s was made by another tool: its tables stay as they "
                                         "are, ours (rscn_…) are now beside them",
                                         store->path);
        add_notice(store, text);
    }
    free(backup);
    return is_done;
}

static bool add_rows(struct store_connection *connection, const struct needs *needs,
                     struct error *error)
{
    if (!needs->kernels && !needs->triggers)
        return true;
    if (!store_begin_again(connection, error))
        return false;
    if ((!needs->kernels || rscn_tables_add_kernels(connection, error)) &&
        (!needs->triggers || rscn_tables_drop_triggers(connection, error)) &&
        store_commit(connection, error))
        return true;
    store_rollback(connection);
    return false;
}

static bool bring_up_to_date(struct store_connection *connection, const struct needs *needs,
                             struct error *error)
{
    if (!database_lock(connection, LOCK_TIMEOUT_US, error))
        return false;
    bool is_done = (!needs->wal || switch_to_wal(connection, error)) &&
                   (!needs->migration || migrate(connection, error)) &&
                   add_rows(connection, needs, error);
    store_release(connection);
    return is_done;
}

/* Looking at a file that lacks our tables must not change it: a copy in memory gets them. */
static bool look_at_copy(struct store *store, struct error *error)
{
    struct stat status;
    if (stat(store->path, &status) == 0 && status.st_size > COPY_MAX_BYTES)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: has no tables of ours yet and is too large to look at in memory; run "
                         "a notebook with it once, which adds them",
                         store->path);
    store->is_copy = true;
    return true;
}

static bool open_lock(struct store *store, struct error *error)
{
    AUTO_FREE char *path = xasprintf("%s-lock", store->path);
    store->lock = lock_open(path, store->file_mode, store->path, error);
    if (!store->lock)
        return false;
    AUTO_FREE char *name = xasprintf("process %ld", (long)getpid());
    lock_set_name(store->lock, name);
    return true;
}

static bool prepare(struct store_connection *connection, struct error *error)
{
    struct store *store = connection->store;
    struct needs needs;
    if (!find_needs(connection, &needs, error))
        return false;
    if (store->mode == STORE_LOOK)
        return !needs.migration ||
               error_set(error, ERROR_UNSUPPORTED,
                         "%s: was made by an older program; the next cell brings it up to date",
                         store->path);
    bool may_change = store->can_write && (store->mode != STORE_READ || !store->is_foreign);
    if (needs.migration && !may_change)
        return look_at_copy(store, error);
    if (store->can_write && !open_lock(store, error))
        return false;
    if (store->mode == STORE_READ)
        needs = (struct needs){.migration = needs.migration, .wal = needs.migration && needs.wal};
    if (needs.wal || needs.migration || needs.kernels || needs.triggers)
        return bring_up_to_date(connection, &needs, error);
    return true;
}

static void recover(struct store_connection *connection)
{
    struct store *store = connection->store;
    if (!store->lock || !recovery_is_needed(store))
        return;
    size_t count = recovery_run(connection, store->mode == STORE_READ ? 0 : RECOVERY_TIMEOUT_US);
    if (count == 0)
        return;
    AUTO_FREE char *text = xasprintf("%zu execution%s of a kernel that died %s now in the record",
                                     count, count == 1 ? "" : "s", count == 1 ? "is" : "are");
    add_notice(store, text);
}

struct store *store_open(const char *path, enum store_mode mode, struct error *error)
{
    struct store *store = xcalloc(1, sizeof(*store));
    store->mode = mode;
    pthread_mutex_init(&store->mutex, NULL);
    struct store_connection *connection = NULL;
    bool is_open = find_file(store, path, error) && (connection = connect_first(store, error)) &&
                   prepare(connection, error);
    if (is_open)
        recover(connection);
    store_disconnect(connection);
    if (is_open)
        return store;
    store_close(store);
    return NULL;
}

/* --- closing --------------------------------------------------------------------------------- */

/* Leaves the store whole in its one file: checkpoint, and the last one out removes -wal and -shm.
 * A damaged file is left as it is, and who
 * only looked moves nothing out of a -wal that holds something. */
static void tidy(struct store *store, const char *wal)
{
    struct stat status;
    if (atomic_load(&store->is_damaged) || stat(wal, &status) < 0 ||
        (store->mode == STORE_READ && status.st_size > 0))
        return;
    if (!lock_take(store->lock, NULL, 0, NULL))
        return;
    bool exist;
    struct store_connection *connection =
        store_is_current(store) ? database_connect(store, NULL) : NULL;
    if (connection && rscn_tables_exist(connection, &exist, NULL)) {
        sqlite3_busy_timeout(connection->handle, CLOSE_TIMEOUT_MS);
        if (store->mode != STORE_READ)
            sqlite3_wal_checkpoint_v2(connection->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                      NULL);
        sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    }
    store_disconnect(connection);
    lock_give(store->lock);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    inflight_close(store);
    if (store->lock) {
        AUTO_FREE char *wal = xasprintf("%s-wal", store->path);
        tidy(store, wal);
        lock_close(store->lock);
    }
    pthread_mutex_destroy(&store->mutex);
    free(store->path);
    free(store->directory);
    free(store->notice);
    free(store);
}
