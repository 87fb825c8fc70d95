/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json_parse: the text becomes the tree in one pass.
 *
 * The idea: a container that is still open keeps the way back in its node (`next` is the container
 * around it, `size` the number of its items so far), so nesting needs no stack of any kind.
 */
#include "model/notebook/raw_json_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

/* A first guess; notebooks have a value in 30 to 60 bytes. */
#define BYTES_PER_NODE 32
#define EXPECTED_VALUE "a value is expected"
#define TEXT_OF(number) TEXT_OF_EXPANDED(number)
#define TEXT_OF_EXPANDED(number) #number

struct parser {
    struct raw_json *json;
    const char *text, *end;
    uint32_t open; /* innermost open container, 0 = none */
    uint32_t last; /* value before in it, 0 = none */
    size_t depth;
    uint64_t indentation; /* of all lines on which an item would begin */
    const char *fault_at;
    const char *fault; /* what is wrong there */
};

static const char *fail(struct parser *parser, const char *at, const char *fault)
{
    parser->fault_at = at;
    parser->fault = fault;
    return NULL;
}

/* --- white space ------------------------------------------------------------------------------ */

static size_t count_spaces(const char *at, const char *end)
{
    const char *start = at;
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        __m128i block;
        memcpy(&block, at, sizeof(block));
        int others = 0xffff ^ _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(' ')));
        if (others)
            return (size_t)(at - start) + (size_t)__builtin_ctz((unsigned)others);
    }
#endif
    while (at < end && *at == ' ')
        at++;
    return (size_t)(at - start);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

static void not_canonical(struct parser *parser)
{
    parser->json->nodes[parser->open].bits &= ~(uint32_t)RAW_CANONICAL;
}

/* White space where the writer breaks the line and indents by `level`. */
static inline const char *skip_break(struct parser *parser, const char *at, size_t level)
{
    if (at < parser->end && *at == '\n') {
        size_t spaces = count_spaces(at + 1, parser->end);
        at += 1 + spaces;
        if (spaces == level && at < parser->end && (unsigned char)*at > ' ')
            return at;
    }
    not_canonical(parser);
    return skip_blanks(at, parser->end);
}

/* --- scalars ---------------------------------------------------------------------------------- */

/* A node behind all others, in no container. */
static inline void add_node(struct parser *parser, const char *start, size_t size, uint32_t bits)
{
    struct raw_json *json = parser->json;
    if (json->count == json->capacity)
        raw_json_grow(json, json->count + 1);
    json->nodes[json->count++] = (struct raw_node){
        .start = (uint32_t)(start - parser->text), .size = (uint32_t)size, .bits = bits};
}

/* A node as the next item of the open container. Without an open container and without an item
 * before, node 0 takes what is of no use. */
static inline void add_item(struct parser *parser, const char *start, size_t size, uint32_t bits)
{
    uint32_t value = (uint32_t)parser->json->count;
    uint32_t open_bits = parser->json->nodes[parser->open].bits;
    if ((open_bits & RAW_KIND) == RAW_OBJECT)
        bits |= RAW_KEYED;
    add_node(parser, start, size, bits);
    struct raw_node *nodes = parser->json->nodes;
    nodes[parser->open].size++;
    nodes[parser->open].bits = open_bits & (bits | ~(uint32_t)RAW_CANONICAL);
    nodes[parser->last].next = value;
    parser->last = value;
    parser->indentation += parser->depth;
}

/* An escape at its backslash; clears the flags that it rules out. */
static inline const char *read_escape(struct parser *parser, const char *at, uint32_t *bits)
{
    size_t left = (size_t)(parser->end - at);
    *bits &= ~(uint32_t)RAW_PLAIN;
    switch (left > 1 ? at[1] : '\0') {
    case '"':
    case '\\':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 2;
    case '/':
        *bits &= ~(uint32_t)RAW_CANONICAL;
        return at + 2;
    case 'u':
        break;
    default:
        return fail(parser, at, "no escape of JSON begins so");
    }
    int unit = left >= 6 ? raw_text_hex(at + 2) : -1;
    if (unit < 0)
        return fail(parser, at, "\\u without four hexadecimal digits");
    static const uint32_t short_forms =
        1u << '\b' | 1u << '\f' | 1u << '\n' | 1u << '\r' | 1u << '\t';
    if (unit >= 0x20 || (short_forms >> unit & 1) || (at[5] >= 'A' && at[5] <= 'F'))
        *bits &= ~(uint32_t)RAW_CANONICAL;
    return at + 6;
}

/* A string from its quote to behind its last one. */
static const char *read_string(struct parser *parser, const char *at, uint32_t *ret_bits)
{
    const char *start = at++, *end = parser->end;
    *ret_bits = RAW_STRING | RAW_CANONICAL | RAW_PLAIN;
    for (;;) {
        at = raw_text_skip_plain(at, end);
        if (at == end)
            return fail(parser, start, "the string has no end");
        if (*at == '"')
            return at + 1;
        if (*at == '\\') {
            at = read_escape(parser, at, ret_bits);
            if (!at)
                return NULL;
            if (at < end && *at == '"') /* as at the end of a line of code */
                return at + 1;
            continue;
        }
        if ((unsigned char)*at < 0x20)
            return fail(parser, at, "a control character in a string must be written as an escape");
        while (at < end && (unsigned char)*at >= 0x80) {
            size_t size = raw_text_character(at, end);
            if (size == 0)
                return fail(parser, at, "not valid UTF-8");
            at += size;
        }
    }
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static const char *read_word(struct parser *parser, const char *at, const char *word, uint32_t bits)
{
    size_t size = strlen(word);
    if ((size_t)(parser->end - at) < size || memcmp(at, word, size) != 0)
        return fail(parser, at, EXPECTED_VALUE);
    add_item(parser, at, size, bits | RAW_CANONICAL);
    return at + size;
}

static const char *read_number(struct parser *parser, const char *start)
{
    const char *end = parser->end;
    bool is_negative = *start == '-';
    const char *at = start + is_negative;
    if (is_negative && at < end && *at == 'I')
        return read_word(parser, start, "-Infinity", RAW_NUMBER);
    const char *whole = at;
    at = at < end && *at == '0' ? at + 1 : skip_digits(at, end);
    if (at == whole)
        return fail(parser, start, "a number has no digits");
    struct raw_real real = {.whole = whole, .point = at};
    if (at < end && *at == '.') {
        at = skip_digits(at + 1, end);
        if (at == real.point + 1)
            return fail(parser, real.point, "no digit after the decimal point");
    }
    real.exponent = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at += end - at > 1 && (at[1] == '+' || at[1] == '-') ? 2 : 1;
        const char *digits = at;
        at = skip_digits(at, end);
        if (at == digits)
            return fail(parser, real.exponent, "no digit in the exponent");
    }
    real.end = at;
    uint32_t bits = RAW_NUMBER;
    if (at == real.point)
        bits |= is_negative && *whole == '0' ? RAW_PLAIN : RAW_PLAIN | RAW_CANONICAL;
    else if (raw_number_is_canonical(&real))
        bits |= RAW_CANONICAL;
    add_item(parser, start, (size_t)(at - start), bits);
    return at;
}

static inline const char *read_scalar(struct parser *parser, const char *at)
{
    uint32_t bits;
    if (at == parser->end)
        return fail(parser, at, EXPECTED_VALUE);
    switch (*at) {
    case '"': {
        const char *start = at;
        at = read_string(parser, at, &bits);
        if (at)
            add_item(parser, start, (size_t)(at - start), bits);
        return at;
    }
    case 'n':
        return read_word(parser, at, "null", RAW_NULL);
    case 't':
        return read_word(parser, at, "true", RAW_TRUE);
    case 'f':
        return read_word(parser, at, "false", RAW_FALSE);
    case 'N':
        return read_word(parser, at, "NaN", RAW_NUMBER);
    case 'I':
        return read_word(parser, at, "Infinity", RAW_NUMBER);
    default:
        if (*at != '-' && (*at < '0' || *at > '9'))
            return fail(parser, at, EXPECTED_VALUE);
        return read_number(parser, at);
    }
}

/* --- containers ------------------------------------------------------------------------------- */

/* Looks whether the last key that was read comes after the one of the member before. */
static inline void check_order(struct parser *parser)
{
    struct raw_node *nodes = parser->json->nodes;
    const struct raw_node *before = &nodes[parser->last - 1];
    const struct raw_node *key = &nodes[parser->json->count - 1];
    const char *left = parser->text + before->start, *right = parser->text + key->start;
    bool plain = before->bits & key->bits & RAW_PLAIN;
    if (plain && left[1] != right[1] && before->size > 2 && key->size > 2) {
        if ((unsigned char)left[1] < (unsigned char)right[1])
            return;
    } else if (raw_text_compare(left, before->size, right, key->size, plain) < 0) {
        return;
    }
    nodes[parser->open].bits &= ~(uint32_t)(RAW_CANONICAL | RAW_ORDERED);
}

/* A key and its colon; returns where the value begins. */
static inline const char *read_key(struct parser *parser, const char *at)
{
    uint32_t bits;
    const char *start = at, *end = parser->end;
    if (at == end || *at != '"')
        return fail(parser, at, "a key in double quotes is expected");
    at = read_string(parser, at, &bits);
    if (!at)
        return NULL;
    add_node(parser, start, (size_t)(at - start), bits);
    if (parser->last)
        check_order(parser);
    if (!(bits & RAW_CANONICAL))
        not_canonical(parser);
    if (end - at > 2 && at[0] == ':' && at[1] == ' ' && (unsigned char)at[2] > ' ')
        return at + 2;
    not_canonical(parser);
    at = skip_blanks(at, end);
    if (at == end || *at != ':')
        return fail(parser, at, "':' is expected after a key");
    return skip_blanks(at + 1, end);
}

static inline bool open_container(struct parser *parser, const char *at)
{
    if (parser->depth == RAW_JSON_MAX_DEPTH) {
        fail(parser, at, "nested too deeply, more than " TEXT_OF(RAW_JSON_MAX_DEPTH) " levels");
        return false;
    }
    uint32_t kind = *at == '{' ? RAW_OBJECT | RAW_ORDERED : RAW_ARRAY;
    add_item(parser, at, 0, kind | RAW_CANONICAL);
    parser->json->nodes[parser->last].next = parser->open;
    parser->open = parser->last;
    parser->last = 0;
    parser->depth++;
    return true;
}

/* At the closing bracket; returns what follows it. */
static inline const char *close_container(struct parser *parser, const char *at)
{
    struct raw_node *node = &parser->json->nodes[parser->open];
    struct raw_node *around = &parser->json->nodes[node->next];
    uint32_t count = node->size < RAW_COUNT_MAX ? node->size : RAW_COUNT_MAX;
    around->bits &= node->bits | ~(uint32_t)RAW_CANONICAL;
    node->bits |= count << RAW_COUNT_SHIFT;
    node->size = (uint32_t)(at + 1 - (parser->text + node->start));
    parser->last = parser->open;
    parser->open = node->next;
    node->next = 0;
    parser->depth--;
    return at + 1;
}

/* A scalar, an empty container, or all brackets up to the first of them. */
static const char *begin_value(struct parser *parser, const char *at)
{
    const char *end = parser->end;
    while (at < end && (*at == '[' || *at == '{')) {
        bool is_object = *at == '{';
        char close = is_object ? '}' : ']';
        if (end - at >= 2 && at[1] == close) {
            uint32_t kind = is_object ? RAW_OBJECT | RAW_ORDERED : RAW_ARRAY;
            add_item(parser, at, 2, kind | RAW_CANONICAL);
            return at + 2;
        }
        if (!open_container(parser, at))
            return NULL;
        at = skip_break(parser, at + 1, parser->depth);
        if (at < end && *at == close) {
            not_canonical(parser);
            return close_container(parser, at);
        }
        if (is_object && !(at = read_key(parser, at)))
            return NULL;
    }
    return read_scalar(parser, at);
}

/* What follows a value: to the next one in the same container or, where containers end, in the one
 * around them; behind the last bracket when there is none. */
static const char *end_value(struct parser *parser, const char *at)
{
    while (parser->open) {
        bool is_object = (parser->json->nodes[parser->open].bits & RAW_KIND) == RAW_OBJECT;
        if (at < parser->end && *at == ',') {
            at = skip_break(parser, at + 1, parser->depth);
            return is_object ? read_key(parser, at) : at;
        }
        at = skip_break(parser, at, parser->depth - 1);
        if (at < parser->end && *at == ',')
            not_canonical(parser);
        else if (at < parser->end && *at == (is_object ? '}' : ']'))
            at = close_container(parser, at);
        else
            return fail(parser, at,
                        is_object ? "',' or '}' is expected" : "',' or ']' is expected");
    }
    return at;
}

static bool parse_document(struct parser *parser)
{
    const char *at = skip_blanks(parser->text, parser->end);
    do {
        at = begin_value(parser, at);
        if (at)
            at = end_value(parser, at);
        if (!at)
            return false;
    } while (parser->open);
    at = skip_blanks(at, parser->end);
    if (at < parser->end)
        fail(parser, at, "nothing more is expected after the value");
    return at == parser->end;
}

/* Whether the fault is a comma that nothing but a closing bracket follows, as an edit by hand
 * leaves it. */
static bool is_last_comma(const struct parser *parser)
{
    const char *at = parser->fault_at;
    if (at == parser->end || (*at != '}' && *at != ']'))
        return false;
    while (at > parser->text && skip_blanks(at - 1, at) == at)
        at--;
    return at > parser->text && at[-1] == ',';
}

static void report(const struct parser *parser, struct error *error)
{
    const char *at = parser->fault_at, *line = parser->text;
    size_t number = 1;
    for (const char *end; (end = memchr(line, '\n', (size_t)(at - line))); number++)
        line = end + 1;
    size_t left = (size_t)(parser->end - at);
    unsigned char byte = left > 0 ? (unsigned char)*at : 0;
    size_t character = byte >= 0x80 ? raw_text_character(at, parser->end) : 0;
    char found[24] = "the end";
    if (byte > ' ' && byte < 0x7f)
        snprintf(found, sizeof(found), "'%c'", byte);
    else if (character)
        snprintf(found, sizeof(found), "U+%04X", raw_text_code_point(at, at + character));
    else if (left > 0)
        snprintf(found, sizeof(found), "byte 0x%02x", byte);
    error_set(error, ERROR_INVALID, "line %zu, column %zu: %s (found %s)", number,
              utf8_length(line, (size_t)(at - line)) + 1,
              is_last_comma(parser) ? "a comma stands before the end" : parser->fault, found);
}

struct raw_json *raw_json_parse(const char *text, size_t size, struct error *error)
{
    if (size > RAW_JSON_MAX_BYTES) {
        error_set(error, ERROR_INVALID,
                  "line 1, column 1: %zu bytes are more than the %zu that are read", size,
                  RAW_JSON_MAX_BYTES);
        return NULL;
    }
    struct raw_json *json = xcalloc(1, sizeof(*json));
    json->text = text;
    json->size = size;
    raw_json_grow(json, size / BYTES_PER_NODE + 8);
    json->nodes[0] = (struct raw_node){0};
    json->count = json->root = 1;
    struct parser parser = {.json = json, .text = text, .end = text + size};
    if (!parse_document(&parser)) {
        report(&parser, error);
        raw_json_free(json);
        return NULL;
    }
    json->is_steep = parser.indentation / RAW_JSON_MOST_GROWTH > size;
    json->nodes[0] = (struct raw_node){0};
    json->nodes = xreallocarray(json->nodes, json->count, sizeof(*json->nodes));
    json->capacity = json->count;
    return json;
}
