/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing: rows of fields: an aligned table on a terminal, tab-separated lines with a header in a
 * pipe.
 *
 * In a pipe a field holds no tab, line end, other control character or byte that is no UTF-8: they
 * stand as \t, \n, \r and \xHH, and a backslash as \\. Rows go out as they come; on a terminal the widths are those of the
 * first rows.
 */
#ifndef RSCN_CLI_LISTING_H
#define RSCN_CLI_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "cli/output.h"

struct listing_column {
    const char *key;   /* name in the pipe; NULL = on the terminal only */
    const char *title; /* name on the terminal; NULL = in the pipe only */
    bool is_right;     /* numbers */
    bool is_flexible;  /* made narrower when the line does not fit */
};

struct listing;

/* columns is borrowed until listing_finish. */
struct listing *listing_new(const struct listing_column *columns, size_t count);
/* The next field of the row; NULL is an empty one. */
void listing_add(struct listing *listing, const char *text, enum output_style style);
/* With another text on the terminal than in the pipe. */
void listing_add_both(struct listing *listing, const char *pipe_text, const char *terminal_text,
                      enum output_style style);
/* The row is complete. False when no more can be written. */
bool listing_end_row(struct listing *listing);
/* Appends a field as it stands in a pipe: see above. */
void listing_escape(struct strbuf *line, const char *text);
/* Prints what is left and frees it. On a terminal a listing without rows prints `if_empty`. */
void listing_finish(struct listing *listing, const char *if_empty);

#endif
