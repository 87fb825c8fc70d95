/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_search: which lines are found, with which number and place, in texts of any shape.
 */
#include "model/line_search.h"

#include "base/memory.h"
#include "base/strbuf.h"
#include "tap.h"

/* The lines found: "NUMBER:MATCH+SIZE " each. */
static char *found_in(const char *pattern, unsigned flags, const char *text, size_t size)
{
    AUTO_LINE_SEARCH search = LINE_SEARCH_INIT;
    AUTO_STRBUF result = STRBUF_INIT;
    struct error error = ERROR_INIT;
    struct line_found found = {0};
    if (!line_search_open(&search, pattern, flags, &error))
        return xstrdup(error.message);
    while (line_search_next(&search, text, size, &found))
        strbuf_addf(&result, "%zu:%zu+%zu ", found.number, found.match, found.match_size);
    return strbuf_take(&result);
}

static void is_found(const char *pattern, unsigned flags, const char *text, const char *expected,
                     const char *name)
{
    AUTO_FREE char *got = found_in(pattern, flags, text, strlen(text));
    is_str(got, expected, "%s", name);
}

static void test_lines(void)
{
    is_found("b", 0, "a\nab\nbb\n", "2:1+1 3:0+1 ", "each line once, with its first match");
    is_found("b", 0, "", "", "an empty text");
    is_found("", 0, "a\n\nb", "1:0+0 2:0+0 3:0+0 ", "an empty pattern fits every line");
    is_found("", LINE_SEARCH_FIXED, "a\n\nb\n", "1:0+0 2:0+0 3:0+0 ", "as plain text too");
    is_found("^$", 0, "a\n\nb\n", "2:0+0 ", "the end of the last line begins no line");
    is_found("^b", 0, "ab\nba", "2:0+1 ", "the beginning of a line");
    is_found("a$", 0, "ab\nba\n", "2:1+1 ", "and its end");
    is_found("a[[:space:]]*b", 0, "a\nb\na b\na", "3:0+3 ", "no match over lines");
    is_found("b[[:space:]]*$", 0, "b\n\n\nab", "1:0+1 4:1+1 ", "one that could be is cut");
}

static void test_flags(void)
{
    is_found("a+", 0, "aa\na+", "2:0+2 ", "a basic expression");
    is_found("a+", LINE_SEARCH_EXTENDED, "aa\nb", "1:0+2 ", "an extended one");
    is_found("a.", LINE_SEARCH_FIXED, "ab\nxa.", "2:1+2 ", "plain text");
    is_found("[A].*^\\$", LINE_SEARCH_FIXED | LINE_SEARCH_ANY_CASE, "[a].*^\\$\nA", "1:0+8 ",
             "plain text in any case");
    is_found("Ä", LINE_SEARCH_ANY_CASE, "xä", "1:1+2 ", "letters beyond ASCII in any case");
    is_found("^.$", 0, "ä\nab", "1:0+2 ", "a character, not a byte");
    is_found("in", LINE_SEARCH_WORDS, "main\nin_\nmain in\n(in)", "3:5+2 4:1+2 ", "whole words");
    is_found("in", LINE_SEARCH_WORDS | LINE_SEARCH_FIXED, "inin in", "1:5+2 ", "of plain text");
    is_found("\\bin", 0, "main\nin", "2:0+2 ", "edges of words in an expression");
    AUTO_FREE char *bad = found_in("a\\(", 0, "", 0);
    contains(bad, "a\\(: ", "a bad expression is named");
    AUTO_FREE char *both = found_in("a", LINE_SEARCH_FIXED | LINE_SEARCH_EXTENDED, "", 0);
    contains(both, "not both", "-E and -F");
    AUTO_FREE char *lines = found_in("a\nb", LINE_SEARCH_FIXED, "", 0);
    contains(lines, "line end", "a pattern of two lines");
}

static void test_bytes(void)
{
    AUTO_FREE char *nul = found_in("[bc]$", 0, "a\0b\0c\nb", 7);
    is_str(nul, "1:4+1 2:0+1 ", "NUL ends no line");
    AUTO_FREE char *invalid = found_in("b", LINE_SEARCH_ANY_CASE, "\xff\xfe\n\xe2\x82" "B\n", 7);
    is_str(invalid, "2:2+1 ", "bytes that are no UTF-8");
}

/* Many windows of short lines, and one line of many windows. */
static void test_long(void)
{
    enum { LINES = 200000 };
    AUTO_STRBUF text = STRBUF_INIT;
    for (int i = 0; i < LINES; i++)
        strbuf_add_text(&text, i % 50000 == 49999 ? "needle\n" : "hay\n");
    const char *expected = "50000:0+6 100000:0+6 150000:0+6 200000:0+6 ";
    AUTO_FREE char *short_lines = found_in("ne*dle", 0, text.text, text.size);
    is_str(short_lines, expected, "in many short lines");
    AUTO_FREE char *fixed = found_in("needle", LINE_SEARCH_FIXED, text.text, text.size);
    is_str(fixed, expected, "as plain text");

    strbuf_clear(&text);
    strbuf_add_text(&text, "first\n");
    strbuf_add_repeated(&text, 'x', 1000000);
    strbuf_add_text(&text, "needle\nneedle");
    AUTO_FREE char *long_line = found_in("ne*dle", 0, text.text, text.size);
    is_str(long_line, "2:1000000+6 3:0+6 ", "at the end of a line of a million bytes");
    AUTO_FREE char *edge = found_in("^x*$", 0, text.text, text.size);
    is_str(edge, "", "a part of a line has no beginning and no end");

    strbuf_clear(&text);
    strbuf_add_repeated(&text, 'x', 65536 - 3);
    strbuf_add_text(&text, "needle");
    strbuf_add_repeated(&text, 'x', 100000);
    AUTO_FREE char *across = found_in("ne*dle", 0, text.text, text.size);
    is_str(across, "1:65533+6 ", "over the edge of a part");
}

int main(void)
{
    test_lines();
    test_flags();
    test_bytes();
    test_long();
    return done_testing();
}
