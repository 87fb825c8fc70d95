/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scan: where the statements and the directives of a cell begin, without SQLite.
 *
 * Where a statement ends is sqlite3_prepare's business; this scanner knows blanks, comments,
 * quotes, triggers and the lines that start with % (or .word) between statements. Pure, bounded by the text,
 * fit for fuzzing. Offsets are bytes.
 */
#ifndef RSCN_MODEL_SQL_SCAN_H
#define RSCN_MODEL_SQL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* First offset at or after `offset` that is not a blank, a comment or a lone semicolon; `size` when
 * nothing is left. */
size_t sql_scan_skip(const char *text, size_t size, size_t offset);
/* True when a directive starts at `offset` (a place returned by sql_scan_skip): a `%`, or the dot
 * of a `.word` as the sqlite3 shell has them, that is the first non-blank of its line. */
bool sql_scan_is_directive(const char *text, size_t size, size_t offset);
/* Offset just after the directive's line (without its line end in *ret_end, so that
 * text[offset..*ret_end) is the line). */
size_t sql_scan_directive_end(const char *text, size_t size, size_t offset, size_t *ret_end);
/* Lexical end of the statement that starts at `offset`: just after its semicolon (CREATE TRIGGER …
 * END; counts as one), or size. */
size_t sql_scan_statement_end(const char *text, size_t size, size_t offset);

struct sql_position {
    size_t line;        /* from 1 */
    size_t column;      /* from 1, in code points */
    size_t line_offset; /* byte offset of the line's first character */
    size_t line_size;   /* without the line end */
};
/* Line and column of a byte offset (clamped to size). */
struct sql_position sql_scan_position(const char *text, size_t size, size_t offset);

/* Finds `name` as a whole token (bare, "quoted", [bracketed] or `back-quoted`; ASCII case ignored;
 * not inside strings or comments) in text[0..size). True only when it stands exactly once (K-27).
 */
bool sql_scan_find_token(const char *text, size_t size, const char *name, size_t *ret_offset);

/* The word (identifier characters; a leading :, $ or @ included, and the % of a directive) that
 * ends at `offset`; start offset in *ret_start, which is `offset` when there is none. Inside a
 * quoted identifier it starts at the quote. False inside a string or a comment. */
bool sql_scan_word(const char *text, size_t size, size_t offset, size_t *ret_start);
/* The whole identifier around `offset` (quotes removed) into a new string; NULL when there is none.
 * Caller frees. */
char *sql_scan_identifier_at(const char *text, size_t size, size_t offset);

#endif
