/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_inspect: what is said of tables, columns, functions, keywords and pragmas. A | in a text
 * marks the cursor. And the tables that it reads from are checked against SQLite itself.
 */
#include "engine/look/sqlite_inspect.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "engine/look/sql_functions.h"
#include "engine/look/sql_keywords.h"
#include "engine/look/sql_pragmas.h"
#include "engine/look/sqlite_catalog.h"
#include "model/sql/sql_words.h"
#include "tap.h"

static struct sqlite_view view = {.label = "a test", .has_rows = true};

static const char schema[] =
    "CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, genre TEXT, year INTEGER);"
    "CREATE INDEX book_genre ON book (genre, year);"
    "CREATE UNIQUE INDEX book_title ON book (title) WHERE year > 1900;"
    "CREATE TABLE small (note TEXT DEFAULT '<b>&', data BLOB);"
    "INSERT INTO small VALUES ('<script>', x'00ff'), (NULL, 1.5);"
    "CREATE TABLE big (x);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001)"
    " INSERT INTO big SELECT i FROM n;"
    "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT max(i) AS m FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
    " INSERT INTO book (title, genre, year) SELECT i, i % 4, 2000 FROM n;"
    "ANALYZE book;";

static json_t *inspected(const char *marked, int detail_level)
{
    const char *mark = strchr(marked, '|');
    size_t cursor = (size_t)(mark - marked);
    AUTO_FREE char *code = xasprintf("%.*s%s", (int)cursor, marked, mark + 1);
    return sqlite_inspect(&view, code, strlen(code), cursor, detail_level);
}

static void inspects(const char *marked, const char *expected)
{
    AUTO_JSON *bundle = inspected(marked, 0);
    if (expected == NULL)
        ok(bundle == NULL, "nothing is known at %s", marked);
    else
        contains(json_member_text(bundle, "text/plain", "(nothing)"), expected, "inspection of %s",
                 marked);
}

static void test_tables(void)
{
    inspects("SELECT * FROM bo|ok", "table book in a test");
    inspects("SELECT * FROM bo|ok", "book_genre  genre, year");
    inspects("DROP INDEX book_ge|nre", "CREATE INDEX book_genre ON book (genre, year)");
    inspects("SELECT * FROM bo|ok", "book_title  title        unique, of some rows (WHERE)");
    inspects("SELECT * FROM bo|ok", "about 100 rows, as ANALYZE counted them");
    inspects("SELECT * FROM bo|ok", "CREATE TABLE book");
    inspects("SELECT * FROM sma|ll", "2 rows");
    inspects("SELECT * FROM big| b", "more than 10000 rows");
    inspects("SELECT * FROM end|less", "view endless");
    inspects("SELECT b|.id FROM book AS b", "table book");
    inspects("WITH w AS (SELECT id, title AS t FROM book) SELECT * FROM |w",
             "query w of this statement\ncolumns: id, t");
    inspects("SELECT q|.x FROM (SELECT 1 AS x, 2 y) AS q", "columns: x, y");
    inspects("SELECT * FROM json_ea|ch('[]')", "table function json_each(X,PATH)");
    inspects("SELECT * FROM nobo|dy", NULL);
}

static void test_columns(void)
{
    inspects("SELECT tit|le FROM book", "column of the table book");
    inspects("SELECT gen|re FROM book", "book_genre  genre, year");
    inspects("SELECT gen|re FROM book", "about 4 different values, 25 rows for each (ANALYZE");
    inspects("SELECT b.ye|ar FROM book b", "year    INTEGER");
    inspects("WITH w AS (SELECT * FROM book) SELECT ye|ar FROM w", "column of the table book");
    inspects("WITH w AS (SELECT year + 1 AS y FROM book) SELECT |y FROM w", "column y of w");
    inspects("SELECT 1 FROM small WHERE EXISTS (SELECT 1 FROM book WHERE title = no|te)",
             "column of the table small");
}

static void test_sample(void)
{
    AUTO_JSON *without = inspected("SELECT * FROM sma|ll", 0);
    AUTO_JSON *with = inspected("SELECT * FROM sma|ll", 1);
    const char *html = json_member_text(with, "text/html", "");
    ok(strstr(json_member_text(without, "text/plain", ""), "<script>") == NULL,
       "no rows at detail_level 0");
    contains(json_member_text(with, "text/plain", ""), "<script>", "rows at detail_level 1");
    contains(html, "&lt;script&gt;", "escaped in HTML");
    ok(strstr(html, "<script") == NULL && strstr(html, "<b>") == NULL, "nothing gets through");
    view.has_rows = false;
    AUTO_JSON *copy = inspected("SELECT * FROM sma|ll", 1);
    ok(strstr(json_member_text(copy, "text/plain", "?"), " rows") == NULL,
       "a copy of the schema has no rows to speak of");
    view.has_rows = true;
}

static int stop(void *context)
{
    (void)context;
    return 1;
}

/* What the view's connection stops is left out. */
static void test_stopped(void)
{
    sqlite3_progress_handler(view.connection, 20000, stop, NULL);
    inspects("SELECT * FROM end|less", "view endless");
    AUTO_JSON *bundle = inspected("SELECT * FROM end|less", 1);
    contains(json_member_text(bundle, "text/plain", ""), "CREATE VIEW endless",
             "a view that never ends");
    sqlite3_progress_handler(view.connection, 0, NULL, NULL);
}

static void test_words(void)
{
    inspects("SELECT sub|str(title, 1) FROM book", "function substr(X,Y,Z)");
    inspects("SELECT cou|nt(*)", "aggregate and window function count(X)\nhow many values");
    inspects("SELECT substr(title, |) FROM book", "function substr");
    inspects("SEL|ECT 1", "keyword SELECT\nSELECT [DISTINCT]");
    inspects("CREATE TABLE x (a) WITH|OUT ROWID", "keyword WITHOUT\n");
    inspects("PRAGMA journal_mo|de",
             "PRAGMA journal_mode\nhow transactions are made safe\nvalues:");
    inspects("PRAGMA main.table_in|fo(book)", "PRAGMA table_info(table)");
    inspects("PRAGMA no_such_thin|g", NULL);
    inspects("SELECT :rea|der", ":reader = \"Ada\"");
    inspects("SELECT @x|", "%param x VALUE sets it");
    inspects("SELECT \"|", NULL);
    /* JupyterLab's cursor lies behind the end of the code (FE-49). */
    AUTO_JSON *beyond = sqlite_inspect(&view, "SELECT * FROM book", 18, 24, 0);
    contains(json_member_text(beyond, "text/plain", ""), "table book", "a cursor beyond the end");
}

/* --- the tables ------------------------------------------------------------------------------ */

static bool check_pragma(void *context, const char *const *values, size_t count)
{
    (void)context;
    (void)count;
    if (sql_pragma_find(values[0]) == NULL)
        ok(false, "pragma %s is described", values[0]);
    return true;
}

static bool check_function(void *context, const char *const *values, size_t count)
{
    (void)context;
    (void)count;
    if (values[0][0] != '-' && strncmp(values[0], "fts3", 4) != 0 &&
        sql_function_find(values[0]) == NULL)
        diag("function %s of this SQLite is not described", values[0]);
    return true;
}

static void test_tables_of_words(void)
{
    size_t missing = 0, described = 0;
    for (int i = 0; i < sqlite3_keyword_count(); i++) {
        const char *name;
        int size;
        if (sqlite3_keyword_name(i, &name, &size) == SQLITE_OK)
            missing += sql_word_find(name, (size_t)size) == SQL_WORD_NONE;
    }
    is_int(missing, 0, "every keyword of SQLite is known");
    for (int word = 1; word < SQL_WORD_COUNT; word++) {
        const char *text = sql_word_text((enum sql_word)word);
        if (sql_word_find(text, strlen(text)) != (enum sql_word)word)
            ok(false, "%s is found", text);
        described += sql_keyword_syntax((enum sql_word)word) != NULL;
    }
    ok(described > 90, "%zu keywords have their syntax", described);
    (void)sqlite_catalog_query(&view, "SELECT name FROM pragma_pragma_list", NULL, 0, check_pragma,
                               NULL);
    (void)sqlite_catalog_query(&view, "SELECT DISTINCT name FROM pragma_function_list", NULL, 0,
                               check_function, NULL);
    ok(sql_function_find("ZeroBlob") != NULL && sql_function_find("abs") != NULL &&
           sql_function_find("json_array_length") != NULL && sql_function_find("nope") == NULL,
       "functions are found");
    ok(sql_pragma_find("Analysis_Limit") != NULL && sql_pragma_find("writable_schema") != NULL &&
           sql_pragma_find("x") == NULL,
       "pragmas are found");
}

int main(void)
{
    AUTO_JSON *parameters = json_pack("{s:s}", "reader", "Ada");
    view.parameters = parameters;
    sqlite3_open(":memory:", &view.connection);
    if (sqlite3_exec(view.connection, schema, NULL, NULL, NULL) != SQLITE_OK)
        bail_out("%s", sqlite3_errmsg(view.connection));
    test_tables();
    test_columns();
    test_sample();
    test_stopped();
    test_words();
    test_tables_of_words();
    sqlite3_close(view.connection);
    return done_testing();
}
