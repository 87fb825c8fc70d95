/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook: reading a notebook file. The one idea: whatever is JSON and says nbformat 3 or 4 with
 * cells that are objects is a notebook; what the schema has against it is notebook_check's
 * business.
 */
#include "model/notebook/notebook.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#include "base/utf8.h"
#include "model/notebook/notebook_private.h"

#define SHOWN_COLUMNS 40

/* --- what is no notebook ---------------------------------------------------------------------- */

static bool text_begins(const char *text, size_t size, const char *with)
{
    return size >= strlen(with) && strncasecmp(text, with, strlen(with)) == 0;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

static bool is_all_nul(const char *text, size_t size)
{
    return size > 0 && !text[0] && memcmp(text, text + 1, size - 1) == 0;
}

/* UTF-16 and UTF-32 by their mark, or by the NUL that one of the first two characters has. */
static const char *other_encoding(const char *text, size_t size)
{
    if (size >= 4 &&
        (memcmp(text, "\xff\xfe\0\0", 4) == 0 || memcmp(text, "\0\0\xfe\xff", 4) == 0 ||
         memcmp(text, "\0\0\0", 3) == 0 || memcmp(text + 1, "\0\0\0", 3) == 0))
        return "UTF-32";
    if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
                      !text[0] || !text[1]))
        return "UTF-16";
    return NULL;
}

/* A mark that Git leaves at a line's begin, where no JSON can have one; a mark of a merge inside a
 * merge is longer. */
static bool is_conflict_mark(const char *line, size_t size)
{
    size_t length = 0;
    if (size == 0 || !memchr("<|>", line[0], 3))
        return false;
    while (length < size && line[length] == line[0])
        length++;
    return length >= 7 && (length == size || is_blank(line[length]));
}

static bool has_conflict(const char *text, size_t size)
{
    const char *end = text + size;
    for (const char *at = text, *next; !is_conflict_mark(at, (size_t)(end - at)); at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        if (!next)
            return false;
    }
    return true;
}

/* What other files begin with, and what to do about them. */
static const struct {
    const char *begin, *reason;
} other_files[] = {
    {"version https://git-lfs", "a Git LFS pointer and not the notebook itself; run git lfs pull"},
    {"<", "an HTML page and not a notebook; download the raw file"},
    {"\x1f\x8b", "a gzip file and not a notebook; unpack it first"},
    {"PK\x03\x04", "a zip archive and not a notebook; unpack it first"},
    {"\x89PNG", "a PNG picture and not a notebook; is it the right file?"},
    {"%PDF-", "a PDF document and not a notebook; is it the right file?"},
};

/* Says what a text is that can't be read as JSON; `error` has JSON's own words when they are
 * needed. */
static bool refuse_text(const char *text, size_t size, struct error *error)
{
    size_t start = 0;
    while (start < size && is_blank(text[start]))
        start++;
    if (is_all_nul(text, size))
        return error_set(error, ERROR_INVALID,
                         "the file is nothing but NUL bytes, as after a crash or on a full disk; "
                         "take it from a checkpoint or from version control");
    if (start == size)
        return error_set(error, ERROR_INVALID,
                         "the file is empty; take it from a checkpoint or from version control");
    const char *encoding = other_encoding(text, size);
    if (encoding)
        return error_set(error, ERROR_INVALID,
                         "%s text, and notebooks are UTF-8; convert it, for "
                         "example with iconv -f %s -t UTF-8",
                         encoding, encoding);
    if (has_conflict(text, size))
        return error_set(error, ERROR_INVALID,
                         "has the marks of a Git merge conflict; resolve it "
                         "first, for example with nbdime mergetool");
    for (size_t i = 0; i < ARRAY_SIZE(other_files); i++)
        if (text_begins(text + start, size - start, other_files[i].begin))
            return error_set(error, ERROR_INVALID, "%s", other_files[i].reason);
    error_prefix(error, "no JSON");
    return false;
}

/* A short form of any value, for messages. */
static char *shown(const struct raw_json *json, raw_ref value)
{
    AUTO_STRBUF line = STRBUF_INIT;
    size_t size = 0;
    const char *bytes = raw_json_bytes(json, value, &size);
    if (bytes)
        utf8_add_line(&line, bytes, size < 4 * SHOWN_COLUMNS ? size : 4 * SHOWN_COLUMNS,
                      SHOWN_COLUMNS);
    return strbuf_take(&line);
}

static bool refuse_old(int64_t major, struct error *error)
{
    return error_set(error, ERROR_UNSUPPORTED,
                     "a notebook of nbformat %d, which is not read here; convert it with "
                     "jupyter nbconvert --to notebook --nbformat 4",
                     (int)major);
}

/* 0 when there is none, or something that is no integer; the largest int for all that are larger.
 */
static int minor_of(const struct raw_json *json, raw_ref minor)
{
    int64_t number;
    size_t size = 0;
    if (minor == 0 || raw_json_kind(json, minor) != RAW_NUMBER)
        return 0;
    if (raw_json_integer(json, minor, &number))
        return number > INT_MAX ? INT_MAX : number < INT_MIN ? INT_MIN : (int)number;
    const char *token = raw_json_bytes(json, minor, &size);
    for (size_t i = 0; i < size; i++)
        if (token[i] < '0' || token[i] > '9')
            return 0;
    return INT_MAX;
}

/* The root must be an object that says nbformat 3 or 4 (N-8, N-69). */
static bool read_version(struct notebook *notebook, struct error *error)
{
    const struct raw_json *json = notebook->json;
    raw_ref root = raw_json_root(json);
    int64_t number;
    if (raw_json_kind(json, root) != RAW_OBJECT)
        return error_set(error, ERROR_INVALID,
                         "JSON, but no notebook: it is no object; is it the "
                         "right file?");
    raw_ref major = raw_json_member(json, root, "nbformat");
    if (major == 0) {
        raw_ref cells = raw_json_member(json, root, "cells");
        if (cells && raw_json_kind(json, cells) == RAW_ARRAY)
            return refuse_old(1, error);
        return error_set(error, ERROR_INVALID,
                         "JSON, but no notebook: it has no nbformat; is it "
                         "the right file?");
    }
    bool is_number = raw_json_integer(json, major, &number);
    if (is_number && (number == 1 || number == 2))
        return refuse_old(number, error);
    if (!is_number || (number != 3 && number != 4)) {
        AUTO_FREE char *text = shown(json, major);
        return error_set(error, ERROR_UNSUPPORTED,
                         "nbformat %s is not known; notebooks of 3 and 4 are read", text);
    }
    notebook->major = (int)number;
    notebook->minor = minor_of(json, raw_json_member(json, root, "nbformat_minor"));
    notebook->has_ids = notebook->major == 4 && notebook->minor >= 5;
    return true;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* The members of a cell that matter; of duplicates the last one. */
enum cell_key {
    KEY_TYPE,
    KEY_SOURCE,
    KEY_INPUT, /* v3 */
    KEY_ID,
    KEY_METADATA,
    KEY_ATTACHMENTS,
    KEY_OUTPUTS,
    KEY_COUNT,
    KEY_PROMPT, /* v3 */
    KEY_LEVEL,  /* v3 */
    KEYS
};

static const char *const cell_keys[KEYS] = {
    "cell_type", "source",          "input",         "id",    "metadata", "attachments",
    "outputs",   "execution_count", "prompt_number", "level",
};

static void find_members(const struct raw_json *json, raw_ref object, const char *const *keys,
                         size_t count, raw_ref *ret_values)
{
    memset(ret_values, 0, count * sizeof *ret_values);
    for (raw_ref value = raw_json_first(json, object); value; value = raw_json_next(json, value)) {
        AUTO_FREE char *owned = NULL;
        size_t size;
        const char *key = notebook_view(json, raw_json_key(json, value), &size, &owned);
        for (size_t i = 0; i < count; i++)
            if (notebook_is(key, size, keys[i])) {
                ret_values[i] = value;
                break;
            }
    }
}

static char *text_of(const struct raw_json *json, raw_ref value)
{
    return value ? raw_json_text(json, value, NULL) : NULL;
}

static const struct {
    const char *word;
    enum notebook_cell_type type;
    int major; /* 0 = all */
} cell_types[] = {
    {"code", NOTEBOOK_CODE, 0},        {"markdown", NOTEBOOK_MARKDOWN, 0}, {"raw", NOTEBOOK_RAW, 0},
    {"heading", NOTEBOOK_MARKDOWN, 3}, {"html", NOTEBOOK_MARKDOWN, 3},
};

static enum notebook_cell_type type_of(const struct notebook *notebook, raw_ref value)
{
    for (size_t i = 0; value && i < ARRAY_SIZE(cell_types); i++)
        if ((cell_types[i].major == 0 || cell_types[i].major == notebook->major) &&
            raw_json_is_text(notebook->json, value, cell_types[i].word))
            return cell_types[i].type;
    return NOTEBOOK_OTHER;
}

/* The source of all cells without one. */
static char no_text[1];

static void read_source(const struct notebook *notebook, struct notebook_cell *cell,
                        const raw_ref *values)
{
    const struct raw_json *json = notebook->json;
    AUTO_STRBUF text = STRBUF_INIT;
    bool is_v3 = notebook->major == 3;
    raw_ref source = values[is_v3 && cell->type == NOTEBOOK_CODE ? KEY_INPUT : KEY_SOURCE];
    size_t size = 0;
    if (source && raw_json_bytes(json, source, &size))
        strbuf_reserve(&text, size); /* never more than it took in the file */
    notebook_add_joined(json, source, is_v3 ? NOTEBOOK_JOIN_V3 : NOTEBOOK_JOIN_V4, &text);
    if (is_v3 && values[KEY_TYPE] && raw_json_is_text(json, values[KEY_TYPE], "heading")) {
        int64_t level = 1;
        if (values[KEY_LEVEL] && raw_json_kind(json, values[KEY_LEVEL]) == RAW_FALSE)
            level = 0; /* false is 0 in Python, and true is 1 */
        else if (values[KEY_LEVEL] && !raw_json_integer(json, values[KEY_LEVEL], &level))
            level = 1;
        notebook_v3_heading(level, &text);
    }
    cell->source_size = text.size;
    cell->source = text.size ? strbuf_take(&text) : no_text;
}

enum { META_NAME, META_UUID, META_ID, META_KEYS };

static void read_cell(const struct notebook *notebook, raw_ref value, struct notebook_cell *cell)
{
    const struct raw_json *json = notebook->json;
    static const char *const metadata_keys[META_KEYS] = {"name", "uuid", "id"};
    raw_ref values[KEYS], metadata[META_KEYS];
    find_members(json, value, cell_keys, KEYS, values);
    cell->value = value;
    cell->type = type_of(notebook, values[KEY_TYPE]);
    cell->metadata = values[KEY_METADATA];
    cell->attachments = values[KEY_ATTACHMENTS];
    cell->outputs = values[KEY_OUTPUTS];
    read_source(notebook, cell, values);
    cell->id = text_of(json, values[KEY_ID]);
    raw_ref count = values[notebook->major == 3 ? KEY_PROMPT : KEY_COUNT];
    if (!count || !raw_json_integer(json, count, &cell->execution_count))
        cell->execution_count = 0;
    if (!cell->metadata)
        return;
    find_members(json, cell->metadata, metadata_keys, META_KEYS, metadata);
    cell->name = text_of(json, metadata[META_NAME]);
    cell->uuid = text_of(json, metadata[META_UUID]);
    if (!cell->id && metadata[META_ID])
        cell->id_is_colab = (cell->id = text_of(json, metadata[META_ID])) != NULL;
}

bool notebook_is_hollow(const struct raw_json *json, raw_ref value)
{
    return raw_json_is_text(json, value, "") ||
           (raw_json_kind(json, value) == RAW_OBJECT && raw_json_first(json, value) == 0);
}

/* The array of this name in a container; missing and null count as empty (N-70). */
static bool find_array(const struct raw_json *json, raw_ref object, const char *name,
                       raw_ref *ret_array, struct error *error)
{
    raw_ref value = raw_json_member(json, object, name);
    *ret_array = 0;
    if (value == 0 || raw_json_kind(json, value) == RAW_NULL || notebook_is_hollow(json, value))
        return true;
    if (raw_json_kind(json, value) != RAW_ARRAY)
        return error_set(error, ERROR_INVALID,
                         "JSON, but no notebook: its %s are no list; is it the right file?", name);
    *ret_array = value;
    return true;
}

static bool add_cells(struct notebook *notebook, raw_ref container, size_t *capacity,
                      struct error *error)
{
    const struct raw_json *json = notebook->json;
    raw_ref cells;
    if (!find_array(json, container, "cells", &cells, error))
        return false;
    if (cells == 0)
        return true;
    size_t needed = notebook->count + raw_json_count(json, cells);
    if (needed > *capacity) {
        *capacity = needed > 2 * *capacity ? needed : 2 * *capacity;
        notebook->cells = xreallocarray(notebook->cells, *capacity, sizeof *notebook->cells);
    }
    for (raw_ref value = raw_json_first(json, cells); value; value = raw_json_next(json, value)) {
        if (raw_json_kind(json, value) != RAW_OBJECT)
            return error_set(error, ERROR_INVALID,
                             "JSON, but no notebook: its cell number %zu is no object; is it the "
                             "right file?",
                             notebook->count + 1);
        struct notebook_cell *cell = &notebook->cells[notebook->count++];
        memset(cell, 0, sizeof *cell);
        read_cell(notebook, value, cell);
    }
    return true;
}

static bool read_cells(struct notebook *notebook, struct error *error)
{
    const struct raw_json *json = notebook->json;
    raw_ref root = raw_json_root(json), sheets;
    size_t capacity = 0;
    if (notebook->major == 4)
        return add_cells(notebook, root, &capacity, error);
    if (!find_array(json, root, "worksheets", &sheets, error))
        return false;
    if (sheets == 0)
        return true;
    for (raw_ref sheet = raw_json_first(json, sheets); sheet; sheet = raw_json_next(json, sheet)) {
        if (raw_json_kind(json, sheet) != RAW_OBJECT)
            return error_set(error, ERROR_INVALID,
                             "JSON, but no notebook: a worksheet is no "
                             "object; is it the right file?");
        if (!add_cells(notebook, sheet, &capacity, error))
            return false;
    }
    return true;
}

/* --- the notebook ----------------------------------------------------------------------------- */

static void read_metadata(struct notebook *notebook)
{
    const struct raw_json *json = notebook->json;
    raw_ref metadata = raw_json_member(json, raw_json_root(json), "metadata");
    if (metadata == 0)
        return;
    raw_ref kernel = raw_json_member(json, metadata, "kernelspec");
    raw_ref language = raw_json_member(json, metadata, "language_info");
    if (kernel) {
        notebook->kernel_name = text_of(json, raw_json_member(json, kernel, "name"));
        notebook->kernel_display = text_of(json, raw_json_member(json, kernel, "display_name"));
    }
    if (language)
        notebook->language = text_of(json, raw_json_member(json, language, "name"));
    if (!notebook->language && kernel)
        notebook->language = text_of(json, raw_json_member(json, kernel, "language"));
}

struct notebook *notebook_parse(const char *text, size_t size, struct error *error)
{
    struct notebook *notebook = xcalloc(1, sizeof *notebook);
    notebook->has_mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    const char *start = notebook->has_mark ? text + 3 : text;
    size_t left = size - (size_t)(start - text);
    notebook->json = raw_json_parse(start, left, error);
    bool is_read = notebook->json || refuse_text(start, left, error);
    if (is_read && read_version(notebook, error) && read_cells(notebook, error)) {
        read_metadata(notebook);
        return notebook;
    }
    notebook_free(notebook);
    return NULL;
}

void notebook_free(struct notebook *notebook)
{
    if (!notebook)
        return;
    for (size_t i = 0; i < notebook->count; i++) {
        struct notebook_cell *cell = &notebook->cells[i];
        if (cell->source != no_text)
            free(cell->source);
        free(cell->id);
        free(cell->name);
        free(cell->uuid);
    }
    free(notebook->cells);
    free(notebook->kernel_name);
    free(notebook->kernel_display);
    free(notebook->language);
    raw_json_free(notebook->json);
    free(notebook);
}

/* --- words ------------------------------------------------------------------------------------ */

static const char *const type_words[] = {
    [NOTEBOOK_CODE] = "code",
    [NOTEBOOK_MARKDOWN] = "markdown",
    [NOTEBOOK_RAW] = "raw",
    [NOTEBOOK_OTHER] = "other",
};

const char *notebook_cell_type_word(enum notebook_cell_type type)
{
    return type_words[type];
}

bool notebook_cell_type_from_word(const char *word, enum notebook_cell_type *ret_type)
{
    for (size_t i = 0; i < ARRAY_SIZE(type_words); i++)
        if (strcmp(word, type_words[i]) == 0) {
            *ret_type = (enum notebook_cell_type)i;
            return true;
        }
    return false;
}
