/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_plan: EXPLAIN QUERY PLAN in front of the statement's own text, read into a tree.
 */
#include "engine/sqlite_plan.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "model/sql/plan_tree.h"

#define STATEMENT_SHOWN 80u /* columns of its first line */

struct known_rows {
    sqlite3_stmt *ask; /* NULL without sqlite_stat1 */
};

/* What ANALYZE counted: the first number of the table's row in sqlite_stat1. */
static int64_t known_rows(void *context, const char *name, size_t size)
{
    const struct known_rows *known = context;
    int64_t count = -1;

    if (!known->ask)
        return -1;
    sqlite3_bind_text64(known->ask, 1, name, size, SQLITE_STATIC, SQLITE_UTF8);
    if (sqlite3_step(known->ask) == SQLITE_ROW) {
        const char *stat = (const char *)sqlite3_column_text(known->ask, 0);
        if (stat && *stat >= '0' && *stat <= '9')
            count = strtoll(stat, NULL, 10);
    }
    sqlite3_reset(known->ask);
    return count;
}

static int read_plan(struct sqlite3 *connection, const char *text, size_t size,
                     struct plan_tree *tree)
{
    AUTO_STRBUF sql = STRBUF_INIT;
    sqlite3_stmt *plan = NULL;

    strbuf_add_text(&sql, "EXPLAIN QUERY PLAN ");
    strbuf_add(&sql, text, size);
    int code = sqlite3_prepare_v3(connection, strbuf_text(&sql), (int)sql.size + 1, 0, &plan, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(plan)) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(plan, 3);
        plan_tree_add(tree, sqlite3_column_int64(plan, 0), sqlite3_column_int64(plan, 1),
                      detail ? detail : "");
        code = SQLITE_OK;
    }
    sqlite3_finalize(plan);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static void add_tree(struct sqlite3 *connection, const struct plan_tree *tree,
                     struct strbuf *buffer)
{
    static const char ask[] = "SELECT stat FROM main.sqlite_stat1 WHERE tbl = ?1 COLLATE NOCASE"
                              " ORDER BY idx IS NOT NULL LIMIT 1";
    struct known_rows known = {NULL};

    sqlite3_prepare_v3(connection, ask, sizeof ask, 0, &known.ask, NULL);
    plan_tree_text(tree, known_rows, &known, buffer);
    sqlite3_finalize(known.ask);
}

int sqlite_plan_text(struct sqlite3 *connection, struct sqlite3_stmt *statement, const char *text,
                     size_t size, struct strbuf *buffer)
{
    const char *line_end = memchr(text, '\n', size);
    struct plan_tree *tree = plan_tree_new();
    AUTO_STRBUF drawn = STRBUF_INIT;
    int code = SQLITE_OK;

    utf8_add_line(buffer, text, line_end ? (size_t)(line_end - text) : size, STATEMENT_SHOWN);
    if (!sqlite3_stmt_isexplain(statement))
        code = read_plan(connection, text, size, tree);
    if (plan_tree_size(tree) > 0) {
        add_tree(connection, tree, &drawn);
        strbuf_addf(buffer, "\n%s", strbuf_text(&drawn));
    } else {
        strbuf_add_text(buffer, sqlite3_stmt_isexplain(statement)
                                    ? "\n(no plan: it is an EXPLAIN itself; run it without %%explain)"
                                    : "\n(SQLite shows no plan for it)");
    }
    plan_tree_free(tree);
    return code;
}
