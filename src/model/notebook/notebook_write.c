/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_write: the canonical text. The one idea: the tree is walked once, in the order of the
 * sorted keys, and at the few places where nbformat does something of its own (texts, transient
 * metadata, ids) so is done here; everything else is raw_json_write's.
 */
#include "model/notebook/notebook_write.h"

#include <stdlib.h>

#include "model/notebook/notebook_private.h"

/* --- parts ------------------------------------------------------------------------------------ */

static void write_key(struct strbuf *buffer, const struct notebook_member *member)
{
    if (member->owned) { /* the others can't have anything that must be escaped */
        raw_json_write_string(member->key, member->key_size, buffer);
        strbuf_add(buffer, ": ", 2);
        return;
    }
    char *room = strbuf_room(buffer, member->key_size + 4);
    *room++ = '"';
    memcpy(room, member->key, member->key_size);
    memcpy(room + member->key_size, "\": ", 3);
    strbuf_grow(buffer, member->key_size + 4);
}

void notebook_write_object(struct notebook_writer *writer, const struct notebook_members *members,
                           unsigned level, notebook_write_member *write_member)
{
    struct strbuf *buffer = writer->buffer;
    if (members->count == 0) {
        strbuf_add(buffer, "{}", 2);
        return;
    }
    for (size_t i = 0; i < members->count; i++) {
        strbuf_add_char(buffer, i ? ',' : '{');
        notebook_new_line(buffer, level + 1);
        write_key(buffer, &members->items[i]);
        write_member(writer, &members->items[i], level + 1);
    }
    notebook_new_line(buffer, level);
    strbuf_add_char(buffer, '}');
}

void notebook_write_value(struct notebook_writer *writer, const struct notebook_member *member,
                          unsigned level)
{
    if (member->literal)
        strbuf_add_text(writer->buffer, member->literal);
    else
        raw_json_write(writer->json, member->value, level, writer->buffer);
}

void notebook_write_text(struct notebook_writer *writer, const struct notebook_member *member,
                         enum notebook_join join, bool split, unsigned level)
{
    struct strbuf *text = &writer->scratch;
    raw_ref value = member->value;
    enum raw_kind kind = value ? raw_json_kind(writer->json, value) : RAW_NULL;
    if ((kind == RAW_STRING && !split) || (kind != RAW_STRING && kind != RAW_ARRAY)) {
        notebook_write_value(writer, member, level);
        return;
    }
    if (kind == RAW_ARRAY && split && join == NOTEBOOK_JOIN_V4 &&
        notebook_copy_lines(writer->json, value, level, writer->buffer))
        return;
    strbuf_clear(text);
    if (!notebook_add_joined(writer->json, value, join, text))
        notebook_write_value(writer, member, level);
    else if (split)
        notebook_write_lines(strbuf_text(text), text->size, level, writer->buffer);
    else
        raw_json_write_string(strbuf_text(text), text->size, writer->buffer);
}

void notebook_write_mime_value(struct notebook_writer *writer, const struct notebook_member *member,
                               unsigned level)
{
    enum notebook_join join = writer->is_v3 ? member->join : NOTEBOOK_JOIN_V4;
    if (notebook_mime_is_json(member->key, member->key_size))
        notebook_write_value(writer, member, level);
    else
        notebook_write_text(writer, member, join,
                            notebook_mime_is_split(member->key, member->key_size), level);
}

void notebook_write_bundle(struct notebook_writer *writer, const struct notebook_member *member,
                           unsigned level)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(writer->json, member->value, &members);
    if (members.count == 0) /* empty, or no object at all */
        notebook_write_value(writer, member, level);
    else
        notebook_write_object(writer, &members, level, notebook_write_mime_value);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static void write_rich_member(struct notebook_writer *writer, const struct notebook_member *member,
                              unsigned level)
{
    if (notebook_is(member->key, member->key_size, "data"))
        notebook_write_bundle(writer, member, level);
    else
        notebook_write_value(writer, member, level);
}

static void write_stream_member(struct notebook_writer *writer,
                                const struct notebook_member *member, unsigned level)
{
    if (notebook_is(member->key, member->key_size, "text"))
        notebook_write_text(writer, member, NOTEBOOK_JOIN_V4, true, level);
    else
        notebook_write_value(writer, member, level);
}

static void write_other_member(struct notebook_writer *writer, const struct notebook_member *member,
                               unsigned level)
{
    if (notebook_is(member->key, member->key_size, "text"))
        notebook_write_text(writer, member, NOTEBOOK_JOIN_V4, false, level);
    else
        notebook_write_value(writer, member, level);
}

/* Whether Python takes the value for true: only then is the `text` of such an output joined (N-71).
 */
static bool is_truthy(const struct raw_json *json, raw_ref value)
{
    AUTO_STRBUF number = STRBUF_INIT;
    switch (value ? raw_json_kind(json, value) : RAW_NULL) {
    case RAW_NULL:
    case RAW_FALSE:
        return false;
    case RAW_TRUE:
        return true;
    case RAW_NUMBER:
        raw_json_write_scalar(json, value, &number);
        return strspn(number.text, "-0.") != number.size; /* zero is 0, 0.0 or -0.0 */
    case RAW_STRING:
        return !raw_json_is_text(json, value, "");
    default:
        return raw_json_first(json, value) != 0;
    }
}

static void write_v4_output(struct notebook_writer *writer, raw_ref output, unsigned level)
{
    const struct raw_json *json = writer->json;
    AUTO_MEMBERS members;
    notebook_members_sorted(json, output, &members);
    const struct notebook_member *member = notebook_members_find(&members, "output_type");
    raw_ref type = member ? member->value : 0;
    notebook_write_member *write_member = notebook_write_value;
    if (type && raw_json_is_text(json, type, "stream"))
        write_member = write_stream_member;
    else if (type && (raw_json_is_text(json, type, "execute_result") ||
                      raw_json_is_text(json, type, "display_data")))
        write_member = write_rich_member;
    else if (is_truthy(json, type))
        write_member = write_other_member;
    notebook_write_object(writer, &members, level, write_member);
}

static void write_outputs(struct notebook_writer *writer, raw_ref outputs, unsigned level)
{
    const struct raw_json *json = writer->json;
    raw_ref output = outputs ? raw_json_first(json, outputs) : 0;
    if (output == 0) {
        strbuf_add(writer->buffer, "[]", 2);
        return;
    }
    for (char separator = '['; output; output = raw_json_next(json, output), separator = ',') {
        strbuf_add_char(writer->buffer, separator);
        notebook_new_line(writer->buffer, level + 1);
        if (raw_json_kind(json, output) != RAW_OBJECT)
            raw_json_write(json, output, level + 1, writer->buffer);
        else if (writer->is_v3)
            notebook_v3_write_output(writer, output, level + 1);
        else
            write_v4_output(writer, output, level + 1);
    }
    notebook_new_line(writer->buffer, level);
    strbuf_add_char(writer->buffer, ']');
}

/* Outputs from outside, which are of 4.x always. */
static bool write_new_outputs(const struct notebook_cell_change *change, unsigned level,
                              struct strbuf *buffer, struct error *error)
{
    if (!change->outputs) {
        strbuf_add(buffer, "[]", 2);
        return true;
    }
    struct raw_json *json = raw_json_parse(change->outputs, change->outputs_size, error);
    if (!json)
        return error_prefix(error, "the outputs to be put in are no JSON");
    if (raw_json_is_steep(json)) {
        raw_json_free(json);
        return error_set(error, ERROR_UNSUPPORTED,
                         "the outputs to be put in are nested too deeply to be written");
    }
    raw_ref outputs = raw_json_root(json);
    bool is_array = raw_json_kind(json, outputs) == RAW_ARRAY;
    if (is_array) {
        struct notebook_writer writer = {.json = json, .buffer = buffer};
        write_outputs(&writer, outputs, level);
        strbuf_release(&writer.scratch);
    }
    raw_json_free(json);
    return is_array ||
           error_set(error, ERROR_INVALID, "the outputs to be put in are no JSON array");
}

/* --- cells ------------------------------------------------------------------------------------ */

static void write_attachments(struct notebook_writer *writer, const struct notebook_member *member,
                              unsigned level)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(writer->json, member->value, &members);
    if (members.count == 0)
        notebook_write_value(writer, member, level);
    else
        notebook_write_object(writer, &members, level, notebook_write_bundle);
}

/* An object without the members of these names (N-24); missing and null count as {} (N-18). */
static void write_metadata(struct notebook_writer *writer, const struct notebook_member *member,
                           const char *const *transient, size_t count, unsigned level)
{
    raw_ref value = member->value;
    enum raw_kind kind = value ? raw_json_kind(writer->json, value) : RAW_NULL;
    AUTO_MEMBERS members;
    notebook_members_sorted(writer->json, value, &members);
    if (kind != RAW_OBJECT && kind != RAW_NULL) {
        notebook_write_value(writer, member, level);
        return;
    }
    for (size_t i = 0; i < count; i++)
        notebook_members_remove(&members, transient[i]);
    if (writer->collapsed)
        notebook_members_put(&members, "collapsed")->value = writer->collapsed;
    notebook_write_object(writer, &members, level, notebook_write_value);
}

static void write_source(struct notebook_writer *writer, const struct notebook_member *member,
                         unsigned level)
{
    if (writer->change && writer->change->source) {
        notebook_write_lines(writer->change->source, writer->change->source_size, level,
                             writer->buffer);
        return;
    }
    if (!writer->is_v3) {
        notebook_write_text(writer, member, NOTEBOOK_JOIN_V4, true, level);
        return;
    }
    strbuf_clear(&writer->scratch);
    if (member->value == 0 ||
        notebook_add_joined(writer->json, member->value, NOTEBOOK_JOIN_V3, &writer->scratch))
        notebook_write_lines(writer->cell->source, writer->cell->source_size, level,
                             writer->buffer);
    else
        notebook_write_value(writer, member, level);
}

static void write_cell_outputs(struct notebook_writer *writer, const struct notebook_member *member,
                               unsigned level)
{
    raw_ref value = member->value;
    if (writer->change) {
        if (!write_new_outputs(writer->change, level, writer->buffer, writer->error))
            writer->failed = true;
    } else if (value == 0 || raw_json_kind(writer->json, value) == RAW_ARRAY) {
        write_outputs(writer, value, level);
    } else {
        notebook_write_value(writer, member, level);
    }
}

static void write_cell_member(struct notebook_writer *writer, const struct notebook_member *member,
                              unsigned level)
{
    static const char *const transient[] = {"trusted"};
    const char *key = member->key;
    size_t size = member->key_size;
    if (notebook_is(key, size, "source"))
        write_source(writer, member, level);
    else if (notebook_is(key, size, "metadata"))
        write_metadata(writer, member, transient, 1, level);
    else if (notebook_is(key, size, "attachments"))
        write_attachments(writer, member, level);
    else if (notebook_is(key, size, "outputs") && writer->is_code)
        write_cell_outputs(writer, member, level);
    else if (notebook_is(key, size, "id") && writer->id)
        raw_json_write_string(writer->id, strlen(writer->id), writer->buffer);
    else if (notebook_is(key, size, "rendered") && member->join)
        notebook_write_text(writer, member, member->join, false, level);
    else if (notebook_is(key, size, "execution_count") && writer->change &&
             writer->change->execution_count)
        strbuf_addf(writer->buffer, "%lld", (long long)writer->change->execution_count);
    else if (notebook_is(key, size, "execution_count") && writer->change)
        strbuf_add(writer->buffer, "null", 4);
    else
        notebook_write_value(writer, member, level);
}

static void write_cell(struct notebook_writer *writer, const struct notebook_cell *cell,
                       unsigned level)
{
    AUTO_MEMBERS members;
    notebook_members_sorted(writer->json, cell->value, &members);
    writer->cell = cell;
    writer->is_code = cell->type == NOTEBOOK_CODE;
    if (writer->is_v3)
        notebook_v3_upgrade_cell(writer, &members);
    if (writer->id)
        notebook_members_put(&members, "id");
    notebook_members_put(&members, "metadata");
    if (writer->is_code)
        notebook_members_put(&members, "outputs");
    if (!writer->is_code)
        writer->change = NULL;
    if (writer->change)
        notebook_members_put(&members, "execution_count");
    notebook_write_object(writer, &members, level, write_cell_member);
}

/* --- ids -------------------------------------------------------------------------------------- */

/* A set of texts that stand one after the other in a buffer; open addressing. */
struct id_set {
    struct strbuf texts;
    struct {
        size_t start, size;
    } * slots;
    size_t mask;
};

/* Whether it is new in the set. The text is the end of `texts` from `start` on. */
static bool id_set_add(struct id_set *set, size_t start)
{
    const char *text = set->texts.text + start;
    size_t size = set->texts.size - start;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    for (size_t at = (hash ^ hash >> 32) & set->mask;; at = (at + 1) & set->mask) {
        if (set->slots[at].size == 0) {
            set->slots[at].start = start;
            set->slots[at].size = size;
            return true;
        }
        if (set->slots[at].size == size &&
            memcmp(set->texts.text + set->slots[at].start, text, size) == 0)
            return false;
    }
}

/* Which cells of 4.5 need another id: they have none, or an earlier one has it; null is an id
 * (N-41, N-75). All cells of 3.x do. NULL when no cell needs one. Caller frees. */
static bool *find_renewed(const struct notebook *notebook)
{
    if (notebook->count == 0 || (!notebook->has_ids && notebook->major != 3))
        return NULL;
    bool *renewed = xcalloc(notebook->count, sizeof *renewed);
    struct id_set set = {.texts = STRBUF_INIT, .mask = 15};
    while (set.mask < 2 * notebook->count)
        set.mask = 2 * set.mask + 1;
    set.slots = xcalloc(set.mask + 1, sizeof *set.slots);
    for (size_t i = 0; i < notebook->count; i++) {
        raw_ref id = raw_json_member(notebook->json, notebook->cells[i].value, "id");
        size_t start = set.texts.size;
        if (id && notebook->major == 4)
            raw_json_write_compact(notebook->json, id, &set.texts);
        renewed[i] = !id || notebook->major == 3 || !id_set_add(&set, start);
    }
    free(set.slots);
    strbuf_release(&set.texts);
    return renewed;
}

/* --- the notebook ----------------------------------------------------------------------------- */

struct notebook_pass {
    struct notebook_writer writer; /* first: what write_root_member is given */
    const struct notebook *notebook;
    const struct notebook_changes *changes;
    const bool *renewed;
};

static void write_cells(struct notebook_pass *pass, unsigned level)
{
    const struct notebook *notebook = pass->notebook;
    struct notebook_writer *writer = &pass->writer;
    if (notebook->count == 0) {
        strbuf_add(writer->buffer, "[]", 2);
        return;
    }
    for (size_t i = 0; i < notebook->count; i++) {
        const struct notebook_changes *changes = pass->changes;
        bool has_outputs = changes && changes->cells && changes->cells[i].has_outputs;
        writer->change = has_outputs ? &changes->cells[i] : NULL;
        writer->id =
            changes && changes->ids && pass->renewed && pass->renewed[i] ? changes->ids[i] : NULL;
        strbuf_add_char(writer->buffer, i ? ',' : '[');
        notebook_new_line(writer->buffer, level + 1);
        write_cell(writer, &notebook->cells[i], level + 1);
        if (writer->failed)
            return;
    }
    writer->collapsed = 0;
    notebook_new_line(writer->buffer, level);
    strbuf_add_char(writer->buffer, ']');
}

static void write_root_member(struct notebook_writer *writer, const struct notebook_member *member,
                              unsigned level)
{
    static const char *const transient[] = {"orig_nbformat", "orig_nbformat_minor", "signature",
                                            "name"};
    struct notebook_pass *pass = (struct notebook_pass *)writer;
    enum raw_kind kind = member->value ? raw_json_kind(writer->json, member->value) : RAW_NULL;
    if (notebook_is(member->key, member->key_size, "cells") &&
        (kind == RAW_ARRAY || kind == RAW_NULL))
        write_cells(pass, level);
    else if (notebook_is(member->key, member->key_size, "metadata"))
        write_metadata(writer, member, transient, writer->is_v3 ? 4 : 3, level);
    else
        notebook_write_value(writer, member, level);
}

bool notebook_can_be_written(const struct notebook *notebook, struct error *error)
{
    return !raw_json_is_steep(notebook->json) ||
           error_set(error, ERROR_UNSUPPORTED,
                     "it is nested so deeply that it would be hundreds of times as large when "
                     "written anew; export it as it came");
}

bool notebook_write(const struct notebook *notebook, const struct notebook_changes *changes,
                    struct strbuf *ret_text, struct error *error)
{
    AUTO_FREE bool *renewed = changes && changes->ids ? find_renewed(notebook) : NULL;
    struct notebook_pass pass = {
        .writer = {.json = notebook->json,
                   .buffer = ret_text,
                   .error = error,
                   .is_v3 = notebook->major == 3},
        .notebook = notebook,
        .changes = changes,
        .renewed = renewed,
    };
    size_t start = ret_text->size, size = 0;
    raw_ref root = raw_json_root(notebook->json);
    AUTO_MEMBERS members;
    if (!notebook_can_be_written(notebook, error))
        return false;
    if (raw_json_bytes(notebook->json, root, &size))
        strbuf_reserve(ret_text, size + 1);
    notebook_members_sorted(notebook->json, root, &members);
    if (notebook->major == 3)
        notebook_v3_upgrade_root(&members);
    notebook_members_put(&members, "cells");
    notebook_members_put(&members, "metadata");
    notebook_write_object(&pass.writer, &members, 0, write_root_member);
    strbuf_add_char(ret_text, '\n');
    strbuf_release(&pass.writer.scratch);
    if (pass.writer.failed)
        strbuf_truncate(ret_text, start);
    return !pass.writer.failed;
}

/* Whether the outputs are others, by their canonical text. Those that are no JSON are, and those of
 * a notebook that can't be written. */
static bool outputs_change(const struct notebook *notebook, const struct notebook_cell *cell,
                           const struct notebook_cell_change *change)
{
    AUTO_STRBUF before = STRBUF_INIT;
    AUTO_STRBUF after = STRBUF_INIT;
    struct notebook_writer writer = {.json = notebook->json,
                                     .buffer = &before,
                                     .cell = cell,
                                     .is_v3 = notebook->major == 3,
                                     .is_code = true};
    struct notebook_member member = {.value = cell->outputs};
    if (raw_json_is_steep(notebook->json))
        return true;
    write_cell_outputs(&writer, &member, 0);
    strbuf_release(&writer.scratch);
    if (!write_new_outputs(change, 0, &after, NULL))
        return true;
    return before.size != after.size || memcmp(before.text, after.text, after.size) != 0;
}

bool notebook_would_change(const struct notebook *notebook, const struct notebook_changes *changes)
{
    for (size_t i = 0; changes && changes->cells && i < notebook->count; i++) {
        const struct notebook_cell_change *change = &changes->cells[i];
        const struct notebook_cell *cell = &notebook->cells[i];
        if (!change->has_outputs || cell->type != NOTEBOOK_CODE)
            continue;
        if (change->source || change->execution_count != cell->execution_count ||
            outputs_change(notebook, cell, change))
            return true;
    }
    return false;
}
