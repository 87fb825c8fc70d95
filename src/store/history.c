/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: Jupyter's history_request from the record. A session is a run; 0 is the present one and
 * -1 the one before it as input, rows carry the real number (J-244).
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "store/statement.h"

#define SEARCH_PART 10000      /* executions between two looks at the clock */
#define SEARCH_LIMIT_US 500000 /* what is older is left out then */

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

/* Jupyter's pattern knows * and ?, and, as IPython's, [*], [?] and [[] for the characters
 * themselves. GLOB knows other sets too, which must be themselves here: code is full of them. */
static void add_pattern(struct strbuf *buffer, const char *pattern)
{
    for (const char *at = pattern; *at; at++) {
        bool is_escape = at[0] == '[' && at[1] && strchr("*?[", at[1]) && at[2] == ']';
        if (is_escape) {
            strbuf_add(buffer, at, 3);
            at += 2;
        } else if (*at == '[') {
            strbuf_add_text(buffer, "[[]");
        } else {
            strbuf_add_char(buffer, *at);
        }
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

/* What was taken so far, newest first. */
struct newest {
    json_t *entries;
    json_t *seen; /* hashes of the codes, for `unique` */
};

/* Takes the executions numbered from `from` up to `to`. */
static bool take_part(struct store_connection *connection, const struct history_request *request,
                      const char *pattern, int64_t from, int64_t to, struct newest *newest,
                      struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next = 0;
    if (!statement_open(&statement, connection, SQL_HISTORY_NEWEST, "reading the history", error))
        return false;
    statement_integer(&statement, to);
    statement_integer(&statement, from);
    statement_text(&statement, pattern);
    while ((int64_t)json_array_size(newest->entries) < request->n &&
           (next = statement_next(&statement, error)) > 0) {
        const char *hash = statement_column(&statement, HISTORY_HASH, NULL);
        if (request->unique && hash && json_object_get(newest->seen, hash))
            continue;
        if (request->unique && hash)
            json_object_set_new(newest->seen, hash, json_true());
        json_array_append_new(newest->entries, entry(connection, request, &statement));
    }
    return next >= 0;
}

/* The newest that fit, with `unique` the newest of each code, in the order they ran. A search goes
 * back as far as its time allows: whoever types waits for it. */
static json_t *take_newest(struct store_connection *connection,
                           const struct history_request *request, const char *pattern,
                           struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_JSON *entries = json_array();
    AUTO_JSON *seen = json_object();
    struct newest newest = {entries, seen};
    if (!statement_open(&statement, connection, SQL_HISTORY_LAST, "reading the history", error) ||
        statement_next(&statement, error) < 0)
        return NULL;
    int64_t limit = monotonic_us() + SEARCH_LIMIT_US;
    for (int64_t to = statement_column_integer(&statement, 0);
         to > 0 && (int64_t)json_array_size(entries) < request->n && monotonic_us() < limit;
         to -= SEARCH_PART) {
        int64_t from = to > SEARCH_PART ? to - SEARCH_PART + 1 : 1;
        if (!take_part(connection, request, pattern, from, to, &newest, error))
            return NULL;
    }
    json_t *array = json_array();
    for (size_t i = json_array_size(entries); i-- > 0;)
        json_array_append(array, json_array_get(entries, i));
    return array;
}

static json_t *take_range(struct store_connection *connection,
                          const struct history_request *request, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_FREE char *run = NULL;
    AUTO_JSON *array = json_array();
    int next;
    if (!find_run(connection, request, &run, error))
        return NULL;
    if (!run)
        return json_array();
    if (!statement_open(&statement, connection, SQL_HISTORY_RANGE, "reading the history", error))
        return NULL;
    statement_text(&statement, run);
    statement_integer(&statement, request->start);
    statement_count(&statement, request->stop);
    while ((next = statement_next(&statement, error)) > 0)
        json_array_append_new(array, entry(connection, request, &statement));
    return next == 0 ? json_incref(array) : NULL;
}

json_t *store_history(struct store_connection *connection, const struct history_request *request,
                      struct error *error)
{
    AUTO_STRBUF pattern = STRBUF_INIT;
    bool is_search =
        request->access == HISTORY_SEARCH && request->pattern && strcmp(request->pattern, "*") != 0;
    if (request->access == HISTORY_RANGE)
        return take_range(connection, request, error);
    if (is_search)
        add_pattern(&pattern, request->pattern);
    return take_newest(connection, request, is_search ? strbuf_text(&pattern) : NULL, error);
}
