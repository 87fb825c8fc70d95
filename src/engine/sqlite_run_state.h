/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_run_state: one cell that runs, shared by sqlite_run.c (statements) and
 * sqlite_run_directive.c (directives and what they do on the database) only.
 */
#ifndef RSCN_ENGINE_SQLITE_RUN_STATE_H
#define RSCN_ENGINE_SQLITE_RUN_STATE_H

#include <sqlite3.h>

#include "engine/sqlite_effects.h"
#include "engine/sqlite_engine.h"
#include "engine/sqlite_engine_state.h"
#include "engine/sqlite_error.h"
#include "engine/sqlite_output.h"
#include "engine/sqlite_timing.h"

struct run {
    struct sqlite_engine *engine;
    const struct engine_cell *cell;
    const struct engine_sink *sink;
    struct engine_outcome *outcome;
    char *code; /* NUL-terminated: else SQLite copies the rest of the cell for every statement */
    size_t size;
    size_t depth;     /* of the text within others */
    size_t directive; /* where the one that runs begins */
    size_t read_line; /* of the cell, with the directive that brought in the text */
    size_t line_at, lines; /* line breaks of the cell before that offset */
    const struct engine_target *target; /* NULL before the first statement */
    struct sqlite_database *database;   /* NULL on the store */
    uint64_t *parameters_at;
    unsigned rollbacks; /* of the database when the cell began */
    uint64_t schema_changes; /* the guard's count before the statement */
    struct sqlite_output output;
    struct sqlite_effects effects;
    struct sqlite_timing timing;
    struct sqlite_failure failure;
    size_t warnings;
    sqlite3_stmt *failed; /* while its failure is put into words, NULL = it did not compile */
    bool has_failed;
    bool is_stepping;   /* the user's statement runs, not one of ours */
    sqlite3_stmt *kept; /* prepared by the look ahead, at kept_offset */
    size_t kept_offset, kept_end;
};

struct statement {
    sqlite3_stmt *handle;
    size_t offset, end;
    bool writes;
    bool was_open; /* a transaction was open before it */
    unsigned rollbacks;
    int64_t total_changes;
    struct strbuf unbound;
};

/* Each of these returns false after it noted why the cell failed. */
bool sqlite_run_fail_error(struct run *run, const struct error *error);
bool sqlite_run_fail(struct run *run, enum cell_state state, const char *ename,
                     const char *message);
/* The connection's last error, as the failure of the statement at `offset`. */
bool sqlite_run_fail_sqlite(struct run *run, size_t offset, int code);
/* Before the first statement at `offset`: settles the database. */
bool sqlite_run_begin(struct run *run, size_t offset);
bool sqlite_run_begin_writing_late(struct run *run, size_t offset);
bool sqlite_run_check_after(struct run *run, const struct statement *statement);
/* Runs the text from `offset` to its end. */
bool sqlite_run_all(struct run *run, size_t offset);
/* Runs the directive at *offset, which is then after it. */
bool sqlite_run_directive(struct run *run, size_t *offset);

/* The user's statement may be interrupted between these. */
void sqlite_run_enter(struct run *run);
void sqlite_run_leave(struct run *run);
void sqlite_run_note_effect(struct run *run, const struct statement *statement);
/* After a statement, or work of a directive: what it touched. `changes`: -1 = not known. */
void sqlite_run_note_touched(struct run *run, const struct statement *statement, int64_t changes);
/* While the cell runs SQLite asks often whether to stop, which it does for an interrupt. */
void sqlite_run_watch(struct run *run);
bool sqlite_run_has_transaction(const struct run *run);
bool sqlite_run_is_interrupted(const struct run *run);
/* Compiles the user's statement at `offset`; the guard's refusal and what it touches are those of
 * this one from then on. Gives SQLite's code. */
int sqlite_run_prepare_at(struct run *run, size_t offset, struct sqlite3_stmt **ret_statement,
                          size_t *ret_end);
bool sqlite_run_can_write(struct sqlite3_stmt *statement);
/* A statement of ours on the connection. */
bool sqlite_run_exec_own(struct run *run, const char *sql);
enum engine_need sqlite_run_need_of(const struct run *run, size_t offset, size_t line_end);

#endif
