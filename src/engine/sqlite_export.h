/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_export: a statement's rows, or the last result's, into a file.
 */
#ifndef RSCN_ENGINE_SQLITE_EXPORT_H
#define RSCN_ENGINE_SQLITE_EXPORT_H

#include "engine/row_file.h"
#include "engine/sqlite_output.h"

struct sqlite3_stmt;

void sqlite_export_columns(struct row_file *file, struct sqlite3_stmt *statement);
/* The row that the statement is on. False when the file can't take more. */
bool sqlite_export_row(struct row_file *file, struct sqlite3_stmt *statement, int columns);
/* Commits; appends "overdue.csv: 1,204 rows, 5 columns, 48,211 bytes". */
bool sqlite_export_finish(struct row_file *file, struct strbuf *said,
                          struct error *error) NODISCARD;
/* All of it with the rows that were kept; says when the result had more. An error when a value was
 * not kept whole. */
bool sqlite_export_last(struct row_file *file, const struct sqlite_rows *rows, struct strbuf *said,
                        struct error *error) NODISCARD;

#endif
