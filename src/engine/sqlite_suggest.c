/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_suggest: one function for each message of SQLite that has a cure; the first whose text
 * matches adds to it. Names come from the schema, and everything is bounded.
 */
#include "engine/sqlite_suggest.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/near_name.h"
#include "engine/look/sqlite_catalog.h"
#include "model/sql/sql_completeness.h"
#include "model/sql/sql_scan.h"
#include "model/sql/sql_tokens.h"

#define NAMES_MAX 4000          /* that near names are looked for in */
#define SOURCES_MAX 32          /* tables of a statement */
#define COLUMNS_SHOWN 12        /* in a list of columns */
#define STATEMENT_MAX (1 << 16) /* longer ones are not compiled again */
#define NEAR_SHOWN 3

struct names {
    char **list;
    size_t count;
};

/* A table of the statement. */
struct source {
    char *table;
    const char *alias; /* as columns are qualified with; borrowed */
};

struct advice {
    const struct engine_target *target;
    const char *statement;
    size_t size;
    const char *message;
    int offset; /* of the error, -1 = unknown */
    struct sql_tokens tokens;
    struct source sources[SOURCES_MAX];
    size_t source_count;
    struct strbuf *buffer;
};

/* --- names ----------------------------------------------------------------------------------- */

static void names_add(struct names *names, const char *name)
{
    if (names->count == NAMES_MAX || !name)
        return;
    if (!names->list)
        names->list = xcalloc(NAMES_MAX, sizeof *names->list);
    names->list[names->count++] = xstrdup(name);
}

static void names_release(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
}

static bool names_hold(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcasecmp(names->list[i], name) == 0)
            return true;
    return false;
}

#define AUTO_NAMES __attribute__((cleanup(names_release))) struct names

static bool take_name(void *context, const char *const *values, size_t count)
{
    struct names *names = context;

    (void)count;
    names_add(names, values[0]);
    return names->count < NAMES_MAX;
}

/* The first column of a query; ?1 is `value`. */
static void query_names(const struct advice *advice, const char *sql, const char *value,
                        struct names *names)
{
    struct sqlite_view view = {.connection = advice->target->connection};

    (void)sqlite_catalog_query(&view, sql, &value, value ? 1 : 0, take_name, names);
}

/* Tables and views, or what `types` says, of all databases. */
static void schema_names(const struct advice *advice, const char *types, struct names *names)
{
    const char *schema;

    for (int i = 0; (schema = sqlite3_db_name(advice->target->connection, i)); i++) {
        char *sql = sqlite3_mprintf("SELECT name FROM \"%w\".sqlite_schema WHERE type IN (%s) AND "
                                    "name NOT LIKE 'sqlite\\_%%' ESCAPE '\\'",
                                    schema, types);
        if (sql)
            query_names(advice, sql, NULL, names);
        sqlite3_free(sql);
    }
}

static void column_names(const struct advice *advice, const char *table, struct names *names)
{
    query_names(advice, "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden <> 1", table, names);
}

/* ": did you mean a or b?"; false when nothing is near. */
static bool add_near(const struct advice *advice, const char *name, const struct names *names)
{
    AUTO_STRBUF near = STRBUF_INIT;

    if (!near_name_list(&near, name, (const char *const *)names->list, names->count, NEAR_SHOWN))
        return false;
    strbuf_addf(advice->buffer, ": did you mean %s?", strbuf_text(&near));
    return true;
}

static void add_list(const struct advice *advice, const struct names *names)
{
    for (size_t i = 0; i < names->count && i < COLUMNS_SHOWN; i++)
        strbuf_addf(advice->buffer, "%s%s", i ? ", " : "", names->list[i]);
    if (names->count > COLUMNS_SHOWN)
        strbuf_addf(advice->buffer, " and %zu more", names->count - COLUMNS_SHOWN);
}

/* --- the statement --------------------------------------------------------------------------- */

/* A name that is a table, with the alias behind it. What is one by chance only adds candidates. */
static void read_sources(struct advice *advice)
{
    AUTO_NAMES tables = {NULL, 0};

    schema_names(advice, "'table', 'view'", &tables);
    for (size_t i = 0; i < advice->tokens.count && advice->source_count < SOURCES_MAX; i++) {
        const struct sql_token *token = sql_tokens_at(&advice->tokens, i);
        if (!sql_token_is_name(token) || !names_hold(&tables, token->text) ||
            sql_tokens_at(&advice->tokens, i + 1)->sign == '.')
            continue;
        const struct sql_token *alias = sql_tokens_at(&advice->tokens, i + 1);
        if (alias->word == SQL_WORD_AS)
            alias = sql_tokens_at(&advice->tokens, i + 2);
        struct source *source = &advice->sources[advice->source_count++];
        source->table = xstrdup(token->text);
        bool is_alias = alias->kind == SQL_TOKEN_QUOTED ||
                        (alias->kind == SQL_TOKEN_WORD && alias->word == SQL_WORD_NONE);
        source->alias = is_alias ? alias->text : token->text;
    }
}

static const struct sql_token *find_token(const struct advice *advice, const char *name,
                                          size_t *ret_index)
{
    for (size_t i = 0; i < advice->tokens.count; i++) {
        const struct sql_token *token = sql_tokens_at(&advice->tokens, i);
        bool can_name = token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_QUOTED;
        if (can_name && strcasecmp(token->text, name) == 0) {
            *ret_index = i;
            return token;
        }
    }
    return NULL;
}

/* --- messages -------------------------------------------------------------------------------- */

/* What the message says behind `mark`, without quotes around it; NULL if it doesn't begin so. */
static char *behind(const char *message, const char *mark)
{
    size_t size = strlen(mark);

    if (strncmp(message, mark, size) != 0)
        return NULL;
    char *text = xstrdup(message + size);
    size_t length = strlen(text);
    if (length > 1 && text[0] == '"' && text[length - 1] == '"') {
        memmove(text, text + 1, length - 2);
        text[length - 2] = '\0';
    }
    return text;
}

static bool on_missing_table(struct advice *advice)
{
    AUTO_FREE char *name = behind(advice->message, "no such table: ");
    AUTO_NAMES names = {NULL, 0};

    if (!name)
        return false;
    char *dot = strchr(name, '.');
    strbuf_addf(advice->buffer, " in %s", advice->target->label);
    if (dot) {
        AUTO_NAMES schemas = {NULL, 0};
        *dot = '\0';
        query_names(advice, "SELECT name FROM pragma_database_list", NULL, &schemas);
        if (!names_hold(&schemas, name)) {
            strbuf_addf(advice->buffer, "; no database is attached as %s", name);
            (void)add_near(advice, name, &schemas);
            return true;
        }
    }
    schema_names(advice, "'table', 'view'", &names);
    for (size_t i = 0; i + 2 < advice->tokens.count; i++) {
        const struct sql_token *token = sql_tokens_at(&advice->tokens, i);
        if (sql_token_is_name(token) &&
            sql_tokens_at(&advice->tokens, i + 1)->word == SQL_WORD_AS &&
            sql_tokens_at(&advice->tokens, i + 2)->sign == '(')
            names_add(&names, token->text);
    }
    (void)add_near(advice, dot ? dot + 1 : name, &names);
    return true;
}

/* A word that may have been meant as a text: `name = Bob`, VALUES (Bob). */
static bool is_meant_as_text(const struct advice *advice, size_t index)
{
    const struct sql_token *before = index ? sql_tokens_at(&advice->tokens, index - 1) : NULL;

    if (!before)
        return false;
    if (before->sign == '=' || before->sign == '>' || before->sign == '<' ||
        before->word == SQL_WORD_LIKE || before->word == SQL_WORD_VALUES)
        return true;
    for (size_t i = index; i-- > 0;) {
        const struct sql_token *token = sql_tokens_at(&advice->tokens, i);
        if (token->word == SQL_WORD_VALUES || token->word == SQL_WORD_IN)
            return true;
        if (token->word != SQL_WORD_NONE)
            return false;
    }
    return false;
}

static bool on_missing_column(struct advice *advice)
{
    AUTO_FREE char *name = behind(advice->message, "no such column: ");
    AUTO_NAMES names = {NULL, 0};
    size_t index;

    if (!name)
        return false;
    const char *dot = strrchr(name, '.');
    const char *last = dot ? dot + 1 : name;
    AUTO_FREE char *qualifier = dot ? xstrndup(name, (size_t)(dot - name)) : NULL;
    bool is_known = false;
    for (size_t i = 0; i < advice->source_count; i++) {
        AUTO_NAMES columns = {NULL, 0};
        const struct source *source = &advice->sources[i];
        if (qualifier && strcasecmp(source->alias, qualifier) != 0)
            continue;
        is_known = true;
        column_names(advice, source->table, &columns);
        for (size_t k = 0; k < columns.count; k++)
            if (!names_hold(&names, columns.list[k]))
                names_add(&names, columns.list[k]);
    }
    if (qualifier && !is_known) {
        for (size_t i = 0; i < advice->source_count; i++)
            names_add(&names, advice->sources[i].alias);
        strbuf_addf(advice->buffer, "; the statement has no table %s", qualifier);
        (void)add_near(advice, qualifier, &names);
        return true;
    }
    if (add_near(advice, last, &names))
        return true;
    const struct sql_token *token = find_token(advice, last, &index);
    if (!token)
        return true;
    if (advice->statement[token->start] == '"')
        strbuf_addf(advice->buffer, "; in double quotes it is a name, a text is '%s'", last);
    else if (!qualifier && is_meant_as_text(advice, index))
        strbuf_addf(advice->buffer, "; a text stands in single quotes: '%s'", last);
    return true;
}

static bool on_unknown_column_of(struct advice *advice)
{
    static const char mark[] = " has no column named ";
    const char *found = strstr(advice->message, mark);
    AUTO_FREE char *rest = behind(advice->message, "table ");
    AUTO_NAMES names = {NULL, 0};

    if (!found || !rest)
        return false;
    rest[found - advice->message - 6] = '\0';
    column_names(advice, rest, &names);
    if (!add_near(advice, found + strlen(mark), &names) && names.count) {
        strbuf_add_text(advice->buffer, "; its columns: ");
        add_list(advice, &names);
    }
    return true;
}

/* "table t has 3 columns but 2 values were supplied", "2 values for 3 columns" */
static bool on_count(struct advice *advice)
{
    const char *found = strstr(advice->message, " columns but ");
    const char *has = strstr(advice->message, " has ");
    AUTO_NAMES names = {NULL, 0};

    if (found && has && strncmp(advice->message, "table ", 6) == 0) {
        AUTO_FREE char *table = xstrndup(advice->message + 6, (size_t)(has - advice->message - 6));
        column_names(advice, table, &names);
    } else if (strstr(advice->message, " values for ") && strstr(advice->message, " columns")) {
        bool is_inside = false;
        for (size_t i = 0; i < advice->tokens.count; i++) {
            const struct sql_token *token = sql_tokens_at(&advice->tokens, i);
            if (token->sign == ')' || token->word == SQL_WORD_VALUES)
                break;
            if (is_inside && sql_token_is_name(token))
                names_add(&names, token->text);
            is_inside = is_inside || token->sign == '(';
        }
    } else {
        return false;
    }
    if (names.count) {
        strbuf_add_text(advice->buffer, ": ");
        add_list(advice, &names);
    }
    return true;
}

static bool on_ambiguous(struct advice *advice)
{
    AUTO_FREE char *name = behind(advice->message, "ambiguous column name: ");
    size_t count = 0;

    if (!name)
        return false;
    for (size_t i = 0; i < advice->source_count; i++) {
        AUTO_NAMES columns = {NULL, 0};
        column_names(advice, advice->sources[i].table, &columns);
        if (names_hold(&columns, name))
            strbuf_addf(advice->buffer, "%s%s.%s", count++ ? " or " : "; write ",
                        advice->sources[i].alias, name);
    }
    return true;
}

static bool on_missing_other(struct advice *advice)
{
    static const struct {
        const char *mark, *sql, *types;
    } kinds[] = {
        {"no such function: ", "SELECT DISTINCT name FROM pragma_function_list", NULL},
        {"no such collation sequence: ", "SELECT name FROM pragma_collation_list", NULL},
        {"no such module: ", "SELECT name FROM pragma_module_list", NULL},
        {"unknown database ", "SELECT name FROM pragma_database_list", NULL},
        {"no such database: ", "SELECT name FROM pragma_database_list", NULL},
        {"no such index: ", NULL, "'index'"},
        {"no such view: ", NULL, "'view', 'table'"},
        {"no such trigger: ", NULL, "'trigger'"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        AUTO_FREE char *name = behind(advice->message, kinds[i].mark);
        AUTO_NAMES names = {NULL, 0};
        if (!name)
            continue;
        if (kinds[i].sql)
            query_names(advice, kinds[i].sql, NULL, &names);
        else
            schema_names(advice, kinds[i].types, &names);
        const char *dot = strrchr(name, '.');
        (void)add_near(advice, dot ? dot + 1 : name, &names);
        return true;
    }
    return false;
}

/* --- keywords -------------------------------------------------------------------------------- */

/* True when the statement with `word` in the token's place compiles, or fails later. */
static bool is_better(const struct advice *advice, const struct sql_token *token, const char *word,
                      size_t place)
{
    AUTO_STRBUF text = STRBUF_INIT;
    sqlite3_stmt *statement = NULL;

    strbuf_add(&text, advice->statement, token->start);
    strbuf_add_text(&text, word);
    strbuf_add(&text, advice->statement + token->end, advice->size - token->end);
    int code = sqlite3_prepare_v3(advice->target->connection, strbuf_text(&text),
                                  (int)text.size + 1, 0, &statement, NULL);
    int offset = sqlite3_error_offset(advice->target->connection);
    const char *message = sqlite3_errmsg(advice->target->connection);
    bool is_syntax = strstr(message, "syntax error") != NULL;
    sqlite3_finalize(statement);
    if (code == SQLITE_OK)
        return true;
    /* The text behind the token has moved. */
    long moved = (long)strlen(word) - (long)(token->end - token->start);
    return !is_syntax ? strcmp(message, "incomplete input") != 0 || token->end == advice->size
                      : offset > (long)place + moved && offset > (long)token->end + moved;
}

static bool try_token(struct advice *advice, size_t index, size_t place)
{
    const struct sql_token *token = sql_tokens_at(&advice->tokens, index);

    if (token->kind != SQL_TOKEN_WORD || token->word != SQL_WORD_NONE || strlen(token->text) < 2)
        return false;
    size_t length = strlen(token->text), limit = length < 4 ? 1 : length < 7 ? 2 : 3;
    for (size_t distance = 1; distance <= limit; distance++) {
        for (enum sql_word word = SQL_WORD_NONE + 1; word < SQL_WORD_COUNT; word++) {
            const char *text = sql_word_text(word);
            if (strlen(text) < 2 || distance >= strlen(text) ||
                near_name_distance(token->text, text) != distance)
                continue;
            /* A PRAGMA acts when it is compiled. */
            if (word == SQL_WORD_PRAGMA ? index == 0 : is_better(advice, token, text, place)) {
                strbuf_addf(advice->buffer, ": did you mean %s?", text);
                return true;
            }
        }
    }
    return false;
}

/* What a web page or a word processor makes of blanks and quotes, in the word of the error. */
static bool on_odd_character(struct advice *advice)
{
    static const struct {
        const char *bytes, *advice;
    } odd[] = {
        {"\xC2\xA0", "a no-break space (U+00A0); write a plain blank"},
        {"\xE2\x80\x8B", "an invisible blank (U+200B); take it out"},
        {"\xEF\xBB\xBF", "an invisible mark (U+FEFF); take it out"},
        {"\xE2\x80\x98", "a quote of a word processor; write ' for a text"},
        {"\xE2\x80\x99", "a quote of a word processor; write ' for a text"},
        {"\xE2\x80\x9C", "a quote of a word processor; write ' for a text"},
        {"\xE2\x80\x9D", "a quote of a word processor; write ' for a text"},
    };
    size_t start = advice->offset < 0 ? advice->size : (size_t)advice->offset, end = start;

    if (start >= advice->size)
        return false;
    while (end < advice->size && strchr(" \t\r\n,;()", advice->statement[end]) == NULL)
        end++;
    AUTO_FREE char *word = xstrndup(advice->statement + start, end - start);
    for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
        if (strstr(word, odd[i].bytes) != NULL) {
            strbuf_addf(advice->buffer, "; it holds %s", odd[i].advice);
            return true;
        }
    }
    return false;
}

/* `; %help` behind a statement, `.tables` on the line after one without its `;`. A % between numbers
 * never comes here: it is an operator. */
static bool is_magic(const struct advice *advice)
{
    size_t at = (size_t)advice->offset;

    if (at >= advice->size || (advice->statement[at] != '.' && advice->statement[at] != '%'))
        return false;
    if (at > 0 && advice->statement[at] == '%' && advice->statement[at - 1] == '%')
        at--;
    size_t name = at + 1 + (at + 1 < advice->size && advice->statement[at + 1] == '%');
    char letter = name < advice->size ? (char)(advice->statement[name] | 0x20) : '\0';
    while (at > 0 && (advice->statement[at - 1] == ' ' || advice->statement[at - 1] == '\t'))
        at--;
    return letter >= 'a' && letter <= 'z' && (at == 0 || advice->statement[at - 1] == '\n');
}

/* `near "FORM": syntax error`: the word itself, or one before it that was taken for an alias. */
static bool on_syntax(struct advice *advice)
{
    const char *end = strstr(advice->message, "\": syntax error");
    size_t index, back = 0;

    if (!end || strncmp(advice->message, "near \"", 6) != 0)
        return false;
    for (index = 0; index < advice->tokens.count; index++) {
        const struct sql_token *token = sql_tokens_at(&advice->tokens, index);
        if (token->word == SQL_WORD_PRAGMA)
            return true;
        if (advice->offset >= 0 && token->start >= (size_t)advice->offset)
            break;
    }
    if (advice->offset < 0 || advice->size > STATEMENT_MAX)
        return true;
    if (is_magic(advice)) {
        strbuf_add_text(advice->buffer,
                        "; a magic stands on a line of its own, and the statement before it ends "
                        "with a ;");
        return true;
    }
    for (; back < 3 && back <= index; back++)
        if (try_token(advice, index - back, (size_t)advice->offset))
            return true;
    return true;
}

/* --- the rest -------------------------------------------------------------------------------- */

static bool on_text(struct advice *advice)
{
    static const struct {
        const char *mark, *advice;
    } texts[] = {
        {"misuse of aggregate", "; an aggregate can't stand in WHERE, ON, GROUP BY or another "
                                "aggregate: HAVING filters groups, a query around aggregates again"},
        {"misuse of window function", "; a window function stands only in the result and in ORDER "
                                      "BY: filter around a subquery"},
        {"unrecognized token: \"'", "; the string has no closing quote"},
        {"unrecognized token: \"\"", "; the name has no closing quote"},
        {"unrecognized token: \"`", "; the name has no closing quote"},
        {"unrecognized token: \"[", "; the name has no closing bracket"},
    };

    if (strcmp(advice->message, "incomplete input") == 0) {
        AUTO_STRBUF open = STRBUF_INIT;
        sql_completeness_explain(advice->statement, advice->size, &open);
        if (open.size)
            strbuf_addf(advice->buffer, ": %s", strbuf_text(&open));
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (strncmp(advice->message, texts[i].mark, strlen(texts[i].mark)) == 0) {
            strbuf_add_text(advice->buffer, texts[i].advice);
            return true;
        }
    }
    return false;
}

void sqlite_suggest(const struct engine_target *target, const char *statement, size_t size,
                    const char *message, struct strbuf *buffer)
{
    static bool (*const cures[])(struct advice *) = {
        on_odd_character,  on_syntax,            on_text,      on_missing_table,
        on_missing_column, on_unknown_column_of, on_ambiguous, on_count,
        on_missing_other,
    };
    struct advice advice = {.target = target,
                            .statement = statement,
                            .size = size,
                            .message = message,
                            .offset = sqlite3_error_offset(target->connection),
                            .buffer = buffer};

    sql_tokens_read(statement, 0, size, 0, 0, &advice.tokens);
    if (strstr(message, "column"))
        read_sources(&advice);
    for (size_t i = 0; i < ARRAY_SIZE(cures); i++)
        if (cures[i](&advice))
            break;
    for (size_t i = 0; i < advice.source_count; i++)
        free(advice.sources[i].table);
    sql_tokens_release(&advice.tokens);
}
