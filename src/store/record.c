/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: writes one execution: run, cell, version, execution, steps, RSCN state rows and outputs.
 *
 * Everything here runs inside the caller's transaction and is on the way of every reply: each row is
 * one prepared statement, and a cell that ran before on this connection asks nothing (recent.h).
 */
#include "store/record.h"

#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "store/guard.h"
#include "store/notebook_names.h"
#include "store/objects.h"
#include "store/recent.h"
#include "store/statement.h"
#include "store/versions.h"

#define STATES_AT_ONCE 3 /* rows of SQL_STATE_INSERT */
#define STATE_COLUMNS 5  /* of a row, beside the result */

static const char doing[] = "recording an execution";

/* When it ran, as far as known: the time that versions and cells are dated with. */
static timestamp_us record_time(const struct execution_record *record)
{
    if (record->started_at)
        return record->started_at;
    return record->received_at ? record->received_at : timestamp_now();
}

/* --- run and cell -------------------------------------------------------------------------- */

static bool check_new(struct store_connection *connection, const struct execution_record *record,
                      struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_EXECUTION_EXISTS, doing, error))
        return false;
    statement_text(&statement, record->execution_id);
    statement_text(&statement, record->client_session);
    statement_text(&statement, record->msg_id);
    int next = statement_next(&statement, error);
    if (next > 0)
        return error_set(error, ERROR_EXISTS,
                         "%s: execution %s, or its request, is recorded already; look at it with "
                         "`rscn log`",
                         connection->store->path, record->execution_id);
    return next == 0;
}

static bool ensure_run(struct store_connection *connection, const struct run_facts *run,
                       struct error *error)
{
    AUTO_STATEMENT find = STATEMENT_INIT;
    if (!statement_open(&find, connection, SQL_RUN_EXISTS, doing, error))
        return false;
    statement_text(&find, run->run_id);
    int next = statement_next(&find, error);
    if (next)
        return next > 0;
    AUTO_STATEMENT insert = STATEMENT_INIT;
    if (!statement_open(&insert, connection, SQL_RUN_INSERT, "recording a run", error))
        return false;
    statement_text(&insert, run->run_id);
    statement_text(&insert, run->notebook);
    statement_text(&insert, run->client);
    statement_text(&insert, run->parameters);
    statement_integer(&insert, run->pid);
    statement_text(&insert, run->host);
    statement_text(&insert, run->user);
    statement_time(&insert, run->started_at ? run->started_at : timestamp_now());
    return statement_run(&insert, error) && notebook_note_name(connection, run->notebook, error);
}

static bool insert_cell(struct store_connection *connection, const struct execution_record *record,
                        struct error *error)
{
    AUTO_STATEMENT insert = STATEMENT_INIT;
    if (!statement_open(&insert, connection, SQL_CELL_INSERT, "recording a cell", error))
        return false;
    statement_text(&insert, record->run->notebook);
    statement_text(&insert, record->cell_key);
    statement_text(&insert, record->cell_name);
    statement_text(&insert, record->nbformat_id);
    statement_time(&insert, record_time(record));
    return statement_run(&insert, error);
}

/* `is_recovered`: what a dead kernel knew must not undo a name that was given since. */
static bool ensure_cell(struct store_connection *connection, const struct execution_record *record,
                        bool is_recovered, struct error *error)
{
    AUTO_STATEMENT find = STATEMENT_INIT;
    if (!statement_open(&find, connection, SQL_CELL_FIND, doing, error))
        return false;
    statement_text(&find, record->run->notebook);
    statement_text(&find, record->cell_key);
    int next = statement_next(&find, error);
    if (next < 0)
        return false;
    if (next == 0)
        return insert_cell(connection, record, error);
    const char *id = statement_column(&find, 1, NULL);
    bool is_same = strcmp(statement_column(&find, 0, NULL), record->cell_name) == 0 &&
                   (!record->nbformat_id || (id && strcmp(id, record->nbformat_id) == 0));
    if (is_same || is_recovered)
        return true;
    AUTO_STATEMENT update = STATEMENT_INIT;
    if (!statement_open(&update, connection, SQL_CELL_UPDATE, "recording a cell", error))
        return false;
    statement_text(&update, record->run->notebook);
    statement_text(&update, record->cell_key);
    statement_text(&update, record->cell_name);
    statement_text(&update, record->nbformat_id);
    return statement_run(&update, error);
}

static bool insert_target(struct store_connection *connection,
                          const struct execution_record *record, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_RUN_TARGET_INSERT, doing, error))
        return false;
    statement_text(&statement, record->run->run_id);
    statement_text(&statement, record->target);
    statement_integer(&statement, record->target_size);
    statement_time(&statement, record->target_modified_at);
    statement_text(&statement, record->target_schema_hash ? record->target_schema_hash : "");
    statement_time(&statement, record_time(record));
    return statement_run(&statement, error);
}

/* --- the execution ------------------------------------------------------------------------- */

static void bind_identity(struct statement *statement, const struct execution_record *record,
                          const char *version_id)
{
    statement_text(statement, record->execution_id);
    statement_text(statement, record->run->run_id);
    statement_text(statement, record->run->notebook);
    statement_text(statement, record->cell_key);
    statement_text(statement, version_id);
    statement_text(statement, record->code_hash);
    statement_text(statement, record->engine);
    statement_text(statement, record->engine_version);
    statement_text(statement, record->target);
}

static void bind_request(struct statement *statement, const struct execution_record *record)
{
    statement_integer(statement, record->is_silent);
    statement_integer(statement, record->in_history);
    statement_text(statement, record->client_session);
    statement_text(statement, record->msg_id);
    statement_text(statement, record->client_user);
    statement_text(statement, record->user);
    statement_text(statement, record->user_claimed);
    statement_text(statement, record->host);
    statement_text(statement, record->identified_by ? record->identified_by : "[]");
    statement_text(statement, record->client_cell);
}

static bool is_step(const struct execution_step *step, enum cell_state to, timestamp_us at,
                    const char *reason)
{
    return step->to == to && step->at == at &&
           (reason ? step->reason && strcmp(step->reason, reason) == 0 : !step->reason);
}

/* How many steps the row tells by its times and its state: all of them or none. */
static size_t told_steps(const struct execution_record *record)
{
    size_t count = record->started_at ? 3 : 2;
    const struct execution_step *steps = record->steps;
    bool is_told = record->step_count == count && record->received_at &&
                   is_step(&steps[0], STATE_PENDING, record->received_at, NULL) &&
                   (count == 2 || is_step(&steps[1], STATE_RUNNING, record->started_at, NULL)) &&
                   state_may_follow(steps[count - 2].to, record->state) &&
                   is_step(&steps[count - 1], record->state, record->ended_at, record->reason);
    return is_told ? count : 0;
}

static bool insert_execution(struct store_connection *connection,
                             const struct execution_record *record, const char *version_id,
                             timestamp_us recovered_at, int64_t *ret_number, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_EXECUTION_INSERT, doing, error))
        return false;
    bind_identity(&statement, record, version_id);
    statement_text(&statement, state_name(record->state));
    statement_text(&statement, record->reason);
    statement_text(&statement, record->effect);
    statement_count(&statement, record->rows);
    statement_count(&statement, record->changes);
    if (record->execution_count > 0)
        statement_integer(&statement, record->execution_count);
    else
        statement_text(&statement, NULL);
    bind_request(&statement, record);
    statement_integer(&statement, (int64_t)record->output_count);
    statement_integer(&statement, record->outputs_complete);
    statement_integer(&statement, (int64_t)told_steps(record));
    statement_integer(&statement, cell_name_is_once(record->cell_name));
    statement_time(&statement, record->received_at ? record->received_at : record_time(record));
    statement_time(&statement, record->started_at);
    statement_time(&statement, record->ended_at);
    statement_time(&statement, recovered_at);
    statement_text(&statement, record->arguments);
    statement_text(&statement, record->error);
    statement_text(&statement, record->reply);
    struct error problem = ERROR_INIT;
    if (!statement_run(&statement, &problem)) {
        /* Of a cell that was known, a repeated request is found by its unique key alone. */
        bool may_exist = (statement.result & 0xff) == SQLITE_CONSTRAINT;
        return may_exist && !check_new(connection, record, error) ? false
                                                                  : error_copy(error, &problem);
    }
    *ret_number = sqlite3_last_insert_rowid(connection->handle);
    return true;
}

/* The steps that the row does not tell. */
static bool insert_steps(struct store_connection *connection,
                         const struct execution_record *record, int64_t number,
                         struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!record->step_count || told_steps(record))
        return true;
    if (!statement_open(&statement, connection, SQL_STEP_INSERT, doing, error))
        return false;
    for (size_t i = 0; i < record->step_count; i++) {
        statement_again(&statement);
        statement_integer(&statement, number);
        statement_integer(&statement, (int64_t)i + 1);
        statement_text(&statement, state_name(record->steps[i].to));
        statement_time(&statement, record->steps[i].at);
        statement_text(&statement, record->steps[i].reason);
        if (!statement_run(&statement, error))
            return false;
    }
    return true;
}

/* The word of transition_result: Jupyter's, so that people who know its replies can read it. */
static const char *status_word(enum cell_state state)
{
    switch (state) {
    case STATE_EXECUTED:
    case STATE_SKIPPED:
        return "ok";
    case STATE_CANCELED:
        return "aborted";
    case STATE_UNKNOWN:
        return "unknown";
    default:
        return "error";
    }
}

static void add_member(struct strbuf *json, const char *name, const char *text)
{
    strbuf_add_char(json, json->size ? ',' : '{');
    strbuf_add_char(json, '"');
    strbuf_add_text(json, name);
    strbuf_add_text(json, "\":");
    if (!text) {
        strbuf_add_text(json, "null");
        return;
    }
    strbuf_add_char(json, '"');
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        const unsigned char *plain = c;
        while (*c >= ' ' && *c != '"' && *c != '\\')
            c++;
        strbuf_add(json, plain, (size_t)(c - plain));
        if (!*c)
            break;
        if (*c < ' ')
            strbuf_addf(json, "\\u%04x", *c);
        else
            strbuf_addf(json, "\\%c", *c);
    }
    strbuf_add_char(json, '"');
}

static void add_count(struct strbuf *json, const char *name, int64_t count)
{
    strbuf_addf(json, ",\"%s\":", name);
    if (count < 0)
        strbuf_add_text(json, "null");
    else
        strbuf_addf(json, "%lld", (long long)count);
}

/* Name and text of the error; the traceback is in the record alone. */
static void add_error(struct strbuf *json, const char *error)
{
    AUTO_JSON *whole = error ? json_parse(error, strlen(error), NULL) : NULL;
    AUTO_JSON *brief = NULL;
    if (whole) {
        json_t *name = json_object_get(whole, "ename");
        json_t *text = json_object_get(whole, "evalue");
        brief = json_object();
        json_object_set_new(brief, "ename", name ? json_incref(name) : json_null());
        json_object_set_new(brief, "evalue", text ? json_incref(text) : json_null());
    }
    strbuf_add_text(json, ",\"error\":");
    json_add(json, brief);
}

/* What came of the execution, for readers of the RSCN tables: transition_result of the last step. */
static void describe_result(const struct execution_record *record, struct strbuf *json)
{
    add_member(json, "status", status_word(record->steps[record->step_count - 1].to));
    add_count(json, "rows", record->rows);
    add_count(json, "changes", record->changes);
    add_error(json, record->error);
    add_member(json, "execution", record->execution_id);
    add_count(json, "outputs", (int64_t)record->output_count);
    strbuf_add_char(json, '}');
}

/* Which execution, and on what: elaboration of each step. */
static void describe_execution(const struct execution_record *record, struct strbuf *json)
{
    add_member(json, "execution", record->execution_id);
    add_member(json, "run", record->run->run_id);
    add_member(json, "target", record->target);
    add_member(json, "effect", record->effect);
    strbuf_add_char(json, '}');
}

/* The states of one step, or those of none. `ret_id` must live as long as the statement is used. */
static void bind_state(struct statement *statement, const struct execution_record *record,
                       size_t index, char ret_id[ULID_SIZE])
{
    if (index >= record->step_count) {
        for (size_t i = 0; i < STATE_COLUMNS; i++)
            statement_text(statement, NULL);
        return;
    }
    const struct execution_step *step = &record->steps[index];
    ulid_new(ret_id);
    statement_text(statement, ret_id);
    statement_text(statement, state_name(index ? step[-1].to : STATE_INITIAL));
    statement_text(statement, state_name(step->to));
    statement_text(statement, step->reason);
    statement_time(statement, step->at);
}

/* One code_notebook_state row per step; a file with the upstream key shows the newest of each kind
 * (D-2, R-43), and whether it has that key need not be known: the clause is the same. */
static bool insert_states(struct store_connection *connection,
                          const struct execution_record *record, const char *version_id,
                          struct error *error)
{
    AUTO_STRBUF elaboration = STRBUF_INIT, result = STRBUF_INIT;
    AUTO_STATEMENT statement = STATEMENT_INIT;
    char now[TIMESTAMP_SIZE], ids[STATES_AT_ONCE][ULID_SIZE];
    if (!record->step_count)
        return true;
    if (!statement_open(&statement, connection, SQL_STATE_INSERT, doing, error))
        return false;
    describe_execution(record, &elaboration);
    describe_result(record, &result);
    timestamp_format_store(timestamp_now(), now);
    for (size_t first = 0; first < record->step_count; first += STATES_AT_ONCE) {
        statement_again(&statement);
        statement_text(&statement, version_id);
        statement_bytes(&statement, elaboration.text, elaboration.size);
        statement_text(&statement, now);
        statement_text(&statement, record->user);
        for (size_t i = 0; i < STATES_AT_ONCE; i++) {
            bool is_last = first + i + 1 == record->step_count;
            bind_state(&statement, record, first + i, ids[i]);
            statement_text(&statement, is_last ? strbuf_text(&result) : NULL);
        }
        if (!statement_run(&statement, error))
            return false;
    }
    return true;
}

static bool insert_outputs(struct store_connection *connection,
                           const struct execution_record *record, int64_t number,
                           struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (record->output_count &&
        !statement_open(&statement, connection, SQL_OUTPUT_INSERT, doing, error))
        return false;
    for (size_t i = 0; i < record->output_count; i++) {
        const struct execution_output *output = &record->outputs[i];
        statement_again(&statement);
        statement_integer(&statement, number);
        statement_integer(&statement, (int64_t)i + 1);
        statement_text(&statement, output->msg_type);
        statement_text(&statement, output->content);
        statement_time(&statement, output->at ? output->at : record_time(record));
        if (!statement_run(&statement, error))
            return false;
    }
    return true;
}

/* --- the whole ----------------------------------------------------------------------------- */

/* Run, cell and version of a record that is not as the connection knows it already. */
static bool ensure_all(struct store_connection *connection, const struct execution_record *record,
                       bool is_recovered, char **ret_version_id, int64_t *ret_version,
                       struct error *error)
{
    const struct version_text text = {
        .notebook = record->run->notebook,
        .cell_key = record->cell_key,
        .cell_name = record->cell_name,
        .kernel_id = record->kernel_id,
        .code = record->code,
        .code_size = record->code_size,
        .user = record->user,
        .at = record_time(record),
    };
    bool is_latest = false;
    if (!check_new(connection, record, error) || !ensure_run(connection, record->run, error) ||
        (!is_recovered && !notebook_return(connection, record->run->notebook, error)) ||
        !ensure_cell(connection, record, is_recovered, error) ||
        !versions_ensure(connection, &text, ret_version_id, ret_version, &is_latest, error))
        return false;
    recent_note(connection->recent, record, *ret_version_id, *ret_version,
                is_latest && !is_recovered);
    return true;
}

/* Everything that belongs to the execution alone. */
static bool insert_all(struct store_connection *connection, const struct execution_record *record,
                       const char *version_id, timestamp_us recovered_at, struct error *error)
{
    int64_t number;
    return (!record->has_target_facts || insert_target(connection, record, error)) &&
           insert_execution(connection, record, version_id, recovered_at, &number, error) &&
           insert_steps(connection, record, number, error) &&
           insert_states(connection, record, version_id, error) &&
           insert_outputs(connection, record, number, error) &&
           objects_insert(connection, record->touched, number, error);
}

static bool record_execution(struct store_connection *connection,
                             const struct execution_record *record, timestamp_us recovered_at,
                             int64_t *ret_version, struct error *error)
{
    AUTO_FREE char *version_id = NULL;
    struct recent_version recent = {NULL, 0};
    struct error problem = ERROR_INIT;
    /* The steps that the row does not tell are checked by a trigger. */
    bool is_sure = !recovered_at && (!record->step_count || told_steps(record));
    bool is_known = recent_find(connection, record, &recent, &problem);
    if (problem.code != ERROR_NONE)
        return error_copy(error, &problem);
    if (!guard_set(connection, is_sure, error))
        return false;
    if (!is_known) {
        if (!ensure_all(connection, record, recovered_at != 0, &version_id, &recent.number, error))
            return false;
        recent.id = version_id;
    }
    if (ret_version)
        *ret_version = recent.number;
    return insert_all(connection, record, recent.id, recovered_at, error);
}

bool store_record(struct store_connection *connection, const struct execution_record *record,
                  int64_t *ret_version, struct error *error)
{
    return record_execution(connection, record, 0, ret_version, error);
}

bool record_recovered(struct store_connection *connection, const struct execution_record *record,
                      timestamp_us recovered_at, struct error *error)
{
    return record_execution(connection, record, recovered_at, NULL, error);
}

bool store_roll_back(struct store_connection *connection, const char *execution_id,
                     timestamp_us at, const char *reason, struct error *error)
{
    static const enum statement_id ids[] = {SQL_STEP_LATER, SQL_STATE_LATER};
    char id[ULID_SIZE];
    if (!guard_set(connection, false, error))
        return false;
    ulid_new(id);
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        AUTO_STATEMENT statement = STATEMENT_INIT;
        if (!statement_open(&statement, connection, ids[i], "recording a rollback", error))
            return false;
        statement_text(&statement, execution_id);
        statement_text(&statement, state_name(STATE_ROLLED_BACK));
        statement_time(&statement, at);
        statement_text(&statement, reason);
        if (ids[i] == SQL_STATE_LATER) {
            statement_text(&statement, id);
            statement_text(&statement, state_name(STATE_EXECUTED));
        }
        if (!statement_run(&statement, error))
            return false;
    }
    return true;
}

bool store_end_run(struct store_connection *connection, const char *run_id, timestamp_us ended_at,
                   const char *parameters, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!guard_set(connection, false, error) ||
        !statement_open(&statement, connection, SQL_RUN_END, "recording the end of a run", error))
        return false;
    statement_text(&statement, run_id);
    statement_time(&statement, ended_at);
    statement_text(&statement, parameters);
    return statement_run(&statement, error);
}
