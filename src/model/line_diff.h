/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_diff: the shortest way from one text to another, in lines (Myers); for `rscn diff`.
 */
#ifndef RSCN_MODEL_LINE_DIFF_H
#define RSCN_MODEL_LINE_DIFF_H

#include <stdbool.h>
#include <stddef.h>

enum line_change { LINE_SAME, LINE_REMOVED, LINE_ADDED };
struct line_edit {
    enum line_change change;
    size_t from_line, to_line; /* from 0; the one that does not apply is where it would be */
    const char *text;          /* borrowed from the texts, without the line's end */
    size_t size;
    bool has_end; /* false: the text ends without a newline here */
};
struct line_diff {
    struct line_edit *edits;
    size_t count;
    size_t removed, added;
};

/* A newline at the end of one text alone makes its last line another one. Both texts are borrowed
 * as long as the diff is used. Time is bounded: beyond a limit of work what is left is removed and
 * added as a whole. Release with line_diff_release. */
void line_diff(const char *from, size_t from_size, const char *to, size_t to_size,
               struct line_diff *ret_diff);
void line_diff_release(struct line_diff *diff);

#endif
