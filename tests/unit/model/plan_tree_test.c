/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_tree: bars where children follow, remarks, and plans that no SQLite makes.
 */
#include "model/sql/plan_tree.h"

#include "base/memory.h"
#include "tap.h"

static int64_t rows(void *context, const char *name, size_t size)
{
    (void)context;
    return size == 1 && name[0] == 't' ? 3 : -1;
}

static char *draw(const struct plan_tree *tree)
{
    AUTO_STRBUF text = STRBUF_INIT;
    plan_tree_text(tree, rows, NULL, &text);
    return strbuf_take(&text);
}

static void test_tree(void)
{
    struct plan_tree *tree = plan_tree_new();
    plan_tree_add(tree, 2, 0, "MERGE (UNION)");
    plan_tree_add(tree, 4, 2, "LEFT");
    plan_tree_add(tree, 6, 4, "SCAN t");
    plan_tree_add(tree, 9, 2, "RIGHT");
    plan_tree_add(tree, 11, 9, "SCAN u USING COVERING INDEX ui");
    plan_tree_add(tree, 12, 0, "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)");
    AUTO_FREE char *text = draw(tree);
    is_str(text,
           "├─ MERGE (UNION)\n"
           "│  ├─ LEFT\n"
           "│  │  └─ SCAN t   ← scans all rows of t (3 rows)\n"
           "│  └─ RIGHT\n"
           "│     └─ SCAN u USING COVERING INDEX ui   ← reads the whole index of u\n"
           "└─ SEARCH v USING INTEGER PRIMARY KEY (rowid=?)   ← uses the primary key",
           "a tree");
    plan_tree_free(tree);
}

static void test_odd(void)
{
    struct plan_tree *tree = plan_tree_new();
    plan_tree_add(tree, 0, 0, "ITSELF");
    plan_tree_add(tree, 5, 77, "SCAN x\ny");
    AUTO_FREE char *text = draw(tree);
    contains(text, "└─ SCAN x", "a parent that is not there is the root");
    ok(strstr(text, "x\ny") == NULL, "one line each");
    plan_tree_free(tree);

    tree = plan_tree_new();
    for (int64_t i = 1; i <= 3000; i++)
        plan_tree_add(tree, i, i - 1, "STEP");
    is_int(plan_tree_size(tree), 3000, "all are counted");
    AUTO_FREE char *deep = draw(tree);
    contains(deep, "(1000 more steps)", "a plan without end is cut");
    plan_tree_free(tree);
}

int main(void)
{
    test_tree();
    test_odd();
    return done_testing();
}
