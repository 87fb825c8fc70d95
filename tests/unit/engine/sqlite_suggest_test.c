/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an error says beyond SQLite's own message, and what is said where SQLite is silent.
 */
#include "engine_fixture.h"

static struct strbuf streamed;

static void keep_stream(void *context, const char *name, const char *text)
{
    (void)context;
    is_str(name, "stderr", "the stream");
    strbuf_add_text(&streamed, text);
}

static void test_messages(struct fixture *f)
{
    static const struct {
        const char *code, *expected;
    } cases[] = {
        {"SELECT * FROM usrs", "no such table: usrs in :memory:: did you mean users?"},
        {"WITH totals AS (SELECT 1) SELECT * FROM total", "did you mean totals?"},
        {"SELECT * FROM mian.t", "no database is attached as mian: did you mean main?"},
        {"SELECT nmae FROM users", "no such column: nmae: did you mean name?"},
        {"SELECT x.nme FROM users AS x", "no such column: x.nme: did you mean name?"},
        {"SELECT z.name FROM users x", "the statement has no table z"},
        {"SELECT a FROM t WHERE a = Bob", "a text stands in single quotes: 'Bob'"},
        {"SELECT cuont(*) FROM t", "no such function: cuont: did you mean count?"},
        {"SELECT * FORM users", "near \"FORM\": syntax error: did you mean FROM?"},
        {"SELECT a FORM users", "did you mean FROM?"},
        {"SELCT 1", "did you mean SELECT?"},
        {"SELECT name FROM users WEHRE id = 1", "did you mean WHERE?"},
        {"SELECT 1 FROM users ORDR BY name", "did you mean ORDER?"},
        {"PRGAMA foreign_keys", "did you mean PRAGMA?"},
        {"SELECT TOP 5 * FROM t", "near \"5\": syntax error (line 1"},
        {"import pandas", "near \"import\": syntax error (line 1"},
        {"SELECT now()", "no such function: now (line 1"},
        {"SELECT sum(count(*)) FROM t", "or another aggregate"},
        {"SELECT 1\n%%explain", "a magic stands on a line of its own"},
        {"SELECT 1\n.tables", "a magic stands on a line of its own"},
        {"SELECT\xC2\xA0" "1", "it holds a no-break space (U+00A0)"},
        {"SELECT \xE2\x80\x98x\xE2\x80\x99", "a quote of a word processor; write ' for a text"},
        {"SELECT % 2", "near \"%\": syntax error (line 1"},
        {"SELECT 1 2", "near \"2\": syntax error (line 1"},
        {"INSERT INTO users(nam) VALUES (1)", "has no column named nam: did you mean name?"},
        {"INSERT INTO users(zzzzz) VALUES (1)", "its columns: id, name, city"},
        {"INSERT INTO users(id, name) VALUES (1)", "1 values for 2 columns: id, name"},
        {"INSERT INTO users VALUES (1)", "were supplied: id, name, city"},
        {"SELECT a FROM t, u", "ambiguous column name: a; write t.a or u.a"},
        {"SELECT a FROM t WHERE sum(a) > 1", "HAVING filters groups"},
        {"SELECT (1", "incomplete input: a parenthesis is open"},
        {"SELECT 'abc", "the string has no closing quote"},
        {"DROP VIEW usres", "no such view: usres: did you mean users?"},
    };

    fixture_run(f, "%create :memory:\nCREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, city);"
                   "CREATE TABLE t(a, b, c); CREATE TABLE u(a, x)");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fixture_run(f, cases[i].code);
        contains(f->outcome.evalue, cases[i].expected, "%s", cases[i].code);
    }
    /* A PRAGMA acts when it is compiled: nothing may be tried with one. */
    fixture_run(f, "PRAGMA case_sensitive_like = 1 1");
    fixture_run(f, "SELECT 'a' LIKE 'A' AS v");
    contains(strbuf_text(&f->shown), "1", "a PRAGMA that doesn't compile did nothing");
}

static void test_warnings(struct fixture *f)
{
    static const struct {
        const char *code, *expected; /* "" = none */
    } cases[] = {
        {"SELECT a FROM t WHERE a = \"Bob\"", "write 'Bob' for a text"},
        {"SELECT a FROM t WHERE \"a\" = 'Bob'", ""},
        {"SELECT a AS \"x y\" FROM t ORDER BY \"x y\"", ""},
        {"SELECT '\"Bob\" = NULL' -- \"x\" = NULL", ""},
        {"SELECT a FROM t WHERE a = NULL", "`= NULL` is never true; write `IS NULL`"},
        {"SELECT a FROM t WHERE a <> null", "`<> NULL` is never true; write `IS NOT NULL`"},
        {"SELECT a FROM t WHERE a != NULL", "write `IS NOT NULL`"},
        {"SELECT a FROM t WHERE a IN (NULL)", "`IN (NULL)` is never true"},
        {"SELECT a FROM t WHERE a NOT IN (NULL)",
         "`NOT IN (NULL)` is never true; write `IS NOT NULL`"},
        {"SELECT a FROM t WHERE a IS NULL", ""},
        {"UPDATE t SET a = NULL", ""},
        {"UPDATE t SET a = (SELECT 1 WHERE 1), b = NULL", ""},
        {"UPDATE t SET a = CASE WHEN 1 THEN 2 END, b = NULL", ""},
        {"UPDATE t SET a = 1 WHERE b = NULL", "write `IS NULL`"},
    };

    fixture_run(f, "%create :memory:\nCREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2)");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        strbuf_clear(&streamed);
        fixture_run(f, cases[i].code);
        is_int(f->outcome.state, STATE_EXECUTED, "%s runs", cases[i].code);
        if (*cases[i].expected)
            contains(strbuf_text(&streamed), cases[i].expected, "and warns");
        else
            is_str(strbuf_text(&streamed), "", "and is silent");
    }
    f->cell.is_quiet = true;
    strbuf_clear(&streamed);
    fixture_run(f, "SELECT a FROM t WHERE a = NULL");
    is_str(strbuf_text(&streamed), "", "a quiet cell shows no warning");
    f->cell.is_quiet = false;

    fixture_run(f, "CREATE TABLE k(a UNIQUE); INSERT INTO k VALUES (1), (2)");
    fixture_run(f, "INSERT INTO k VALUES (3), (2)");
    contains(f->outcome.evalue, "a row with (2) is there already (row 2 of VALUES)", "the row");
    fixture_run(f, "INSERT OR FAIL INTO k VALUES (3), (2)");
    contains(f->outcome.evalue, "UNIQUE constraint failed: k.a (line", "not the one just added");
    fixture_run(f, "INSERT INTO k VALUES (random() * 0 + 2)");
    contains(f->outcome.evalue, "UNIQUE constraint failed: k.a (line", "not by chance");
    fixture_run(f, "%use store\nCREATE TABLE s(a UNIQUE, b); INSERT INTO s VALUES (1, 2), (3, 4)");
    strbuf_clear(&streamed);
    fixture_run(f, "UPDATE s SET b = 1 WHERE a > 0");
    is_str(strbuf_text(&streamed), "", "an UPDATE with WHERE");
    fixture_run(f, "UPDATE OR IGNORE s SET b = 3");
    is_str(strbuf_text(&streamed), "", "an UPDATE that leaves rows out by another rule");
    fixture_run(f, "UPDATE s SET b = (SELECT 1 WHERE 1)");
    contains(strbuf_text(&streamed), "this UPDATE has no WHERE: it changed all 2 rows", "without");
    fixture_run(f, "DELETE FROM s");
    contains(strbuf_text(&streamed), "this DELETE has no WHERE: it changed all 2 rows", "DELETE");
}

static void test_constraints(struct fixture *f)
{
    static const struct {
        const char *code, *expected;
    } cases[] = {
        {"INSERT INTO c(id, n) VALUES (5, 'x'), (1, 'y')",
         "UNIQUE constraint failed: c.id: a row with (1) is there already (row 2 of VALUES)"},
        {"%param p 1\nINSERT INTO c(id, n) VALUES (:p, 'x')", "a row with (1) is there already"},
        {"INSERT INTO c VALUES (9, 'one', 1, 1, 2)", "a row with (1, 2) is there already"},
        {"UPDATE c SET a = 1, b = 2", "UNIQUE constraint failed: c.a, c.b"},
        {"INSERT INTO c(id, n) VALUES (9, NULL)", "c.n; it has no default"},
        {"INSERT INTO c(id, n, q) VALUES (9, 'x', NULL)", "c.q; its default 7 is taken only"},
        {"INSERT INTO c(id, n, q) VALUES (9, 'x', -1)", "failed: positive: (q > 0)"},
        {"INSERT INTO d VALUES (77)", "d.c_id is 77, and c has no row with that id"},
        {"DELETE FROM c WHERE id = 1", "d.c_id can refer to rows of c"},
        {"INSERT INTO c(id, n) VALUES ('abc', 'x')", "the INTEGER PRIMARY KEY of c takes integers"},
    };

    fixture_run(f, "%create :memory:\nPRAGMA foreign_keys = 1;"
                   "CREATE TABLE c(id INTEGER PRIMARY KEY, n NOT NULL, q NOT NULL DEFAULT 7 "
                   "CONSTRAINT positive CHECK (q > 0), a, b, UNIQUE (a, b));"
                   "CREATE TABLE d(c_id REFERENCES c);"
                   "INSERT INTO c VALUES (1, 'one', 1, 1, 2), (2, 'two', 1, 3, 4);"
                   "INSERT INTO d VALUES (1)");
    is_int(f->outcome.state, STATE_EXECUTED, "tables");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fixture_run(f, cases[i].code);
        is_str(f->outcome.ename, "IntegrityError", "%s fails", cases[i].code + (i == 1 ? 11 : 0));
        contains(f->outcome.evalue, cases[i].expected, "and says why");
    }
    fixture_run(f, "SELECT (SELECT count(*) FROM c) || '/' || (SELECT count(*) FROM d) AS v");
    contains(strbuf_text(&f->shown), "2/1", "and nothing was written by asking");
}

static void test_deferred(struct fixture *f)
{
    fixture_run(f, "%use store\nCREATE TABLE p(id INTEGER PRIMARY KEY);"
                   "CREATE TABLE q(p_id REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
    fixture_run(f, "INSERT INTO q VALUES (4)");
    is_str(f->outcome.ename, "IntegrityError", "a deferred key at the end of the cell");
    contains(f->outcome.evalue, "row 1 of q refers to p", "names the row");
    ok(f->outcome.is_undone, "and is undone");
}

int main(void)
{
    struct fixture fixture;

    fixture_init(&fixture);
    fixture.sink.stream = keep_stream;
    test_messages(&fixture);
    test_warnings(&fixture);
    test_constraints(&fixture);
    test_deferred(&fixture);
    strbuf_release(&streamed);
    fixture_release(&fixture);
    return done_testing();
}
