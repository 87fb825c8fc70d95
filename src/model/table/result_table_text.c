/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table_text: plain text, aligned by the widths that were measured when values were added.
 */
#include <string.h>

#include "model/table/result_table_private.h"

#define RULE_MAX 256 /* columns of the rule below one header */
#define NARROWEST 8  /* columns; what else is narrowed when blanks would take too much */

/* The width each column is padded to. Caller frees. */
static size_t *column_widths(const struct result_table *table)
{
    size_t columns = table->column_count;
    size_t *widths = xreallocarray(NULL, columns, sizeof(*widths));
    size_t most = SIZE_MAX;
    bool too_much;
    size_t padding = result_table_padding(table, &too_much);
    /* One wide cell among very many narrow ones must not blow the whole table up with blanks. */
    if (too_much) {
        most = padding / (table->value_count + columns);
        most = most > NARROWEST ? most : NARROWEST;
    }
    for (size_t i = 0; i < columns; i++)
        widths[i] = table->columns[i].width < most ? table->columns[i].width : most;
    return widths;
}

/* One cell with the blanks before and after it. */
static void add_cell(struct strbuf *buffer, const char *text, size_t size, size_t before,
                     size_t after)
{
    char *at = strbuf_room(buffer, size + before + after);
    memset(at, ' ', before);
    memcpy(at + before, text, size);
    memset(at + before + size, ' ', after);
    strbuf_grow(buffer, size + before + after);
}

static void add_header(const struct result_table *table, const size_t *widths,
                       struct strbuf *buffer)
{
    size_t columns = table->column_count;
    for (size_t i = 0; i < columns; i++) {
        const struct column *column = &table->columns[i];
        bool is_right = is_number_column(column);
        size_t padding = column->header_width < widths[i] ? widths[i] - column->header_width : 0;
        size_t after = i + 1 == columns ? 0 : 2 + (is_right ? 0 : padding);
        const char *header = column_header(column);
        add_cell(buffer, header, strlen(header), is_right ? padding : 0, after);
    }
    strbuf_add_char(buffer, '\n');
    for (size_t i = 0; i < columns; i++) {
        for (size_t k = 0; k < widths[i] && k < RULE_MAX; k++)
            strbuf_add_text(buffer, "─");
        strbuf_add_text(buffer, i + 1 == columns ? "\n" : "  ");
    }
}

static void add_row(const struct result_table *table, size_t row, const size_t *widths,
                    struct strbuf *scratch, struct strbuf *buffer)
{
    size_t columns = table->column_count;
    for (size_t i = 0; i < columns; i++) {
        const struct value *value = value_at(table, row, i);
        const char *text = value_bytes(table, value);
        size_t size = value->size;
        if ((value->flags & VALUE_IS_PLAIN) == 0) {
            strbuf_clear(scratch);
            result_table_add_plain(table, value, scratch);
            text = strbuf_text(scratch);
            size = scratch->size;
        }
        bool is_right = is_number(value) || is_number_column(&table->columns[i]);
        size_t padding = value->width < widths[i] ? widths[i] - value->width : 0;
        add_cell(buffer, text, size, is_right ? padding : 0,
                 i + 1 == columns ? 0 : 2 + (is_right ? 0 : padding));
    }
    strbuf_add_char(buffer, '\n');
}

void result_table_text(const struct result_table *table, const struct result_total *total,
                       struct strbuf *buffer)
{
    if (table->column_count > 0) {
        AUTO_STRBUF scratch = STRBUF_INIT;
        AUTO_FREE size_t *widths = column_widths(table);
        add_header(table, widths, buffer);
        for (size_t row = 0; row < table->row_count; row++)
            add_row(table, row, widths, &scratch, buffer);
    }
    strbuf_add_char(buffer, '(');
    result_table_add_total(table, total, buffer);
    strbuf_add_char(buffer, ')');
    if (total != NULL && total->note != NULL) {
        strbuf_add_char(buffer, '\n');
        strbuf_add_text(buffer, total->note);
    }
}
