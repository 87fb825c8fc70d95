/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_complete: the place in the statement says which kinds of names come, and in which order.
 */
#include "engine/sqlite_complete.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/sql_scope.h"
#include "engine/sqlite_catalog.h"
#include "engine/sqlite_guard.h"
#include "model/sql_scan.h"

#define MATCHES_MAX 1000

struct completion {
    const struct sqlite_view *view;
    const struct sql_scope *scope;
    json_t *matches;
    json_t *seen;       /* keys: texts in lower case */
    const char *prefix; /* as typed, without an opening quote */
    char quote;         /* opening quote that was typed, '\0' = none */
    const char *type;   /* of the rows that come */
    bool is_lower;      /* keywords and functions in lower case */
    bool of_record;     /* names of the record now, or all others */
};

/* --- adding ---------------------------------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool has_prefix(const char *text, const char *prefix)
{
    for (; *prefix != '\0'; prefix++, text++) {
        if (lower(*text) != lower(*prefix))
            return false;
    }
    return true;
}

/* Adds the text as it is; what does not fit, or is there already, is left out. */
static void add_match(struct completion *completion, const char *text, const char *type)
{
    if (json_array_size(completion->matches) >= MATCHES_MAX)
        return;
    AUTO_FREE char *key = xstrdup(text);
    for (char *c = key; *c != '\0'; c++)
        *c = lower(*c);
    if (json_object_get(completion->seen, key) != NULL)
        return;
    json_object_set_new(completion->seen, key, json_true());
    json_t *match = json_object();
    json_object_set_new(match, "text", json_text(text, strlen(text)));
    json_object_set_new(match, "type", json_string(type));
    json_array_append_new(completion->matches, match);
}

/* Adds a name of the schema, quoted if it has to be or if the user began to quote. */
static void add_name(struct completion *completion, const char *name, const char *type)
{
    if (name == NULL || !has_prefix(name, completion->prefix))
        return;
    AUTO_FREE char *identifier = sqlite_catalog_identifier(name);
    char close = completion->quote == '[' ? ']' : completion->quote;
    if (completion->quote == '\0') {
        add_match(completion, identifier, type);
    } else if (completion->quote == '"' && identifier[0] == '"') {
        add_match(completion, identifier, type);
    } else if (strchr(name, close) == NULL) {
        AUTO_FREE char *quoted = xasprintf("%c%s%c", completion->quote, name, close);
        add_match(completion, quoted, type);
    }
}

/* Adds a keyword or function in the case the user writes: that of the prefix, else of the last
 * keyword. */
static void add_word(struct completion *completion, const char *word, const char *type)
{
    if (completion->quote != '\0' || !has_prefix(word, completion->prefix))
        return;
    AUTO_FREE char *text = xstrdup(word);
    for (char *c = text; *c != '\0'; c++) {
        if (completion->is_lower)
            *c = lower(*c);
        else if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    add_match(completion, text, type);
}

static bool is_lower_wanted(const struct completion *completion)
{
    bool has_lower = false, has_upper = false;
    for (const char *c = completion->prefix; *c != '\0'; c++) {
        has_lower = has_lower || (*c >= 'a' && *c <= 'z');
        has_upper = has_upper || (*c >= 'A' && *c <= 'Z');
    }
    return has_lower || (!has_upper && completion->scope->is_lower);
}

/* --- what there is --------------------------------------------------------------------------- */

static bool add_name_row(void *context, const char *const *values, size_t count)
{
    (void)count;
    add_name(context, values[0], ((struct completion *)context)->type);
    return true;
}

static void query(struct completion *completion, const char *sql, const char *const *values,
                  size_t count, catalog_row row)
{
    (void)sqlite_catalog_query(completion->view, sql, values, count, row, completion);
}

static void add_columns(struct completion *completion, const char *schema, const char *table)
{
    const char *values[] = {table, schema};
    completion->type = "column";
    query(completion, "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1", values, 2,
          add_name_row);
}

static bool add_table_row(void *context, const char *const *values, size_t count)
{
    struct completion *completion = context;
    (void)count;
    /* SQLite's own tables only for those who ask for them by name. */
    if (values[0] == NULL ||
        (has_prefix(values[0], "sqlite_") && !has_prefix(completion->prefix, "sq")))
        return true;
    bool of_record = completion->view->is_store && sqlite_guard_is_reserved(values[0]);
    if (of_record == completion->of_record)
        add_name(completion, values[0], strcmp(values[1], "view") == 0 ? "view" : "table");
    return true;
}

/* Tables and views, of one schema or of all; the record's come last. */
static void add_tables(struct completion *completion, const char *schema)
{
    const char *values[] = {schema};
    for (size_t i = 0; i < completion->scope->common_count && schema == NULL; i++)
        add_name(completion, completion->scope->commons[i].name, "table");
    for (int of_record = 0; of_record < 2; of_record++) {
        completion->of_record = of_record;
        query(completion,
              "SELECT name, type FROM pragma_table_list WHERE type <> 'shadow'"
              " AND NOT (schema = 'temp' AND name = 'sql_parameters')"
              " AND (?1 IS NULL OR lower(schema) = lower(?1)) ORDER BY lower(name)",
              values, 1, add_table_row);
    }
}

static void add_schemas(struct completion *completion)
{
    completion->type = "schema";
    query(completion, "SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
          NULL, 0, add_name_row);
}

static const struct sql_scope_common *find_common(const struct sql_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->common_count; i++) {
        if (strcasecmp(scope->commons[i].name, name) == 0)
            return &scope->commons[i];
    }
    return NULL;
}

static void add_common_columns(struct completion *completion, const struct sql_scope_common *common)
{
    for (size_t i = 0; i < common->column_count; i++)
        add_name(completion, completion->scope->tokens[common->first_column + 2 * i].text,
                 "column");
}

static void add_columns_of(struct completion *completion, const struct sql_scope_table *table)
{
    const struct sql_scope_common *common =
        table->schema == NULL ? find_common(completion->scope, table->name) : NULL;
    if (common != NULL)
        add_common_columns(completion, common);
    else
        add_columns(completion, table->schema, table->name);
}

/* NEW and OLD stand for the table that the trigger is on, the first one it names. */
static bool is_trigger_row(const struct sql_scope *scope, const char *name)
{
    return (strcasecmp(name, "new") == 0 || strcasecmp(name, "old") == 0) &&
           scope->token_count > 0 && strcasecmp(scope->tokens[0].text, "create") == 0;
}

static void add_members(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    const struct sql_scope_table *table = sql_scope_find(scope, scope->qualifier);
    if (scope->qualifier_schema != NULL) {
        add_columns(completion, scope->qualifier_schema, scope->qualifier);
        return;
    }
    if (table != NULL)
        add_columns_of(completion, table);
    else if (scope->table_count > 0 && is_trigger_row(scope, scope->qualifier))
        add_columns_of(completion, &scope->tables[0]);
    else
        add_columns(completion, NULL, scope->qualifier);
    add_tables(completion, scope->qualifier);
}

static bool add_function_row(void *context, const char *const *values, size_t count)
{
    (void)count;
    for (const char *c = values[0]; c != NULL && *c != '\0'; c++) {
        if (*c != '_' && (lower(*c) < 'a' || lower(*c) > 'z') && (*c < '0' || *c > '9'))
            return true; /* an operator, as -> */
    }
    if (values[0] != NULL)
        add_word(context, values[0], "function");
    return true;
}

static void add_functions(struct completion *completion)
{
    query(completion, "SELECT DISTINCT name FROM pragma_function_list ORDER BY name", NULL, 0,
          add_function_row);
}

static bool add_keyword_row(void *context, const char *const *values, size_t count)
{
    (void)count;
    if (values[0] != NULL)
        add_word(context, values[0], ((struct completion *)context)->type);
    return true;
}

static void add_keywords(struct completion *completion)
{
    for (int i = 0; i < sqlite3_keyword_count(); i++) {
        const char *name;
        int size;
        if (sqlite3_keyword_name(i, &name, &size) == SQLITE_OK) {
            AUTO_FREE char *word = xstrndup(name, (size_t)size);
            add_word(completion, word, "keyword");
        }
    }
}

static void add_starts(struct completion *completion)
{
    static const char *const everywhere[] = {
        "SELECT",  "WITH",   "INSERT",  "UPDATE",    "DELETE",  "CREATE", "DROP",    "ALTER",
        "EXPLAIN", "PRAGMA", "REPLACE", "SAVEPOINT", "RELEASE", "VALUES", "ANALYZE", "REINDEX"};
    /* Refused in the store. */
    static const char *const elsewhere[] = {"BEGIN",  "COMMIT", "ROLLBACK",
                                            "ATTACH", "DETACH", "VACUUM"};
    for (size_t i = 0; i < ARRAY_SIZE(everywhere); i++)
        add_word(completion, everywhere[i], "keyword");
    for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
        if (!completion->view->is_store)
            add_word(completion, elsewhere[i], "keyword");
    }
}

/* `prefix` with its sigil, or alone where only a name stands. */
static void add_parameters(struct completion *completion)
{
    char sigil = completion->prefix[0];
    bool has_sigil = sigil == ':' || sigil == '$' || sigil == '@';
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)completion->view->parameters, name, value)
    {
        if (!has_prefix(name, completion->prefix + has_sigil))
            continue;
        AUTO_FREE char *text = xasprintf("%.*s%s", (int)has_sigil, completion->prefix, name);
        add_match(completion, text, "parameter");
    }
}

static void add_everything(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    for (size_t i = 0; i < scope->table_count; i++)
        add_columns_of(completion, &scope->tables[i]);
    for (size_t i = 0; i < scope->table_count; i++) {
        /* The word that is being typed after a table reads like its alias. */
        const char *alias = scope->tables[i].alias;
        if (alias != NULL && strcasecmp(alias, completion->prefix) != 0)
            add_name(completion, alias, "table");
    }
    /* SELECT na| before any FROM: the columns of all tables of the user are all one can know. */
    if (scope->table_count == 0 && completion->prefix[0] != '\0') {
        completion->type = "column";
        query(
            completion,
            "SELECT DISTINCT c.name FROM pragma_table_list AS t, pragma_table_xinfo(t.name, "
            "t.schema) AS c"
            " WHERE t.type = 'table' AND c.hidden <> 1 AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            " AND t.name NOT LIKE 'rscn\\_%' ESCAPE '\\'"
            " AND t.name NOT LIKE 'code\\_notebook\\_%' ESCAPE '\\'"
            " AND t.name <> 'assurance_schema'",
            NULL, 0, add_name_row);
    }
    add_tables(completion, NULL);
    add_functions(completion);
    add_keywords(completion);
}

static void add_for_place(struct completion *completion)
{
    switch (completion->scope->place) {
    case SQL_PLACE_NONE:
        break;
    case SQL_PLACE_START:
        add_starts(completion);
        break;
    case SQL_PLACE_MEMBER:
        add_members(completion);
        break;
    case SQL_PLACE_PRAGMA:
        completion->type = "pragma";
        query(completion, "SELECT name FROM pragma_pragma_list ORDER BY name", NULL, 0,
              add_keyword_row);
        break;
    case SQL_PLACE_PARAMETER:
        add_parameters(completion);
        break;
    case SQL_PLACE_TABLE:
        add_tables(completion, NULL);
        add_schemas(completion);
        break;
    case SQL_PLACE_ANY:
        add_everything(completion);
        break;
    }
}

void sqlite_complete(const struct sqlite_view *view, const char *code, size_t size, size_t cursor,
                     json_t *matches, size_t *ret_start, size_t *ret_end)
{
    cursor = cursor < size ? cursor : size;
    *ret_start = *ret_end = cursor;
    size_t start;
    if (!sql_scan_word(code, size, cursor, &start))
        return;
    AUTO_FREE char *prefix = xstrndup(code + start, cursor - start);
    if (prefix[0] == '%' || (prefix[0] >= '0' && prefix[0] <= '9'))
        return;
    *ret_start = start;
    struct sql_scope scope;
    sql_scope_read(code, size, start, &scope);
    char quote = prefix[0] != '\0' && strchr("\"`[", prefix[0]) != NULL ? prefix[0] : '\0';
    struct completion completion = {
        .view = view,
        .scope = &scope,
        .matches = matches,
        .seen = json_object(),
        .prefix = prefix + (quote != '\0'),
        .quote = quote,
        .type = "",
    };
    completion.is_lower = is_lower_wanted(&completion);
    if (prefix[0] == ':' || prefix[0] == '$' || prefix[0] == '@')
        add_parameters(&completion);
    else
        add_for_place(&completion);
    /* The closing quote that an editor put in by itself goes with the match. */
    if (quote != '\0' && cursor < size && code[cursor] == (quote == '[' ? ']' : quote))
        *ret_end = cursor + 1;
    json_decref(completion.seen);
    sql_scope_release(&scope);
}
