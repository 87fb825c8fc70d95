/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_diff: outputs as content, to compare what two runs or two versions showed.
 */
#define _GNU_SOURCE /* memmem */
#include "model/output/output_diff.h"

#include <string.h>

#include "base/ident.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "model/output/nbformat_output.h"

#define TABLE_TYPE "application/vnd.dataresource+json"
#define SHOWN_HASH 12

/* --- content ---------------------------------------------------------------------------------- */

/* Appends a text with the time of each `Run time: 0.000 s` (`%set timer on`) left out. */
static void add_timeless(struct strbuf *buffer, const char *text, size_t size)
{
    static const char mark[] = "Run time: ";
    const size_t mark_size = sizeof(mark) - 1;
    const char *found;
    while ((found = memmem(text, size, mark, mark_size))) {
        const char *end = found + mark_size;
        const char *stop = text + size;
        while (end < stop && ((*end >= '0' && *end <= '9') || *end == '.'))
            end++;
        strbuf_add(buffer, text, (size_t)(found - text) + mark_size);
        size = (size_t)(stop - end);
        text = end;
    }
    strbuf_add(buffer, text, size);
}

/* Whether a table is that of %%time: what each statement took. */
static bool is_timing(const json_t *table)
{
    static const char *const names[] = {"line", "statement", "wall", "CPU"};
    const json_t *fields = json_object_get(json_object_get(table, "schema"), "fields");
    if (json_array_size(fields) != ARRAY_SIZE(names))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *name = json_member_text(json_array_get(fields, i), "name", "");
        if (strcmp(name, names[i]) != 0)
            return false;
    }
    return true;
}

/* The table of %%time without its times, and as nothing else: the widths of its text depend on
 * them. */
static json_t *timing_content(const json_t *table)
{
    json_t *data = json_object();
    json_t *rows = json_deep_copy(json_object_get(table, "data"));
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        json_object_del(row, "wall");
        json_object_del(row, "CPU");
    }
    json_object_set_new(data, "statements", rows ? rows : json_null());
    return data;
}

static bool is_text_type(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strcmp(type, "application/javascript") == 0 ||
           strcmp(type, "image/svg+xml") == 0;
}

/* Data of an output: texts in one piece (N-23). */
static json_t *data_content(const json_t *data)
{
    const json_t *table = json_object_get(data, TABLE_TYPE);
    if (is_timing(table))
        return timing_content(table);
    json_t *content = json_object();
    const char *type;
    json_t *value;
    json_object_foreach((json_t *)data, type, value)
    {
        /* A picture may be large: it is what it is. */
        if (!is_text_type(type)) {
            json_object_set_nocheck(content, type, value);
            continue;
        }
        AUTO_STRBUF text = STRBUF_INIT;
        AUTO_STRBUF joined = STRBUF_INIT;
        nbformat_add_text(value, &joined);
        add_timeless(&text, strbuf_text(&joined), joined.size);
        json_object_set_new_nocheck(content, type, json_text(strbuf_text(&text), text.size));
    }
    return content;
}

/* Puts a piece of a stream behind the one before when that is of the same stream. */
static bool join_stream(json_t *contents, const json_t *output)
{
    json_t *last = json_array_get(contents, json_array_size(contents) - 1);
    const char *name = json_member_text(output, "name", "");
    if (json_array_size(contents) == 0 ||
        strcmp(json_member_text(last, "output_type", ""), "stream") != 0 ||
        strcmp(json_member_text(last, "name", ""), name) != 0)
        return false;
    AUTO_STRBUF text = STRBUF_INIT;
    nbformat_add_text(json_object_get(last, "text"), &text);
    nbformat_add_text(json_object_get(output, "text"), &text);
    json_object_set_new(last, "text", json_text(strbuf_text(&text), text.size));
    return true;
}

static json_t *content_of(const json_t *output)
{
    json_t *content = json_copy((json_t *)output);
    json_object_del(content, "execution_count");
    json_object_del(content, "prompt_number"); /* nbformat 3 (N-61) */
    json_object_del(content, "transient");
    if (json_is_object(json_object_get(content, "data")))
        json_object_set_new(content, "data", data_content(json_object_get(output, "data")));
    if (json_is_array(json_object_get(content, "text"))) {
        AUTO_STRBUF text = STRBUF_INIT;
        nbformat_add_text(json_object_get(content, "text"), &text);
        json_object_set_new(content, "text", json_text(strbuf_text(&text), text.size));
    }
    return content;
}

json_t *output_diff_content(const json_t *outputs)
{
    json_t *contents = json_array();
    size_t index;
    json_t *output;
    json_array_foreach(outputs, index, output)
    {
        const char *type = json_member_text(output, "output_type", "");
        if (strcmp(type, "stream") != 0 || !join_stream(contents, output))
            json_array_append_new(contents, content_of(output));
    }
    return contents;
}

/* --- for people ------------------------------------------------------------------------------- */

static void add_lines(struct strbuf *buffer, const char *text, size_t size)
{
    strbuf_add(buffer, text, size);
    if (size > 0 && text[size - 1] != '\n')
        strbuf_add_char(buffer, '\n');
}

/* `[image/png, 1234 bytes, 0a1b2c3d4e5f]` */
static void add_digest(struct strbuf *buffer, const char *type, const json_t *value)
{
    char hash[SHA256_HEX_SIZE];
    AUTO_FREE char *text = json_is_string(value) ? NULL : json_format(value);
    const char *bytes = text ? text : json_string_value(value);
    size_t size = text ? strlen(text) : json_string_length(value);
    sha256_hex(bytes, size, hash);
    strbuf_addf(buffer, "[%s, %zu byte%s, %.*s]\n", type, size, size == 1 ? "" : "s", SHOWN_HASH,
                hash);
}

static void add_data(struct strbuf *buffer, const json_t *data, bool all_types)
{
    const json_t *plain = json_object_get(data, "text/plain");
    const char *type;
    json_t *value;
    if (plain) {
        AUTO_STRBUF text = STRBUF_INIT;
        nbformat_add_text(plain, &text);
        add_lines(buffer, strbuf_text(&text), text.size);
    }
    json_object_foreach((json_t *)data, type, value)
    {
        /* A picture's text/plain says `<Figure …>` whatever it shows. */
        bool is_shown = all_types || !plain || strncmp(type, "image/", 6) == 0;
        if (is_shown && value != plain)
            add_digest(buffer, type, value);
    }
}

static void add_output(struct strbuf *buffer, const json_t *output, bool all_types)
{
    const char *type = json_member_text(output, "output_type", "");
    const json_t *data = json_object_get(output, "data");
    const json_t *text = json_object_get(output, "text");
    if (strcmp(type, "error") == 0 || strcmp(type, "pyerr") == 0) {
        AUTO_FREE char *error = nbformat_error_text(output);
        add_lines(buffer, error, strlen(error));
    } else if (json_is_object(data)) {
        add_data(buffer, data, all_types);
    } else if (json_is_string(text)) {
        add_lines(buffer, json_string_value(text), json_string_length(text));
    } else {
        add_digest(buffer, type[0] ? type : "output", output);
    }
    if (all_types && json_object_size(json_object_get(output, "metadata")) > 0)
        add_digest(buffer, "metadata", json_object_get(output, "metadata"));
}

void output_diff_text(const json_t *contents, bool all_types, struct strbuf *ret_text)
{
    size_t index;
    json_t *output;
    json_array_foreach(contents, index, output) add_output(ret_text, output, all_types);
}

void output_diff_texts(const json_t *from, const json_t *to, struct strbuf *ret_from,
                       struct strbuf *ret_to)
{
    output_diff_text(from, false, ret_from);
    output_diff_text(to, false, ret_to);
    if (ret_from->size != ret_to->size ||
        memcmp(strbuf_text(ret_from), strbuf_text(ret_to), ret_from->size) != 0)
        return;
    strbuf_clear(ret_from);
    strbuf_clear(ret_to);
    output_diff_text(from, true, ret_from);
    output_diff_text(to, true, ret_to);
}

void output_diff_attachments(const json_t *attachments, struct strbuf *ret_text)
{
    const char *name, *type;
    json_t *data, *value;
    json_object_foreach((json_t *)attachments, name, data)
    {
        json_object_foreach(data, type, value)
        {
            strbuf_addf(ret_text, "%s ", name);
            add_digest(ret_text, type, value);
        }
    }
}
