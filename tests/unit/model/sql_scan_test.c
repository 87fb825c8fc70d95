/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scan: boundaries of statements and directives, positions, tokens, completeness, words. A `^`
 * in a text of a test stands for the offset in question and is taken out before.
 */
#include "model/sql/sql_scan.h"

#include "base/memory.h"
#include "tap.h"

/* The text without its first ^ and where that stood. Caller frees. */
static char *at_mark(const char *marked, size_t *ret_offset)
{
    const char *mark = strchr(marked, '^');
    *ret_offset = mark ? (size_t)(mark - marked) : strlen(marked);
    return xasprintf("%.*s%s", (int)*ret_offset, marked, mark ? mark + 1 : "");
}

/* The statements and directives of a cell, each in <>, as the engine walks over them. Caller frees.
 */
static char *pieces(const char *text, size_t size)
{
    char *found = xstrdup("");
    size_t offset = sql_scan_skip(text, size, 0);
    while (offset < size) {
        size_t end, next;
        bool directive = sql_scan_is_directive(text, size, offset);
        if (directive)
            next = sql_scan_directive_end(text, size, offset, &end);
        else
            next = end = sql_scan_statement_end(text, size, offset);
        char *more = xasprintf("%s%s<%.*s>", found, directive ? "D" : "", (int)(end - offset),
                               text + offset);
        free(found);
        found = more;
        offset = sql_scan_skip(text, size, next);
    }
    return found;
}

#define TRIGGER                                                                                    \
    "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET x = CASE WHEN 1 THEN 2 END; "           \
    "DELETE FROM u; END;"

static void test_pieces(void)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {" \n\t\r\f", ""},
        {".tables\n.5; .tables\n  .read x\nSELECT\n.mode", "D<.tables><.5;><.tables\n  .read x\nSELECT\n.mode>"},
        {"SELECT 1;\n.tables;\n.", "<SELECT 1;>D<.tables;><.>"},
        {"-- only\n/* comments */ ;; -- end", ""},
        {"SELECT 1", "<SELECT 1>"},
        {"SELECT 1;SELECT 2;", "<SELECT 1;><SELECT 2;>"},
        {"/* a */ SELECT 1; -- b\n;\nSELECT 2 -- c", "<SELECT 1;><SELECT 2 -- c>"},
        {"SELECT ';' , \";\" , [;] , `;` /* ; */ -- ;\n; SELECT 2",
         "<SELECT ';' , \";\" , [;] , `;` /* ; */ -- ;\n;><SELECT 2>"},
        {"SELECT 'it''s;'; SELECT x';'; 1", "<SELECT 'it''s;';><SELECT x';';><1>"},
        {"SELECT 'open; SELECT 2", "<SELECT 'open; SELECT 2>"},
        {"SELECT 1 /*/ ; */; SELECT 2", "<SELECT 1 /*/ ; */;><SELECT 2>"},
        {"SELECT 1 /* open ; ", "<SELECT 1 /* open ; >"},
        {TRIGGER "SELECT 1;", "<" TRIGGER "><SELECT 1;>"},
        {"EXPLAIN QUERY PLAN " TRIGGER "SELECT 1", "<EXPLAIN QUERY PLAN " TRIGGER "><SELECT 1>"},
        {"create temp /* x */ trigger a begin select 1; end /* y */ ; select 2",
         "<create temp /* x */ trigger a begin select 1; end /* y */ ;><select 2>"},
        {"CREATE TRIGGER no_body; SELECT 1;", "<CREATE TRIGGER no_body;><SELECT 1;>"},
        {"CREATE TRIGGER a BEGIN SELECT 1; END", "<CREATE TRIGGER a BEGIN SELECT 1; END>"},
        {"CREATE TABLE trigger_x(begin); END; SELECT 1",
         "<CREATE TABLE trigger_x(begin);><END;><SELECT 1>"},
        {"BEGIN; COMMIT;", "<BEGIN;><COMMIT;>"},
        {"%use a.db\nSELECT 1;", "D<%use a.db><SELECT 1;>"},
        {"  %use it's \"odd\" -- ; x\r\nSELECT 1;\n%tables",
         "D<%use it's \"odd\" -- ; x><SELECT 1;>D<%tables>"},
        {"SELECT 10\n%3;", "<SELECT 10\n%3;>"},
        {"SELECT 1; %use x", "<SELECT 1;><%use x>"},
        {"/* c */ %use x", "<%use x>"},
        {"\xEF\xBB\xBF%use x\nSELECT 1", "D<%use x><SELECT 1>"},
        {"%", "D<%>"},
        {"SELECT $a::b(;), :x, @y, ?1; SELECT 2", "<SELECT $a::b(;), :x, @y, ?1;><SELECT 2>"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *found = pieces(cases[i].text, strlen(cases[i].text));
        is_str(found, cases[i].expected, "pieces of %zu", i);
        free(found);
    }
    is_int(sql_scan_statement_end("SELECT 1\0; SELECT 2", 19, 0), 10, "NUL is no end");
    is_int(sql_scan_skip("  ", 2, 7), 2, "an offset past the end is clamped");
}

static void test_position(void)
{
    static const char text[] = "ab\r\ncd\xc3\xa9\xf0\x9f\x98\x80x\n\nlast";
    struct sql_position position = sql_scan_position(text, sizeof(text) - 1, 0);
    ok(position.line == 1 && position.column == 1 && position.line_size == 2, "first line");
    position = sql_scan_position(text, sizeof(text) - 1, (size_t)(strchr(text, 'x') - text));
    is_int(position.line, 2, "second line");
    is_int(position.column, 5, "columns are code points");
    is_int(position.line_offset, 4, "where it begins");
    is_int(position.line_size, 9, "its bytes");
    position = sql_scan_position(text, sizeof(text) - 1, 9999);
    ok(position.line == 4 && position.column == 5 && position.line_size == 4, "clamped to the end");
    position = sql_scan_position("a\n", 2, 2);
    ok(position.line == 2 && position.column == 1 && position.line_size == 0, "after a line end");
    position = sql_scan_position("", 0, 0);
    ok(position.line == 1 && position.column == 1 && position.line_size == 0, "nothing");
}

static void test_find_token(void)
{
    static const struct {
        const char *marked, *name;
        bool is_found;
    } cases[] = {
        {"SELECT * FROM ^nosuch", "nosuch", true},
        {"SELECT * FROM ^NoSuch;", "nosuch", true},
        {"SELECT 'nosuch', ^\"no such\" -- no such", "no such", true},
        {"SELECT ^[no such]", "no such", true},
        {"SELECT ^`a``b`", "a`b", true},
        {"SELECT ^\"a\"\"b\"", "a\"b", true},
        {"SELECT ^\"a", "a", true},
        {"SELECT a, a", "a", false},
        {"SELECT a, \"A\"", "a", false},
        {"SELECT ab, 'a', x'a', /* a */ b", "a", false},
        {"SELECT x'00', ^x", "x", true},
        {"SELECT ^:p", ":p", true},
        {"SELECT ^\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9", true},
        {"SELECT \"\"", "", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t expected, offset = 9999;
        char *text = at_mark(cases[i].marked, &expected);
        bool is_found = sql_scan_find_token(text, strlen(text), cases[i].name, &offset);
        ok(is_found == cases[i].is_found && (!is_found || offset == expected), "%s in %s",
           cases[i].name, cases[i].marked);
        free(text);
    }
}

static void test_word(void)
{
    /* ^ is the start of the word, | the offset; without ^ there is no word to complete. */
    static const char *const CASES[] = {
        "SELECT ^na|",
        "SELECT ^|",
        "SELECT na ^|",
        "^SEL|ECT 1",
        "SELECT 'na|",
        "SELECT 'na|me'",
        "SELECT 'x'^|",
        "SELECT 1 -- na|",
        "SELECT 1 -- n|a\n",
        "SELECT 1 -- a\n^b|",
        "/* na|",
        "/* n|a */",
        "/* na */^|",
        "SELECT ^:pa|",
        "SELECT ^@|",
        "SELECT ^$x|",
        "SELECT ^\"my ta|",
        "SELECT \"a\"^|",
        "SELECT t.^co|",
        "^%us|",
        "^|%use",
        "%use ^da|",
        "%use it's ^da|",
        "SELECT 5 %^na|",
        "SELECT 1;\n^%ta|b\n",
        "SELECT 1;\n%t x ^|",
        "^\xc3\xa9t|\xc3\xa9",
        "^|",
        "^%%py|",
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        size_t expected, start = 9999;
        bool has_word = strchr(CASES[i], '^') != NULL;
        char *text = at_mark(CASES[i], &expected);
        char *bar = strchr(text, '|');
        size_t offset = (size_t)(bar - text);
        memmove(bar, bar + 1, strlen(bar));
        bool is_word = sql_scan_word(text, strlen(text), offset, &start);
        ok(is_word == has_word, "word of %zu", i);
        if (is_word)
            is_int(start, expected, "its start");
        free(text);
    }
}

static void test_identifier(void)
{
    static const struct {
        const char *marked, *expected;
    } cases[] = {
        {"SELECT na^me FROM t", "name"},
        {"SELECT ^name", "name"},
        {"SELECT name^, b", "name"},
        {"SELECT \"a \"\"b\"^", "a \"b"},
        {"SELECT [a ^b]", "a b"},
        {"SELECT `o^pen", "open"},
        {"SELECT :pa^r", ":par"},
        {"SELECT a^.b", "a"},
        {"SELECT a.^b", "b"},
        {"%ta^bles x", "%tables"},
        {"^%tables x", "%tables"},
        {"%schema bo^oks", "books"},
        {"SELECT 'na^me'", NULL},
        {"SELECT 1 -- na^me", NULL},
        {"SELECT  ^  1", NULL},
        {"^", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t offset;
        char *text = at_mark(cases[i].marked, &offset);
        char *name = sql_scan_identifier_at(text, strlen(text), offset);
        is_str(name, cases[i].expected, "identifier: %s", cases[i].marked);
        free(name);
        free(text);
    }
    char *name = sql_scan_identifier_at("ab", 2, 99);
    is_str(name, "ab", "an offset past the end is clamped (FE-49)");
    free(name);
}

int main(void)
{
    test_pieces();
    test_position();
    test_find_token();
    test_word();
    test_identifier();
    return done_testing();
}
