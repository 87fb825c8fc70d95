/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_print: differences as `rscn diff` shows them: headers, and texts line by line as in a
 * unified diff.
 */
#ifndef RSCN_CLI_DIFF_PRINT_H
#define RSCN_CLI_DIFF_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A text of one side; NULL when there is none. */
struct diff_text {
    const char *text;
    size_t size;
};

/* Lines that are the same around those that aren't, and lines of outputs' differences per cell,
 * when the call doesn't say otherwise */
#define DIFF_CONTEXT 3
#define DIFF_OUTPUT_LINES 40

/* Like report_error, but never STATUS_NOT_DONE: that says that something differs. */
int diff_trouble(const struct error *error);
/* A line in bold; what it is made from may hold anything and takes no second line. */
void diff_print_title(const char *format, ...) PRINTF_LIKE(1, 2);
/* A line `    name      text`, the same. */
void diff_print_fact(const char *name, const char *format, ...) PRINTF_LIKE(2, 3);
/* Hunks, each after `@@ -1,2 +1,3 @@ what`. `most` lines, each cut at a bound, when not 0. */
void diff_print_texts(const char *what, struct diff_text from, struct diff_text to, size_t context,
                      size_t most);
/* A whole text, each line after `sign`. */
void diff_print_whole(char sign, struct diff_text text);
/* Array of `change` ("removed", "added"), `line` (from 1, of the side it is on) and `text`. Caller
 * decrefs. */
json_t *diff_json_texts(struct diff_text from, struct diff_text to);

#endif
