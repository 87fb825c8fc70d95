/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migrations: applies the schema files; see migrations.h.
 *
 * The version stands in a table of ours and not in user_version, which belongs to the user's own
 * tables in the same file and to other tools.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#else
#define PACKAGE_VERSION "unknown"
#endif
#include "store/migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"

static const char migration_table[] =
    "CREATE TABLE IF NOT EXISTS main.rscn_schema_migration (\n"
    "    -- The schema files that were applied to this store. Truth.\n"
    "    version     INTEGER PRIMARY KEY, -- number of the file\n"
    "    name        TEXT NOT NULL,       -- its name\n"
    "    sha256      TEXT NOT NULL,       -- SHA-256 of its text\n"
    "    applied_at  TEXT NOT NULL,       -- when\n"
    "    app_version TEXT NOT NULL        -- version of rscn that applied it\n"
    ") STRICT";

bool migrations_version(struct store_connection *connection, int *ret_version, struct error *error)
{
    *ret_version = 0;
    AUTO_RESET *has_table = database_statement(connection, SQL_OPEN_HAS_MIGRATIONS, error);
    if (!has_table)
        return false;
    int row = database_step(connection, has_table, "reading the schema", error);
    if (row <= 0)
        return row == 0;
    AUTO_RESET *newest = database_statement(connection, SQL_OPEN_SCHEMA_VERSION, error);
    if (!newest || (row = database_step(connection, newest, "reading the version", error)) < 0)
        return false;
    if (row)
        *ret_version = sqlite3_column_int(newest, 0);
    return true;
}

static bool set_fact(struct store_connection *connection, const char *key, const char *value,
                     struct error *error)
{
    sqlite3_stmt *statement = database_statement(connection, SQL_OPEN_SET_FACT, error);
    if (!statement)
        return false;
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    return database_run(connection, statement, "describing the store", error);
}

static bool set_facts(struct store_connection *connection, struct error *error)
{
    char id[UUID_SIZE], now[TIMESTAMP_SIZE];
    uuid_new(id);
    timestamp_format_store(timestamp_now(), now);
    return set_fact(connection, "store_uuid", id, error) &&
           set_fact(connection, "created_at", now, error) &&
           set_fact(connection, "created_by_version", PACKAGE_VERSION, error) &&
           set_fact(connection, "tables_by", connection->store->is_foreign ? "other" : "rscn",
                    error);
}

static bool record(struct store_connection *connection, const struct schema_file *file,
                   struct error *error)
{
    sqlite3_stmt *statement = database_statement(connection, SQL_OPEN_ADD_MIGRATION, error);
    if (!statement)
        return false;
    char hash[SHA256_HEX_SIZE], now[TIMESTAMP_SIZE];
    sha256_hex(file->sql, strlen(file->sql), hash);
    timestamp_format_store(timestamp_now(), now);
    sqlite3_bind_int(statement, 1, file->number);
    sqlite3_bind_text(statement, 2, file->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, hash, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, now, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, PACKAGE_VERSION, -1, SQLITE_STATIC);
    return database_run(connection, statement, "recording a schema file", error);
}

/* Inside the transaction: what another process did before us counts. */
static bool apply_in_transaction(struct store_connection *connection,
                                 const struct schema_file *file, struct error *error)
{
    int version;
    if (!migrations_version(connection, &version, error))
        return false;
    if (version >= file->number)
        return true;
    return database_execute(connection, migration_table, "making the table of schema files",
                            error) &&
           database_execute(connection, file->sql, file->name, error) &&
           (file->number != 1 || set_facts(connection, error)) && record(connection, file, error);
}

static bool apply(struct store_connection *connection, const struct schema_file *file,
                  struct error *error)
{
    if (!store_begin_again(connection, error))
        return false;
    if (apply_in_transaction(connection, file, error) && store_commit(connection, error))
        return true;
    store_rollback(connection);
    return false;
}

/* A whole copy before the first change of a store that holds a record (L-40). */
static bool back_up(struct store_connection *connection, int version, char **ret_backup,
                    struct error *error)
{
    const struct store *store = connection->store;
    char id[ULID_SIZE];
    ulid_new(id);
    AUTO_FREE char *path = xasprintf("%s.v%d-%s", store->path, version, id);
    /* VACUUM INTO takes an empty file; made here it has the store's permissions. */
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, store->file_mode);
    if (descriptor < 0)
        return error_set_errno(error, errno, "%s: can't make a copy before the change", path);
    close(descriptor);
    sqlite3_stmt *statement = database_statement(connection, SQL_MIGRATION_BACKUP, error);
    if (statement)
        sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    if (!statement || !database_run(connection, statement, "copying the store", error)) {
        unlink(path);
        return false;
    }
    if (ret_backup)
        *ret_backup = xstrdup(path);
    return true;
}

static int newest_of(const struct schema_file *files, size_t count)
{
    return count ? files[count - 1].number : 0;
}

bool migrations_needed(struct store_connection *connection, const struct schema_file *files,
                       size_t count, bool *ret_needed, struct error *error)
{
    int version, newest = newest_of(files, count);
    if (!migrations_version(connection, &version, error))
        return false;
    if (version > newest)
        return error_set(error, ERROR_NEWER,
                         "%s: was made by a newer rscn (schema version %d, this program knows %d); "
                         "use that version",
                         connection->store->path, version, newest);
    *ret_needed = version < newest;
    return true;
}

bool migrations_apply(struct store_connection *connection, const struct schema_file *files,
                      size_t count, char **ret_backup, struct error *error)
{
    int version;
    bool is_needed;
    if (!migrations_needed(connection, files, count, &is_needed, error) ||
        !migrations_version(connection, &version, error))
        return false;
    if (!is_needed)
        return true;
    if (version > 0 && !connection->store->is_copy &&
        !back_up(connection, version, ret_backup, error))
        return false;
    /* A broken view of the user's must not stop a change of our tables (K-29), and a table that is
     * made anew under its name keeps the rows that refer to it. */
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 1, NULL);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    bool is_done = true;
    for (size_t i = 0; i < count && is_done; i++)
        is_done = files[i].number <= version || apply(connection, &files[i], error);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0, NULL);
    return is_done;
}

bool migrations_changed(struct store_connection *connection, struct strbuf *ret_numbers,
                        struct error *error)
{
    AUTO_RESET *statement = database_statement(connection, SQL_OPEN_MIGRATIONS, error);
    if (!statement)
        return false;
    int row;
    while ((row = database_step(connection, statement, "reading the version", error)) > 0) {
        int number = sqlite3_column_int(statement, 0);
        const char *hash = (const char *)sqlite3_column_text(statement, 1);
        for (size_t i = 0; i < schema_files_count; i++) {
            char ours[SHA256_HEX_SIZE];
            sha256_hex(schema_files[i].sql, strlen(schema_files[i].sql), ours);
            if (schema_files[i].number == number && (!hash || strcmp(hash, ours) != 0))
                strbuf_addf(ret_numbers, "%s%d", ret_numbers->size ? ", " : "", number);
        }
    }
    return row == 0;
}
