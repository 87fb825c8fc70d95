/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_inspect: finds the name at the cursor, and asks of it in turn whether it is a pragma, a
 * member, a function, a keyword, a source of the statement, a column, a table.
 */
#include "engine/look/sqlite_inspect.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/look/sql_functions.h"
#include "engine/look/sql_keywords.h"
#include "engine/look/sql_pragmas.h"
#include "engine/look/sqlite_catalog.h"
#include "engine/look/sqlite_columns.h"
#include "engine/look/sqlite_describe.h"
#include "engine/look/sqlite_inspect_table.h"
#include "model/sql/sql_scan.h"
#include "model/sql/sql_scope.h"

#define QUERY_COLUMNS_MAX 200 /* listed of a query with a name */

struct inspection {
    const struct sqlite_view *view;
    const struct sql_scope *scope;
    size_t index; /* of the token */
    const char *name;
    int detail_level;
};

/* --- functions, pragmas, keywords, parameters ------------------------------------------------ */

struct function_facts {
    struct strbuf counts;
    bool is_builtin, is_aggregate, is_window;
};

static bool add_function(void *context, const char *const *values, size_t count)
{
    struct function_facts *facts = context;
    (void)count;
    facts->is_aggregate = facts->is_aggregate || strcmp(values[1], "a") == 0;
    facts->is_window = facts->is_window || strcmp(values[1], "w") == 0;
    facts->is_builtin = facts->is_builtin || strcmp(values[2], "1") == 0;
    strbuf_addf(&facts->counts, "%s%s", facts->counts.size > 0 ? ", " : "",
                strcmp(values[0], "-1") == 0 ? "any number" : values[0]);
    return true;
}

static json_t *function_bundle(const struct function_facts *facts, const char *name)
{
    const struct sql_function *function = sql_function_find(name);
    const char *kind = facts->is_aggregate ? "aggregate function"
                       : facts->is_window  ? "aggregate and window function"
                                           : "function";
    AUTO_FREE char *text =
        function != NULL
            ? xasprintf("%s %s%s\n%s", kind, function->name, function->signature, function->summary)
            : xasprintf("%s %s\narguments: %s\n%s", kind, name, strbuf_text(&facts->counts),
                        facts->is_builtin ? "comes with SQLite"
                                          : "made by this program for the connection");
    return sqlite_describe_text(text);
}

static json_t *inspect_function(const struct inspection *inspection)
{
    struct function_facts facts = {STRBUF_INIT, false, false, false};
    json_t *bundle = NULL;
    (void)sqlite_catalog_query(inspection->view,
                               "SELECT DISTINCT narg, type, builtin FROM pragma_function_list"
                               " WHERE lower(name) = lower(?1) ORDER BY narg",
                               &inspection->name, 1, add_function, &facts);
    if (facts.counts.size > 0)
        bundle = function_bundle(&facts, inspection->name);
    strbuf_release(&facts.counts);
    return bundle;
}

/* json_each, pragma_table_info …: what stands in a FROM clause with arguments. */
static json_t *inspect_table_function(const char *name)
{
    const struct sql_function *function = sql_function_find(name);
    const struct sql_pragma *pragma =
        strncasecmp(name, "pragma_", 7) == 0 ? sql_pragma_find(name + 7) : NULL;
    if (function == NULL && (pragma == NULL || !pragma->is_table))
        return NULL;
    AUTO_FREE char *text = function != NULL
                               ? xasprintf("table function %s%s\n%s", function->name,
                                           function->signature, function->summary)
                               : xasprintf("table function %s\n%s", name, pragma->summary);
    return sqlite_describe_text(text);
}

static json_t *inspect_pragma(const char *name)
{
    const struct sql_pragma *pragma = sql_pragma_find(name);
    if (pragma == NULL)
        return NULL;
    AUTO_FREE char *text =
        xasprintf("PRAGMA %s%s\n%s%s%s", pragma->name,
                  pragma->argument == SQL_WORD_TABLE   ? "(table)"
                  : pragma->argument == SQL_WORD_INDEX ? "(index)"
                                                       : "",
                  pragma->summary, pragma->values[0] != '\0' ? "\nvalues: " : "", pragma->values);
    return sqlite_describe_text(text);
}

static json_t *inspect_keyword(enum sql_word word)
{
    const char *syntax = sql_keyword_syntax(word);
    AUTO_FREE char *text = syntax != NULL ? xasprintf("keyword %s\n%s", sql_word_text(word), syntax)
                                          : xasprintf("keyword %s", sql_word_text(word));
    return sqlite_describe_text(text);
}

static json_t *inspect_parameter(const struct sqlite_view *view, const char *text)
{
    const char *name = text[0] != '\0' ? text + 1 : text;
    const json_t *value = json_object_get(view->parameters, name);
    AUTO_FREE char *shown = value != NULL ? json_format(value) : NULL;
    AUTO_FREE char *line =
        value != NULL ? xasprintf("parameter %s = %s", text, shown)
                      : xasprintf("parameter %s is not set here, NULL; %%param %s VALUE sets it",
                                  text, name[0] != '\0' ? name : "NAME");
    return sqlite_describe_text(line);
}

/* --- names of the statement ------------------------------------------------------------------ */

struct column_list {
    struct strbuf text;
    size_t count;
};

static bool list_column(void *context, const char *name, const char *schema, const char *table)
{
    struct column_list *list = context;
    (void)schema;
    (void)table;
    strbuf_addf(&list->text, "%s%s", list->count > 0 ? ", " : "", name);
    return ++list->count < QUERY_COLUMNS_MAX;
}

static json_t *query_bundle(const char *name, const struct column_list *list)
{
    AUTO_FREE char *text = xasprintf("query %s of this statement\ncolumns: %s", name,
                                     list->count > 0 ? strbuf_text(&list->text) : "without names");
    return sqlite_describe_text(text);
}

static json_t *inspect_common(const struct inspection *inspection, const struct sql_common *common)
{
    struct column_list list = {STRBUF_INIT, 0};
    sqlite_columns_of_common(inspection->view, inspection->scope, common, list_column, &list);
    json_t *bundle = query_bundle(common->name, &list);
    strbuf_release(&list.text);
    return bundle;
}

static json_t *inspect_source(const struct inspection *inspection, const struct sql_source *source)
{
    const struct sql_common *common =
        source->name != NULL && source->schema == NULL && source->body == SQL_NOTHING
            ? sql_scope_common(inspection->scope, source->name, source->token)
            : NULL;
    if (common != NULL)
        return inspect_common(inspection, common);
    if (source->body == SQL_NOTHING)
        return source->is_call ? inspect_table_function(source->name)
                               : sqlite_inspect_table(inspection->view, source->schema,
                                                      source->name, inspection->detail_level);
    struct column_list list = {STRBUF_INIT, 0};
    sqlite_columns_of_source(inspection->view, inspection->scope, source, list_column, &list);
    json_t *bundle = query_bundle(inspection->name, &list);
    strbuf_release(&list.text);
    return bundle;
}

struct column_search {
    const char *name;
    char *schema, *table; /* where it is stored */
    bool is_found;
};

static bool find_column(void *context, const char *name, const char *schema, const char *table)
{
    struct column_search *search = context;
    if (strcasecmp(name, search->name) != 0)
        return true;
    search->is_found = true;
    search->schema = xstrdup_or_null(schema);
    search->table = xstrdup_or_null(table);
    return false;
}

/* The column of that name in the source; NULL when it has none. */
static json_t *inspect_column_of(const struct inspection *inspection,
                                 const struct sql_source *source)
{
    struct column_search search = {inspection->name, NULL, NULL, false};
    json_t *bundle = NULL;
    sqlite_columns_of_source(inspection->view, inspection->scope, source, find_column, &search);
    if (search.table != NULL)
        bundle =
            sqlite_inspect_column(inspection->view, search.schema, search.table, inspection->name);
    if (bundle == NULL && search.is_found) {
        const char *name = source->alias != NULL ? source->alias : source->name;
        AUTO_FREE char *text = xasprintf("column %s of %s in this statement", inspection->name,
                                         name != NULL ? name : "a subquery");
        bundle = sqlite_describe_text(text);
    }
    free(search.schema);
    free(search.table);
    return bundle;
}

static json_t *inspect_visible_column(const struct inspection *inspection)
{
    const struct sql_scope *scope = inspection->scope;
    json_t *bundle = NULL;
    for (size_t block = scope->block; block != SQL_NOTHING && bundle == NULL;
         block = scope->blocks[block].parent) {
        for (size_t i = scope->blocks[block].first_source; i != SQL_NOTHING && bundle == NULL;
             i = scope->sources[i].next) {
            if (!scope->sources[i].is_by_name && !scope->sources[i].is_call)
                bundle = inspect_column_of(inspection, &scope->sources[i]);
        }
    }
    return bundle;
}

static json_t *inspect_member(const struct inspection *inspection, const char *qualifier)
{
    const struct sql_source *source = sql_scope_find(inspection->scope, qualifier);
    json_t *bundle = source != NULL ? inspect_column_of(inspection, source) : NULL;
    if (bundle == NULL)
        bundle = sqlite_inspect_column(inspection->view, NULL, qualifier, inspection->name);
    if (bundle == NULL)
        bundle = sqlite_inspect_table(inspection->view, qualifier, inspection->name,
                                      inspection->detail_level);
    return bundle;
}

/* --- the place ------------------------------------------------------------------------------- */

static const struct sql_token *token_near(const struct inspection *inspection, size_t before)
{
    return sql_tokens_at(&inspection->scope->tokens,
                         inspection->index >= before ? inspection->index - before : SQL_NOTHING);
}

/* A table, by any of the ways a statement can name one. */
static json_t *inspect_object(const struct inspection *inspection)
{
    const struct sql_scope *scope = inspection->scope;
    const struct sql_source *source = sql_scope_find(scope, inspection->name);
    const struct sql_common *common;
    json_t *bundle = source != NULL ? inspect_source(inspection, source) : NULL;
    if (bundle == NULL)
        bundle = inspect_visible_column(inspection);
    if (bundle == NULL &&
        (common = sql_scope_common(scope, inspection->name, inspection->index)) != NULL)
        bundle = inspect_common(inspection, common);
    if (bundle == NULL)
        bundle = sqlite_inspect_table(inspection->view, NULL, inspection->name,
                                      inspection->detail_level);
    return bundle;
}

/* An index or a trigger. */
static json_t *inspect_create(const struct inspection *inspection)
{
    AUTO_STRBUF text = STRBUF_INIT;
    if (!sqlite_describe_creates(inspection->view, NULL, inspection->name, &text, NULL))
        return NULL;
    return sqlite_describe_text(strbuf_text(&text));
}

static json_t *inspect_name(const struct inspection *inspection)
{
    const struct sql_token *token = token_near(inspection, 0);
    const struct sql_token *last = token_near(inspection, 1);
    bool is_keyword = token->word != SQL_WORD_NONE;
    json_t *bundle = NULL;
    if (last->word == SQL_WORD_PRAGMA ||
        (last->sign == '.' && token_near(inspection, 3)->word == SQL_WORD_PRAGMA))
        return inspect_pragma(inspection->name);
    if (last->sign == '.')
        return inspect_member(inspection, token_near(inspection, 2)->text);
    if (sql_tokens_at(&inspection->scope->tokens, inspection->index + 1)->sign == '(') {
        bundle = inspect_function(inspection);
        if (bundle == NULL &&
            (last->word == SQL_WORD_FROM || last->word == SQL_WORD_JOIN || last->sign == ','))
            bundle = inspect_table_function(inspection->name);
    }
    if (bundle == NULL && is_keyword && !sql_word_is_name(token->word))
        return inspect_keyword(token->word);
    if (bundle == NULL)
        bundle = inspect_object(inspection);
    if (bundle == NULL)
        bundle = inspect_function(inspection);
    if (bundle == NULL && token->kind != SQL_TOKEN_NONE)
        bundle = inspect_create(inspection);
    return bundle == NULL && is_keyword ? inspect_keyword(token->word) : bundle;
}

static bool is_name_token(const struct sql_token *token)
{
    return token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_QUOTED ||
           token->kind == SQL_TOKEN_PARAMETER;
}

/* Index of the name at the cursor; else, inside the parentheses of a call, of what is called; else
 * SQL_NOTHING. */
static size_t find_token(const struct sql_scope *scope, size_t cursor)
{
    const struct sql_token *tokens = scope->tokens.list;
    size_t depth = 0, index = SQL_NOTHING;
    for (size_t i = 0; i < scope->tokens.count; i++) {
        if (is_name_token(&tokens[i]) && tokens[i].start <= cursor && cursor <= tokens[i].end)
            index = i;
    }
    if (index != SQL_NOTHING)
        return index;
    for (size_t i = scope->tokens.count; i-- > 1;) {
        if (tokens[i].start >= cursor || tokens[i].sign == '\0')
            continue;
        if (tokens[i].sign == ')')
            depth++;
        else if (tokens[i].sign == '(' && depth > 0)
            depth--;
        else if (tokens[i].sign == '(')
            return is_name_token(&tokens[i - 1]) ? i - 1 : SQL_NOTHING;
    }
    return SQL_NOTHING;
}

json_t *sqlite_inspect(const struct sqlite_view *view, const char *code, size_t size, size_t cursor,
                       int detail_level)
{
    size_t start;
    cursor = cursor < size ? cursor : size;
    if (!sql_scan_word(code, size, cursor, &start))
        return NULL;
    struct sql_scope scope;
    sql_scope_read(code, size, start, cursor, false, &scope);
    size_t index = find_token(&scope, cursor);
    const struct sql_token *token = sql_tokens_at(&scope.tokens, index);
    struct inspection inspection = {view, &scope, index, token->text, detail_level};
    json_t *bundle = NULL;
    if (token->kind == SQL_TOKEN_PARAMETER)
        bundle = inspect_parameter(view, token->text);
    else if (index != SQL_NOTHING && view->connection != NULL)
        bundle = inspect_name(&inspection);
    sql_scope_release(&scope);
    return bundle;
}
