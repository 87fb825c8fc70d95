/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_tree: the rows of EXPLAIN QUERY PLAN as a tree of lines, each with what it means for speed.
 */
#ifndef RSCN_MODEL_PLAN_TREE_H
#define RSCN_MODEL_PLAN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct plan_tree;

struct plan_tree *plan_tree_new(void);
void plan_tree_free(struct plan_tree *tree);
/* A row of the plan, parents first; a parent that is not there is the root (0). */
void plan_tree_add(struct plan_tree *tree, int64_t id, int64_t parent, const char *detail);
size_t plan_tree_size(const struct plan_tree *tree);
/* How many rows a table has, -1 when it is not known. `name` is not NUL-terminated. */
typedef int64_t plan_tree_rows(void *context, const char *name, size_t size);
/* Appends the tree in box-drawing characters, one line each, with a remark after what scans, uses
 * an index or sorts. Nesting and lines are bounded. `rows` may be NULL. */
void plan_tree_text(const struct plan_tree *tree, plan_tree_rows *rows, void *context,
                    struct strbuf *buffer);

#endif
