/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writing: transactions on the store, and checkpoints, all under the lock (L-1).
 */
#include "store/database.h"

#include <sys/stat.h>

#include "base/log.h"
#include "store/lock.h"
#include "store/recent.h"

#define CHECKPOINT_PAGES 1000
/* A -wal of this size is shortened although that waits for readers for a moment (K-11). */
#define LONG_WAL_BYTES (64 * 1024 * 1024)
#define TRUNCATE_STEP_BYTES (16 * 1024 * 1024)
#define TRUNCATE_TIMEOUT_MS 50
#define BUSY_TIMEOUT_MS 5000

void store_set_holder_name(struct store *store, const char *name)
{
    if (store->lock)
        lock_set_name(store->lock, name);
}

void store_wake(struct store *store)
{
    if (store->lock)
        lock_wake(store->lock);
}

bool store_is_current(const struct store *store)
{
    struct stat status;
    return stat(store->path, &status) == 0 && status.st_dev == store->device &&
           status.st_ino == store->inode;
}

static bool run_statement(struct store_connection *connection, enum statement_id id,
                          const char *doing, struct error *error)
{
    sqlite3_stmt *statement = database_statement(connection, id, error);
    return statement && database_run(connection, statement, doing, error);
}

static bool take(struct store_connection *connection, const struct store_waiter *waiter,
                 int64_t timeout_us, struct error *error)
{
    struct store *store = connection->store;
    if (!store->lock)
        return error_set(error, ERROR_DENIED,
                         "%s: is read-only; make the file and its folder writable for you",
                         store->path);
    if (!lock_take(store->lock, waiter, timeout_us, error))
        return false;
    connection->has_lock = true;
    if (store_is_current(store))
        return true;
    store_release(connection);
    return error_set(error, ERROR_NOT_FOUND,
                     "%s: the store was removed or replaced while it was open; put it back or make "
                     "a new one with `rscn init`",
                     store->path);
}

bool database_lock(struct store_connection *connection, int64_t timeout_us, struct error *error)
{
    return take(connection, NULL, timeout_us, error);
}

bool store_begin(struct store_connection *connection, const struct store_waiter *waiter,
                 struct error *error)
{
    if (!take(connection, waiter, LOCK_FOREVER, error))
        return false;
    if (store_begin_again(connection, error))
        return true;
    store_release(connection);
    return false;
}

bool store_begin_again(struct store_connection *connection, struct error *error)
{
    recent_begin(connection->recent);
    return run_statement(connection, SQL_BEGIN, "beginning a transaction", error);
}

bool store_commit(struct store_connection *connection, struct error *error)
{
    if (run_statement(connection, SQL_COMMIT, "committing", error))
        return true;
    store_rollback(connection);
    return false;
}

void store_rollback(struct store_connection *connection)
{
    struct error error = ERROR_INIT;
    recent_forget(connection->recent);
    if (!sqlite3_get_autocommit(connection->handle) &&
        !run_statement(connection, SQL_ROLLBACK, "rolling back", &error))
        log_error("%s", error.message);
}

/* Readers hold a checkpoint back without harm: it is tried again after a later commit. */
static void checkpoint(struct store_connection *connection)
{
    if (connection->wal_pages < CHECKPOINT_PAGES || atomic_load(&connection->store->is_damaged))
        return;
    int page_size = 4096;
    sqlite3_stmt *statement = database_statement(connection, SQL_PAGE_SIZE, NULL);
    if (statement && sqlite3_step(statement) == SQLITE_ROW)
        page_size = sqlite3_column_int(statement, 0);
    database_reset(&statement);
    int long_pages = LONG_WAL_BYTES / page_size;
    if (connection->wal_pages < long_pages)
        connection->next_truncate_pages = long_pages;
    if (connection->wal_pages < long_pages ||
        connection->wal_pages < connection->next_truncate_pages) {
        sqlite3_wal_checkpoint_v2(connection->handle, "main", SQLITE_CHECKPOINT_PASSIVE, NULL,
                                  NULL);
    } else {
        sqlite3_busy_timeout(connection->handle, TRUNCATE_TIMEOUT_MS);
        sqlite3_wal_checkpoint_v2(connection->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                  NULL);
        sqlite3_busy_timeout(connection->handle, BUSY_TIMEOUT_MS);
        connection->next_truncate_pages = connection->wal_pages + TRUNCATE_STEP_BYTES / page_size;
    }
    connection->wal_pages = 0;
}

void store_release(struct store_connection *connection)
{
    if (!connection->has_lock)
        return;
    if (!sqlite3_get_autocommit(connection->handle))
        store_rollback(connection);
    checkpoint(connection);
    connection->has_lock = false;
    lock_give(connection->store->lock);
}
