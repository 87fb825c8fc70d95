/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_lexer: lexeme_at() cuts one token; lexer_feed() is told each token and says where the
 * statement ends; lexer_next() puts both together and knows the directives, which stand only
 * between statements. Every byte is looked at a bounded number of times.
 */
#include "model/sql/sql_lexer.h"

#include <string.h>
#include <strings.h>

#include "model/sql/sql_scan.h"

bool lexer_is_blank(char c)
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

bool lexer_is_word_character(char c)
{
    return is_word_start(c) || is_digit(c) || c == '$';
}

bool lexer_is_byte_order_mark(const char *text, size_t size, size_t offset)
{
    return size - offset >= 3 && memcmp(text + offset, "\xEF\xBB\xBF", 3) == 0;
}

static size_t blanks_end(const char *text, size_t size, size_t offset)
{
    while (offset < size) {
        if (lexer_is_blank(text[offset])) {
            offset++;
        } else if (lexer_is_byte_order_mark(text, size, offset)) {
            offset += 3;
        } else {
            break;
        }
    }
    return offset;
}

size_t lexer_word_end(const char *text, size_t size, size_t offset)
{
    while (offset < size && lexer_is_word_character(text[offset]))
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
        if (lexer_is_word_character(text[i])) {
            characters++;
            i++;
        } else if (text[i] == '(' && characters > 0) {
            do {
                i++;
            } while (i < size && !lexer_is_blank(text[i]) && text[i] != ')');
            return i < size && text[i] == ')' ? i + 1 : i;
        } else if (text[i] == ':' && i + 1 < size && text[i + 1] == ':') {
            i += 2;
        } else {
            break;
        }
    }
    return i;
}

static struct lexeme punctuation_at(const char *text, size_t size, size_t offset)
{
    struct lexeme token = {LEXEME_OTHER, offset, offset + 1, false};
    char next = offset + 1 < size ? text[offset + 1] : '\0';
    switch (text[offset]) {
    case ';':
        token.kind = LEXEME_SEMICOLON;
        break;
    case '(':
        token.kind = LEXEME_OPEN;
        break;
    case ')':
        token.kind = LEXEME_CLOSE;
        break;
    case '-':
        if (next == '-') {
            token.kind = LEXEME_LINE_COMMENT;
            token.end = line_comment_end(text, size, offset);
        }
        break;
    case '/':
        if (next == '*') {
            token.kind = LEXEME_BLOCK_COMMENT;
            token.end = block_comment_end(text, size, offset, &token.is_open);
        }
        break;
    case '?':
        token.kind = LEXEME_PARAMETER;
        token.end = lexer_word_end(text, size, offset + 1);
        break;
    case ':':
    case '@':
    case '#':
    case '$':
        token.kind = LEXEME_PARAMETER;
        token.end = parameter_end(text, size, offset);
        break;
    default:
        break;
    }
    return token;
}

struct lexeme lexeme_at(const char *text, size_t size, size_t offset)
{
    struct lexeme token = {LEXEME_END, offset, offset, false};
    if (offset >= size)
        return token;
    char c = text[offset];
    size_t blanks = blanks_end(text, size, offset);
    if (blanks > offset) {
        token.kind = LEXEME_BLANK;
        token.end = blanks;
    } else if (c == '\'') {
        token.kind = LEXEME_STRING;
        token.end = quote_end(text, size, offset, &token.is_open);
    } else if ((c == 'x' || c == 'X') && offset + 1 < size && text[offset + 1] == '\'') {
        token.kind = LEXEME_STRING;
        token.end = quote_end(text, size, offset + 1, &token.is_open);
    } else if (c == '"' || c == '`') {
        token.kind = LEXEME_QUOTED;
        token.end = quote_end(text, size, offset, &token.is_open);
    } else if (c == '[') {
        token.kind = LEXEME_QUOTED;
        token.end = bracket_end(text, size, offset, &token.is_open);
    } else if (is_word_start(c) || is_digit(c)) {
        token.kind = is_digit(c) ? LEXEME_NUMBER : LEXEME_WORD;
        token.end = lexer_word_end(text, size, offset);
    } else {
        token = punctuation_at(text, size, offset);
    }
    return token;
}

bool lexeme_is_space(enum lexeme_kind kind)
{
    return kind == LEXEME_BLANK || kind == LEXEME_LINE_COMMENT || kind == LEXEME_BLOCK_COMMENT;
}

bool lexeme_is(const char *text, const struct lexeme *token, const char *keyword)
{
    size_t length = strlen(keyword);
    return token->kind == LEXEME_WORD && token->end - token->start == length &&
           strncasecmp(text + token->start, keyword, length) == 0;
}

/* --- Statements ------------------------------------------------------------------------------ */

static enum lexer_phase phase_after_word(enum lexer_phase phase, const char *text,
                                         const struct lexeme *token)
{
    switch (phase) {
    case PHASE_START:
    case PHASE_EXPLAIN:
        if (lexeme_is(text, token, "CREATE"))
            return PHASE_CREATE;
        if (phase == PHASE_START
                ? lexeme_is(text, token, "EXPLAIN")
                : lexeme_is(text, token, "QUERY") || lexeme_is(text, token, "PLAN")) {
            return PHASE_EXPLAIN;
        }
        return PHASE_OTHER;
    case PHASE_CREATE:
        if (lexeme_is(text, token, "TRIGGER"))
            return PHASE_TRIGGER_HEAD;
        if (lexeme_is(text, token, "TEMP") || lexeme_is(text, token, "TEMPORARY"))
            return PHASE_CREATE;
        return PHASE_OTHER;
    case PHASE_TRIGGER_HEAD:
        return lexeme_is(text, token, "BEGIN") ? PHASE_TRIGGER_BODY : phase;
    case PHASE_TRIGGER_SEMICOLON:
        return lexeme_is(text, token, "END") ? PHASE_TRIGGER_END : PHASE_TRIGGER_BODY;
    case PHASE_TRIGGER_BODY:
    case PHASE_TRIGGER_END:
        return PHASE_TRIGGER_BODY;
    case PHASE_OTHER:
        break;
    }
    return phase;
}

bool lexer_in_trigger_body(enum lexer_phase phase)
{
    return phase == PHASE_TRIGGER_BODY || phase == PHASE_TRIGGER_SEMICOLON ||
           phase == PHASE_TRIGGER_END;
}

bool lexer_feed(enum lexer_phase *phase, const char *text, const struct lexeme *token)
{
    if (lexeme_is_space(token->kind))
        return false;
    if (token->kind != LEXEME_SEMICOLON) {
        *phase = phase_after_word(*phase, text, token);
        return false;
    }
    if (*phase == PHASE_TRIGGER_BODY || *phase == PHASE_TRIGGER_SEMICOLON) {
        *phase = PHASE_TRIGGER_SEMICOLON;
        return false;
    }
    return true;
}

struct lexeme lexer_next(struct lexer *lexer)
{
    struct lexeme token = lexeme_at(lexer->text, lexer->size, lexer->offset);
    if (!lexer->in_statement && !lexeme_is_space(token.kind)) {
        if (token.kind == LEXEME_OTHER &&
            sql_scan_is_directive(lexer->text, lexer->size, token.start)) {
            token.kind = LEXEME_DIRECTIVE;
            (void)sql_scan_directive_end(lexer->text, lexer->size, token.start, &token.end);
        } else if (token.kind != LEXEME_SEMICOLON && token.kind != LEXEME_END) {
            lexer->in_statement = true;
            lexer->phase = PHASE_START;
        }
    }
    if (lexer->in_statement && lexer_feed(&lexer->phase, lexer->text, &token))
        lexer->in_statement = false;
    lexer->offset = token.end;
    return token;
}
