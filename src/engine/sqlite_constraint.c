/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_constraint: SQLite tells the rule, not the row. The text of the failed statement with its
 * parameters' values in it (sqlite3_expanded_sql) is read for the rows of VALUES, and each is
 * compared with what is in the table by a SELECT.
 */
#include "engine/sqlite_constraint.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "model/sql/sql_tokens.h"

#define TIME_US 200000
#define PROGRESS_STEPS 1000
#define COLUMNS_MAX 64
#define ROWS_MAX 50
#define STATEMENT_MAX (1 << 16)
#define VALUE_SHOWN 60

struct piece {
    const char *text;
    size_t size;
};

/* INSERT INTO table (columns) VALUES rows; also holds the table of UPDATE and DELETE. */
struct change {
    struct sqlite3 *connection;
    const char *text; /* expanded */
    struct sql_tokens tokens;
    enum sql_word verb;
    const char *table; /* NULL = not understood */
    char *columns[COLUMNS_MAX];
    size_t column_count;
    size_t values; /* index of VALUES, 0 = none */
};

static int is_late(void *context)
{
    const int64_t *until = context;

    return monotonic_us() >= *until;
}

/* The first column of the first row, NULL if there is none. Caller frees. */
static char *ask(struct sqlite3 *connection, char *sql)
{
    sqlite3_stmt *statement = NULL;
    char *answer = NULL;

    if (sql && sqlite3_prepare_v3(connection, sql, -1, 0, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        answer = xstrdup_or_null((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return answer;
}

/* --- reading the statement ------------------------------------------------------------------- */

static void read_columns(struct change *change, size_t *index)
{
    sqlite3_stmt *statement = NULL;

    if (sql_tokens_at(&change->tokens, *index)->sign == '(') {
        for (++*index; *index < change->tokens.count; ++*index) {
            const struct sql_token *token = sql_tokens_at(&change->tokens, *index);
            if (token->sign == ')')
                break;
            if (sql_token_is_name(token) && change->column_count < COLUMNS_MAX)
                change->columns[change->column_count++] = xstrdup(token->text);
        }
        ++*index;
        return;
    }
    if (sqlite3_prepare_v3(change->connection,
                           "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0", -1, 0,
                           &statement, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(statement, 1, change->table, -1, SQLITE_STATIC);
    while (change->column_count < COLUMNS_MAX && sqlite3_step(statement) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        change->columns[change->column_count++] = xstrdup(name ? name : "");
    }
    sqlite3_finalize(statement);
}

static void read_change(struct change *change)
{
    size_t index = 0;

    for (; index < change->tokens.count; index++) {
        const struct sql_token *token = sql_tokens_at(&change->tokens, index);
        enum sql_word word = token->word;
        if (change->verb == SQL_WORD_NONE && (word == SQL_WORD_INSERT || word == SQL_WORD_REPLACE ||
                                              word == SQL_WORD_UPDATE || word == SQL_WORD_DELETE))
            change->verb = word;
        else if (change->verb != SQL_WORD_NONE && word == SQL_WORD_OR)
            index++;
        else if (change->verb != SQL_WORD_NONE && sql_token_is_name(token))
            break;
    }
    if (sql_tokens_at(&change->tokens, index + 1)->sign == '.')
        index += 2;
    if (!sql_token_is_name(sql_tokens_at(&change->tokens, index)))
        return;
    change->table = sql_tokens_at(&change->tokens, index++)->text;
    if (change->verb != SQL_WORD_INSERT && change->verb != SQL_WORD_REPLACE)
        return;
    if (sql_tokens_at(&change->tokens, index)->word == SQL_WORD_AS)
        index += 2;
    read_columns(change, &index);
    if (sql_tokens_at(&change->tokens, index)->word == SQL_WORD_VALUES)
        change->values = index;
}

/* The expressions of the next row behind the token *index; false when there is none. */
static bool next_row(const struct change *change, size_t *index, struct piece *pieces)
{
    size_t depth = 0, count = 0, start = 0, i = *index + 1;

    if (sql_tokens_at(&change->tokens, i)->sign == ',')
        i++;
    if (sql_tokens_at(&change->tokens, i)->sign != '(')
        return false;
    for (; i < change->tokens.count; i++) {
        const struct sql_token *token = sql_tokens_at(&change->tokens, i);
        bool is_end = depth == 1 && (token->sign == ',' || token->sign == ')');
        if (is_end && count < COLUMNS_MAX)
            pieces[count++] = (struct piece){change->text + start, token->start - start};
        if (is_end || (token->sign == '(' && depth == 0))
            start = token->end;
        depth += token->sign == '(';
        depth -= token->sign == ')';
        if (depth == 0)
            break;
    }
    *index = i;
    return depth == 0 && count == change->column_count;
}

static const struct piece *piece_of(const struct change *change, const struct piece *pieces,
                                    const char *column)
{
    for (size_t i = 0; i < change->column_count; i++)
        if (strcasecmp(change->columns[i], column) == 0)
            return &pieces[i];
    return NULL;
}

/* --- the rules ------------------------------------------------------------------------------- */

/* `t.a, t.b` of the message, cut at the commas. */
static size_t split_columns(char *list, const char **ret_columns)
{
    size_t count = 0;

    for (char *item = list; item && count < COLUMNS_MAX;) {
        char *comma = strstr(item, ", ");
        if (comma)
            *comma = '\0';
        const char *dot = strchr(item, '.');
        ret_columns[count++] = dot ? dot + 1 : item;
        item = comma ? comma + 2 : NULL;
    }
    return count;
}

/* SQL that gives the values of the key as text if the table has it; false when it can't be said. */
static bool add_key_query(const struct change *change, const struct piece *pieces,
                          const char *const *columns, size_t count, struct strbuf *sql)
{
    AUTO_STRBUF where = STRBUF_INIT;

    strbuf_add_text(sql, "SELECT '('");
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = piece_of(change, pieces, columns[i]);
        if (!piece)
            return false;
        char *name = sqlite3_mprintf("\"%w\"", columns[i]);
        strbuf_addf(sql, " || '%s' || substr(quote(%s), 1, %d)", i ? ", " : "", name, VALUE_SHOWN);
        strbuf_addf(&where, "%s%s = (%.*s)", i ? " AND " : " WHERE ", name, (int)piece->size,
                    piece->text);
        sqlite3_free(name);
    }
    char *table = sqlite3_mprintf("\"%w\"", change->table);
    strbuf_addf(sql, " || ')' FROM %s%s LIMIT 1", table, strbuf_text(&where));
    sqlite3_free(table);
    return true;
}

/* False where a query for the rows of VALUES finds what the statement did not: rows that it added
 * itself and OR FAIL leaves there, and values that are others the next time. */
static bool can_repeat(const struct change *change)
{
    for (size_t i = 0; i < change->tokens.count; i++) {
        const struct sql_token *token = &change->tokens.list[i];
        if (token->word == SQL_WORD_FAIL && i > 0 && change->tokens.list[i - 1].word == SQL_WORD_OR)
            return false;
        if (token->kind == SQL_TOKEN_WORD && (strcasecmp(token->text, "random") == 0 ||
                                              strcasecmp(token->text, "randomblob") == 0))
            return false;
    }
    return true;
}

static void explain_unique(const struct change *change, const char *message, struct strbuf *buffer)
{
    const char *colon = strstr(message, "failed: ");
    const char *columns[COLUMNS_MAX];
    struct piece pieces[COLUMNS_MAX];
    size_t index = change->values;

    if (!colon || !index || !can_repeat(change))
        return;
    AUTO_FREE char *list = xstrdup(colon + 8);
    size_t count = split_columns(list, columns);
    for (size_t row = 1; row <= ROWS_MAX && next_row(change, &index, pieces); row++) {
        AUTO_STRBUF sql = STRBUF_INIT;
        if (!add_key_query(change, pieces, columns, count, &sql))
            return;
        AUTO_FREE char *key = ask(change->connection, sqlite3_mprintf("%s", strbuf_text(&sql)));
        if (!key)
            continue;
        size_t next = index;
        struct piece others[COLUMNS_MAX];
        strbuf_addf(buffer, ": a row with %s is there already", key);
        if (row > 1 || next_row(change, &next, others))
            strbuf_addf(buffer, " (row %zu of VALUES)", row);
        return;
    }
}

static void explain_not_null(const struct change *change, const char *message,
                             struct strbuf *buffer)
{
    const char *dot = strrchr(message, '.');

    if (!dot)
        return;
    AUTO_FREE char *value = ask(
        change->connection,
        sqlite3_mprintf("SELECT coalesce(dflt_value, '') FROM pragma_table_info(%Q) WHERE name = "
                        "%Q COLLATE NOCASE",
                        change->table, dot + 1));
    if (value && *value)
        strbuf_addf(buffer, "; its default %s is taken only when the column is left out", value);
    else if (value)
        strbuf_addf(buffer, "; it has no default, so every row needs a value");
}

/* A message with the constraint's name: its expression is in the table's DDL. */
static void explain_check(const struct change *change, const char *message, struct strbuf *buffer)
{
    const char *colon = strstr(message, "failed: ");
    AUTO_FREE char *ddl =
        ask(change->connection,
            sqlite3_mprintf("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = %Q "
                            "COLLATE NOCASE",
                            change->table));
    struct sql_tokens tokens;

    if (!colon || !ddl)
        return;
    sql_tokens_read(ddl, 0, strlen(ddl), 0, 0, &tokens);
    for (size_t i = 0; i + 3 < tokens.count; i++) {
        if (tokens.list[i].word != SQL_WORD_CONSTRAINT ||
            strcasecmp(tokens.list[i + 1].text, colon + 8) != 0 ||
            tokens.list[i + 2].word != SQL_WORD_CHECK)
            continue;
        size_t depth = 0, end = i + 3;
        for (; end < tokens.count; end++) {
            depth += tokens.list[end].sign == '(';
            depth -= tokens.list[end].sign == ')' && depth > 0;
            if (depth == 0)
                break;
        }
        if (end < tokens.count)
            strbuf_addf(buffer, ": %.*s", (int)(tokens.list[end].end - tokens.list[i + 3].start),
                        ddl + tokens.list[i + 3].start);
        break;
    }
    sql_tokens_release(&tokens);
}

/* A row of VALUES whose parent is missing, one column at a time. */
static bool explain_parent(const struct change *change, const struct piece *pieces,
                           struct strbuf *buffer)
{
    sqlite3_stmt *keys = NULL;
    bool is_found = false;

    if (sqlite3_prepare_v3(change->connection,
                           "SELECT \"table\", \"from\", coalesce(\"to\", (SELECT name FROM "
                           "pragma_table_info(f.\"table\") WHERE pk = 1)) FROM "
                           "pragma_foreign_key_list(?1) AS f GROUP BY id HAVING count(*) = 1",
                           -1, 0, &keys, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_text(keys, 1, change->table, -1, SQLITE_STATIC);
    while (!is_found && sqlite3_step(keys) == SQLITE_ROW) {
        const char *parent = (const char *)sqlite3_column_text(keys, 0);
        const char *from = (const char *)sqlite3_column_text(keys, 1);
        const char *to = (const char *)sqlite3_column_text(keys, 2);
        const struct piece *piece = from ? piece_of(change, pieces, from) : NULL;
        if (!piece || !parent || !to)
            continue;
        AUTO_FREE char *value =
            ask(change->connection,
                sqlite3_mprintf("SELECT substr(quote(v), 1, %d) FROM (SELECT (%.*s) AS v) WHERE v "
                                "IS NOT NULL AND NOT EXISTS (SELECT 1 FROM \"%w\" WHERE \"%w\" = "
                                "v)",
                                VALUE_SHOWN, (int)piece->size, piece->text, parent, to));
        if (!value)
            continue;
        strbuf_addf(buffer, ": %s.%s is %s, and %s has no row with that %s", change->table, from,
                    value, parent, to);
        is_found = true;
    }
    sqlite3_finalize(keys);
    return is_found;
}

static void explain_foreign_key(const struct change *change, struct strbuf *buffer)
{
    struct piece pieces[COLUMNS_MAX];
    size_t index = change->values;

    for (size_t row = 1; index && row <= ROWS_MAX && next_row(change, &index, pieces); row++)
        if (explain_parent(change, pieces, buffer))
            return;
    if (change->verb == SQL_WORD_INSERT)
        return;
    AUTO_FREE char *children = ask(
        change->connection,
        sqlite3_mprintf("SELECT group_concat(m.name || '.' || f.\"from\", ', ') FROM sqlite_schema "
                        "AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND "
                        "f.\"table\" = %Q COLLATE NOCASE",
                        change->table));
    if (children)
        strbuf_addf(buffer, "; %s can refer to rows of %s", children, change->table);
}

void sqlite_constraint_explain(const struct engine_target *target, int code, const char *message,
                               struct sqlite3_stmt *failed, struct strbuf *buffer)
{
    struct change change = {.connection = target->connection};
    int64_t until = monotonic_us() + TIME_US;
    char *text = sqlite3_expanded_sql(failed);

    if (text && strlen(text) <= STATEMENT_MAX) {
        sqlite3_progress_handler(target->connection, PROGRESS_STEPS, is_late, &until);
        change.text = text;
        sql_tokens_read(text, 0, strlen(text), 0, 0, &change.tokens);
        read_change(&change);
        if (!change.table)
            code = SQLITE_OK;
        if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
            explain_unique(&change, message, buffer);
        else if (code == SQLITE_CONSTRAINT_NOTNULL)
            explain_not_null(&change, message, buffer);
        else if (code == SQLITE_CONSTRAINT_CHECK)
            explain_check(&change, message, buffer);
        else if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
            explain_foreign_key(&change, buffer);
        else if (code == SQLITE_MISMATCH)
            strbuf_addf(buffer, "; the INTEGER PRIMARY KEY of %s takes integers only",
                        change.table);
        for (size_t i = 0; i < change.column_count; i++)
            free(change.columns[i]);
        sql_tokens_release(&change.tokens);
        sqlite3_progress_handler(target->connection, 0, NULL, NULL);
    }
    sqlite3_free(text);
}

void sqlite_constraint_deferred(const struct engine_target *target, struct strbuf *buffer)
{
    int64_t until = monotonic_us() + TIME_US;

    sqlite3_progress_handler(target->connection, PROGRESS_STEPS, is_late, &until);
    AUTO_FREE char *rows =
        ask(target->connection,
            sqlite3_mprintf("SELECT group_concat(printf('row %%s of %%s refers to %%s', "
                            "coalesce(rowid, '?'), \"table\", parent), ', ') FROM (SELECT * FROM "
                            "pragma_foreign_key_check LIMIT 3)"));
    sqlite3_progress_handler(target->connection, 0, NULL, NULL);
    if (rows)
        strbuf_addf(buffer, ": %s", rows);
}
