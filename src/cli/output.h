/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output: standard output: a terminal (with a pager and colour if wanted) or a pipe.
 *
 * SIGPIPE is ignored by the program: a reader that went away (EPIPE) ends the output quietly, any
 * other failure to write is an error at the end. One output per process.
 */
#ifndef RSCN_CLI_OUTPUT_H
#define RSCN_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

enum output_style { STYLE_PLAIN, STYLE_GOOD, STYLE_BAD, STYLE_NOTE, STYLE_TITLE, STYLE_PLACE };

/* Looks at what standard output is and, on a terminal, starts the pager when may_page: $PAGER, else
 * `less -FRX` if it is there; none when PAGER is empty or cat. Call before any other function. */
void output_start(bool may_page);
/* True also when the pager stands between: what is written is for people. */
bool output_is_terminal(void);
/* Columns of the terminal; 80 when there is none. */
size_t output_width(void);

void output_bytes(const void *bytes, size_t size);
void output_text(const char *text);
void output_format(const char *format, ...) PRINTF_LIKE(1, 2);
/* Text from the store or a file, several lines: as it is into a pipe; on a terminal control
 * characters other than line ends and tabs are made visible. */
void output_stored(const char *text, size_t size);
/* The same made visible also in a pipe, each line after `indent`; a line end is added if missing.
 */
void output_indented(const char *indent, const char *text, size_t size);
/* One line of it: line ends and tabs are made visible too. Ends the line. */
void output_line(const char *text);
/* A switch to the style and back (STYLE_PLAIN); nothing without colour. */
void output_style(enum output_style style);
/* One JSON text and a line end. What could control a terminal stands in it as \uXXXX. */
void output_json(const json_t *json);

/* Writes what is held back now. */
void output_flush(void);
/* True when nothing can be written any more: stop asking for more. */
bool output_is_lost(void);
/* Writes the rest, waits for the pager's end. Returns `status`, or STATUS_NOT_DONE after saying so
 * when something could not be written. */
int output_finish(int status);

#endif
