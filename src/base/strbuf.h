/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strbuf: a growing byte string, always NUL-terminated, with an optional maximum.
 *
 * A buffer that grows from outside input is made with STRBUF_MAX(limit): what does not fit is
 * dropped and `overflowed` is set (ST-62).
 */
#ifndef RSCN_BASE_STRBUF_H
#define RSCN_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct strbuf {
    char *text;  /* never NULL once something was added; use strbuf_text() */
    size_t size; /* bytes without the final NUL */
    size_t capacity;
    size_t max; /* 0 = unbounded */
    bool overflowed;
};

#define STRBUF_INIT { NULL, 0, 0, 0, false }
#define STRBUF_MAX(limit) { NULL, 0, 0, (limit), false }
#define AUTO_STRBUF __attribute__((cleanup(strbuf_release))) struct strbuf

/* Frees the content; the buffer is usable again. */
void strbuf_release(struct strbuf *buffer);
/* Empties it and keeps the memory. */
void strbuf_clear(struct strbuf *buffer);
/* "" when nothing was added. Borrowed until the next call on the buffer. */
const char *strbuf_text(const struct strbuf *buffer);
/* Moves the text out (never NULL); caller frees. */
char *strbuf_take(struct strbuf *buffer);
/* Makes room for `size` more bytes at once, where the amount is known before. */
void strbuf_reserve(struct strbuf *buffer, size_t size);
void strbuf_truncate(struct strbuf *buffer, size_t size);

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t size);
void strbuf_add_text(struct strbuf *buffer, const char *text);
void strbuf_add_char(struct strbuf *buffer, char character);
void strbuf_add_repeated(struct strbuf *buffer, char character, size_t count);
/* Room for `size` bytes at the end, to be written by hand; strbuf_grow then says how many were. For
 * buffers without a maximum, where the calls for many small pieces would cost more than the bytes. */
char *strbuf_room(struct strbuf *buffer, size_t size);
void strbuf_grow(struct strbuf *buffer, size_t size);
void strbuf_addf(struct strbuf *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *buffer, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

#endif
