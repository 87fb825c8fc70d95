/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement: one use of a prepared statement; see statement.h.
 */
#include "store/statement.h"

#include <string.h>

#include "base/json_util.h"

bool statement_open(struct statement *statement, struct store_connection *connection,
                    enum statement_id id, const char *doing, struct error *error)
{
    *statement = (struct statement)STATEMENT_INIT;
    statement->connection = connection;
    statement->doing = doing;
    statement->handle = database_statement(connection, id, error);
    return statement->handle != NULL;
}

void statement_close(struct statement *statement)
{
    if (statement->handle)
        database_reset(&statement->handle);
    statement->handle = NULL;
}

static void keep(struct statement *statement, int result)
{
    if (statement->result == SQLITE_OK)
        statement->result = result;
}

void statement_bytes(struct statement *statement, const char *text, size_t size)
{
    keep(statement, sqlite3_bind_text64(statement->handle, ++statement->index, text ? text : "",
                                        size, SQLITE_STATIC, SQLITE_UTF8));
}

void statement_text(struct statement *statement, const char *text)
{
    if (text)
        statement_bytes(statement, text, strlen(text));
    else
        keep(statement, sqlite3_bind_null(statement->handle, ++statement->index));
}

void statement_blob(struct statement *statement, const void *bytes, size_t size)
{
    keep(statement, sqlite3_bind_blob64(statement->handle, ++statement->index, size ? bytes : "",
                                        size, SQLITE_STATIC));
}

void statement_integer(struct statement *statement, int64_t value)
{
    keep(statement, sqlite3_bind_int64(statement->handle, ++statement->index, value));
}

void statement_real(struct statement *statement, double value)
{
    keep(statement, sqlite3_bind_double(statement->handle, ++statement->index, value));
}

void statement_count(struct statement *statement, int64_t value)
{
    if (value >= 0)
        statement_integer(statement, value);
    else
        statement_text(statement, NULL);
}

void statement_time(struct statement *statement, timestamp_us time)
{
    char text[TIMESTAMP_SIZE];
    if (!time) {
        statement_text(statement, NULL);
        return;
    }
    timestamp_format_store(time, text);
    keep(statement, sqlite3_bind_text64(statement->handle, ++statement->index, text, strlen(text),
                                        SQLITE_TRANSIENT, SQLITE_UTF8));
}

void statement_again(struct statement *statement)
{
    sqlite3_reset(statement->handle);
    statement->index = 0;
}

int statement_next(struct statement *statement, struct error *error)
{
    if (statement->result == SQLITE_OK) {
        int result = sqlite3_step(statement->handle);
        if (result == SQLITE_ROW)
            return 1;
        if (result == SQLITE_DONE)
            return 0;
        statement->result = result;
    }
    database_error(statement->connection, statement->result, statement->doing, error);
    return -1;
}

bool statement_run(struct statement *statement, struct error *error)
{
    int result;
    do
        result = statement_next(statement, error);
    while (result > 0);
    return result == 0;
}

const char *statement_column(struct statement *statement, int column, size_t *ret_size)
{
    const char *bytes = NULL;
    int type = sqlite3_column_type(statement->handle, column);
    if (type == SQLITE_BLOB)
        bytes = sqlite3_column_blob(statement->handle, column);
    else if (type != SQLITE_NULL)
        bytes = (const char *)sqlite3_column_text(statement->handle, column);
    /* An empty BLOB has no address. */
    if (!bytes && type != SQLITE_NULL)
        bytes = "";
    if (ret_size)
        *ret_size = (size_t)sqlite3_column_bytes(statement->handle, column);
    return bytes;
}

bool statement_is_null(struct statement *statement, int column)
{
    return sqlite3_column_type(statement->handle, column) == SQLITE_NULL;
}

int64_t statement_column_integer(struct statement *statement, int column)
{
    return sqlite3_column_int64(statement->handle, column);
}

double statement_column_real(struct statement *statement, int column)
{
    return sqlite3_column_double(statement->handle, column);
}

char *statement_copy(struct statement *statement, int column, size_t *ret_size)
{
    size_t size;
    const char *bytes = statement_column(statement, column, &size);
    if (ret_size)
        *ret_size = size;
    if (!bytes)
        return NULL;
    char *copy = xmalloc(size + 1);
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

json_t *statement_json_text(struct statement *statement, int column)
{
    size_t size;
    const char *bytes = statement_column(statement, column, &size);
    return bytes ? json_text(bytes, size) : json_null();
}

json_t *statement_json_integer(struct statement *statement, int column)
{
    return statement_is_null(statement, column)
               ? json_null()
               : json_integer(statement_column_integer(statement, column));
}

json_t *statement_json_bool(struct statement *statement, int column)
{
    return statement_is_null(statement, column)
               ? json_null()
               : json_boolean(statement_column_integer(statement, column));
}

json_t *statement_json_value(struct statement *statement, int column)
{
    size_t size;
    const char *bytes = statement_column(statement, column, &size);
    json_t *value = bytes ? json_parse(bytes, size, NULL) : NULL;
    return value ? value : json_null();
}

json_t *statement_json_time(struct statement *statement, int column)
{
    timestamp_us time;
    char text[TIMESTAMP_SIZE];
    const char *stored = statement_column(statement, column, NULL);
    if (!stored || !timestamp_parse(stored, &time))
        return json_null();
    timestamp_format_rfc3339(time, text);
    return json_string(text);
}
