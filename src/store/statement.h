/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement: one use of a prepared statement: bind left to right, step, read columns.
 *
 * The first failure of a binding is remembered and reported by the step, so that callers check
 * once.
 */
#ifndef RSCN_STORE_STATEMENT_H
#define RSCN_STORE_STATEMENT_H

#include <jansson.h>

#include "store/database.h"

struct statement {
    struct store_connection *connection;
    sqlite3_stmt *handle;
    const char *doing; /* for messages: "recording an execution" */
    int index;         /* of the binding made last */
    int result;
};

#define STATEMENT_INIT                                                                             \
    {                                                                                              \
        NULL, NULL, NULL, 0, SQLITE_OK                                                             \
    }
/* AUTO_STATEMENT s = STATEMENT_INIT; reset at the end of the scope. */
#define AUTO_STATEMENT __attribute__((cleanup(statement_close))) struct statement

bool statement_open(struct statement *statement, struct store_connection *connection,
                    enum statement_id id, const char *doing, struct error *error) NODISCARD;
void statement_close(struct statement *statement);

/* Bind the next parameter. Texts are borrowed until the statement is closed. A NULL text is NULL.
 */
void statement_text(struct statement *statement, const char *text);
void statement_bytes(struct statement *statement, const char *text, size_t size);
void statement_blob(struct statement *statement, const void *bytes, size_t size);
void statement_integer(struct statement *statement, int64_t value);
void statement_real(struct statement *statement, double value);
/* A negative number is NULL. */
void statement_count(struct statement *statement, int64_t value);
/* As the store writes it; 0 is NULL. */
void statement_time(struct statement *statement, timestamp_us time);
/* Binds from the first parameter again; what is not bound anew keeps its value. */
void statement_again(struct statement *statement);

/* Runs to the end and ignores rows. */
bool statement_run(struct statement *statement, struct error *error) NODISCARD;
/* 1: a row, 0: the end, -1: an error. */
int statement_next(struct statement *statement, struct error *error) NODISCARD;

/* Columns of the present row. Bytes of a text or a BLOB, NULL for NULL; borrowed until the next
 * step. ret_size may be NULL. */
const char *statement_column(struct statement *statement, int column, size_t *ret_size);
bool statement_is_null(struct statement *statement, int column);
int64_t statement_column_integer(struct statement *statement, int column);
double statement_column_real(struct statement *statement, int column);
/* Copy of all bytes with a NUL after them, NULL for NULL; caller frees. ret_size may be NULL. */
char *statement_copy(struct statement *statement, int column, size_t *ret_size);
/* New JSON values; NULL, and what cannot be read as such, is null. */
json_t *statement_json_text(struct statement *statement, int column);
json_t *statement_json_integer(struct statement *statement, int column);
json_t *statement_json_bool(struct statement *statement, int column);
json_t *statement_json_value(struct statement *statement, int column); /* of JSON text */
json_t *statement_json_time(struct statement *statement, int column);  /* RFC 3339 */

#endif
