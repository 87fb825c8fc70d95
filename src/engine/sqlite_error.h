/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_error: what went wrong in a cell, in words: which statement, which line, the line's text,
 * and the caret where the place is known (K-27).
 */
#ifndef RSCN_ENGINE_SQLITE_ERROR_H
#define RSCN_ENGINE_SQLITE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "engine/engine.h"

struct sqlite3;

/* "OperationalError", "IntegrityError" … for an SQLite result code, as Python's sqlite3 names them;
 * "NotAllowedError" for what the guard refused, "Interrupted". Static. */
const char *sqlite_error_ename(int code);
/* The same for an error of ours. */
const char *sqlite_error_ename_of(const struct error *error);

/* Appends SQLite's message of the connection's last error about the statement ("" = of ours),
 * with what helps: near names, who to wait for, errno. Runs queries of ours: the guard must be in
 * own mode. */
void sqlite_error_message(const struct engine_target *target, int code, int timeout_ms,
                          const char *statement, size_t size, struct strbuf *buffer);

/* Where in the statement the error is: SQLite's offset, or the one place of the token that its
 * message names. `message` is SQLite's own text, `reported` sqlite3_error_offset's value right
 * after the failed prepare (-1 = none). */
bool sqlite_error_place(const char *statement, size_t size, const char *message, int reported,
                        size_t *ret_offset);

struct sqlite_failure {
    const char *ename;     /* static */
    struct strbuf message; /* one line */
    size_t offset;         /* where the statement or directive begins */
    bool has_statement;    /* something at `offset` failed, not the cell as a whole */
    bool is_directive;
    bool has_place;
    size_t place;         /* offset of the error itself */
    size_t number, count; /* the statement's number, and how many the cell has */
    const char *
        effect; /* what became of the rest: "nothing of the cell was kept", NULL = nothing to say */
};
/* Fills ename, evalue, traceback and failed_line. */
void sqlite_error_describe(const struct sqlite_failure *failure, const char *code, size_t size,
                           struct engine_outcome *outcome);

#endif
