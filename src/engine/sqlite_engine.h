/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_engine: runs SQL cells on the store or on databases of the user, statement by statement.
 *
 * One engine per kernel process, used by one thread; only sqlite_engine_interrupt may be called by
 * others. Databases stay open until the engine is freed (`%use :memory:` twice finds the same
 * data). Nothing of ours is written into another database.
 */
#ifndef RSCN_ENGINE_SQLITE_ENGINE_H
#define RSCN_ENGINE_SQLITE_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/row_file.h"
#include "engine/look/sqlite_view.h"
#include "model/table/result_table.h"

struct sqlite_engine;

/* `store` is the default target, borrowed until sqlite_engine_free, or NULL while the store can't
 * be used (set it later with sqlite_engine_set_store). `store_path` as in sqlite_guard_install;
 * copied. */
struct sqlite_engine *sqlite_engine_new(const char *store_path, const struct engine_target *store);
void sqlite_engine_set_store(struct sqlite_engine *engine, const struct engine_target *store);
void sqlite_engine_free(struct sqlite_engine *engine);

/* The database in use; NULL only when that is the store and it can't be used. Borrowed until the
 * next use call. */
const struct engine_target *sqlite_engine_target(const struct sqlite_engine *engine);
/* True when the database in use can't be written. */
bool sqlite_engine_is_read_only(const struct sqlite_engine *engine);

/* The database in use, to look at between cells; no connection while that is a store that can't be
 * used. Until the next cell nobody waits for a lock of another program: what can't be known at once
 * is left out. Borrowed until the next use or run. */
struct sqlite_view sqlite_engine_view(struct sqlite_engine *engine);

/*
 * From now on snapshots of the database in use are put on the board (borrowed), for those who look
 * at it while a cell runs: whenever the database, its schema or a parameter changed, in the middle
 * of a cell too.
 */
struct schema_board;
void sqlite_engine_set_board(struct sqlite_engine *engine, struct schema_board *board);
/* Puts one there if something changed since the last, which takes no query to know. */
void sqlite_engine_publish(struct sqlite_engine *engine);

struct use_options {
    const char *directory; /* relative paths start here */
    bool create;           /* make a missing file */
    bool read_only;
    int timeout_ms;
    const atomic_bool *is_interrupted; /* may be NULL */
};
/*
 * `name`: "store", ":memory:", a path or a file: URI. A path that is the store by whatever name or
 * link means the store. ERROR_NOT_FOUND with near names for a missing file; the file is checked to
 * be a database at once (header, or empty). On failure the database in use stays.
 */
bool sqlite_engine_use(struct sqlite_engine *engine, const char *name,
                       const struct use_options *options, struct error *error) NODISCARD;

/* True when the path is the file, or a side file, of a database that is open here: closing a
 * descriptor of it would drop SQLite's locks (K-5), and nothing may take its place. */
bool sqlite_engine_has_open(const struct sqlite_engine *engine, const char *path);

/* What identifies the database for the record, asked at its first use in a run: size and time of
 * the file (0 for memory), SHA-256 hex of its schema (sorted CREATE texts, "" if it has none). */
struct target_facts {
    int64_t size_bytes;
    int64_t modified_us;
    char schema_hash[65];
};
bool sqlite_engine_target_facts(struct sqlite_engine *engine, struct target_facts *ret_facts,
                                struct error *error) NODISCARD;

/* Session parameters (`%param`): a JSON scalar; NULL value removes. They also stand in
 * temp.sqlite_parameters of every connection, with sigil `:`. Names without sigil. */
void sqlite_engine_set_parameter(struct sqlite_engine *engine, const char *name,
                                 const json_t *value);
/* Object, borrowed. */
const json_t *sqlite_engine_parameters(const struct sqlite_engine *engine);

/*
 * Runs the cell on the database in use. On the store: if every statement prepares and only reads,
 * one snapshot and no lock, else target->write_begin before the first statement, and after an error
 * or interrupt target->write_undo (K-15, K-17, K-21); the commit is left to the caller
 * (outcome.in_write). On other databases each statement commits as in sqlite3, unless the cell said
 * BEGIN. Never fails itself: everything that goes wrong is in the outcome. ret_outcome is released
 * by the caller with engine_outcome_release.
 */
void sqlite_engine_run(struct sqlite_engine *engine, const struct engine_cell *cell,
                       const struct engine_sink *sink, struct engine_outcome *ret_outcome);

/* Work of a directive on the database in use, done as a statement of the cell would be. */
struct engine_work {
    /* All or nothing; looks at *is_interrupted (may be NULL) now and then, and counts its rows in
     * *ret_changes, which progress shows. */
    bool (*run)(void *context, const struct engine_target *target,
                const atomic_bool *is_interrupted, int64_t *ret_changes, struct error *error);
    void *context;
};
/* For a directive with ENGINE_NEED_WRITE, while the engine runs it: in the store the work is part
 * of the cell's transaction, elsewhere it counts as one statement. */
bool sqlite_engine_work(struct sqlite_engine *engine, const struct engine_work *work,
                        struct error *error) NODISCARD;
/* The same for a text of SQL and directives, run here as a part of the cell. `name` stands in
 * errors, with the line. */
bool sqlite_engine_run_text(struct sqlite_engine *engine, const char *name, const char *text,
                            size_t size, struct error *error) NODISCARD;

/* For a directive with ENGINE_NEED_TARGET: if a statement follows in the cell, all its rows go into
 * the file, which is said when it is done; else the last result's rows, which is appended to
 * `said`. */
struct export_options {
    const char *path;
    const char *name; /* for messages */
    enum row_format format;
    bool overwrite;
};
bool sqlite_engine_export(struct sqlite_engine *engine, const struct export_options *options,
                          struct strbuf *said, struct error *error) NODISCARD;

/* The rows that were shown of the session's last result that had columns; NULL when there is none.
 * *ret_total: how many the result had, as far as known. Borrowed until the next statement. */
const struct result_table *sqlite_engine_last_result(const struct sqlite_engine *engine,
                                                     struct result_total *ret_total);

/* Ends the statement that runs now, from any thread (sqlite3_interrupt); does nothing when none
 * runs. The caller sets the cell's is_interrupted first (K-16). */
void sqlite_engine_interrupt(struct sqlite_engine *engine);

/* Prepares `text` only, for a directive's own query on the database in use: runs one read-only
 * SELECT of ours with text parameters ?1.. and shows it as a table (`%tables`, `%schema`). */
bool sqlite_engine_show_query(struct sqlite_engine *engine, const char *sql,
                              const char *const *values, size_t count,
                              const struct engine_limits *limits, const struct engine_sink *sink,
                              struct error *error) NODISCARD;

/* A user_expression: the value of one read-only SQL expression on the database in use, as the
 * protocol wants it: {status: ok, data, metadata} or {status: error, ename, evalue, traceback}. New
 * object. */
json_t *sqlite_engine_evaluate(struct sqlite_engine *engine, const char *expression, size_t size);

/* "SQLite", "3.40.1" */
const char *sqlite_engine_name(void);
const char *sqlite_engine_version(void);

#endif
