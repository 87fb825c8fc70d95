/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope, sql_tokens and sql_definition without a database. A | in a text marks the cursor. What
 * completion makes of the places is tested with sqlite_complete.
 */
#include "model/sql/sql_scope.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "model/sql/sql_definition.h"
#include "model/sql/sql_scan.h"
#include "tap.h"

static const char *const places[] = {
    [SQL_PLACE_NONE] = "none",       [SQL_PLACE_START] = "start",
    [SQL_PLACE_QUERY] = "query",     [SQL_PLACE_SOURCE] = "source",
    [SQL_PLACE_TABLE] = "table",     [SQL_PLACE_OBJECT] = "object",
    [SQL_PLACE_SCHEMA] = "schema",   [SQL_PLACE_COLUMN] = "column",
    [SQL_PLACE_OPERAND] = "operand", [SQL_PLACE_OPERATOR] = "operator",
    [SQL_PLACE_TYPE] = "type",       [SQL_PLACE_COLLATION] = "collation",
    [SQL_PLACE_MEMBER] = "member",   [SQL_PLACE_PRAGMA] = "pragma",
    [SQL_PLACE_VALUE] = "value",
};

/* `place: alias=table …` with the sources of the place's block, and those around it behind a /. */
static void place_is(const char *marked, const char *expected)
{
    size_t cursor = (size_t)(strchr(marked, '|') - marked), start;
    AUTO_FREE char *code = xasprintf("%.*s%s", (int)cursor, marked, marked + cursor + 1);
    AUTO_STRBUF text = STRBUF_INIT;
    struct sql_scope scope;
    if (!sql_scan_word(code, strlen(code), cursor, &start))
        start = cursor;
    sql_scope_read(code, strlen(code), start, cursor, true, &scope);
    strbuf_addf(&text, "%s:", places[scope.place]);
    for (size_t b = scope.block; b != SQL_NOTHING; b = scope.blocks[b].parent) {
        strbuf_add_text(&text, b == scope.block ? "" : " /");
        for (size_t i = scope.blocks[b].first_source; i != SQL_NOTHING; i = scope.sources[i].next) {
            const struct sql_source *source = &scope.sources[i];
            strbuf_addf(&text, " %s=%s", source->alias != NULL ? source->alias : "",
                        source->name != NULL ? source->name : "()");
        }
    }
    is_str(strbuf_text(&text), expected, "the place in %s", marked);
    sql_scope_release(&scope);
}

static void test_places(void)
{
    place_is("|", "start:");
    place_is("SELECT |", "operand:");
    place_is("SELECT a | FROM t", "operator: =t");
    place_is("SELECT a FROM t x, u AS y WHERE |", "operand: x=t y=u");
    place_is("SELECT a FROM t LEFT JOIN |", "source: =t");
    place_is("SELECT a FROM t x|", "operator: =t");
    place_is("SELECT a FROM t WHERE b IS NOT DISTINCT FROM |", "operand: =t");
    place_is("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE |", "operand: =u / =t");
    place_is("SELECT a FROM t, (SELECT b FROM u WHERE |) v", "operand: =u");
    place_is("SELECT a FROM t, (SELECT b FROM u) v WHERE |", "operand: =t v=()");
    place_is("SELECT a FROM t UNION SELECT | FROM u", "operand: =u");
    place_is("SELECT sum(| FROM t WHERE 1", "operand: =t");
    place_is("SELECT sum(a) FILTER (WHERE | ) FROM t", "operand: =t");
    place_is("SELECT sum(a) OVER (PARTITION | ORDER BY b) FROM t", "operator: =t");
    place_is("INSERT INTO t (|) SELECT a FROM u", "column: =t");
    place_is("INSERT INTO t (a) SELECT | FROM u", "operand: =u");
    place_is("INSERT INTO t SELECT a FROM u ON CONFLICT (a) DO UPDATE SET |",
             "column: =t excluded=t");
    place_is("UPDATE t SET a = 1, |", "column: =t");
    place_is("UPDATE t SET a = |", "operand: =t");
    place_is("WITH c AS (SELECT | FROM t) SELECT 1", "operand: =t");
    place_is("CREATE TABLE t (a |", "type: =t");
    place_is("CREATE TABLE t (a INT, CHECK (|", "operand: =t");
    place_is("CREATE TABLE |", "operator:");
    place_is("DROP VIEW |", "object:");
    place_is("PRAGMA main.|", "pragma:");
    place_is("PRAGMA main.synchronous = |", "value:");
    place_is("SELECT CAST(a AS | FROM t", "type: =t");
    place_is("SELECT a COLLATE | FROM t", "collation: =t");
    place_is("SELECT a AS | FROM t", "none: =t");
    place_is("SELECT x.| FROM t x", "member: x=t");
    place_is("SELECT 1; SELECT | FROM t; SELECT 2 FROM u", "operand: =t");
    place_is("%use x\nSELECT | FROM t", "operand: =t");
    place_is("%use |", "none:");
    place_is("EXPLAIN QUERY PLAN |", "start:");
}

static void add_name(void *context, const char *name, size_t size)
{
    strbuf_addf(context, "%.*s;", (int)size, name);
}

static void columns_are(const char *sql, const char *expected)
{
    AUTO_STRBUF names = STRBUF_INIT;
    bool is_table = sql_definition_columns(sql, strlen(sql), add_name, &names);
    is_str(is_table ? strbuf_text(&names) : "none", expected, "columns of %s", sql);
}

static void test_definition(void)
{
    columns_are("CREATE TABLE t(a, b INT)", "a;b;");
    columns_are("CREATE TABLE \"x(\" (\"a \"\"b\" TEXT DEFAULT ',)', [c d], `e`, 'f')",
                "a \"b;c d;e;f;");
    columns_are("create table t -- (x\n (a CHECK (a IN (1, 2)), /* , z */ b, PRIMARY KEY (a, b))",
                "a;b;");
    columns_are("CREATE TABLE t (\"check\" INT, CONSTRAINT c UNIQUE (x), y)", "check;");
    columns_are("CREATE TABLE t (a, b", "a;b;");
    columns_are("CREATE TABLE t (\"", ";");
    columns_are("CREATE VIRTUAL TABLE t USING fts5(a, b)", "none");
    columns_are("CREATE VIEW v AS SELECT 1", "none");
    columns_are("", "none");
}

static void test_tokens(void)
{
    static const char code[] = "SELECT \"a\"\"b\", 'it''s' /* c */ [x] FROM:p";
    struct sql_tokens tokens;
    sql_tokens_read(code, 0, strlen(code), 0, 0, &tokens);
    is_int(tokens.count, 7, "tokens without comments");
    is_str(sql_tokens_at(&tokens, 1)->text, "a\"b", "a name without its quotes");
    is_str(sql_tokens_at(&tokens, 3)->text, "it's", "a string without its quotes");
    is_int(sql_tokens_at(&tokens, 5)->word, SQL_WORD_FROM, "a keyword");
    is_int(sql_tokens_at(&tokens, 6)->kind, SQL_TOKEN_PARAMETER, "a parameter");
    is_int(sql_tokens_at(&tokens, 7)->kind, SQL_TOKEN_NONE, "nothing behind the last");
    sql_tokens_release(&tokens);
}

int main(void)
{
    test_places();
    test_definition();
    test_tokens();
    return done_testing();
}
