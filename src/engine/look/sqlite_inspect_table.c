/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_inspect_table: pragmas, sqlite_stat1, and a count and a sample that are both bounded: the
 * view's connection stops what takes too long, and then it is left out.
 */
#include "engine/look/sqlite_inspect_table.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/html.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/look/sqlite_catalog.h"
#include "engine/look/sqlite_describe.h"
#include "engine/sqlite_guard.h"
#include "model/table/result_table.h"

#define COUNT_MAX 10000    /* rows that are counted one by one */
#define SAMPLE_ROWS 5      /* shown at detail_level 1 */
#define SAMPLE_COLUMNS 20  /* of them */
#define SAMPLE_WIDTH 40    /* characters of a value */
#define SAMPLE_BYTES 65536 /* of a value that are looked at */

struct table_facts {
    const struct sqlite_view *view;
    char *schema, *name, *kind; /* as the schema has them; NULL while not found */
    const char *column;         /* looked for, NULL = all */
    struct result_table *columns, *indexes;
    struct strbuf statistics; /* lines */
};

static bool take_table(void *context, const char *const *values, size_t count)
{
    struct table_facts *facts = context;
    (void)count;
    facts->schema = xstrdup(values[0]);
    facts->name = xstrdup(values[1]);
    facts->kind = xstrdup(strcmp(values[2], "virtual") == 0 ? "virtual table" : values[2]);
    return false;
}

static void add_text(struct result_table *table, const char *text)
{
    result_table_add_text(table, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

/* --- columns --------------------------------------------------------------------------------- */

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

static void read_columns(struct table_facts *facts)
{
    const char *values[] = {facts->name, facts->schema};
    result_table_add_column(facts->columns, "column", NULL);
    result_table_add_column(facts->columns, "type", NULL);
    result_table_add_column(facts->columns, "notes", NULL);
    (void)sqlite_catalog_query(
        facts->view,
        "SELECT c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden,"
        " (SELECT group_concat(\"table\" || coalesce('(' || \"to\" || ')', ''), ', ')"
        "  FROM pragma_foreign_key_list(?1, ?2) AS f WHERE f.\"from\" = c.name)"
        " FROM pragma_table_xinfo(?1, ?2) AS c WHERE c.hidden <> 1",
        values, 2, add_column, facts);
}

/* --- indexes and statistics ------------------------------------------------------------------ */

static bool add_index(void *context, const char *const *values, size_t count)
{
    struct table_facts *facts = context;
    (void)count;
    AUTO_STRBUF notes = STRBUF_INIT;
    if (strcmp(values[2], "0") != 0)
        strbuf_add_text(&notes, ", unique");
    if (strcmp(values[3], "pk") == 0)
        strbuf_add_text(&notes, ", primary key");
    if (strcmp(values[4], "0") != 0)
        strbuf_add_text(&notes, ", of some rows (WHERE)");
    add_text(facts->indexes, values[0]);
    add_text(facts->indexes, values[1]);
    add_text(facts->indexes, notes.size > 2 ? strbuf_text(&notes) + 2 : "");
    return true;
}

static void read_indexes(struct table_facts *facts)
{
    const char *values[] = {facts->name, facts->schema, facts->column};
    result_table_add_column(facts->indexes, "index", NULL);
    result_table_add_column(facts->indexes, "columns", NULL);
    result_table_add_column(facts->indexes, "notes", NULL);
    (void)sqlite_catalog_query(
        facts->view,
        "SELECT i.name, (SELECT group_concat(coalesce(c.name, '(expression)'), ', ')"
        "  FROM pragma_index_info(i.name, ?2) AS c), i.\"unique\", i.origin, i.partial"
        " FROM pragma_index_list(?1, ?2) AS i WHERE ?3 IS NULL OR EXISTS"
        " (SELECT 1 FROM pragma_index_info(i.name, ?2) AS c WHERE lower(c.name) = lower(?3))",
        values, 3, add_index, facts);
}

/* stat is `rows`, then how many of them have the same value in the first column, first two … */
static bool add_statistics(void *context, const char *const *values, size_t count)
{
    struct table_facts *facts = context;
    (void)count;
    if (values[1] == NULL)
        return true;
    char *end;
    long long rows = strtoll(values[1], &end, 10);
    long long same = *end == ' ' ? strtoll(end, NULL, 10) : 0;
    if (facts->column == NULL)
        strbuf_addf(&facts->statistics, "about %lld rows, as ANALYZE counted them\n", rows);
    else if (same > 0)
        strbuf_addf(&facts->statistics,
                    "about %lld different values, %lld rows for each (ANALYZE, index %s)\n",
                    (rows + same - 1) / same, same, values[0] != NULL ? values[0] : "?");
    return facts->column != NULL;
}

/* What ANALYZE left in sqlite_stat1: rows of the table, or values of the column. */
static void read_statistics(struct table_facts *facts)
{
    AUTO_FREE char *schema = sqlite_catalog_identifier(facts->schema);
    AUTO_FREE char *sql = xasprintf(
        "SELECT s.idx, s.stat FROM %s.sqlite_stat1 AS s WHERE lower(s.tbl) = lower(?1) AND (?3 IS "
        "NULL OR lower(?3) = (SELECT lower(c.name) FROM pragma_index_info(s.idx, ?2) AS c"
        " WHERE c.seqno = 0))",
        schema);
    const char *values[] = {facts->name, facts->schema, facts->column};
    (void)sqlite_catalog_query(facts->view, sql, values, 3, add_statistics, facts);
}

static bool add_count(void *context, const char *const *values, size_t count)
{
    struct table_facts *facts = context;
    (void)count;
    long long rows = values[0] != NULL ? strtoll(values[0], NULL, 10) : 0;
    if (rows > COUNT_MAX)
        strbuf_addf(&facts->statistics, "more than %d rows\n", COUNT_MAX);
    else
        strbuf_addf(&facts->statistics, "%lld row%s\n", rows, rows == 1 ? "" : "s");
    return false;
}

static bool has_rows(const struct table_facts *facts)
{
    const struct sqlite_view *view = facts->view;
    if (!view->has_rows || !view->only_files_have)
        return view->has_rows;
    const char *file = sqlite3_db_filename(view->connection, facts->schema);
    return file != NULL && file[0] != '\0';
}

/* A view may have to compute everything for its first row, so only tables are counted. */
static void count_rows(struct table_facts *facts)
{
    if (!has_rows(facts) || strcmp(facts->kind, "table") != 0)
        return;
    AUTO_FREE char *schema = sqlite_catalog_identifier(facts->schema);
    AUTO_FREE char *name = sqlite_catalog_identifier(facts->name);
    AUTO_FREE char *sql = xasprintf("SELECT count(*) FROM (SELECT 1 FROM %s.%s LIMIT %d)", schema,
                                    name, COUNT_MAX + 1);
    (void)sqlite_catalog_query(facts->view, sql, NULL, 0, add_count, facts);
}

/* --- sample ---------------------------------------------------------------------------------- */

static void add_value(struct result_table *sample, sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    size_t size = (size_t)sqlite3_column_bytes(statement, column);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        result_table_add_null(sample);
        break;
    case SQLITE_INTEGER:
        result_table_add_integer(sample, sqlite3_column_int64(statement, column));
        break;
    case SQLITE_FLOAT:
        result_table_add_real(sample, sqlite3_column_double(statement, column));
        break;
    case SQLITE_BLOB:
        result_table_add_blob(sample, bytes, size);
        break;
    default:
        result_table_add_text(sample, bytes != NULL ? bytes : "", size);
        break;
    }
}

static void take_sample(struct result_table *sample, sqlite3_stmt *statement)
{
    int count = sqlite3_column_count(statement);
    count = count < SAMPLE_COLUMNS ? count : SAMPLE_COLUMNS;
    result_table_limit(sample, SAMPLE_WIDTH, SAMPLE_BYTES);
    for (int i = 0; i < count; i++)
        result_table_add_column(sample, sqlite3_column_name(statement, i),
                                sqlite3_column_decltype(statement, i));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < count; i++)
            add_value(sample, statement, i);
    }
}

/* The first rows; NULL when there are none, or when they can't be had at once. Caller frees. */
static struct result_table *read_sample(const struct table_facts *facts)
{
    AUTO_FREE char *schema = sqlite_catalog_identifier(facts->schema);
    AUTO_FREE char *name = sqlite_catalog_identifier(facts->name);
    AUTO_FREE char *sql = xasprintf("SELECT * FROM %s.%s LIMIT %d", schema, name, SAMPLE_ROWS);
    const struct sqlite_view *view = facts->view;
    struct result_table *sample = result_table_new();
    sqlite3_stmt *statement = NULL;
    if (view->guard != NULL)
        sqlite_guard_own(view->guard, true);
    if (sqlite3_prepare_v2(view->connection, sql, -1, &statement, NULL) == SQLITE_OK)
        take_sample(sample, statement);
    sqlite3_finalize(statement);
    if (view->guard != NULL)
        sqlite_guard_own(view->guard, false);
    if (result_table_columns(sample) > 0 && result_table_rows(sample) > 0)
        return sample;
    result_table_free(sample);
    return NULL;
}

/* --- the bundle ------------------------------------------------------------------------------ */

/* False when there is no such table. */
static bool read_facts(const struct sqlite_view *view, const char *schema, const char *name,
                       const char *column, struct table_facts *facts)
{
    const char *wanted[] = {name, schema};
    *facts = (struct table_facts){
        view, NULL, NULL, NULL, column, result_table_new(), result_table_new(), STRBUF_INIT};
    (void)sqlite_catalog_query(view,
                               "SELECT schema, name, type FROM pragma_table_list"
                               " WHERE lower(name) = lower(?1)"
                               " AND (?2 IS NULL OR lower(schema) = lower(?2))"
                               " ORDER BY schema <> 'temp', schema <> 'main'",
                               wanted, 2, take_table, facts);
    if (facts->name == NULL)
        return false;
    read_columns(facts);
    if (column != NULL && result_table_rows(facts->columns) == 0)
        return false;
    read_indexes(facts);
    read_statistics(facts);
    if (column == NULL && facts->statistics.size == 0)
        count_rows(facts);
    return true;
}

static void table_facts_release(struct table_facts *facts)
{
    result_table_free(facts->columns);
    result_table_free(facts->indexes);
    strbuf_release(&facts->statistics);
    free(facts->schema);
    free(facts->name);
    free(facts->kind);
}

static void add_paragraph(struct strbuf *text, struct strbuf *html, const char *tag,
                          const char *words)
{
    strbuf_addf(text, "%s%s", text->size > 0 ? "\n\n" : "", words);
    strbuf_addf(html, "<%s>", tag);
    html_add_text(html, words);
    strbuf_addf(html, "</%s>", tag);
}

static void add_table(struct strbuf *text, struct strbuf *html, const struct result_table *table,
                      const char *noun)
{
    struct result_total total = {.rows = result_table_rows(table), .is_exact = true, .noun = noun};
    if (result_table_rows(table) == 0)
        return;
    strbuf_add_text(text, "\n\n");
    result_table_text(table, &total, text);
    result_table_html(table, &total, html);
}

static json_t *bundle_of(const struct table_facts *facts, int detail_level)
{
    AUTO_STRBUF text = STRBUF_INIT, html = STRBUF_INIT, creates = STRBUF_INIT;
    AUTO_FREE char *title =
        facts->column != NULL
            ? xasprintf("column of the %s %s", facts->kind, facts->name)
            : xasprintf("%s %s in %s", facts->kind, facts->name, facts->view->label);
    struct result_table *sample = NULL;
    add_paragraph(&text, &html, "p", title);
    add_table(&text, &html, facts->columns, "column");
    add_table(&text, &html, facts->indexes, "index");
    if (facts->statistics.size > 0) {
        AUTO_FREE char *lines = xstrndup(facts->statistics.text, facts->statistics.size - 1);
        add_paragraph(&text, &html, "p", lines);
    }
    if (facts->column == NULL && detail_level > 0 && has_rows(facts))
        sample = read_sample(facts);
    if (sample != NULL)
        add_table(&text, &html, sample, "sample row");
    result_table_free(sample);
    if (facts->column == NULL &&
        sqlite_describe_creates(facts->view, facts->schema, facts->name, &creates, NULL))
        add_paragraph(&text, &html, "pre", strbuf_text(&creates));
    json_t *bundle = json_object();
    json_object_set_new(bundle, "text/plain", json_text(strbuf_text(&text), text.size));
    json_object_set_new(bundle, "text/html", json_text(strbuf_text(&html), html.size));
    return bundle;
}

json_t *sqlite_inspect_table(const struct sqlite_view *view, const char *schema, const char *name,
                             int detail_level)
{
    struct table_facts facts;
    json_t *bundle = NULL;
    if (read_facts(view, schema, name, NULL, &facts))
        bundle = bundle_of(&facts, detail_level);
    table_facts_release(&facts);
    return bundle;
}

json_t *sqlite_inspect_column(const struct sqlite_view *view, const char *schema, const char *name,
                              const char *column)
{
    struct table_facts facts;
    json_t *bundle = NULL;
    if (read_facts(view, schema, name, column, &facts))
        bundle = bundle_of(&facts, 0);
    table_facts_release(&facts);
    return bundle;
}
