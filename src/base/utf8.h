/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8: checking, counting and measuring text that may come from anywhere.
 */
#ifndef RSCN_BASE_UTF8_H
#define RSCN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Strict UTF-8 (no surrogates, no overlong forms). NUL is allowed. */
bool utf8_is_valid(const char *text, size_t size);
/* Decodes one code point at text (size > 0 bytes left); returns its length in bytes, and U+FFFD
 * with length 1 for a bad byte. */
size_t utf8_decode(const char *text, size_t size, uint32_t *ret_code_point);
/* Number of code points. */
size_t utf8_length(const char *text, size_t size);
/* Byte offset of the code point number `index`, clamped to size (FE-49). */
size_t utf8_offset(const char *text, size_t size, size_t index);
/* Columns on a terminal: wide characters 2, combining 0, control characters 0. No locale needed. */
size_t utf8_width(const char *text, size_t size);
/* Control characters, line separators and direction marks: what a terminal may obey, or what changes
 * how other text is read. */
bool utf8_is_control(uint32_t code_point);
/* Appends the text with bad bytes as U+FFFD. */
void utf8_add_valid(struct strbuf *buffer, const char *text, size_t size);
/* Appends at most max_width columns of one line: control characters, line ends and tabs become
 * visible pictures or spaces, "…" where it was cut. For terminals and logs: no escape sequence gets
 * through. */
void utf8_add_line(struct strbuf *buffer, const char *text, size_t size, size_t max_width);

#endif
