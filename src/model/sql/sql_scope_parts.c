/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope_parts: what the reader finds and keeps: blocks, sources, results, the names of tables.
 */
#include "model/sql/sql_scope_reader.h"

struct sql_frame *sql_reader_top(struct sql_reader *reader)
{
    return &reader->frames[reader->depth - 1];
}

const struct sql_token *sql_reader_at(const struct sql_reader *reader, size_t index)
{
    return sql_tokens_at(&reader->scope->tokens, index);
}

enum sql_word sql_reader_word(const struct sql_reader *reader, size_t index)
{
    return sql_reader_at(reader, index)->word;
}

bool sql_reader_is_sign(const struct sql_reader *reader, size_t index, char sign)
{
    return sql_reader_at(reader, index)->sign == sign;
}

/* --- what is found --------------------------------------------------------------------------- */

size_t sql_reader_add_block(struct sql_reader *reader, size_t parent)
{
    struct sql_scope *scope = reader->scope;
    SQL_READER_GROW(scope->blocks, scope->block_count, reader->block_capacity);
    scope->blocks[scope->block_count] =
        (struct sql_block){parent, SQL_NOTHING, SQL_NOTHING, SQL_NOTHING, SQL_NOTHING, SQL_NOTHING};
    return scope->block_count++;
}

size_t sql_reader_parent(const struct sql_reader *reader, size_t block)
{
    return block != SQL_NOTHING ? reader->scope->blocks[block].parent : SQL_NOTHING;
}

size_t sql_reader_add_source(struct sql_reader *reader, size_t block, struct sql_source source)
{
    struct sql_scope *scope = reader->scope;
    SQL_READER_GROW(scope->sources, scope->source_count, reader->source_capacity);
    size_t index = scope->source_count++;
    struct sql_block *owner = &scope->blocks[block];
    source.next = SQL_NOTHING;
    scope->sources[index] = source;
    if (owner->last_source == SQL_NOTHING)
        owner->first_source = index;
    else
        scope->sources[owner->last_source].next = index;
    owner->last_source = index;
    return index;
}

void sql_reader_add_column(struct sql_reader *reader, size_t *first, size_t *last,
                           struct sql_column column)
{
    struct sql_scope *scope = reader->scope;
    SQL_READER_GROW(scope->columns, scope->column_count, reader->column_capacity);
    size_t index = scope->column_count++;
    column.next = SQL_NOTHING;
    scope->columns[index] = column;
    if (*last == SQL_NOTHING)
        *first = index;
    else
        scope->columns[*last].next = index;
    *last = index;
}

void sql_reader_push(struct sql_reader *reader, enum sql_frame_kind kind, size_t begin,
                     size_t block)
{
    SQL_READER_GROW(reader->frames, reader->depth, reader->capacity);
    reader->frames[reader->depth++] = (struct sql_frame){
        .kind = kind,
        .begin = begin,
        .item = begin,
        .block = block,
        .own_block = SQL_NOTHING,
        .list = SQL_NOTHING,
        .common = SQL_NOTHING,
        .source = SQL_NOTHING,
    };
}

/* --- results --------------------------------------------------------------------------------- */

/* True for a token behind which `x` in `… x` is a name for the result. */
static bool ends_operand(const struct sql_token *token)
{
    if (token->kind == SQL_TOKEN_SIGN)
        return token->sign == ')';
    if (token->kind != SQL_TOKEN_WORD)
        return token->kind != SQL_TOKEN_NONE && token->kind != SQL_TOKEN_HOLE;
    return token->word == SQL_WORD_NONE || token->word == SQL_WORD_END ||
           token->word == SQL_WORD_NULL || token->word == SQL_WORD_AS ||
           token->word == SQL_WORD_CURRENT_DATE || token->word == SQL_WORD_CURRENT_TIME ||
           token->word == SQL_WORD_CURRENT_TIMESTAMP || token->word == SQL_WORD_ISNULL ||
           token->word == SQL_WORD_NOTNULL;
}

/* The result that the tokens [begin, end) give: `*`, `t.*`, `t.name`, `… AS name`, `… name`. */
static struct sql_column result_of(const struct sql_reader *reader, size_t begin, size_t end)
{
    const struct sql_token *last = sql_reader_at(reader, end - 1);
    struct sql_column column = {NULL, NULL, false, SQL_NOTHING};
    if (sql_reader_is_sign(reader, end - 1, '*') && end - begin == 1) {
        column.is_star = true;
    } else if (sql_reader_is_sign(reader, end - 1, '*') && end - begin >= 3 &&
               sql_reader_is_sign(reader, end - 2, '.')) {
        column.is_star = true;
        column.qualifier = sql_reader_at(reader, end - 3)->text;
    } else if (sql_token_is_name(last)) {
        bool is_alone = end - begin == 1;
        bool is_member = end - begin >= 3 && sql_reader_is_sign(reader, end - 2, '.');
        if (is_alone || is_member || ends_operand(sql_reader_at(reader, end - 2)))
            column.name = last->text;
    }
    return column;
}

void sql_reader_finish_item(struct sql_reader *reader, size_t end)
{
    struct sql_frame *frame = sql_reader_top(reader);
    size_t begin = frame->item;
    bool is_list = frame->clause == SQL_CLAUSE_SELECT || frame->clause == SQL_CLAUSE_RETURNING;
    bool is_query = frame->kind == SQL_FRAME_STATEMENT || frame->kind == SQL_FRAME_QUERY;
    frame->item = end + 1;
    if (!is_list || !is_query)
        return;
    if (sql_reader_word(reader, begin) == SQL_WORD_DISTINCT ||
        sql_reader_word(reader, begin) == SQL_WORD_ALL)
        begin++;
    if (begin >= end || sql_reader_at(reader, end - 1)->kind == SQL_TOKEN_HOLE)
        return;
    struct sql_column column = result_of(reader, begin, end);
    struct sql_block *block = &reader->scope->blocks[frame->block];
    sql_reader_add_column(reader, &block->first_column, &block->last_column, column);
}

void sql_reader_enter(struct sql_reader *reader, enum sql_clause clause, size_t index)
{
    sql_reader_finish_item(reader, index);
    sql_reader_top(reader)->clause = clause;
    sql_reader_top(reader)->wants_source = false;
    sql_reader_top(reader)->is_fresh = false;
}

/* --- tables ---------------------------------------------------------------------------------- */

size_t sql_reader_read_alias(struct sql_reader *reader, size_t index, size_t source)
{
    size_t name = index + (sql_reader_word(reader, index) == SQL_WORD_AS);
    const struct sql_token *token = sql_reader_at(reader, name);
    bool is_name = name > index ? sql_token_is_name(token)
                                : sql_token_is_name(token) && token->word == SQL_WORD_NONE;
    if (!is_name)
        return index;
    if (source != SQL_NOTHING)
        reader->scope->sources[source].alias = token->text;
    return name + 1;
}

static bool is_filler(enum sql_word word)
{
    switch (word) {
    case SQL_WORD_IF:
    case SQL_WORD_NOT:
    case SQL_WORD_EXISTS:
    case SQL_WORD_OR:
    case SQL_WORD_REPLACE:
    case SQL_WORD_IGNORE:
    case SQL_WORD_ABORT:
    case SQL_WORD_FAIL:
    case SQL_WORD_ROLLBACK:
        return true;
    default:
        return false;
    }
}

size_t sql_reader_read_table(struct sql_reader *reader, size_t index, size_t block)
{
    struct sql_frame *frame = sql_reader_top(reader);
    struct sql_source source = {.token = index, .body = SQL_NOTHING};
    frame->source = SQL_NOTHING;
    frame->wants_source = false;
    reader->table_at = index;
    if (sql_reader_at(reader, index)->kind == SQL_TOKEN_HOLE)
        return index + 1;
    if (!sql_token_is_name(sql_reader_at(reader, index)))
        return index;
    source.name = sql_reader_at(reader, index++)->text;
    if (sql_reader_is_sign(reader, index, '.')) {
        if (!sql_token_is_name(sql_reader_at(reader, index + 1)))
            return index + 1 + (sql_reader_at(reader, index + 1)->kind == SQL_TOKEN_HOLE);
        source.schema = source.name;
        source.name = sql_reader_at(reader, index + 1)->text;
        index += 2;
    }
    source.is_call = sql_reader_is_sign(reader, index, '(') && frame->clause == SQL_CLAUSE_FROM;
    frame->source = sql_reader_add_source(reader, block, source);
    return source.is_call ? index : sql_reader_read_alias(reader, index, frame->source);
}

size_t sql_reader_read_object(struct sql_reader *reader, size_t index)
{
    while (is_filler(sql_reader_word(reader, index)) && !sql_reader_is_sign(reader, index + 1, '.'))
        index++;
    return sql_reader_read_table(reader, index, sql_reader_top(reader)->block);
}
