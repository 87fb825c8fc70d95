/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table_html: one <table>, read by people and by screen readers.
 *
 * Numbers stand right because the table does: no style of their own, which keeps a large table
 * small. JupyterLab's and classic Notebook's rule for td says right too; it beats what is
 * inherited, so text says left on each cell.
 */
#include <inttypes.h>
#include <string.h>

#include "base/html.h"
#include "base/utf8.h"
#include "model/table/result_table_private.h"

#define NAME_CHARACTERS_MAX 2000u
#define DIM "<span style=\"opacity:.6\">"
/* The front ends' MathJax, 2 and 3, would make a formula of `$5 or $6`. */
#define NO_MATH "<div class=\"tex2jax_ignore mathjax_ignore\">"

static void add_piece(struct strbuf *buffer, const char *before, size_t before_size,
                      const char *text, size_t size)
{
    char *at = strbuf_room(buffer, before_size + size + strlen("</td>"));
    memcpy(at, before, before_size);
    memcpy(at + before_size, text, size);
    memcpy(at + before_size + size, "</td>", strlen("</td>"));
    strbuf_grow(buffer, before_size + size + strlen("</td>"));
}

/* Escapes for element content; line ends and tabs stay. */
static void add_escaped(struct strbuf *buffer, const char *text, size_t size)
{
    size_t run = 0; /* where what is copied as it is begins */
    for (size_t i = 0; i < size;) {
        unsigned char byte = (unsigned char)text[i];
        const char *markup = html_markup(byte);
        if (markup == NULL && ((byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\t')) {
            i++;
            continue;
        }
        strbuf_add(buffer, text + run, i - run);
        uint32_t c;
        size_t length = utf8_decode(text + i, size - i, &c);
        if (markup != NULL)
            strbuf_add_text(buffer, markup);
        else if (c != '\r' || i + 1 == size || text[i + 1] != '\n')
            result_table_add_visible(buffer, c, text + i, length);
        i += length;
        run = i;
    }
    strbuf_add(buffer, text + run, size - run);
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

static void add_text_cell(const struct result_table *table, const struct value *value,
                          struct strbuf *buffer)
{
    static const char LEFT[] = "<td style=\"text-align:left\">";
    static const char BLANKS[] = "<td style=\"text-align:left;white-space:pre-wrap\">";
    const char *text = value_bytes(table, value);
    if ((value->flags & VALUE_IS_HTML) != 0) {
        add_piece(buffer, LEFT, strlen(LEFT), text, value->size);
        return;
    }
    size_t shown = result_table_shown_size(table, value);
    strbuf_add_text(buffer, has_blanks_to_keep(text, shown) ? BLANKS : LEFT);
    add_escaped(buffer, text, shown);
    if ((value->flags & VALUE_IS_CUT) != 0)
        strbuf_addf(buffer, DIM "… (%" PRIu32 " characters)</span>", value->characters);
    strbuf_add_text(buffer, "</td>");
}

/* NULL stands as its column does. */
static void add_cell(const struct result_table *table, const struct column *column,
                     const struct value *value, struct strbuf *buffer)
{
    const char *text = value_bytes(table, value);
    switch (value->type) {
    case VALUE_TEXT:
        add_text_cell(table, value, buffer);
        break;
    case VALUE_BLOB:
        strbuf_add_text(buffer, "<td style=\"text-align:left\">" DIM);
        strbuf_add(buffer, text, value->size);
        strbuf_add_text(buffer, "</span></td>");
        break;
    case VALUE_INTEGER:
    case VALUE_REAL:
        add_piece(buffer, "<td>", strlen("<td>"), text, value->size);
        break;
    default:
        strbuf_add_text(buffer,
                        is_number_column(column) ? "<td>" : "<td style=\"text-align:left\">");
        strbuf_add_text(buffer, "<span style=\"opacity:.6;font-style:italic\">NULL</span></td>");
        break;
    }
}

static void add_header(const struct result_table *table, struct strbuf *buffer)
{
    strbuf_add_text(buffer, "<thead><tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        size_t size = strlen(column->name);
        size_t shown = utf8_offset(column->name, size, NAME_CHARACTERS_MAX);
        strbuf_addf(buffer, "<th scope=\"col\" style=\"text-align:%s\">",
                    is_number_column(column) ? "right" : "left");
        add_escaped(buffer, column->name, shown);
        strbuf_add_text(buffer, shown < size ? "…</th>" : "</th>");
    }
    strbuf_add_text(buffer, "</tr></thead>\n");
}

static void add_table(const struct result_table *table, const struct result_total *total,
                      struct strbuf *buffer)
{
    strbuf_add_text(buffer, "<table style=\"text-align:right\">"
                            "<caption style=\"caption-side:bottom;text-align:left\">");
    result_table_add_total(table, total, buffer);
    strbuf_add_text(buffer, "</caption>\n");
    add_header(table, buffer);
    strbuf_add_text(buffer, "<tbody>\n");
    for (size_t row = 0; row < table->row_count; row++) {
        strbuf_add(buffer, "<tr>", strlen("<tr>"));
        for (size_t column = 0; column < table->column_count; column++)
            add_cell(table, &table->columns[column], value_at(table, row, column), buffer);
        strbuf_add(buffer, "</tr>\n", strlen("</tr>\n"));
    }
    strbuf_add_text(buffer, "</tbody></table>\n");
}

void result_table_html(const struct result_table *table, const struct result_total *total,
                       struct strbuf *buffer)
{
    const char *note = total != NULL ? total->note : NULL;
    strbuf_add_text(buffer, NO_MATH);
    if (table->column_count > 0)
        add_table(table, total, buffer);
    while (note != NULL) {
        const char *end = strchr(note, '\n');
        strbuf_add_text(buffer, "<p>");
        add_escaped(buffer, note, end != NULL ? (size_t)(end - note) : strlen(note));
        strbuf_add_text(buffer, "</p>");
        note = end != NULL ? end + 1 : NULL;
    }
    strbuf_add_text(buffer, "</div>");
}
