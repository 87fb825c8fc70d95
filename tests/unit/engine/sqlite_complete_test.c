/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_complete, sqlite_inspect, sqlite_describe on a database in memory. A | in a text marks the
 * cursor.
 */
#include "engine/look/sqlite_complete.h"
#include "engine/look/sqlite_catalog.h"
#include "engine/look/sqlite_describe.h"
#include "engine/look/sqlite_inspect.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "engine/sqlite_engine.h"
#include "engine/sqlite_guard.h"
#include "tap.h"

static struct sqlite_engine *engine;

static const struct sqlite_view *view_now(void)
{
    static struct sqlite_view view;

    view = sqlite_engine_view(engine);
    return &view;
}

static const char schema[] =
    "CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT '?', year INTEGER);"
    "CREATE TABLE loan (id INTEGER PRIMARY KEY, book_id INTEGER REFERENCES book (id), reader TEXT, "
    "due TEXT);"
    "CREATE TABLE \"odd name\" (\"a b\" TEXT, \"select\" INTEGER);"
    "CREATE VIEW late_loan AS SELECT * FROM loan WHERE due < date();"
    "CREATE VIEW broken AS SELECT * FROM no_such_table;"
    "CREATE INDEX loan_reader ON loan (reader);"
    "CREATE TRIGGER loan_check AFTER INSERT ON loan BEGIN SELECT 1; END;"
    "CREATE TEMP TABLE scratch (x);"
    "ATTACH ':memory:' AS aux; CREATE TABLE aux.far (y);";

/* The code without its mark; *ret_cursor is where it was. Caller frees. */
static char *unmarked(const char *marked, size_t *ret_cursor)
{
    const char *mark = strchr(marked, '|');
    *ret_cursor = (size_t)(mark - marked);
    return xasprintf("%.*s%s", (int)*ret_cursor, marked, mark + 1);
}

/* All matches as `text:type text:type`, after the replaced range `start-end`. */
static char *completed(const char *marked, size_t max)
{
    size_t cursor, start, end;
    AUTO_FREE char *code = unmarked(marked, &cursor);
    AUTO_JSON *matches = json_array();
    AUTO_STRBUF text = STRBUF_INIT;
    sqlite_complete(view_now(), code, strlen(code), cursor, matches, &start, &end);
    strbuf_addf(&text, "%zu-%zu", start, end);
    for (size_t i = 0; i < json_array_size(matches) && i < max; i++) {
        const json_t *match = json_array_get(matches, i);
        strbuf_addf(&text, " %s:%.2s", json_member_text(match, "text", "?"),
                    json_member_text(match, "type", "?"));
    }
    return strbuf_take(&text);
}

static void completes(const char *marked, const char *expected)
{
    AUTO_FREE char *text = completed(marked, 1000);
    is_str(text, expected, "completion of %s", marked);
}

static void begins(const char *marked, const char *expected)
{
    AUTO_FREE char *text = completed(marked, 1000);
    AUTO_FREE char *begin = xstrndup(text, strlen(expected));
    is_str(begin, expected, "completion of %s begins", marked);
}

static void test_tables(void)
{
    completes("SELECT * FROM b|", "14-15 book:ta broken:vi");
    completes("select * from loa|", "14-17 loan:ta");
    begins("SELECT * FROM |",
           "14-14 book:ta broken:vi far:ta late_loan:vi loan:ta \"odd name\":ta scratch:ta aux:sc "
           "json_each:fu json_tree:fu");
    begins("SELECT * FROM book, l|", "20-21 late_loan:vi loan:ta");
    begins("SELECT * FROM book b LEFT JOIN lo|", "31-33 loan:ta");
    completes("SELECT * FROM \"o|\"", "14-17 \"odd name\":ta");
    completes("SELECT * FROM [bo|", "14-17 [book]:ta");
    completes("SELECT * FROM main.lo|", "19-21 loan:ta");
    completes("SELECT * FROM temp.sc| WHERE 1", "19-21 scratch:ta");
    completes("SELECT * FROM aux.|", "18-18 far:ta");
    completes("SELECT * FROM au|", "14-16 aux:sc");
    completes("FROM nu|", "5-7");
    completes("INSERT INTO lo|", "12-14 loan:ta");
    completes("REPLACE INTO main.lo|", "18-20 loan:ta");
    completes("INSERT OR IGNORE INTO lo|", "22-24 loan:ta");
    completes("DELETE FROM lo|", "12-14 loan:ta");
    completes("UPDATE OR REPLACE lo| SET x = 1", "18-20 loan:ta");
    completes("ALTER TABLE lo|", "12-14 loan:ta");
    completes("DROP TABLE IF EXISTS lo|", "21-23 loan:ta");
    completes("DROP TABLE main.lo|", "16-18 loan:ta");
    completes("DROP INDEX |", "11-11 loan_reader:in IF:ke EXISTS:ke");
    completes("DROP TRIGGER lo|", "13-15 loan_check:tr");
    completes("DROP VIEW la|", "10-12 late_loan:vi");
    completes("CREATE INDEX i ON lo|", "18-20 loan:ta");
    completes("CREATE TRIGGER x AFTER UPDATE ON lo|", "33-35 loan:ta");
    completes("CREATE TABLE x (a INTEGER REFERENCES lo|", "37-39 loan:ta");
    completes("SELECT 1; /* first */ UPDATE lo|", "29-31 loan:ta");
    completes("WITH summer (month) AS (SELECT 1) SELECT * FROM su|", "48-50 summer:ta");
    completes("WITH summer (month) AS (SELECT 1) DELETE FROM loan WHERE id IN (SELECT 1 FROM su|",
              "78-80 summer:ta");
    begins("SELECT * FROM sqlite_s|", "14-22 sqlite_schema:ta");
    begins("SELECT * FROM pragma_table_i|", "14-28 pragma_table_info:fu");
    begins("SELECT * FROM json_e|", "14-20 json_each:fu");
    completes("DETACH a|", "7-8 aux:sc");
    begins("SELECT * FROM (sel|", "15-18 select:ke");
}

/* What a word right before the place asks for comes first. */
static void test_after_words(void)
{
    completes("EXPLAIN QU|", "8-10 QUERY:ke");
    begins("SELECT * FROM book WHERE title is n|", "34-35 null:ke not:ke");
    begins("SELECT * FROM book WHERE title IS NOT |", "38-38 NULL:ke id:co");
    begins("SELECT * FROM book WHERE NOT EX|", "29-31 EXISTS:ke");
    completes("CREATE TRIGGER x AFTER INS|", "23-26 INSERT:ke INSTEAD:ke");
    begins("CREATE TRIGGER x INSTEAD OF |", "28-28 INSERT:ke UPDATE:ke DELETE:ke");
    begins("ALTER TABLE book RENAME CO|", "24-26 COLUMN:ke");
    begins("ALTER TABLE book RENAME ti|", "24-26 title:co");
    begins("ALTER TABLE book DROP |", "22-22 id:co title:co year:co COLUMN:ke");
    begins("CREATE VIRTUAL TABLE x USING ft|", "29-31 fts");
    completes("CREATE TABLE x (a) WITHOUT RO|", "27-29 ROWID:ke ROLLBACK:ke ROW:ke ROWS:ke");
    completes("CREATE TABLE x (a) STR|", "19-22 STRICT:ke");
    begins("CREATE TABLE x (a REFERENCES book ON |", "37-37 DELETE:ke UPDATE:ke CONFLICT:ke");
    begins("CREATE TABLE x (a REFERENCES book ON DELETE |", "44-44 CASCADE:ke SET:ke");
    begins("CREATE TABLE x AS WITH q AS (SELECT 5 AS five) SELECT fi| FROM q", "54-56 five:co");
    begins("INSERT INTO book (year) WITH q AS (SELECT 5 AS yes) SELECT y| FROM q", "59-60 yes:co");
    begins("INSERT INTO book (year) WITH q AS (SELECT 5 AS five) SELECT * FROM q|", "67-68 q:ta");
    begins("SELECT * FROM book NOT INDEXED WH|", "31-33 WHERE:ke");
    begins("REINDEX loan_|", "8-13 loan_reader:in");
    begins("SELECT * FROM loan INDEXED BY |", "30-30 loan_reader:in");
    begins("SELECT * FROM book INDEXED BY loan|", "30-34");
    begins("SELECT sum(id) OVER mi| FROM loan WINDOW mine AS (ORDER BY id)", "20-22 mine:wi");
    begins("SELECT sum(id) OVER o| FROM loan WINDOW a AS (ORDER BY id), other AS (ORDER BY due)",
           "20-21 other:wi");
    begins("SELECT id AS first FROM book UNION SELECT id AS second FROM loan ORDER BY |",
           "74-74 second:co first:co");
    begins("SELECT id AS first FROM book UNION SELECT id FROM loan GROUP BY fi|",
           "64-66 first_value:fu");
}

/* A list in parentheses has each column once; the rowid and hidden columns are for who asks. */
static void test_lists_and_hidden(void)
{
    sqlite3_exec(view_now()->connection,
                 "CREATE TEMP TABLE gen (a, b AS (a + 1), c AS (a + 2) STORED, \"d e\", key);"
                 "CREATE TEMP TABLE bare (a PRIMARY KEY) WITHOUT ROWID;"
                 "CREATE VIRTUAL TABLE temp.texts USING fts5 (body);",
                 NULL, NULL, NULL);
    completes("INSERT INTO gen (|", "17-17 a:co \"d e\":co key:co");
    completes("INSERT INTO gen (a, |", "20-20 \"d e\":co key:co");
    completes("INSERT INTO gen (|, \"D E\", a) VALUES (1)", "17-17 key:co");
    completes("INSERT INTO gen (a|) VALUES (1)", "17-18 a:co");
    completes("SELECT ke| FROM gen", "7-9 key:co");
    begins("SELECT ro| FROM book", "7-9 rowid:co round:fu");
    completes("SELECT b.ro| FROM book b", "9-11 rowid:co");
    completes("SELECT b.| FROM book b", "9-9 id:co title:co year:co");
    completes("SELECT b.ro| FROM bare b", "9-11");
    completes("SELECT l.ro| FROM late_loan l", "9-11");
    completes("SELECT s.ro| FROM (SELECT * FROM book) s", "9-11");
    begins("SELECT ra| FROM texts", "7-9 rank:co");
    sqlite3_exec(view_now()->connection,
                 "DROP TABLE temp.gen; DROP TABLE temp.bare; DROP TABLE temp.texts", NULL, NULL,
                 NULL);
}

/* A name goes without quotes when SQLite takes it for itself, and only then. */
static void test_keywords_as_names(void)
{
    sqlite3 *db = NULL;
    int bare = 0;
    sqlite3_open(":memory:", &db);
    for (int i = 0; i < sqlite3_keyword_count(); i++) {
        const char *text;
        int size, value = 0;
        sqlite3_stmt *statement = NULL;
        sqlite3_keyword_name(i, &text, &size);
        AUTO_FREE char *name = xstrndup(text, (size_t)size);
        AUTO_FREE char *id = sqlite_catalog_identifier(name);
        AUTO_FREE char *sql =
            xasprintf("CREATE TABLE %s (%s, x); INSERT INTO %s (%s, x) VALUES (7, 8);"
                      "UPDATE %s SET %s = %s.%s WHERE %s = 7 AND x = 8; CREATE INDEX i ON %s (%s);",
                      id, id, id, id, id, id, id, id, id, id, id);
        AUTO_FREE char *query =
            xasprintf("SELECT z.%s + %s FROM %s AS z ORDER BY %s, x; ", id, id, id, id);
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
            sqlite3_prepare_v2(db, query, -1, &statement, NULL) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW)
            value = sqlite3_column_int(statement, 0);
        sqlite3_finalize(statement);
        AUTO_FREE char *drop = xasprintf("DROP TABLE IF EXISTS %s", id);
        sqlite3_exec(db, drop, NULL, NULL, NULL);
        if (value != 14)
            is_str(id, "", "%s is a name: %s", id, sqlite3_errmsg(db));
        bare += id[0] != '"';
    }
    ok(bare > 20, "%d keywords go without quotes", bare);
    sqlite3_close(db);
}

static void test_columns(void)
{
    completes("SELECT tit| FROM book", "7-10 title:co");
    completes("SELECT b.| FROM book AS b", "9-9 id:co title:co year:co");
    completes("SELECT b.| FROM book b JOIN loan l ON l.book_id = b.id",
              "9-9 id:co title:co year:co");
    completes("SELECT * FROM book b JOIN loan l ON l.book|", "38-42 book_id:co");
    completes("SELECT l.r| FROM book b, main.loan l", "9-10 reader:co rowid:co");
    completes("SELECT main.loan.re|", "17-19 reader:co");
    completes("SELECT loan.re|", "12-14 reader:co");
    completes("SELECT count(tit| FROM book", "13-16 title:co");
    completes("SELECT count(DISTINCT b.tit| FROM book b WHERE 1", "24-27 title:co");
    begins("SELECT * FROM book WHERE |", "25-25 id:co title:co year:co book:ta");
    begins("SELECT * FROM book GROUP BY ye|", "28-30 year:co");
    begins("SELECT year AS born FROM book ORDER BY bo|", "39-41 born:co book:ta");
    begins("SELECT year y2 FROM book GROUP BY 1 HAVING y2|", "43-45 y2:co");
    begins("DELETE FROM loan RETURNING re|", "27-29 reader:co");
    completes("INSERT INTO loan (rea|", "18-21 reader:co");
    completes("INSERT INTO loan(id, |) VALUES (1, 2)", "21-21 book_id:co reader:co due:co");
    completes("UPDATE loan SET du|", "16-18 due:co");
    completes("UPDATE loan SET due = 1, re|", "25-27 reader:co");
    begins("UPDATE loan SET due = re|", "22-24 reader:co");
    completes("INSERT INTO loan (id) VALUES (1) ON CONFLICT (i|", "46-47 id:co");
    begins("INSERT INTO loan (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET due = excluded.du|",
           "79-81 due:co");
    completes("CREATE INDEX i ON loan(due, rea|", "28-31 reader:co");
    completes("CREATE TABLE x (one INT, two INT, PRIMARY KEY (tw|", "47-49 two:co");
    begins("CREATE TABLE x (one INT, two INT CHECK (tw|", "40-42 two:co");
    completes("CREATE TABLE x (one INT REFERENCES book(ti|", "40-42 title:co");
    completes("ALTER TABLE loan DROP COLUMN du|", "29-31 due:co");
    begins("ALTER TABLE loan RENAME re|", "24-26 reader:co");
    completes("SELECT * FROM book JOIN loan USING (|", "36-36 id:co");
    completes("SELECT \"a| FROM \"odd name\"", "7-9 \"a b\":co");
    completes("SELECT \"a|\" FROM \"odd name\"", "7-10 \"a b\":co");
    completes("SELECT sel| FROM \"odd name\"", "7-10 \"select\":co select:ke");
    completes("SELECT rea|", "7-10 reader:co");
    begins("SELECT due FROM loan l WHERE EXISTS (SELECT 1 FROM book WHERE id = l.bo|",
           "69-71 book_id:co");
    begins("SELECT due FROM loan WHERE EXISTS (SELECT 1 FROM book WHERE id|", "60-62 id:co");
    begins("SELECT due FROM loan WHERE EXISTS (SELECT 1 FROM book WHERE re|", "60-62 reader:co");
    begins("SELECT id FROM book UNION SELECT du| FROM loan", "33-35 due:co");
    completes("CREATE TRIGGER x AFTER INSERT ON loan BEGIN SELECT NEW.re|", "55-57 reader:co");
    completes("CREATE TRIGGER x AFTER UPDATE OF re| ON loan BEGIN SELECT 1; END",
              "33-35 reader:co");
    completes("CREATE TRIGGER x AFTER INSERT ON loan WHEN old.du| BEGIN SELECT 1; END",
              "47-49 due:co");
    begins("CREATE TRIGGER x AFTER INSERT ON loan BEGIN SELECT 1; UPDATE book SET ti|",
           "70-72 title:co");
    completes("SELECT nothing.|", "15-15");
    completes("SELECT .| FROM book", "8-8");
    completes("SELECT 1 AS ti|", "12-14");
}

static void test_queries(void)
{
    completes("WITH t (one, two) AS (SELECT 1, 2) SELECT tw| FROM t", "42-44 two:co");
    completes("WITH t (one, two) AS (SELECT 1, 2) SELECT x.tw| FROM t AS x", "44-46 two:co");
    completes("WITH t AS (SELECT title AS one, year FROM book) SELECT t.| FROM t",
              "57-57 one:co year:co");
    completes("WITH t AS (SELECT * FROM loan), u AS (SELECT t.* FROM t) SELECT u.re| FROM u",
              "66-68 reader:co");
    completes("SELECT q.| FROM (SELECT title t2, count(*), year + 1 AS y FROM book) AS q",
              "9-9 t2:co y:co");
    completes("SELECT q.| FROM (SELECT b.*, due FROM book b, loan) q",
              "9-9 id:co title:co year:co due:co");
    completes("SELECT q.| FROM (SELECT 1 AS a UNION ALL SELECT 2) q", "9-9 a:co");
    completes("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT n.| FROM n) SELECT i FROM n",
              "52-52 i:co");
    completes("SELECT j.| FROM loan, json_each(loan.due) AS j",
              "9-9 key:co value:co type:co atom:co id:co parent:co fullkey:co path:co");
    begins("SELECT * FROM (book b JOIN loan l ON b.id = l.bo|", "46-48 book_id:co");
    begins("SELECT id FROM book; SELECT du| FROM loan; SELECT title FROM book", "28-30 due:co");
    begins("%use x.db\nSELECT du| FROM loan\n", "17-19 due:co");
}

static void test_words(void)
{
    completes("SEL|", "0-3 SELECT:ke");
    completes("sel|", "0-3 select:ke");
    completes("  |SELECT 1",
              "2-2 SELECT:ke WITH:ke INSERT:ke UPDATE:ke DELETE:ke CREATE:ke DROP:ke "
              "ALTER:ke EXPLAIN:ke PRAGMA:ke REPLACE:ke SAVEPOINT:ke RELEASE:ke "
              "VALUES:ke ANALYZE:ke REINDEX:ke BEGIN:ke COMMIT:ke ROLLBACK:ke "
              "ATTACH:ke DETACH:ke VACUUM:ke END:ke");
    begins("select 1; |", "10-10 select:ke");
    completes("select id from book ord|", "20-23 order:ke");
    completes("select id from book order |", "26-26 by:ke");
    begins("SELECT id FROM book |", "20-20 WHERE:ke JOIN:ke LEFT:ke");
    begins("SELECT id FROM book WHERE id = 1 |", "33-33 AND:ke OR:ke");
    begins("SELECT id |", "10-10 FROM:ke AS:ke");
    begins("UPDATE loan |", "12-12 SET:ke");
    begins("INSERT INTO loan |", "17-17 VALUES:ke SELECT:ke");
    begins("INSERT |", "7-7 INTO:ke OR:ke");
    begins("WITH a AS (|", "11-11 SELECT:ke VALUES:ke");
    begins("WITH a AS (SELECT 1) |", "21-21 SELECT:ke INSERT:ke");
    begins("SELECT 1 UNION |", "15-15 ALL:ke SELECT:ke");
    begins("CREATE VIEW v AS |", "17-17 SELECT:ke");
    completes("SELECT json_arr|", "7-15 json_array:fu json_array_length:fu");
    completes("SELECT COUN|", "7-11 COUNT:fu");
    completes("SELECT title COLLATE no| FROM book", "21-23 nocase:co");
    begins("CREATE TABLE x (a IN|", "18-20 INTEGER:ty");
    begins("CREATE TABLE x (a INTEGER pri|", "26-29 primary:ke");
    completes("SELECT CAST(id AS te| FROM book", "18-20 text:ty temp:ke temporary:ke");
    completes("EXPLAIN QUERY PLAN SEL|", "19-22 SELECT:ke");
}

static void test_pragmas(void)
{
    completes("PRAGMA foreign_k|", "7-16 foreign_key_check:pr foreign_key_list:pr foreign_keys:pr");
    completes("PRAGMA main.journal_m|", "12-21 journal_mode:pr");
    completes("PRAGMA journal_mode=|",
              "20-20 DELETE:va TRUNCATE:va PERSIST:va MEMORY:va WAL:va OFF:va");
    completes("pragma foreign_keys = o|", "22-23 on:va off:va");
    completes("PRAGMA table_info(lo|", "18-20 loan:ta");
    completes("PRAGMA aux.table_info(|", "22-22 far:ta");
    completes("PRAGMA index_info(|", "18-18 loan_reader:in");
    completes("PRAGMA journal_mode|;", "7-19 journal_mode:pr");
}

static void test_signature(void)
{
    size_t start, end;
    AUTO_JSON *matches = json_array();
    sqlite_complete(view_now(), "SELECT substr", 13, 13, matches, &start, &end);
    is_str(json_member_text(json_array_get(matches, 0), "signature", ""), "(X,Y,Z)",
           "a function comes with what it takes");
}

static void test_parameters(void)
{
    AUTO_JSON *value = json_string("x");
    sqlite_engine_set_parameter(engine, "reader", value);
    sqlite_engine_set_parameter(engine, "limit_days", value);
    completes("SELECT :re|", "7-10 :reader:pa");
    completes("SELECT $|", "7-8 $reader:pa $limit_days:pa");
    completes("SELECT @l|;", "7-9 @limit_days:pa");
    completes("%param rea|", "7-10");
    completes("%use re|", "5-7");
}

/* Exact case first, then any case, then, only when there is nothing else, within the name. */
static void test_ranks(void)
{
    sqlite3 *connection = sqlite_engine_target(engine)->connection;
    sqlite3_exec(connection, "CREATE TABLE zoo (Zebra, zeal, lazy)", NULL, NULL, NULL);
    begins("SELECT ze| FROM zoo", "7-9 zeal:co Zebra:co");
    begins("SELECT Ze| FROM zoo", "7-9 Zebra:co zeal:co");
    completes("SELECT azy| FROM zoo", "7-10 lazy:co");
    completes("SELECT az| FROM zoo", "7-9");
    completes("SELECT zeal| FROM zoo", "7-11 zeal:co");
    sqlite3_exec(connection, "DROP TABLE zoo; CREATE TABLE zoo (crazy)", NULL, NULL, NULL);
    completes("SELECT craz|", "7-11 crazy:co");
    sqlite3_exec(connection, "DROP TABLE zoo", NULL, NULL, NULL);
    completes("SELECT craz|", "7-11");
}

/* What a virtual table keeps its data in is not for typing; its columns are no CREATE TABLE's. */
static void test_virtual(void)
{
    sqlite3 *connection = sqlite_engine_target(engine)->connection;
    if (sqlite3_exec(connection, "CREATE VIRTUAL TABLE nota USING fts5(corpus)", NULL, NULL,
                     NULL) != SQLITE_OK)
        bail_out("%s", sqlite3_errmsg(connection));
    completes("SELECT * FROM not|", "14-17 nota:ta");
    completes("SELECT corp|", "7-11 corpus:co");
    sqlite3_exec(connection, "DROP TABLE nota", NULL, NULL, NULL);
}

static void test_nowhere(void)
{
    completes("SELECT 'lo|'", "10-10");
    completes("SELECT 1 -- lo|", "14-14");
    completes("SELECT 1 /* lo| */", "14-14");
    completes("%ta|", "3-3");
    completes("SELECT 12|", "9-9");
}

static void test_robust(void)
{
    static const char text[] =
        "WITH a(b,c)AS(SELECT \"x\", 'y', [z], `q`, :p, 1e5 FROM t AS u, v) -- w\n/* c */"
        "INSERT INTO x.y(z)SELECT * FROM((a JOIN b ON c.d));%use f\n\xc3\xa9\xff\x01";
    size_t size = sizeof(text); /* with the NUL */
    for (size_t from = 0; from < size; from++) {
        for (size_t cursor = from; cursor <= size + 2; cursor += 3) {
            AUTO_FREE char *copy = xmemdup(text + from, size - from);
            AUTO_JSON *matches = json_array();
            size_t start, end;
            sqlite_complete(view_now(), copy, size - from, cursor - from, matches, &start, &end);
            if (start > end || end > size - from)
                ok(false, "range %zu-%zu of %zu", start, end, size - from);
            json_decref(sqlite_inspect(view_now(), copy, size - from, cursor - from, 0));
        }
    }
    AUTO_STRBUF deep = STRBUF_INIT;
    for (int i = 0; i < 20000; i++)
        strbuf_add_text(&deep, "(SELECT * FROM ");
    AUTO_JSON *matches = json_array();
    size_t start, end;
    sqlite_complete(view_now(), strbuf_text(&deep), deep.size, deep.size, matches, &start, &end);
    ok(json_array_size(matches) > 0, "deep nesting");
    sqlite_complete(view_now(), "", 0, 0, matches, &start, &end);
    is_int(end, 0, "an empty cell");
}

static void test_transaction(void)
{
    sqlite3 *connection = sqlite_engine_target(engine)->connection;
    sqlite3_exec(connection, "BEGIN; INSERT INTO book (title) VALUES ('x')", NULL, NULL, NULL);
    completes("SELECT * FROM lo|", "14-16 loan:ta");
    ok(!sqlite3_get_autocommit(connection), "the user's transaction stays open");
    sqlite3_exec(connection, "ROLLBACK", NULL, NULL, NULL);
}

static void inspects(const char *marked, const char *expected)
{
    size_t cursor;
    AUTO_FREE char *code = unmarked(marked, &cursor);
    AUTO_JSON *bundle = sqlite_inspect(view_now(), code, strlen(code), cursor, 0);
    if (expected == NULL)
        ok(bundle == NULL, "nothing is known at %s", marked);
    else
        contains(json_member_text(bundle, "text/plain", "(nothing)"), expected, "inspection of %s",
                 marked);
}

static void test_inspect(void)
{
    inspects("SELECT * FROM lo|an", "table loan in");
    inspects("SELECT * FROM loan|", "references book(id)");
    inspects("SELECT * FROM loan|", " columns)");
    inspects("SELECT * FROM |loan", "CREATE INDEX loan_reader");
    inspects("SELECT * FROM late_lo|an", "CREATE VIEW late_loan");
    inspects("SELECT * FROM bro|ken", "CREATE VIEW broken");
    inspects("SELECT \"a |b\" FROM \"odd name\"", "column of the table odd name");
    inspects("SELECT b.tit|le FROM book b", "not null, default '?'");
    inspects("SELECT tit|le FROM book b", "column of the table book");
    inspects("SELECT * FROM book b WHERE b|.id = 1", "table book");
    inspects("SELECT * FROM main.lo|an", "table loan");
    inspects("SELECT cou|nt(*)", "aggregate and window function count");
    inspects("SELECT substr('a', |", "function substr");
    inspects("SELECT substr(lower('a'), |", "function substr");
    inspects("SEL|ECT 1", "keyword SELECT");
    inspects("SELECT :rea|der", ":reader = \"x\"");
    inspects("SELECT :nob|ody", "not set");
    inspects("SELECT nob|ody", NULL);
    inspects("SELECT 'lo|an'", NULL);
    inspects("|", NULL);
}

static void test_describe(void)
{
    struct error error = ERROR_INIT;
    AUTO_JSON *all = sqlite_describe(view_now(), NULL, &error);
    contains(json_member_text(all, "text/plain", ""), "CREATE VIEW late_loan", "all of them");
    AUTO_JSON *loan = sqlite_describe(view_now(), "LOAN", &error);
    contains(json_member_text(loan, "text/plain", ""), "CREATE TRIGGER loan_check",
             "a table with its trigger");
    ok(strstr(json_member_text(loan, "text/plain", ""), "TABLE book") == NULL,
       "and no other table");
    AUTO_JSON *index = sqlite_describe(view_now(), "main.loan_reader", &error);
    is_str(json_member_text(index, "text/plain", ""), "CREATE INDEX loan_reader ON loan (reader);",
           "an index with its schema");
    ok(sqlite_describe(view_now(), "laon", &error) == NULL, "one that is not there");
    contains(error.message, "did you mean loan?", "near names");
    ok(sqlite_describe(view_now(), "\"; DROP TABLE loan; --", &error) == NULL, "names are bound");
}

/* Another program has locked the file: nobody may wait for it to type on. */
static void test_locked(void)
{
    char directory[] = "/tmp/complete-XXXXXX";
    struct error error = ERROR_INIT;
    struct use_options options = {.directory = directory, .create = true, .timeout_ms = 60000};
    if (mkdtemp(directory) == NULL || !sqlite_engine_use(engine, "locked.db", &options, &error))
        bail_out("no database: %s", error.message);
    AUTO_FREE char *path = xasprintf("%s/locked.db", directory);
    sqlite3 *other = NULL;
    sqlite3_open(path, &other);
    sqlite3_exec(other, "CREATE TABLE t (a); BEGIN EXCLUSIVE", NULL, NULL, NULL);
    int64_t start = monotonic_us();
    completes("SEL|", "0-3 SELECT:ke");
    inspects("SELECT * FROM t|", NULL);
    ok(sqlite_describe(view_now(), "t", &error) == NULL, "no CREATE text while it is locked");
    contains(error.message, "locked", "and the error says why");
    ok(monotonic_us() - start < 5 * 1000000, "nobody waited");
    sqlite3_close(other);
    completes("SELECT * FROM t|", "14-15 t:ta temp:sc");
    (void)unlink(path);
    (void)rmdir(directory);
}

static void test_without_database(void)
{
    struct sqlite_engine *before = engine;
    engine = sqlite_engine_new(NULL, NULL);
    completes("SEL|", "0-3 SELECT:ke");
    completes("SELECT * FROM lo|", "14-16");
    inspects("SELECT * FROM lo|an", NULL);
    struct error error = ERROR_INIT;
    ok(sqlite_describe(view_now(), NULL, &error) == NULL, "no database in use");
    sqlite_engine_free(engine);
    engine = before;
}

int main(void)
{
    struct error error = ERROR_INIT;
    struct use_options options = {.directory = ".", .timeout_ms = 1000};
    engine = sqlite_engine_new(NULL, NULL);
    if (!sqlite_engine_use(engine, ":memory:", &options, &error))
        bail_out("%s", error.message);
    const struct engine_target *target = sqlite_engine_target(engine);
    sqlite_guard_own(target->guard, true);
    if (sqlite3_exec(target->connection, schema, NULL, NULL, NULL) != SQLITE_OK)
        bail_out("%s", sqlite3_errmsg(target->connection));
    test_tables();
    test_after_words();
    test_lists_and_hidden();
    test_keywords_as_names();
    test_columns();
    test_queries();
    test_words();
    test_pragmas();
    test_signature();
    test_ranks();
    test_virtual();
    test_parameters();
    test_nowhere();
    test_robust();
    test_transaction();
    test_inspect();
    test_describe();
    test_locked();
    test_without_database();
    sqlite_engine_free(engine);
    return done_testing();
}
