/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/sqlite_export.h"

#include <inttypes.h>
#include <sqlite3.h>

#include "model/table/result_table.h"

void sqlite_export_columns(struct row_file *file, sqlite3_stmt *statement)
{
    int columns = sqlite3_column_count(statement);

    for (int i = 0; i < columns; i++) {
        const char *name = sqlite3_column_name(statement, i);
        row_file_column(file, name ? name : "");
    }
}

bool sqlite_export_row(struct row_file *file, sqlite3_stmt *statement, int columns)
{
    static const enum result_type types[] = {
        [SQLITE_INTEGER] = RESULT_INTEGER, [SQLITE_FLOAT] = RESULT_REAL,
        [SQLITE_TEXT] = RESULT_TEXT,       [SQLITE_BLOB] = RESULT_BLOB,
        [SQLITE_NULL] = RESULT_NULL,
    };

    for (int i = 0; i < columns; i++) {
        struct result_value value = {.type = types[sqlite3_column_type(statement, i)]};
        if (value.type == RESULT_INTEGER) {
            value.integer = sqlite3_column_int64(statement, i);
        } else if (value.type == RESULT_REAL) {
            value.real = sqlite3_column_double(statement, i);
        } else if (value.type != RESULT_NULL) {
            value.bytes = value.type == RESULT_TEXT
                              ? (const char *)sqlite3_column_text(statement, i)
                              : (const char *)sqlite3_column_blob(statement, i);
            value.size = value.bytes ? (size_t)sqlite3_column_bytes(statement, i) : 0;
            value.bytes = value.bytes ? value.bytes : "";
        }
        row_file_value(file, &value);
    }
    return !row_file_has_failed(file);
}

bool sqlite_export_finish(struct row_file *file, struct strbuf *said, struct error *error)
{
    if (!row_file_commit(file, error))
        return false;
    strbuf_addf(said, "%s: %" PRIu64 " row%s, %zu column%s, %" PRIu64 " bytes", row_file_name(file),
                row_file_rows(file), row_file_rows(file) == 1 ? "" : "s", row_file_columns(file),
                row_file_columns(file) == 1 ? "" : "s", row_file_bytes(file));
    if (row_file_has_blobs(file))
        strbuf_add_text(said, "; BLOBs are hexadecimal digits");
    return true;
}

static bool add_row(struct row_file *file, const struct result_table *table, size_t row,
                    struct error *error)
{
    size_t columns = result_table_columns(table);

    for (size_t i = 0; i < columns; i++) {
        struct result_value value;
        result_table_value(table, row, i, &value);
        if (value.is_cut)
            return error_set(error, ERROR_INVALID,
                             "the column %s has a value in row %zu that was not kept whole; put "
                             "%%export before the statement",
                             result_table_column_name(table, i), row + 1);
        row_file_value(file, &value);
    }
    return true;
}

bool sqlite_export_last(struct row_file *file, const struct sqlite_rows *rows, struct strbuf *said,
                        struct error *error)
{
    size_t count = result_table_rows(rows->table);

    for (size_t i = 0; i < result_table_columns(rows->table); i++)
        row_file_column(file, result_table_column_name(rows->table, i));
    for (size_t row = 0; row < count; row++) {
        if (!add_row(file, rows->table, row, error))
            return false;
    }
    if (!sqlite_export_finish(file, said, error))
        return false;
    if (rows->total > count)
        strbuf_addf(said,
                    "\nThese are the rows that were shown, of %s%" PRIu64 ": put %%export before "
                    "the statement to write all.",
                    rows->is_exact ? "" : "more than ", rows->total);
    return true;
}
