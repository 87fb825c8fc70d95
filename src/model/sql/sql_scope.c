/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope: finds the statement around the place, has it read, and says from the frame and the
 * token before it what is expected there.
 */
#include "model/sql/sql_scope.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/sql/sql_scan.h"
#include "model/sql/sql_scope_reader.h"

static const struct sql_token *before(const struct sql_scope *scope, size_t distance)
{
    return sql_tokens_at(&scope->tokens,
                         scope->token >= distance ? scope->token - distance : SQL_NOTHING);
}

static enum sql_word word_before(const struct sql_scope *scope, size_t distance)
{
    return before(scope, distance)->word;
}

/* --- places ---------------------------------------------------------------------------------- */

/* Keywords that may be names, but ask for an operand when they stand before one. */
static bool asks_for_operand(enum sql_word word)
{
    switch (word) {
    case SQL_WORD_BY:
    case SQL_WORD_LIKE:
    case SQL_WORD_GLOB:
    case SQL_WORD_REGEXP:
    case SQL_WORD_MATCH:
    case SQL_WORD_OFFSET:
        return true;
    default:
        return !sql_word_is_name(word) && word != SQL_WORD_NULL && word != SQL_WORD_ISNULL &&
               word != SQL_WORD_NOTNULL;
    }
}

static bool is_list_begin(const struct sql_token *token)
{
    return token->sign == ',' || token->sign == '(' || token->sign == '.' ||
           token->word == SQL_WORD_SELECT || token->word == SQL_WORD_DISTINCT ||
           token->word == SQL_WORD_ALL || token->word == SQL_WORD_RETURNING;
}

static enum sql_place place_in_expression(const struct sql_reader *reader,
                                          const struct sql_frame *frame)
{
    const struct sql_scope *scope = reader->scope;
    const struct sql_token *last = before(scope, 1);
    bool in_cast = frame->kind == SQL_FRAME_EXPRESSION && frame->begin >= 2 &&
                   scope->tokens.list[frame->begin - 2].word == SQL_WORD_CAST;
    switch (last->kind) {
    case SQL_TOKEN_NONE:
        return SQL_PLACE_OPERAND;
    case SQL_TOKEN_SIGN:
        if (last->sign == '*' && is_list_begin(before(scope, 2)))
            return SQL_PLACE_OPERATOR;
        return last->sign == ')' ? SQL_PLACE_OPERATOR : SQL_PLACE_OPERAND;
    case SQL_TOKEN_WORD:
        break;
    default:
        return SQL_PLACE_OPERATOR;
    }
    switch (last->word) {
    case SQL_WORD_NONE:
    case SQL_WORD_GROUP:
    case SQL_WORD_ORDER:
    case SQL_WORD_PARTITION:
    case SQL_WORD_DO:
        return SQL_PLACE_OPERATOR;
    case SQL_WORD_AS:
        return in_cast ? SQL_PLACE_TYPE : SQL_PLACE_NONE;
    default:
        return asks_for_operand(last->word) ? SQL_PLACE_OPERAND : SQL_PLACE_OPERATOR;
    }
}

static enum sql_place place_in_definition(const struct sql_reader *reader,
                                          const struct sql_frame *frame)
{
    const struct sql_scope *scope = reader->scope;
    if (scope->token == frame->item)
        return frame->kind == SQL_FRAME_DEFINITIONS ? SQL_PLACE_OPERATOR : SQL_PLACE_NONE;
    if (scope->token == frame->item + 1 && before(scope, 1)->word == SQL_WORD_NONE)
        return SQL_PLACE_TYPE;
    return word_before(scope, 1) == SQL_WORD_REFERENCES ? SQL_PLACE_TABLE : SQL_PLACE_OPERATOR;
}

static enum sql_place place_of_object(struct sql_scope *scope, enum sql_word object)
{
    scope->object = object;
    return object == SQL_WORD_TABLE ? SQL_PLACE_TABLE : SQL_PLACE_OBJECT;
}

/* Within CREATE, ALTER, DROP and a trigger's head. */
static enum sql_place place_in_schema_change(const struct sql_reader *reader,
                                             const struct sql_frame *frame)
{
    struct sql_scope *scope = reader->scope;
    enum sql_word last = word_before(scope, 1);
    switch (last) {
    case SQL_WORD_TABLE:
    case SQL_WORD_VIEW:
    case SQL_WORD_INDEX:
    case SQL_WORD_TRIGGER:
    case SQL_WORD_EXISTS:
        if (frame->clause == SQL_CLAUSE_DROP)
            return place_of_object(scope, frame->object);
        return frame->clause == SQL_CLAUSE_ALTER ? SQL_PLACE_TABLE : SQL_PLACE_OPERATOR;
    case SQL_WORD_ON:
        return SQL_PLACE_TABLE;
    case SQL_WORD_AS:
        return SQL_PLACE_QUERY;
    case SQL_WORD_OF:
    case SQL_WORD_COLUMN:
        return SQL_PLACE_COLUMN;
    case SQL_WORD_RENAME:
        return frame->clause == SQL_CLAUSE_ALTER ? SQL_PLACE_COLUMN : SQL_PLACE_OPERATOR;
    case SQL_WORD_DROP:
        return frame->clause == SQL_CLAUSE_ALTER ? SQL_PLACE_COLUMN : SQL_PLACE_OPERATOR;
    case SQL_WORD_TO:
        return SQL_PLACE_NONE;
    default:
        break;
    }
    if (frame->object == SQL_WORD_TRIGGER && frame->clause != SQL_CLAUSE_DROP) {
        if (before(scope, 1)->sign == ',')
            return SQL_PLACE_COLUMN;
        return place_in_expression(reader, frame) == SQL_PLACE_OPERAND && last != SQL_WORD_CREATE
                   ? SQL_PLACE_OPERAND
                   : SQL_PLACE_OPERATOR;
    }
    return SQL_PLACE_OPERATOR;
}

static enum sql_place place_in_other(const struct sql_scope *scope)
{
    switch (word_before(scope, 1)) {
    case SQL_WORD_ANALYZE:
    case SQL_WORD_REINDEX:
        return SQL_PLACE_TABLE;
    case SQL_WORD_DETACH:
    case SQL_WORD_DATABASE:
    case SQL_WORD_VACUUM:
        return SQL_PLACE_SCHEMA;
    case SQL_WORD_SAVEPOINT:
    case SQL_WORD_RELEASE:
    case SQL_WORD_AS:
        return SQL_PLACE_NONE;
    default:
        return SQL_PLACE_OPERATOR;
    }
}

static enum sql_place place_of_table(const struct sql_scope *scope)
{
    switch (word_before(scope, 1)) {
    case SQL_WORD_INTO:
    case SQL_WORD_UPDATE:
        return SQL_PLACE_TABLE;
    case SQL_WORD_AS:
        return SQL_PLACE_NONE;
    case SQL_WORD_ABORT:
    case SQL_WORD_FAIL:
    case SQL_WORD_IGNORE:
    case SQL_WORD_REPLACE:
    case SQL_WORD_ROLLBACK:
        return scope->clause == SQL_CLAUSE_UPDATE ? SQL_PLACE_TABLE : SQL_PLACE_OPERATOR;
    default:
        return SQL_PLACE_OPERATOR;
    }
}

static enum sql_place place_of_with(const struct sql_frame *frame, const struct sql_scope *scope)
{
    if (before(scope, 1)->sign == ')' && word_before(scope, 2) != SQL_WORD_NONE)
        return SQL_PLACE_QUERY;
    if (frame->wants_common)
        return word_before(scope, 1) == SQL_WORD_WITH ? SQL_PLACE_OPERATOR : SQL_PLACE_NONE;
    return before(scope, 1)->sign == ')' ? SQL_PLACE_QUERY : SQL_PLACE_OPERATOR;
}

static enum sql_place place_in_pragma(struct sql_scope *scope, const struct sql_frame *frame)
{
    const struct sql_token *last = before(scope, 1);
    if (last->word == SQL_WORD_PRAGMA)
        return SQL_PLACE_PRAGMA;
    if (last->sign != '=' && frame->kind != SQL_FRAME_VALUE)
        return SQL_PLACE_NONE;
    scope->pragma = before(scope, 2)->text;
    if (before(scope, 3)->sign == '.')
        scope->pragma_schema = before(scope, 4)->text;
    return last->sign == '=' || last->sign == '(' ? SQL_PLACE_VALUE : SQL_PLACE_NONE;
}

static enum sql_place place_in_clause(const struct sql_reader *reader,
                                      const struct sql_frame *frame)
{
    struct sql_scope *scope = reader->scope;
    enum sql_word last = word_before(scope, 1);
    switch (frame->clause) {
    case SQL_CLAUSE_NONE:
        if (frame->kind == SQL_FRAME_STATEMENT && frame->is_fresh)
            return SQL_PLACE_START;
        return SQL_PLACE_QUERY;
    case SQL_CLAUSE_WITH:
        return place_of_with(frame, scope);
    case SQL_CLAUSE_FROM:
        if (frame->wants_source)
            return SQL_PLACE_SOURCE;
        return last == SQL_WORD_AS ? SQL_PLACE_NONE : SQL_PLACE_OPERATOR;
    case SQL_CLAUSE_INTO:
    case SQL_CLAUSE_UPDATE:
        return place_of_table(scope);
    case SQL_CLAUSE_SET:
        return last == SQL_WORD_SET ||
                       (before(scope, 1)->sign == ',' && frame->kind == SQL_FRAME_STATEMENT)
                   ? SQL_PLACE_COLUMN
                   : place_in_expression(reader, frame);
    case SQL_CLAUSE_CREATE:
    case SQL_CLAUSE_TRIGGER:
    case SQL_CLAUSE_ALTER:
    case SQL_CLAUSE_DROP:
        return frame->kind == SQL_FRAME_EXPRESSION ? place_in_expression(reader, frame)
                                                   : place_in_schema_change(reader, frame);
    case SQL_CLAUSE_DEFINITION:
        return place_in_definition(reader, frame);
    case SQL_CLAUSE_PRAGMA:
        return place_in_pragma(scope, frame);
    case SQL_CLAUSE_OTHER:
        return place_in_other(scope);
    case SQL_CLAUSE_USING:
    case SQL_CLAUSE_CONFLICT:
        return frame->kind == SQL_FRAME_EXPRESSION ? place_in_expression(reader, frame)
                                                   : SQL_PLACE_OPERATOR;
    default:
        return place_in_expression(reader, frame);
    }
}

static void place_after_dot(const struct sql_reader *reader, const struct sql_frame *frame)
{
    struct sql_scope *scope = reader->scope;
    const struct sql_token *qualifier = before(scope, 2);
    if (qualifier->kind != SQL_TOKEN_WORD && qualifier->kind != SQL_TOKEN_QUOTED)
        return;
    scope->qualifier = qualifier->text;
    if (frame->clause == SQL_CLAUSE_PRAGMA) {
        scope->pragma_schema = qualifier->text;
        scope->place = SQL_PLACE_PRAGMA;
        return;
    }
    scope->place = SQL_PLACE_MEMBER;
    scope->is_source = reader->table_at + 2 == scope->token ||
                       word_before(scope, 3) == SQL_WORD_TABLE ||
                       word_before(scope, 3) == SQL_WORD_EXISTS ||
                       frame->clause == SQL_CLAUSE_DROP || frame->clause == SQL_CLAUSE_OTHER;
    scope->object = frame->clause == SQL_CLAUSE_DROP ? frame->object : SQL_WORD_NONE;
    if (before(scope, 3)->sign == '.' && before(scope, 4)->text[0] != '\0')
        scope->qualifier_schema = before(scope, 4)->text;
}

static void at_place(const struct sql_reader *reader)
{
    struct sql_scope *scope = reader->scope;
    const struct sql_frame *frame = &reader->frames[reader->depth - 1];
    scope->block = frame->block;
    scope->clause = frame->clause;
    scope->object = frame->object;
    if (before(scope, 1)->sign == '.')
        place_after_dot(reader, frame);
    else if (scope->token <= reader->start)
        scope->place = SQL_PLACE_START;
    else if (word_before(scope, 1) == SQL_WORD_COLLATE)
        scope->place = SQL_PLACE_COLLATION;
    else if (frame->kind == SQL_FRAME_NAMES || frame->kind == SQL_FRAME_SHUT)
        scope->place = SQL_PLACE_NONE;
    else if (frame->kind == SQL_FRAME_COLUMNS)
        scope->place = before(scope, 1)->sign == '(' || before(scope, 1)->sign == ','
                           ? SQL_PLACE_COLUMN
                           : SQL_PLACE_OPERATOR;
    else
        scope->place = place_in_clause(reader, frame);
}

/* --- the statement --------------------------------------------------------------------------- */

/* The case of the keyword nearest before the place, else of the first behind it. */
static void find_case(struct sql_scope *scope, const char *code)
{
    for (size_t i = scope->token; i-- > 0;) {
        if (scope->tokens.list[i].word != SQL_WORD_NONE) {
            scope->is_lower = code[scope->tokens.list[i].start] >= 'a';
            return;
        }
    }
    for (size_t i = scope->token; i < scope->tokens.count; i++) {
        if (scope->tokens.list[i].word != SQL_WORD_NONE) {
            scope->is_lower = code[scope->tokens.list[i].start] >= 'a';
            return;
        }
    }
}

static void read_statement(const char *code, size_t start, size_t end, size_t hole_start,
                           size_t hole_end, struct sql_scope *scope)
{
    sql_tokens_read(code, start, end, hole_start, hole_end, &scope->tokens);
    while (scope->token < scope->tokens.count &&
           scope->tokens.list[scope->token].start < hole_start)
        scope->token++;
    find_case(scope, code);
    sql_scope_reader_run(scope, at_place);
}

void sql_scope_read(const char *code, size_t size, size_t word_start, size_t cursor,
                    bool hides_word, struct sql_scope *ret_scope)
{
    *ret_scope = (struct sql_scope){.place = SQL_PLACE_START, .block = SQL_NOTHING};
    size_t hole_end = hides_word && cursor > word_start ? cursor : word_start;
    size_t start = sql_scan_skip(code, size, 0), end = start;
    while (start < size && start <= word_start) {
        size_t line_end;
        bool is_directive = sql_scan_is_directive(code, size, start);
        end = is_directive ? sql_scan_directive_end(code, size, start, &line_end)
                           : sql_scan_statement_end(code, size, start);
        if (is_directive && word_start <= line_end) {
            ret_scope->place = SQL_PLACE_NONE;
            ret_scope->is_directive = true;
            return;
        }
        if (!is_directive && (word_start < end || (end == size && code[size - 1] != ';'))) {
            ret_scope->place = SQL_PLACE_NONE;
            read_statement(code, start, end, word_start, hole_end, ret_scope);
            return;
        }
        /* A statement that is yet to begin goes on in the case of the one before. */
        ret_scope->is_lower = !is_directive && code[start] >= 'a' && code[start] <= 'z';
        start = sql_scan_skip(code, size, end > start ? end : start + 1);
    }
}

bool sql_scope_directive(const char *code, size_t size, size_t offset, size_t *ret_start,
                         size_t *ret_end)
{
    for (size_t at = sql_scan_skip(code, size, 0); at < size && at <= offset;) {
        size_t next;
        if (sql_scan_is_directive(code, size, at)) {
            next = sql_scan_directive_end(code, size, at, ret_end);
            *ret_start = at;
            if (offset <= *ret_end)
                return true;
        } else {
            next = sql_scan_statement_end(code, size, at);
        }
        at = sql_scan_skip(code, size, next > at ? next : at + 1);
    }
    return false;
}

void sql_scope_release(struct sql_scope *scope)
{
    sql_tokens_release(&scope->tokens);
    free(scope->sources);
    free(scope->columns);
    free(scope->blocks);
    free(scope->commons);
    *scope = (struct sql_scope){.place = SQL_PLACE_NONE, .block = SQL_NOTHING};
}

/* --- names ----------------------------------------------------------------------------------- */

const struct sql_source *sql_scope_find(const struct sql_scope *scope, const char *name)
{
    for (size_t block = scope->block; block != SQL_NOTHING; block = scope->blocks[block].parent) {
        const struct sql_source *named = NULL;
        for (size_t i = scope->blocks[block].first_source; i != SQL_NOTHING;
             i = scope->sources[i].next) {
            const struct sql_source *source = &scope->sources[i];
            if (source->is_shut)
                continue;
            if (source->alias != NULL && strcasecmp(source->alias, name) == 0)
                return source;
            if (named == NULL && source->alias == NULL && source->name != NULL &&
                strcasecmp(source->name, name) == 0)
                named = source;
        }
        if (named != NULL)
            return named;
    }
    return NULL;
}

const struct sql_common *sql_scope_common(const struct sql_scope *scope, const char *name,
                                          size_t token)
{
    for (size_t i = scope->common_count; i-- > 0;) {
        const struct sql_common *common = &scope->commons[i];
        if (common->begin <= token && token < common->end && strcasecmp(common->name, name) == 0)
            return common;
    }
    return NULL;
}
