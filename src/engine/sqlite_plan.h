/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_plan: a statement's query plan in words; nothing of the statement runs.
 */
#ifndef RSCN_ENGINE_SQLITE_PLAN_H
#define RSCN_ENGINE_SQLITE_PLAN_H

#include <stddef.h>

#include "base/strbuf.h"

struct sqlite3;
struct sqlite3_stmt;

/* Appends the plan of text[0..size), which was prepared as `statement`: its first line and a tree;
 * or that it has none. Returns SQLITE_OK or the error of preparing or reading the plan. */
int sqlite_plan_text(struct sqlite3 *connection, struct sqlite3_stmt *statement, const char *text,
                     size_t size, struct strbuf *buffer);

#endif
