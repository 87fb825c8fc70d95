/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_output: reads the rows of a statement and shows results, within the limits of one cell.
 *
 * Rows beyond the limits are counted, not kept: memory does not grow with them.
 */
#ifndef RSCN_ENGINE_SQLITE_OUTPUT_H
#define RSCN_ENGINE_SQLITE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "engine/engine.h"

struct sqlite3_stmt;
struct result_table;
struct row_file;

/* The output of one cell. */
struct sqlite_output {
    const struct engine_sink *sink;
    struct engine_limits limits;
    bool is_quiet;
    bool has_shown; /* something, a directive's output not included */
    bool is_full;   /* max_bytes is reached and was said */
    size_t shown_bytes;
    struct row_file *file; /* takes the next rows in place of a table; NULL = none */
    int64_t count_left_us; /* for counting rows that are not shown */
    int64_t count_until;   /* monotonic; 0 = not counting. Past it the progress handler stops the
                              statement */
    size_t change_lines;
    uint64_t hidden_changes, hidden_statements; /* DML after the first lines, summed up */
    /* Statements of the cell, asked for when progress is shown; may be NULL. */
    size_t (*count_statements)(const void *context);
    const void *count_context;
    struct sqlite_output_statement { /* the one that runs */
        size_t number, count;        /* count: 0 = not counted yet */
        int64_t started, due; /* monotonic; due: when progress is to be shown next, 0 = never */
        uint64_t rows;
        const int64_t *work_rows; /* of work that counts its rows itself, else NULL */
        bool is_reported; /* a line of progress stands where its result goes */
    } statement;
};
void sqlite_output_init(struct sqlite_output *output, const struct engine_sink *sink,
                        const struct engine_limits *limits, bool is_quiet);
/* A statement begins to run, the cell's number `number`. */
void sqlite_output_begin(struct sqlite_output *output, size_t number);
/* It has ended, and what it showed is shown. */
void sqlite_output_end(struct sqlite_output *output, bool is_done);
/* Adds the line with its time so far to what is said below its result, if that is set. */
void sqlite_output_add_time(const struct sqlite_output *output, struct strbuf *note);
/* For the progress handler: shows how far the statement is when it is time to. */
void sqlite_output_tick(struct sqlite_output *output);
/* For the progress handler: the time to count rows is over. */
bool sqlite_output_is_late(const struct sqlite_output *output);

/* The rows of one statement. */
struct sqlite_rows {
    struct result_table *table; /* NULL when quiet */
    uint64_t total;
    bool is_cut, cut_by_bytes;
    bool is_exact;
};
/* Steps `statement` to its end, or, if it only reads and the rows shown are enough, until the time
 * for counting is over. Returns SQLITE_DONE or an error code. */
int sqlite_output_read(struct sqlite_output *output, struct sqlite3_stmt *statement,
                       struct sqlite_rows *ret_rows);
void sqlite_rows_release(struct sqlite_rows *rows);

/* Shows a result; note: line below it, NULL = none. */
void sqlite_output_rows(struct sqlite_output *output, const struct sqlite_rows *rows,
                        const char *note);
/* Shows `N rows changed`, with a note; after the first lines of a cell only their sum, by
 * sqlite_output_finish. */
void sqlite_output_changes(struct sqlite_output *output, int64_t changes, const char *note);
/* Shows one text. */
void sqlite_output_text(struct sqlite_output *output, const char *text);
/* Shows what was summed up. */
void sqlite_output_finish(struct sqlite_output *output);

#endif
