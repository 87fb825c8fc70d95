/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scan: questions to the lexer.
 */
#include "model/sql/sql_scan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "model/sql/sql_lexer.h"

size_t sql_scan_skip(const char *text, size_t size, size_t offset)
{
    while (offset < size) {
        struct lexeme token = lexeme_at(text, size, offset);
        if (!lexeme_is_space(token.kind) && token.kind != LEXEME_SEMICOLON)
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
        if (offset >= 3 && lexer_is_byte_order_mark(text, offset, offset - 3)) {
            offset -= 3;
        } else if (text[offset - 1] == '\n') {
            return true;
        } else if (lexer_is_blank(text[offset - 1])) {
            offset--;
        } else {
            return false;
        }
    }
    return true;
}

size_t sql_scan_directive_end(const char *text, size_t size, size_t offset, size_t *ret_end)
{
    const char *found = offset < size ? memchr(text + offset, '\n', size - offset) : NULL;
    size_t end = found != NULL ? (size_t)(found - text) : size;
    size_t next = end < size ? end + 1 : size;
    if (end > offset && end < size && text[end - 1] == '\r')
        end--;
    *ret_end = end;
    return next;
}

size_t sql_scan_statement_end(const char *text, size_t size, size_t offset)
{
    enum lexer_phase phase = PHASE_START;
    while (offset < size) {
        struct lexeme token = lexeme_at(text, size, offset);
        offset = token.end;
        if (lexer_feed(&phase, text, &token))
            return offset;
    }
    return size;
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
static bool token_names(const char *text, const struct lexeme *token, const char *name)
{
    size_t start = token->start;
    size_t end = token->end;
    char quote = '\0';
    if (token->kind == LEXEME_QUOTED) {
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
        struct lexeme token = lexeme_at(text, size, offset);
        offset = token.end;
        bool can_name = token.kind == LEXEME_WORD || token.kind == LEXEME_QUOTED ||
                        token.kind == LEXEME_PARAMETER;
        if (can_name && token_names(text, &token, name)) {
            if (++found > 1)
                return false;
            *ret_offset = token.start;
        }
    }
    return found == 1;
}

/* --- Words ----------------------------------------------------------------------------------- */

/* Start of the identifier characters that end at `offset` inside a directive's line, its % signs
 * included. */
static size_t directive_word_start(const char *text, size_t line, size_t offset)
{
    while (offset > line && lexer_is_word_character(text[offset - 1]))
        offset--;
    while (offset > line && text[offset - 1] == '%')
        offset--;
    return offset;
}

bool sql_scan_word(const char *text, size_t size, size_t offset, size_t *ret_start)
{
    struct lexer lexer = {text, size, 0, PHASE_START, false};
    struct lexeme token = {LEXEME_END, 0, 0, false};
    offset = offset < size ? offset : size;
    *ret_start = offset;
    while (token.end < offset)
        token = lexer_next(&lexer);
    bool is_inside = token.start < offset && (offset < token.end || token.is_open);
    switch (token.kind) {
    case LEXEME_STRING:
    case LEXEME_BLOCK_COMMENT:
        return !is_inside;
    case LEXEME_LINE_COMMENT:
        return false;
    case LEXEME_QUOTED:
        *ret_start = is_inside ? token.start : offset;
        return true;
    case LEXEME_WORD:
    case LEXEME_NUMBER:
    case LEXEME_PARAMETER:
        *ret_start = token.start;
        return true;
    case LEXEME_DIRECTIVE:
        *ret_start = directive_word_start(text, token.start, offset);
        return true;
    default:
        return true;
    }
}

/* The content of a quoted identifier with its doubled quotes made single. */
static char *unquote(const char *text, const struct lexeme *token)
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

static char *identifier_of_token(const char *text, const struct lexeme *token, size_t offset)
{
    if (token->kind == LEXEME_QUOTED)
        return unquote(text, token);
    if (token->kind == LEXEME_WORD || token->kind == LEXEME_PARAMETER)
        return xstrndup(text + token->start, token->end - token->start);
    if (token->kind == LEXEME_DIRECTIVE && offset <= token->end) {
        size_t end = offset;
        while (end < token->end && text[end] == '%')
            end++;
        end = lexer_word_end(text, token->end, end);
        size_t start = directive_word_start(text, token->start, end);
        return end > start ? xstrndup(text + start, end - start) : NULL;
    }
    return NULL;
}

char *sql_scan_identifier_at(const char *text, size_t size, size_t offset)
{
    struct lexer lexer = {text, size, 0, PHASE_START, false};
    char *before = NULL; /* of the token that ends at the offset */
    offset = offset < size ? offset : size;
    for (struct lexeme token = lexer_next(&lexer);
         token.kind != LEXEME_END && token.start <= offset; token = lexer_next(&lexer)) {
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
