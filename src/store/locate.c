/* SPDX-License-Identifier: Apache-2.0 */
/*
 * locate: finding the store by the rule of the manual, and making a new one: built under another
 * name, then linked into its place, so that a half-made file is never taken for a store.
 */
#define _GNU_SOURCE /* renameat2 */
#include "store/locate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "store/database.h"
#include "store/lock.h"
#include "store/migrations.h"
#include "store/rscn_tables.h"

#define LOCK_TIMEOUT_US 30000000

/* --- where it is ---------------------------------------------------------------------------- */

static char *nearest_above(const char *start_directory)
{
    char *directory = path_resolve(start_directory && *start_directory ? start_directory : ".");
    for (;;) {
        char *path = path_join(directory, STORE_FILE_NAME);
        struct stat status;
        /* A link to a store that is not there counts: what belongs there must not go elsewhere. */
        if (lstat(path, &status) == 0) {
            free(directory);
            return path;
        }
        free(path);
        bool is_root = strcmp(directory, "/") == 0;
        char *above = path_directory(directory);
        free(directory);
        directory = above;
        if (is_root) {
            free(directory);
            return NULL;
        }
    }
}

bool store_locate(const char *explicit_path, const char *start_directory, char **ret_path,
                  bool *ret_is_users, struct error *error)
{
    *ret_is_users = false;
    const char *given = explicit_path ? explicit_path : getenv("RSCN_STORE");
    if (given && *given) {
        *ret_path = path_resolve(given);
        return true;
    }
    if (explicit_path)
        return error_set(error, ERROR_USAGE,
                         "--store: the name of the store is empty; name a file");
    *ret_path = nearest_above(start_directory);
    if (*ret_path)
        return true;
    AUTO_FREE char *data = path_user_data();
    if (!data)
        return error_set(error, ERROR_NOT_FOUND,
                         "store: you have no home folder to keep one in; name a file with --store "
                         "or RSCN_STORE");
    *ret_path = path_join(data, STORE_FILE_NAME);
    *ret_is_users = true;
    return true;
}

/* --- making one ------------------------------------------------------------------------------ */

static bool fill_transaction(struct store_connection *connection, struct error *error)
{
    if (!store_begin_again(connection, error))
        return false;
    if (rscn_tables_create(connection, error) && rscn_tables_add_kernels(connection, error) &&
        store_commit(connection, error))
        return true;
    store_rollback(connection);
    return false;
}

/* Everything that a new store holds, in an empty file. */
static bool fill(const char *path, struct error *error)
{
    struct store store = {
        .path = (char *)path, .file_mode = 0600, .mode = STORE_CREATE, .can_write = true};
    struct store_connection *connection = database_connect(&store, error);
    if (!connection)
        return false;
    bool is_filled =
        database_execute(connection, "PRAGMA main.journal_mode=MEMORY", "making it", error) &&
        fill_transaction(connection, error) &&
        migrations_apply(connection, schema_files, schema_files_count, NULL, error) &&
        database_execute(connection, "PRAGMA main.journal_mode=WAL", "making it", error);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    store_disconnect(connection);
    return is_filled;
}

static bool sync_path(const char *path, int flags, struct error *error)
{
    AUTO_CLOSE int descriptor = open(path, flags | O_CLOEXEC);
    if (descriptor < 0 || fsync(descriptor) < 0)
        return error_set_errno(error, errno, "%s: can't be written to the disk", path);
    return true;
}

/* What an old store of that name left behind would be played into the new one by SQLite. */
static bool move_leftover(const char *path, const char *suffix, struct error *error)
{
    AUTO_FREE char *leftover = xasprintf("%s%s", path, suffix);
    if (!path_exists(leftover))
        return true;
    char id[ULID_SIZE];
    ulid_new(id);
    AUTO_FREE char *aside = xasprintf("%s.left-%s", leftover, id);
    if (rename(leftover, aside) < 0)
        return error_set_errno(error, errno, "%s: is left of a store that is gone; move it away",
                               leftover);
    log_warning("%s: was left of a store that is gone; it is now %s", leftover, aside);
    return true;
}

/* link(2) replaces nothing; some file systems only know how to rename without replacing. */
static bool put_in_place(const char *made, const char *path, struct error *error)
{
    if (link(made, path) == 0) {
        unlink(made);
        return true;
    }
    if ((errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) &&
        renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return true;
    return error_set_errno(error, errno, "%s: can't be made", path);
}

/* Under the lock of the name. */
static bool place(const char *made, const char *path, bool *ret_is_placed, struct error *error)
{
    *ret_is_placed = !path_exists(path);
    if (!*ret_is_placed)
        return true;
    return move_leftover(path, "-wal", error) && move_leftover(path, "-shm", error) &&
           move_leftover(path, "-journal", error) && put_in_place(made, path, error);
}

static bool place_locked(const char *made, const char *path, bool *ret_is_placed,
                         struct error *error)
{
    AUTO_FREE char *lock_path = xasprintf("%s-lock", path);
    struct store_lock *lock = lock_open(lock_path, 0600, path, error);
    if (!lock)
        return false;
    bool is_placed = lock_take(lock, NULL, LOCK_TIMEOUT_US, error);
    if (is_placed) {
        is_placed = place(made, path, ret_is_placed, error);
        lock_give(lock);
    }
    lock_close(lock);
    return is_placed;
}

bool locate_make_store(const char *path, bool *ret_is_made, struct error *error)
{
    AUTO_FREE char *directory = path_directory(path);
    const char *network = NULL;
    if (path_is_on_network(directory, &network))
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: is on a network file system (%s), where SQLite can lose data; name a "
                         "store on a local disk (--store or RSCN_STORE)",
                         path, network);
    char id[ULID_SIZE];
    ulid_new(id);
    AUTO_FREE char *base = path_base(path);
    AUTO_FREE char *made = xasprintf("%s/.%s.new-%s", directory, base, id);
    int descriptor = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return error_set_errno(error, errno, "%s: can't be made", path);
    close(descriptor);
    bool is_made = fill(made, error) && sync_path(made, O_RDONLY, error);
    if (!is_made)
        error_prefix(error, "%s: can't be made", path);
    is_made = is_made && place_locked(made, path, ret_is_made, error) &&
              sync_path(directory, O_RDONLY | O_DIRECTORY, error);
    unlink(made);
    return is_made;
}

/* What lies at the path: a store, or what is wrong with it. */
static bool is_there_already(const char *path, struct error *error)
{
    struct store *store = store_open(path, STORE_READ, error);
    if (store)
        error_set(error, ERROR_EXISTS, "%s: is a store already; nothing was changed",
                  store_path(store));
    store_close(store);
    return false;
}

bool store_init(const char *directory, char **ret_path, struct error *error)
{
    if (!path_make_directories(directory, 0777, error))
        return false;
    AUTO_FREE char *path = path_join(directory, STORE_FILE_NAME);
    struct stat status;
    if (lstat(path, &status) == 0)
        return is_there_already(path, error);
    bool is_made;
    if (!locate_make_store(path, &is_made, error))
        return false;
    if (!is_made)
        return is_there_already(path, error);
    *ret_path = path_resolve(path);
    return true;
}
