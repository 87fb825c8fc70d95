/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_sql_scan: any bytes as a cell. What must hold: every step goes forward and stays inside the
 * text, words end where asked, positions lead back to their offset, all in linear time.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "model/sql/sql_completeness.h"
#include "model/sql/sql_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void walk(const char *text, size_t size)
{
    size_t offset = sql_scan_skip(text, size, 0);
    while (offset < size) {
        size_t next, end;
        if (sql_scan_is_directive(text, size, offset)) {
            next = sql_scan_directive_end(text, size, offset, &end);
            expect(end > offset && end <= next);
            expect(memchr(text + offset, '\n', end - offset) == NULL);
        } else {
            next = sql_scan_statement_end(text, size, offset);
            expect(next == size || text[next - 1] == ';');
        }
        expect(next > offset && next <= size);
        offset = sql_scan_skip(text, size, next);
        expect(offset >= next && offset <= size);
    }
}

static void look_around(const char *text, size_t size, size_t offset)
{
    size_t start;
    bool is_word = sql_scan_word(text, size, offset, &start);
    expect(start <= offset);
    AUTO_FREE char *name = sql_scan_identifier_at(text, size, offset);
    expect(name == NULL || strlen(name) <= size);
    struct sql_position position = sql_scan_position(text, size, offset);
    expect(position.line >= 1 && position.line_offset <= offset);
    expect(position.line_offset + position.line_size <= size);
    expect(utf8_length(text + position.line_offset, offset - position.line_offset) + 1 ==
           position.column);
    if (is_word && start < offset) {
        AUTO_FREE char *word = xstrndup(text + start, offset - start);
        size_t found;
        if (sql_scan_find_token(text, size, word, &found))
            expect(found < size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, without a NUL: reading past it is an error that ASan sees. */
    AUTO_FREE char *text = xmalloc(size > 0 ? size : 1);
    size_t indent = SIZE_MAX;
    if (size > 0)
        memcpy(text, data, size);
    walk(text, size);
    enum sql_completeness completeness = sql_completeness_of(text, size, &indent);
    expect(indent <= 40 && (completeness == SQL_INCOMPLETE || indent == 0));
    AUTO_STRBUF missing = STRBUF_INIT;
    sql_completeness_explain(text, size, &missing);
    look_around(text, size, 0);
    look_around(text, size, size / 3);
    look_around(text, size, size);
    return 0;
}
