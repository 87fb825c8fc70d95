/* SPDX-License-Identifier: Apache-2.0 */
/*
 * insert_floor DATABASE <NAMES: the least that taking files in durably costs with SQLite: the bytes
 * of each into one table, 100 files a transaction, WAL and synchronous=FULL, a checkpoint at the end.
 * File names come from standard input, one per line.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/strbuf.h"

#define BATCH 100
#define MOST_BYTES ((size_t)1 << 30)

static void must(int result, sqlite3 *database)
{
    if (result == SQLITE_OK || result == SQLITE_DONE)
        return;
    fprintf(stderr, "insert_floor: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void execute(sqlite3 *database, const char *sql)
{
    must(sqlite3_exec(database, sql, NULL, NULL, NULL), database);
}

static void insert(sqlite3 *database, sqlite3_stmt *statement, const char *path)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF bytes = STRBUF_INIT;
    if (!file_read(path, MOST_BYTES, &bytes, &error)) {
        fprintf(stderr, "insert_floor: %s\n", error.message);
        exit(1);
    }
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    sqlite3_bind_blob64(statement, 2, strbuf_text(&bytes), bytes.size, SQLITE_STATIC);
    must(sqlite3_step(statement), database);
    must(sqlite3_reset(statement), database);
}

int main(int argc, char **argv)
{
    char path[4096];
    size_t count = 0;
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: insert_floor DATABASE <NAMES\n");
        return 2;
    }
    must(sqlite3_open(argv[1], &database), database);
    execute(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                      "CREATE TABLE file (path TEXT PRIMARY KEY, bytes BLOB) STRICT");
    must(sqlite3_prepare_v2(database, "INSERT INTO file VALUES (?, ?)", -1, &statement, NULL),
         database);
    while (fgets(path, sizeof(path), stdin)) {
        path[strcspn(path, "\n")] = '\0';
        if (count % BATCH == 0)
            execute(database, "BEGIN IMMEDIATE");
        insert(database, statement, path);
        if (++count % BATCH == 0)
            execute(database, "COMMIT");
    }
    if (count % BATCH != 0)
        execute(database, "COMMIT");
    sqlite3_finalize(statement);
    execute(database, "PRAGMA wal_checkpoint(TRUNCATE)");
    must(sqlite3_close(database), database);
    return 0;
}
