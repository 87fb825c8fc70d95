/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table: cells in one array, their bytes in one buffer; the three texts are made from these.
 *
 * What a single value may take is bounded here (TEXT_KEPT), the number of rows by the caller. Every
 * renderer runs once or twice over the cells and never holds more than its own output.
 */
#include "model/result_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/utf8.h"

#define TEXT_KEPT 65536u              /* bytes of one text value */
#define BLOB_KEPT 32u                 /* bytes of one BLOB */
#define PLAIN_WIDTH_MAX 200u          /* columns of one cell in plain text */
#define PLAIN_HEADER_MAX 60u          /* columns of one column's name in plain text */
#define PLAIN_CHARACTERS_MAX 800u     /* characters of one cell: combining ones have no width */
#define PLAIN_PADDING_MAX (16u << 20) /* blanks in one table that align it */
#define HTML_CHARACTERS_MAX 2000u
#define DATA_RESOURCE_ROWS_MAX 100u
#define NUMBER_SIZE 40

enum value_type { VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_BLOB, VALUE_TYPES };

struct value {
    enum value_type type;
    union {
        int64_t integer;
        double real;
        size_t offset; /* of text and BLOB, in table->bytes */
    } as;
    size_t size;       /* bytes: kept ones of a text, all of a BLOB */
    size_t characters; /* of a text, those that were not kept included */
};

struct column {
    char *name;
    char *declared_type; /* NULL if none */
    size_t seen[VALUE_TYPES];
};

struct result_table {
    struct column *columns;
    size_t column_count, column_capacity;
    struct value *values;
    size_t value_count, value_capacity;
    struct strbuf bytes;
};

struct result_table *result_table_new(void)
{
    return xcalloc(1, sizeof(struct result_table));
}

void result_table_free(struct result_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->column_count; i++) {
        free(table->columns[i].name);
        free(table->columns[i].declared_type);
    }
    free(table->columns);
    free(table->values);
    strbuf_release(&table->bytes);
    free(table);
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
}

static void add_value(struct result_table *table, struct value value)
{
    if (table->column_count == 0)
        return;
    if (table->value_count == table->value_capacity) {
        table->value_capacity = table->value_capacity == 0 ? 64 : table->value_capacity * 2;
        table->values = xreallocarray(table->values, table->value_capacity, sizeof(*table->values));
    }
    table->columns[table->value_count % table->column_count].seen[value.type]++;
    table->values[table->value_count++] = value;
}

void result_table_add_null(struct result_table *table)
{
    add_value(table, (struct value){.type = VALUE_NULL});
}

void result_table_add_integer(struct result_table *table, int64_t value)
{
    add_value(table, (struct value){.type = VALUE_INTEGER, .as.integer = value});
}

void result_table_add_real(struct result_table *table, double value)
{
    add_value(table, (struct value){.type = VALUE_REAL, .as.real = value});
}

/* At most TEXT_KEPT bytes, not cut inside a character. */
static size_t kept_size(const char *text, size_t size)
{
    if (size <= TEXT_KEPT)
        return size;
    size_t kept = TEXT_KEPT;
    for (int i = 0; i < 3 && ((unsigned char)text[kept] & 0xC0) == 0x80; i++)
        kept--;
    return kept;
}

void result_table_add_text(struct result_table *table, const char *text, size_t size)
{
    struct value value = {.type = VALUE_TEXT, .as.offset = table->bytes.size};
    value.size = kept_size(text, size);
    value.characters = utf8_length(text, size);
    strbuf_add(&table->bytes, text, value.size);
    add_value(table, value);
}

void result_table_add_blob(struct result_table *table, const void *bytes, size_t size)
{
    struct value value = {.type = VALUE_BLOB, .as.offset = table->bytes.size, .size = size};
    strbuf_add(&table->bytes, bytes, size < BLOB_KEPT ? size : BLOB_KEPT);
    add_value(table, value);
}

size_t result_table_columns(const struct result_table *table)
{
    return table->column_count;
}

size_t result_table_rows(const struct result_table *table)
{
    return table->column_count == 0 ? 0 : table->value_count / table->column_count;
}

size_t result_table_size(const struct result_table *table)
{
    return table->value_count * sizeof(*table->values) + table->bytes.size;
}

/* --- Values as text -------------------------------------------------------------------------- */

static const struct value *value_at(const struct result_table *table, size_t row, size_t column)
{
    return &table->values[row * table->column_count + column];
}

static const char *value_bytes(const struct result_table *table, const struct value *value)
{
    return strbuf_text(&table->bytes) + value->as.offset;
}

static bool is_number(const struct value *value)
{
    return value->type == VALUE_INTEGER || value->type == VALUE_REAL;
}

/* A column of numbers alone: its header and its NULLs stand right too. */
static bool is_number_column(const struct column *column)
{
    return column->seen[VALUE_INTEGER] + column->seen[VALUE_REAL] > 0 &&
           column->seen[VALUE_TEXT] + column->seen[VALUE_BLOB] == 0;
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

static void format_number(const struct value *value, char ret_text[NUMBER_SIZE])
{
    if (value->type == VALUE_INTEGER) {
        snprintf(ret_text, NUMBER_SIZE, "%" PRId64, value->as.integer);
    } else {
        format_real(value->as.real, ret_text);
    }
}

static void add_hex(const struct result_table *table, const struct value *value,
                    struct strbuf *buffer)
{
    const unsigned char *bytes = (const unsigned char *)value_bytes(table, value);
    size_t kept = value->size < BLOB_KEPT ? value->size : BLOB_KEPT;
    for (size_t i = 0; i < kept; i++)
        strbuf_addf(buffer, "%02x", bytes[i]);
    if (kept < value->size)
        strbuf_add_text(buffer, "…");
}

static void add_blob_literal(const struct result_table *table, const struct value *value,
                             struct strbuf *buffer)
{
    strbuf_add_text(buffer, "x'");
    add_hex(table, value, buffer);
    strbuf_addf(buffer, "' (%zu byte%s)", value->size, value->size == 1 ? "" : "s");
}

/* A text that could be taken for NULL, for a BLOB or for a quoted text. */
static bool needs_quotes(const char *text, size_t size)
{
    return (size == 4 && memcmp(text, "NULL", 4) == 0) ||
           (size >= 2 && memcmp(text, "x'", 2) == 0) ||
           (size >= 2 && text[0] == '\'' && text[size - 1] == '\'');
}

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

/* One character made visible. Line ends and tabs are the caller's where it keeps them. */
static void add_visible(struct strbuf *buffer, uint32_t c, const char *bytes, size_t length)
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

/* Adds one line of at most max_width columns; false when it was cut. *ret_width grows by what was
 * added. */
static bool add_line(struct strbuf *buffer, const char *text, size_t size, size_t max_width,
                     bool double_quotes, size_t *ret_width)
{
    size_t width = 0;
    size_t characters = 0;
    for (size_t i = 0; i < size; characters++) {
        uint32_t c;
        size_t length = utf8_decode(text + i, size - i, &c);
        if (c == '\r' && i + 1 < size && text[i + 1] == '\n') {
            i += length;
            continue;
        }
        size_t before = buffer->size;
        add_visible(buffer, c, text + i, length);
        if (double_quotes && c == '\'')
            strbuf_add_char(buffer, '\'');
        size_t more = utf8_width(buffer->text + before, buffer->size - before);
        if (width + more > max_width || characters >= PLAIN_CHARACTERS_MAX) {
            strbuf_truncate(buffer, before);
            *ret_width += width;
            return false;
        }
        width += more;
        i += length;
    }
    *ret_width += width;
    return true;
}

static void add_plain_text(const struct result_table *table, const struct value *value,
                           struct strbuf *buffer, size_t *ret_width)
{
    const char *text = value_bytes(table, value);
    bool quotes = needs_quotes(text, value->size);
    if (quotes) {
        strbuf_add_char(buffer, '\'');
        (*ret_width)++;
    }
    if (!add_line(buffer, text, value->size, PLAIN_WIDTH_MAX, quotes, ret_width)) {
        size_t before = buffer->size;
        strbuf_addf(buffer, "… (%zu characters)", value->characters);
        *ret_width += utf8_width(buffer->text + before, buffer->size - before);
    } else if (quotes) {
        strbuf_add_char(buffer, '\'');
        (*ret_width)++;
    }
}

/* The cell as one line of plain text; returns its width in columns. */
static size_t add_plain(const struct result_table *table, const struct value *value,
                        struct strbuf *buffer)
{
    char number[NUMBER_SIZE];
    size_t before = buffer->size;
    size_t width = 0;
    switch (value->type) {
    case VALUE_TEXT:
        add_plain_text(table, value, buffer, &width);
        return width;
    case VALUE_BLOB:
        add_blob_literal(table, value, buffer);
        return utf8_width(buffer->text + before, buffer->size - before);
    case VALUE_INTEGER:
    case VALUE_REAL:
        format_number(value, number);
        strbuf_add_text(buffer, number);
        return buffer->size - before;
    default:
        strbuf_add_text(buffer, "NULL");
        return 4;
    }
}

/* What stands below the table, without parentheses. */
static void add_total(const struct result_table *table, const struct result_total *total,
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

/* --- Plain text ------------------------------------------------------------------------------ */

/* The cells as they are printed: header first, then the rows. */
struct plain_grid {
    struct strbuf text;
    size_t *ends;   /* per cell: where it ends in text */
    size_t *widths; /* per cell */
    size_t *column_widths;
    size_t count;
};

static void plain_grid_init(struct plain_grid *grid, const struct result_table *table)
{
    size_t columns = table->column_count;
    grid->count = (result_table_rows(table) + 1) * columns;
    grid->ends = xreallocarray(NULL, grid->count, sizeof(*grid->ends));
    grid->widths = xcalloc(grid->count, sizeof(*grid->widths));
    grid->column_widths = xcalloc(columns, sizeof(*grid->column_widths));
    for (size_t i = 0; i < grid->count; i++) {
        size_t *width = &grid->widths[i];
        if (i < columns) {
            const char *name = table->columns[i].name;
            if (!add_line(&grid->text, name, strlen(name), PLAIN_HEADER_MAX, false, width)) {
                strbuf_add_text(&grid->text, "…");
                (*width)++;
            }
        } else {
            *width = add_plain(table, &table->values[i - columns], &grid->text);
        }
        grid->ends[i] = grid->text.size;
        if (*width > grid->column_widths[i % columns])
            grid->column_widths[i % columns] = *width;
    }
    /* One wide cell among very many narrow ones must not blow the whole table up with blanks. */
    size_t most = PLAIN_PADDING_MAX / grid->count;
    most = most > 8 ? most : 8;
    for (size_t i = 0; i < columns; i++)
        grid->column_widths[i] = grid->column_widths[i] < most ? grid->column_widths[i] : most;
}

static void plain_grid_release(struct plain_grid *grid)
{
    strbuf_release(&grid->text);
    free(grid->ends);
    free(grid->widths);
    free(grid->column_widths);
}

static void add_grid_cell(const struct plain_grid *grid, size_t index, bool is_right, bool is_last,
                          size_t column_width, struct strbuf *buffer)
{
    size_t start = index == 0 ? 0 : grid->ends[index - 1];
    size_t width = grid->widths[index];
    size_t padding = width < column_width ? column_width - width : 0;
    if (is_right)
        strbuf_add_repeated(buffer, ' ', padding);
    strbuf_add(buffer, strbuf_text(&grid->text) + start, grid->ends[index] - start);
    if (!is_last)
        strbuf_add_repeated(buffer, ' ', (is_right ? 0 : padding) + 2);
}

static void add_rule(const struct plain_grid *grid, size_t columns, struct strbuf *buffer)
{
    for (size_t i = 0; i < columns; i++) {
        for (size_t k = 0; k < grid->column_widths[i]; k++)
            strbuf_add_text(buffer, "─");
        strbuf_add_text(buffer, i + 1 == columns ? "\n" : "  ");
    }
}

static void add_grid(const struct plain_grid *grid, const struct result_table *table,
                     struct strbuf *buffer)
{
    size_t columns = table->column_count;
    for (size_t i = 0; i < grid->count; i++) {
        size_t column = i % columns;
        bool is_right = is_number_column(&table->columns[column]);
        if (i >= columns && !is_right)
            is_right = is_number(&table->values[i - columns]);
        add_grid_cell(grid, i, is_right, column + 1 == columns, grid->column_widths[column],
                      buffer);
        if (column + 1 == columns)
            strbuf_add_char(buffer, '\n');
        if (i + 1 == columns)
            add_rule(grid, columns, buffer);
    }
}

void result_table_text(const struct result_table *table, const struct result_total *total,
                       struct strbuf *buffer)
{
    if (table->column_count > 0) {
        struct plain_grid grid = {STRBUF_INIT, NULL, NULL, NULL, 0};
        plain_grid_init(&grid, table);
        add_grid(&grid, table, buffer);
        plain_grid_release(&grid);
    }
    strbuf_add_char(buffer, '(');
    add_total(table, total, buffer);
    strbuf_add_char(buffer, ')');
    if (total != NULL && total->note != NULL) {
        strbuf_add_char(buffer, '\n');
        strbuf_add_text(buffer, total->note);
    }
}

/* --- HTML ------------------------------------------------------------------------------------ */

/* Escapes for element content; line ends and tabs stay. False when it was cut at max_characters. */
static bool add_html_text(struct strbuf *buffer, const char *text, size_t size,
                          size_t max_characters)
{
    size_t characters = 0;
    for (size_t i = 0; i < size; characters++) {
        if (characters == max_characters)
            return false;
        uint32_t c;
        size_t length = utf8_decode(text + i, size - i, &c);
        if (c == '&') {
            strbuf_add_text(buffer, "&amp;");
        } else if (c == '<') {
            strbuf_add_text(buffer, "&lt;");
        } else if (c == '>') {
            strbuf_add_text(buffer, "&gt;");
        } else if (c == '"') {
            strbuf_add_text(buffer, "&quot;");
        } else if (c == '\n' || c == '\t') {
            strbuf_add_char(buffer, (char)c);
        } else if (c != '\r' || i + 1 == size || text[i + 1] != '\n') {
            add_visible(buffer, c, text + i, length);
        }
        i += length;
    }
    return true;
}

/* Blanks that HTML would fold or drop. */
static bool has_blanks_to_keep(const char *text, size_t size)
{
    if (size > 0 && (text[0] == ' ' || text[size - 1] == ' '))
        return true;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n' || text[i] == '\t' ||
            (text[i] == ' ' && i + 1 < size && text[i + 1] == ' ')) {
            return true;
        }
    }
    return false;
}

static void add_html_text_cell(const struct result_table *table, const struct value *value,
                               struct strbuf *buffer)
{
    const char *text = value_bytes(table, value);
    /* On each cell: JupyterLab's own rules for td (right, white-space normal) beat what is
     * inherited. */
    strbuf_add_text(buffer, has_blanks_to_keep(text, value->size)
                                ? "<td style=\"text-align:left;white-space:pre-wrap\">"
                                : "<td style=\"text-align:left\">");
    if (!add_html_text(buffer, text, value->size, HTML_CHARACTERS_MAX)) {
        strbuf_addf(buffer, "<span style=\"opacity:.6\">… (%zu characters)</span>",
                    value->characters);
    }
    strbuf_add_text(buffer, "</td>");
}

static const char *column_side(const struct column *column)
{
    return is_number_column(column) ? "right" : "left";
}

/* NULL stands as its column does. */
static void add_html_cell(const struct result_table *table, const struct column *column,
                          const struct value *value, struct strbuf *buffer)
{
    char number[NUMBER_SIZE];
    switch (value->type) {
    case VALUE_TEXT:
        add_html_text_cell(table, value, buffer);
        break;
    case VALUE_BLOB:
        strbuf_addf(buffer,
                    "<td style=\"text-align:left\"><span style=\"opacity:.6\">BLOB, %zu byte%s",
                    value->size, value->size == 1 ? "" : "s");
        strbuf_add_text(buffer, value->size == 0 ? "" : ": ");
        add_hex(table, value, buffer);
        strbuf_add_text(buffer, "</span></td>");
        break;
    case VALUE_INTEGER:
    case VALUE_REAL:
        format_number(value, number);
        strbuf_addf(buffer, "<td style=\"text-align:right\">%s</td>", number);
        break;
    default:
        strbuf_addf(buffer,
                    "<td style=\"text-align:%s\"><span style=\"opacity:.6;font-style:italic\">"
                    "NULL</span></td>",
                    column_side(column));
        break;
    }
}

static void add_html_header(const struct result_table *table, struct strbuf *buffer)
{
    strbuf_add_text(buffer, "<thead><tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        strbuf_addf(buffer, "<th style=\"text-align:%s\">", column_side(column));
        if (!add_html_text(buffer, column->name, strlen(column->name), HTML_CHARACTERS_MAX))
            strbuf_add_text(buffer, "…");
        strbuf_add_text(buffer, "</th>");
    }
    strbuf_add_text(buffer, "</tr></thead>\n");
}

void result_table_html(const struct result_table *table, const struct result_total *total,
                       struct strbuf *buffer)
{
    strbuf_add_text(buffer, "<div>");
    if (table->column_count > 0) {
        size_t rows = result_table_rows(table);
        strbuf_add_text(buffer, "<table>");
        add_html_header(table, buffer);
        strbuf_add_text(buffer, "<tbody>\n");
        for (size_t row = 0; row < rows; row++) {
            strbuf_add_text(buffer, "<tr>");
            for (size_t column = 0; column < table->column_count; column++)
                add_html_cell(table, &table->columns[column], value_at(table, row, column),
                              buffer);
            strbuf_add_text(buffer, "</tr>\n");
        }
        strbuf_add_text(buffer, "</tbody></table>\n");
    }
    strbuf_add_text(buffer, "<p>");
    add_total(table, total, buffer);
    strbuf_add_text(buffer, "</p>");
    if (total != NULL && total->note != NULL) {
        strbuf_add_text(buffer, "<p>");
        (void)add_html_text(buffer, total->note, strlen(total->note), SIZE_MAX);
        strbuf_add_text(buffer, "</p>");
    }
    strbuf_add_text(buffer, "</div>");
}

/* --- Data resource --------------------------------------------------------------------------- */

static bool type_contains(const char *declared_type, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (const char *at = declared_type; *at != '\0'; at++) {
            if (strncasecmp(at, parts[i], strlen(parts[i])) == 0)
                return true;
        }
    }
    return false;
}

/* SQLite's affinity of a declared type, for a column without values. */
static const char *declared_field_type(const char *declared_type)
{
    static const char *const INTEGERS[] = {"INT"};
    static const char *const TEXTS[] = {"CHAR", "CLOB", "TEXT"};
    static const char *const NUMBERS[] = {"REAL", "FLOA", "DOUB", "NUM", "DEC"};
    if (declared_type == NULL)
        return "any";
    if (type_contains(declared_type, INTEGERS, ARRAY_SIZE(INTEGERS)))
        return "integer";
    if (type_contains(declared_type, TEXTS, ARRAY_SIZE(TEXTS)))
        return "string";
    return type_contains(declared_type, NUMBERS, ARRAY_SIZE(NUMBERS)) ? "number" : "any";
}

static const char *field_type(const struct column *column)
{
    bool has_numbers = column->seen[VALUE_INTEGER] + column->seen[VALUE_REAL] > 0;
    bool has_texts = column->seen[VALUE_TEXT] + column->seen[VALUE_BLOB] > 0;
    if (has_numbers && has_texts)
        return "any";
    if (has_texts)
        return "string";
    if (has_numbers)
        return column->seen[VALUE_REAL] > 0 ? "number" : "integer";
    return declared_field_type(column->declared_type);
}

/* A name for each column that no other has: a doubled one gets _2, _3 … An array of strings. */
static json_t *field_names(const struct result_table *table)
{
    json_t *names = json_array();
    AUTO_JSON *last_suffix = json_object(); /* name: the last suffix given, 0 = the name itself */
    for (size_t i = 0; i < table->column_count; i++) {
        AUTO_JSON *name = json_text(table->columns[i].name, strlen(table->columns[i].name));
        json_object_set_new(last_suffix, json_string_value(name), json_integer(0));
    }
    AUTO_JSON *taken = json_copy(last_suffix);
    AUTO_JSON *seen = json_object();
    for (size_t i = 0; i < table->column_count; i++) {
        AUTO_JSON *name = json_text(table->columns[i].name, strlen(table->columns[i].name));
        const char *text = json_string_value(name);
        if (json_object_get(seen, text) == NULL) {
            json_object_set_new(seen, text, json_true());
            json_array_append(names, name);
            continue;
        }
        json_int_t suffix = json_integer_value(json_object_get(last_suffix, text));
        suffix = suffix == 0 ? 2 : suffix + 1;
        AUTO_FREE char *other = xasprintf("%s_%" JSON_INTEGER_FORMAT, text, suffix);
        while (json_object_get(taken, other) != NULL) {
            free(other);
            other = xasprintf("%s_%" JSON_INTEGER_FORMAT, text, ++suffix);
        }
        json_object_set_new(last_suffix, text, json_integer(suffix));
        json_object_set_new(taken, other, json_true());
        json_array_append_new(names, json_string(other));
    }
    return names;
}

static json_t *text_value(const struct result_table *table, const struct value *value)
{
    const char *text = value_bytes(table, value);
    if (utf8_length(text, value->size) >= value->characters)
        return json_text(text, value->size);
    AUTO_STRBUF cut = STRBUF_INIT;
    strbuf_add(&cut, text, value->size);
    strbuf_addf(&cut, "… (%zu characters)", value->characters);
    return json_text(strbuf_text(&cut), cut.size);
}

static json_t *json_value(const struct result_table *table, const struct value *value)
{
    AUTO_STRBUF literal = STRBUF_INIT;
    switch (value->type) {
    case VALUE_INTEGER:
        return json_integer(value->as.integer);
    case VALUE_REAL:
        if (isinf(value->as.real)) {
            /* The table schema's words for numbers that JSON has not. */
            return json_string(value->as.real > 0 ? "INF" : "-INF");
        }
        return isnan(value->as.real) ? json_string("NaN") : json_real(value->as.real);
    case VALUE_TEXT:
        return text_value(table, value);
    case VALUE_BLOB:
        add_blob_literal(table, value, &literal);
        return json_text(strbuf_text(&literal), literal.size);
    default:
        return json_null();
    }
}

json_t *result_table_data_resource(const struct result_table *table)
{
    size_t rows = result_table_rows(table);
    if (rows > DATA_RESOURCE_ROWS_MAX)
        return NULL;
    AUTO_JSON *names = field_names(table);
    json_t *fields = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        json_array_append_new(fields, json_pack("{s:O, s:s}", "name", json_array_get(names, i),
                                                "type", field_type(&table->columns[i])));
    }
    json_t *data = json_array();
    for (size_t row = 0; row < rows; row++) {
        json_t *object = json_object();
        for (size_t i = 0; i < table->column_count; i++) {
            json_object_set_new(object, json_string_value(json_array_get(names, i)),
                                json_value(table, value_at(table, row, i)));
        }
        json_array_append_new(data, object);
    }
    return json_pack("{s:{s:o}, s:o}", "schema", "fields", fields, "data", data);
}
