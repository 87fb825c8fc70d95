/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_completeness: counts what is open, and keeps an outline of the statement: its tokens outside
 * of parentheses, as a set of words that still have to come, and the last two tokens.
 */
#include "model/sql/sql_completeness.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "model/sql/sql_lexer.h"
#include "model/sql/sql_words.h"

#define INDENT_COLUMNS 4
#define INDENT_LEVELS_MAX 10

/* What a statement can't end without. */
enum want {
    WANT_VERB = 1 << 0,    /* behind WITH and EXPLAIN: SELECT, INSERT … */
    WANT_ROWS = 1 << 1,    /* INSERT: VALUES, SELECT, DEFAULT VALUES */
    WANT_SET = 1 << 2,     /* UPDATE */
    WANT_EQUALS = 1 << 3,  /* in SET */
    WANT_AS = 1 << 4,      /* CREATE VIEW, ATTACH */
    WANT_COLUMNS = 1 << 5, /* CREATE TABLE, CREATE INDEX … ON t */
    WANT_ON = 1 << 6,      /* CREATE INDEX */
    WANT_USING = 1 << 7,   /* CREATE VIRTUAL TABLE */
    WANT_TO = 1 << 8,      /* RENAME */
    WANT_DO = 1 << 9,      /* ON CONFLICT */
    WANT_AND = 1 << 10,    /* BETWEEN */
    WANT_ACTION = 1 << 11, /* ALTER TABLE */
    WANT_OBJECT = 1 << 12, /* CREATE, ALTER, DROP: TABLE, VIEW … */
    WANT_NAME = 1 << 13,   /* DROP, DETACH, PRAGMA, SAVEPOINT, RELEASE */
};

static const struct {
    enum want want;
    const char *text;
} wants[] = {
    {WANT_AND, "AND (of BETWEEN)"},
    {WANT_EQUALS, "= (of SET)"},
    {WANT_VERB, "the statement itself (SELECT, INSERT, UPDATE …)"},
    {WANT_ROWS, "VALUES or SELECT"},
    {WANT_SET, "SET"},
    {WANT_DO, "DO NOTHING or DO UPDATE"},
    {WANT_AS, "AS"},
    {WANT_ON, "ON"},
    {WANT_COLUMNS, "a list of columns in parentheses"},
    {WANT_USING, "USING"},
    {WANT_TO, "TO"},
    {WANT_ACTION, "RENAME, ADD or DROP"},
    {WANT_OBJECT, "TABLE, VIEW, INDEX or TRIGGER"},
    {WANT_NAME, "a name"},
};

struct item {
    enum lexeme_kind kind; /* LEXEME_CLOSE stands for a whole pair of parentheses */
    enum sql_word word;
    char sign; /* first character */
    size_t start, end;
};

/* One statement, without what is in parentheses. */
struct outline {
    enum sql_word verb;
    enum sql_word object;
    unsigned wanted;
    size_t count; /* tokens, the verb is the first */
    bool in_set, in_window, has_limit, has_order;
    struct item last, before;
};

struct balance {
    size_t parentheses;
    size_t cases;
    bool is_broken; /* no continuation mends it */
};

struct state {
    struct lexer lexer;
    struct balance balance;
    struct outline outline;
    struct lexeme last;  /* blanks and comments too */
    bool is_magic_alone; /* %%… and nothing below */
};

/* --- The outline ----------------------------------------------------------------------------- */

static bool is_word_of(enum sql_word word, const enum sql_word *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] == word)
            return true;
    return false;
}

/* Keywords that are names where they can't be operators. */
static bool is_infix(enum sql_word word)
{
    return word == SQL_WORD_LIKE || word == SQL_WORD_GLOB || word == SQL_WORD_REGEXP ||
           word == SQL_WORD_MATCH;
}

/* LEFT … also are names, and join words behind a table. */
static bool is_join(enum sql_word word)
{
    return word == SQL_WORD_LEFT || word == SQL_WORD_RIGHT || word == SQL_WORD_FULL ||
           word == SQL_WORD_INNER || word == SQL_WORD_OUTER || word == SQL_WORD_CROSS ||
           word == SQL_WORD_NATURAL;
}

/* Something that an operator may follow. */
static bool is_operand(const struct item *item)
{
    switch (item->kind) {
    case LEXEME_WORD:
        return item->word == SQL_WORD_NONE || item->word == SQL_WORD_NULL ||
               (sql_word_is_name(item->word) && !is_infix(item->word) && item->word != SQL_WORD_BY);
    case LEXEME_QUOTED:
    case LEXEME_STRING:
    case LEXEME_NUMBER:
    case LEXEME_PARAMETER:
    case LEXEME_CLOSE:
        return true;
    default:
        return false;
    }
}

static unsigned wants_of_verb(enum sql_word verb)
{
    switch (verb) {
    case SQL_WORD_INSERT:
    case SQL_WORD_REPLACE:
        return WANT_ROWS;
    case SQL_WORD_UPDATE:
        return WANT_SET;
    case SQL_WORD_CREATE:
    case SQL_WORD_DROP:
        return WANT_OBJECT;
    case SQL_WORD_ALTER:
        return WANT_OBJECT | WANT_ACTION;
    case SQL_WORD_ATTACH:
        return WANT_AS;
    case SQL_WORD_DETACH:
    case SQL_WORD_PRAGMA:
    case SQL_WORD_SAVEPOINT:
    case SQL_WORD_RELEASE:
        return WANT_NAME;
    default:
        return 0;
    }
}

/* A word of the statement before its verb is known. */
static void feed_head(struct outline *outline, const struct item *item)
{
    static const enum sql_word heads[] = {SQL_WORD_SELECT,  SQL_WORD_VALUES, SQL_WORD_INSERT,
                                          SQL_WORD_REPLACE, SQL_WORD_UPDATE, SQL_WORD_DELETE};
    bool in_with = outline->object == SQL_WORD_WITH;

    if (item->word == SQL_WORD_WITH && !in_with) {
        outline->object = SQL_WORD_WITH;
        outline->wanted = WANT_VERB;
    } else if (!in_with && (item->word == SQL_WORD_EXPLAIN || item->word == SQL_WORD_QUERY ||
                            item->word == SQL_WORD_PLAN)) {
        outline->wanted = WANT_VERB;
    } else if (!in_with || is_word_of(item->word, heads, ARRAY_SIZE(heads))) {
        outline->verb = item->word;
        outline->object = SQL_WORD_NONE;
        outline->wanted = wants_of_verb(item->word);
        outline->count = 1;
    }
}

static void feed_object(struct outline *outline, enum sql_word word)
{
    static const enum sql_word objects[] = {SQL_WORD_TABLE, SQL_WORD_VIEW, SQL_WORD_INDEX,
                                            SQL_WORD_TRIGGER, SQL_WORD_VIRTUAL};

    if (!is_word_of(word, objects, ARRAY_SIZE(objects)))
        return;
    outline->object = word;
    outline->wanted &= ~(unsigned)WANT_OBJECT;
    outline->count = 1;
    if (outline->verb == SQL_WORD_DROP)
        outline->wanted |= WANT_NAME;
    if (outline->verb != SQL_WORD_CREATE)
        return;
    if (word == SQL_WORD_TABLE)
        outline->wanted |= WANT_COLUMNS;
    else if (word == SQL_WORD_VIEW)
        outline->wanted |= WANT_AS;
    else if (word == SQL_WORD_INDEX)
        outline->wanted |= WANT_ON;
    else if (word == SQL_WORD_VIRTUAL)
        outline->wanted |= WANT_USING;
}

/* CREATE, DROP and ALTER behind their object. */
static void feed_definition(struct outline *outline, enum sql_word word)
{
    unsigned wanted = outline->wanted;

    if (word == SQL_WORD_AS && outline->object == SQL_WORD_TABLE)
        wanted &= ~(unsigned)WANT_COLUMNS;
    else if (word == SQL_WORD_ON && (wanted & WANT_ON))
        wanted = (wanted & ~(unsigned)WANT_ON) | WANT_COLUMNS;
    else if (word == SQL_WORD_USING)
        wanted &= ~(unsigned)WANT_USING;
    else if (word == SQL_WORD_TO)
        wanted &= ~(unsigned)WANT_TO;
    else if (outline->verb == SQL_WORD_ALTER && (wanted & WANT_ACTION) && outline->count > 1 &&
             (word == SQL_WORD_RENAME || word == SQL_WORD_ADD || word == SQL_WORD_DROP))
        wanted =
            (wanted & ~(unsigned)WANT_ACTION) | (unsigned)(word == SQL_WORD_RENAME ? WANT_TO : 0);
    outline->wanted = wanted;
}

/* INSERT, UPDATE and queries. */
static void feed_clause(struct outline *outline, const struct item *item)
{
    unsigned wanted = outline->wanted;
    bool is_insert = outline->verb == SQL_WORD_INSERT || outline->verb == SQL_WORD_REPLACE;

    switch (item->word) {
    case SQL_WORD_SELECT:
    case SQL_WORD_VALUES:
        wanted &= ~(unsigned)(WANT_ROWS | WANT_VERB);
        break;
    case SQL_WORD_WITH:
        wanted |= outline->last.word == SQL_WORD_AS ? WANT_VERB : 0U;
        break;
    case SQL_WORD_SET:
        /* Not ON DELETE SET NULL. */
        if (!(wanted & WANT_SET) && !(is_insert && outline->last.word == SQL_WORD_UPDATE))
            break;
        outline->in_set = true;
        wanted = (wanted & ~(unsigned)WANT_SET) | WANT_EQUALS;
        break;
    case SQL_WORD_FROM:
    case SQL_WORD_WHERE:
    case SQL_WORD_RETURNING:
        outline->in_set = false;
        break;
    case SQL_WORD_CONFLICT:
        wanted |= is_insert && outline->last.word == SQL_WORD_ON ? WANT_DO : 0U;
        break;
    case SQL_WORD_DO:
        wanted &= ~(unsigned)WANT_DO;
        break;
    case SQL_WORD_BETWEEN:
        wanted |= WANT_AND;
        break;
    case SQL_WORD_AND:
        wanted &= ~(unsigned)WANT_AND;
        break;
    case SQL_WORD_AS:
        wanted &= ~(unsigned)WANT_AS;
        outline->in_window = outline->in_window || outline->before.word == SQL_WORD_WINDOW;
        break;
    case SQL_WORD_LIMIT:
        outline->has_limit = true;
        break;
    case SQL_WORD_ORDER:
        outline->has_order = true;
        outline->in_window = false;
        break;
    default:
        break;
    }
    outline->wanted = wanted;
}

static void feed_sign(struct outline *outline, const struct item *item)
{
    if (item->kind == LEXEME_CLOSE)
        outline->wanted &= ~(unsigned)WANT_COLUMNS;
    else if (item->sign == '=')
        outline->wanted &= ~(unsigned)WANT_EQUALS;
    else if (item->sign == ',' && outline->in_set)
        outline->wanted |= WANT_EQUALS;
    else if (item->sign == ',' && outline->in_window)
        outline->wanted |= WANT_AS;
}

/* The name of DROP TABLE [IF EXISTS] name, DETACH [DATABASE] name … */
static bool is_first_name(const struct outline *outline, const struct item *item)
{
    switch (item->word) {
    case SQL_WORD_IF:
        return outline->verb != SQL_WORD_DROP || outline->last.word == SQL_WORD_EXISTS;
    case SQL_WORD_DATABASE:
        return outline->verb != SQL_WORD_DETACH || outline->count > 1;
    case SQL_WORD_SAVEPOINT:
        return outline->verb != SQL_WORD_RELEASE || outline->count > 1;
    case SQL_WORD_EXISTS:
        return false;
    default:
        return item->kind != LEXEME_OTHER;
    }
}

static void outline_feed(struct outline *outline, const struct item *item)
{
    if (outline->verb == SQL_WORD_NONE) {
        feed_head(outline, item);
    } else {
        if (outline->wanted & WANT_NAME && is_first_name(outline, item))
            outline->wanted &= ~(unsigned)WANT_NAME;
        if (outline->wanted & WANT_OBJECT && item->kind == LEXEME_WORD)
            feed_object(outline, item->word);
        else if (outline->object != SQL_WORD_NONE)
            feed_definition(outline, item->word);
        if (item->kind == LEXEME_WORD)
            feed_clause(outline, item);
        else
            feed_sign(outline, item);
        outline->count++;
    }
    outline->before = outline->last;
    outline->last = *item;
}

/* --- The last token -------------------------------------------------------------------------- */

static bool is_dangling_sign(const struct outline *outline)
{
    const struct item *last = &outline->last, *before = &outline->before;

    if (last->sign == '*')
        return is_operand(before); /* `2 *` and not `SELECT *` */
    /* `1.` is a number. */
    return !(last->sign == '.' && before->kind == LEXEME_NUMBER && before->end == last->start);
}

/* Words that ask for more only in this kind of statement. */
static bool is_dangling_here(const struct outline *outline)
{
    static const enum sql_word alter[] = {
        SQL_WORD_RENAME,    SQL_WORD_ADD,    SQL_WORD_DROP,      SQL_WORD_COLUMN, SQL_WORD_DEFAULT,
        SQL_WORD_GENERATED, SQL_WORD_ALWAYS, SQL_WORD_INITIALLY, SQL_WORD_NO,     SQL_WORD_CONFLICT,
    };
    enum sql_word word = outline->last.word, before = outline->before.word;

    switch (outline->verb) {
    case SQL_WORD_ALTER:
        return before != SQL_WORD_SET && is_word_of(word, alter, ARRAY_SIZE(alter));
    case SQL_WORD_CREATE:
        return word == SQL_WORD_WITHOUT;
    case SQL_WORD_INSERT:
    case SQL_WORD_REPLACE:
        return word == SQL_WORD_DO || (word == SQL_WORD_CONFLICT && before == SQL_WORD_ON);
    case SQL_WORD_ROLLBACK:
        return word == SQL_WORD_SAVEPOINT && before == SQL_WORD_TO;
    case SQL_WORD_ATTACH:
        return (word == SQL_WORD_DATABASE && outline->count == 2) || word == SQL_WORD_KEY;
    default:
        return false;
    }
}

static bool is_dangling_word(const struct outline *outline)
{
    static const enum sql_word always[] = {
        SQL_WORD_ALL,    SQL_WORD_AND,        SQL_WORD_AS,      SQL_WORD_BETWEEN,
        SQL_WORD_CASE,   SQL_WORD_CHECK,      SQL_WORD_COLLATE, SQL_WORD_CONSTRAINT,
        SQL_WORD_DELETE, SQL_WORD_DISTINCT,   SQL_WORD_ELSE,    SQL_WORD_ESCAPE,
        SQL_WORD_EXCEPT, SQL_WORD_EXISTS,     SQL_WORD_FROM,    SQL_WORD_GROUP,
        SQL_WORD_HAVING, SQL_WORD_IN,         SQL_WORD_INSERT,  SQL_WORD_INTERSECT,
        SQL_WORD_INTO,   SQL_WORD_IS,         SQL_WORD_JOIN,    SQL_WORD_LIMIT,
        SQL_WORD_NOT,    SQL_WORD_ON,         SQL_WORD_OR,      SQL_WORD_ORDER,
        SQL_WORD_ALTER,  SQL_WORD_REFERENCES, SQL_WORD_PRIMARY, SQL_WORD_RETURNING,
        SQL_WORD_SELECT, SQL_WORD_SET,        SQL_WORD_TABLE,   SQL_WORD_THEN,
        SQL_WORD_TO,     SQL_WORD_UNION,      SQL_WORD_UPDATE,  SQL_WORD_USING,
        SQL_WORD_WHEN,   SQL_WORD_WHERE,      SQL_WORD_CREATE,  SQL_WORD_DROP,
        SQL_WORD_ADD,    SQL_WORD_FOREIGN,
    };
    enum sql_word word = outline->last.word, before = outline->before.word;
    bool follows = is_operand(&outline->before);

    if (is_infix(word))
        return follows || before == SQL_WORD_NOT;
    if (is_join(word))
        return follows || is_join(before);
    switch (word) {
    case SQL_WORD_VALUES:
        return before != SQL_WORD_DEFAULT;
    case SQL_WORD_CAST:
    case SQL_WORD_RAISE:
        return !follows && before != SQL_WORD_AS && outline->before.sign != '.';
    case SQL_WORD_BY:
        return before == SQL_WORD_GROUP || before == SQL_WORD_ORDER || before == SQL_WORD_INDEXED;
    case SQL_WORD_INDEXED:
        return follows;
    case SQL_WORD_NULLS:
        return outline->has_order && (follows || before == SQL_WORD_ASC || before == SQL_WORD_DESC);
    case SQL_WORD_OFFSET:
        return outline->has_limit && follows;
    default:
        return is_word_of(word, always, ARRAY_SIZE(always)) || is_dangling_here(outline);
    }
}

/* True when the statement's last token asks for something behind it. */
static bool is_dangling(const struct outline *outline)
{
    const struct item *last = &outline->last;

    switch (last->kind) {
    case LEXEME_OTHER:
        return is_dangling_sign(outline);
    case LEXEME_PARAMETER: /* a sign without its name */
        return last->end - last->start == 1 && last->sign != '?';
    case LEXEME_WORD:
        return is_dangling_word(outline);
    default:
        return false;
    }
}

/* --- The cell -------------------------------------------------------------------------------- */

static void balance_feed(struct balance *balance, const char *text, const struct lexeme *token)
{
    if (token->kind == LEXEME_OPEN) {
        balance->parentheses++;
    } else if (token->kind == LEXEME_CLOSE) {
        if (balance->parentheses == 0)
            balance->is_broken = true;
        else
            balance->parentheses--;
    } else if (token->kind == LEXEME_SEMICOLON) {
        balance->is_broken = balance->is_broken || balance->parentheses > 0;
        balance->cases = 0;
    } else if (lexeme_is(text, token, "CASE")) {
        balance->cases++;
    } else if (balance->cases > 0 && lexeme_is(text, token, "END")) {
        balance->cases--;
    } else if (token->kind == LEXEME_OTHER) {
        /* SQL has no such character, outside of names and strings. */
        balance->is_broken = strchr("^\\{}]", text[token->start]) != NULL;
    }
}

static void state_feed(struct state *state, const char *text, const struct lexeme *token,
                       bool was_in_statement)
{
    struct item item = {token->kind, SQL_WORD_NONE, text[token->start], token->start, token->end};

    state->last = *token;
    if (lexeme_is_space(token->kind))
        return;
    if (token->kind == LEXEME_DIRECTIVE) {
        state->is_magic_alone = token->end - token->start > 2 && text[token->start + 1] == '%';
        return;
    }
    state->is_magic_alone = false;
    if (!was_in_statement)
        memset(&state->outline, 0, sizeof state->outline);
    balance_feed(&state->balance, text, token);
    if (state->balance.parentheses > 0 || !state->lexer.in_statement)
        return;
    if (token->kind == LEXEME_WORD)
        item.word = sql_word_find(text + token->start, token->end - token->start);
    outline_feed(&state->outline, &item);
}

static void state_read(struct state *state, const char *text, size_t size)
{
    memset(state, 0, sizeof *state);
    state->lexer = (struct lexer){text, size, 0, PHASE_START, false};
    while (!state->balance.is_broken) {
        bool was_in_statement = state->lexer.in_statement;
        struct lexeme token = lexer_next(&state->lexer);
        if (token.kind == LEXEME_END)
            break;
        state_feed(state, text, &token, was_in_statement);
    }
}

/* The last `count` lines hold nothing, and there is one before them. */
static bool ends_with_empty_lines(const char *text, size_t size, size_t count)
{
    while (size > 0 && lexer_is_blank(text[size - 1])) {
        if (text[size - 1] == '\n' && --count == 0)
            return true;
        size--;
    }
    return false;
}

enum sql_completeness sql_completeness_of(const char *text, size_t size, size_t *ret_indent)
{
    struct state state;

    *ret_indent = 0;
    if (size > 0 && memchr(text, '\0', size) != NULL)
        return SQL_INVALID;
    state_read(&state, text, size);
    if (state.balance.is_broken)
        return SQL_INVALID;
    if (state.last.is_open)
        return SQL_INCOMPLETE;
    if (state.is_magic_alone)
        return ends_with_empty_lines(text, size, 2) ? SQL_COMPLETE : SQL_INCOMPLETE;
    if (!state.lexer.in_statement)
        return SQL_COMPLETE;
    size_t levels =
        state.balance.parentheses + state.balance.cases + lexer_in_trigger_body(state.lexer.phase);
    bool wants_more = state.outline.wanted != 0 || is_dangling(&state.outline);
    if (levels == 0 && state.lexer.phase != PHASE_TRIGGER_HEAD &&
        (!wants_more || ends_with_empty_lines(text, size, 1)))
        return SQL_COMPLETE;
    levels = levels < INDENT_LEVELS_MAX ? levels : INDENT_LEVELS_MAX;
    *ret_indent = levels * INDENT_COLUMNS;
    return SQL_INCOMPLETE;
}

void sql_completeness_explain(const char *text, size_t size, struct strbuf *buffer)
{
    struct state state;

    state_read(&state, text, size);
    const struct item *last = &state.outline.last;
    if (state.balance.is_broken)
        return;
    if (state.last.is_open) {
        strbuf_add_text(buffer, state.last.kind == LEXEME_STRING   ? "a string is open"
                                : state.last.kind == LEXEME_QUOTED ? "a quoted name is open"
                                                                   : "a comment is open");
    } else if (state.balance.parentheses > 0) {
        if (state.balance.parentheses == 1)
            strbuf_add_text(buffer, "a parenthesis is open");
        else
            strbuf_addf(buffer, "%zu parentheses are open", state.balance.parentheses);
    } else if (state.balance.cases > 0) {
        strbuf_add_text(buffer, "CASE has no END");
    } else if (lexer_in_trigger_body(state.lexer.phase)) {
        strbuf_add_text(buffer, "the trigger has no END");
    } else if (last->kind != LEXEME_END && is_dangling(&state.outline)) {
        strbuf_add_text(buffer, "something has to follow ");
        strbuf_add(buffer, text + last->start, last->end - last->start);
    } else {
        for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
            if (state.outline.wanted & wants[i].want) {
                strbuf_addf(buffer, "%s has to follow", wants[i].text);
                return;
            }
        }
    }
}
