/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database: what the files of the store layer share: the two structs, and statements prepared once
 * per connection.
 *
 * Every statement of the store is a line of the table in database.c, so that one test prepares them
 * all (ST-68).
 */
#ifndef RSCN_STORE_DATABASE_H
#define RSCN_STORE_DATABASE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "store/guard.h"
#include "store/store.h"

struct store_lock;
struct inflight;
struct recent;

struct store {
    char *path; /* real path */
    char *directory;
    dev_t device; /* of the file that was opened */
    ino_t inode;
    mode_t file_mode; /* permissions; the files beside it get the same */
    enum store_mode mode;
    bool can_write;    /* the file and its folder */
    bool is_immutable; /* read-only medium without a -wal (K-24) */
    bool is_copy; /* looked at as a copy in memory: it lacks our tables and is not ours to change */
    bool is_foreign;    /* the RSCN tables were made by another tool: left alone (D-2) */
    bool has_state_key; /* unique key on (cell, from, to) of code_notebook_state: upsert (R-1, D-2)
                         */
    atomic_bool is_damaged;    /* SQLite said so: nothing is written into it any more at the end */
    struct store_lock *lock;   /* NULL without can_write */
    struct inflight *inflight; /* made on first use */
    pthread_mutex_t mutex;     /* guards inflight and notice */
    char *notice;
};

struct store_connection {
    struct store *store;
    sqlite3 *handle;
    sqlite3_stmt **statements; /* by enum statement number, prepared on first use */
    struct recent *recent;
    struct guard guard;
    bool has_lock;
    int wal_pages;           /* in the -wal after the last commit; 0 = a checkpoint is not due */
    int next_truncate_pages; /* try to shorten the -wal only when it has grown beyond this */
};

/* Opens a connection as store_connect does; `store` needs path, can_write, is_immutable and
 * is_copy. */
struct store_connection *database_connect(struct store *store, struct error *error) NODISCARD;
/* Takes the lock for at most timeout_us and nothing else; for open and recovery. */
bool database_lock(struct store_connection *connection, int64_t timeout_us,
                   struct error *error) NODISCARD;
/* Runs SQL text that is no line of the table: schema files and DDL. */
bool database_execute(struct store_connection *connection, const char *sql, const char *doing,
                      struct error *error) NODISCARD;
/* One step of a statement. 1 = a row, 0 = done, -1 = error. */
int database_step(struct store_connection *connection, sqlite3_stmt *statement, const char *doing,
                  struct error *error) NODISCARD;
/* One step of a statement that gives no rows. */
bool database_run(struct store_connection *connection, sqlite3_stmt *statement, const char *doing,
                  struct error *error) NODISCARD;

/* Statements of the record (record.c, executions.c, recovery.c, open.c …) and of the questions
 * (listing.c, history.c): STATEMENT(NAME, "sql"). */
enum statement_id {
#define STATEMENT(name, sql) name,
#include "store/statements_record.def"
#include "store/statements_listing.def"
#include "store/statements_notebooks.def"
#undef STATEMENT
    STATEMENT_COUNT
};
/* The SQL text of a statement; for the test that prepares them all. */
const char *database_sql(enum statement_id statement);
/* The statement, prepared (persistent) on first use and reset with its bindings cleared; NULL with
 * an error. The caller resets it when done (AUTO_RESET). Borrowed from the connection. */
sqlite3_stmt *database_statement(struct store_connection *connection, enum statement_id statement,
                                 struct error *error);
void database_reset(sqlite3_stmt **statement);
#define AUTO_RESET __attribute__((cleanup(database_reset))) sqlite3_stmt

/* Maps an SQLite result to a code and a one-line message that begins with the store's path. Always
 * returns false. */
bool database_error(struct store_connection *connection, int result, const char *doing,
                    struct error *error);

#endif
