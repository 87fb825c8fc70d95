/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_tokens: one pass over the bytes. All texts lie in one block that is as long as the code can
 * make it, so that a cell of many tokens costs two allocations.
 */
#include "model/sql/sql_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct reader {
    const char *code;
    size_t end;
    char *free_text; /* where the next text goes */
};

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static size_t name_end(const char *code, size_t end, size_t offset)
{
    while (offset < end && is_name_character(code[offset]))
        offset++;
    return offset;
}

/* Offset after a comment that starts here, or the offset itself. */
static size_t comment_end(const char *code, size_t end, size_t offset)
{
    if (offset + 1 >= end)
        return offset;
    if (code[offset] == '-' && code[offset + 1] == '-') {
        const char *line_end = memchr(code + offset, '\n', end - offset);
        return line_end != NULL ? (size_t)(line_end - code) : end;
    }
    if (code[offset] == '/' && code[offset + 1] == '*') {
        for (offset += 2; offset + 1 < end; offset++) {
            if (code[offset] == '*' && code[offset + 1] == '/')
                return offset + 2;
        }
        return end;
    }
    return offset;
}

static void take_text(struct reader *reader, struct sql_token *token)
{
    size_t size = token->end - token->start;
    memcpy(reader->free_text, reader->code + token->start, size);
    reader->free_text[size] = '\0';
    token->text = reader->free_text;
    reader->free_text += size + 1;
}

static void take_quoted(struct reader *reader, struct sql_token *token)
{
    char open = reader->code[token->start], close = open == '[' ? ']' : open;
    char *text = reader->free_text;
    size_t length = 0, offset = token->start + 1;
    for (; offset < reader->end; offset++) {
        if (reader->code[offset] == close) {
            if (close == ']' || offset + 1 >= reader->end || reader->code[offset + 1] != close)
                break;
            offset++;
        }
        text[length++] = reader->code[offset];
    }
    text[length] = '\0';
    token->end = offset < reader->end ? offset + 1 : reader->end;
    token->kind = open == '\'' ? SQL_TOKEN_STRING : SQL_TOKEN_QUOTED;
    token->text = text;
    reader->free_text += length + 1;
}

static void take_number(struct reader *reader, struct sql_token *token)
{
    size_t offset = token->start;
    while (offset < reader->end &&
           (is_name_character(reader->code[offset]) || reader->code[offset] == '.'))
        offset++;
    token->kind = SQL_TOKEN_NUMBER;
    token->end = offset;
}

static void take_token(struct reader *reader, struct sql_token *token)
{
    const char *code = reader->code;
    size_t end = reader->end, next = token->start + 1;
    char c = code[token->start];
    if (c == '"' || c == '\'' || c == '`' || c == '[') {
        take_quoted(reader, token);
    } else if (is_digit(c) || (c == '.' && next < end && is_digit(code[next]))) {
        take_number(reader, token);
    } else if ((c == ':' || c == '@' || c == '$' || c == '?') && name_end(code, end, next) > next) {
        token->kind = SQL_TOKEN_PARAMETER;
        token->end = name_end(code, end, next);
        take_text(reader, token);
    } else if (is_name_character(c)) {
        token->kind = SQL_TOKEN_WORD;
        token->end = name_end(code, end, token->start);
        token->word = sql_word_find(code + token->start, token->end - token->start);
        take_text(reader, token);
    } else {
        token->kind = c == '?' ? SQL_TOKEN_PARAMETER : SQL_TOKEN_SIGN;
        token->sign = c == '?' ? '\0' : c;
        token->end = next;
    }
}

/* True when the rest of the code is of another statement: a semicolon after a hole whose quote is
 * open, which whoever looked for the statement's end took for a part of the name. */
static bool take_hole(struct reader *reader, size_t hole_end, struct sql_token *token)
{
    char open = reader->code[token->start], close = open == '[' ? ']' : open;
    bool is_quoted = open == '"' || open == '`' || open == '[';
    size_t end = name_end(reader->code, reader->end, hole_end);
    bool is_closed = is_quoted && end < reader->end && reader->code[end] == close;
    token->kind = SQL_TOKEN_HOLE;
    token->end = is_closed ? end + 1 : end;
    return is_quoted && !is_closed;
}

static struct sql_token *add_token(struct sql_tokens *tokens, size_t *capacity, size_t start)
{
    if (tokens->count == *capacity) {
        *capacity = *capacity * 2 + 32;
        tokens->list = xreallocarray(tokens->list, *capacity, sizeof(*tokens->list));
    }
    struct sql_token *token = &tokens->list[tokens->count++];
    *token = (struct sql_token){SQL_TOKEN_NONE, SQL_WORD_NONE, start, start, '\0', ""};
    return token;
}

void sql_tokens_read(const char *code, size_t start, size_t end, size_t hole_start, size_t hole_end,
                     struct sql_tokens *ret_tokens)
{
    size_t offset = start, capacity = 0;
    bool stops_at_semicolon = false;
    /* A text has no more bytes than its token, and one for its NUL. */
    struct reader reader = {code, end, xmalloc(2 * (end - start) + 1)};
    *ret_tokens = (struct sql_tokens){NULL, 0, reader.free_text};
    while (offset < end) {
        size_t after = comment_end(code, end, offset);
        if (after != offset || is_blank(code[offset])) {
            offset = after != offset ? after : offset + 1;
            continue;
        }
        if (stops_at_semicolon && code[offset] == ';')
            return;
        struct sql_token *token = add_token(ret_tokens, &capacity, offset);
        if (offset == hole_start && hole_start < hole_end && hole_end <= end)
            stops_at_semicolon = take_hole(&reader, hole_end, token);
        else
            take_token(&reader, token);
        offset = token->end;
    }
}

void sql_tokens_release(struct sql_tokens *tokens)
{
    free(tokens->list);
    free(tokens->texts);
    *tokens = (struct sql_tokens){NULL, 0, NULL};
}

const struct sql_token *sql_tokens_at(const struct sql_tokens *tokens, size_t index)
{
    static const struct sql_token nothing = {SQL_TOKEN_NONE, SQL_WORD_NONE, 0, 0, '\0', ""};
    return index < tokens->count ? &tokens->list[index] : &nothing;
}

bool sql_token_is_name(const struct sql_token *token)
{
    return token->kind == SQL_TOKEN_QUOTED ||
           (token->kind == SQL_TOKEN_WORD &&
            (token->word == SQL_WORD_NONE || sql_word_is_name(token->word)));
}
