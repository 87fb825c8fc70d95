/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_text: texts as nbformat keeps them: a list of lines in the file, one string when it is
 * read (N-22, N-23, N-27, N-28, N-62). The one idea: a list that is cut already as it has to be is
 * copied, byte by byte, without being read.
 */
#include "model/notebook/notebook_private.h"
#include "model/notebook/raw_json_private.h"

/* --- joining ---------------------------------------------------------------------------------- */

static bool all_strings(const struct raw_json *json, raw_ref list)
{
    for (raw_ref item = raw_json_first(json, list); item; item = raw_json_next(json, item))
        if (raw_json_kind(json, item) != RAW_STRING)
            return false;
    return true;
}

static bool ends_line(const struct strbuf *buffer, size_t from)
{
    return buffer->size > from &&
           (buffer->text[buffer->size - 1] == '\n' || buffer->text[buffer->size - 1] == '\r');
}

bool notebook_add_joined(const struct raw_json *json, raw_ref value, enum notebook_join join,
                         struct strbuf *buffer)
{
    if (value == 0)
        return false;
    if (raw_json_kind(json, value) == RAW_STRING)
        return raw_json_add_text(json, value, buffer);
    if (join == NOTEBOOK_JOIN_NONE || raw_json_kind(json, value) != RAW_ARRAY ||
        !all_strings(json, value))
        return false;
    size_t start = buffer->size;
    raw_ref first = raw_json_first(json, value);
    bool with_breaks = false;
    for (raw_ref item = first; item; item = raw_json_next(json, item)) {
        if (item != first && with_breaks)
            strbuf_add_char(buffer, '\n');
        raw_json_add_text(json, item, buffer);
        if (item == first)
            with_breaks = join == NOTEBOOK_JOIN_V3 && !ends_line(buffer, start);
    }
    return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Bytes at which a line may end: below 0x20 those of N-22, and the first ones of U+0085, U+2028 and
 * U+2029. The backslash is for text that is still escaped. */
static const unsigned char line_bytes[256] = {
    ['\n'] = 1, [0x0b] = 1, [0x0c] = 1, ['\r'] = 1, [0x1c] = 1,
    [0x1d] = 1, [0x1e] = 1, [0xc2] = 1, [0xe2] = 1, ['\\'] = 2,
};

/* How many bytes the line break at `at` has that begins with one of the bytes above; 0 = none. */
static size_t break_size(const char *at, size_t left)
{
    unsigned char first = (unsigned char)at[0];
    if (first == '\r')
        return left > 1 && at[1] == '\n' ? 2 : 1;
    if (first < 0x20)
        return 1;
    if (first == 0xc2)
        return left > 1 && (unsigned char)at[1] == 0x85 ? 2 : 0;
    bool is_separator = left > 2 && (unsigned char)at[1] == 0x80 &&
                        ((unsigned char)at[2] == 0xa8 || (unsigned char)at[2] == 0xa9);
    return is_separator ? 3 : 0;
}

size_t notebook_line_end(const char *text, size_t size, size_t offset, size_t *ret_content_end)
{
    for (size_t i = offset; i < size; i++) {
        if (line_bytes[(unsigned char)text[i]] != 1)
            continue;
        size_t length = break_size(text + i, size - i);
        if (length) {
            *ret_content_end = i;
            return i + length;
        }
    }
    *ret_content_end = size;
    return size;
}

void notebook_new_line(struct strbuf *buffer, unsigned level)
{
    char *room = strbuf_room(buffer, level + 1);
    room[0] = '\n';
    memset(room + 1, ' ', level);
    strbuf_grow(buffer, level + 1);
}

void notebook_write_lines(const char *text, size_t size, unsigned level, struct strbuf *buffer)
{
    if (size == 0) {
        strbuf_add_text(buffer, "[]");
        return;
    }
    strbuf_add_char(buffer, '[');
    for (size_t start = 0, end, next; start < size; start = next) {
        next = notebook_line_end(text, size, start, &end);
        if (start > 0)
            strbuf_add_char(buffer, ',');
        notebook_new_line(buffer, level + 1);
        raw_json_write_string(text + start, next - start, buffer);
    }
    notebook_new_line(buffer, level);
    strbuf_add_char(buffer, ']');
}

/* --- copying ---------------------------------------------------------------------------------- */

enum line_end { NOT_CANONICAL, NO_END, LINE_END, RETURN_END /* \r, which a \n may follow */ };

/* The hexadecimal digit of \u00xx in the only spelling that Python has; -1 for any other. */
static int lower_hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The escape at `at` with its size: whether Python would write it so (N-21), and ends a line. */
static enum line_end escape_kind(const char *at, size_t left, size_t *ret_size)
{
    *ret_size = 2;
    if (left < 2)
        return NOT_CANONICAL;
    switch (at[1]) {
    case '"':
    case '\\':
    case 't':
    case 'b':
        return NO_END;
    case 'n':
    case 'f':
        return LINE_END;
    case 'r':
        return RETURN_END;
    case 'u':
        break;
    default:
        return NOT_CANONICAL;
    }
    *ret_size = 6;
    if (left < 6 || at[2] != '0' || at[3] != '0' || (at[4] != '0' && at[4] != '1') ||
        lower_hex(at[5]) < 0)
        return NOT_CANONICAL;
    int code = 16 * (at[4] - '0') + lower_hex(at[5]);
    if (code == '\b' || code == '\t' || code == '\n' || code == '\f' || code == '\r')
        return NOT_CANONICAL;
    return code == 0x0b || (code >= 0x1c && code <= 0x1e) ? LINE_END : NO_END;
}

/* One character that is not plain: its size, and as what kind of end of a line it is written. */
static enum line_end character_kind(const char *at, size_t left, size_t *ret_size)
{
    unsigned char mark = line_bytes[(unsigned char)at[0]];
    *ret_size = 1;
    if (mark == 2)
        return escape_kind(at, left, ret_size);
    size_t length = mark ? break_size(at, left) : 0;
    if (length == 0)
        return NO_END;
    *ret_size = length;
    return LINE_END;
}

/* Reads one item of a list between its quotation marks: canonical, and how it ends. A break
 * anywhere but at its end makes it not canonical. */
static enum line_end line_kind(const char *bytes, size_t size)
{
    const char *at = bytes, *end = bytes + size;
    enum line_end kind = size ? NO_END : NOT_CANONICAL;
    while (at < end) {
        const char *special = raw_text_skip_plain(at, end);
        if (special > at && kind != NO_END) /* the text goes on after what ended a line */
            return NOT_CANONICAL;
        at = special;
        if (at == end)
            break;
        size_t length;
        enum line_end next = character_kind(at, (size_t)(end - at), &length);
        bool is_pair = kind == RETURN_END && at[0] == '\\' && at[1] == 'n';
        if (next == NOT_CANONICAL || (kind != NO_END && !is_pair))
            return NOT_CANONICAL;
        kind = next;
        at += length;
    }
    return kind;
}

/* Whether the item may follow one that ended so. */
static bool may_follow(enum line_end before, const char *bytes, size_t size)
{
    if (before == RETURN_END)
        return !(size >= 2 && bytes[0] == '\\' && bytes[1] == 'n');
    return before == LINE_END;
}

bool notebook_copy_lines(const struct raw_json *json, raw_ref list, unsigned level,
                         struct strbuf *buffer)
{
    size_t start = buffer->size;
    enum line_end before = LINE_END;
    char separator = '[';
    for (raw_ref item = raw_json_first(json, list); item; item = raw_json_next(json, item)) {
        size_t size;
        const char *bytes = raw_json_bytes(json, item, &size);
        enum line_end end = NOT_CANONICAL;
        if (bytes && raw_json_kind(json, item) == RAW_STRING)
            end = line_kind(bytes + 1, size - 2);
        if (end == NOT_CANONICAL || !may_follow(before, bytes + 1, size - 2)) {
            strbuf_truncate(buffer, start);
            return false;
        }
        char *room = strbuf_room(buffer, size + level + 3);
        room[0] = separator;
        room[1] = '\n';
        memset(room + 2, ' ', level + 1);
        memcpy(room + level + 3, bytes, size);
        strbuf_grow(buffer, size + level + 3);
        before = end;
        separator = ',';
    }
    if (separator == '[') {
        strbuf_add_text(buffer, "[]");
        return true;
    }
    notebook_new_line(buffer, level);
    strbuf_add_char(buffer, ']');
    return true;
}

/* --- MIME types ------------------------------------------------------------------------------- */

static bool begins(const char *bytes, size_t size, const char *with)
{
    size_t length = strlen(with);
    return size >= length && memcmp(bytes, with, length) == 0;
}

bool notebook_mime_is_split(const char *mime, size_t size)
{
    return begins(mime, size, "text/") || notebook_is(mime, size, "application/javascript") ||
           notebook_is(mime, size, "image/svg+xml");
}

bool notebook_mime_is_json(const char *mime, size_t size)
{
    return notebook_is(mime, size, "application/json") ||
           (begins(mime, size, "application/") && memcmp(mime + size - 5, "+json", 5) == 0);
}
