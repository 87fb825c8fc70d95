/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strbuf: a growing byte string. The one idea: every addition goes through reserve(), which knows
 * the maximum.
 */
#include "base/strbuf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_CAPACITY 64

void strbuf_release(struct strbuf *buffer)
{
    free(buffer->text);
    buffer->text = NULL;
    buffer->size = 0;
    buffer->capacity = 0;
    buffer->overflowed = false;
}

void strbuf_clear(struct strbuf *buffer)
{
    buffer->size = 0;
    buffer->overflowed = false;
    if (buffer->text)
        buffer->text[0] = '\0';
}

const char *strbuf_text(const struct strbuf *buffer)
{
    return buffer->text ? buffer->text : "";
}

char *strbuf_take(struct strbuf *buffer)
{
    char *text = buffer->text ? buffer->text : xstrdup("");
    buffer->text = NULL;
    strbuf_release(buffer);
    return text;
}

void strbuf_truncate(struct strbuf *buffer, size_t size)
{
    if (size >= buffer->size)
        return;
    buffer->size = size;
    buffer->text[size] = '\0';
}

/* Makes room and returns how many of `size` bytes may be added. */
static size_t reserve(struct strbuf *buffer, size_t size)
{
    if (buffer->max == 0 && size < buffer->capacity - buffer->size)
        return size;
    if (buffer->max) {
        size_t room = buffer->max > buffer->size ? buffer->max - buffer->size : 0;
        if (size > room) {
            size = room;
            buffer->overflowed = true;
        }
    }
    assert(size < SIZE_MAX / 2 - buffer->size);
    size_t needed = buffer->size + size + 1;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST_CAPACITY;
        while (capacity < needed)
            capacity *= 2;
        buffer->text = xrealloc(buffer->text, capacity);
        buffer->capacity = capacity;
    }
    return size;
}

void strbuf_reserve(struct strbuf *buffer, size_t size)
{
    size_t room = reserve(buffer, size);
    (void)room;
    buffer->text[buffer->size] = '\0';
}

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t size)
{
    size = reserve(buffer, size);
    if (size)
        memcpy(buffer->text + buffer->size, bytes, size);
    buffer->size += size;
    buffer->text[buffer->size] = '\0';
}

void strbuf_add_text(struct strbuf *buffer, const char *text)
{
    strbuf_add(buffer, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buffer, char character)
{
    strbuf_add(buffer, &character, 1);
}

void strbuf_add_repeated(struct strbuf *buffer, char character, size_t count)
{
    count = reserve(buffer, count);
    memset(buffer->text + buffer->size, character, count);
    buffer->size += count;
    buffer->text[buffer->size] = '\0';
}

char *strbuf_room(struct strbuf *buffer, size_t size)
{
    assert(buffer->max == 0);
    reserve(buffer, size);
    return buffer->text + buffer->size;
}

void strbuf_grow(struct strbuf *buffer, size_t size)
{
    assert(size < buffer->capacity - buffer->size);
    buffer->size += size;
    buffer->text[buffer->size] = '\0';
}

void strbuf_addf(struct strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    strbuf_vaddf(buffer, format, arguments);
    va_end(arguments);
}

void strbuf_vaddf(struct strbuf *buffer, const char *format, va_list arguments)
{
    char text[128]; /* most additions are short: printed once */
    va_list measured;
    va_copy(measured, arguments);
    int needed = vsnprintf(text, sizeof(text), format, measured);
    va_end(measured);
    if (needed < 0)
        return;
    if ((size_t)needed < sizeof(text)) {
        strbuf_add(buffer, text, (size_t)needed);
        return;
    }
    size_t size = reserve(buffer, (size_t)needed);
    /* With a maximum, vsnprintf cuts at what reserve() granted. */
    vsnprintf(buffer->text + buffer->size, size + 1, format, arguments);
    buffer->size += size;
}
