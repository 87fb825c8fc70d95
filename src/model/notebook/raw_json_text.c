/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json_text: the strings of raw_json: finding their ends, escapes, order.
 *
 * The idea: most text is ASCII without escapes and is passed over 16 bytes at a time; everything
 * else is looked at one character at a time.
 */
#include "model/notebook/raw_json_private.h"

#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

int raw_text_hex(const char *at)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char digit = at[i];
        if (digit >= '0' && digit <= '9')
            value = value * 16 + digit - '0';
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            value = value * 16 + (digit | 0x20) - 'a' + 10;
        else
            return -1;
    }
    return value;
}

static bool is_high(uint32_t code_point)
{
    return code_point >= 0xd800 && code_point < 0xdc00;
}

static bool is_low(uint32_t code_point)
{
    return code_point >= 0xdc00 && code_point < 0xe000;
}

static uint32_t join(uint32_t high, uint32_t low)
{
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* One escape of a valid token, *at behind its backslash and then behind all of it. */
static uint32_t escape(const char **at, const char *end)
{
    char kind = *(*at)++;
    switch (kind) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        break;
    default:
        return (unsigned char)kind;
    }
    uint32_t code_point = (uint32_t)raw_text_hex(*at);
    *at += 4;
    if (is_high(code_point) && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        int second = raw_text_hex(*at + 2);
        if (second >= 0 && is_low((uint32_t)second)) {
            *at += 6;
            return join(code_point, (uint32_t)second);
        }
    }
    return code_point;
}

static size_t encode(uint32_t code_point, char *to)
{
    if (code_point < 0x80) {
        to[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        to[0] = (char)(0xc0 | code_point >> 6);
        to[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        to[0] = (char)(0xe0 | code_point >> 12);
        to[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code_point >> 18);
    to[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}

void raw_text_decode(const char *token, size_t size, struct strbuf *buffer)
{
    const char *end = token + size;
    while (token < end) {
        const char *backslash = memchr(token, '\\', (size_t)(end - token));
        const char *stop = backslash ? backslash : end;
        strbuf_add(buffer, token, (size_t)(stop - token));
        token = stop;
        if (backslash) {
            char bytes[4];
            token++;
            strbuf_add(buffer, bytes, encode(escape(&token, end), bytes));
        }
    }
}

/* The character that begins with a byte of 0x80 or more, *at behind that byte and then behind all.
 */
static int32_t join_tails(unsigned char first, const char **at, const char *end)
{
    int32_t code_point = first & (first < 0xe0 ? 0x1f : first < 0xf0 ? 0x0f : 0x07);
    while (*at < end && raw_text_is_tail(**at))
        code_point = code_point << 6 | (*(*at)++ & 0x3f);
    return code_point;
}

unsigned raw_text_code_point(const char *at, const char *end)
{
    unsigned char first = (unsigned char)*at++;
    return (unsigned)join_tails(first, &at, end);
}

/* The next code point of a valid token, -1 at its end. */
static int32_t next_character(const char **at, const char *end)
{
    if (*at == end)
        return -1;
    unsigned char first = (unsigned char)*(*at)++;
    if (first == '\\')
        return (int32_t)escape(at, end);
    if (first < 0x80)
        return first;
    return join_tails(first, at, end);
}

int raw_text_compare(const char *left, size_t left_size, const char *right, size_t right_size,
                     bool plain)
{
    size_t left_length = left_size - 2, right_length = right_size - 2;
    if (plain) {
        size_t common = left_length < right_length ? left_length : right_length;
        int order = memcmp(left + 1, right + 1, common);
        return order ? order : (left_length > right_length) - (left_length < right_length);
    }
    const char *left_at = left + 1, *left_end = left + 1 + left_length;
    const char *right_at = right + 1, *right_end = right + 1 + right_length;
    for (;;) {
        int32_t left_character = next_character(&left_at, left_end);
        int32_t right_character = next_character(&right_at, right_end);
        if (left_character != right_character)
            return left_character < right_character ? -1 : 1;
        if (left_character < 0)
            return 0;
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_escape(unsigned code_unit, struct strbuf *buffer)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    if (code_unit < sizeof(letters) && letters[code_unit]) {
        const char text[] = {'\\', letters[code_unit]};
        strbuf_add(buffer, text, sizeof(text));
        return;
    }
    const char text[] = {'\\',
                         'u',
                         hex[code_unit >> 12 & 15],
                         hex[code_unit >> 8 & 15],
                         hex[code_unit >> 4 & 15],
                         hex[code_unit & 15]};
    strbuf_add(buffer, text, sizeof(text));
}

/* Whether a surrogate written as three bytes is at `at`. */
static bool surrogate_at(const char *at, const char *end, uint32_t *ret_unit)
{
    if (end - at < 3 || (unsigned char)at[0] != 0xed || (unsigned char)at[1] < 0xa0 ||
        !raw_text_is_tail(at[1]) || !raw_text_is_tail(at[2]))
        return false;
    *ret_unit = 0xd000 | (uint32_t)(at[1] & 0x3f) << 6 | (uint32_t)(at[2] & 0x3f);
    return true;
}

/* What is special at `at`; returns what follows it. */
static const char *write_special(const char *at, const char *end, struct strbuf *buffer)
{
    uint32_t unit, second;
    if ((unsigned char)*at < 0x80) {
        write_escape((unsigned char)*at, buffer);
        return at + 1;
    }
    size_t size = raw_text_character(at, end);
    if (size) {
        strbuf_add(buffer, at, size);
        return at + size;
    }
    if (!surrogate_at(at, end, &unit)) {
        strbuf_add_text(buffer, REPLACEMENT);
        return at + 1;
    }
    /* Two texts put together may have made a pair of two lone ones; read again it would be one. */
    if (is_high(unit) && surrogate_at(at + 3, end, &second) && is_low(second)) {
        char bytes[4];
        strbuf_add(buffer, bytes, encode(join(unit, second), bytes));
        return at + 6;
    }
    write_escape(unit, buffer);
    return at + 3;
}

void raw_json_write_string(const char *bytes, size_t size, struct strbuf *buffer)
{
    const char *at = bytes, *end = bytes + size;
    strbuf_add_char(buffer, '"');
    while (at < end) {
        const char *special = raw_text_skip_plain(at, end);
        strbuf_add(buffer, at, (size_t)(special - at));
        at = special < end ? write_special(special, end, buffer) : end;
    }
    strbuf_add_char(buffer, '"');
}
