/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_util: parsing with big integers, and a writer whose real numbers are the shortest text that
 * reads back the same.
 */
#include "base/json_util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"

#define USUAL_SIZE 400 /* bytes of a text that json_format makes */
#define NUMBER_CHARACTERS "0123456789+-.eE"

void json_util_release(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* Whether an integer token is out of json_int_t's range. */
static bool is_big_integer(const char *token, size_t size)
{
    char digits[32];
    for (size_t i = 0; i < size; i++) {
        if (strchr(".eE", token[i]))
            return false;
    }
    if (size >= sizeof(digits))
        return true;
    memcpy(digits, token, size);
    digits[size] = '\0';
    errno = 0;
    long long number = strtoll(digits, NULL, 10);
    (void)number;
    return errno == ERANGE;
}

/* Copies JSON text and gives every big integer a ".0". */
static void add_with_real_integers(struct strbuf *buffer, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t start = i;
        if (text[i] == '"') {
            for (i++; i < size && text[i] != '"'; i++) {
                if (text[i] == '\\')
                    i++;
            }
            i = i < size ? i + 1 : size;
            strbuf_add(buffer, text + start, i - start);
        } else if (text[i] && strchr(NUMBER_CHARACTERS, text[i])) {
            while (i < size && text[i] && strchr(NUMBER_CHARACTERS, text[i]))
                i++;
            strbuf_add(buffer, text + start, i - start);
            if (is_big_integer(text + start, i - start))
                strbuf_add_text(buffer, ".0");
        } else {
            strbuf_add_char(buffer, text[i++]);
        }
    }
}

json_t *json_parse(const char *text, size_t size, struct error *error)
{
    json_error_t problem;
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *json = json_loadb(text, size, flags, &problem);
    if (!json && json_error_code(&problem) == json_error_numeric_overflow) {
        AUTO_STRBUF rewritten = STRBUF_INIT;
        add_with_real_integers(&rewritten, text, size);
        json = json_loadb(rewritten.text, rewritten.size, flags, &problem);
    }
    if (!json)
        error_set(error, ERROR_INVALID, "JSON line %d, column %d: %s", problem.line, problem.column,
                  problem.text);
    return json;
}

/* What a character is written as after a backslash, 1 = as \\u00xx, 0 = as it is. */
static const char escapes[256] = {
    1,   1, 1, 1, 1, 1, 1, 1, 'b', 't', 'n', 1, 'f', 'r', 1, 1,
    1,   1, 1, 1, 1, 1, 1, 1, 1,   1,   1,   1, 1,   1,   1, 1,
    ['"'] = '"', ['\\'] = '\\',
};

static void add_string(struct strbuf *buffer, const char *text, size_t size)
{
    size_t start = 0;
    strbuf_add_char(buffer, '"');
    for (size_t i = 0; i < size; i++) {
        char escape = escapes[(unsigned char)text[i]];
        if (escape == 0)
            continue;
        strbuf_add(buffer, text + start, i - start);
        start = i + 1;
        if (escape == 1) {
            strbuf_addf(buffer, "\\u%04x", (unsigned char)text[i]);
        } else {
            const char both[2] = {'\\', escape};
            strbuf_add(buffer, both, sizeof(both));
        }
    }
    strbuf_add(buffer, text + start, size - start);
    strbuf_add_char(buffer, '"');
}

void json_add_text(struct strbuf *buffer, const char *text, size_t size)
{
    AUTO_STRBUF valid = STRBUF_INIT;
    if (!utf8_is_valid(text, size)) {
        utf8_add_valid(&valid, text, size);
        text = strbuf_text(&valid);
        size = valid.size;
    }
    add_string(buffer, text, size);
}

void json_add_integer(struct strbuf *buffer, int64_t number)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        digits[--at] = '-';
    strbuf_add(buffer, digits + at, sizeof(digits) - at);
}

static void add_real(struct strbuf *buffer, double value)
{
    char text[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    /* A library may have set a locale with a decimal comma. */
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    strbuf_add_text(buffer, text);
    if (!strpbrk(text, ".e"))
        strbuf_add_text(buffer, ".0"); /* it stays a real when it is read again */
}

static void add_value(struct strbuf *buffer, const json_t *json);

static void add_object(struct strbuf *buffer, const json_t *object)
{
    bool is_first = true;
    /* jansson's iterator wants a non-const object and does not change it. */
    json_t *iterated = (json_t *)(uintptr_t)object;
    strbuf_add_char(buffer, '{');
    for (void *member = json_object_iter(iterated); member;
         member = json_object_iter_next(iterated, member)) {
        if (!is_first)
            strbuf_add_char(buffer, ',');
        is_first = false;
        const char *key = json_object_iter_key(member);
        add_string(buffer, key, json_object_iter_key_len(member));
        strbuf_add_char(buffer, ':');
        add_value(buffer, json_object_iter_value(member));
    }
    strbuf_add_char(buffer, '}');
}

/* As deep as the value: jansson's parser allows 2048 levels. */
static void add_value(struct strbuf *buffer, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        add_object(buffer, json);
        return;
    case JSON_ARRAY:
        strbuf_add_char(buffer, '[');
        for (size_t i = 0; i < json_array_size(json); i++) {
            if (i > 0)
                strbuf_add_char(buffer, ',');
            add_value(buffer, json_array_get(json, i));
        }
        strbuf_add_char(buffer, ']');
        return;
    case JSON_STRING:
        add_string(buffer, json_string_value(json), json_string_length(json));
        return;
    case JSON_INTEGER:
        json_add_integer(buffer, json_integer_value(json));
        return;
    case JSON_REAL:
        add_real(buffer, json_real_value(json));
        return;
    case JSON_TRUE:
        strbuf_add_text(buffer, "true");
        return;
    case JSON_FALSE:
        strbuf_add_text(buffer, "false");
        return;
    case JSON_NULL:
        strbuf_add_text(buffer, "null");
        return;
    }
}

void json_add(struct strbuf *buffer, const json_t *json)
{
    if (json)
        add_value(buffer, json);
    else
        strbuf_add_text(buffer, "null");
}

char *json_format(const json_t *json)
{
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_reserve(&text, USUAL_SIZE);
    json_add(&text, json);
    return strbuf_take(&text);
}

json_t *json_text(const char *text, size_t size)
{
    json_t *json;
    if (utf8_is_valid(text, size)) {
        json = json_stringn_nocheck(text, size);
    } else {
        AUTO_STRBUF valid = STRBUF_INIT;
        utf8_add_valid(&valid, text, size);
        json = json_stringn_nocheck(strbuf_text(&valid), valid.size);
    }
    if (!json)
        abort(); /* jansson fails only for want of memory */
    return json;
}

json_t *json_text_or_null(const char *text)
{
    return text ? json_text(text, strlen(text)) : json_null();
}

const char *json_member_text(const json_t *object, const char *key, const char *otherwise)
{
    const json_t *member = json_object_get(object, key);
    return json_is_string(member) ? json_string_value(member) : otherwise;
}

bool json_member_bool(const json_t *object, const char *key, bool otherwise)
{
    const json_t *member = json_object_get(object, key);
    return json_is_boolean(member) ? json_is_true(member) : otherwise;
}

json_int_t json_member_integer(const json_t *object, const char *key, json_int_t otherwise)
{
    const json_t *member = json_object_get(object, key);
    return json_is_integer(member) ? json_integer_value(member) : otherwise;
}
