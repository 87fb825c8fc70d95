/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_inspect: what a name is: its CREATE text, its columns, how a function is called.
 */
#include "engine/sqlite_complete.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "model/sql_scope.h"
#include "engine/sqlite_catalog.h"
#include "engine/sqlite_guard.h"
#include "model/result_table.h"
#include "model/sql_scan.h"

#define TEXT_MAX (1024 * 1024) /* CREATE texts shown at once */
#define NEAR_MAX 3

static void add_html_escaped(struct strbuf *html, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<')
            strbuf_add_text(html, "&lt;");
        else if (*text == '>')
            strbuf_add_text(html, "&gt;");
        else if (*text == '&')
            strbuf_add_text(html, "&amp;");
        else
            strbuf_add_char(html, *text);
    }
}

static json_t *text_bundle(const char *text)
{
    json_t *bundle = json_object();
    json_object_set_new(bundle, "text/plain", json_text(text, strlen(text)));
    return bundle;
}

/* --- CREATE texts ---------------------------------------------------------------------------- */

struct listing {
    const struct sqlite_view *view;
    const char *schema;      /* of the rows that come */
    const char *name;        /* looked for, NULL = all */
    const char *only_schema; /* NULL = any */
    struct strbuf text;
    char *failure; /* why a schema could not be read, owned */
};

static bool add_create_text(void *context, const char *const *values, size_t count)
{
    struct listing *listing = context;
    (void)count;
    const char *name = values[0], *table = values[1], *sql = values[2];
    bool of_record = listing->view->is_store &&
                     (sqlite_guard_is_reserved(name) || sqlite_guard_is_reserved(table));
    if (listing->name == NULL && of_record)
        return true;
    if (listing->text.size > 0)
        strbuf_add_text(&listing->text, "\n\n");
    if (strcasecmp(listing->schema, "main") != 0)
        strbuf_addf(&listing->text, "-- in %s\n", listing->schema);
    strbuf_add_text(&listing->text, sql);
    strbuf_add_char(&listing->text, ';');
    return !listing->text.overflowed;
}

static bool list_schema(void *context, const char *const *values, size_t count)
{
    struct listing *listing = context;
    (void)count;
    listing->schema = values[0];
    if (listing->only_schema != NULL && strcasecmp(listing->only_schema, values[0]) != 0)
        return true;
    AUTO_FREE char *schema = sqlite_catalog_identifier(values[0]);
    /* An index of that name comes alone, a table with all that belongs to it. */
    AUTO_FREE char *sql =
        xasprintf("SELECT name, tbl_name, sql FROM %s.sqlite_schema WHERE sql IS NOT NULL"
                  " AND name NOT LIKE 'sqlite\\_%%' ESCAPE '\\'"
                  " AND NOT (?1 IS NULL AND tbl_name = 'sql_parameters' AND type = 'view')"
                  " AND (?1 IS NULL OR lower(name) = lower(?1) OR lower(tbl_name) = lower(?1))"
                  " ORDER BY ?1 IS NULL AND type = 'view', lower(tbl_name), type NOT IN ('table', "
                  "'view'), lower(name)",
                  schema);
    const char *parameters[] = {listing->name};
    if (!sqlite_catalog_query(listing->view, sql, parameters, 1, add_create_text, listing) &&
        listing->failure == NULL)
        listing->failure = xstrdup(sqlite3_errmsg(listing->view->connection));
    return true;
}

/* The CREATE texts in `text`; false when there are none, or when a schema could not be read: then
 * *error is set (may be NULL). */
static bool list_creates(const struct sqlite_view *view, const char *schema, const char *name,
                         struct strbuf *text, struct error *error)
{
    struct listing listing = {view, "main", name, schema, STRBUF_MAX(TEXT_MAX), NULL};
    (void)sqlite_catalog_query(view, "SELECT name FROM pragma_database_list", NULL, 0,
                               list_schema, &listing);
    strbuf_add(text, strbuf_text(&listing.text), listing.text.size);
    if (listing.text.overflowed)
        strbuf_add_text(text,
                        "\n-- … the rest is left out: SELECT sql FROM sqlite_schema shows all");
    strbuf_release(&listing.text);
    if (listing.failure != NULL && text->size == 0)
        error_set(error, ERROR_IO, "%s: its schema can't be read: %s; try again", view->label,
                  listing.failure);
    free(listing.failure);
    return text->size > 0;
}

/* --- near names ------------------------------------------------------------------------------ */

struct name_list {
    const char **names;
    size_t count, capacity;
};

static bool keep_name(void *context, const char *const *values, size_t count)
{
    struct name_list *list = context;
    (void)count;
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 32;
        list->names = xreallocarray(list->names, list->capacity, sizeof(*list->names));
    }
    list->names[list->count++] = xstrdup(values[0] != NULL ? values[0] : "");
    return true;
}

static void set_not_found(const struct sqlite_view *view, const char *name, struct error *error)
{
    struct name_list list = {NULL, 0, 0};
    AUTO_STRBUF near = STRBUF_INIT;
    (void)sqlite_catalog_query(view,
                               "SELECT DISTINCT name FROM pragma_table_list WHERE name <> ?1",
                               &name, 1, keep_name, &list);
    if (near_name_list(&near, name, list.names, list.count, NEAR_MAX) > 0)
        error_set(error, ERROR_NOT_FOUND, "there is no %s in %s; did you mean %s?", name,
                  view->label, strbuf_text(&near));
    else
        error_set(error, ERROR_NOT_FOUND, "there is no %s in %s; %%tables lists what there is",
                  name, view->label);
    for (size_t i = 0; i < list.count; i++)
        free((char *)list.names[i]);
    free(list.names);
}

json_t *sqlite_describe(const struct sqlite_view *view, const char *name, struct error *error)
{
    AUTO_STRBUF text = STRBUF_INIT;
    if (view->connection == NULL) {
        error_set(error, ERROR_NOT_FOUND, "no database is in use; %%use FILE opens one");
        return NULL;
    }
    struct error failure = ERROR_INIT;
    const char *dot = name != NULL ? strchr(name, '.') : NULL;
    if (!list_creates(view, NULL, name, &text, &failure) && dot != NULL) {
        AUTO_FREE char *schema = xstrndup(name, (size_t)(dot - name));
        (void)list_creates(view, schema, dot + 1, &text, &failure);
    }
    if (text.size == 0 && failure.code != ERROR_NONE) {
        error_copy(error, &failure);
        return NULL;
    }
    if (text.size == 0 && name == NULL) {
        AUTO_FREE char *nothing = xasprintf("There are no tables in %s yet.", view->label);
        return text_bundle(nothing);
    }
    if (text.size == 0) {
        set_not_found(view, name, error);
        return NULL;
    }
    return text_bundle(strbuf_text(&text));
}

/* --- tables ---------------------------------------------------------------------------------- */

struct table_facts {
    struct result_table *columns;
    char *schema, *name, *kind; /* as the schema has them; NULL while not found */
    const char *column;         /* looked for, NULL = all */
};

static bool take_table(void *context, const char *const *values, size_t count)
{
    struct table_facts *facts = context;
    (void)count;
    facts->schema = xstrdup(values[0]);
    facts->name = xstrdup(values[1]);
    facts->kind = xstrdup(values[2]);
    return false;
}

static void add_text(struct result_table *table, const char *text)
{
    result_table_add_text(table, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static bool add_column(void *context, const char *const *values, size_t count)
{
    struct table_facts *facts = context;
    (void)count;
    AUTO_STRBUF notes = STRBUF_INIT;
    if (facts->column != NULL && strcasecmp(facts->column, values[0]) != 0)
        return true;
    if (strcmp(values[4], "0") != 0)
        strbuf_add_text(&notes, ", primary key");
    if (strcmp(values[2], "0") != 0)
        strbuf_add_text(&notes, ", not null");
    if (values[3] != NULL)
        strbuf_addf(&notes, ", default %s", values[3]);
    if (strcmp(values[5], "0") != 0)
        strbuf_add_text(&notes, ", generated");
    if (values[6] != NULL)
        strbuf_addf(&notes, ", references %s", values[6]);
    add_text(facts->columns, values[0]);
    add_text(facts->columns, values[1]);
    add_text(facts->columns, notes.size > 2 ? strbuf_text(&notes) + 2 : "");
    return true;
}

/* False when there is no such table, or it has no such column. */
static bool read_table(const struct sqlite_view *view, const char *schema, const char *name,
                       const char *column, struct table_facts *facts)
{
    const char *wanted[] = {name, schema};
    *facts = (struct table_facts){result_table_new(), NULL, NULL, NULL, column};
    (void)sqlite_catalog_query(view,
                               "SELECT schema, name, type FROM pragma_table_list"
                               " WHERE lower(name) = lower(?1)"
                               " AND (?2 IS NULL OR lower(schema) = lower(?2))"
                               " ORDER BY schema <> 'temp', schema <> 'main'",
                               wanted, 2, take_table, facts);
    if (facts->name == NULL)
        return false;
    result_table_add_column(facts->columns, "column", NULL);
    result_table_add_column(facts->columns, "type", NULL);
    result_table_add_column(facts->columns, "notes", NULL);
    const char *found[] = {facts->name, facts->schema};
    (void)sqlite_catalog_query(
        view,
        "SELECT c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden,"
        " (SELECT group_concat(\"table\" || coalesce('(' || \"to\" || ')', ''), ', ')"
        "  FROM pragma_foreign_key_list(?1, ?2) AS f WHERE f.\"from\" = c.name)"
        " FROM pragma_table_xinfo(?1, ?2) AS c WHERE c.hidden <> 1",
        found, 2, add_column, facts);
    return column == NULL || result_table_rows(facts->columns) > 0;
}

static void table_facts_release(struct table_facts *facts)
{
    result_table_free(facts->columns);
    free(facts->schema);
    free(facts->name);
    free(facts->kind);
}

static json_t *table_bundle(const struct sqlite_view *view, const struct table_facts *facts)
{
    AUTO_STRBUF text = STRBUF_INIT, html = STRBUF_INIT, creates = STRBUF_INIT;
    AUTO_FREE char *title = facts->column != NULL
                                ? xasprintf("column of the %s %s", facts->kind, facts->name)
                                : xasprintf("%s %s in %s", facts->kind, facts->name, view->label);
    struct result_total total = {
        .rows = result_table_rows(facts->columns), .is_exact = true, .noun = "column"};
    strbuf_addf(&text, "%s\n\n", title);
    result_table_text(facts->columns, &total, &text);
    strbuf_add_text(&html, "<p>");
    add_html_escaped(&html, title);
    strbuf_add_text(&html, "</p>");
    result_table_html(facts->columns, &total, &html);
    if (facts->column == NULL && list_creates(view, facts->schema, facts->name, &creates, NULL)) {
        strbuf_addf(&text, "\n\n%s", strbuf_text(&creates));
        strbuf_add_text(&html, "<pre>");
        add_html_escaped(&html, strbuf_text(&creates));
        strbuf_add_text(&html, "</pre>");
    }
    json_t *bundle = json_object();
    json_object_set_new(bundle, "text/plain", json_text(strbuf_text(&text), text.size));
    json_object_set_new(bundle, "text/html", json_text(strbuf_text(&html), html.size));
    return bundle;
}

/* The table, or one column of it; NULL when there is none. */
static json_t *inspect_table(const struct sqlite_view *view, const char *schema,
                             const char *name, const char *column)
{
    struct table_facts facts;
    json_t *bundle = NULL;
    if (read_table(view, schema, name, column, &facts))
        bundle = table_bundle(view, &facts);
    table_facts_release(&facts);
    return bundle;
}

/* --- functions, keywords, parameters --------------------------------------------------------- */

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

static json_t *inspect_function(const struct sqlite_view *view, const char *name)
{
    struct function_facts facts = {STRBUF_INIT, false, false, false};
    const char *values[] = {name};
    json_t *bundle = NULL;
    (void)sqlite_catalog_query(view,
                               "SELECT DISTINCT narg, type, builtin FROM pragma_function_list"
                               " WHERE lower(name) = lower(?1) ORDER BY narg",
                               values, 1, add_function, &facts);
    if (facts.counts.size > 0) {
        const char *kind = facts.is_aggregate ? "aggregate function"
                           : facts.is_window  ? "aggregate and window function"
                                              : "function";
        AUTO_FREE char *text = xasprintf(
            "%s %s\narguments: %s\n%s", kind, name, strbuf_text(&facts.counts),
            facts.is_builtin ? "one of SQLite's own: https://sqlite.org/lang_corefunc.html, "
                               "lang_aggfunc.html, lang_datefunc.html, json1.html"
                             : "made by this program for the connection");
        bundle = text_bundle(text);
    }
    strbuf_release(&facts.counts);
    return bundle;
}

static json_t *inspect_parameter(const struct sqlite_view *view, const char *text)
{
    const json_t *value = json_object_get(view->parameters, text + 1);
    AUTO_FREE char *shown = value != NULL ? json_format(value) : NULL;
    AUTO_FREE char *line =
        value != NULL ? xasprintf("parameter %s = %s", text, shown)
                      : xasprintf("parameter %s is not set here, NULL; %%param %s VALUE sets it",
                                  text, text[1] != '\0' ? text + 1 : "NAME");
    return text_bundle(line);
}

/* --- the place ------------------------------------------------------------------------------- */

static bool is_name_token(const struct sql_token *token)
{
    return token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_QUOTED ||
           token->kind == SQL_TOKEN_PARAMETER;
}

/* Index of the name at the cursor; else, inside the parentheses of a call, of what is called; else
 * -1. */
static size_t find_token(const struct sql_scope *scope, size_t cursor)
{
    size_t depth = 0, index = scope->tokens.count;
    for (size_t i = 0; i < scope->tokens.count; i++) {
        const struct sql_token *token = &scope->tokens.list[i];
        if (is_name_token(token) && token->start <= cursor && cursor <= token->end)
            index = i;
    }
    if (index < scope->tokens.count)
        return index;
    for (size_t i = scope->tokens.count; i-- > 1;) {
        const struct sql_token *token = &scope->tokens.list[i];
        if (token->start >= cursor || token->kind != SQL_TOKEN_SIGN)
            continue;
        if (token->sign == ')')
            depth++;
        else if (token->sign == '(' && depth > 0)
            depth--;
        else if (token->sign == '(')
            return is_name_token(&scope->tokens.list[i - 1]) ? i - 1 : (size_t)-1;
    }
    return (size_t)-1;
}

static bool is_sign_at(const struct sql_scope *scope, size_t index, char sign)
{
    return index < scope->tokens.count && scope->tokens.list[index].kind == SQL_TOKEN_SIGN &&
           scope->tokens.list[index].text[0] == sign;
}

static json_t *inspect_member(const struct sqlite_view *view, const struct sql_scope *scope,
                              const char *qualifier, const char *name)
{
    const struct sql_source *table = sql_scope_find(scope, qualifier);
    json_t *bundle = table != NULL ? inspect_table(view, table->schema, table->name, name)
                                   : inspect_table(view, NULL, qualifier, name);
    return bundle != NULL ? bundle : inspect_table(view, qualifier, name, NULL);
}

static json_t *inspect_name(const struct sqlite_view *view, const struct sql_scope *scope,
                            size_t index)
{
    const char *name = scope->tokens.list[index].text;
    const struct sql_source *table = sql_scope_find(scope, name);
    json_t *bundle = NULL;
    if (index >= 2 && is_sign_at(scope, index - 1, '.') && is_name_token(&scope->tokens.list[index - 2]))
        return inspect_member(view, scope, scope->tokens.list[index - 2].text, name);
    if (is_sign_at(scope, index + 1, '(') && table == NULL)
        bundle = inspect_function(view, name);
    if (bundle == NULL && table != NULL)
        bundle = inspect_table(view, table->schema, table->name, NULL);
    for (size_t i = 0; i < scope->source_count && bundle == NULL; i++)
        bundle = inspect_table(view, scope->sources[i].schema, scope->sources[i].name, name);
    if (bundle == NULL)
        bundle = inspect_table(view, NULL, name, NULL);
    if (bundle == NULL)
        bundle = inspect_function(view, name);
    if (bundle == NULL && scope->tokens.list[index].kind == SQL_TOKEN_WORD &&
        sqlite3_keyword_check(name, (int)strlen(name))) {
        AUTO_FREE char *text = xasprintf(
            "keyword %s\nhttps://sqlite.org/lang.html lists the statements of SQLite", name);
        bundle = text_bundle(text);
    }
    return bundle;
}

json_t *sqlite_inspect(const struct sqlite_view *view, const char *code, size_t size, size_t cursor,
                       int detail_level)
{
    size_t start;
    (void)detail_level; /* everything is short enough to be said at once */
    cursor = cursor < size ? cursor : size;
    if (!sql_scan_word(code, size, cursor, &start))
        return NULL;
    struct sql_scope scope;
    sql_scope_read(code, size, start, cursor, false, &scope);
    size_t index = find_token(&scope, cursor);
    json_t *bundle = NULL;
    if (index < scope.tokens.count && scope.tokens.list[index].kind == SQL_TOKEN_PARAMETER)
        bundle = inspect_parameter(view, scope.tokens.list[index].text);
    else if (index < scope.tokens.count && view->connection != NULL)
        bundle = inspect_name(view, &scope, index);
    sql_scope_release(&scope);
    return bundle;
}
