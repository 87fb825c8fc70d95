/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_complete: the place in the statement says which kinds of names come, and in which order.
 */
#include "engine/look/sqlite_complete.h"

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
#include "engine/look/sqlite_matches.h"
#include "engine/look/sqlite_names.h"
#include "model/sql/sql_scan.h"
#include "model/sql/sql_scope.h"

/* The better rank comes first; within one, what has the typed case. */
enum rank {
    RANK_SCOPE,   /* columns of the statement's tables; what the place asks for */
    RANK_OUTER,   /* columns of the queries around */
    RANK_ALIAS,   /* names of the statement's tables */
    RANK_LIKELY,  /* keywords and functions that fit */
    RANK_OTHER,   /* other tables and columns */
    RANK_KEYWORD, /* all keywords */
    RANK_RECORD,  /* the store's own tables */
};

struct completion {
    const struct sqlite_view *view;
    const struct sql_scope *scope;
    struct sqlite_names *names;
    const struct sqlite_object *objects;
    size_t object_count;
    bool has_objects;
    struct sqlite_matches matches;
};

static void rank(struct completion *completion, enum rank value)
{
    completion->matches.rank = value;
}

static void query(struct completion *completion, const char *sql, const char *const *values,
                  size_t count, catalog_row row)
{
    (void)sqlite_catalog_query(completion->view, sql, values, count, row, completion);
}

/* --- tables ---------------------------------------------------------------------------------- */

static void read_objects(struct completion *completion)
{
    if (!completion->has_objects)
        completion->object_count =
            sqlite_names_read(completion->names, completion->view, &completion->objects);
    completion->has_objects = true;
}

/* SQLite's own tables only for those who ask for them by name. */
static void add_schema_tables(struct completion *completion)
{
    static const char *const own[] = {"sqlite_schema", "sqlite_temp_schema"};
    if (strncasecmp(completion->matches.prefix, "sq", 2) != 0)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        sqlite_matches_add_name(&completion->matches, own[i], "table");
}

/* Objects of a kind (views count as tables), of one schema or of all. */
static void add_objects(struct completion *completion, enum sql_word kind, const char *schema)
{
    int base = completion->matches.rank;
    read_objects(completion);
    for (size_t i = 0; i < completion->object_count; i++) {
        const struct sqlite_object *object = &completion->objects[i];
        bool is_view = object->kind == SQL_WORD_VIEW;
        bool fits = object->kind == kind || (is_view && kind == SQL_WORD_TABLE);
        if (!fits || (schema != NULL && strcasecmp(schema, object->schema) != 0) ||
            (object->is_hidden && strncasecmp(completion->matches.prefix, "sq", 2) != 0))
            continue;
        completion->matches.rank = object->is_of_record ? RANK_RECORD : base;
        sqlite_matches_add_name(&completion->matches, object->name,
                                is_view                          ? "view"
                                : object->kind == SQL_WORD_TABLE ? "table"
                                : object->kind == SQL_WORD_INDEX ? "index"
                                                                 : "trigger");
    }
    completion->matches.rank = base;
    if (kind == SQL_WORD_TABLE)
        add_schema_tables(completion);
}

static bool add_schema_row(void *context, const char *const *values, size_t count)
{
    (void)count;
    struct completion *completion = context;
    /* temp is a keyword that needs no quotes here. */
    if (values[0] != NULL && strcasecmp(values[0], "temp") == 0)
        sqlite_matches_add(&completion->matches, values[0], "schema", NULL);
    else
        sqlite_matches_add_name(&completion->matches, values[0], "schema");
    return true;
}

static void add_schemas(struct completion *completion, bool has_own)
{
    query(completion,
          has_own ? "SELECT name FROM pragma_database_list"
                  : "SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
          NULL, 0, add_schema_row);
    /* temp is listed once something is in it. */
    if (has_own)
        sqlite_matches_add(&completion->matches, "temp", "schema", NULL);
}

static void add_commons(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    for (size_t i = scope->common_count; i-- > 0;) {
        if (scope->commons[i].begin <= scope->token && scope->token < scope->commons[i].end)
            sqlite_matches_add_name(&completion->matches, scope->commons[i].name, "table");
    }
}

static bool add_table_function_row(void *context, const char *const *values, size_t count)
{
    struct completion *completion = context;
    const struct sql_function *function = sql_function_find(values[0]);
    (void)count;
    sqlite_matches_add_word(&completion->matches, values[0], "function",
                            function != NULL ? function->signature : NULL, true);
    return true;
}

static bool add_table_pragma_row(void *context, const char *const *values, size_t count)
{
    struct completion *completion = context;
    const struct sql_pragma *pragma = sql_pragma_find(values[0]);
    (void)count;
    if (pragma == NULL || !pragma->is_table)
        return true;
    AUTO_FREE char *name = xasprintf("pragma_%s", pragma->name);
    const char *signature = pragma->argument == SQL_WORD_TABLE   ? "(TABLE,SCHEMA)"
                            : pragma->argument == SQL_WORD_INDEX ? "(INDEX,SCHEMA)"
                                                                 : NULL;
    sqlite_matches_add_word(&completion->matches, name, "function", signature, true);
    return true;
}

static void add_table_functions(struct completion *completion)
{
    query(completion,
          "SELECT name FROM pragma_module_list"
          " WHERE name IN ('json_each', 'json_tree', 'generate_series') ORDER BY name",
          NULL, 0, add_table_function_row);
    /* There are many of them: for those who ask. */
    if ((completion->matches.prefix[0] | 0x20) == 'p')
        query(completion, "SELECT name FROM pragma_pragma_list ORDER BY name", NULL, 0,
              add_table_pragma_row);
}

static void add_tables(struct completion *completion, bool are_sources)
{
    const struct sql_scope *scope = completion->scope;
    if (are_sources)
        add_commons(completion);
    add_objects(completion, SQL_WORD_TABLE, NULL);
    rank(completion, RANK_OTHER);
    add_schemas(completion, completion->matches.prefix[0] != '\0');
    if (!are_sources)
        return;
    add_table_functions(completion);
    if (scope->token > 0 && sql_tokens_at(&scope->tokens, scope->token - 1)->sign == '(')
        sqlite_matches_add_word(&completion->matches, "SELECT", "keyword", NULL, false);
}

/* --- columns --------------------------------------------------------------------------------- */

static bool add_column(void *context, const char *name, const char *schema, const char *table)
{
    struct completion *completion = context;
    (void)schema;
    (void)table;
    sqlite_matches_add_name(&completion->matches, name, "column");
    return !completion->matches.is_full;
}

static bool add_column_row(void *context, const char *const *values, size_t count)
{
    return count == 0 || values[0] == NULL || add_column(context, values[0], NULL, NULL);
}

static bool is_view(struct completion *completion, const char *schema, const char *name)
{
    read_objects(completion);
    for (const struct sqlite_object *object = completion->objects;
         object < completion->objects + completion->object_count; object++)
        if (strcasecmp(object->name, name) == 0 &&
            (schema == NULL || strcasecmp(object->schema, schema) == 0))
            return object->kind == SQL_WORD_VIEW;
    return false;
}

/* The rowid, and what a virtual table keeps out of its stars, for those who have begun to type it.
 */
static void add_hidden_columns(struct completion *completion, const char *schema, const char *table)
{
    const char *values[] = {table, schema};
    if (completion->matches.prefix[0] == '\0' || completion->matches.is_loose)
        return;
    query(completion, "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 1", values, 2,
          add_column_row);
    if ((completion->matches.prefix[0] | 0x20) != 'r' || is_view(completion, schema, table))
        return;
    /* A table WITHOUT ROWID has none: the question is an error there. */
    AUTO_FREE char *name = sqlite_catalog_identifier(table);
    AUTO_FREE char *place = schema != NULL ? sqlite_catalog_identifier(schema) : NULL;
    AUTO_FREE char *sql = xasprintf("SELECT rowid FROM %s%s%s LIMIT 0", place != NULL ? place : "",
                                    place != NULL ? "." : "", name);
    if (sqlite_catalog_query(completion->view, sql, NULL, 0, add_column_row, completion))
        sqlite_matches_add(&completion->matches, "rowid", "column", NULL);
}

static void add_columns_of(struct completion *completion, const struct sql_source *source)
{
    const struct sql_scope *scope = completion->scope;
    sqlite_columns_of_source(completion->view, scope, source, add_column, completion);
    if (source->name != NULL && source->body == SQL_NOTHING &&
        (source->schema != NULL || source->is_call ||
         sql_scope_common(scope, source->name, source->token) == NULL))
        add_hidden_columns(completion, source->schema, source->name);
}

static const struct sql_block *block_of(const struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    return scope->block != SQL_NOTHING ? &scope->blocks[scope->block] : NULL;
}

/* The columns of the statement's tables, those of the innermost query first. */
static void add_visible_columns(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    rank(completion, RANK_SCOPE);
    for (size_t block = scope->block; block != SQL_NOTHING; block = scope->blocks[block].parent) {
        for (size_t i = scope->blocks[block].first_source;
             i != SQL_NOTHING && !completion->matches.is_full; i = scope->sources[i].next) {
            if (!scope->sources[i].is_by_name && !scope->sources[i].is_shut)
                add_columns_of(completion, &scope->sources[i]);
        }
        rank(completion, RANK_OUTER);
    }
}

static void add_source_names(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    rank(completion, RANK_ALIAS);
    for (size_t block = scope->block; block != SQL_NOTHING; block = scope->blocks[block].parent) {
        for (size_t i = scope->blocks[block].first_source; i != SQL_NOTHING;
             i = scope->sources[i].next) {
            const struct sql_source *source = &scope->sources[i];
            const char *name = source->alias != NULL ? source->alias : source->name;
            if (name != NULL && !source->is_shut)
                sqlite_matches_add_name(&completion->matches, name, "table");
        }
    }
}

/* ORDER BY, GROUP BY and HAVING see the names of the results. */
static void add_results(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    const struct sql_block *block = block_of(completion);
    if (block == NULL || (scope->clause != SQL_CLAUSE_ORDER && scope->clause != SQL_CLAUSE_GROUP &&
                          scope->clause != SQL_CLAUSE_HAVING))
        return;
    rank(completion, RANK_SCOPE);
    for (;;) {
        for (size_t i = block->first_column; i != SQL_NOTHING; i = scope->columns[i].next) {
            if (scope->columns[i].name != NULL)
                sqlite_matches_add_name(&completion->matches, scope->columns[i].name, "column");
        }
        if (scope->clause != SQL_CLAUSE_ORDER || block->before == SQL_NOTHING)
            return;
        /* ORDER BY behind UNION goes by the names of all its queries. */
        block = &scope->blocks[block->before];
    }
}

/* SELECT na| before any FROM: the columns of all tables of the user are all one can know. */
static void add_all_columns(struct completion *completion)
{
    const char *const *columns;
    if (completion->matches.prefix[0] == '\0')
        return;
    rank(completion, RANK_OTHER);
    read_objects(completion);
    size_t count = sqlite_names_columns(completion->names, completion->view, &columns);
    for (size_t i = 0; i < count && !completion->matches.is_full; i++)
        sqlite_matches_add_name(&completion->matches, columns[i], "column");
}

/* --- lists of columns ------------------------------------------------------------------------ */

struct name_set {
    json_t *names; /* keys in lower case */
};

static bool keep_column(void *context, const char *name, const char *schema, const char *table)
{
    AUTO_FREE char *key = sqlite_matches_key(name);
    (void)schema;
    (void)table;
    json_object_set_new(((struct name_set *)context)->names, key, json_true());
    return true;
}

struct common_columns {
    struct completion *completion;
    const json_t *left;
};

static bool add_if_common(void *context, const char *name, const char *schema, const char *table)
{
    struct common_columns *common = context;
    AUTO_FREE char *key = sqlite_matches_key(name);
    if (json_object_get(common->left, key) != NULL)
        add_column(common->completion, name, schema, table);
    return true;
}

/* JOIN t USING (: the columns of t that a table before it has too. */
static void add_common_columns(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    struct name_set left = {json_object()};
    const struct sql_source *last = NULL;
    for (size_t i = block_of(completion)->first_source; i != SQL_NOTHING;
         i = scope->sources[i].next) {
        if (scope->sources[i].token > scope->token)
            break;
        if (last != NULL)
            sqlite_columns_of_source(completion->view, scope, last, keep_column, &left);
        last = &scope->sources[i];
    }
    struct common_columns common = {completion, left.names};
    if (last != NULL)
        sqlite_columns_of_source(completion->view, scope, last, add_if_common, &common);
    json_decref(left.names);
}

static void keep_listed(struct name_set *names, const struct sql_token *token)
{
    if (token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_QUOTED)
        keep_column(names, token->text, NULL, NULL);
}

/* The names of the list in parentheses that the place is in: none is wanted twice. */
static void read_listed(const struct sql_scope *scope, struct name_set *names)
{
    const struct sql_token *token;
    for (size_t i = scope->token; i-- > 0 && (token = &scope->tokens.list[i])->sign != '(';)
        keep_listed(names, token);
    for (size_t i = scope->token; i < scope->tokens.count; i++) {
        token = &scope->tokens.list[i];
        if (token->kind == SQL_TOKEN_SIGN && token->sign != ',')
            break;
        keep_listed(names, token);
    }
}

struct unlisted_columns {
    struct completion *completion;
    struct name_set listed;
};

static bool add_if_unlisted(void *context, const char *name, const char *schema, const char *table)
{
    struct unlisted_columns *unlisted = context;
    AUTO_FREE char *key = sqlite_matches_key(name);
    return json_object_get(unlisted->listed.names, key) != NULL ||
           add_column(unlisted->completion, name, schema, table);
}

static bool add_unlisted_row(void *context, const char *const *values, size_t count)
{
    return count == 0 || values[0] == NULL || add_if_unlisted(context, values[0], NULL, NULL);
}

/* INSERT INTO t (: what can be written and is not in the list yet. */
static void add_insert_columns(struct completion *completion, const struct sql_source *source)
{
    const char *values[] = {source->name, source->schema};
    struct unlisted_columns unlisted = {completion, {json_object()}};
    read_listed(completion->scope, &unlisted.listed);
    (void)sqlite_catalog_query(completion->view,
                               "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0",
                               values, 2, add_unlisted_row, &unlisted);
    json_decref(unlisted.listed.names);
}

/* INSERT INTO t (, UPDATE t SET, USING (, ON CONFLICT (: nothing but columns. */
static void add_block_columns(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    const struct sql_block *block = block_of(completion);
    rank(completion, RANK_SCOPE);
    if (block == NULL)
        return;
    if (scope->clause == SQL_CLAUSE_USING) {
        add_common_columns(completion);
        return;
    }
    if (block->first_source == SQL_NOTHING)
        return;
    const struct sql_source *source = &scope->sources[block->first_source];
    if (scope->clause == SQL_CLAUSE_INTO && source->name != NULL)
        add_insert_columns(completion, source);
    else
        add_columns_of(completion, source);
}

/* --- after a dot ----------------------------------------------------------------------------- */

static void add_members(struct completion *completion)
{
    const struct sql_scope *scope = completion->scope;
    const struct sql_source *source = sql_scope_find(scope, scope->qualifier);
    const struct sql_common *common;
    rank(completion, RANK_SCOPE);
    if (scope->is_source) {
        add_objects(completion, scope->object != SQL_WORD_NONE ? scope->object : SQL_WORD_TABLE,
                    scope->qualifier);
    } else if (scope->qualifier_schema != NULL) {
        sqlite_columns_of_table(completion->view, scope->qualifier_schema, scope->qualifier,
                                add_column, completion);
    } else if (source != NULL) {
        add_columns_of(completion, source);
    } else if ((common = sql_scope_common(scope, scope->qualifier, scope->token)) != NULL) {
        sqlite_columns_of_common(completion->view, scope, common, add_column, completion);
    } else {
        sqlite_columns_of_table(completion->view, NULL, scope->qualifier, add_column, completion);
        add_hidden_columns(completion, NULL, scope->qualifier);
        add_objects(completion, SQL_WORD_TABLE, scope->qualifier);
    }
}

/* --- functions, keywords, pragmas ------------------------------------------------------------ */

static bool is_plain_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        if (!is_letter && *c != '_' && (*c < '0' || *c > '9'))
            return false; /* an operator, as -> */
    }
    return true;
}

static bool add_function_row(void *context, const char *const *values, size_t count)
{
    struct completion *completion = context;
    (void)count;
    if (values[0] == NULL || !is_plain_name(values[0]))
        return true;
    const struct sql_function *function = sql_function_find(values[0]);
    const char *signature = function != NULL                           ? function->signature
                            : values[1] == NULL || values[1][0] == '-' ? "(…)"
                            : strcmp(values[1], "0") == 0              ? "()"
                            : strcmp(values[1], "1") == 0              ? "(X)"
                                                                       : "(X,…)";
    sqlite_matches_add_word(&completion->matches, values[0], "function",
                            signature[0] != '\0' ? signature : NULL, false);
    return true;
}

static void add_functions(struct completion *completion)
{
    query(completion, "SELECT name, min(narg) FROM pragma_function_list GROUP BY name", NULL, 0,
          add_function_row);
}

static void add_words(struct completion *completion, const char *words, const char *type)
{
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        AUTO_FREE char *word = xstrndup(words, size);
        sqlite_matches_add_word(&completion->matches, word, type, NULL, false);
        words += size + strspn(words + size, " ");
    }
}

static void add_likely(struct completion *completion)
{
    rank(completion, RANK_LIKELY);
    add_words(completion, sql_keywords_likely(completion->scope), "keyword");
}

static void add_keywords(struct completion *completion)
{
    rank(completion, RANK_KEYWORD);
    for (int word = 1; word < SQL_WORD_COUNT && completion->matches.prefix[0] != '\0'; word++)
        sqlite_matches_add_word(&completion->matches, sql_word_text((enum sql_word)word), "keyword",
                                NULL, false);
}

static enum sql_word word_before(const struct completion *completion, size_t distance)
{
    const struct sql_scope *scope = completion->scope;
    return sql_tokens_at(&scope->tokens, scope->token - distance)->word;
}

static void add_starts(struct completion *completion)
{
    rank(completion, RANK_LIKELY);
    if (word_before(completion, 1) == SQL_WORD_EXPLAIN)
        add_words(completion, "QUERY", "keyword");
    add_words(completion,
              "SELECT WITH INSERT UPDATE DELETE CREATE DROP ALTER EXPLAIN PRAGMA REPLACE SAVEPOINT "
              "RELEASE VALUES ANALYZE REINDEX",
              "keyword");
    /* Refused in the store. */
    if (!completion->view->is_store)
        add_words(completion, "BEGIN COMMIT ROLLBACK ATTACH DETACH VACUUM END", "keyword");
}

static void add_types(struct completion *completion)
{
    rank(completion, RANK_SCOPE);
    add_words(completion, "INTEGER TEXT REAL BLOB NUMERIC ANY", "type");
    add_keywords(completion);
}

static bool add_collation_row(void *context, const char *const *values, size_t count)
{
    (void)count;
    sqlite_matches_add_word(&((struct completion *)context)->matches, values[0], "collation", NULL,
                            false);
    return true;
}

static bool add_pragma_row(void *context, const char *const *values, size_t count)
{
    (void)count;
    sqlite_matches_add_word(&((struct completion *)context)->matches, values[0], "pragma", NULL,
                            true);
    return true;
}

static void add_pragmas(struct completion *completion)
{
    rank(completion, RANK_SCOPE);
    query(completion, "SELECT name FROM pragma_pragma_list ORDER BY name", NULL, 0, add_pragma_row);
    if (completion->scope->pragma_schema == NULL && completion->matches.prefix[0] != '\0')
        add_schemas(completion, true);
}

static void add_pragma_values(struct completion *completion)
{
    const struct sql_pragma *pragma = sql_pragma_find(completion->scope->pragma);
    rank(completion, RANK_SCOPE);
    if (pragma == NULL)
        return;
    if (pragma->argument != SQL_WORD_NONE)
        add_objects(completion, pragma->argument, completion->scope->pragma_schema);
    add_words(completion, pragma->values, "value");
}

/* `prefix` with its sigil. */
static void add_parameters(struct completion *completion)
{
    const char *name, *prefix = completion->matches.prefix;
    json_t *value;
    json_object_foreach((json_t *)completion->view->parameters, name, value)
    {
        AUTO_FREE char *text = xasprintf("%c%s", prefix[0], name);
        sqlite_matches_add(&completion->matches, text, "parameter", NULL);
    }
}

/* --- after certain words --------------------------------------------------------------------- */

/* OVER w: the names of the statement's WINDOW clause. */
static void add_windows(struct completion *completion)
{
    const struct sql_tokens *tokens = &completion->scope->tokens;
    bool is_there = false;
    rank(completion, RANK_SCOPE);
    for (size_t i = 0; i + 2 < tokens->count; i++) {
        const struct sql_token *token = &tokens->list[i];
        is_there = is_there || token->word == SQL_WORD_WINDOW;
        if (is_there && (token->word == SQL_WORD_WINDOW || token->sign == ',') &&
            sql_token_is_name(&tokens->list[i + 1]) && tokens->list[i + 2].word == SQL_WORD_AS)
            sqlite_matches_add_name(&completion->matches, tokens->list[i + 1].text, "window");
    }
}

/* t INDEXED BY: the indexes of t; REINDEX: all. */
static void add_indexes(struct completion *completion)
{
    const struct sql_block *block = block_of(completion);
    const struct sql_source *source = block != NULL && block->last_source != SQL_NOTHING
                                          ? &completion->scope->sources[block->last_source]
                                          : NULL;
    rank(completion, RANK_SCOPE);
    read_objects(completion);
    for (size_t i = 0; i < completion->object_count; i++) {
        const struct sqlite_object *object = &completion->objects[i];
        if (object->kind == SQL_WORD_INDEX && !object->is_hidden && !object->is_of_record &&
            (source == NULL || source->name == NULL ||
             strcasecmp(source->name, object->table) == 0))
            sqlite_matches_add_name(&completion->matches, object->name, "index");
    }
}

/* CREATE VIRTUAL TABLE t USING */
static bool add_module_row(void *context, const char *const *values, size_t count)
{
    struct completion *completion = context;
    (void)count;
    sqlite_matches_add_word(&completion->matches, values[0], "module", NULL, true);
    return true;
}

/* What a word before the place asks for ahead of all else. */
static void add_for_word(struct completion *completion)
{
    enum sql_word last = word_before(completion, 1), other = word_before(completion, 2);
    rank(completion, RANK_SCOPE);
    if (last == SQL_WORD_OVER)
        add_windows(completion);
    else if ((last == SQL_WORD_BY && other == SQL_WORD_INDEXED) || last == SQL_WORD_REINDEX)
        add_indexes(completion);
    else if (last == SQL_WORD_USING && completion->scope->clause == SQL_CLAUSE_OTHER)
        query(completion,
              "SELECT name FROM pragma_module_list WHERE name IN ('dbstat', 'fts3', "
              "'fts4', 'fts5', 'geopoly', 'rtree', 'rtree_i32') ORDER BY name",
              NULL, 0, add_module_row);
    else if (last == SQL_WORD_IS || (last == SQL_WORD_NOT && other == SQL_WORD_IS))
        add_words(completion, last == SQL_WORD_IS ? "NULL NOT" : "NULL", "keyword");
    else if (last == SQL_WORD_NOT && completion->scope->place == SQL_PLACE_OPERAND &&
             completion->matches.prefix[0] != '\0')
        add_words(completion, "EXISTS", "keyword");
}

/* --- places ---------------------------------------------------------------------------------- */

static void add_operands(struct completion *completion)
{
    const struct sql_block *block = block_of(completion);
    add_results(completion);
    add_visible_columns(completion);
    add_source_names(completion);
    rank(completion, RANK_LIKELY);
    add_functions(completion);
    add_likely(completion);
    if (block == NULL || (block->first_source == SQL_NOTHING && block->parent == SQL_NOTHING))
        add_all_columns(completion);
    rank(completion, RANK_OTHER);
    add_commons(completion);
    add_objects(completion, SQL_WORD_TABLE, NULL);
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
    case SQL_PLACE_SOURCE:
    case SQL_PLACE_TABLE:
        rank(completion, RANK_SCOPE);
        add_tables(completion, completion->scope->place == SQL_PLACE_SOURCE);
        add_likely(completion);
        break;
    case SQL_PLACE_OBJECT:
        rank(completion, RANK_SCOPE);
        add_objects(completion, completion->scope->object, NULL);
        add_likely(completion);
        break;
    case SQL_PLACE_SCHEMA:
        add_schemas(completion, true);
        break;
    case SQL_PLACE_COLUMN:
        add_block_columns(completion);
        add_likely(completion);
        break;
    case SQL_PLACE_OPERAND:
        add_operands(completion);
        break;
    case SQL_PLACE_QUERY:
    case SQL_PLACE_OPERATOR:
        add_likely(completion);
        add_keywords(completion);
        break;
    case SQL_PLACE_TYPE:
        add_types(completion);
        break;
    case SQL_PLACE_COLLATION:
        rank(completion, RANK_SCOPE);
        query(completion, "SELECT name FROM pragma_collation_list ORDER BY name", NULL, 0,
              add_collation_row);
        break;
    case SQL_PLACE_MEMBER:
        add_members(completion);
        break;
    case SQL_PLACE_PRAGMA:
        add_pragmas(completion);
        break;
    case SQL_PLACE_VALUE:
        add_pragma_values(completion);
        break;
    }
}

static bool is_lower_wanted(const char *prefix, const struct sql_scope *scope)
{
    bool has_lower = false, has_upper = false;
    for (const char *c = prefix; *c != '\0'; c++) {
        has_lower = has_lower || (*c >= 'a' && *c <= 'z');
        has_upper = has_upper || (*c >= 'A' && *c <= 'Z');
    }
    return has_lower || (!has_upper && scope->is_lower);
}

static void complete(struct completion *completion)
{
    const char *prefix = completion->matches.prefix;
    if (completion->matches.quote == '\0' && strchr(":$@", prefix[0]) != NULL &&
        prefix[0] != '\0') {
        add_parameters(completion);
        return;
    }
    if (completion->scope->place != SQL_PLACE_MEMBER && completion->scope->place != SQL_PLACE_NONE)
        add_for_word(completion);
    add_for_place(completion);
}

void sqlite_complete(const struct sqlite_view *view, const char *code, size_t size, size_t cursor,
                     json_t *matches, size_t *ret_start, size_t *ret_end)
{
    cursor = cursor < size ? cursor : size;
    *ret_start = *ret_end = cursor;
    size_t start;
    if (!sql_scan_word(code, size, cursor, &start))
        return;
    AUTO_FREE char *typed = xstrndup(code + start, cursor - start);
    if (typed[0] == '%' || (typed[0] >= '0' && typed[0] <= '9'))
        return;
    struct sql_scope scope;
    sql_scope_read(code, size, start, cursor, true, &scope);
    char quote = typed[0] != '\0' && strchr("\"`[", typed[0]) != NULL ? typed[0] : '\0';
    const char *prefix = typed + (quote != '\0');
    struct completion completion = {
        .view = view,
        .scope = &scope,
        .names = view->names != NULL ? view->names : sqlite_names_new(),
    };
    sqlite_matches_init(&completion.matches, prefix, quote, is_lower_wanted(prefix, &scope));
    *ret_start = start;
    complete(&completion);
    if (completion.matches.count == 0 && sqlite_matches_loosen(&completion.matches))
        complete(&completion);
    sqlite_matches_give(&completion.matches, matches);
    /* The closing quote that an editor put in by itself goes with the match. */
    if (quote != '\0' && cursor < size && code[cursor] == (quote == '[' ? ']' : quote))
        *ret_end = cursor + 1;
    sqlite_matches_release(&completion.matches);
    if (view->names == NULL)
        sqlite_names_free(completion.names);
    sql_scope_release(&scope);
}

void sqlite_complete_table(const struct sqlite_view *view, const char *prefix, json_t *matches)
{
    struct sql_scope scope = {.place = SQL_PLACE_TABLE, .block = SQL_NOTHING};
    struct completion completion = {
        .view = view,
        .scope = &scope,
        .names = view->names != NULL ? view->names : sqlite_names_new(),
    };
    sqlite_matches_init(&completion.matches, prefix, '\0', true);
    add_objects(&completion, SQL_WORD_TABLE, NULL);
    sqlite_matches_give(&completion.matches, matches);
    sqlite_matches_release(&completion.matches);
    if (view->names == NULL)
        sqlite_names_free(completion.names);
}
