/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_warning: cheap searches first, tokens only when they found something.
 */
#include "engine/sqlite_warning.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "model/sql/sql_tokens.h"

#define STATEMENT_MAX (1 << 16) /* longer ones are data, not typed */
#define TEXT_SHOWN 60
#define DEPTH_MAX 64 /* of parentheses and CASE; deeper is not looked at */

/* NULL in any case; most texts have few Ns. */
static bool has_null(const char *text, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i++)
        if ((text[i] | 0x20) == 'n' && strncasecmp(text + i, "null", 4) == 0)
            return true;
    return false;
}

/* --- double quotes --------------------------------------------------------------------------- */

/* Texts are what can't be a name: compiled with the leniency off, SQLite names the first one. */
static void find_quoted_text(const struct engine_target *target, const char *statement, size_t size,
                             const struct sql_tokens *tokens, struct strbuf *buffer)
{
    struct sqlite3 *connection = target->connection;
    sqlite3_stmt *strict = NULL;
    int dml = 1;
    static const char mark[] = "no such column: ";

    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->list[i].word == SQL_WORD_PRAGMA || tokens->list[i].word == SQL_WORD_CREATE ||
            tokens->list[i].word == SQL_WORD_ALTER)
            return; /* a PRAGMA acts when it is compiled; a schema keeps what is lenient */
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, -1, &dml);
    if (!dml)
        return;
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    AUTO_STRBUF copy = STRBUF_INIT;
    strbuf_add(&copy, statement, size);
    if (sqlite3_prepare_v3(connection, strbuf_text(&copy), (int)size + 1, 0, &strict, NULL) !=
        SQLITE_OK) {
        const char *message = sqlite3_errmsg(connection);
        bool is_name = strncmp(message, mark, strlen(mark)) == 0;
        const char *name = message + strlen(mark);
        for (size_t i = 0; is_name && i < tokens->count; i++) {
            const struct sql_token *token = &tokens->list[i];
            if (token->kind != SQL_TOKEN_QUOTED || statement[token->start] != '"' ||
                strcmp(token->text, name) != 0)
                continue;
            strbuf_addf(buffer,
                        "warning: \"%.*s\" names no column, so SQLite takes it as a text; write "
                        "'%.*s' for a text\n",
                        TEXT_SHOWN, name, TEXT_SHOWN, name);
            break;
        }
    }
    sqlite3_finalize(strict);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 1, NULL);
}

/* --- NULL ------------------------------------------------------------------------------------ */

/* `=` assigns in SET and PRAGMA, until a word that begins another clause. */
static bool is_condition(bool was, enum sql_word word)
{
    switch (word) {
    case SQL_WORD_SET:
    case SQL_WORD_PRAGMA:
        return false;
    case SQL_WORD_WHERE:
    case SQL_WORD_SELECT:
    case SQL_WORD_CASE:
    case SQL_WORD_WHEN:
    case SQL_WORD_FROM:
    case SQL_WORD_ON:
    case SQL_WORD_HAVING:
        return true;
    default:
        return was;
    }
}

/* The operator before the token at `index`, NULL if it compares nothing. */
static const char *comparison_before(const struct sql_tokens *tokens, size_t index)
{
    char last = index ? sql_tokens_at(tokens, index - 1)->sign : '\0';
    char before = index > 1 ? sql_tokens_at(tokens, index - 2)->sign : '\0';

    if (last == '=')
        return before == '!' ? "!= NULL" : before == '=' ? "== NULL" : "= NULL";
    if (last == '>' && before == '<')
        return "<> NULL";
    if (last == '(' && index > 1 && sql_tokens_at(tokens, index - 2)->word == SQL_WORD_IN &&
        sql_tokens_at(tokens, index + 1)->sign == ')')
        return index > 2 && sql_tokens_at(tokens, index - 3)->word == SQL_WORD_NOT
                   ? "NOT IN (NULL)"
                   : "IN (NULL)";
    return NULL;
}

/* Each parenthesis and CASE has its own answer: `SET a = CASE WHEN … END, b = NULL` assigns. */
static void find_null(const struct sql_tokens *tokens, struct strbuf *buffer)
{
    bool is_in_condition[DEPTH_MAX] = {true};
    size_t depth = 0;

    for (size_t i = 0; i < tokens->count; i++) {
        const struct sql_token *token = sql_tokens_at(tokens, i);
        bool is_inside = is_in_condition[depth];
        if (token->sign == '(' || token->word == SQL_WORD_CASE) {
            if (++depth == DEPTH_MAX)
                return;
            is_in_condition[depth] = is_inside;
        } else if ((token->sign == ')' || token->word == SQL_WORD_END) && depth > 0) {
            depth--;
            continue;
        }
        is_in_condition[depth] = is_condition(is_in_condition[depth], token->word);
        if (token->word != SQL_WORD_NULL || !is_in_condition[depth])
            continue;
        const char *found = comparison_before(tokens, i);
        if (!found)
            continue;
        strbuf_addf(buffer, "warning: `%s` is never true; write `%s`\n", found,
                    found[0] == '!' || found[0] == '<' || found[0] == 'N' ? "IS NOT NULL" : "IS NULL");
        return;
    }
}

/* --- calls ----------------------------------------------------------------------------------- */

void sqlite_warning_find(const struct engine_target *target, const char *statement, size_t size,
                         struct strbuf *buffer)
{
    struct sql_tokens tokens;

    if (size > STATEMENT_MAX)
        return;
    bool has_quote = memchr(statement, '"', size) != NULL;
    bool may_compare = has_null(statement, size);
    if (!has_quote && !may_compare)
        return;
    sql_tokens_read(statement, 0, size, 0, 0, &tokens);
    if (may_compare)
        find_null(&tokens, buffer);
    for (size_t i = 0; has_quote && i < tokens.count; i++) {
        if (tokens.list[i].kind != SQL_TOKEN_QUOTED || statement[tokens.list[i].start] != '"')
            continue;
        find_quoted_text(target, statement, size, &tokens, buffer);
        break;
    }
    sql_tokens_release(&tokens);
}

void sqlite_warning_changed(const char *statement, size_t size, int64_t changes,
                            struct strbuf *buffer)
{
    static const enum sql_word limits[] = {SQL_WORD_WHERE, SQL_WORD_LIMIT, SQL_WORD_FROM,
                                           SQL_WORD_JOIN};
    struct sql_tokens tokens;
    size_t depth = 0;

    if (changes < 2 || size > STATEMENT_MAX)
        return;
    sql_tokens_read(statement, 0, size, 0, 0, &tokens);
    enum sql_word verb = sql_tokens_at(&tokens, 0)->word;
    bool is_whole = verb == SQL_WORD_UPDATE || verb == SQL_WORD_DELETE;
    for (size_t i = 1; i < tokens.count && is_whole; i++) {
        const struct sql_token *token = &tokens.list[i];
        if (i == 1 && token->word == SQL_WORD_OR)
            is_whole = false; /* OR IGNORE leaves rows out */
        depth += token->sign == '(';
        depth -= token->sign == ')' && depth > 0;
        for (size_t k = 0; depth == 0 && k < sizeof limits / sizeof *limits; k++)
            if (token->word == limits[k] && !(verb == SQL_WORD_DELETE && i == 1))
                is_whole = false;
    }
    if (is_whole)
        strbuf_addf(buffer, "note: this %s has no WHERE: it changed all %" PRId64 " rows\n",
                    verb == SQL_WORD_UPDATE ? "UPDATE" : "DELETE", changes);
    sql_tokens_release(&tokens);
}
