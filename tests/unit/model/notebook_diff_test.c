/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_diff: what is told of each cell, what counts as moved, and where deleted cells stand.
 */
#include "model/notebook_diff.h"

#include "base/memory.h"
#include "base/strbuf.h"
#include "tap.h"

#define MOST 64

/* One cell per letter, its key; its text is the letter too. */
static size_t cells_of(const char *letters, struct notebook_diff_cell *cells, char keys[][2])
{
    size_t count = strlen(letters);
    for (size_t i = 0; i < count; i++) {
        keys[i][0] = letters[i];
        keys[i][1] = '\0';
        cells[i] = (struct notebook_diff_cell){.key = keys[i], .source = keys[i], .source_size = 1};
    }
    return count;
}

/* The diff in one line: "a" the same, "+a", "-a", "~a" moved. */
static char *diff_of(const char *from_letters, const char *to_letters)
{
    struct notebook_diff_cell from[MOST], to[MOST];
    char from_keys[MOST][2], to_keys[MOST][2];
    struct notebook_diff diff;
    AUTO_STRBUF line = STRBUF_INIT;
    size_t from_count = cells_of(from_letters, from, from_keys);
    size_t to_count = cells_of(to_letters, to, to_keys);
    notebook_diff(from, from_count, to, to_count, &diff);
    for (size_t i = 0; i < diff.count; i++) {
        const struct notebook_change *cell = &diff.cells[i];
        const char *sign = cell->what & CHANGE_ADDED     ? "+"
                           : cell->what & CHANGE_DELETED ? "-"
                           : cell->what & CHANGE_MOVED   ? "~"
                                                         : "";
        strbuf_addf(&line, "%s%s", sign,
                    cell->to == NOTEBOOK_DIFF_NONE ? from[cell->from].key : to[cell->to].key);
    }
    notebook_diff_release(&diff);
    return strbuf_take(&line);
}

static void is_diff(const char *from, const char *to, const char *expected, const char *name)
{
    AUTO_FREE char *got = diff_of(from, to);
    is_str(got, expected, "%s", name);
}

static void test_order(void)
{
    is_diff("", "", "", "two empty versions");
    is_diff("", "ab", "+a+b", "all new");
    is_diff("ab", "", "-a-b", "all gone");
    is_diff("abc", "abc", "abc", "nothing");
    is_diff("abcdef", "xabcdef", "+xabcdef", "a cell above all moves none");
    is_diff("abcdef", "bcdefa", "bcdef~a", "one cell went down past five: one moved");
    is_diff("abcdef", "fabcde", "~fabcde", "one went up");
    is_diff("abcdef", "defabc", "~d~e~fabc", "two halves: the fewest");
    is_diff("abc", "ac", "a-bc", "deleted between two");
    is_diff("abc", "bc", "-abc", "deleted above all");
    is_diff("abcd", "dac", "~da-bc", "deleted and moved: behind the cell it stood behind");
    is_diff("abcd", "cxd", "-a-bc+xd", "what was deleted stands before what is new");
    is_diff("bacd", "acb", "ac-d~b", "a cell that moved holds no place for deleted ones");
}

static void test_kinds(void)
{
    const struct notebook_diff_cell from = {
        .key = "k", .source = "a\0b", .source_size = 3, .metadata = "{}", .outputs = "1"};
    struct notebook_diff_cell to = from;
    struct notebook_diff diff;
    notebook_diff(&from, 1, &to, 1, &diff);
    is_int(diff.cells[0].what, 0, "the same");
    is_int(diff.unchanged, 1, "is counted");
    notebook_diff_release(&diff);

    to.source = "a\0c";
    notebook_diff(&from, 1, &to, 1, &diff);
    is_int(diff.cells[0].what, CHANGE_EDITED, "another byte after NUL");
    notebook_diff_release(&diff);

    to = (struct notebook_diff_cell){.key = "k",
                                     .type = NOTEBOOK_RAW,
                                     .source = "",
                                     .metadata = "{\"x\": 1}",
                                     .attachments = "{}"};
    notebook_diff(&from, 1, &to, 1, &diff);
    is_int(diff.cells[0].what,
           CHANGE_EDITED | CHANGE_TYPE | CHANGE_OUTPUTS | CHANGE_METADATA | CHANGE_ATTACHMENTS,
           "everything");
    is_int(diff.changed, 1, "is one cell");
    is_int(diff.tally[5], 1, "and one in each tally");
    is_str(notebook_change_word(5), "outputs", "whose word is outputs");
    notebook_diff_release(&diff);
}

/* A key twice is a damaged store; each cell must still be told once. */
static void test_damaged(void)
{
    is_diff("ab", "aab", "a+ab", "a key twice");
    is_diff("aab", "ab", "-aab", "a key twice before");
}

static void test_many(void)
{
    enum { COUNT = 100000 };
    struct notebook_diff_cell *from = xcalloc(COUNT, sizeof(*from));
    struct notebook_diff_cell *to = xcalloc(COUNT, sizeof(*to));
    char(*keys)[8] = xcalloc(COUNT, sizeof(*keys));
    struct notebook_diff diff;
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(keys[i], sizeof(keys[i]), "%06zu", i);
        from[i].key = keys[i];
        to[COUNT - 1 - i].key = keys[i];
    }
    notebook_diff(from, COUNT, to, COUNT, &diff);
    is_int(diff.tally[2], COUNT - 1, "a hundred thousand cells the other way round");
    notebook_diff_release(&diff);
    free(from);
    free(to);
    free(keys);
}

int main(void)
{
    test_order();
    test_kinds();
    test_damaged();
    test_many();
    return done_testing();
}
