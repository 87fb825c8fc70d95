/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: Jupyter's history_request from the record. A session is a run; 0 is the present one and
 * -1 the one before it as input, rows carry the real number (J-244).
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "store/statement.h"

enum { HISTORY_NUMBER, HISTORY_SESSION, HISTORY_LINE, HISTORY_HASH, HISTORY_CODE };

static json_t *shown_value(struct store_connection *connection, int64_t number)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_HISTORY_OUTPUT, "reading a result", NULL))
        return json_null();
    statement_integer(&statement, number);
    return statement_next(&statement, NULL) > 0 ? statement_json_text(&statement, 0) : json_null();
}

static json_t *entry(struct store_connection *connection, const struct history_request *request,
                     struct statement *row)
{
    json_t *input = statement_json_text(row, HISTORY_CODE);
    json_t *value = input;
    if (request->output)
        value = json_pack("[o, o]", input,
                          shown_value(connection, statement_column_integer(row, HISTORY_NUMBER)));
    return json_pack("[o, o, o]", statement_json_integer(row, HISTORY_SESSION),
                     statement_json_integer(row, HISTORY_LINE), value);
}

/* Jupyter's pattern knows * and ?; GLOB knows [ too, which must be itself here. */
static void add_pattern(struct strbuf *buffer, const char *pattern)
{
    for (const char *at = pattern; *at; at++) {
        if (*at == '[')
            strbuf_add_text(buffer, "[[]");
        else
            strbuf_add_char(buffer, *at);
    }
}

static bool find_run(struct store_connection *connection, const struct history_request *request,
                     char **ret_run, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    static const char doing[] = "looking for a run";
    *ret_run = NULL;
    if (request->session == 0) {
        *ret_run = xstrdup(request->run_id);
        return true;
    }
    bool is_open = request->session > 0
                       ? statement_open(&statement, connection, SQL_RUN_OF_SESSION, doing, error)
                       : statement_open(&statement, connection, SQL_RUN_BEFORE, doing, error);
    if (!is_open)
        return false;
    if (request->session > 0) {
        statement_integer(&statement, request->session);
    } else {
        statement_text(&statement, request->run_id);
        statement_text(&statement, request->notebook);
        statement_integer(&statement,
                          request->session == INT64_MIN ? INT64_MAX : -request->session);
    }
    int next = statement_next(&statement, error);
    if (next > 0)
        *ret_run = statement_copy(&statement, 0, NULL);
    return next >= 0;
}

static bool open_history(struct store_connection *connection, const struct history_request *request,
                         struct statement *statement, const char *run, const char *pattern,
                         struct error *error)
{
    static const enum statement_id ids[] = {[HISTORY_TAIL] = SQL_HISTORY_TAIL,
                                            [HISTORY_RANGE] = SQL_HISTORY_RANGE,
                                            [HISTORY_SEARCH] = SQL_HISTORY_SEARCH};
    if (!statement_open(statement, connection, ids[request->access], "reading the history", error))
        return false;
    if (request->access == HISTORY_SEARCH)
        statement_text(statement, pattern);
    if (request->access == HISTORY_RANGE) {
        statement_text(statement, run);
        statement_integer(statement, request->start);
        statement_count(statement, request->stop);
    }
    return true;
}

/* Newest first; with `unique` the newest of each text is kept. Then the order is turned round. */
static json_t *take_newest(struct store_connection *connection,
                           const struct history_request *request, struct statement *statement,
                           struct error *error)
{
    AUTO_JSON *seen = json_object();
    AUTO_JSON *newest = json_array();
    int next = 0;
    while ((int64_t)json_array_size(newest) < request->n &&
           (next = statement_next(statement, error)) > 0) {
        const char *hash = statement_column(statement, HISTORY_HASH, NULL);
        if (request->unique && hash && json_object_get(seen, hash))
            continue;
        if (request->unique && hash)
            json_object_set_new(seen, hash, json_true());
        json_array_append_new(newest, entry(connection, request, statement));
    }
    if (next < 0)
        return NULL;
    json_t *array = json_array();
    for (size_t i = json_array_size(newest); i-- > 0;)
        json_array_append(array, json_array_get(newest, i));
    return array;
}

json_t *store_history(struct store_connection *connection, const struct history_request *request,
                      struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_STRBUF pattern = STRBUF_INIT;
    AUTO_FREE char *run = NULL;
    if (request->access == HISTORY_RANGE && !find_run(connection, request, &run, error))
        return NULL;
    if (request->access == HISTORY_RANGE && !run)
        return json_array();
    add_pattern(&pattern, request->pattern ? request->pattern : "*");
    if (!open_history(connection, request, &statement, run, strbuf_text(&pattern), error))
        return NULL;
    if (request->access != HISTORY_RANGE)
        return take_newest(connection, request, &statement, error);
    AUTO_JSON *array = json_array();
    int next;
    while ((next = statement_next(&statement, error)) > 0)
        json_array_append_new(array, entry(connection, request, &statement));
    return next == 0 ? json_incref(array) : NULL;
}
