/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percent_text: a script as a notebook: the one it was written from with what differs, or a new
 * one.
 */
#include "model/script/percent_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ident.h"
#include "base/memory.h"
#include "base/unique_names.h"
#include "base/utf8.h"
#include "model/notebook/notebook_write.h"
#include "model/script/percent_private.h"
#include "model/identity/version_match.h"

#define ID_SIZE 8

bool percent_language_of(const char *name, enum percent_language *ret_language)
{
    const char *dot = strrchr(name, '.');
    if (dot && strcasecmp(dot, ".py") == 0)
        *ret_language = PERCENT_PYTHON;
    else if (dot && strcasecmp(dot, ".sql") == 0)
        *ret_language = PERCENT_SQL;
    else
        return false;
    return true;
}

const char *percent_extension(enum percent_language language)
{
    return percent_format(language)->extension;
}

bool percent_text_is(const char *text, size_t size, enum percent_language language)
{
    const struct percent_format *format = percent_format(language);
    struct percent_lines lines = {NULL, 0, 0};
    struct percent_header header;
    struct raw_json *json = raw_json_new();
    percent_lines_split(&lines, text, size);
    percent_header_parse(format, &lines, json, &header);
    bool is_percent = header.format_name && (strcmp(header.format_name, "percent") == 0 ||
                                             strcmp(header.format_name, "hydrogen") == 0);
    for (size_t i = 0; !is_percent && !header.format_name && i < lines.count; i++) {
        struct percent_line options;
        is_percent = percent_line_is_marker(format, lines.lines[i], &options);
    }
    percent_header_release(&header);
    raw_json_free(json);
    free(lines.lines);
    return is_percent;
}

/* --- what a script is made into --------------------------------------------------------------- */

struct making {
    const struct percent_script *script;
    const struct percent_format *format;
    struct raw_json *json; /* of the new notebook */
    raw_ref root, cells;
    const struct notebook *before;   /* of version 4; NULL = none */
    struct percent_cell_form *forms; /* its cells as a script has them, in the script's json */
    struct version_match match;
    struct unique_names *ids;
    bool has_ids;
    bool is_other; /* it is not the notebook before */
};

static raw_ref new_text(struct raw_json *json, const char *text)
{
    return raw_json_new_string(json, text, strlen(text));
}

/* The id of a new cell depends on its text alone: 8 hex digits, and a number when another cell has
 * them. */
static void add_id(struct making *making, raw_ref value, const struct percent_cell *cell)
{
    char hash[SHA256_HEX_SIZE];
    AUTO_STRBUF hashed = STRBUF_INIT;
    strbuf_addf(&hashed, "%s\n", notebook_cell_type_word(cell->type));
    strbuf_add(&hashed, cell->source, cell->size);
    sha256_hex(strbuf_text(&hashed), hashed.size, hash);
    AUTO_FREE char *id = unique_names_add(making->ids, hash, ID_SIZE);
    raw_json_set(making->json, value, "id", new_text(making->json, id));
}

static void clear_outputs(struct raw_json *json, raw_ref value)
{
    raw_json_set(json, value, "outputs", raw_json_new_array(json));
    raw_json_set(json, value, "execution_count", raw_json_new_null(json));
}

static raw_ref new_cell(struct making *making, const struct percent_cell *cell)
{
    struct raw_json *json = making->json;
    raw_ref value = raw_json_new_object(json);
    raw_json_set(json, value, "cell_type", new_text(json, notebook_cell_type_word(cell->type)));
    raw_json_set(json, value, "metadata",
                 raw_json_copy(json, making->script->json, cell->metadata));
    raw_json_set(json, value, "source", raw_json_new_string(json, cell->source, cell->size));
    if (cell->type == NOTEBOOK_CODE)
        clear_outputs(json, value);
    if (making->has_ids)
        add_id(making, value, cell);
    return value;
}

/* What a script shows of the metadata is the script's; the rest stays. */
static void change_metadata(struct making *making, raw_ref value,
                            const struct notebook_cell *before, raw_ref wanted)
{
    struct raw_json *json = making->json;
    const struct raw_json *from = making->before->json, *script = making->script->json;
    raw_ref metadata = raw_json_new_object(json);
    bool is_object = before->metadata && raw_json_kind(from, before->metadata) == RAW_OBJECT;
    for (raw_ref member = is_object ? raw_json_first(from, before->metadata) : 0; member;
         member = raw_json_next(from, member)) {
        AUTO_FREE char *key = raw_json_text(from, raw_json_key(from, member), NULL);
        if (!percent_options_has(from, member))
            raw_json_set(json, metadata, key, raw_json_copy(json, from, member));
    }
    for (raw_ref member = raw_json_first(script, wanted); member;
         member = raw_json_next(script, member)) {
        AUTO_FREE char *key = raw_json_text(script, raw_json_key(script, member), NULL);
        raw_json_set(json, metadata, key, raw_json_copy(json, script, member));
    }
    raw_json_set(json, value, "metadata", metadata);
    making->is_other = true;
}

static raw_ref continued_cell(struct making *making, const struct percent_cell *cell, size_t from)
{
    struct raw_json *json = making->json;
    const struct notebook_cell *before = &making->before->cells[from];
    const struct percent_cell_form *form = &making->forms[from];
    raw_ref value = raw_json_copy(json, making->before->json, before->value);
    bool is_same =
        cell->size == form->cell.size && memcmp(cell->source, form->cell.source, cell->size) == 0;
    if (!is_same) {
        raw_json_set(json, value, "source", raw_json_new_string(json, cell->source, cell->size));
        if (cell->type == NOTEBOOK_CODE)
            clear_outputs(json, value);
        making->is_other = true;
    }
    /* The magic of another language is part of the text. */
    raw_json_remove(making->script->json, form->cell.metadata, "language");
    raw_json_remove(making->script->json, form->cell.metadata, "magic_args");
    if (!percent_json_is_same(making->script->json, cell->metadata, making->script->json,
                              form->cell.metadata))
        change_metadata(making, value, before, cell->metadata);
    if (making->has_ids && !before->id)
        add_id(making, value, cell);
    return value;
}

static void make_cells(struct making *making)
{
    const struct percent_script *script = making->script;
    making->cells = raw_json_new_array(making->json);
    for (size_t i = 0; i < script->count; i++) {
        const struct version_match_result *result = making->before ? &making->match.cells[i] : NULL;
        bool is_continued = result && result->has_before &&
                            making->before->cells[result->from].type == script->cells[i].type;
        if (!is_continued || result->from != i)
            making->is_other = true;
        raw_json_append(making->json, making->cells,
                        is_continued ? continued_cell(making, &script->cells[i], result->from)
                                     : new_cell(making, &script->cells[i]));
    }
    if (making->before && making->before->count != script->count)
        making->is_other = true;
}

/* --- the kernel ------------------------------------------------------------------------------- */

static void set_text(struct raw_json *json, raw_ref object, const char *name, const char *text)
{
    raw_json_set(json, object, name, new_text(json, text));
}

/* A script that names no kernel: SQL is ours; of Python only the language is known. */
static void add_default_kernel(struct making *making, raw_ref metadata)
{
    struct raw_json *json = making->json;
    raw_ref object = raw_json_new_object(json);
    if (making->format->is_python) {
        set_text(json, object, "name", "python");
        raw_json_set(json, metadata, "language_info", object);
        return;
    }
    set_text(json, object, "display_name", "SQL (rscn)");
    set_text(json, object, "language", "sql");
    set_text(json, object, "name", "rscn");
    raw_json_set(json, metadata, "kernelspec", object);
}

static void make_kernel(struct making *making, raw_ref metadata)
{
    struct raw_json *json = making->json;
    const struct raw_json *script = making->script->json;
    raw_ref kernelspec = raw_json_member(json, metadata, "kernelspec");
    if (!making->script->kernelspec) {
        if (!making->before)
            add_default_kernel(making, metadata);
        return;
    }
    if (!kernelspec || raw_json_kind(json, kernelspec) != RAW_OBJECT) {
        kernelspec = raw_json_new_object(json);
        raw_json_set(json, metadata, "kernelspec", kernelspec);
    }
    for (raw_ref member = raw_json_first(script, making->script->kernelspec); member;
         member = raw_json_next(script, member)) {
        AUTO_FREE char *key = raw_json_text(script, raw_json_key(script, member), NULL);
        raw_ref present = raw_json_member(json, kernelspec, key);
        if (present && percent_json_is_same(json, present, script, member))
            continue;
        raw_json_set(json, kernelspec, key, raw_json_copy(json, script, member));
        making->is_other = true;
    }
}

/* What stands above the header is metadata of the notebook. */
static void make_preamble_line(struct making *making, raw_ref metadata, const char *name,
                               const char *wanted, const char *before)
{
    struct raw_json *json = making->json;
    if (wanted ? before && strcmp(wanted, before) == 0 : !before)
        return;
    raw_ref jupytext = raw_json_member(json, metadata, "jupytext");
    if (!jupytext || raw_json_kind(json, jupytext) != RAW_OBJECT) {
        jupytext = raw_json_new_object(json);
        raw_json_set(json, metadata, "jupytext", jupytext);
    }
    if (wanted)
        set_text(json, jupytext, name, wanted);
    else
        raw_json_remove(json, jupytext, name);
    making->is_other = true;
}

static void make_preamble(struct making *making, raw_ref metadata)
{
    const struct percent_preamble *wanted = &making->script->preamble;
    struct percent_preamble before = {NULL, NULL};
    if (making->before)
        percent_preamble_of(making->format, making->before, &before);
    make_preamble_line(making, metadata, "executable", wanted->executable, before.executable);
    make_preamble_line(making, metadata, "encoding", wanted->encoding, before.encoding);
    percent_preamble_release(&before);
}

/* --- the notebook before ---------------------------------------------------------------------- */

static void match_cells(struct making *making)
{
    const struct percent_script *script = making->script;
    const struct notebook *before = making->before;
    AUTO_FREE struct version_match_cell *now = xcalloc(script->count + 1, sizeof(*now));
    AUTO_FREE struct version_match_cell *cells = xcalloc(before->count + 1, sizeof(*cells));
    for (size_t i = 0; i < script->count; i++)
        now[i] = (struct version_match_cell){.type = script->cells[i].type,
                                             .text = script->cells[i].source,
                                             .size = script->cells[i].size};
    for (size_t i = 0; i < before->count; i++)
        cells[i] = (struct version_match_cell){.type = before->cells[i].type,
                                               .text = making->forms[i].cell.source,
                                               .size = making->forms[i].cell.size};
    const struct version_match_request request = {.now = now,
                                                  .now_count = script->count,
                                                  .before = cells,
                                                  .before_count = before->count,
                                                  .language = before->language};
    version_match(&request, &making->match);
}

static void use_before(struct making *making)
{
    const struct notebook *before = making->before;
    raw_ref metadata = raw_json_member(before->json, raw_json_root(before->json), "metadata");
    AUTO_FREE char *language = percent_language_in(
        making->format, before->json, raw_json_member(before->json, metadata, "kernelspec"));
    making->has_ids = before->has_ids;
    making->forms = xcalloc(before->count + 1, sizeof(*making->forms));
    for (size_t i = 0; i < before->count; i++) {
        const struct notebook_cell *cell = &before->cells[i];
        percent_cell_form(making->format, before, i, language, making->script->json,
                          &making->forms[i]);
        if (cell->id)
            free(unique_names_add(making->ids, cell->id, strlen(cell->id)));
    }
    match_cells(making);
    making->root = raw_json_copy(making->json, before->json, raw_json_root(before->json));
}

static void use_nothing(struct making *making)
{
    making->has_ids = true;
    making->is_other = true;
    making->root = raw_json_new_object(making->json);
    raw_json_set(making->json, making->root, "nbformat", raw_json_new_integer(making->json, 4));
    raw_json_set(making->json, making->root, "nbformat_minor",
                 raw_json_new_integer(making->json, 5));
}

static void making_release(struct making *making)
{
    for (size_t i = 0; making->before && i < making->before->count; i++)
        free(making->forms[i].cell.source);
    free(making->forms);
    if (making->before)
        version_match_release(&making->match);
    unique_names_free(making->ids);
    raw_json_free(making->json);
}

static bool write_canonical(const struct making *making, struct strbuf *ret_notebook,
                            struct error *error)
{
    AUTO_STRBUF plain = STRBUF_INIT;
    raw_json_write(making->json, making->root, 0, &plain);
    struct notebook *notebook = notebook_parse(strbuf_text(&plain), plain.size, error);
    bool is_written = notebook && notebook_write(notebook, NULL, ret_notebook, error);
    notebook_free(notebook);
    return is_written;
}

/* `before` is of version 4. *ret_is_other is false when the script is the notebook before. */
static bool make(const struct percent_script *script, const struct percent_format *format,
                 const struct notebook *before, bool *ret_is_other, struct strbuf *ret_notebook,
                 struct error *error)
{
    struct making making = {.script = script,
                            .format = format,
                            .before = before,
                            .json = raw_json_new(),
                            .ids = unique_names_new(false)};
    if (before)
        use_before(&making);
    else
        use_nothing(&making);
    raw_json_set_root(making.json, making.root);
    raw_ref metadata = raw_json_member(making.json, making.root, "metadata");
    if (!metadata || raw_json_kind(making.json, metadata) != RAW_OBJECT) {
        metadata = raw_json_new_object(making.json);
        raw_json_set(making.json, making.root, "metadata", metadata);
    }
    make_kernel(&making, metadata);
    make_preamble(&making, metadata);
    make_cells(&making);
    raw_json_set(making.json, making.root, "cells", making.cells);
    *ret_is_other = making.is_other;
    bool is_made = !making.is_other || write_canonical(&making, ret_notebook, error);
    making_release(&making);
    return is_made;
}

bool percent_text_read(const char *text, size_t size, enum percent_language language,
                       const struct notebook *before, const char *before_text, size_t before_size,
                       struct strbuf *ret_notebook, struct error *error)
{
    const struct percent_format *format = percent_format(language);
    AUTO_PERCENT_SCRIPT script = PERCENT_SCRIPT_INIT;
    AUTO_STRBUF newer = STRBUF_INIT;
    struct notebook *converted = NULL;
    bool is_other = true;
    if (!utf8_is_valid(text, size))
        return error_set(error, ERROR_INVALID, "not UTF-8; save it as UTF-8 first");
    if (before && !notebook_can_be_written(before, error))
        return false;
    if (before && before->major < 4) {
        if (!notebook_write(before, NULL, &newer, error))
            return false;
        converted = notebook_parse(strbuf_text(&newer), newer.size, error);
        if (!converted)
            return false;
    }
    percent_script_parse(text, size, format, &script);
    bool is_made =
        make(&script, format, converted ? converted : before, &is_other, ret_notebook, error);
    if (is_made && !is_other)
        strbuf_add(ret_notebook, before_text, before_size);
    notebook_free(converted);
    return is_made;
}
