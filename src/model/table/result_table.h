/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table: the rows of one statement that are shown, and their three texts.
 *
 * NULL and BLOB can never be mistaken for text: plain text shows NULL and x'0102…' (N bytes), and a
 * text value that looks like one of these stands in single quotes; HTML marks them up. Numbers
 * stand right. Invalid UTF-8 and control characters are made visible. A long text loses its end in
 * both, and its length is said.
 */
#ifndef RSCN_MODEL_RESULT_TABLE_H
#define RSCN_MODEL_RESULT_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/table/result_value.h"

#define RESULT_TABLE_MAX_WIDTH                                                                     \
    200 /* characters of one text that are shown unless said otherwise                             \
         */

struct result_table;

struct result_table *result_table_new(void);
void result_table_free(struct result_table *table);
/* Before the first value: shows at most max_characters of a text (SIZE_MAX = all), and keeps at
 * most max_size bytes of it. */
void result_table_limit(struct result_table *table, size_t max_characters, size_t max_size);
/* Columns first, then rows cell by cell, left to right; a row is complete when all its columns were
 * added. declared_type may be NULL. */
void result_table_add_column(struct result_table *table, const char *name,
                             const char *declared_type);
void result_table_add_null(struct result_table *table);
void result_table_add_integer(struct result_table *table, int64_t value);
void result_table_add_real(struct result_table *table, double value);
void result_table_add_text(struct result_table *table, const char *text, size_t size);
/* Keeps the first 32 bytes and the size. */
void result_table_add_blob(struct result_table *table, const void *bytes, size_t size);
/* Takes the last whole row out again. */
void result_table_drop_row(struct result_table *table);

size_t result_table_columns(const struct result_table *table);
size_t result_table_rows(const struct result_table *table);
const char *result_table_column_name(const struct result_table *table, size_t column);
/* A value as it was added, borrowed; of a text as far as it was kept, of a BLOB no bytes at all. */
void result_table_value(const struct result_table *table, size_t row, size_t column,
                        struct result_value *ret_value);
/* Bytes that the rows will take as plain text and HTML together, not less. Memory grows with it:
 * the caller stops adding when its budget is used up. */
size_t result_table_size(const struct result_table *table);

/* What is said below a table that was cut. */
struct result_total {
    uint64_t rows;     /* all rows of the result as far as known */
    bool is_exact;     /* false: "more than" */
    bool cut_by_bytes; /* the byte limit, not the row limit, ended it */
    const char *note;  /* further lines below the table, e.g. which parameters were unbound; NULL =
                          none */
    const char *noun;  /* what a row stands for: "column"; NULL = "row" */
};

/* text/plain: header, rule, rows aligned by display width, then `(N rows)` or what was cut. No line
 * end at the end. A NULL total: the table is the whole result. */
void result_table_text(const struct result_table *table, const struct result_total *total,
                       struct strbuf *buffer);
/* text/html: one <table> whose <caption> says the number of rows or what was cut, a <p> below for
 * each line of the note; everything escaped; no script; inline style only, and no colour, so that
 * it can be read on any background. Valid UTF-8 always. */
void result_table_html(const struct result_table *table, const struct result_total *total,
                       struct strbuf *buffer);
/* application/vnd.dataresource+json (schema.fields with name and type, data = array of objects;
 * double names get a suffix; BLOB as text), or NULL when the table has more than 100 rows. Caller
 * decrefs. */
json_t *result_table_data_resource(const struct result_table *table);

#endif
