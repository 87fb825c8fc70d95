/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_header: the YAML comment at the top of a script, as far as jupytext writes it: the kernel
 * and what the form is. What is not understood in it is passed by.
 */
#define _GNU_SOURCE /* memmem */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "model/script/percent_private.h"

#define MOST_LEVELS 8

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_rule(struct percent_line line)
{
    return line.size >= 3 && memcmp(line.text, "---", 3) == 0 &&
           percent_line_is_blank((struct percent_line){line.text + 3, line.size - 3});
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* `# -*- coding: utf-8 -*-` */
static bool names_encoding(const struct percent_format *format, struct percent_line line)
{
    static const char word[] = "coding";
    size_t at = 0;
    while (at < line.size &&
           (line.text[at] == ' ' || line.text[at] == '\t' || line.text[at] == '\f'))
        at++;
    struct percent_line rest = {line.text + at, line.size - at};
    const char *text = percent_line_uncommented(format, rest).text, *end = line.text + line.size;
    if (text == rest.text)
        return false;
    while (text < end && (text = memmem(text, (size_t)(end - text), word, strlen(word)))) {
        text += strlen(word);
        if (text == end || (*text != ':' && *text != '='))
            continue;
        do
            text++;
        while (text < end && (*text == ' ' || *text == '\t'));
        if (text < end && is_name_character(*text))
            return true;
    }
    return false;
}

/* Gives how many lines it has. */
static size_t read_preamble(const struct percent_format *format, const struct percent_lines *lines,
                            struct percent_preamble *ret_preamble)
{
    const struct percent_line *line = lines->lines;
    size_t i = 0;
    if (lines->count > 0 && line[0].size >= 2 && memcmp(line[0].text, "#!", 2) == 0) {
        ret_preamble->executable = xstrndup(line[0].text + 2, line[0].size - 2);
        i = 1;
    }
    /* On one of the first two lines, whatever the first one is. */
    for (size_t k = i; k < 2 && k == i && k < lines->count; k++) {
        if (!names_encoding(format, line[k]))
            continue;
        ret_preamble->encoding = xstrndup(line[k].text, line[k].size);
        i = k + 1;
    }
    return i;
}

void percent_preamble_release(struct percent_preamble *preamble)
{
    free(preamble->executable);
    free(preamble->encoding);
    *preamble = (struct percent_preamble){NULL, NULL};
}

/* Lines of the header without comment signs, from rule to rule. */
struct block {
    struct percent_lines lines;
    size_t after; /* index of the script's line behind it */
};

static bool find_block(const struct percent_format *format, const struct percent_lines *lines,
                       size_t first, struct block *ret_block)
{
    bool has_begun = false;
    for (size_t i = first; i < lines->count; i++) {
        struct percent_line line = lines->lines[i];
        struct percent_line text = percent_line_uncommented(format, line);
        if (text.text == line.text)
            return false; /* no comment */
        if (is_rule(text)) {
            if (has_begun) {
                ret_block->after = i + 1;
                return true;
            }
            has_begun = true;
        } else if (has_begun) {
            percent_lines_add(&ret_block->lines, text.text, text.size);
        } else if (!percent_line_is_blank(text)) {
            return false;
        }
    }
    return false;
}

static void add_point(struct strbuf *buffer, uint32_t point)
{
    if (point < 0x80) {
        strbuf_add_char(buffer, (char)point);
    } else if (point < 0x800) {
        strbuf_add_char(buffer, (char)(0xc0 | point >> 6));
        strbuf_add_char(buffer, (char)(0x80 | (point & 0x3f)));
    } else if (point < 0x10000) {
        strbuf_add_char(buffer, (char)(0xe0 | point >> 12));
        strbuf_add_char(buffer, (char)(0x80 | (point >> 6 & 0x3f)));
        strbuf_add_char(buffer, (char)(0x80 | (point & 0x3f)));
    } else {
        strbuf_add_char(buffer, (char)(0xf0 | (point >> 18 & 7)));
        strbuf_add_char(buffer, (char)(0x80 | (point >> 12 & 0x3f)));
        strbuf_add_char(buffer, (char)(0x80 | (point >> 6 & 0x3f)));
        strbuf_add_char(buffer, (char)(0x80 | (point & 0x3f)));
    }
}

/* The escape after a backslash at `at`; gives the index behind it. */
static size_t add_escape(const char *text, size_t size, size_t at, struct strbuf *buffer)
{
    static const char names[] = "0abtnvfre";
    static const char meanings[] = "\0\a\b\t\n\v\f\r\033";
    char c = text[at++];
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    const char *name = strchr(names, c);
    if (digits > 0 && digits <= size - at) {
        AUTO_FREE char *number = xstrndup(text + at, digits);
        add_point(buffer, (uint32_t)strtoul(number, NULL, 16));
        return at + digits;
    }
    strbuf_add_char(buffer, c && name ? meanings[name - names] : c);
    return at;
}

/* The text of a scalar in quotes. False when it has no end on this line. */
static bool add_quoted(const char *text, size_t size, struct strbuf *buffer)
{
    char quote = text[0];
    for (size_t at = 1; at < size;) {
        char c = text[at++];
        if (c == quote && quote == '\'' && at < size && text[at] == quote) {
            strbuf_add_char(buffer, quote);
            at++;
        } else if (c == quote) {
            return at == size;
        } else if (c == '\\' && quote == '"' && at < size) {
            at = add_escape(text, size, at, buffer);
        } else {
            strbuf_add_char(buffer, c);
        }
    }
    return false;
}

/* A value on one line. 0 when it is something else. */
static raw_ref parse_scalar(struct raw_json *json, const char *text, size_t size)
{
    if (text[0] == '\'' || text[0] == '"') {
        AUTO_STRBUF read = STRBUF_INIT;
        return add_quoted(text, size, &read)
                   ? raw_json_new_string(json, strbuf_text(&read), read.size)
                   : 0;
    }
    /* Objects, lists, numbers, true, false and null are written as in JSON. */
    struct raw_json *parsed = raw_json_parse(text, size, NULL);
    bool is_good = parsed && !raw_json_is_steep(parsed);
    raw_ref value = is_good ? raw_json_copy(json, parsed, raw_json_root(parsed)) : 0;
    raw_json_free(parsed);
    if (value)
        return value;
    return strchr("{[&*|>!%@`#", text[0]) ? 0 : raw_json_new_string(json, text, size);
}

/* The names above a line, by their indentation. */
struct place {
    size_t indents[MOST_LEVELS];
    char *keys[MOST_LEVELS];
    size_t depth;
};

static void leave_to(struct place *place, size_t indent)
{
    while (place->depth > 0 && place->indents[place->depth - 1] >= indent)
        free(place->keys[--place->depth]);
}

static bool is_in(const struct place *place, const char *first, const char *second,
                  const char *third)
{
    const char *const wanted[] = {first, second, third};
    size_t count = third ? 3 : second ? 2 : 1;
    if (place->depth != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(place->keys[i], wanted[i]) != 0)
            return false;
    }
    return true;
}

static void read_member(struct raw_json *json, struct place *place, const char *key,
                        const char *value, size_t size, struct percent_header *header)
{
    bool is_spec = is_in(place, "jupyter", "kernelspec", NULL);
    bool is_format = is_in(place, "jupyter", "jupytext", "text_representation") &&
                     strcmp(key, "format_name") == 0;
    raw_ref scalar = is_spec || is_format ? parse_scalar(json, value, size) : 0;
    if (is_spec && scalar) {
        if (!header->kernelspec)
            header->kernelspec = raw_json_new_object(json);
        if (!percent_options_fit(json, header->kernelspec))
            return;
        raw_json_set(json, header->kernelspec, key, scalar);
    } else if (is_format && scalar) {
        free(header->format_name);
        header->format_name = raw_json_text(json, scalar, NULL);
    }
}

static void read_line(struct raw_json *json, struct place *place, struct percent_line line,
                      struct percent_header *header)
{
    size_t indent = 0;
    while (indent < line.size && line.text[indent] == ' ')
        indent++;
    const char *colon = memchr(line.text + indent, ':', line.size - indent);
    if (!colon)
        return;
    leave_to(place, indent);
    AUTO_FREE char *key = xstrndup(line.text + indent, (size_t)(colon - line.text) - indent);
    const char *value = colon + 1, *end = line.text + line.size;
    while (value < end && *value == ' ')
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\r'))
        end--;
    if (value < end) {
        read_member(json, place, key, value, (size_t)(end - value), header);
    } else if (place->depth < MOST_LEVELS) {
        place->indents[place->depth] = indent;
        place->keys[place->depth++] = xstrdup(key);
    }
}

/* Whether the line begins what belongs to Jupyter; what is indented below it does, too. */
static bool begins_jupyter(struct percent_line line)
{
    static const char name[] = "jupyter";
    size_t size = strlen(name);
    if (line.size <= size || memcmp(line.text, name, size) != 0)
        return false;
    while (size < line.size && line.text[size] == ' ')
        size++;
    return size < line.size && line.text[size] == ':' &&
           percent_line_is_blank((struct percent_line){line.text + size + 1, line.size - size - 1});
}

void percent_header_parse(const struct percent_format *format, const struct percent_lines *lines,
                          struct raw_json *json, struct percent_header *ret_header)
{
    struct block block = {{NULL, 0, 0}, 0};
    struct place place = {{0}, {NULL}, 0};
    AUTO_STRBUF other = STRBUF_INIT;
    *ret_header = (struct percent_header){0, {NULL, NULL}, 0, NULL, NULL};
    ret_header->lines = read_preamble(format, lines, &ret_header->preamble);
    bool is_found = find_block(format, lines, ret_header->lines, &block), in_jupyter = false;
    for (size_t i = 0; is_found && i < block.lines.count; i++) {
        struct percent_line line = block.lines.lines[i];
        if (begins_jupyter(line))
            in_jupyter = true;
        else if (line.size > 0 && line.text[0] != ' ' && line.text[0] != '\t')
            in_jupyter = false;
        if (in_jupyter) {
            read_line(json, &place, line, ret_header);
        } else {
            strbuf_add(&other, line.text, line.size);
            strbuf_add_char(&other, '\n');
        }
    }
    leave_to(&place, 0);
    free(block.lines.lines);
    if (!is_found)
        return;
    if (other.size > 0)
        ret_header->front_matter = xasprintf("---\n%s---", strbuf_text(&other));
    ret_header->lines = block.after;
    if (block.after < lines->count &&
        percent_line_is_blank(percent_line_uncommented(format, lines->lines[block.after])))
        ret_header->lines++;
}

void percent_header_release(struct percent_header *header)
{
    percent_preamble_release(&header->preamble);
    free(header->format_name);
    free(header->front_matter);
    header->format_name = header->front_matter = NULL;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Whether YAML reads the text as this string without quotes. */
static bool is_plain(const char *text, size_t size)
{
    static const char *const characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _./()+-";
    static const char *const others[] = {"true", "false", "yes", "no", "on",
                                         "off",  "null",  "y",   "n"};
    bool begins_with_letter =
        size > 0 && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
    if (!begins_with_letter || strspn(text, characters) != size || text[size - 1] == ' ')
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (strcasecmp(text, others[i]) == 0)
            return false;
    }
    return true;
}

static bool is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] < ' ' || text[i] == 0x7f)
            return false;
    }
    return true;
}

static void add_value(const struct raw_json *json, raw_ref value, struct strbuf *buffer)
{
    size_t size;
    AUTO_FREE char *text = raw_json_text(json, value, &size);
    if (text && is_plain(text, size)) {
        strbuf_add(buffer, text, size);
    } else if (text && is_ascii(text, size)) {
        strbuf_add_char(buffer, '\'');
        for (size_t i = 0; i < size; i++)
            strbuf_addf(buffer, text[i] == '\'' ? "''" : "%c", text[i]);
        strbuf_add_char(buffer, '\'');
    } else {
        percent_json_write(json, value, false, buffer);
    }
}

/* The members of an object, one per line. */
static void add_members(const struct percent_format *format, const struct raw_json *json,
                        raw_ref object, struct strbuf *buffer)
{
    for (raw_ref member = raw_json_first(json, object); member;
         member = raw_json_next(json, member)) {
        size_t size;
        AUTO_FREE char *key = raw_json_text(json, raw_json_key(json, member), &size);
        if (!is_plain(key, size) || raw_json_member(json, object, key) != member)
            continue;
        strbuf_addf(buffer, "%s     %s: ", format->comment, key);
        add_value(json, member, buffer);
        strbuf_add_char(buffer, '\n');
    }
}

/* The member as one line. Caller frees. */
static char *line_of(const struct raw_json *json, raw_ref object, const char *name)
{
    size_t size = 0;
    char *text = raw_json_text(json, raw_json_member(json, object, name), &size);
    if (text && strcspn(text, "\n\r") == size)
        return text;
    free(text);
    return NULL;
}

void percent_preamble_of(const struct percent_format *format, const struct notebook *notebook,
                         struct percent_preamble *ret_preamble)
{
    const struct raw_json *json = notebook->json;
    raw_ref metadata = raw_json_member(json, raw_json_root(json), "metadata");
    raw_ref jupytext = raw_json_member(json, metadata, "jupytext");
    char *encoding = line_of(json, jupytext, "encoding");
    if (encoding && !names_encoding(format, (struct percent_line){encoding, strlen(encoding)})) {
        free(encoding); /* of a file in another language */
        encoding = NULL;
    }
    *ret_preamble = (struct percent_preamble){line_of(json, jupytext, "executable"), encoding};
}

void percent_header_write(const struct percent_format *format, const struct notebook *notebook,
                          struct strbuf *buffer)
{
    const char *comment = format->comment;
    raw_ref metadata = raw_json_member(notebook->json, raw_json_root(notebook->json), "metadata");
    raw_ref kernelspec = raw_json_member(notebook->json, metadata, "kernelspec");
    struct percent_preamble preamble;
    percent_preamble_of(format, notebook, &preamble);
    if (preamble.executable)
        strbuf_addf(buffer, "#!%s\n", preamble.executable);
    if (preamble.encoding)
        strbuf_addf(buffer, "%s\n", preamble.encoding);
    percent_preamble_release(&preamble);
    strbuf_addf(buffer,
                "%s ---\n%s jupyter:\n%s   jupytext:\n%s     text_representation:\n"
                "%s       extension: %s\n%s       format_name: percent\n"
                "%s       format_version: '1.3'\n",
                comment, comment, comment, comment, comment, format->extension, comment, comment);
    if (raw_json_kind(notebook->json, kernelspec) == RAW_OBJECT &&
        raw_json_first(notebook->json, kernelspec) &&
        percent_options_fit(notebook->json, kernelspec)) {
        strbuf_addf(buffer, "%s   kernelspec:\n", comment);
        add_members(format, notebook->json, kernelspec, buffer);
    }
    strbuf_addf(buffer, "%s ---\n\n", comment);
}
