/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_arguments: one pass over the line, one word after the other.
 */
#include "kernel/magic/magic_arguments.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* \v and \f are no blanks for SQLite, but nobody means them as text. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_blanks(const char *line, size_t size, size_t offset)
{
    while (offset < size && is_blank(line[offset]))
        offset++;
    return offset;
}

char *magic_arguments_name(const char *line, size_t size)
{
    size_t start = skip_blanks(line, size, 0), end = start;
    while (end < size && !is_blank(line[end]) && line[end] != ';' && line[end] != '\0')
        end++;
    return xstrndup(line + start, end - start);
}

static void add_word(struct magic_arguments *arguments, char *text, bool is_option)
{
    arguments->words =
        xreallocarray(arguments->words, arguments->count + 1, sizeof(*arguments->words));
    arguments->words[arguments->count++] = (struct magic_word){text, is_option};
}

/* Appends what stands in quotes; *offset is on the opening quote, and after the closing one in the
 * end. */
static bool add_quoted(const char *line, size_t size, size_t *offset, struct strbuf *word)
{
    char quote = line[(*offset)++];
    for (; *offset < size && line[*offset] != quote; (*offset)++) {
        char next = *offset + 1 < size ? line[*offset + 1] : '\0';
        if (quote == '"' && line[*offset] == '\\' && (next == '"' || next == '\\'))
            (*offset)++;
        strbuf_add_char(word, line[*offset]);
    }
    return (*offset)++ < size;
}

/* One word from *offset, which is on its first character. */
static bool next_word(const char *line, size_t size, size_t *offset, struct strbuf *word,
                      bool *ret_quoted, struct error *error)
{
    *ret_quoted = false;
    while (*offset < size && !is_blank(line[*offset])) {
        if (line[*offset] == '"' || line[*offset] == '\'') {
            *ret_quoted = true;
            if (!add_quoted(line, size, offset, word))
                return error_set(error, ERROR_INVALID,
                                 "a quote is not closed; close it, or put "
                                 "a word that holds a quote in other quotes");
        } else {
            strbuf_add_char(word, line[(*offset)++]);
        }
    }
    return true;
}

/* A semicolon at the end is a habit of SQL and says nothing here. */
static size_t end_of_line(const char *line, size_t size)
{
    while (size > 0 && (is_blank(line[size - 1]) || line[size - 1] == ';'))
        size--;
    return size;
}

static bool split_words(const char *line, size_t size, size_t offset, size_t raw_from,
                        struct magic_arguments *arguments, struct error *error)
{
    size_t plain = 0, end = end_of_line(line, size);
    bool options_end = false;
    for (;;) {
        offset = skip_blanks(line, size, offset);
        if (plain == raw_from && plain == arguments->count) {
            while (size > offset && is_blank(line[size - 1]))
                size--;
            if (offset < size)
                add_word(arguments, xstrndup(line + offset, size - offset), false);
            return true;
        }
        if (offset >= end)
            return true;
        AUTO_STRBUF word = STRBUF_INIT;
        bool quoted;
        if (!next_word(line, end, &offset, &word, &quoted, error))
            return false;
        const char *text = strbuf_text(&word);
        bool is_option = !quoted && !options_end && text[0] == '-' && text[1] != '\0' &&
                         !(text[1] >= '0' && text[1] <= '9');
        if (is_option && strcmp(text, "--") == 0) {
            options_end = true;
            continue;
        }
        plain += !is_option;
        add_word(arguments, strbuf_take(&word), is_option);
    }
}

bool magic_arguments_split(const char *line, size_t size, size_t raw_from,
                           struct magic_arguments *ret_arguments, struct error *error)
{
    *ret_arguments = (struct magic_arguments){magic_arguments_name(line, size), NULL, 0};
    if (memchr(line, '\0', size) != NULL)
        return error_set(error, ERROR_INVALID, "the line holds a NUL character; take it out");
    if (!utf8_is_valid(line, size))
        return error_set(error, ERROR_INVALID, "the line is not valid UTF-8; type it again");
    size_t offset = skip_blanks(line, size, 0) + strlen(ret_arguments->name);
    return split_words(line, size, offset, raw_from, ret_arguments, error);
}

void magic_arguments_release(struct magic_arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->words[i].text);
    free(arguments->words);
    free(arguments->name);
    *arguments = (struct magic_arguments){NULL, NULL, 0};
}

static void remove_word(struct magic_arguments *arguments, size_t index)
{
    free(arguments->words[index].text);
    arguments->count--;
    memmove(arguments->words + index, arguments->words + index + 1,
            (arguments->count - index) * sizeof(*arguments->words));
}

bool magic_arguments_take_flag(struct magic_arguments *arguments, const char *option)
{
    bool found = false;
    for (size_t i = arguments->count; i-- > 0;) {
        if (arguments->words[i].is_option && strcmp(arguments->words[i].text, option) == 0) {
            remove_word(arguments, i);
            found = true;
        }
    }
    return found;
}

bool magic_arguments_take_value(struct magic_arguments *arguments, const char *option,
                                char **ret_value, struct error *error)
{
    size_t length = strlen(option);
    bool is_long = option[1] == '-';
    *ret_value = NULL;
    for (size_t i = 0; i < arguments->count; i++) {
        const char *text = arguments->words[i].text;
        if (!arguments->words[i].is_option || strncmp(text, option, length) != 0)
            continue;
        if (text[length] == '\0' && i + 1 < arguments->count) {
            *ret_value = xstrdup(arguments->words[i + 1].text);
            remove_word(arguments, i + 1);
        } else if (text[length] != '\0' && (!is_long || text[length] == '=')) {
            *ret_value = xstrdup(text + length + is_long);
        } else if (text[length] == '\0') {
            return error_set(error, ERROR_INVALID, "%s needs a value", option);
        } else {
            continue;
        }
        remove_word(arguments, i);
        return true;
    }
    return true;
}

bool magic_arguments_check(const struct magic_arguments *arguments, size_t min, size_t max,
                           const char *usage, struct error *error)
{
    for (size_t i = 0; i < arguments->count; i++) {
        if (arguments->words[i].is_option)
            return error_set(error, ERROR_INVALID, "unknown option %s; it is: %s",
                             arguments->words[i].text, usage);
    }
    if (arguments->count < min)
        return error_set(error, ERROR_INVALID, "something is missing; it is: %s", usage);
    if (arguments->count > max)
        return error_set(error, ERROR_INVALID, "'%s' is too much%s; it is: %s",
                         arguments->words[max].text,
                         max > 0 ? " (put a name with blanks in quotes)" : "", usage);
    return true;
}
