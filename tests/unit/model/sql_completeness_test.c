/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which texts want another line, and by how much it is indented.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/sql/sql_completeness.h"
#include "tap.h"

#define TRIGGER                                                                                    \
    "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END;"

struct completeness_case {
    const char *text;
    enum sql_completeness expected;
    size_t indent;
};

static void check(const char *what, const struct completeness_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t indent = 99;
        is_int(sql_completeness_of(cases[i].text, strlen(cases[i].text), &indent),
               cases[i].expected, "%s: <%.*s>", what, (int)strcspn(cases[i].text, "\n"),
               cases[i].text);
        is_int(indent, cases[i].indent, "its indent");
    }
}

static void test_complete(void)
{
    static const char *const cases[] = {
        "",
        "-- comment",
        "%tables",
        "%use it's",
        "%%time\nSELECT 1",
        "%%sql\n-- nothing\nSELECT 1",
        "%tables\nSELECT 1",
        ";",
        "SELECT 1;",
        "SELECT 1; -- done",
        "SELECT 1;\n%tables",
        "SELECT 1\n",
        "SELECT 1\n    ",
        "SELECT 1",
        "SELECT 1; SELECT 2 -- two",
        TRIGGER,
        "SELECT CASE 1 WHEN 1 THEN 2 END;",
        "SELECT CASE 1 WHEN 1 THEN 2 END",
        "SELECT *",
        "SELECT t.*",
        "SELECT a, *",
        "SELECT DISTINCT *",
        "SELECT 1.",
        "SELECT .5",
        "SELECT ?",
        "SELECT :a",
        "SELECT key",
        "SELECT offset",
        "SELECT like",
        "SELECT 'FROM'",
        "SELECT \"FROM\"",
        "SELECT [FROM]",
        "SELECT a FROM t",
        "SELECT a FROM t AS u",
        "SELECT a FROM t ORDER BY a DESC",
        "SELECT a FROM t WHERE a BETWEEN 1 AND 2",
        "SELECT a FROM t WHERE a ISNULL",
        "SELECT a FROM t LIMIT 1 OFFSET 2",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "VALUES (1)",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t DEFAULT VALUES",
        "INSERT INTO t SELECT 1",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 1",
        "UPDATE t SET a = 1, b = 2",
        "DELETE FROM t",
        "CREATE TABLE t (a)",
        "CREATE TABLE t (a) STRICT",
        "CREATE TABLE t AS SELECT 1",
        "CREATE INDEX i ON t (a)",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE IF EXISTS t",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t ADD c",
        "BEGIN",
        "COMMIT",
        "END",
        "ROLLBACK",
        "PRAGMA foreign_keys",
        "PRAGMA foreign_keys = 1",
        "EXPLAIN QUERY PLAN SELECT 1",
        "VACUUM",
        "SAVEPOINT a",
        "ROLLBACK TO a",
        "ATTACH 'a' AS b",
        /* An error, but one that the engine explains better than "invalid" does. */
        "SELECT a b c d",
        "FROM t SELECT a",
        /* An empty line ends what can't end: a person gets out of the console. */
        "SELECT a FROM\n",
        "%%time\n\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check("complete", &(struct completeness_case){cases[i], SQL_COMPLETE, 0}, 1);
}

static void test_incomplete(void)
{
    static const struct completeness_case cases[] = {
        {"SELECT", SQL_INCOMPLETE, 0},
        {"SELECT a,", SQL_INCOMPLETE, 0},
        {"SELECT 1; SELECT", SQL_INCOMPLETE, 0},
        {"SELECT 2 *", SQL_INCOMPLETE, 0},
        {"SELECT t.", SQL_INCOMPLETE, 0},
        {"SELECT a ||", SQL_INCOMPLETE, 0},
        {"SELECT a LIKE", SQL_INCOMPLETE, 0},
        {"SELECT a NOT", SQL_INCOMPLETE, 0},
        {"SELECT a COLLATE", SQL_INCOMPLETE, 0},
        {"SELECT CAST", SQL_INCOMPLETE, 0},
        {"SELECT :", SQL_INCOMPLETE, 0},
        {"SELECT a FROM -- which?", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t WHERE b =", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t WHERE a BETWEEN 1", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t WHERE a = 1 AND", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t LEFT", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t JOIN u USING", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t GROUP", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t ORDER BY", SQL_INCOMPLETE, 0},
        {"SELECT a FROM t LIMIT 1 OFFSET", SQL_INCOMPLETE, 0},
        {"SELECT 1 UNION ALL", SQL_INCOMPLETE, 0},
        {"WITH", SQL_INCOMPLETE, 0},
        {"WITH x", SQL_INCOMPLETE, 0},
        {"WITH x AS (SELECT 1)", SQL_INCOMPLETE, 0},
        {"WITH x AS (SELECT 1), y AS (SELECT 2)", SQL_INCOMPLETE, 0},
        {"WITH RECURSIVE x(a) AS (SELECT 1\n", SQL_INCOMPLETE, 4},
        {"EXPLAIN", SQL_INCOMPLETE, 0},
        {"EXPLAIN QUERY PLAN", SQL_INCOMPLETE, 0},
        {"INSERT INTO t", SQL_INCOMPLETE, 0},
        {"INSERT INTO t (a)", SQL_INCOMPLETE, 0},
        {"INSERT INTO t VALUES", SQL_INCOMPLETE, 0},
        {"INSERT INTO t VALUES (1) ON CONFLICT (a)", SQL_INCOMPLETE, 0},
        {"INSERT INTO t VALUES (1) ON CONFLICT DO", SQL_INCOMPLETE, 0},
        {"UPDATE t", SQL_INCOMPLETE, 0},
        {"UPDATE t SET a", SQL_INCOMPLETE, 0},
        {"UPDATE t SET a = 1, b", SQL_INCOMPLETE, 0},
        {"DELETE", SQL_INCOMPLETE, 0},
        {"DELETE FROM t WHERE", SQL_INCOMPLETE, 0},
        {"CREATE TABLE", SQL_INCOMPLETE, 0},
        {"CREATE TABLE t", SQL_INCOMPLETE, 0},
        {"CREATE TABLE t (a\n", SQL_INCOMPLETE, 4},
        {"CREATE INDEX i ON t", SQL_INCOMPLETE, 0},
        {"CREATE VIEW v (a)", SQL_INCOMPLETE, 0},
        {"CREATE VIEW v AS WITH x AS (SELECT 1)", SQL_INCOMPLETE, 0},
        {"DROP TABLE IF EXISTS", SQL_INCOMPLETE, 0},
        {"ALTER TABLE t", SQL_INCOMPLETE, 0},
        {"ALTER TABLE t RENAME a", SQL_INCOMPLETE, 0},
        {"PRAGMA", SQL_INCOMPLETE, 0},
        {"ATTACH 'a'", SQL_INCOMPLETE, 0},
        {"SELECT 'open;\n", SQL_INCOMPLETE, 0},
        {"SELECT 'it''s", SQL_INCOMPLETE, 0},
        {"SELECT \"open;\n", SQL_INCOMPLETE, 0},
        {"SELECT [open;\n", SQL_INCOMPLETE, 0},
        {"SELECT 1; /* open\n", SQL_INCOMPLETE, 0},
        {"SELECT (1,\n", SQL_INCOMPLETE, 4},
        {"SELECT ((1,\n", SQL_INCOMPLETE, 8},
        {"SELECT CASE WHEN 1\n", SQL_INCOMPLETE, 4},
        {"CREATE TRIGGER a AFTER INSERT ON t\n", SQL_INCOMPLETE, 0},
        {"CREATE TRIGGER a AFTER INSERT ON t BEGIN\n", SQL_INCOMPLETE, 4},
        {"CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1;\n", SQL_INCOMPLETE, 4},
        {"CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END", SQL_INCOMPLETE, 4},
        {"%%time", SQL_INCOMPLETE, 0},
        {"%%explain\n", SQL_INCOMPLETE, 0},
        {"%%sql\n-- soon", SQL_INCOMPLETE, 0},
    };
    check("incomplete", cases, ARRAY_SIZE(cases));
}

static void test_invalid(void)
{
    static const char *const cases[] = {
        "SELECT 1);", "SELECT (1;", ")", "SELECT {", "SELECT a ^ b", "SELECT a] FROM t",
    };
    size_t indent;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check("invalid", &(struct completeness_case){cases[i], SQL_INVALID, 0}, 1);
    is_int(sql_completeness_of("SELECT 1\0;", 10, &indent), SQL_INVALID, "NUL");
    char *deep = xmalloc(1000001);
    memset(deep, '(', 1000000);
    is_int(sql_completeness_of(deep, 1000000, &indent), SQL_INCOMPLETE, "a million parentheses");
    is_int(indent, 40, "the indent is bounded");
    free(deep);
}

static void test_explain(void)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"SELECT (", "a parenthesis is open"},
        {"SELECT ((", "2 parentheses are open"},
        {"SELECT CASE 1", "CASE has no END"},
        {"SELECT 'a", "a string is open"},
        {"SELECT a FROM", "something has to follow FROM"},
        {"SELECT a FROM ;", "something has to follow FROM"},
        {"SELECT a BETWEEN 1", "AND (of BETWEEN) has to follow"},
        {"INSERT INTO t (a)", "VALUES or SELECT has to follow"},
        {"UPDATE t", "SET has to follow"},
        {"CREATE TABLE t", "a list of columns in parentheses has to follow"},
        {"SELECT 1", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_STRBUF found = STRBUF_INIT;
        sql_completeness_explain(cases[i].text, strlen(cases[i].text), &found);
        is_str(strbuf_text(&found), cases[i].expected, "what is missing in %s", cases[i].text);
    }
}

int main(void)
{
    test_complete();
    test_incomplete();
    test_invalid();
    test_explain();
    return done_testing();
}
