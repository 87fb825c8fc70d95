/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_completion: any bytes as a cell, the cursor in some places of it, one at each |. What must
 * hold: tokens go forward and stay inside the text, every index of the scope leads to something,
 * every list ends, all in linear time.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/sql/sql_definition.h"
#include "model/sql/sql_scan.h"
#include "model/sql/sql_scope.h"

#define MARKS_MAX 8 /* cursors at a | that are tried */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_tokens(const struct sql_scope *scope, size_t size)
{
    size_t end = 0;
    for (size_t i = 0; i < scope->tokens.count; i++) {
        const struct sql_token *token = &scope->tokens.list[i];
        expect(token->kind != SQL_TOKEN_NONE && token->start >= end && token->end > token->start);
        expect(token->end <= size && strlen(token->text) <= token->end - token->start);
        end = token->end;
    }
}

static size_t count_columns(const struct sql_scope *scope, size_t first)
{
    size_t count = 0;
    for (size_t i = first; i != SQL_NOTHING; i = scope->columns[i].next) {
        expect(i < scope->column_count && ++count <= scope->column_count);
        expect(!scope->columns[i].is_star || scope->columns[i].name == NULL);
    }
    return count;
}

static void check_scope(const struct sql_scope *scope)
{
    size_t sources = 0, columns = 0;
    for (size_t b = 0; b < scope->block_count; b++) {
        const struct sql_block *block = &scope->blocks[b];
        /* A parent is older, so the way up ends. */
        expect(block->parent == SQL_NOTHING || block->parent < b);
        for (size_t i = block->first_source; i != SQL_NOTHING; i = scope->sources[i].next) {
            const struct sql_source *source = &scope->sources[i];
            expect(i < scope->source_count && ++sources <= scope->source_count);
            expect(source->body == SQL_NOTHING || source->body < scope->block_count);
            expect(source->name != NULL || source->body != SQL_NOTHING);
            expect(source->token < scope->tokens.count);
        }
        columns += count_columns(scope, block->first_column);
    }
    for (size_t i = 0; i < scope->common_count; i++) {
        expect(scope->commons[i].name != NULL && scope->commons[i].end != SQL_NOTHING);
        columns += count_columns(scope, scope->commons[i].first_column);
    }
    expect(columns <= scope->column_count);
}

static void check_place(const struct sql_scope *scope)
{
    expect(scope->block == SQL_NOTHING || scope->block < scope->block_count);
    expect(scope->token <= scope->tokens.count);
    expect(scope->place != SQL_PLACE_MEMBER || scope->qualifier != NULL);
    expect(scope->place != SQL_PLACE_VALUE || scope->pragma != NULL);
    if (scope->tokens.count == 0)
        return;
    const char *name = scope->tokens.list[scope->tokens.count / 2].text;
    const struct sql_source *source = sql_scope_find(scope, name);
    expect(source == NULL || !source->is_shut);
    const struct sql_common *common = sql_scope_common(scope, name, scope->token);
    expect(common == NULL || common->begin <= scope->token);
}

static void look(const char *text, size_t size, size_t cursor)
{
    size_t start, line, line_end;
    if (sql_scope_directive(text, size, cursor, &line, &line_end))
        expect(line < line_end && line_end <= size && cursor <= line_end);
    if (!sql_scan_word(text, size, cursor, &start))
        return;
    for (int hides_word = 0; hides_word < 2; hides_word++) {
        struct sql_scope scope;
        sql_scope_read(text, size, start, cursor, hides_word, &scope);
        check_tokens(&scope, size);
        check_scope(&scope);
        check_place(&scope);
        sql_scope_release(&scope);
    }
}

static void add_size(void *context, const char *name, size_t size)
{
    size_t *sizes = context;
    expect(memchr(name, '\0', size) == NULL || size > 0);
    *sizes += size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, without a NUL: reading past it is an error that ASan sees. */
    AUTO_FREE char *text = xmalloc(size > 0 ? size : 1);
    if (size > 0)
        memcpy(text, data, size);
    look(text, size, 0);
    look(text, size, size / 3);
    look(text, size, size);
    size_t sizes = 0;
    (void)sql_definition_columns(text, size, add_size, &sizes);
    expect(sizes <= size);
    const char *mark = text;
    for (int i = 0; i < MARKS_MAX; i++) {
        mark = memchr(mark, '|', size - (size_t)(mark - text));
        if (mark == NULL)
            break;
        look(text, size, (size_t)(mark - text));
        mark++;
    }
    return 0;
}
