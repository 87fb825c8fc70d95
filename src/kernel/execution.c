/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/execution.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "kernel/progress.h"

struct execution *execution_new(const struct execute_request *request,
                                const struct execution_listener *listener)
{
    struct execution *execution = xcalloc(1, sizeof(*execution));
    struct execution_record *record = &execution->record;
    char *code = xmalloc(request->size + 1);

    execution->listener = *listener;
    memcpy(code, request->code, request->size);
    code[request->size] = '\0';
    ulid_new(record->execution_id);
    record->code = execution_own(execution, code);
    record->code_size = request->size;
    sha256_hex(record->code, record->code_size, record->code_hash);
    record->client_session = execution_own(execution, xstrdup(request->client_session));
    record->msg_id = execution_own(execution, xstrdup(request->msg_id));
    record->client_user = execution_own(execution, xstrdup_or_null(request->client_user));
    record->is_silent = request->silent;
    record->in_history = request->store_history && !request->silent;
    record->received_at = request->received_at;
    record->outputs_complete = true;
    record->rows = -1;
    record->changes = -1;
    record->steps = execution->steps;
    execution_step(execution, STATE_PENDING, request->received_at, NULL);
    return execution;
}

void execution_free(struct execution *execution)
{
    if (!execution)
        return;
    for (size_t i = 0; i < execution->owned_count; i++)
        free(execution->owned[i]);
    free(execution->owned);
    free(execution->outputs);
    touched_objects_release(&execution->touched);
    json_decref(execution->reply);
    free(execution);
}

const char *execution_own(struct execution *execution, char *text)
{
    if (!text)
        return NULL;
    execution->owned =
        xreallocarray(execution->owned, execution->owned_count + 1, sizeof(*execution->owned));
    execution->owned[execution->owned_count++] = text;
    return text;
}

void execution_step(struct execution *execution, enum cell_state to, timestamp_us at,
                    const char *reason)
{
    if (execution->record.step_count == EXECUTION_MAX_STEPS)
        return;
    execution->steps[execution->record.step_count++] =
        (struct execution_step){.to = to, .at = at, .reason = reason};
    execution->record.state = to;
}

void execution_keep(struct execution *execution, const char *msg_type, const json_t *content)
{
    struct execution_record *record = &execution->record;
    const char *text = execution_own(execution, json_format(content));

    if (record->output_count == execution->output_capacity) {
        execution->output_capacity = execution->output_capacity * 2 + 4;
        execution->outputs = xreallocarray(execution->outputs, execution->output_capacity,
                                           sizeof(*execution->outputs));
        record->outputs = execution->outputs;
    }
    execution->outputs[record->output_count++] = (struct execution_output){
        .msg_type = execution_own(execution, xstrdup(msg_type)),
        .content = text,
        .at = timestamp_now(),
    };
}

static void show(struct execution *execution, const char *msg_type, const json_t *content,
                 const char *text)
{
    if (execution->listener.output && !execution->record.is_silent && !execution->is_answered)
        execution->listener.output(execution->listener.context, msg_type, content, text);
}

void execution_publish(struct execution *execution, const char *msg_type, const json_t *content)
{
    AUTO_FREE char *text = json_format(content);

    show(execution, msg_type, content, text);
}

void execution_output(struct execution *execution, const char *msg_type, const json_t *content)
{
    execution_keep(execution, msg_type, content);
    show(execution, msg_type, content,
         execution->outputs[execution->record.output_count - 1].content);
}

void execution_keep_again(struct execution *execution, size_t index, const json_t *content)
{
    struct execution_output *output = &execution->outputs[index];
    size_t place = execution->owned_count;

    while (place > 0 && execution->owned[place - 1] != (const void *)output->content)
        place--;
    char *text = json_format(content);
    if (place > 0) {
        free(execution->owned[place - 1]);
        execution->owned[place - 1] = text;
        output->content = text;
    } else {
        output->content = execution_own(execution, text);
    }
    output->at = timestamp_now();
}

json_t *execution_error_content(const char *ename, const char *evalue, const json_t *traceback)
{
    json_t *content = json_object();

    json_object_set_new(content, "ename", json_text(ename, strlen(ename)));
    json_object_set_new(content, "evalue", json_text(evalue, strlen(evalue)));
    if (json_is_array(traceback))
        json_object_set_new(content, "traceback", json_deep_copy(traceback));
    else
        json_object_set_new(content, "traceback", json_pack("[s+++]", ename, ": ", evalue, ""));
    return content;
}

static void set_error(struct execution *execution, const char *ename, const char *evalue,
                      const json_t *traceback)
{
    AUTO_JSON *content = execution_error_content(ename, evalue, traceback);

    execution->record.error = execution_own(execution, json_format(content));
}

void execution_finish(struct execution *execution, const struct engine_outcome *outcome)
{
    struct execution_record *record = &execution->record;

    record->ended_at = timestamp_now();
    record->effect = engine_effect_word(outcome->effect);
    record->rows = outcome->rows;
    record->changes = outcome->changes;
    if (outcome->ename)
        set_error(execution, outcome->ename, outcome->evalue ? outcome->evalue : "",
                  outcome->traceback);
    execution_step(execution, outcome->state, record->ended_at, NULL);
}

void execution_take_touched(struct execution *execution, struct touched_objects *touched)
{
    execution->touched = *touched;
    *touched = (struct touched_objects){.items = NULL};
    execution->record.touched = &execution->touched;
}

void execution_end(struct execution *execution, enum cell_state state, const char *ename,
                   const char *evalue, const char *reason)
{
    struct execution_record *record = &execution->record;

    record->ended_at = timestamp_now();
    record->effect = engine_effect_word(EFFECT_NONE);
    record->reason = reason ? execution_own(execution, xstrdup(reason)) : NULL;
    if (ename)
        set_error(execution, ename, evalue, NULL);
    execution_step(execution, state, record->ended_at, record->reason);
}

void execution_build_reply(struct execution *execution, json_t *user_expressions)
{
    struct execution_record *record = &execution->record;
    json_t *reply;

    if (record->state == STATE_CANCELED) {
        reply = json_pack("{s:s}", "status", "aborted");
    } else if (record->error) {
        struct error ignored = ERROR_INIT;

        progress_close(execution);
        reply = json_parse(record->error, strlen(record->error), &ignored);
        execution_output(execution, "error", reply);
        json_object_set_new(reply, "status", json_string("error"));
    } else {
        reply = json_pack("{s:s}", "status", "ok");
    }
    json_object_set_new(reply, "execution_count", json_integer(record->execution_count));
    json_object_set_new(reply, "user_expressions",
                        user_expressions ? json_incref(user_expressions) : json_object());
    json_object_set_new(reply, "payload", json_array());
    json_decref(execution->reply);
    execution->reply = reply;
    record->reply = execution_own(execution, json_format(reply));
}

static void show_error(const struct execution_listener *listener, const json_t *content)
{
    AUTO_FREE char *text = json_format(content);

    if (listener->output)
        listener->output(listener->context, "error", content, text);
}

void execution_answer(struct execution *execution, const struct error *error)
{
    struct execution_listener *listener = &execution->listener;
    AUTO_JSON *failure = NULL;

    if (execution->is_answered)
        return;
    progress_close(execution);
    if (error && error->code != ERROR_NONE) {
        failure = execution_error_content("StoreError", error->message, NULL);
        if (!execution->record.is_silent)
            show_error(listener, failure);
        json_object_set_new(failure, "status", json_string("error"));
        json_object_set_new(failure, "execution_count",
                            json_integer(execution->record.execution_count));
    }
    execution->is_answered = true;
    if (listener->done)
        listener->done(listener->context, failure ? failure : execution->reply,
                       execution->record.execution_id,
                       failure ? STATE_ENGINE_ERROR : execution->record.state);
}

void execution_refuse(const struct execution_listener *listener, bool is_silent,
                      json_int_t execution_count, const char *ename, const char *evalue)
{
    AUTO_JSON *reply = execution_error_content(ename, evalue, NULL);

    if (!is_silent)
        show_error(listener, reply);
    json_object_set_new(reply, "status", json_string("error"));
    json_object_set_new(reply, "execution_count", json_integer(execution_count));
    json_object_set_new(reply, "user_expressions", json_object());
    json_object_set_new(reply, "payload", json_array());
    if (listener->done)
        listener->done(listener->context, reply, NULL, STATE_ENGINE_ERROR);
}

void execution_withdraw(const struct execution_listener *listener, json_int_t execution_count)
{
    AUTO_JSON *reply = json_pack("{s:s, s:I, s:{}, s:[]}", "status", "aborted", "execution_count",
                                 execution_count, "user_expressions", "payload");

    if (listener->done)
        listener->done(listener->context, reply, NULL, STATE_CANCELED);
}
