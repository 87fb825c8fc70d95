/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scan: the tokens of SQLite's own tokenizer as far as boundaries need them, and one small
 * automaton over them.
 *
 * token_at() cuts one token; statement_feed() is told each token and says where the statement ends
 * (sqlite3_complete's rule for triggers: the body ends with `; END ;`); cursor_next() puts both
 * together and knows the directives, which stand only between statements. Every byte is looked at a
 * bounded number of times.
 */
#include "model/sql_scan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/utf8.h"

#define INDENT_COLUMNS 4
#define INDENT_LEVELS_MAX 10

enum token_kind {
    TOKEN_END,
    TOKEN_BLANK,
    TOKEN_LINE_COMMENT,
    TOKEN_BLOCK_COMMENT,
    TOKEN_DIRECTIVE,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_PARAMETER,
    TOKEN_QUOTED, /* an identifier in "", `` or [] */
    TOKEN_STRING, /* '…' and x'…' */
    TOKEN_SEMICOLON,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OTHER
};

struct token {
    enum token_kind kind;
    size_t start, end;
    bool is_open; /* its closing quote or mark is missing */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word_character(char c)
{
    return is_word_start(c) || is_digit(c) || c == '$';
}

/* A byte order mark is blank to SQLite, wherever it stands. */
static bool is_byte_order_mark(const char *text, size_t size, size_t offset)
{
    return size - offset >= 3 && memcmp(text + offset, "\xEF\xBB\xBF", 3) == 0;
}

static size_t blanks_end(const char *text, size_t size, size_t offset)
{
    while (offset < size) {
        if (is_blank(text[offset])) {
            offset++;
        } else if (is_byte_order_mark(text, size, offset)) {
            offset += 3;
        } else {
            break;
        }
    }
    return offset;
}

static size_t word_end(const char *text, size_t size, size_t offset)
{
    while (offset < size && is_word_character(text[offset]))
        offset++;
    return offset;
}

/* '…', "…" or `…` whose quote stands at `offset`; a doubled quote is part of the text. */
static size_t quote_end(const char *text, size_t size, size_t offset, bool *ret_open)
{
    char quote = text[offset];
    for (size_t i = offset + 1; i < size; i++) {
        if (text[i] != quote)
            continue;
        if (i + 1 < size && text[i + 1] == quote) {
            i++;
            continue;
        }
        *ret_open = false;
        return i + 1;
    }
    *ret_open = true;
    return size;
}

static size_t bracket_end(const char *text, size_t size, size_t offset, bool *ret_open)
{
    const char *close = memchr(text + offset, ']', size - offset);
    *ret_open = close == NULL;
    return close == NULL ? size : (size_t)(close - text) + 1;
}

static size_t line_comment_end(const char *text, size_t size, size_t offset)
{
    const char *end = memchr(text + offset, '\n', size - offset);
    return end == NULL ? size : (size_t)(end - text);
}

static size_t block_comment_end(const char *text, size_t size, size_t offset, bool *ret_open)
{
    for (size_t i = offset + 2; i + 1 < size; i++) {
        if (text[i] == '*' && text[i + 1] == '/') {
            *ret_open = false;
            return i + 2;
        }
    }
    *ret_open = true;
    return size;
}

/* :name @name #name $name, with SQLite's $name::more(suffix). */
static size_t parameter_end(const char *text, size_t size, size_t offset)
{
    size_t characters = 0;
    size_t i = offset + 1;
    while (i < size) {
        if (is_word_character(text[i])) {
            characters++;
            i++;
        } else if (text[i] == '(' && characters > 0) {
            do {
                i++;
            } while (i < size && !is_blank(text[i]) && text[i] != ')');
            return i < size && text[i] == ')' ? i + 1 : i;
        } else if (text[i] == ':' && i + 1 < size && text[i + 1] == ':') {
            i += 2;
        } else {
            break;
        }
    }
    return i;
}

static struct token punctuation_at(const char *text, size_t size, size_t offset)
{
    struct token token = {TOKEN_OTHER, offset, offset + 1, false};
    char next = offset + 1 < size ? text[offset + 1] : '\0';
    switch (text[offset]) {
    case ';':
        token.kind = TOKEN_SEMICOLON;
        break;
    case '(':
        token.kind = TOKEN_OPEN;
        break;
    case ')':
        token.kind = TOKEN_CLOSE;
        break;
    case '-':
        if (next == '-') {
            token.kind = TOKEN_LINE_COMMENT;
            token.end = line_comment_end(text, size, offset);
        }
        break;
    case '/':
        if (next == '*') {
            token.kind = TOKEN_BLOCK_COMMENT;
            token.end = block_comment_end(text, size, offset, &token.is_open);
        }
        break;
    case '?':
        token.kind = TOKEN_PARAMETER;
        token.end = word_end(text, size, offset + 1);
        break;
    case ':':
    case '@':
    case '#':
    case '$':
        token.kind = TOKEN_PARAMETER;
        token.end = parameter_end(text, size, offset);
        break;
    default:
        break;
    }
    return token;
}

static struct token token_at(const char *text, size_t size, size_t offset)
{
    struct token token = {TOKEN_END, offset, offset, false};
    if (offset >= size)
        return token;
    char c = text[offset];
    size_t blanks = blanks_end(text, size, offset);
    if (blanks > offset) {
        token.kind = TOKEN_BLANK;
        token.end = blanks;
    } else if (c == '\'') {
        token.kind = TOKEN_STRING;
        token.end = quote_end(text, size, offset, &token.is_open);
    } else if ((c == 'x' || c == 'X') && offset + 1 < size && text[offset + 1] == '\'') {
        token.kind = TOKEN_STRING;
        token.end = quote_end(text, size, offset + 1, &token.is_open);
    } else if (c == '"' || c == '`') {
        token.kind = TOKEN_QUOTED;
        token.end = quote_end(text, size, offset, &token.is_open);
    } else if (c == '[') {
        token.kind = TOKEN_QUOTED;
        token.end = bracket_end(text, size, offset, &token.is_open);
    } else if (is_word_start(c) || is_digit(c)) {
        token.kind = is_digit(c) ? TOKEN_NUMBER : TOKEN_WORD;
        token.end = word_end(text, size, offset);
    } else {
        token = punctuation_at(text, size, offset);
    }
    return token;
}

static bool is_comment_or_blank(enum token_kind kind)
{
    return kind == TOKEN_BLANK || kind == TOKEN_LINE_COMMENT || kind == TOKEN_BLOCK_COMMENT;
}

static bool token_is(const char *text, const struct token *token, const char *keyword)
{
    size_t length = strlen(keyword);
    return token->kind == TOKEN_WORD && token->end - token->start == length &&
           strncasecmp(text + token->start, keyword, length) == 0;
}

/* --- Statements ------------------------------------------------------------------------------ */

enum statement_phase {
    PHASE_START,
    PHASE_EXPLAIN,
    PHASE_CREATE,
    PHASE_TRIGGER_HEAD, /* CREATE TRIGGER seen, not yet BEGIN */
    PHASE_TRIGGER_BODY,
    PHASE_TRIGGER_SEMICOLON, /* a semicolon in the body: END may follow */
    PHASE_TRIGGER_END,       /* `; END`: a semicolon ends the statement */
    PHASE_OTHER
};

static enum statement_phase phase_after_word(enum statement_phase phase, const char *text,
                                             const struct token *token)
{
    switch (phase) {
    case PHASE_START:
    case PHASE_EXPLAIN:
        if (token_is(text, token, "CREATE"))
            return PHASE_CREATE;
        if (phase == PHASE_START
                ? token_is(text, token, "EXPLAIN")
                : token_is(text, token, "QUERY") || token_is(text, token, "PLAN")) {
            return PHASE_EXPLAIN;
        }
        return PHASE_OTHER;
    case PHASE_CREATE:
        if (token_is(text, token, "TRIGGER"))
            return PHASE_TRIGGER_HEAD;
        if (token_is(text, token, "TEMP") || token_is(text, token, "TEMPORARY"))
            return PHASE_CREATE;
        return PHASE_OTHER;
    case PHASE_TRIGGER_HEAD:
        return token_is(text, token, "BEGIN") ? PHASE_TRIGGER_BODY : phase;
    case PHASE_TRIGGER_SEMICOLON:
        return token_is(text, token, "END") ? PHASE_TRIGGER_END : PHASE_TRIGGER_BODY;
    case PHASE_TRIGGER_BODY:
    case PHASE_TRIGGER_END:
        return PHASE_TRIGGER_BODY;
    case PHASE_OTHER:
        break;
    }
    return phase;
}

static bool phase_is_trigger_body(enum statement_phase phase)
{
    return phase == PHASE_TRIGGER_BODY || phase == PHASE_TRIGGER_SEMICOLON ||
           phase == PHASE_TRIGGER_END;
}

/* Takes the next token of a statement; true when the statement ends with it. */
static bool statement_feed(enum statement_phase *phase, const char *text, const struct token *token)
{
    if (is_comment_or_blank(token->kind))
        return false;
    if (token->kind != TOKEN_SEMICOLON) {
        *phase = phase_after_word(*phase, text, token);
        return false;
    }
    if (*phase == PHASE_TRIGGER_BODY || *phase == PHASE_TRIGGER_SEMICOLON) {
        *phase = PHASE_TRIGGER_SEMICOLON;
        return false;
    }
    return true;
}

size_t sql_scan_skip(const char *text, size_t size, size_t offset)
{
    while (offset < size) {
        struct token token = token_at(text, size, offset);
        if (!is_comment_or_blank(token.kind) && token.kind != TOKEN_SEMICOLON)
            return offset;
        offset = token.end;
    }
    return size;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool sql_scan_is_directive(const char *text, size_t size, size_t offset)
{
    bool is_dot = offset + 1 < size && text[offset] == '.' && is_letter(text[offset + 1]);
    if (offset >= size || (text[offset] != '%' && !is_dot))
        return false;
    while (offset > 0) {
        if (offset >= 3 && is_byte_order_mark(text, offset, offset - 3)) {
            offset -= 3;
        } else if (text[offset - 1] == '\n') {
            return true;
        } else if (is_blank(text[offset - 1])) {
            offset--;
        } else {
            return false;
        }
    }
    return true;
}

size_t sql_scan_directive_end(const char *text, size_t size, size_t offset, size_t *ret_end)
{
    size_t end = offset < size ? line_comment_end(text, size, offset) : size;
    size_t next = end < size ? end + 1 : size;
    if (end > offset && end < size && text[end - 1] == '\r')
        end--;
    *ret_end = end;
    return next;
}

size_t sql_scan_statement_end(const char *text, size_t size, size_t offset)
{
    enum statement_phase phase = PHASE_START;
    while (offset < size) {
        struct token token = token_at(text, size, offset);
        offset = token.end;
        if (statement_feed(&phase, text, &token))
            return offset;
    }
    return size;
}

/* --- The whole cell -------------------------------------------------------------------------- */

struct cursor {
    const char *text;
    size_t size;
    size_t offset;
    enum statement_phase phase;
    bool in_statement;
};

/* The next token of the cell, blanks and comments included; a directive's line is one token. */
static struct token cursor_next(struct cursor *cursor)
{
    struct token token = token_at(cursor->text, cursor->size, cursor->offset);
    if (!cursor->in_statement && !is_comment_or_blank(token.kind)) {
        if (token.kind == TOKEN_OTHER &&
            sql_scan_is_directive(cursor->text, cursor->size, token.start)) {
            token.kind = TOKEN_DIRECTIVE;
            (void)sql_scan_directive_end(cursor->text, cursor->size, token.start, &token.end);
        } else if (token.kind != TOKEN_SEMICOLON && token.kind != TOKEN_END) {
            cursor->in_statement = true;
            cursor->phase = PHASE_START;
        }
    }
    if (cursor->in_statement && statement_feed(&cursor->phase, cursor->text, &token))
        cursor->in_statement = false;
    cursor->offset = token.end;
    return token;
}

struct sql_position sql_scan_position(const char *text, size_t size, size_t offset)
{
    struct sql_position position = {1, 1, 0, 0};
    offset = offset < size ? offset : size;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            position.line++;
            position.line_offset = i + 1;
        }
    }
    position.column = utf8_length(text + position.line_offset, offset - position.line_offset) + 1;
    size_t end;
    (void)sql_scan_directive_end(text, size, position.line_offset, &end);
    position.line_size = end - position.line_offset;
    return position;
}

/* Compares what the token names with `name`; doubled quotes count once. */
static bool token_names(const char *text, const struct token *token, const char *name)
{
    size_t start = token->start;
    size_t end = token->end;
    char quote = '\0';
    if (token->kind == TOKEN_QUOTED) {
        quote = text[start] == '[' ? '\0' : text[start];
        start++;
        end -= token->is_open ? 0 : 1;
    }
    size_t length = strlen(name);
    size_t matched = 0;
    for (size_t i = start; i < end; i++, matched++) {
        if (matched == length || strncasecmp(text + i, name + matched, 1) != 0)
            return false;
        if (quote != '\0' && text[i] == quote)
            i++;
    }
    return matched == length;
}

bool sql_scan_find_token(const char *text, size_t size, const char *name, size_t *ret_offset)
{
    size_t found = 0;
    size_t offset = 0;
    if (name[0] == '\0')
        return false;
    while (offset < size) {
        struct token token = token_at(text, size, offset);
        offset = token.end;
        bool can_name =
            token.kind == TOKEN_WORD || token.kind == TOKEN_QUOTED || token.kind == TOKEN_PARAMETER;
        if (can_name && token_names(text, &token, name)) {
            if (++found > 1)
                return false;
            *ret_offset = token.start;
        }
    }
    return found == 1;
}

/* --- Completeness ---------------------------------------------------------------------------- */

struct balance {
    size_t parentheses;
    size_t cases;
    bool is_broken; /* no continuation mends it */
};

static void balance_feed(struct balance *balance, const char *text, const struct token *token)
{
    if (token->kind == TOKEN_OPEN) {
        balance->parentheses++;
    } else if (token->kind == TOKEN_CLOSE) {
        if (balance->parentheses == 0) {
            balance->is_broken = true;
        } else {
            balance->parentheses--;
        }
    } else if (token->kind == TOKEN_SEMICOLON) {
        balance->is_broken = balance->is_broken || balance->parentheses > 0;
        balance->cases = 0;
    } else if (token_is(text, token, "CASE")) {
        balance->cases++;
    } else if (balance->cases > 0 && token_is(text, token, "END")) {
        balance->cases--;
    }
}

/* The last line holds nothing, and it is not the first. */
static bool ends_with_empty_line(const char *text, size_t size)
{
    while (size > 0 && is_blank(text[size - 1])) {
        if (text[size - 1] == '\n')
            return true;
        size--;
    }
    return false;
}

/* True when the statement's last token asks for something after it: an operator, a comma, or a word
 * like FROM. */
static bool is_dangling(const char *text, const struct token *last)
{
    static const char *const words[] = {
        "SELECT", "FROM",   "WHERE",  "JOIN",     "ON",      "BY",        "AND",    "OR",
        "NOT",    "IN",     "AS",     "WITH",     "SET",     "INTO",      "VALUES", "UPDATE",
        "INSERT", "CREATE", "DROP",   "TABLE",    "VIEW",    "UNION",     "EXCEPT", "INTERSECT",
        "HAVING", "LIMIT",  "OFFSET", "LIKE",     "BETWEEN", "DELETE",    "ALTER",  "USING",
        "THEN",   "ELSE",   "WHEN",   "DISTINCT", "INDEX",   "RECURSIVE",
    };
    if (last->kind == TOKEN_OTHER)
        return text[last->start] != '*';
    for (size_t i = 0; last->kind == TOKEN_WORD && i < ARRAY_SIZE(words); i++)
        if (token_is(text, last, words[i]))
            return true;
    return false;
}

enum sql_completeness sql_scan_completeness(const char *text, size_t size, size_t *ret_indent)
{
    struct token last = {TOKEN_END, 0, 0, false};
    struct cursor cursor = {text, size, 0, PHASE_START, false};
    struct balance balance = {0, 0, false};
    bool is_open = false;
    *ret_indent = 0;
    if (size > 0 && memchr(text, '\0', size) != NULL)
        return SQL_INVALID;
    for (struct token token = cursor_next(&cursor); token.kind != TOKEN_END && !balance.is_broken;
         token = cursor_next(&cursor)) {
        balance_feed(&balance, text, &token);
        is_open = token.is_open;
        if (token.kind != TOKEN_BLANK && token.kind != TOKEN_LINE_COMMENT &&
            token.kind != TOKEN_BLOCK_COMMENT)
            last = token;
    }
    if (balance.is_broken)
        return SQL_INVALID;
    if (is_open)
        return SQL_INCOMPLETE;
    if (!cursor.in_statement)
        return SQL_COMPLETE;
    size_t levels = balance.parentheses + balance.cases + phase_is_trigger_body(cursor.phase);
    if (levels == 0 && cursor.phase != PHASE_TRIGGER_HEAD &&
        (!is_dangling(text, &last) || ends_with_empty_line(text, size)))
        return SQL_COMPLETE;
    levels = levels < INDENT_LEVELS_MAX ? levels : INDENT_LEVELS_MAX;
    *ret_indent = levels * INDENT_COLUMNS;
    return SQL_INCOMPLETE;
}

/* --- Words ----------------------------------------------------------------------------------- */

/* Start of the identifier characters that end at `offset` inside a directive's line, its % signs
 * included. */
static size_t directive_word_start(const char *text, size_t line, size_t offset)
{
    while (offset > line && is_word_character(text[offset - 1]))
        offset--;
    while (offset > line && text[offset - 1] == '%')
        offset--;
    return offset;
}

bool sql_scan_word(const char *text, size_t size, size_t offset, size_t *ret_start)
{
    struct cursor cursor = {text, size, 0, PHASE_START, false};
    struct token token = {TOKEN_END, 0, 0, false};
    offset = offset < size ? offset : size;
    *ret_start = offset;
    while (token.end < offset)
        token = cursor_next(&cursor);
    bool is_inside = token.start < offset && (offset < token.end || token.is_open);
    switch (token.kind) {
    case TOKEN_STRING:
    case TOKEN_BLOCK_COMMENT:
        return !is_inside;
    case TOKEN_LINE_COMMENT:
        return false;
    case TOKEN_QUOTED:
        *ret_start = is_inside ? token.start : offset;
        return true;
    case TOKEN_WORD:
    case TOKEN_NUMBER:
    case TOKEN_PARAMETER:
        *ret_start = token.start;
        return true;
    case TOKEN_DIRECTIVE:
        *ret_start = directive_word_start(text, token.start, offset);
        return true;
    default:
        return true;
    }
}

/* The content of a quoted identifier with its doubled quotes made single. */
static char *unquote(const char *text, const struct token *token)
{
    size_t end = token->end - (token->is_open ? 0 : 1);
    char quote = text[token->start] == '[' ? '\0' : text[token->start];
    char *name = xmalloc(token->end - token->start + 1);
    size_t length = 0;
    for (size_t i = token->start + 1; i < end; i++) {
        name[length++] = text[i];
        if (quote != '\0' && text[i] == quote)
            i++;
    }
    name[length] = '\0';
    return name;
}

static char *identifier_of_token(const char *text, const struct token *token, size_t offset)
{
    if (token->kind == TOKEN_QUOTED)
        return unquote(text, token);
    if (token->kind == TOKEN_WORD || token->kind == TOKEN_PARAMETER)
        return xstrndup(text + token->start, token->end - token->start);
    if (token->kind == TOKEN_DIRECTIVE && offset <= token->end) {
        size_t end = offset;
        while (end < token->end && text[end] == '%')
            end++;
        end = word_end(text, token->end, end);
        size_t start = directive_word_start(text, token->start, end);
        return end > start ? xstrndup(text + start, end - start) : NULL;
    }
    return NULL;
}

char *sql_scan_identifier_at(const char *text, size_t size, size_t offset)
{
    struct cursor cursor = {text, size, 0, PHASE_START, false};
    char *before = NULL; /* of the token that ends at the offset */
    offset = offset < size ? offset : size;
    for (struct token token = cursor_next(&cursor);
         token.kind != TOKEN_END && token.start <= offset; token = cursor_next(&cursor)) {
        if (token.end < offset)
            continue;
        char *name = identifier_of_token(text, &token, offset);
        if (name != NULL) {
            free(before);
            before = name;
        }
    }
    return before;
}
