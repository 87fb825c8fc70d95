/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope: one pass for tokens, one for tables, one look backwards for the place.
 */
#include "engine/sql_scope.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "model/sql_scan.h"

#define DEPTH_MAX 64 /* parentheses deeper than that have no FROM of their own */

/* --- tokens ---------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static size_t skip_name(const char *code, size_t size, size_t offset)
{
    while (offset < size && is_name_character(code[offset]))
        offset++;
    return offset;
}

/* Offset after a comment that starts here, or the offset itself. */
static size_t skip_comment(const char *code, size_t size, size_t offset)
{
    if (offset + 1 >= size)
        return offset;
    if (code[offset] == '-' && code[offset + 1] == '-') {
        const char *end = memchr(code + offset, '\n', size - offset);
        return end != NULL ? (size_t)(end - code) : size;
    }
    if (code[offset] == '/' && code[offset + 1] == '*') {
        for (offset += 2; offset + 1 < size; offset++) {
            if (code[offset] == '*' && code[offset + 1] == '/')
                return offset + 2;
        }
        return size;
    }
    return offset;
}

static void take_quoted(const char *code, size_t size, struct sql_token *token)
{
    char open = code[token->start], close = open == '[' ? ']' : open;
    char *text = xmalloc(size - token->start + 1);
    size_t length = 0, offset = token->start + 1;
    for (; offset < size; offset++) {
        if (code[offset] == close) {
            if (close == ']' || offset + 1 >= size || code[offset + 1] != close)
                break;
            offset++;
        }
        text[length++] = code[offset];
    }
    text[length] = '\0';
    token->kind = open == '\'' ? SQL_TOKEN_LITERAL : SQL_TOKEN_QUOTED;
    token->end = offset < size ? offset + 1 : size;
    token->text = xrealloc(text, length + 1);
}

static void take_token(const char *code, size_t size, struct sql_token *token)
{
    char c = code[token->start];
    if (strchr("\"'`[", c) != NULL && c != '\0') {
        take_quoted(code, size, token);
        return;
    }
    if (c >= '0' && c <= '9') {
        token->kind = SQL_TOKEN_LITERAL;
        token->end = skip_name(code, size, token->start);
    } else if (c == ':' || c == '@' || c == '$' || c == '?') {
        token->kind = SQL_TOKEN_PARAMETER;
        token->end = skip_name(code, size, token->start + 1);
    } else if (is_name_character(c)) {
        token->kind = SQL_TOKEN_WORD;
        token->end = skip_name(code, size, token->start);
    } else {
        token->kind = SQL_TOKEN_SIGN;
        token->end = token->start + 1;
    }
    token->text = xstrndup(code + token->start, token->end - token->start);
}

static void read_tokens(const char *code, size_t end, size_t offset, struct sql_scope *scope)
{
    size_t capacity = 0;
    while (offset < end) {
        size_t after = skip_comment(code, end, offset);
        if (after != offset || is_blank(code[offset])) {
            offset = after != offset ? after : offset + 1;
            continue;
        }
        if (scope->token_count == capacity) {
            capacity = capacity * 2 + 16;
            scope->tokens = xreallocarray(scope->tokens, capacity, sizeof(*scope->tokens));
        }
        struct sql_token *token = &scope->tokens[scope->token_count++];
        token->start = offset;
        take_token(code, end, token);
        offset = token->end;
    }
}

/* --- tables ---------------------------------------------------------------------------------- */

static const struct sql_token *token_at(const struct sql_scope *scope, size_t index)
{
    static const struct sql_token nothing = {SQL_TOKEN_SIGN, 0, 0, (char *)""};
    return index < scope->token_count ? &scope->tokens[index] : &nothing;
}

static bool is_word(const struct sql_scope *scope, size_t index, const char *word)
{
    const struct sql_token *token = token_at(scope, index);
    return token->kind == SQL_TOKEN_WORD && strcasecmp(token->text, word) == 0;
}

static bool is_one_of(const struct sql_scope *scope, size_t index, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (is_word(scope, index, *words))
            return true;
    }
    return false;
}

static bool is_sign(const struct sql_scope *scope, size_t index, char sign)
{
    const struct sql_token *token = token_at(scope, index);
    return token->kind == SQL_TOKEN_SIGN && token->text[0] == sign;
}

static bool is_keyword(const char *text)
{
    return sqlite3_keyword_check(text, (int)strlen(text)) != 0;
}

/* A name: quoted, or a word that is no keyword. */
static bool is_name(const struct sql_scope *scope, size_t index)
{
    const struct sql_token *token = token_at(scope, index);
    return token->kind == SQL_TOKEN_QUOTED ||
           (token->kind == SQL_TOKEN_WORD && !is_keyword(token->text));
}

/* Reads `[schema.]name [[AS] alias]` at the token; the index after it, or the same when there is
 * none. */
static size_t read_table(struct sql_scope *scope, size_t index)
{
    static const char *const fillers[] = {"IF",     "NOT",   "EXISTS", "OR",       "REPLACE",
                                          "IGNORE", "ABORT", "FAIL",   "ROLLBACK", NULL};
    while (is_one_of(scope, index, fillers))
        index++;
    if (!is_name(scope, index))
        return index;
    struct sql_scope_table table = {NULL, token_at(scope, index++)->text, NULL};
    if (is_sign(scope, index, '.') && is_name(scope, index + 1)) {
        table.schema = table.name;
        table.name = token_at(scope, index + 1)->text;
        index += 2;
    }
    if (is_word(scope, index, "AS") && is_name(scope, index + 1))
        index++;
    if (is_name(scope, index))
        table.alias = token_at(scope, index++)->text;
    scope->tables = xreallocarray(scope->tables, scope->table_count + 1, sizeof(*scope->tables));
    scope->tables[scope->table_count++] = table;
    return index;
}

/* Reads `name [(column, …)] AS [NOT MATERIALIZED] (`; the index of what follows the name or list.
 */
static size_t read_common(struct sql_scope *scope, size_t index)
{
    if (!is_name(scope, index))
        return index;
    struct sql_scope_common common = {token_at(scope, index++)->text, 0, 0};
    if (is_sign(scope, index, '(')) {
        size_t column = index + 1;
        common.first_column = column;
        while (is_name(scope, column)) {
            common.column_count++;
            column++;
            if (!is_sign(scope, column, ','))
                break;
            column++;
        }
        if (!is_sign(scope, column, ')'))
            return index;
        index = column + 1;
    }
    if (!is_word(scope, index, "AS"))
        return index;
    scope->commons =
        xreallocarray(scope->commons, scope->common_count + 1, sizeof(*scope->commons));
    scope->commons[scope->common_count++] = common;
    return index;
}

static const char *const table_words[] = {"FROM",  "JOIN",       "INTO", "UPDATE",
                                          "TABLE", "REFERENCES", NULL};
static const char *const from_end_words[] = {"WHERE",  "GROUP",  "ORDER",     "LIMIT",  "HAVING",
                                             "UNION",  "EXCEPT", "INTERSECT", "SELECT", "SET",
                                             "VALUES", "WINDOW", "RETURNING", "DO",     NULL};

static bool is_create_on(const struct sql_scope *scope, size_t index)
{
    return is_word(scope, index, "ON") && is_word(scope, 0, "CREATE") &&
           !is_word(scope, 1, "VIEW") && !is_word(scope, 1, "TABLE");
}

/* True when a table is named after the token `index` (FROM, JOIN, or a comma between tables). */
static bool read_scope(struct sql_scope *scope, size_t until)
{
    bool in_from[DEPTH_MAX] = {false};
    size_t depth = 0, common_depth = DEPTH_MAX, index = 0;
    bool expects = false;
    while (index < until) {
        size_t here = depth < DEPTH_MAX ? depth : DEPTH_MAX - 1;
        size_t next = index + 1;
        expects = false;
        if (is_sign(scope, index, '(')) {
            depth++;
            if (depth < DEPTH_MAX)
                in_from[depth] = false;
        } else if (is_sign(scope, index, ')')) {
            depth -= depth > 0;
        } else if (is_word(scope, index, "WITH")) {
            common_depth = depth;
            next = read_common(scope, index + 1 + is_word(scope, index + 1, "RECURSIVE"));
        } else if (is_sign(scope, index, ',') && common_depth == depth && !in_from[here]) {
            next = read_common(scope, index + 1);
        } else if (is_one_of(scope, index, table_words) || is_create_on(scope, index) ||
                   (is_sign(scope, index, ',') && in_from[here])) {
            in_from[here] = in_from[here] || is_word(scope, index, "FROM");
            next = read_table(scope, index + 1);
            expects = true;
        } else if (is_one_of(scope, index, from_end_words)) {
            in_from[here] = false;
            common_depth = common_depth == depth ? DEPTH_MAX : common_depth;
        }
        if (next < until)
            expects = false;
        index = next > index ? next : index + 1;
    }
    return expects;
}

/* --- the place ------------------------------------------------------------------------------- */

/* Where a table is expected although nothing but words stand before it: DROP TABLE IF EXISTS … */
static bool is_after_table_words(const struct sql_scope *scope, size_t before)
{
    static const char *const object_words[] = {"VIEW",    "INDEX",   "TRIGGER",
                                               "ANALYZE", "REINDEX", NULL};
    if (before == 0)
        return false;
    if (is_one_of(scope, before - 1, table_words) || is_create_on(scope, before - 1))
        return true;
    if (is_word(scope, 0, "DROP") && is_word(scope, before - 1, "EXISTS"))
        return true;
    return is_one_of(scope, before - 1, object_words);
}

static void find_place(struct sql_scope *scope, size_t before, bool expects_table)
{
    scope->place = SQL_PLACE_ANY;
    for (size_t i = before; i-- > 0;) {
        if (scope->tokens[i].kind == SQL_TOKEN_WORD && is_keyword(scope->tokens[i].text)) {
            scope->is_lower = scope->tokens[i].text[0] >= 'a';
            break;
        }
    }
    if (before == 0) {
        scope->place = SQL_PLACE_START;
    } else if (is_sign(scope, before - 1, '.')) {
        scope->place = SQL_PLACE_NONE;
        if (before >= 2 && (scope->tokens[before - 2].kind == SQL_TOKEN_WORD ||
                            scope->tokens[before - 2].kind == SQL_TOKEN_QUOTED)) {
            scope->place = SQL_PLACE_MEMBER;
            scope->qualifier = scope->tokens[before - 2].text;
            if (before >= 4 && is_sign(scope, before - 3, '.') && is_name(scope, before - 4))
                scope->qualifier_schema = scope->tokens[before - 4].text;
        }
    } else if (is_word(scope, before - 1, "PRAGMA")) {
        scope->place = SQL_PLACE_PRAGMA;
    } else if (is_after_table_words(scope, before) ||
               (expects_table && is_sign(scope, before - 1, ','))) {
        scope->place = SQL_PLACE_TABLE;
    } else if (before == 1 && is_word(scope, 0, "EXPLAIN")) {
        scope->place = SQL_PLACE_START;
    }
}

/* What the arguments of a directive are. */
static enum sql_place directive_place(const char *code, size_t start, size_t end)
{
    static const struct {
        const char *name;
        enum sql_place place;
    } directives[] = {{"%schema", SQL_PLACE_TABLE},
                      {"%tables", SQL_PLACE_TABLE},
                      {"%param", SQL_PLACE_PARAMETER}};
    for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        size_t length = strlen(directives[i].name);
        if (end - start > length && memcmp(code + start, directives[i].name, length) == 0 &&
            is_blank(code[start + length]))
            return directives[i].place;
    }
    return SQL_PLACE_NONE;
}

void sql_scope_read(const char *code, size_t size, size_t word_start, struct sql_scope *ret_scope)
{
    *ret_scope = (struct sql_scope){.place = SQL_PLACE_START};
    size_t start = sql_scan_skip(code, size, 0), end = start;
    while (start < size && start <= word_start) {
        size_t line_end;
        bool is_directive = sql_scan_is_directive(code, size, start);
        end = is_directive ? sql_scan_directive_end(code, size, start, &line_end)
                           : sql_scan_statement_end(code, size, start);
        if (is_directive && word_start <= line_end) {
            ret_scope->place = directive_place(code, start, line_end);
            return;
        }
        if (!is_directive && (word_start < end || (end == size && code[size - 1] != ';')))
            break;
        start = sql_scan_skip(code, size, end > start ? end : start + 1);
    }
    if (start >= size || start > word_start)
        return;
    read_tokens(code, end, start, ret_scope);
    size_t before = 0;
    while (before < ret_scope->token_count && ret_scope->tokens[before].start < word_start)
        before++;
    bool expects_table = read_scope(ret_scope, before);
    ret_scope->table_count = ret_scope->common_count = 0;
    read_scope(ret_scope, ret_scope->token_count);
    find_place(ret_scope, before, expects_table);
}

void sql_scope_release(struct sql_scope *scope)
{
    for (size_t i = 0; i < scope->token_count; i++)
        free(scope->tokens[i].text);
    free(scope->tokens);
    free(scope->tables);
    free(scope->commons);
    *scope = (struct sql_scope){.place = SQL_PLACE_NONE};
}

const struct sql_scope_table *sql_scope_find(const struct sql_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->table_count; i++) {
        if (scope->tables[i].alias != NULL && strcasecmp(scope->tables[i].alias, name) == 0)
            return &scope->tables[i];
    }
    for (size_t i = 0; i < scope->table_count; i++) {
        if (strcasecmp(scope->tables[i].name, name) == 0)
            return &scope->tables[i];
    }
    return NULL;
}
