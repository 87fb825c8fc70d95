/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_result_table: any bytes as columns and values. What must hold: both texts are valid UTF-8
 * and no larger than foreseen, the plain text has one line for each row and no control character,
 * the HTML has our own tags alone, and as many cells as the table.
 *
 * The first byte says how many columns, the second how many characters of a text are shown. Then
 * pieces: a byte for the kind, one for the size, and so many bytes. The first pieces are names.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "model/table/result_table.h"

#define PIECE_REPEATS 16 /* kinds from here on are long texts */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* The next piece, as much of it as there is; false at the end. */
static bool next(struct input *input, unsigned *ret_kind, const uint8_t **ret_bytes,
                 size_t *ret_size)
{
    if (input->left < 2)
        return false;
    *ret_kind = input->at[0];
    *ret_size = input->at[1];
    input->at += 2;
    input->left -= 2;
    *ret_size = *ret_size < input->left ? *ret_size : input->left;
    *ret_bytes = input->at;
    input->at += *ret_size;
    input->left -= *ret_size;
    return true;
}

static void add_long(struct result_table *table, const uint8_t *bytes, size_t size, unsigned count)
{
    AUTO_STRBUF text = STRBUF_INIT;
    for (unsigned i = 0; i < count; i++)
        strbuf_add(&text, bytes, size);
    result_table_add_text(table, strbuf_text(&text), text.size);
}

static void add_value(struct result_table *table, unsigned kind, const uint8_t *bytes, size_t size)
{
    uint64_t bits = 0;
    double real;
    memcpy(&bits, bytes, size < sizeof bits ? size : sizeof bits);
    memcpy(&real, &bits, sizeof real);
    switch (kind % 5) {
    case 0:
        result_table_add_null(table);
        break;
    case 1:
        result_table_add_integer(table, (int64_t)bits);
        break;
    case 2:
        result_table_add_real(table, real);
        break;
    case 3:
        result_table_add_blob(table, bytes, size);
        break;
    default:
        if (kind >= PIECE_REPEATS)
            add_long(table, bytes, size, kind);
        else
            result_table_add_text(table, (const char *)bytes, size);
        break;
    }
}

static void fill(struct result_table *table, struct input *input, size_t columns)
{
    unsigned kind;
    const uint8_t *bytes;
    size_t size;
    for (size_t i = 0; i < columns; i++) {
        AUTO_FREE char *name = NULL;
        if (next(input, &kind, &bytes, &size))
            name = xstrndup((const char *)bytes, size);
        result_table_add_column(table, name, kind % 2 == 0 ? name : NULL);
    }
    while (next(input, &kind, &bytes, &size))
        add_value(table, kind, bytes, size);
}

static void check_text(const struct result_table *table, const struct strbuf *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->size; i++) {
        lines += text->text[i] == '\n';
        expect((unsigned char)text->text[i] >= ' ' || text->text[i] == '\n');
        expect(text->text[i] != 0x7f);
    }
    expect(utf8_is_valid(text->text, text->size));
    expect(lines == result_table_rows(table) + 2);
}

static bool begins_with_one(const char *at, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}

static void check_html(const struct result_table *table, const struct strbuf *html)
{
    static const char *const tags[] = {
        "<div class=\"tex2jax_ignore mathjax_ignore\">",
        "</div>",
        "<table style=\"text-align:right\">",
        "</table>",
        "<caption ",
        "</caption>",
        "<thead>",
        "</thead>",
        "<tbody>",
        "</tbody>",
        "<tr>",
        "</tr>",
        "<th ",
        "</th>",
        "<td>",
        "<td style=\"text-align:left",
        "</td>",
        "<span style=\"opacity:.6",
        "</span>",
    };
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    size_t cells = 0;
    for (size_t i = 0; i < html->size; i++) {
        const char *at = html->text + i;
        expect(*at != '<' || begins_with_one(at, tags, ARRAY_SIZE(tags)));
        expect(*at != '&' || begins_with_one(at, entities, ARRAY_SIZE(entities)));
        expect((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t');
        cells += strncmp(at, "<td", 3) == 0;
    }
    expect(utf8_is_valid(html->text, html->size));
    expect(cells == result_table_rows(table) * result_table_columns(table));
}

static void check(const struct result_table *table)
{
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_STRBUF html = STRBUF_INIT;
    result_table_text(table, NULL, &text);
    result_table_html(table, NULL, &html);
    check_text(table, &text);
    check_html(table, &html);
    expect(text.size + html.size <= result_table_size(table));
    AUTO_JSON *resource = result_table_data_resource(table);
    if (resource != NULL) {
        AUTO_FREE char *json = json_format(resource);
        expect(utf8_is_valid(json, strlen(json)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result_table *table;
    struct input input = {data, size};
    size_t columns;
    if (size < 2)
        return 0;
    input.at += 2;
    input.left -= 2;
    columns = 1 + data[0] % 8;
    table = result_table_new();
    result_table_limit(table, data[1] == 0 ? SIZE_MAX : data[1], 4096);
    fill(table, &input, columns);
    check(table);
    if (result_table_rows(table) > 0) {
        result_table_drop_row(table);
        check(table);
    }
    result_table_free(table);
    return 0;
}
