/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* strcasestr */
#include "kernel/executor_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/sqlite_error.h"
#include "engine/sqlite_name.h"
#include "kernel/executor_private.h"
#include "kernel/magic/magics.h"
#include "kernel/open_transactions.h"
#include "kernel/progress.h"
#include "kernel/resent_request.h"
#include "model/sql/sql_scan.h"

/* What one call of executor_execute carries from step to step. */
struct run {
    struct executor *executor;
    const struct execute_request *request;
    struct execution *execution;
    struct engine_sink sink;
    json_t *arguments;   /* all parameters it runs with */
    size_t start;        /* where the statements begin */
    bool has_directives; /* before them */
    bool has_run;        /* the engine got the cell */
};

/* --- the store as target asks ----------------------------------------------------------------- */

/* After a restart, writes of a notebook that last ran elsewhere must not land in the store by
 * accident. */
static bool before_lock(void *context, struct error *error)
{
    struct executor *executor = context;

    recorder_flush(executor->recorder); /* the record keeps the order of running */
    if (executor->is_use_said || executor->is_headless)
        return true;
    if (!executor->is_last_target_known) {
        executor->last_target = store_last_target(store_target_connection(executor->target),
                                                  executor->notebook, executor->run.run_id);
        executor->is_last_target_known = true;
    }
    if (!executor->last_target || strcmp(executor->last_target, "store") == 0)
        return true;
    AUTO_FREE char *word = sqlite_name_word(executor->last_target);
    return error_set(error, ERROR_DENIED,
                     "before the kernel was restarted this notebook ran on %s, and this cell would "
                     "write to the store; say `%%use %s` or `%%use store` first",
                     executor->last_target, word);
}

/* Of cells that were sent together, the later ones find the earlier ones in the record. */
static void before_record_read(void *context)
{
    struct executor *executor = context;

    recorder_flush(executor->recorder);
}

static bool check_once(struct executor *executor, const char *target, struct error *error)
{
    const struct execution_record *record = &executor->current->record;
    const struct once_facts *facts = &executor->once_facts;
    enum once_answer answer;

    executor->once = ONCE_RUN;
    if (!cell_name_is_once(record->cell_name))
        return true;
    if (!store_once(store_target_connection(executor->target), record->run->notebook,
                    record->cell_name, record->code, record->code_size, target, &answer,
                    &executor->once_facts, error))
        return false;
    if (answer == ONCE_NEVER)
        return true;
    executor->once = answer == ONCE_SAME_VERSION ? ONCE_SKIP : ONCE_REFUSE;
    if (answer == ONCE_SAME_VERSION)
        return error_set(error, ERROR_EXISTS, "%s was executed by %s at %s", record->cell_name,
                         facts->execution_id[0] ? facts->execution_id : "another tool",
                         facts->executed_at);
    return error_set(
        error, ERROR_EXISTS,
        "%s: this is version %lld of a cell that runs once, and version %lld was "
        "executed by %s at %s; put the change into a cell of its own",
        record->cell_name, (long long)facts->this_version, (long long)facts->executed_version,
        facts->execution_id[0] ? facts->execution_id : "another tool", facts->executed_at);
}

static bool after_lock(void *context, struct error *error)
{
    struct executor *executor = context;

    return check_once(executor, "store", error);
}

static void on_wait(void *context, const struct store_holder *holder)
{
    struct executor *executor = context;

    if (executor->current)
        store_target_say_waiting(executor->current, holder);
}

struct store_target_hooks executor_run_hooks(struct executor *executor)
{
    return (struct store_target_hooks){.context = executor,
                                       .before_lock = before_lock,
                                       .before_record_read = before_record_read,
                                       .after_lock = after_lock,
                                       .on_wait = on_wait,
                                       .is_interrupted = &executor->is_interrupted};
}

/* --- what the engine shows -------------------------------------------------------------------- */

static void sink_display(void *context, const json_t *data, const json_t *metadata)
{
    struct run *run = context;

    progress_display(run->execution, data, metadata);
}

static void sink_progress(void *context, const struct engine_progress *progress)
{
    struct run *run = context;

    progress_note(run->execution, progress);
}

static void sink_stream(void *context, const char *name, const char *text)
{
    struct run *run = context;
    AUTO_JSON *content = json_pack("{s:s}", "name", name);

    json_object_set_new(content, "text", json_text(text, strlen(text)));
    execution_output(run->execution, "stream", content);
}

static bool sink_directive(void *context, const char *line, size_t size, struct error *error)
{
    struct run *run = context;

    run->executor->in_statements = true;
    run->executor->past_first_line = true;
    return magic_run(run->executor, line, size, &run->sink, error);
}

/* --- running, as other threads see it --------------------------------------------------------- */

void executor_expect(struct executor *executor)
{
    pthread_mutex_lock(&executor->mutex);
    executor->is_expected = true;
    atomic_store(&executor->is_interrupted, false);
    pthread_mutex_unlock(&executor->mutex);
}

static void start_running(struct executor *executor)
{
    pthread_mutex_lock(&executor->mutex);
    if (!executor->is_expected)
        atomic_store(&executor->is_interrupted, false);
    executor->is_expected = false;
    executor->is_running = true;
    pthread_mutex_unlock(&executor->mutex);
}

void executor_rest(struct executor *executor)
{
    pthread_mutex_lock(&executor->mutex);
    executor->is_expected = false;
    executor->is_running = false;
    atomic_store(&executor->is_interrupted, false);
    pthread_mutex_unlock(&executor->mutex);
}

static void set_current(struct executor *executor, struct execution *execution)
{
    pthread_mutex_lock(&executor->mutex);
    executor->current = execution;
    pthread_mutex_unlock(&executor->mutex);
}

void executor_interrupt(struct executor *executor)
{
    pthread_mutex_lock(&executor->mutex);
    if (executor->is_running || executor->is_expected)
        atomic_store(&executor->is_interrupted, true);
    if (executor->is_running) { /* before, only our own statements run: they end by themselves */
        if (executor->engine)
            sqlite_engine_interrupt(executor->engine);
        if (executor->store)
            store_wake(executor->store);
    }
    pthread_mutex_unlock(&executor->mutex);
    recorder_give_up(executor->recorder);
}

void executor_abandon(struct executor *executor)
{
    struct execution_step steps[EXECUTION_MAX_STEPS + 1];
    struct execution_record record;
    struct error error = ERROR_INIT;

    pthread_mutex_lock(&executor->mutex);
    if (executor->current && executor->store && executor->current->has_intent) {
        record = executor->current->record;
        for (size_t i = 0; i < record.step_count; i++)
            steps[i] = record.steps[i];
        record.ended_at = timestamp_now();
        record.reason = "the kernel ended before the statement could be stopped";
        steps[record.step_count++] = (struct execution_step){
            .to = STATE_INTERRUPTED, .at = record.ended_at, .reason = record.reason};
        record.steps = steps;
        record.state = STATE_INTERRUPTED;
        record.effect = record.effect_is_recorded ? "none" : NULL;
        record.output_count = 0;
        record.outputs_complete = false;
        if (!store_inflight_end(executor->store, &record, true, &error))
            log_warning("%s", error.message);
    }
    pthread_mutex_unlock(&executor->mutex);
}

void executor_flush(struct executor *executor)
{
    recorder_flush(executor->recorder);
}

json_int_t executor_count(const struct executor *executor)
{
    return executor->execution_count;
}

/* --- who, where, with what -------------------------------------------------------------------- */

/* %cell, else the caller's, else the client's metadata. Caller frees. */
static char *explicit_name(const struct execute_request *request)
{
    bool is_valid;
    char *name = magic_cell_name(request->code, request->size, &is_valid);

    if (name)
        return name;
    if (request->cell_name)
        return xstrdup(request->cell_name);
    name = xstrdup_or_null(json_member_text(request->metadata, "name", NULL));
    if (name && (!*name || strlen(name) > 200)) {
        free(name);
        name = NULL;
    }
    return name;
}

static void identify(struct run *run)
{
    struct executor *executor = run->executor;
    struct execution *execution = run->execution;
    struct execution_record *record = &execution->record;
    AUTO_FREE char *name = explicit_name(run->request);
    AUTO_JSON *words = json_deep_copy(executor->identity.evidence);
    struct tracked_cell cell;

    cell_tracker_identify(executor->tracker, executor->watch, record->code, record->code_size,
                          run->request->metadata, name, run->request->allow_stdin, &cell);
    for (size_t i = 0; i < ARRAY_SIZE(cell.evidence) && cell.evidence[i]; i++)
        json_array_append_new(words, json_string(cell.evidence[i]));
    execution->run = executor->run;
    execution->run.parameters = NULL;
    record->run = &execution->run;
    record->cell_key = execution_own(execution, xstrdup(cell.cell_key));
    record->cell_name = execution_own(execution, xstrdup(cell.cell_name));
    record->nbformat_id = execution_own(execution, xstrdup_or_null(cell.nbformat_id));
    record->identified_by = execution_own(execution, json_format(words));
    if (cell.client_cell)
        record->client_cell = execution_own(execution, json_format(cell.client_cell));
    json_decref(cell.client_cell);
    record->kernel_id = "SQL";
    record->engine = sqlite_engine_name();
    record->engine_version = sqlite_engine_version();
    record->user = executor->user;
    record->user_claimed = executor->user_claimed;
    record->host = executor->host;
    record->execution_count = executor->execution_count;
    record->target = "store";
}

/* Cell metadata of the client: `arguments`, at the top or under `rscn`. */
static const json_t *metadata_arguments(const json_t *metadata)
{
    const json_t *arguments = json_object_get(metadata, "arguments");

    if (!arguments)
        arguments = json_object_get(json_object_get(metadata, "rscn"), "arguments");
    return json_is_object(arguments) ? arguments : NULL;
}

/* Whether a text can see its arguments: a parameter begins with one of these, and the table of them
 * has this word in its name. */
static bool may_use_arguments(const struct execution_record *record)
{
    for (size_t i = 0; i < record->code_size; i++)
        if (strchr(":$@?%", record->code[i]))
            return true;
    return strcasestr(record->code, "parameters") != NULL;
}

/* The stored ones are looked for only where they can matter: that costs as much as many a cell. */
static char *stored_arguments(struct run *run)
{
    const struct execution_record *record = &run->execution->record;
    char *stored;

    if (!may_use_arguments(record))
        return NULL;
    store_target_own(run->executor->target, true);
    stored = store_cell_arguments(store_target_connection(run->executor->target),
                                  record->run->notebook, record->cell_name);
    store_target_own(run->executor->target, false);
    return stored;
}

/* The cell's own parameters, nearest first: the request's, the stored ones of the cell. */
static void gather_arguments(struct run *run)
{
    const json_t *given = run->request->arguments ? run->request->arguments
                                                  : metadata_arguments(run->request->metadata);
    struct error ignored = ERROR_INIT;
    AUTO_FREE char *stored = stored_arguments(run);

    run->arguments = stored ? json_parse(stored, strlen(stored), &ignored) : NULL;
    if (!json_is_object(run->arguments)) {
        json_decref(run->arguments);
        run->arguments = json_object();
    }
    if (given)
        json_object_update(run->arguments, (json_t *)given);
}

static void note_arguments(struct run *run)
{
    const json_t *session = sqlite_engine_parameters(run->executor->engine);
    AUTO_JSON *all = session ? json_copy((json_t *)session) : json_object();

    run->execution->run.parameters =
        execution_own(run->execution, xstrdup_or_null(run->executor->run.parameters));
    json_object_update(all, run->arguments);
    if (json_object_size(all) > 0)
        run->execution->record.arguments = execution_own(run->execution, json_format(all));
}

static void note_target(struct run *run)
{
    const struct engine_target *target = sqlite_engine_target(run->executor->engine);
    struct execution_record *record = &run->execution->record;

    if (!target)
        return;
    record->target = execution_own(run->execution, xstrdup(target->name));
    record->effect_is_recorded = target->is_store;
}

/* What the database looks like at its first use in the run. */
static void note_first_use(struct run *run)
{
    struct executor *executor = run->executor;
    struct execution_record *record = &run->execution->record;
    struct target_facts facts;
    struct error ignored = ERROR_INIT;

    for (size_t i = 0; i < json_array_size(executor->targets); i++)
        if (strcmp(json_string_value(json_array_get(executor->targets, i)), record->target) == 0)
            return;
    if (!sqlite_engine_target_facts(executor->engine, &facts, &ignored))
        return;
    record->has_target_facts = true;
    record->target_size = facts.size_bytes;
    record->target_modified_at = facts.modified_us;
    record->target_schema_hash = execution_own(run->execution, xstrdup(facts.schema_hash));
    json_array_append_new(executor->targets, json_string(record->target));
}

/* --- running ---------------------------------------------------------------------------------- */

static void fail(struct execution *execution, const struct error *error)
{
    if (error->code == ERROR_INTERRUPTED)
        execution_end(execution, STATE_INTERRUPTED, "Interrupted", error->message, NULL);
    else
        execution_end(execution, STATE_FAILED, sqlite_error_ename_of(error), error->message, NULL);
}

/* The directive at run->start failed: said as the engine says it of one between statements. */
static void fail_directive(struct run *run, const struct error *error)
{
    const struct execution_record *record = &run->execution->record;
    struct engine_outcome outcome = {
        .state = error->code == ERROR_INTERRUPTED ? STATE_INTERRUPTED : STATE_FAILED,
    };
    struct sqlite_failure failure = {.ename = sqlite_error_ename_of(error),
                                     .message = STRBUF_INIT,
                                     .has_statement = true,
                                     .is_directive = true,
                                     .offset = run->start};

    strbuf_add_text(&failure.message, error->message);
    sqlite_error_describe(&failure, record->code, record->code_size, &outcome);
    execution_finish(run->execution, &outcome);
    strbuf_release(&failure.message);
    engine_outcome_release(&outcome);
}

/* The lines that start with % before the first statement: they may choose the database. One that
 * works on the database is the engine's already. */
static bool run_leading_directives(struct run *run, struct error *error)
{
    const char *code = run->execution->record.code;
    size_t size = run->execution->record.code_size;

    run->executor->in_statements = false;
    run->executor->mode = ENGINE_RUN;
    for (;;) {
        size_t end, next;

        run->start = sql_scan_skip(code, size, run->start);
        if (!sql_scan_is_directive(code, size, run->start))
            return true;
        if (atomic_load(&run->executor->is_interrupted))
            return error_set(error, ERROR_INTERRUPTED, "interrupted");
        next = sql_scan_directive_end(code, size, run->start, &end);
        if (magic_need(code + run->start, end - run->start) != ENGINE_NEED_NOTHING)
            return true;
        run->executor->past_first_line = run->has_directives;
        run->has_directives = true;
        if (!magic_run(run->executor, code + run->start, end - run->start, &run->sink, error))
            return false;
        run->start = next;
    }
}

/* Says what a run-once cell that is not run again is told. */
static void end_once(struct run *run, const struct error *error)
{
    if (run->executor->once == ONCE_SKIP) {
        AUTO_FREE char *text = xasprintf("skipped: %s\n", error->message);

        sink_stream(run, "stdout", text);
        execution_end(run->execution, STATE_SKIPPED, NULL, NULL, error->message);
    } else {
        execution_end(run->execution, STATE_FAILED, "OnceError", error->message, NULL);
    }
}

static json_t *evaluate(struct run *run)
{
    json_t *results = json_object();
    const char *name;
    json_t *expression;

    json_object_foreach((json_t *)run->request->user_expressions, name, expression)
    {
        const char *text = json_string_value(expression); /* NULL for what is no text */

        json_object_set_new(results, name,
                            sqlite_engine_evaluate(run->executor->engine, text ? text : "",
                                                   json_string_length(expression)));
    }
    return results;
}

/* Runs the statements; the outcome says whether the lock is held. */
static void run_statements(struct run *run, struct engine_outcome *outcome)
{
    struct executor *executor = run->executor;
    struct execution *execution = run->execution;
    struct error once = ERROR_INIT;
    struct engine_cell cell = {
        .code = execution->record.code,
        .size = execution->record.code_size,
        .start = run->start,
        .arguments = run->arguments,
        .needs_write = cell_name_is_once(execution->record.cell_name),
        .mode = executor->mode,
        .is_quiet = execution->record.is_silent,
        .is_interrupted = &executor->is_interrupted,
        .limits = executor->limits,
    };

    executor->once = ONCE_RUN;
    executor->in_statements = true;
    if (!execution->record.effect_is_recorded) {
        bool may_run;

        store_target_own(executor->target, true);
        may_run = check_once(executor, execution->record.target, &once);
        store_target_own(executor->target, false);
        if (!may_run) {
            if (executor->once == ONCE_RUN)
                fail(execution, &once);
            else
                end_once(run, &once);
            return;
        }
    }
    run->has_run = true;
    sqlite_engine_run(executor->engine, &cell, &run->sink, outcome);
    if (executor->once != ONCE_RUN) {
        error_set(&once, ERROR_EXISTS, "%s", outcome->evalue ? outcome->evalue : "");
        end_once(run, &once);
    } else {
        execution_finish(execution, outcome);
    }
}

/* The commit of a writing cell failed: its effect is gone, and that is what is recorded. */
static void record_lost_effect(struct run *run, const struct error *error)
{
    struct execution *execution = run->execution;

    executor_note_store_error(run->executor, error);
    execution->record.step_count--;
    execution_end(execution, STATE_FAILED, "StoreError", error->message,
                  "the commit failed and everything was undone");
    execution_build_reply(execution, NULL);
    recorder_put(run->executor->recorder, execution);
}

/* The intent, before anything of the cell runs (ARCHITECTURE.md). */
static bool write_intent(struct run *run, struct error *error)
{
    struct execution *execution = run->execution;

    note_arguments(run);
    if (store_inflight_is_long(run->executor->store))
        recorder_flush(run->executor->recorder);
    execution->has_intent = store_inflight_begin(run->executor->store, &execution->record, error);
    return execution->has_intent;
}

/* Everything up to the first statement. The leading lines may change the database and the
 * parameters: then the intent is written anew. */
static bool prepare_cell(struct run *run, struct error *error)
{
    struct execution *execution = run->execution;

    gather_arguments(run);
    note_target(run);
    if (!write_intent(run, error)) {
        execution_end(execution, STATE_ENGINE_ERROR, "StoreError", error->message, NULL);
        return false;
    }
    set_current(run->executor, execution);
    if (memchr(execution->record.code, '\0', execution->record.code_size)) {
        error_set(error, ERROR_INVALID, "the cell holds a NUL character; nothing of it was run");
        fail(execution, error); /* J-246 */
        return false;
    }
    if (!run_leading_directives(run, error)) {
        note_target(run);
        fail_directive(run, error);
        return false;
    }
    note_target(run);
    note_first_use(run);
    if (!run->has_directives || write_intent(run, error))
        return true;
    execution_end(execution, STATE_ENGINE_ERROR, "StoreError", error->message, NULL);
    return false;
}

/* Hands the execution over to its record. */
static void record(struct run *run, const struct engine_outcome *outcome)
{
    struct executor *executor = run->executor;
    struct execution *execution = run->execution;
    struct error error = ERROR_INIT;

    executor->has_recorded = true;
    if (!outcome->in_write) {
        if (run->request->has_followers || !recorder_record_now(executor->recorder, execution))
            recorder_put(executor->recorder, execution);
    } else if (store_target_commit(executor->target, execution, outcome->is_undone, &error)) {
        execution_free(execution);
    } else {
        record_lost_effect(run, &error);
    }
}

static enum cell_state run_cell(struct run *run)
{
    struct executor *executor = run->executor;
    struct execution *execution = run->execution;
    struct engine_outcome outcome = {0};
    AUTO_JSON *expressions = NULL;
    struct error error = ERROR_INIT;
    enum cell_state state;

    execution->record.started_at = timestamp_now();
    execution_step(execution, STATE_RUNNING, execution->record.started_at, NULL);
    if (prepare_cell(run, &error)) {
        run_statements(run, &outcome);
        if (run->has_run)
            open_transactions_note(executor, execution, &outcome);
        execution_take_touched(execution, &outcome.touched);
        if (execution->record.state == STATE_EXECUTED)
            expressions = evaluate(run);
    }
    set_current(executor, NULL);
    execution_build_reply(execution, expressions);
    state = execution->record.state;
    sqlite_engine_publish(executor->engine); /* a %use or %param of a cell without statements */
    record(run, &outcome);
    sqlite_engine_publish(executor->engine); /* what was committed with the record */
    /* An interrupt that came after the last statement ends the wait for the record. */
    if (atomic_load(&executor->is_interrupted))
        recorder_give_up(executor->recorder);
    executor_rest(executor);
    engine_outcome_release(&outcome);
    return state;
}

/* From the intent on. */
static enum cell_state run_recorded(struct executor *executor,
                                    const struct execute_request *request,
                                    const struct execution_listener *listener)
{
    struct run run = {.executor = executor, .request = request};
    enum cell_state state;

    run.sink = (struct engine_sink){.context = &run,
                                    .display = sink_display,
                                    .stream = sink_stream,
                                    .directive = sink_directive,
                                    .need = magic_need};
    run.execution = execution_new(request, listener);
    run.execution->is_watched = request->allow_stdin && !request->silent &&
                                progress_is_shown_by(executor->identity.client);
    if (run.execution->is_watched)
        run.sink.progress = sink_progress;
    identify(&run);
    if (request->is_aborted) {
        execution_end(run.execution, STATE_CANCELED, NULL, NULL, "an earlier cell failed");
        execution_build_reply(run.execution, NULL);
        executor->has_recorded = true;
        recorder_put(executor->recorder, run.execution);
        return STATE_CANCELED;
    }
    start_running(executor);
    state = run_cell(&run);
    json_decref(run.arguments);
    return state;
}

static enum cell_state execute(struct executor *executor, const struct execute_request *request,
                               const struct execution_listener *listener)
{
    struct error error = ERROR_INIT;
    enum cell_state state = STATE_ENGINE_ERROR;

    notebook_identity_decide(&executor->identity, request->code, request->size, request->metadata,
                             request->silent);
    if (executor_open_store(executor, &error) && executor_start_run(executor, &error) &&
        resent_request_answer(executor, request, listener, &state)) {
        executor_rest(executor);
        return state;
    }
    if (request->store_history && !request->silent && !request->is_aborted)
        executor->execution_count++;
    if (listener->input && !request->silent && !request->is_aborted)
        listener->input(listener->context, request->code, request->size, executor->execution_count);
    if (error.code == ERROR_NONE) {
        state = run_recorded(executor, request, listener);
    } else {
        executor_note_store_error(executor, &error);
        if (request->is_aborted)
            execution_withdraw(listener, executor->execution_count);
        else
            execution_refuse(listener, request->silent, executor->execution_count, "StoreError",
                             error.message);
        state = request->is_aborted ? STATE_CANCELED : STATE_ENGINE_ERROR;
    }
    executor_rest(executor);
    return state;
}

enum cell_state executor_execute(struct executor *executor, const struct execute_request *request,
                                 const struct execution_listener *listener)
{
    enum cell_state state;

    notebook_watch_cell_begins(executor->watch);
    state = execute(executor, request, listener);
    notebook_watch_cell_ends(executor->watch);
    return state;
}
