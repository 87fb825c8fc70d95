/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table: cells in one array, their bytes in one buffer.
 *
 * A value is measured when it is added, so that what both texts will take is known at any time and
 * rendering is copying. What a single value may take is bounded here, the number of rows by the
 * caller.
 */
#include "model/table/result_table_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define TEXT_KEPT 65536u             /* bytes of one text in the rows that JSON shows */
#define BLOB_KEPT 32u                /* bytes of one BLOB */
#define PLAIN_HEADER_MAX 60u         /* columns of one column's name in plain text */
#define PLAIN_PADDING_MAX (4u << 20) /* blanks in one table that align it */
#define NUMBER_SIZE 40
#define HTML_NUMBER 9  /* <td></td> */
#define HTML_CELL 33   /* with the style of a text */
#define HTML_ROW 10    /* <tr></tr> and a line end */
#define HTML_MARKED 64 /* a span around NULL, a BLOB or what is said of a cut text */
#define FRAME 1024     /* what stands around the rows, twice, and the notes below */
#define ESCAPED_MAX 5  /* bytes that one character grows by in HTML */

/* What a byte makes necessary. */
enum byte_class { BYTE_BLANK = 1, BYTE_MARKUP = 2, BYTE_CONTROL = 4, BYTE_HIGH = 8 };

static unsigned byte_class(unsigned char byte)
{
    static const unsigned char ascii[128] = {
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        [' '] = BYTE_BLANK,
        ['&'] = BYTE_MARKUP,
        ['<'] = BYTE_MARKUP,
        ['>'] = BYTE_MARKUP,
        ['"'] = BYTE_MARKUP,
        [0x7F] = BYTE_CONTROL,
    };
    return byte < 0x80 ? ascii[byte] : BYTE_HIGH;
}

struct result_table *result_table_new(void)
{
    struct result_table *table = xcalloc(1, sizeof(*table));
    result_table_limit(table, RESULT_TABLE_MAX_WIDTH, TEXT_KEPT);
    return table;
}

void result_table_free(struct result_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->column_count; i++) {
        free(table->columns[i].name);
        free(table->columns[i].declared_type);
        free(table->columns[i].header);
    }
    free(table->columns);
    free(table->values);
    strbuf_release(&table->bytes);
    strbuf_release(&table->scratch);
    free(table);
}

void result_table_limit(struct result_table *table, size_t max_characters, size_t max_size)
{
    table->max_characters = max_characters;
    table->max_size = max_size < UINT32_MAX / 2 ? max_size : UINT32_MAX / 2;
}

/* --- Making visible -------------------------------------------------------------------------- */

static bool is_line_end(uint32_t c)
{
    return c == '\n' || c == 0x2028 || c == 0x2029;
}

/* Characters that turn the reading direction or control a terminal: what they do to a table cannot
 * be seen. */
static bool is_invisible(uint32_t c)
{
    return (c >= 0x80 && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void result_table_add_visible(struct strbuf *buffer, uint32_t c, const char *bytes, size_t length)
{
    bool is_bad = c == 0xFFFD && length == 1;
    if (is_line_end(c)) {
        strbuf_add_text(buffer, "↵");
    } else if (c == '\t') {
        strbuf_add_text(buffer, "⇥");
    } else if (c < 0x20) {
        /* U+2400 and on: the pictures of the control characters. */
        const char picture[] = {'\xE2', '\x90', (char)(0x80 + c), '\0'};
        strbuf_add_text(buffer, picture);
    } else if (c == 0x7F) {
        strbuf_add_text(buffer, "␡");
    } else if (is_invisible(c)) {
        strbuf_addf(buffer, "\\u%04x", (unsigned)c);
    } else if (is_bad) {
        strbuf_add_text(buffer, "\xEF\xBF\xBD");
    } else {
        strbuf_add(buffer, bytes, length);
    }
}

/* As one line; a line end of two characters is one. */
static void add_line(struct strbuf *buffer, const char *text, size_t size, bool double_quotes)
{
    for (size_t i = 0; i < size;) {
        uint32_t c;
        size_t length = utf8_decode(text + i, size - i, &c);
        if (c != '\r' || i + 1 == size || text[i + 1] != '\n')
            result_table_add_visible(buffer, c, text + i, length);
        if (double_quotes && c == '\'')
            strbuf_add_char(buffer, '\'');
        i += length;
    }
}

/* A text that could be taken for NULL, for a BLOB or for a quoted text. */
static bool needs_quotes(const char *text, size_t size)
{
    return (size == 4 && memcmp(text, "NULL", 4) == 0) ||
           (size >= 2 && memcmp(text, "x'", 2) == 0) ||
           (size >= 2 && text[0] == '\'' && text[size - 1] == '\'');
}

size_t result_table_shown_size(const struct result_table *table, const struct value *value)
{
    if ((value->flags & VALUE_IS_CUT) == 0)
        return value->size;
    return utf8_offset(value_bytes(table, value), value->size, table->max_characters);
}

static void add_plain_text(const struct result_table *table, const struct value *value,
                           struct strbuf *buffer)
{
    const char *text = value_bytes(table, value);
    bool quotes = needs_quotes(text, value->size);
    if (quotes)
        strbuf_add_char(buffer, '\'');
    add_line(buffer, text, result_table_shown_size(table, value), quotes);
    if ((value->flags & VALUE_IS_CUT) != 0)
        strbuf_addf(buffer, "… (%" PRIu32 " characters)", value->characters);
    else if (quotes)
        strbuf_add_char(buffer, '\'');
}

void result_table_add_plain(const struct result_table *table, const struct value *value,
                            struct strbuf *buffer)
{
    if (value->type == VALUE_NULL)
        strbuf_add_text(buffer, "NULL");
    else if ((value->flags & VALUE_IS_PLAIN) != 0)
        strbuf_add(buffer, value_bytes(table, value), value->size);
    else
        add_plain_text(table, value, buffer);
}

/* --- Adding ---------------------------------------------------------------------------------- */

/* What the bytes of a text make necessary. */
static unsigned classes(const char *text, size_t size)
{
    unsigned seen = 0;
    for (size_t i = 0; i < size; i++)
        seen |= byte_class((unsigned char)text[i]);
    return seen;
}

/* A name that is long, or has something in it that is shown otherwise. Caller frees. */
static char *odd_header(const char *name, size_t size)
{
    AUTO_STRBUF line = STRBUF_INIT;
    struct strbuf header = STRBUF_INIT;
    add_line(&line, name, size, false);
    utf8_add_line(&header, strbuf_text(&line), line.size, PLAIN_HEADER_MAX);
    return strbuf_take(&header);
}

void result_table_add_column(struct result_table *table, const char *name,
                             const char *declared_type)
{
    if (table->column_count == table->column_capacity) {
        table->column_capacity = table->column_capacity == 0 ? 8 : table->column_capacity * 2;
        table->columns =
            xreallocarray(table->columns, table->column_capacity, sizeof(*table->columns));
    }
    struct column *column = &table->columns[table->column_count++];
    memset(column, 0, sizeof(*column));
    column->name = xstrdup(name == NULL ? "" : name);
    column->declared_type = xstrdup_or_null(declared_type);
    size_t size = strlen(column->name);
    if (size > PLAIN_HEADER_MAX || (classes(column->name, size) & (BYTE_CONTROL | BYTE_HIGH)) != 0)
        column->header = odd_header(column->name, size);
    column->header_width =
        column->header != NULL ? utf8_width(column->header, strlen(column->header)) : size;
    column->width = column->header_width;
    table->column_widths += column->width;
    table->width_sum += column->width;
    /* Its name twice, once of it escaped. */
    table->frame_size += (ESCAPED_MAX + 2) * size + HTML_CELL + HTML_MARKED;
}

/* plain_size, html_size: of this value. */
static void add_value(struct result_table *table, const struct value *value, size_t plain_size,
                      size_t html_size)
{
    if (table->column_count == 0)
        return;
    if (table->value_count == table->value_capacity) {
        table->value_capacity = table->value_capacity == 0 ? 64 : table->value_capacity * 2;
        table->values = xreallocarray(table->values, table->value_capacity, sizeof(*table->values));
    }
    struct column *column = &table->columns[table->next_column];
    column->seen[value->type]++;
    if (value->width > column->width) {
        table->column_widths += value->width - column->width;
        column->width = value->width;
    }
    table->plain_size += plain_size;
    table->html_size += html_size + (is_number(value) ? HTML_NUMBER : HTML_CELL);
    table->width_sum += value->width;
    table->values[table->value_count++] = *value;
    if (++table->next_column == table->column_count) {
        table->next_column = 0;
        table->row_count++;
        table->html_size += HTML_ROW;
    }
}

/* The bytes at the end of table->bytes, from `offset` on, as a value that is shown as it is. */
static void add_plain_value(struct result_table *table, enum value_type type, size_t offset,
                            unsigned flags)
{
    uint32_t size = (uint32_t)(table->bytes.size - offset);
    add_value(table,
              &(struct value){.type = (uint8_t)type,
                              .offset = offset,
                              .size = size,
                              .characters = size,
                              .width = size,
                              .flags = (uint8_t)(flags | VALUE_IS_PLAIN)},
              size, size);
}

void result_table_add_null(struct result_table *table)
{
    add_value(table, &(struct value){.type = VALUE_NULL, .width = 4}, 4, HTML_MARKED + 4);
}

void result_table_add_integer(struct result_table *table, int64_t value)
{
    char digits[NUMBER_SIZE];
    size_t at = sizeof(digits), offset = table->bytes.size;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    strbuf_add(&table->bytes, digits + at, sizeof(digits) - at);
    add_plain_value(table, VALUE_INTEGER, offset, VALUE_IS_HTML);
}

/* The shortest of 15 and 17 digits that reads back as the same number, and never the look of an
 * integer. */
static void format_real(double value, char ret_text[NUMBER_SIZE])
{
    if (isinf(value) || isnan(value)) {
        snprintf(ret_text, NUMBER_SIZE, "%s", isnan(value) ? "NaN" : value > 0 ? "Inf" : "-Inf");
        return;
    }
    snprintf(ret_text, NUMBER_SIZE, "%.15g", value);
    double back = strtod(ret_text, NULL);
    if (back < value || back > value)
        snprintf(ret_text, NUMBER_SIZE, "%.17g", value);
    if (strpbrk(ret_text, ".,e") == NULL)
        strncat(ret_text, ".0", NUMBER_SIZE - strlen(ret_text) - 1);
}

void result_table_add_real(struct result_table *table, double value)
{
    char number[NUMBER_SIZE];
    size_t offset = table->bytes.size;
    format_real(value, number);
    strbuf_add_text(&table->bytes, number);
    add_plain_value(table, VALUE_REAL, offset, VALUE_IS_HTML);
}

/* Blanks that HTML would fold or drop. */
static bool has_blanks_to_keep(const char *text, size_t size)
{
    if (text[0] == ' ' || text[size - 1] == ' ')
        return true;
    for (size_t i = 0; i + 1 < size; i++) {
        if (text[i] == ' ' && text[i + 1] == ' ')
            return true;
    }
    return false;
}

/* False when a character is not shown as itself. */
static bool measure(const char *text, size_t size, uint32_t *ret_characters, uint32_t *ret_width)
{
    size_t characters = 0, width = 0;
    for (size_t i = 0; i < size; characters++) {
        uint32_t c;
        size_t length = utf8_decode(text + i, size - i, &c);
        if ((c == 0xFFFD && length == 1) || c < 0x20 || c == 0x7F || is_line_end(c) ||
            is_invisible(c))
            return false;
        width += c < 0x300 ? 1 : utf8_width(text + i, length);
        i += length;
    }
    *ret_characters = (uint32_t)characters;
    *ret_width = (uint32_t)width;
    return true;
}

/* Bytes of the text that are kept: those that are shown, and in the first rows what JSON shows. */
static size_t kept_size(const struct result_table *table, const char *text, size_t size,
                        struct value *value)
{
    size_t shown = utf8_offset(text, size, table->max_characters);
    size_t kept =
        table->row_count < RESULT_TABLE_JSON_ROWS && shown < TEXT_KEPT ? TEXT_KEPT : shown;
    if (kept > table->max_size)
        kept = table->max_size;
    if (kept > size)
        kept = size;
    /* Not inside a character. */
    for (int i = 0; i < 3 && kept < size && kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80;
         i++)
        kept--;
    if (shown < size || kept < size)
        value->flags |= VALUE_IS_CUT;
    return kept;
}

/* A text that is long, or has something in it that is shown otherwise. */
static void add_odd_text(struct result_table *table, const char *text, size_t size, unsigned seen)
{
    struct value value = {.type = VALUE_TEXT, .offset = table->bytes.size};
    size_t characters = utf8_length(text, size);
    value.characters = characters < UINT32_MAX ? (uint32_t)characters : UINT32_MAX;
    value.size = (uint32_t)kept_size(table, text, size, &value);
    strbuf_add(&table->bytes, text, value.size);
    strbuf_clear(&table->scratch);
    add_plain_text(table, &value, &table->scratch);
    size_t plain_size = table->scratch.size;
    size_t width = utf8_width(strbuf_text(&table->scratch), plain_size);
    value.width = width < UINT32_MAX ? (uint32_t)width : UINT32_MAX;
    size_t html_size = plain_size + HTML_MARKED;
    if ((seen & BYTE_MARKUP) != 0) {
        size_t shown = result_table_shown_size(table, &value);
        const char *bytes = value_bytes(table, &value);
        for (size_t i = 0; i < shown; i++) {
            if (byte_class((unsigned char)bytes[i]) == BYTE_MARKUP)
                html_size += ESCAPED_MAX;
        }
    }
    add_value(table, &value, plain_size, html_size);
}

void result_table_add_text(struct result_table *table, const char *text, size_t size)
{
    struct value value = {.type = VALUE_TEXT, .flags = VALUE_IS_PLAIN};
    unsigned seen = classes(text, size);
    value.characters = value.width = (uint32_t)size;
    if (size > table->max_size || (seen & BYTE_CONTROL) != 0 || needs_quotes(text, size) ||
        ((seen & BYTE_HIGH) != 0 && !measure(text, size, &value.characters, &value.width)) ||
        value.characters > table->max_characters) {
        add_odd_text(table, text, size, seen);
        return;
    }
    size_t html_size = size;
    if ((seen & BYTE_MARKUP) != 0)
        html_size += size * ESCAPED_MAX;
    else if ((seen & BYTE_BLANK) == 0 || !has_blanks_to_keep(text, size))
        value.flags |= VALUE_IS_HTML;
    value.offset = table->bytes.size;
    value.size = (uint32_t)size;
    strbuf_add(&table->bytes, text, size);
    add_value(table, &value, size, html_size + (value.flags & VALUE_IS_HTML ? 0 : HTML_MARKED));
}

void result_table_add_blob(struct result_table *table, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;
    size_t offset = table->bytes.size;
    size_t kept = size < BLOB_KEPT ? size : BLOB_KEPT;
    char hex[2 * BLOB_KEPT];
    for (size_t i = 0; i < kept; i++) {
        hex[2 * i] = digits[from[i] >> 4];
        hex[2 * i + 1] = digits[from[i] & 15];
    }
    strbuf_add_text(&table->bytes, "x'");
    strbuf_add(&table->bytes, hex, 2 * kept);
    strbuf_add_text(&table->bytes, kept < size ? "…" : "");
    strbuf_addf(&table->bytes, "' (%zu byte%s)", size, size == 1 ? "" : "s");
    uint32_t length = (uint32_t)(table->bytes.size - offset);
    uint32_t width = length - (kept < size ? (uint32_t)strlen("…") - 1 : 0);
    add_value(table,
              &(struct value){.type = VALUE_BLOB,
                              .offset = offset,
                              .size = length,
                              .characters = width,
                              .width = width,
                              .flags = VALUE_IS_PLAIN},
              length, length + HTML_MARKED);
}

void result_table_drop_row(struct result_table *table)
{
    if (table->row_count == 0 || table->next_column != 0)
        return;
    size_t columns = table->column_count;
    table->row_count--;
    table->value_count -= columns;
    for (size_t i = 0; i < columns; i++) {
        struct column *column = &table->columns[i];
        const struct value *last = &table->values[table->value_count + i];
        column->seen[last->type]--;
        table->width_sum -= last->width;
        table->column_widths -= column->width;
        column->width = column->header_width;
        for (size_t row = 0; row < table->row_count; row++) {
            size_t width = value_at(table, row, i)->width;
            column->width = width > column->width ? width : column->width;
        }
        table->column_widths += column->width;
    }
    /* The two sizes keep what the row would have taken: they are upper bounds. */
}

size_t result_table_columns(const struct result_table *table)
{
    return table->column_count;
}

size_t result_table_rows(const struct result_table *table)
{
    return table->row_count;
}

/* --- Totals ---------------------------------------------------------------------------------- */

size_t result_table_padding(const struct result_table *table, bool *ret_too_much)
{
    /* Cells of a row that is not whole yet count as a whole one. */
    size_t rows = table->row_count + (table->next_column > 0 ? 2 : 1);
    size_t padding = table->column_widths * rows - table->width_sum;
    *ret_too_much = padding > PLAIN_PADDING_MAX;
    return *ret_too_much ? PLAIN_PADDING_MAX : padding;
}

const char *result_table_column_name(const struct result_table *table, size_t column)
{
    return table->columns[column].name;
}

void result_table_value(const struct result_table *table, size_t row, size_t column,
                        struct result_value *ret_value)
{
    static const enum result_type types[VALUE_TYPES] = {RESULT_NULL, RESULT_INTEGER, RESULT_REAL,
                                                        RESULT_TEXT, RESULT_BLOB};
    const struct value *value = value_at(table, row, column);
    const char *bytes = value_bytes(table, value);
    char number[NUMBER_SIZE] = "";

    memset(ret_value, 0, sizeof(*ret_value));
    ret_value->type = types[value->type];
    if (is_number(value) && value->size < sizeof(number)) {
        memcpy(number, bytes, value->size); /* the next value follows without a gap */
        ret_value->real = strtod(number, NULL);
        ret_value->integer = value->type == VALUE_INTEGER ? strtoll(number, NULL, 10) : 0;
    } else if (value->type == VALUE_TEXT) {
        ret_value->bytes = bytes;
        ret_value->size = value->size;
        ret_value->is_cut = utf8_length(bytes, value->size) < value->characters;
    }
    ret_value->is_cut = ret_value->is_cut || value->type == VALUE_BLOB;
}

size_t result_table_size(const struct result_table *table)
{
    bool too_much;
    /* Two blanks after each cell, or a line end; a rule of three bytes a column. */
    return table->plain_size + 2 * table->value_count + result_table_padding(table, &too_much) +
           table->html_size + 3 * table->column_widths + table->frame_size + FRAME;
}

void result_table_add_total(const struct result_table *table, const struct result_total *total,
                            struct strbuf *buffer)
{
    uint64_t shown = result_table_rows(table);
    uint64_t rows = total == NULL || total->rows < shown ? shown : total->rows;
    bool is_exact = total == NULL || total->is_exact;
    if (rows == shown && is_exact) {
        strbuf_addf(buffer, "%" PRIu64 " %s%s", shown,
                    total != NULL && total->noun != NULL ? total->noun : "row",
                    shown == 1 ? "" : "s");
        return;
    }
    strbuf_addf(buffer, "%" PRIu64 " of %s%" PRIu64 " rows shown; ", shown,
                is_exact ? "" : "more than ", rows);
    strbuf_add_text(buffer, total->cut_by_bytes
                                ? "the output limit is reached, %set maxbytes raises it"
                                : "%set maxrows all shows them all");
}
