/* SPDX-License-Identifier: Apache-2.0 */
#include "floor_render.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct cell {
    size_t offset, size, width;
};

char *bytes_room(struct bytes *bytes, size_t size)
{
    if (bytes->capacity - bytes->size < size) {
        bytes->capacity = (bytes->capacity + size) * 2;
        bytes->data = xrealloc(bytes->data, bytes->capacity);
    }
    return bytes->data + bytes->size;
}

void bytes_put(struct bytes *bytes, const char *text, size_t size)
{
    memcpy(bytes_room(bytes, size), text, size);
    bytes->size += size;
}

static void put_escaped(struct bytes *bytes, const char *text, size_t size)
{
    char *start = bytes_room(bytes, 6 * size), *at = start;

    for (size_t i = 0; i < size; i++) {
        const char *escaped = text[i] == '<'   ? "&lt;"
                              : text[i] == '>' ? "&gt;"
                              : text[i] == '&' ? "&amp;"
                              : text[i] == '"' ? "&quot;"
                                               : NULL;
        if (escaped) {
            memcpy(at, escaped, strlen(escaped));
            at += strlen(escaped);
        } else {
            *at++ = text[i];
        }
    }
    bytes->size += (size_t)(at - start);
}

static void put_aligned(struct bytes *text, const struct bytes *texts, const struct cell *cells,
                          size_t count, size_t columns, const size_t *widths, const bool *are_right)
{
    for (size_t i = 0; i < count; i++) {
        size_t column = i % columns, padding = widths[column] - cells[i].width;
        char *at = bytes_room(text, cells[i].size + padding + 2);

        if (are_right[column]) {
            memset(at, ' ', padding);
            at += padding;
        }
        memcpy(at, texts->data + cells[i].offset, cells[i].size);
        at += cells[i].size;
        if (!are_right[column]) {
            memset(at, ' ', padding);
            at += padding;
        }
        *at++ = ' ';
        *at = column + 1 == columns ? '\n' : ' ';
        text->size += cells[i].size + padding + 2;
    }
}

void floor_render(sqlite3_stmt *statement, struct bytes *html, struct bytes *text)
{
    struct bytes texts = {0}, cells = {0};
    int columns = sqlite3_column_count(statement);
    size_t widths[FLOOR_COLUMNS_MAX] = {0}, count = 0;
    bool are_right[FLOOR_COLUMNS_MAX] = {false};

    bytes_put(html, "<table>", strlen("<table>"));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        bytes_put(html, "<tr>", strlen("<tr>"));
        for (int i = 0; i < columns; i++) {
            are_right[i] = sqlite3_column_type(statement, i) == SQLITE_INTEGER;
            const char *value = (const char *)sqlite3_column_text(statement, i);
            size_t size = (size_t)sqlite3_column_bytes(statement, i);
            struct cell cell = {texts.size, size, 0};
            for (size_t k = 0; k < size; k++)
                cell.width += ((unsigned char)value[k] & 0xc0) != 0x80;
            widths[i] = cell.width > widths[i] ? cell.width : widths[i];
            bytes_put(&texts, value, size);
            bytes_put(&cells, (const char *)&cell, sizeof cell);
            bytes_put(html, "<td>", strlen("<td>"));
            put_escaped(html, value, size);
            bytes_put(html, "</td>", strlen("</td>"));
            count++;
        }
        bytes_put(html, "</tr>\n", strlen("</tr>\n"));
    }
    bytes_put(html, "</table>", strlen("</table>"));
    struct cell *all = (struct cell *)(void *)cells.data;
    put_aligned(text, &texts, all, count, (size_t)columns, widths, are_right);
    free(texts.data);
    free(cells.data);
}
