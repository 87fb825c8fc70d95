/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_cells: jansson reads the document; what it refuses and notebooks in the wild have (NaN,
 * lone surrogates, bytes that are no UTF-8) is mended in a copy first, for nothing is written back
 * from here.
 */
#include "model/notebook_cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* Value of the four hex digits of a \u escape at text[offset], or -1. */
static int escape_value(const char *text, size_t size, size_t offset)
{
    if (size - offset < 6 || text[offset] != '\\' || text[offset + 1] != 'u')
        return -1;
    int value = 0;
    for (size_t i = offset + 2; i < offset + 6; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Copies one escape sequence of a string; a lone surrogate becomes U+FFFD. Returns how many bytes
 * were read. */
static size_t mend_escape(const char *text, size_t size, size_t offset, struct strbuf *buffer)
{
    int value = escape_value(text, size, offset);
    size_t length = value < 0 ? 2 : 6;
    length = length < size - offset ? length : size - offset;
    if (value >= 0xD800 && value <= 0xDBFF) {
        int low = size - offset > 6 ? escape_value(text, size, offset + 6) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            length = 12;
            value = 0;
        }
    }
    if (value >= 0xD800 && value <= 0xDFFF) {
        strbuf_add_text(buffer, "\\ufffd");
    } else {
        strbuf_add(buffer, text + offset, length);
    }
    return length;
}

/* Length of a word at text[offset] that Python's json writes and JSON has not, or 0. */
static size_t number_word(const char *text, size_t size, size_t offset)
{
    static const char *const WORDS[] = {"NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++) {
        size_t length = strlen(WORDS[i]);
        if (size - offset >= length && memcmp(text + offset, WORDS[i], length) == 0)
            return length;
    }
    return 0;
}

static void mend(const char *text, size_t size, struct strbuf *buffer)
{
    AUTO_STRBUF valid = STRBUF_INIT;
    bool in_string = false;
    utf8_add_valid(&valid, text, size);
    text = strbuf_text(&valid);
    size = valid.size;
    for (size_t i = 0; i < size;) {
        size_t word = in_string ? 0 : number_word(text, size, i);
        if (in_string && text[i] == '\\') {
            i += mend_escape(text, size, i, buffer);
        } else if (word > 0) {
            strbuf_add_text(buffer, "null");
            i += word;
        } else {
            in_string = text[i] == '"' ? !in_string : in_string;
            strbuf_add_char(buffer, text[i++]);
        }
    }
}

static json_t *parse_document(const char *text, size_t size, struct error *error)
{
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    json_t *document = json_parse(text, size, NULL);
    if (document == NULL) {
        AUTO_STRBUF mended = STRBUF_INIT;
        mend(text, size, &mended);
        document = json_parse(strbuf_text(&mended), mended.size, error);
    }
    return document;
}

static void add_source(const json_t *source, struct strbuf *buffer)
{
    if (json_is_string(source)) {
        strbuf_add(buffer, json_string_value(source), json_string_length(source));
        return;
    }
    size_t index;
    json_t *line;
    json_array_foreach(source, index, line)
    {
        if (json_is_string(line))
            strbuf_add(buffer, json_string_value(line), json_string_length(line));
    }
}

static void read_cell(const json_t *json, struct notebook_cells *cells)
{
    struct notebook_cell *cell = &cells->cells[cells->count++];
    const json_t *metadata = json_object_get(json, "metadata");
    const json_t *source = json_object_get(json, "source");
    struct strbuf text = STRBUF_INIT;
    cell->is_code = strcmp(json_member_text(json, "cell_type", ""), "code") == 0;
    if (cells->major == 3 && cell->is_code)
        source = json_object_get(json, "input");
    add_source(source, &text);
    cell->source_size = text.size;
    cell->source = strbuf_take(&text);
    cell->name = xstrdup_or_null(json_member_text(metadata, "name", NULL));
    if (cells->has_ids)
        cell->id = xstrdup_or_null(json_member_text(json, "id", NULL));
}

static void read_cells(const json_t *list, struct notebook_cells *cells)
{
    if (!json_is_array(list) || json_array_size(list) == 0)
        return;
    size_t more = json_array_size(list);
    cells->cells = xreallocarray(cells->cells, cells->count + more, sizeof(*cells->cells));
    memset(cells->cells + cells->count, 0, more * sizeof(*cells->cells));
    size_t index;
    json_t *cell;
    json_array_foreach(list, index, cell)
    {
        if (json_is_object(cell))
            read_cell(cell, cells);
    }
}

struct notebook_cells *notebook_cells_parse(const char *text, size_t size, struct error *error)
{
    AUTO_JSON *document = parse_document(text, size, error);
    if (document == NULL)
        return NULL;
    json_int_t major = json_member_integer(document, "nbformat", 0);
    json_int_t minor = json_member_integer(document, "nbformat_minor", 0);
    if (major != 3 && major != 4) {
        error_set(error, ERROR_INVALID,
                  json_is_object(document) && major > 0
                      ? "notebook: nbformat %lld is not supported; save it as version 4"
                      : "notebook: this JSON is no notebook (nbformat %lld); give an .ipynb file",
                  (long long)major);
        return NULL;
    }
    struct notebook_cells *cells = xcalloc(1, sizeof(*cells));
    cells->major = (int)major;
    cells->minor = minor >= 0 && minor < 1000 ? (int)minor : 0;
    cells->has_ids = major == 4 && cells->minor >= 5;
    if (major == 4) {
        read_cells(json_object_get(document, "cells"), cells);
    } else {
        size_t index;
        json_t *worksheet;
        json_array_foreach(json_object_get(document, "worksheets"), index, worksheet)
        {
            read_cells(json_object_get(worksheet, "cells"), cells);
        }
    }
    return cells;
}

void notebook_cells_free(struct notebook_cells *cells)
{
    if (cells == NULL)
        return;
    for (size_t i = 0; i < cells->count; i++) {
        free(cells->cells[i].id);
        free(cells->cells[i].name);
        free(cells->cells[i].source);
    }
    free(cells->cells);
    free(cells);
}
