/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_diff: gives both texts back, is the shortest, and stays bounded.
 */
#include "model/line_diff.h"

#include "base/strbuf.h"
#include "tap.h"

static char *diff_text(const char *from, const char *to)
{
    struct line_diff diff;
    AUTO_STRBUF text = STRBUF_INIT;
    line_diff(from, strlen(from), to, strlen(to), &diff);
    for (size_t i = 0; i < diff.count; i++) {
        strbuf_add_char(&text, " -+"[diff.edits[i].change]);
        strbuf_add(&text, diff.edits[i].text, diff.edits[i].size);
        strbuf_add_text(&text, diff.edits[i].has_end ? ";" : "|");
    }
    line_diff_release(&diff);
    return strbuf_take(&text);
}

static void check(const char *from, const char *to, const char *expected, const char *name)
{
    AUTO_FREE char *text = diff_text(from, to);
    is_str(text, expected, "%s", name);
}

static void add_side(struct strbuf *buffer, const struct line_edit *edit, enum line_change other)
{
    if (edit->change == other)
        return;
    strbuf_add(buffer, edit->text, edit->size);
    if (edit->has_end)
        strbuf_add_char(buffer, '\n');
}

/* Lines that both have in common order, at most: by trying everything. */
static size_t common_lines(const char *one, const char *other)
{
    size_t table[16][16] = {{0}}, left = strlen(one) / 2, right = strlen(other) / 2;
    for (size_t i = left; i-- > 0;) {
        for (size_t j = right; j-- > 0;) {
            size_t best = table[i + 1][j] > table[i][j + 1] ? table[i + 1][j] : table[i][j + 1];
            table[i][j] = one[2 * i] == other[2 * j] ? table[i + 1][j + 1] + 1 : best;
        }
    }
    return table[0][0];
}

static void make_lines(unsigned *dice, char *text)
{
    *dice = *dice * 1103515245u + 12345u;
    size_t count = *dice >> 16 & 7;
    for (size_t i = 0; i < count; i++) {
        *dice = *dice * 1103515245u + 12345u;
        text[2 * i] = (char)('a' + (*dice >> 16) % 3);
        text[2 * i + 1] = '\n';
    }
    text[2 * count] = '\0';
}

static void test_random(void)
{
    unsigned dice = 1;
    size_t wrong = 0, longer = 0;
    for (size_t round = 0; round < 3000; round++) {
        char from[32], to[32];
        make_lines(&dice, from);
        make_lines(&dice, to);
        AUTO_STRBUF left = STRBUF_INIT;
        AUTO_STRBUF right = STRBUF_INIT;
        struct line_diff diff;
        line_diff(from, strlen(from), to, strlen(to), &diff);
        for (size_t i = 0; i < diff.count; i++) {
            add_side(&left, &diff.edits[i], LINE_ADDED);
            add_side(&right, &diff.edits[i], LINE_REMOVED);
        }
        wrong += strcmp(strbuf_text(&left), from) != 0 || strcmp(strbuf_text(&right), to) != 0;
        longer += diff.count - diff.removed - diff.added != common_lines(from, to);
        line_diff_release(&diff);
    }
    is_int(wrong, 0, "every diff gives both texts back");
    is_int(longer, 0, "and none can be shorter");
}

static void test_large(void)
{
    AUTO_STRBUF from = STRBUF_INIT;
    AUTO_STRBUF to = STRBUF_INIT;
    for (int i = 0; i < 20000; i++) {
        strbuf_addf(&from, "old %d\n", i);
        strbuf_addf(&to, "new %d\n", i);
    }
    struct line_diff diff;
    line_diff(from.text, from.size, to.text, to.size, &diff);
    is_int(diff.removed, 20000, "nothing in common, many lines: all removed");
    is_int(diff.added, 20000, "and all added");
    line_diff_release(&diff);
}

int main(void)
{
    check("", "", "", "nothing");
    check("a\nb\n", "a\nb\n", " a; b;", "no change");
    check("a\nb\nc\n", "a\nx\nc\n", " a;-b;+x; c;", "a line changed");
    check("a\nb", "a\nb\n", " a;-b|+b;", "the newline at the end counts");
    check("a", "a\nb", " a;+b|", "a line after the last one of a text without a newline");
    check("b\na", "a\nb", "-b; a;+b|", "the last line is the same one elsewhere");
    check("", "a\n", "+a;", "all added");
    check("a\n", "", "-a;", "all removed");
    test_random();
    test_large();
    return done_testing();
}
