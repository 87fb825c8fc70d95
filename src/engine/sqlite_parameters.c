/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_parameters: see the header.
 */
#include "engine/sqlite_parameters.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"

#define UNBOUND_SHOWN 20 /* names in the note; a cell may have 250 000 */

/* The other name under which people look for it. It must not hide a table of the user's. */
static int create_view(struct sqlite3 *connection)
{
    static const char create[] = "CREATE TEMP VIEW IF NOT EXISTS sql_parameters AS "
                                 "SELECT key, value FROM temp.sqlite_parameters";

    if (sqlite3_table_column_metadata(connection, "main", "sql_parameters", NULL, NULL, NULL, NULL,
                                      NULL, NULL) == SQLITE_OK)
        return SQLITE_OK;
    return sqlite3_exec(connection, create, NULL, NULL, NULL);
}

bool sqlite_parameters_create(struct sqlite3 *connection, struct error *error)
{
    static const char create[] = "CREATE TABLE IF NOT EXISTS temp.sqlite_parameters("
                                 "key TEXT PRIMARY KEY, value) WITHOUT ROWID";

    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, NULL);
    int code = sqlite3_exec(connection, create, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = create_view(connection);
    if (code != SQLITE_OK)
        error_set(error, ERROR_IO, "%s", sqlite3_errmsg(connection));
    sqlite3_db_config(connection, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, NULL);
    if (code != SQLITE_OK && error)
        error->detail = code;
    return code == SQLITE_OK;
}

/* The JSON value as SQL value: true and false are 1 and 0, arrays and objects their JSON text. */
static int bind_value(sqlite3_stmt *statement, int index, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return sqlite3_bind_text64(statement, index, json_string_value(value),
                                   json_string_length(value), SQLITE_STATIC, SQLITE_UTF8);
    case JSON_INTEGER:
        return sqlite3_bind_int64(statement, index, json_integer_value(value));
    case JSON_REAL:
        return sqlite3_bind_double(statement, index, json_real_value(value));
    case JSON_TRUE:
    case JSON_FALSE:
        return sqlite3_bind_int(statement, index, json_is_true(value));
    case JSON_ARRAY:
    case JSON_OBJECT: {
        char *text = json_format(value);
        return sqlite3_bind_text64(statement, index, text, strlen(text), free, SQLITE_UTF8);
    }
    case JSON_NULL:
        break;
    }
    return sqlite3_bind_null(statement, index);
}

static bool insert_all(sqlite3_stmt *insert, const json_t *values)
{
    void *iterator = json_object_iter((json_t *)values);

    for (; iterator; iterator = json_object_iter_next((json_t *)values, iterator)) {
        char *key = xasprintf(":%s", json_object_iter_key(iterator));
        sqlite3_bind_text64(insert, 1, key, strlen(key), free, SQLITE_UTF8);
        bind_value(insert, 2, json_object_iter_value(iterator));
        sqlite3_step(insert);
        if (sqlite3_reset(insert) != SQLITE_OK)
            return false;
    }
    return true;
}

bool sqlite_parameters_sync(struct sqlite3 *connection, const json_t *arguments,
                            const json_t *session, struct error *error)
{
    static const char empty[] = "DELETE FROM temp.sqlite_parameters";
    static const char insert_text[] =
        "INSERT OR REPLACE INTO temp.sqlite_parameters(key, value) VALUES (?1, ?2)";
    sqlite3_stmt *insert = NULL;

    bool done = sqlite3_exec(connection, empty, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_prepare_v3(connection, insert_text, sizeof insert_text, 0, &insert, NULL) ==
                    SQLITE_OK &&
                insert_all(insert, session) && insert_all(insert, arguments);
    if (!done)
        error_set(error, ERROR_IO, "temp.sqlite_parameters: %s", sqlite3_errmsg(connection));
    sqlite3_finalize(insert);
    return done;
}

void sqlite_parameters_bind(struct sqlite3_stmt *statement, const json_t *arguments,
                            const json_t *session, struct strbuf *unbound)
{
    int count = sqlite3_bind_parameter_count(statement);
    int missing = 0;

    for (int index = 1; index <= count; index++) {
        const char *name = sqlite3_bind_parameter_name(statement, index);
        const json_t *value = name ? json_object_get(arguments, name + 1) : NULL;
        if (name && !value)
            value = json_object_get(session, name + 1);
        if (value) {
            bind_value(statement, index, value);
        } else {
            sqlite3_bind_null(statement, index);
            missing++;
            if (missing <= UNBOUND_SHOWN)
                strbuf_addf(unbound, "%s%s", unbound->size ? ", " : "", name ? name : "?");
        }
    }
    if (missing > UNBOUND_SHOWN)
        strbuf_addf(unbound, " and %d more", missing - UNBOUND_SHOWN);
}
