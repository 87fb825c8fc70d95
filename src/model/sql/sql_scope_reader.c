/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope_reader: a stack of frames of its own instead of recursion, because the depth of the
 * parentheses is the user's. A word that begins a clause changes the frame; everything else is
 * passed over.
 */
#include "model/sql/sql_scope_reader.h"

#include <stdlib.h>

#include "base/memory.h"

static bool begins_query(enum sql_word word)
{
    return word == SQL_WORD_SELECT || word == SQL_WORD_WITH || word == SQL_WORD_VALUES;
}

/* --- parentheses ----------------------------------------------------------------------------- */

static void open_query(struct sql_reader *reader, size_t index, size_t parent)
{
    sql_reader_push(reader, SQL_FRAME_QUERY, index + 1, sql_reader_add_block(reader, parent));
    sql_reader_top(reader)->is_fresh = true;
}

static void open_source(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    size_t block = frame->block;
    frame->wants_source = false;
    if (!begins_query(sql_reader_word(reader, index + 1))) {
        sql_reader_push(reader, SQL_FRAME_JOINS, index + 1, block);
        sql_reader_top(reader)->clause = SQL_CLAUSE_FROM;
        sql_reader_top(reader)->wants_source = true;
        return;
    }
    struct sql_source source = {.token = index, .body = SQL_NOTHING};
    size_t added = frame->source = sql_reader_add_source(reader, block, source);
    open_query(reader, index, sql_reader_parent(reader, block));
    sql_reader_top(reader)->is_source = true;
    reader->scope->sources[added].body = sql_reader_top(reader)->block;
}

static void open_common(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    size_t common = frame->common;
    if (sql_reader_word(reader, index - 1) == SQL_WORD_AS ||
        sql_reader_word(reader, index - 1) == SQL_WORD_MATERIALIZED) {
        open_query(reader, index, sql_reader_parent(reader, frame->block));
        if (common != SQL_NOTHING)
            reader->scope->commons[common].body = sql_reader_top(reader)->block;
    } else {
        sql_reader_push(reader, SQL_FRAME_NAMES, index + 1, frame->block);
        sql_reader_top(reader)->list = common;
    }
}

/* CREATE TABLE name ( … */
static void open_definitions(struct sql_reader *reader, size_t index)
{
    const char *name = sql_reader_at(reader, index - 1)->text;
    size_t columns = sql_reader_add_block(reader, SQL_NOTHING),
           block = sql_reader_add_block(reader, SQL_NOTHING);
    struct sql_source source = {.name = name, .token = index, .body = columns};
    sql_reader_add_source(reader, block, source);
    sql_reader_push(reader, SQL_FRAME_DEFINITIONS, index + 1, block);
    sql_reader_top(reader)->clause = SQL_CLAUSE_DEFINITION;
    sql_reader_top(reader)->list = columns;
}

/* A parenthesis within the definition of a column. */
static void open_in_definition(struct sql_reader *reader, size_t index)
{
    size_t block = sql_reader_top(reader)->block;
    enum sql_frame_kind kind = SQL_FRAME_SHUT;
    switch (sql_reader_word(reader, index - 1)) {
    case SQL_WORD_CHECK:
    case SQL_WORD_AS:
    case SQL_WORD_DEFAULT:
        kind = SQL_FRAME_EXPRESSION;
        break;
    case SQL_WORD_KEY:
    case SQL_WORD_UNIQUE:
        kind = SQL_FRAME_COLUMNS;
        break;
    default:
        if (index >= 2 && sql_reader_word(reader, index - 2) == SQL_WORD_REFERENCES) {
            struct sql_source source = {.name = sql_reader_at(reader, index - 1)->text,
                                        .token = index - 1,
                                        .body = SQL_NOTHING};
            block = sql_reader_add_block(reader, SQL_NOTHING);
            sql_reader_add_source(reader, block, source);
            kind = SQL_FRAME_COLUMNS;
        }
    }
    sql_reader_push(reader, kind, index + 1, block);
    sql_reader_top(reader)->clause =
        kind == SQL_FRAME_EXPRESSION ? SQL_CLAUSE_WHERE : SQL_CLAUSE_DEFINITION;
}

static bool is_set_target(const struct sql_reader *reader, size_t index)
{
    return index > 0 && (sql_reader_word(reader, index - 1) == SQL_WORD_SET ||
                         sql_reader_is_sign(reader, index - 1, ','));
}

/* What the parentheses behind the word of a clause are, SQL_FRAME_EXPRESSION if nothing special. */
static enum sql_frame_kind kind_in_clause(const struct sql_reader *reader,
                                          const struct sql_frame *frame, size_t index)
{
    bool is_behind_name = index > 0 && sql_token_is_name(sql_reader_at(reader, index - 1));
    switch (frame->clause) {
    case SQL_CLAUSE_USING:
        return SQL_FRAME_COLUMNS;
    case SQL_CLAUSE_CONFLICT:
        return sql_reader_word(reader, index - 1) == SQL_WORD_CONFLICT ? SQL_FRAME_COLUMNS
                                                                       : SQL_FRAME_EXPRESSION;
    case SQL_CLAUSE_INTO:
        return is_behind_name ? SQL_FRAME_COLUMNS : SQL_FRAME_EXPRESSION;
    case SQL_CLAUSE_SET:
        return is_set_target(reader, index) ? SQL_FRAME_COLUMNS : SQL_FRAME_EXPRESSION;
    case SQL_CLAUSE_PRAGMA:
        return SQL_FRAME_VALUE;
    case SQL_CLAUSE_CREATE:
        return frame->object == SQL_WORD_VIEW ? SQL_FRAME_NAMES : SQL_FRAME_EXPRESSION;
    case SQL_CLAUSE_OTHER:
        return SQL_FRAME_SHUT;
    default:
        return SQL_FRAME_EXPRESSION;
    }
}

static void open_parenthesis(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    bool is_query = frame->kind <= SQL_FRAME_QUERY || frame->kind == SQL_FRAME_JOINS;
    bool is_call = frame->source != SQL_NOTHING && frame->clause == SQL_CLAUSE_FROM && is_query &&
                   reader->scope->sources[frame->source].is_call &&
                   sql_token_is_name(sql_reader_at(reader, index - 1));
    if (is_query && frame->wants_source) {
        open_source(reader, index);
    } else if (is_query && frame->clause == SQL_CLAUSE_WITH && index > 0) {
        open_common(reader, index);
    } else if (frame->clause == SQL_CLAUSE_DEFINITION && index > 0) {
        open_in_definition(reader, index);
    } else if (is_query && frame->clause == SQL_CLAUSE_CREATE && index > 0 &&
               frame->object == SQL_WORD_TABLE) {
        open_definitions(reader, index);
    } else if (begins_query(sql_reader_word(reader, index + 1))) {
        open_query(reader, index, frame->block);
    } else {
        enum sql_frame_kind kind =
            is_query && index > 0 ? kind_in_clause(reader, frame, index) : SQL_FRAME_EXPRESSION;
        enum sql_clause clause = frame->clause;
        sql_reader_push(reader, kind, index + 1, frame->block);
        sql_reader_top(reader)->clause = clause == SQL_CLAUSE_FROM ? SQL_CLAUSE_WHERE : clause;
        sql_reader_top(reader)->is_source = is_call;
    }
}

static void see_commons_until(struct sql_reader *reader, const struct sql_frame *frame, size_t end)
{
    struct sql_scope *scope = reader->scope;
    for (size_t i = scope->common_count; i-- > 0 && frame->has_commons;) {
        if (scope->commons[i].begin < frame->begin)
            break;
        if (scope->commons[i].end == SQL_NOTHING)
            scope->commons[i].end = end;
    }
}

static size_t close_parenthesis(struct sql_reader *reader, size_t index)
{
    if (reader->depth < 2)
        return index + 1;
    sql_reader_finish_item(reader, index);
    struct sql_frame closed = *sql_reader_top(reader);
    see_commons_until(reader, &closed, index);
    reader->depth--;
    return closed.is_source
               ? sql_reader_read_alias(reader, index + 1, sql_reader_top(reader)->source)
               : index + 1;
}

/* --- lists ----------------------------------------------------------------------------------- */

static void read_comma(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    bool is_query = frame->kind <= SQL_FRAME_QUERY || frame->kind == SQL_FRAME_JOINS;
    sql_reader_finish_item(reader, index);
    if (!is_query)
        return;
    if (frame->clause == SQL_CLAUSE_FROM || frame->clause == SQL_CLAUSE_ON ||
        frame->clause == SQL_CLAUSE_USING) {
        frame->clause = SQL_CLAUSE_FROM;
        frame->wants_source = true;
    }
    frame->wants_common = frame->clause == SQL_CLAUSE_WITH;
}

static size_t read_common(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    struct sql_scope *scope = reader->scope;
    if (sql_reader_word(reader, index) == SQL_WORD_RECURSIVE)
        return index + 1;
    frame->wants_common = false;
    frame->common = SQL_NOTHING;
    if (!sql_token_is_name(sql_reader_at(reader, index)))
        return index;
    SQL_READER_GROW(scope->commons, scope->common_count, reader->common_capacity);
    frame->common = scope->common_count++;
    frame->has_commons = true;
    scope->commons[frame->common] = (struct sql_common){sql_reader_at(reader, index)->text,
                                                        SQL_NOTHING,
                                                        SQL_NOTHING,
                                                        SQL_NOTHING,
                                                        frame->begin,
                                                        SQL_NOTHING};
    return index + 1;
}

/* A name in a list of new ones, or the first word of a column's definition. */
static void read_new_name(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    struct sql_scope *scope = reader->scope;
    struct sql_column column = {sql_reader_at(reader, index)->text, NULL, false, SQL_NOTHING};
    if (index != frame->item || frame->list == SQL_NOTHING ||
        !sql_token_is_name(sql_reader_at(reader, index)))
        return;
    if (frame->kind == SQL_FRAME_NAMES)
        sql_reader_add_column(reader, &scope->commons[frame->list].first_column,
                              &scope->commons[frame->list].last_column, column);
    else
        sql_reader_add_column(reader, &scope->blocks[frame->list].first_column,
                              &scope->blocks[frame->list].last_column, column);
}

/* --- words ----------------------------------------------------------------------------------- */

static void begin_select(struct sql_reader *reader, size_t index, enum sql_clause clause)
{
    struct sql_frame *frame = sql_reader_top(reader);
    if (!frame->is_fresh) {
        /* The columns of an INSERT's table are not seen from its SELECT or VALUES. */
        size_t parent = sql_reader_parent(reader, frame->block);
        size_t block = sql_reader_add_block(reader, parent);
        if (frame->clause == SQL_CLAUSE_NONE)
            reader->scope->blocks[block].before = frame->block;
        frame->block = block;
    }
    sql_reader_enter(reader, clause, index);
    sql_reader_top(reader)->item = index + 1;
}

static void begin_conflict(struct sql_reader *reader)
{
    struct sql_frame *frame = sql_reader_top(reader);
    if (frame->own_block == SQL_NOTHING)
        return;
    frame->block = frame->own_block;
    frame->clause = SQL_CLAUSE_CONFLICT;
    size_t first = reader->scope->blocks[frame->block].first_source;
    if (first == SQL_NOTHING)
        return;
    struct sql_source excluded = reader->scope->sources[first];
    excluded.alias = "excluded";
    excluded.is_by_name = true;
    sql_reader_add_source(reader, frame->block, excluded);
}

/* The table of a trigger is seen as NEW and OLD alone. */
static size_t read_trigger_table(struct sql_reader *reader, size_t index)
{
    static const char *const rows[] = {"new", "old"};
    size_t block = sql_reader_top(reader)->block;
    size_t after = sql_reader_read_object(reader, index);
    size_t added = sql_reader_top(reader)->source;
    sql_reader_top(reader)->clause = SQL_CLAUSE_TRIGGER;
    if (added == SQL_NOTHING)
        return after;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sql_source row = reader->scope->sources[added];
        row.alias = rows[i];
        row.is_by_name = true;
        sql_reader_add_source(reader, block, row);
    }
    reader->scope->sources[added].is_shut = true;
    reader->trigger = block;
    return after;
}

static void begin_statement(struct sql_reader *reader, size_t index)
{
    size_t block = sql_reader_add_block(reader, reader->trigger);
    struct sql_frame *frame = sql_reader_top(reader);
    enum sql_frame_kind kind = frame->kind;
    size_t begin = frame->begin;
    see_commons_until(reader, frame, index);
    reader->depth--;
    sql_reader_push(reader, kind, begin, block);
    sql_reader_top(reader)->is_fresh = true;
    reader->start = index;
}

static size_t read_on(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    if (frame->clause == SQL_CLAUSE_CREATE && frame->object == SQL_WORD_INDEX)
        return sql_reader_read_object(reader, index + 1);
    if (frame->object == SQL_WORD_TRIGGER &&
        (frame->clause == SQL_CLAUSE_CREATE || frame->clause == SQL_CLAUSE_TRIGGER))
        return read_trigger_table(reader, index + 1);
    if (frame->clause == SQL_CLAUSE_FROM && sql_reader_word(reader, index + 1) != SQL_WORD_CONFLICT)
        frame->clause = SQL_CLAUSE_ON;
    return index + 1;
}

/* The first words of statements, where one may begin. */
static size_t read_verb(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    enum sql_word word = sql_reader_word(reader, index);
    frame->is_fresh = false;
    frame->own_block = frame->block;
    switch (word) {
    case SQL_WORD_INSERT:
    case SQL_WORD_REPLACE:
        frame->clause = SQL_CLAUSE_INTO;
        return index + 1;
    case SQL_WORD_UPDATE:
        frame->clause = SQL_CLAUSE_UPDATE;
        return sql_reader_read_object(reader, index + 1);
    case SQL_WORD_DELETE:
        frame->clause = SQL_CLAUSE_UPDATE;
        return index + 1;
    case SQL_WORD_CREATE:
        frame->clause = SQL_CLAUSE_CREATE;
        return index + 1;
    case SQL_WORD_ALTER:
        frame->clause = SQL_CLAUSE_ALTER;
        return index + 1;
    case SQL_WORD_DROP:
        frame->clause = SQL_CLAUSE_DROP;
        return index + 1;
    case SQL_WORD_PRAGMA:
        frame->clause = SQL_CLAUSE_PRAGMA;
        return index + 1;
    case SQL_WORD_WITH:
        /* The table of INSERT INTO t WITH … is not seen from the query. */
        frame->is_fresh = frame->clause != SQL_CLAUSE_INTO;
        frame->clause = SQL_CLAUSE_WITH;
        frame->wants_common = true;
        return index + 1;
    default:
        frame->clause = SQL_CLAUSE_OTHER;
        return index + 1;
    }
}

/* Words within CREATE, ALTER and DROP. */
static size_t read_object_word(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    enum sql_word word = sql_reader_word(reader, index);
    switch (word) {
    case SQL_WORD_TABLE:
    case SQL_WORD_VIEW:
    case SQL_WORD_INDEX:
    case SQL_WORD_TRIGGER:
        if (frame->object == SQL_WORD_NONE)
            frame->object = word;
        return frame->clause == SQL_CLAUSE_ALTER ? sql_reader_read_object(reader, index + 1)
                                                 : index + 1;
    case SQL_WORD_ADD:
        if (frame->clause == SQL_CLAUSE_ALTER) {
            frame->clause = SQL_CLAUSE_DEFINITION;
            frame->item = index + 1 + (sql_reader_word(reader, index + 1) == SQL_WORD_COLUMN);
        }
        return index + 1;
    case SQL_WORD_BEGIN:
        if (reader->depth == 1 && frame->object == SQL_WORD_TRIGGER) {
            reader->in_trigger = true;
            begin_statement(reader, index + 1);
        }
        return index + 1;
    default:
        return index + 1;
    }
}

static bool is_distinct_from(const struct sql_reader *reader, size_t index)
{
    return index >= 2 && sql_reader_word(reader, index - 1) == SQL_WORD_DISTINCT &&
           sql_reader_word(reader, index - 2) != SQL_WORD_SELECT;
}

static bool is_window_clause(const struct sql_reader *reader, size_t index)
{
    return sql_token_is_name(sql_reader_at(reader, index + 1)) &&
           sql_reader_word(reader, index + 2) == SQL_WORD_AS;
}

/* The clause of a word that does no more than begin it; SQL_CLAUSE_OTHER for other words. */
static enum sql_clause clause_of(enum sql_word word)
{
    switch (word) {
    case SQL_WORD_WHERE:
        return SQL_CLAUSE_WHERE;
    case SQL_WORD_GROUP:
        return SQL_CLAUSE_GROUP;
    case SQL_WORD_HAVING:
        return SQL_CLAUSE_HAVING;
    case SQL_WORD_ORDER:
        return SQL_CLAUSE_ORDER;
    case SQL_WORD_LIMIT:
        return SQL_CLAUSE_LIMIT;
    case SQL_WORD_UNION:
    case SQL_WORD_EXCEPT:
    case SQL_WORD_INTERSECT:
        return SQL_CLAUSE_NONE;
    default:
        return SQL_CLAUSE_OTHER;
    }
}

/* Words that begin a clause of a query or statement. */
static size_t read_clause(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    enum sql_clause clause = clause_of(sql_reader_word(reader, index));
    if (clause != SQL_CLAUSE_OTHER) {
        sql_reader_enter(reader, clause, index);
        return index + 1;
    }
    switch (sql_reader_word(reader, index)) {
    case SQL_WORD_SELECT:
        begin_select(reader, index, SQL_CLAUSE_SELECT);
        break;
    case SQL_WORD_VALUES:
        begin_select(reader, index, SQL_CLAUSE_VALUES);
        break;
    case SQL_WORD_FROM:
        if (!is_distinct_from(reader, index)) {
            sql_reader_enter(reader, SQL_CLAUSE_FROM, index);
            frame->wants_source = true;
        }
        break;
    case SQL_WORD_JOIN:
        frame->clause = SQL_CLAUSE_FROM;
        frame->wants_source = true;
        break;
    case SQL_WORD_ON:
        return read_on(reader, index);
    case SQL_WORD_CONFLICT:
        if (index > 0 && sql_reader_word(reader, index - 1) == SQL_WORD_ON)
            begin_conflict(reader);
        break;
    case SQL_WORD_USING:
        frame->clause = frame->clause == SQL_CLAUSE_CREATE ? SQL_CLAUSE_OTHER : SQL_CLAUSE_USING;
        break;
    case SQL_WORD_WINDOW:
        if (is_window_clause(reader, index))
            sql_reader_enter(reader, SQL_CLAUSE_WINDOW, index);
        break;
    case SQL_WORD_SET:
        frame->block = frame->own_block != SQL_NOTHING ? frame->own_block : frame->block;
        sql_reader_enter(reader, SQL_CLAUSE_SET, index);
        break;
    case SQL_WORD_RETURNING:
        frame->block = frame->own_block != SQL_NOTHING ? frame->own_block : frame->block;
        sql_reader_enter(reader, SQL_CLAUSE_RETURNING, index);
        break;
    case SQL_WORD_INTO:
        return frame->clause == SQL_CLAUSE_INTO ? sql_reader_read_object(reader, index + 1)
                                                : index + 1;
    default:
        return read_object_word(reader, index);
    }
    return index + 1;
}

/* A word that can't stand in an expression says that the parenthesis is yet to be closed. */
static void leave_expressions(struct sql_reader *reader, size_t index)
{
    enum sql_word before = sql_reader_word(reader, index - 1);
    switch (sql_reader_word(reader, index)) {
    case SQL_WORD_FROM:
        if (is_distinct_from(reader, index))
            return;
        break;
    case SQL_WORD_WHERE: /* FILTER (WHERE … */
        if (index == sql_reader_top(reader)->begin)
            return;
        break;
    case SQL_WORD_SELECT:
    case SQL_WORD_VALUES:
        if (index == sql_reader_top(reader)->begin || before == SQL_WORD_AS)
            return;
        break;
    case SQL_WORD_GROUP:
    case SQL_WORD_HAVING:
    case SQL_WORD_LIMIT:
    case SQL_WORD_JOIN:
    case SQL_WORD_UNION:
    case SQL_WORD_EXCEPT:
    case SQL_WORD_INTERSECT:
    case SQL_WORD_RETURNING:
        break;
    default:
        return;
    }
    while (reader->depth > 1 && sql_reader_top(reader)->kind != SQL_FRAME_QUERY &&
           sql_reader_top(reader)->kind != SQL_FRAME_JOINS &&
           sql_reader_top(reader)->kind != SQL_FRAME_DEFINITIONS)
        reader->depth--;
}

static size_t read_word(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    bool is_at_start = reader->depth == 1 && index == reader->start;
    if (index > 0 && sql_reader_is_sign(reader, index - 1, '.') &&
        sql_word_is_name(sql_reader_word(reader, index)))
        return index + 1;
    if (frame->kind == SQL_FRAME_EXPRESSION || frame->kind == SQL_FRAME_COLUMNS) {
        leave_expressions(reader, index);
        frame = sql_reader_top(reader);
    }
    if (frame->kind == SQL_FRAME_EXPRESSION) {
        if (sql_reader_word(reader, index) == SQL_WORD_ORDER)
            frame->clause = SQL_CLAUSE_ORDER;
        return index + 1;
    }
    if (frame->kind > SQL_FRAME_QUERY && frame->kind != SQL_FRAME_JOINS)
        return index + 1;
    switch (sql_reader_word(reader, index)) {
    case SQL_WORD_SELECT:
    case SQL_WORD_VALUES:
    case SQL_WORD_FROM: /* at the start of a statement: its beginning is yet to be written */
        break;
    case SQL_WORD_WITH:
        if (is_at_start || (frame->kind == SQL_FRAME_QUERY && index == frame->begin) ||
            frame->clause == SQL_CLAUSE_INTO ||
            (frame->clause == SQL_CLAUSE_CREATE &&
             sql_reader_word(reader, index - 1) == SQL_WORD_AS))
            return read_verb(reader, index);
        break;
    case SQL_WORD_INSERT:
    case SQL_WORD_REPLACE:
    case SQL_WORD_UPDATE:
    case SQL_WORD_DELETE:
        if (is_at_start || (reader->depth == 1 && frame->clause == SQL_CLAUSE_WITH))
            return read_verb(reader, index);
        break;
    default:
        if (is_at_start)
            return read_verb(reader, index);
    }
    return read_clause(reader, index);
}

/* --- the pass -------------------------------------------------------------------------------- */

static size_t read_sign(struct sql_reader *reader, size_t index)
{
    switch (sql_reader_at(reader, index)->sign) {
    case '(':
        open_parenthesis(reader, index);
        break;
    case ')':
        return close_parenthesis(reader, index);
    case ',':
        read_comma(reader, index);
        break;
    case ';':
        if (reader->in_trigger) {
            for (; reader->depth > 1; reader->depth--)
                see_commons_until(reader, sql_reader_top(reader), index);
            begin_statement(reader, index + 1);
        }
        break;
    default:
        break;
    }
    return index + 1;
}

/* One token, or a few that belong together; the index behind. */
static size_t step(struct sql_reader *reader, size_t index)
{
    struct sql_frame *frame = sql_reader_top(reader);
    const struct sql_token *token = sql_reader_at(reader, index);
    if (frame->kind == SQL_FRAME_NAMES || frame->clause == SQL_CLAUSE_DEFINITION)
        read_new_name(reader, index);
    if (token->kind == SQL_TOKEN_SIGN)
        return read_sign(reader, index);
    if (frame->wants_common) {
        size_t next = read_common(reader, index);
        if (next > index)
            return next;
    }
    if (frame->wants_source) {
        size_t next = sql_reader_read_table(reader, index, frame->block);
        if (next > index)
            return next;
    }
    return token->word != SQL_WORD_NONE ? read_word(reader, index) : index + 1;
}

static size_t skip_explain(const struct sql_reader *reader)
{
    if (sql_reader_word(reader, 0) != SQL_WORD_EXPLAIN)
        return 0;
    bool is_plan =
        sql_reader_word(reader, 1) == SQL_WORD_QUERY && sql_reader_word(reader, 2) == SQL_WORD_PLAN;
    return is_plan ? 3 : 1;
}

void sql_scope_reader_run(struct sql_scope *scope, void (*at_place)(const struct sql_reader *))
{
    struct sql_reader reader = {.scope = scope, .table_at = SQL_NOTHING, .trigger = SQL_NOTHING};
    bool was_there = false;
    sql_reader_push(&reader, SQL_FRAME_STATEMENT, 0, sql_reader_add_block(&reader, SQL_NOTHING));
    reader.frames[0].is_fresh = true;
    reader.start = skip_explain(&reader);
    for (size_t index = reader.start; index < scope->tokens.count;) {
        if (!was_there && index >= scope->token) {
            was_there = true;
            at_place(&reader);
        }
        index = step(&reader, index);
    }
    if (!was_there)
        at_place(&reader);
    while (reader.depth > 0) {
        sql_reader_finish_item(&reader, scope->tokens.count);
        see_commons_until(&reader, sql_reader_top(&reader), SQL_NOTHING - 1);
        reader.depth--;
    }
    free(reader.frames);
}
