/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: executions as JSON objects: the log, and one execution whole. The keys are those that other
 * programs may rely on (rscn(1)): unknown is null, never left out.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "store/log.h"
#include "store/objects.h"
#include "store/outputs.h"

/* Columns of SQL_LOG…; SQL_EXECUTION has more behind them. */
enum log_column {
    LOG_EXECUTION,
    LOG_NOTEBOOK,
    LOG_CELL,
    LOG_VERSION,
    LOG_HASH,
    LOG_KERNEL,
    LOG_ENGINE,
    LOG_TARGET,
    LOG_STATE,
    LOG_REASON,
    LOG_STARTED,
    LOG_ENDED,
    LOG_COUNT,
    LOG_SILENT,
    LOG_SESSION,
    LOG_MSG_ID,
    LOG_RUN,
    LOG_CLIENT,
    LOG_IDENTIFIED,
    LOG_OUTPUTS,
    LOG_USER,
    LOG_HOST,
    LOG_ROWS,
    LOG_CHANGES,
    LOG_ERROR,
    MORE_NUMBER = LOG_COLUMN_COUNT,
    MORE_KEY,
    MORE_RUN_ID,
    MORE_ENGINE_VERSION,
    MORE_EFFECT,
    MORE_CLAIMED,
    MORE_CLIENT_USER,
    MORE_CLIENT_CELL,
    MORE_COMPLETE,
    MORE_RECEIVED,
    MORE_RECOVERED,
    MORE_ARGUMENTS,
    MORE_CODE,
};

static json_t *duration(struct statement *row)
{
    const char *start = statement_column(row, LOG_STARTED, NULL);
    timestamp_us started_at, ended_at;
    if (!start || !timestamp_parse(start, &started_at))
        return json_null();
    const char *end = statement_column(row, LOG_ENDED, NULL);
    if (!end || !timestamp_parse(end, &ended_at))
        return json_null();
    /* A clock that was set back must not show a negative time (K-12). */
    return json_real(ended_at > started_at ? (double)(ended_at - started_at) / 1000.0 : 0.0);
}

json_t *log_object(struct statement *row)
{
    static const struct {
        const char *key;
        enum log_column column;
        json_t *(*value)(struct statement *row, int column);
    } members[] = {
        {"execution", LOG_EXECUTION, statement_json_text},
        {"notebook", LOG_NOTEBOOK, statement_json_text},
        {"cell", LOG_CELL, statement_json_text},
        {"cell_version", LOG_VERSION, statement_json_integer},
        {"code_hash", LOG_HASH, statement_json_text},
        {"kernel", LOG_KERNEL, statement_json_text},
        {"engine", LOG_ENGINE, statement_json_text},
        {"target", LOG_TARGET, statement_json_text},
        {"state", LOG_STATE, statement_json_text},
        {"reason", LOG_REASON, statement_json_text},
        {"started_at", LOG_STARTED, statement_json_time},
        {"ended_at", LOG_ENDED, statement_json_time},
        {"execution_count", LOG_COUNT, statement_json_integer},
        {"silent", LOG_SILENT, statement_json_bool},
        {"client_session", LOG_SESSION, statement_json_text},
        {"msg_id", LOG_MSG_ID, statement_json_text},
        {"run", LOG_RUN, statement_json_integer},
        {"client", LOG_CLIENT, statement_json_text},
        {"identified_by", LOG_IDENTIFIED, statement_json_value},
        {"outputs", LOG_OUTPUTS, statement_json_integer},
        {"user", LOG_USER, statement_json_text},
        {"host", LOG_HOST, statement_json_text},
        {"rows", LOG_ROWS, statement_json_integer},
        {"changes", LOG_CHANGES, statement_json_integer},
        {"error", LOG_ERROR, statement_json_value},
    };
    json_t *object = json_object();
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        json_object_set_new(object, members[i].key, members[i].value(row, (int)members[i].column));
        if (members[i].column == LOG_ENDED)
            json_object_set_new(object, "duration_ms", duration(row));
    }
    return object;
}

static enum statement_id log_statement(const struct log_filter *filter)
{
    if (!filter->notebook)
        return SQL_LOG;
    if (filter->cell)
        return SQL_LOG_CELL;
    return filter->with_silent ? SQL_LOG_NOTEBOOK_SILENT : SQL_LOG_NOTEBOOK;
}

bool store_log(struct store_connection *connection, const struct log_filter *filter, store_row row,
               void *context, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    char since[TIMESTAMP_SIZE];
    int next;
    if (!statement_open(&statement, connection, log_statement(filter), "reading the log", error))
        return false;
    timestamp_format_store(filter->since, since);
    statement_integer(&statement, filter->limit < 0 ? -1 : filter->limit);
    statement_text(&statement, filter->has_state ? state_name(filter->state) : NULL);
    statement_text(&statement, filter->since ? since : NULL);
    statement_integer(&statement, filter->with_silent);
    if (filter->notebook)
        statement_text(&statement, filter->notebook);
    if (filter->notebook && filter->cell)
        statement_text(&statement, filter->cell);
    while ((next = statement_next(&statement, error)) > 0) {
        AUTO_JSON *object = log_object(&statement);
        if (!row(context, object))
            return true;
    }
    return next == 0;
}

/* --- one execution ------------------------------------------------------------------------- */

static json_t *transitions(struct store_connection *connection, int64_t number, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_FREE char *from = xstrdup(state_name(STATE_INITIAL));
    AUTO_JSON *array = json_array();
    int next;
    if (!statement_open(&statement, connection, SQL_TRANSITIONS, "reading the transitions", error))
        return NULL;
    statement_integer(&statement, number);
    while ((next = statement_next(&statement, error)) > 0) {
        json_t *step = json_object();
        json_object_set_new(step, "from", json_string(from));
        json_object_set_new(step, "to", statement_json_text(&statement, 0));
        json_object_set_new(step, "at", statement_json_time(&statement, 1));
        json_object_set_new(step, "reason", statement_json_text(&statement, 2));
        json_array_append_new(array, step);
        free(from);
        from = statement_copy(&statement, 0, NULL);
    }
    return next == 0 ? json_incref(array) : NULL;
}

/* What the execution showed, as a notebook file would have it. */
static json_t *outputs(struct store_connection *connection, int64_t number, struct error *error)
{
    AUTO_FREE char *text = outputs_read(connection, number, error);
    return text ? outputs_json(text) : NULL;
}

static void add_more(struct statement *row, json_t *object)
{
    static const struct {
        const char *key;
        enum log_column column;
        json_t *(*value)(struct statement *row, int column);
    } members[] = {
        {"cell_key", MORE_KEY, statement_json_text},
        {"run_id", MORE_RUN_ID, statement_json_text},
        {"engine_version", MORE_ENGINE_VERSION, statement_json_text},
        {"effect", MORE_EFFECT, statement_json_text},
        {"user_claimed", MORE_CLAIMED, statement_json_value},
        {"client_user", MORE_CLIENT_USER, statement_json_text},
        {"client_cell", MORE_CLIENT_CELL, statement_json_value},
        {"outputs_complete", MORE_COMPLETE, statement_json_bool},
        {"received_at", MORE_RECEIVED, statement_json_time},
        {"recovered_at", MORE_RECOVERED, statement_json_time},
        {"arguments", MORE_ARGUMENTS, statement_json_value},
        {"code", MORE_CODE, statement_json_text},
    };
    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        json_object_set_new(object, members[i].key, members[i].value(row, (int)members[i].column));
}

json_t *store_execution(struct store_connection *connection, const char *execution_id,
                        struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_EXECUTION, "reading an execution", error))
        return NULL;
    statement_text(&statement, execution_id);
    int next = statement_next(&statement, error);
    if (next == 0)
        error_set(error, ERROR_NOT_FOUND, "%s: no such execution; rscn log lists them",
                  execution_id);
    if (next <= 0)
        return NULL;
    AUTO_JSON *object = log_object(&statement);
    add_more(&statement, object);
    int64_t number = statement_column_integer(&statement, MORE_NUMBER);
    json_t *steps = transitions(connection, number, error);
    json_t *shown = steps ? outputs(connection, number, error) : NULL;
    json_t *objects = shown ? objects_of(connection, number, error) : NULL;
    json_object_set_new(object, "transitions", steps);
    json_object_set_new(object, "outputs", shown);
    json_object_set_new(object, "objects", objects);
    return objects ? json_incref(object) : NULL;
}
