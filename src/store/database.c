/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database: connections to the store, their statements, and what SQLite's result codes mean to a
 * person. Transactions and the lock are in writing.c.
 */
#include "store/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "store/recent.h"
#include "store/wal_file.h"

#define BUSY_TIMEOUT_MS 5000 /* K-23; for programs that do not know our lock */
#define PROGRESS_STEPS 1000 /* of SQLite's machine, between two looks whether to stop */
#define JOURNAL_SIZE_LIMIT "16777216"

static const char *const statement_sql[STATEMENT_COUNT] = {
#define STATEMENT(name, sql) [name] = sql,
#include "store/statements_record.def"
#include "store/statements_listing.def"
#include "store/statements_notebooks.def"
#undef STATEMENT
};

void store_prepare_process(void)
{
    /* With it every allocation takes a lock that all threads share. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

const char *database_sql(enum statement_id statement)
{
    return statement_sql[statement];
}

sqlite3_stmt *database_statement(struct store_connection *connection, enum statement_id statement,
                                 struct error *error)
{
    sqlite3_stmt **slot = &connection->statements[statement];
    if (!*slot) {
        int result = sqlite3_prepare_v3(connection->handle, statement_sql[statement], -1,
                                        SQLITE_PREPARE_PERSISTENT, slot, NULL);
        if (result != SQLITE_OK) {
            database_error(connection, result, "preparing a statement", error);
            /* The statement is ours: what it names is not in the store. */
            if (error && (result & 0xff) == SQLITE_ERROR)
                error->code = ERROR_DAMAGED;
            return NULL;
        }
    }
    sqlite3_reset(*slot);
    sqlite3_clear_bindings(*slot);
    return *slot;
}

void database_reset(sqlite3_stmt **statement)
{
    /* A step's error was reported when it happened; reset gives it again. */
    if (*statement)
        sqlite3_reset(*statement);
}

int database_step(struct store_connection *connection, sqlite3_stmt *statement, const char *doing,
                  struct error *error)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return 1;
    if (result == SQLITE_DONE)
        return 0;
    database_error(connection, result, doing, error);
    return -1;
}

bool database_run(struct store_connection *connection, sqlite3_stmt *statement, const char *doing,
                  struct error *error)
{
    int result = sqlite3_step(statement);
    if (result != SQLITE_DONE && result != SQLITE_ROW)
        database_error(connection, result, doing, error);
    sqlite3_reset(statement);
    return result == SQLITE_DONE || result == SQLITE_ROW;
}

bool database_execute(struct store_connection *connection, const char *sql, const char *doing,
                      struct error *error)
{
    int result = sqlite3_exec(connection->handle, sql, NULL, NULL, NULL);
    return result == SQLITE_OK || database_error(connection, result, doing, error);
}

/* --- errors -------------------------------------------------------------------------------- */

/* What the operating system said behind SQLITE_CANTOPEN or SQLITE_IOERR, when it said something. */
static bool system_error(const char *path, int number, struct error *error)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: the file or its folder is not there; `rscn init` makes a store",
                         path);
    case EACCES:
    case EPERM:
        return error_set(
            error, ERROR_DENIED,
            "%s: permission denied; make the file and its folder readable and writable "
            "for you",
            path);
    case EROFS:
        return error_set(error, ERROR_DENIED,
                         "%s: the file system is read-only; name a store elsewhere (--store)",
                         path);
    case ENOSPC:
    case EDQUOT:
        return error_set(error, ERROR_FULL, "%s: the disk is full; free some space and try again",
                         path);
    case EMFILE:
    case ENFILE:
        return error_set(error, ERROR_IO, "%s: too many open files; close some or raise the limit",
                         path);
    default:
        return error_set(error, ERROR_IO, "%s: %s; check the disk", path, strerror(number));
    }
}

static bool readonly_error(const char *path, int result, struct error *error)
{
    if (result == SQLITE_READONLY_DBMOVED)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: the file was moved or removed while it was open; put it back or make "
                         "a new one with `rscn init`",
                         path);
    return error_set(error, ERROR_DENIED,
                     "%s: is read-only; make the file and its folder writable for you", path);
}

bool database_error(struct store_connection *connection, int result, const char *doing,
                    struct error *error)
{
    const char *path = connection->store->path;
    sqlite3 *handle = connection->handle;
    int number = handle ? sqlite3_system_errno(handle) : 0;
    if ((result & 0xff) == SQLITE_CORRUPT || (result & 0xff) == SQLITE_NOTADB)
        atomic_store(&connection->store->is_damaged, true);
    switch (result & 0xff) {
    case SQLITE_FULL:
        system_error(path, ENOSPC, error);
        break;
    case SQLITE_READONLY:
        readonly_error(path, result, error);
        break;
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        system_error(path, number ? number : EACCES, error);
        break;
    case SQLITE_IOERR:
        system_error(path, number ? number : EIO, error);
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error_set(error, ERROR_BUSY,
                  "%s: another program is writing to it; try again when it is done", path);
        break;
    case SQLITE_NOTADB:
        error_set(error, ERROR_DAMAGED,
                  "%s: is not a store (no SQLite database); name another, or move it away and run "
                  "`rscn init`",
                  path);
        break;
    case SQLITE_CORRUPT:
        error_set(error, ERROR_DAMAGED,
                  "%s: the file is damaged (%s); keep it, and work on with a copy from a backup or "
                  "what `sqlite3 FILE .recover` saves",
                  path, sqlite3_errstr(result));
        break;
    case SQLITE_INTERRUPT:
        error_set(error, ERROR_INTERRUPTED, "%s: %s was interrupted", path, doing);
        break;
    case SQLITE_NOMEM:
        error_set(error, ERROR_IO, "%s: %s: out of memory", path, doing);
        break;
    default:
        error_set(error, ERROR_INVALID, "%s: %s: %s", path, doing,
                  handle ? sqlite3_errmsg(handle) : sqlite3_errstr(result));
    }
    if (error)
        error->detail = result;
    return false;
}

/* --- connections --------------------------------------------------------------------------- */

static void sql_ulid(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    char id[ULID_SIZE];
    ulid_new(id);
    sqlite3_result_text(context, id, ULID_SIZE - 1, SQLITE_TRANSIENT);
}

static int note_wal(void *context, sqlite3 *handle, const char *schema, int pages)
{
    (void)handle;
    struct store_connection *connection = context;
    if (strcmp(schema, "main") == 0)
        connection->wal_pages = pages;
    return SQLITE_OK;
}

static bool configure(struct store_connection *connection, struct error *error)
{
    sqlite3 *handle = connection->handle;
    if (connection->store->mode != STORE_LOOK)
        sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL); /* R-13 */
    sqlite3_create_function_v2(handle, "ulid", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, sql_ulid,
                               NULL, NULL, NULL); /* R-15 */
    /* Replaces SQLite's automatic checkpoint: ours run under the lock (L-1). */
    sqlite3_wal_hook(handle, note_wal, connection);
    if (!connection->store->can_write || connection->store->is_copy)
        return true;
    return database_execute(connection,
                            "PRAGMA main.synchronous=FULL;" /* L-3 */
                            "PRAGMA main.journal_size_limit=" JOURNAL_SIZE_LIMIT,
                            "opening the store", error);
}

/* "file:" URI of the path with one parameter. Caller frees. */
static char *file_uri(const char *path, const char *parameter)
{
    struct strbuf uri = STRBUF_INIT;
    strbuf_add_text(&uri, "file:");
    for (const char *c = path; *c; c++) {
        if (strchr("%?#", *c))
            strbuf_addf(&uri, "%%%02X", (unsigned)*c);
        else
            strbuf_add_char(&uri, *c);
    }
    strbuf_addf(&uri, "?%s=1", parameter);
    return strbuf_take(&uri);
}

static bool open_handle(struct store_connection *connection, struct error *error)
{
    const struct store *store = connection->store;
    bool may_write = store->can_write && !store->is_copy;
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_URI | (may_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    AUTO_FREE char *uri =
        file_uri(store->path, store->is_immutable ? "immutable" : WAL_FILE_PARAMETER);
    int result = sqlite3_open_v2(uri, &connection->handle, flags,
                                 may_write ? wal_file_vfs() : NULL);
    return result == SQLITE_OK || database_error(connection, result, "opening the store", error);
}

/* Replaces the connection's handle by one on a copy in memory. */
static bool copy_to_memory(struct store_connection *connection, struct error *error)
{
    sqlite3 *from = connection->handle;
    sqlite3 *copy = NULL;
    sqlite3_busy_timeout(from, BUSY_TIMEOUT_MS);
    sqlite3_open_v2(":memory:", &copy,
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", from, "main");
    int result = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(copy);
    if (backup)
        sqlite3_backup_finish(backup);
    if (result == SQLITE_DONE) {
        sqlite3_close(from);
        connection->handle = copy;
        return true;
    }
    sqlite3_close(copy);
    return database_error(connection, result, "copying the store to memory", error);
}

struct store_connection *database_connect(struct store *store, struct error *error)
{
    struct store_connection *connection = xcalloc(1, sizeof(*connection));
    connection->store = store;
    connection->recent = recent_new();
    connection->statements = xcalloc(STATEMENT_COUNT, sizeof(*connection->statements));
    if (open_handle(connection, error) && (!store->is_copy || copy_to_memory(connection, error)) &&
        configure(connection, error))
        return connection;
    store_disconnect(connection);
    return NULL;
}

void store_disconnect(struct store_connection *connection)
{
    if (!connection)
        return;
    store_release(connection);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    free(connection->statements);
    recent_free(connection->recent);
    sqlite3_close_v2(connection->handle);
    free(connection);
}

struct sqlite3 *store_connection_handle(struct store_connection *connection)
{
    connection->guard.is_shared = true;
    return connection->handle;
}

static int on_progress(void *context)
{
    return atomic_load((const atomic_bool *)context);
}

void store_stop_when(struct store_connection *connection, const atomic_bool *is_stopped)
{
    sqlite3_progress_handler(connection->handle, PROGRESS_STEPS, on_progress,
                             (void *)is_stopped);
}
