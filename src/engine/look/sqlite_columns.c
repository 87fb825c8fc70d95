/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_columns: follows sources to their blocks, and blocks to their sources, until it comes to
 * names or to a table.
 */
#include "engine/look/sqlite_columns.h"

#include <string.h>
#include <strings.h>

#include "engine/look/sqlite_catalog.h"

#define DEPTH_MAX 16
#define SOURCES_MAX 1000 /* stars of stars could multiply */

struct resolver {
    const struct sqlite_view *view;
    const struct sql_scope *scope;
    sqlite_column_row row;
    void *context;
    size_t sources_left;
    bool is_stopped;
    const char *schema, *table; /* of the rows that come */
};

static void give(struct resolver *resolver, const char *name)
{
    if (!resolver->is_stopped)
        resolver->is_stopped =
            !resolver->row(resolver->context, name, resolver->schema, resolver->table);
}

static bool give_row(void *context, const char *const *values, size_t count)
{
    struct resolver *resolver = context;
    (void)count;
    if (values[0] != NULL)
        give(resolver, values[0]);
    return !resolver->is_stopped;
}

static void resolve_table(struct resolver *resolver, const char *schema, const char *table)
{
    const char *values[] = {table, schema};
    resolver->schema = schema;
    resolver->table = table;
    (void)sqlite_catalog_query(resolver->view,
                               "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1",
                               values, 2, give_row, resolver);
    resolver->schema = resolver->table = NULL;
}

static void resolve_source(struct resolver *resolver, const struct sql_source *source, int depth);

static void resolve_star(struct resolver *resolver, const struct sql_block *block,
                         const char *qualifier, int depth)
{
    const struct sql_source *sources = resolver->scope->sources;
    for (size_t i = block->first_source; i != SQL_NOTHING; i = sources[i].next) {
        const char *name = sources[i].alias != NULL ? sources[i].alias : sources[i].name;
        if (sources[i].is_by_name || sources[i].is_shut || resolver->is_stopped)
            continue;
        if (qualifier == NULL || (name != NULL && strcasecmp(name, qualifier) == 0))
            resolve_source(resolver, &sources[i], depth + 1);
    }
}

static void resolve_block(struct resolver *resolver, size_t index, int depth)
{
    const struct sql_block *block = &resolver->scope->blocks[index];
    const struct sql_column *columns = resolver->scope->columns;
    for (size_t i = block->first_column; i != SQL_NOTHING; i = columns[i].next) {
        if (columns[i].is_star)
            resolve_star(resolver, block, columns[i].qualifier, depth);
        else if (columns[i].name != NULL)
            give(resolver, columns[i].name);
        if (resolver->is_stopped)
            return;
    }
}

static void resolve_common(struct resolver *resolver, const struct sql_common *common, int depth)
{
    const struct sql_column *columns = resolver->scope->columns;
    for (size_t i = common->first_column; i != SQL_NOTHING; i = columns[i].next)
        give(resolver, columns[i].name);
    if (common->first_column == SQL_NOTHING && common->body != SQL_NOTHING)
        resolve_block(resolver, common->body, depth);
}

static void resolve_source(struct resolver *resolver, const struct sql_source *source, int depth)
{
    const struct sql_common *common = NULL;
    if (depth > DEPTH_MAX || resolver->sources_left == 0)
        return;
    resolver->sources_left--;
    if (source->body != SQL_NOTHING) {
        resolve_block(resolver, source->body, depth);
        return;
    }
    if (source->schema == NULL && !source->is_call)
        common = sql_scope_common(resolver->scope, source->name, source->token);
    if (common != NULL)
        resolve_common(resolver, common, depth);
    else if (source->name != NULL)
        resolve_table(resolver, source->schema, source->name);
}

void sqlite_columns_of_source(const struct sqlite_view *view, const struct sql_scope *scope,
                              const struct sql_source *source, sqlite_column_row row, void *context)
{
    struct resolver resolver = {view, scope, row, context, SOURCES_MAX, false, NULL, NULL};
    resolve_source(&resolver, source, 0);
}

void sqlite_columns_of_table(const struct sqlite_view *view, const char *schema, const char *table,
                             sqlite_column_row row, void *context)
{
    struct resolver resolver = {view, NULL, row, context, 1, false, NULL, NULL};
    resolve_table(&resolver, schema, table);
}

void sqlite_columns_of_common(const struct sqlite_view *view, const struct sql_scope *scope,
                              const struct sql_common *common, sqlite_column_row row, void *context)
{
    struct resolver resolver = {view, scope, row, context, SOURCES_MAX, false, NULL, NULL};
    resolve_common(&resolver, common, 0);
}
