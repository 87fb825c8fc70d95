/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_v3: notebooks of nbformat 3 as nbformat's upgrade makes 4.5 of them (N-61, N-62, N-72,
 * N-76). The one idea: nothing is converted in memory; the members of an object are renamed, moved
 * and dropped just before they are written.
 */
#include <stdlib.h>

#include "model/notebook/notebook_private.h"

/* A heading of more levels is no text that anybody wrote. */
#define MOST_LEVELS 1000

void notebook_v3_heading(int64_t level, struct strbuf *text)
{
    AUTO_STRBUF line = STRBUF_INIT;
    size_t hashes = level <= 0 ? 0 : level < MOST_LEVELS ? (size_t)level : MOST_LEVELS;
    strbuf_add_repeated(&line, '#', hashes);
    strbuf_add_char(&line, ' ');
    for (size_t start = 0, end, next; start < text->size; start = next) {
        next = notebook_line_end(text->text, text->size, start, &end);
        if (start > 0)
            strbuf_add_char(&line, ' ');
        strbuf_add(&line, text->text + start, end - start);
    }
    strbuf_clear(text);
    strbuf_add(text, line.text, line.size);
}

/* --- the notebook and its cells --------------------------------------------------------------- */

static void put_literal(struct notebook_members *members, const char *key, const char *literal)
{
    struct notebook_member *member = notebook_members_put(members, key);
    member->value = 0;
    member->literal = literal;
}

static void put_value(struct notebook_members *members, const char *key, raw_ref value)
{
    struct notebook_member *member = notebook_members_put(members, key);
    member->value = value;
    member->literal = NULL;
}

void notebook_v3_upgrade_root(struct notebook_members *root)
{
    notebook_members_remove(root, "orig_nbformat");
    notebook_members_remove(root, "orig_nbformat_minor");
    notebook_members_remove(root, "worksheets");
    put_value(root, "cells", 0);
    put_literal(root, "nbformat", "4");
    put_literal(root, "nbformat_minor", "5");
}

void notebook_v3_upgrade_cell(struct notebook_writer *writer, struct notebook_members *cell)
{
    const struct notebook_member *type = notebook_members_find(cell, "cell_type");
    writer->collapsed = 0;
    if (writer->is_code) {
        notebook_members_remove(cell, "language");
        writer->collapsed = notebook_members_remove(cell, "collapsed");
        put_value(cell, "source", notebook_members_remove(cell, "input"));
        struct notebook_member *outputs = notebook_members_find(cell, "outputs");
        if (outputs && notebook_is_hollow(writer->json, outputs->value))
            outputs->value = 0;
        raw_ref count = notebook_members_remove(cell, "prompt_number");
        if (count)
            put_value(cell, "execution_count", count);
        else
            put_literal(cell, "execution_count", "null");
        return;
    }
    if (type && raw_json_is_text(writer->json, type->value, "heading")) {
        notebook_members_remove(cell, "level");
        put_value(cell, "source", 0);
        put_literal(cell, "cell_type", "\"markdown\"");
    } else if (type && raw_json_is_text(writer->json, type->value, "html")) {
        put_literal(cell, "cell_type", "\"markdown\"");
    }
    struct notebook_member *rendered = notebook_members_find(cell, "rendered");
    if (rendered)
        rendered->join = NOTEBOOK_JOIN_V3;
}

/* --- outputs ---------------------------------------------------------------------------------- */

static const struct {
    const char *alias, *mime;
    bool is_joined; /* when its output is read, N-76 */
} mime_aliases[] = {
    {"text", "text/plain", true},       {"html", "text/html", true},
    {"svg", "image/svg+xml", true},     {"png", "image/png", false},
    {"jpeg", "image/jpeg", false},      {"latex", "text/latex", true},
    {"json", "application/json", true}, {"javascript", "application/javascript", true},
};

static void set_joins(struct notebook_members *output)
{
    for (size_t i = 0; i < ARRAY_SIZE(mime_aliases); i++) {
        struct notebook_member *member = notebook_members_find(output, mime_aliases[i].alias);
        if (member && mime_aliases[i].is_joined)
            member->join = NOTEBOOK_JOIN_V3;
    }
}

static void rename_aliases(struct notebook_members *members)
{
    for (size_t i = 0; i < ARRAY_SIZE(mime_aliases); i++) {
        const struct notebook_member *found = notebook_members_find(members, mime_aliases[i].alias);
        if (!found)
            continue;
        enum notebook_join join = found->join;
        raw_ref value = notebook_members_remove(members, mime_aliases[i].alias);
        put_value(members, mime_aliases[i].mime, value);
        notebook_members_find(members, mime_aliases[i].mime)->join = join;
    }
}

/* The text of a JSON output is parsed; what is no JSON, or too steep, stays a text. */
static void write_json_text(struct notebook_writer *writer, const struct notebook_member *member,
                            unsigned level)
{
    struct strbuf *text = &writer->scratch;
    strbuf_clear(text);
    if (!notebook_add_joined(writer->json, member->value, member->join, text)) {
        notebook_write_value(writer, member, level);
        return;
    }
    struct raw_json *json = raw_json_parse(strbuf_text(text), text->size, NULL);
    if (json && !raw_json_is_steep(json))
        raw_json_write(json, raw_json_root(json), level, writer->buffer);
    else
        raw_json_write_string(strbuf_text(text), text->size, writer->buffer);
    raw_json_free(json);
}

static void write_data_member(struct notebook_writer *writer, const struct notebook_member *member,
                              unsigned level)
{
    if (notebook_is(member->key, member->key_size, "application/json"))
        write_json_text(writer, member, level);
    else
        notebook_write_mime_value(writer, member, level);
}

static void write_metadata(struct notebook_writer *writer, raw_ref metadata, unsigned level)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(writer->json, metadata, &members);
    rename_aliases(&members);
    if (metadata && raw_json_kind(writer->json, metadata) != RAW_OBJECT)
        raw_json_write(writer->json, metadata, level, writer->buffer);
    else
        notebook_write_object(writer, &members, level, notebook_write_value);
}

static void begin_member(struct notebook_writer *writer, const char *key, unsigned level)
{
    notebook_new_line(writer->buffer, level);
    strbuf_addf(writer->buffer, "\"%s\": ", key);
}

/* pyout and display_data: whatever else they have goes into `data`. */
static void write_display(struct notebook_writer *writer, struct notebook_members *members,
                          bool is_result, unsigned level)
{
    raw_ref metadata = notebook_members_remove(members, "metadata");
    raw_ref count = notebook_members_remove(members, "execution_count");
    if (is_result)
        count = notebook_members_remove(members, "prompt_number");
    notebook_members_remove(members, "output_type");
    rename_aliases(members);
    strbuf_add_char(writer->buffer, '{');
    begin_member(writer, "data", level + 1);
    notebook_write_object(writer, members, level + 1, write_data_member);
    strbuf_add_char(writer->buffer, ',');
    if (is_result || count) {
        begin_member(writer, "execution_count", level + 1);
        if (count)
            raw_json_write(writer->json, count, level + 1, writer->buffer);
        else
            strbuf_add_text(writer->buffer, "null");
        strbuf_add_char(writer->buffer, ',');
    }
    begin_member(writer, "metadata", level + 1);
    write_metadata(writer, metadata, level + 1);
    strbuf_add_char(writer->buffer, ',');
    begin_member(writer, "output_type", level + 1);
    strbuf_add_text(writer->buffer, is_result ? "\"execute_result\"" : "\"display_data\"");
    notebook_new_line(writer->buffer, level);
    strbuf_add_char(writer->buffer, '}');
}

static void write_joined_member(struct notebook_writer *writer,
                                const struct notebook_member *member, unsigned level)
{
    notebook_write_text(writer, member, member->join, false, level);
}

static void write_stream_member(struct notebook_writer *writer,
                                const struct notebook_member *member, unsigned level)
{
    bool is_text = notebook_is(member->key, member->key_size, "text");
    notebook_write_text(writer, member, member->join, is_text, level);
}

/* An output that 4.x has and 3.x has not is cut like one of 4.x. */
static void write_result_member(struct notebook_writer *writer,
                                const struct notebook_member *member, unsigned level)
{
    if (notebook_is(member->key, member->key_size, "data"))
        notebook_write_bundle(writer, member, level);
    else
        write_joined_member(writer, member, level);
}

void notebook_v3_write_output(struct notebook_writer *writer, raw_ref output, unsigned level)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(writer->json, output, &members);
    set_joins(&members);
    const struct notebook_member *member = notebook_members_find(&members, "output_type");
    raw_ref type = member ? member->value : 0;
    bool is_result = type && raw_json_is_text(writer->json, type, "pyout");
    notebook_write_member *write_member = write_joined_member;
    if (is_result || (type && raw_json_is_text(writer->json, type, "display_data"))) {
        write_display(writer, &members, is_result, level);
        return;
    }
    if (type && raw_json_is_text(writer->json, type, "pyerr")) {
        put_literal(&members, "output_type", "\"error\"");
    } else if (type && raw_json_is_text(writer->json, type, "stream")) {
        raw_ref name = notebook_members_remove(&members, "stream");
        if (name)
            put_value(&members, "name", name);
        else
            put_literal(&members, "name", "\"stdout\"");
        write_member = write_stream_member;
    } else if (type && raw_json_is_text(writer->json, type, "execute_result")) {
        write_member = write_result_member;
    }
    notebook_write_object(writer, &members, level, write_member);
}
