/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress_line: one line on a terminal that says how far something is, gone again when anything
 * else is to be said. Nothing when standard error is no terminal.
 */
#ifndef RSCN_CLI_PROGRESS_LINE_H
#define RSCN_CLI_PROGRESS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress_line {
    const char *doing; /* "importing" */
    size_t total;
    int64_t next_at; /* when the line is due next, monotonic microseconds */
    size_t width;    /* of the line that is shown; 0 = none */
    bool is_on;
};

/* `doing` is borrowed. The first line comes after half a second. */
void progress_line_start(struct progress_line *progress, const char *doing, size_t total);
/* Shows `done` of the total and the name of what is done now, a few times a second. */
void progress_line_show(struct progress_line *progress, size_t done, const char *name);
/* Takes the line away: before any other text on the terminal. */
void progress_line_hide(struct progress_line *progress);

#endif
