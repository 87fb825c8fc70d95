/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_tree: nodes in the order they came; a line's bars are those of its ancestors that have more
 * children to come.
 */
#include "model/sql/plan_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

#define NODES_MAX 2000
#define DEPTH_MAX 60
#define DETAIL_SHOWN 300u /* columns */

struct node {
    int64_t id, parent;
    char *detail;
};

struct plan_tree {
    struct node *nodes;
    size_t count, left_out;
};

struct plan_tree *plan_tree_new(void)
{
    return xcalloc(1, sizeof(struct plan_tree));
}

void plan_tree_free(struct plan_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->count; i++)
        free(tree->nodes[i].detail);
    free(tree->nodes);
    free(tree);
}

void plan_tree_add(struct plan_tree *tree, int64_t id, int64_t parent, const char *detail)
{
    bool is_known = false;

    if (tree->count >= NODES_MAX) {
        tree->left_out++;
        return;
    }
    for (size_t i = 0; i < tree->count && !is_known; i++)
        is_known = tree->nodes[i].id == parent;
    tree->nodes = xreallocarray(tree->nodes, tree->count + 1, sizeof(*tree->nodes));
    tree->nodes[tree->count++] = (struct node){id, is_known ? parent : 0, xstrdup(detail)};
}

size_t plan_tree_size(const struct plan_tree *tree)
{
    return tree->count + tree->left_out;
}

/* The name after the first word of "SCAN t USING …"; SQLite does not quote it. */
static size_t table_name(const char *detail, const char **ret_name)
{
    const char *name = strchr(detail, ' ') + 1;
    const char *end = strstr(name, " USING ");

    *ret_name = name;
    return end ? (size_t)(end - name) : strlen(name);
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void add_scan(const char *detail, plan_tree_rows *rows, void *context,
                     struct strbuf *buffer)
{
    const char *name;
    size_t size = table_name(detail, &name);
    bool has_index = strstr(detail, " USING ") != NULL;
    int64_t count = rows ? rows(context, name, size) : -1;

    if (strstr(detail, "VIRTUAL TABLE") || begins(detail, "SCAN CONSTANT ROW") || name[0] == '(')
        return;
    strbuf_add_text(buffer, has_index ? "   \xe2\x86\x90 reads the whole index of "
                                      : "   \xe2\x86\x90 scans all rows of ");
    utf8_add_line(buffer, name, size, DETAIL_SHOWN);
    if (count >= 0)
        strbuf_addf(buffer, " (%" PRId64 " row%s)", count, count == 1 ? "" : "s");
}

static void add_remark(const char *detail, plan_tree_rows *rows, void *context,
                       struct strbuf *buffer)
{
    static const struct {
        const char *part, *remark;
    } remarks[] = {
        {"AUTOMATIC", "builds an index for this query alone; CREATE INDEX would keep it"},
        {"PRIMARY KEY", "uses the primary key"},
        {"COVERING INDEX", "uses an index that has all it needs"},
        {"USING INDEX", "uses an index"},
        {"USE TEMP B-TREE", "sorts or groups in a temporary b-tree"},
        {"CORRELATED", "runs again for each row of the query around it"},
        {"MATERIALIZE", "keeps the rows for later steps"},
    };

    if (begins(detail, "SCAN ")) {
        add_scan(detail, rows, context, buffer);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(remarks); i++) {
        if (strstr(detail, remarks[i].part)) {
            strbuf_addf(buffer, "   \xe2\x86\x90 %s", remarks[i].remark);
            return;
        }
    }
}

/* The next child of `parent` at or after `from`; tree->count when there is none. */
static size_t next_child(const struct plan_tree *tree, int64_t parent, size_t from)
{
    while (from < tree->count && tree->nodes[from].parent != parent)
        from++;
    return from;
}

struct drawing {
    const struct plan_tree *tree;
    plan_tree_rows *rows;
    void *context;
    struct strbuf *buffer;
    bool has_more[DEPTH_MAX]; /* per level: further children follow */
};

static void draw_line(struct drawing *drawing, size_t depth, const char *detail)
{
    struct strbuf *buffer = drawing->buffer;

    if (buffer->size)
        strbuf_add_char(buffer, '\n');
    for (size_t i = 0; i < depth; i++)
        strbuf_add_text(buffer, drawing->has_more[i] ? "\xe2\x94\x82  " : "   ");
    strbuf_add_text(buffer, drawing->has_more[depth] ? "\xe2\x94\x9c\xe2\x94\x80 "
                                                     : "\xe2\x94\x94\xe2\x94\x80 ");
    utf8_add_line(buffer, detail, strlen(detail), DETAIL_SHOWN);
    add_remark(detail, drawing->rows, drawing->context, buffer);
}

/* Deeper nodes than DEPTH_MAX stand on its level. */
static void draw(struct drawing *drawing, int64_t parent, size_t from, size_t depth)
{
    const struct plan_tree *tree = drawing->tree;
    size_t i = next_child(tree, parent, from);

    while (i < tree->count) {
        size_t next = next_child(tree, parent, i + 1);
        drawing->has_more[depth] = next < tree->count;
        draw_line(drawing, depth, tree->nodes[i].detail);
        if (depth + 1 < DEPTH_MAX && tree->nodes[i].id != parent)
            draw(drawing, tree->nodes[i].id, i + 1, depth + 1);
        i = next;
    }
}

void plan_tree_text(const struct plan_tree *tree, plan_tree_rows *rows, void *context,
                    struct strbuf *buffer)
{
    struct drawing drawing = {tree, rows, context, buffer, {false}};

    draw(&drawing, 0, 0, 0);
    if (tree->left_out)
        strbuf_addf(buffer, "\n(%zu more steps)", tree->left_out);
}
