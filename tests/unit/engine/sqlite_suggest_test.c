/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an error says beyond SQLite's own message.
 */
#include "engine_fixture.h"

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
        contains(f->outcome.evalue, cases[i].expected, cases[i].code);
    }
    /* A PRAGMA acts when it is compiled: nothing may be tried with one. */
    fixture_run(f, "PRAGMA case_sensitive_like = 1 1");
    fixture_run(f, "SELECT 'a' LIKE 'A' AS v");
    contains(strbuf_text(&f->shown), "1", "a PRAGMA that doesn't compile did nothing");
}

int main(void)
{
    struct fixture fixture;

    fixture_init(&fixture);
    test_messages(&fixture);
    fixture_release(&fixture);
    return done_testing();
}
