/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "kernel/execution.h"
#include "kernel/executor_run.h"
#include "kernel/recorder.h"

struct worker {
    pthread_t thread;
    struct executor *executor; /* NULL once it is being freed; other threads look under the mutex */
    struct status_board *status;
    struct lookup *lookup;
    struct queue *requests;
    struct queue *ended; /* closed when the thread has ended: its descriptor is then readable */
    atomic_bool is_closing;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    size_t stopped_by;    /* sequence of the newest request whose error reply was sent */
    size_t aborted_up_to; /* execute_requests up to this sequence are withdrawn */
};

/* A request whose reply is still to come; lives until `done`. */
struct pending_reply {
    struct worker *worker;
    struct message *message;
    bool stops_queue; /* stop_on_error */
};

static struct outgoing *new_reply(struct worker *worker, const struct message *parent,
                                  const json_t *content, bool stops_queue)
{
    struct outgoing *outgoing = status_board_reply(worker->status, parent, content);

    if (stops_queue) {
        outgoing->tag = TAG_STOPS_QUEUE;
        outgoing->tag_data = (void *)(uintptr_t)parent->sequence;
    }
    return outgoing;
}

/* --- execute ---------------------------------------------------------------------------------- */

static void on_input(void *context, const char *code, size_t size, json_int_t execution_count)
{
    struct pending_reply *pending = context;
    AUTO_JSON *content = json_object();

    json_object_set_new(content, "code", json_text(code, size));
    json_object_set_new(content, "execution_count", json_integer(execution_count));
    status_board_publish(pending->worker->status, "execute_input", pending->message, content);
}

static void on_output(void *context, const char *msg_type, const json_t *content, const char *text)
{
    struct pending_reply *pending = context;

    (void)content;
    status_board_publish_text(pending->worker->status, msg_type, pending->message, text);
}

/* On this thread or the recorder's. */
static void on_done(void *context, const json_t *reply, const char *execution_id,
                    enum cell_state state)
{
    struct pending_reply *pending = context;
    struct worker *worker = pending->worker;
    struct message *message = pending->message;
    const char *status = json_member_text(reply, "status", "");

    (void)execution_id;
    (void)state;
    status_board_done(
        worker->status, message,
        new_reply(worker, message, reply, pending->stops_queue && strcmp(status, "error") == 0));
    message_free(message);
    free(pending);
}

/* What was recorded together has its idle now. */
static void on_batch(void *context)
{
    struct worker *worker = context;

    status_board_settle(worker->status);
}

static bool is_withdrawn(struct worker *worker, const struct message *message)
{
    bool is_aborted;

    pthread_mutex_lock(&worker->mutex);
    is_aborted = message->sequence <= worker->aborted_up_to;
    pthread_mutex_unlock(&worker->mutex);
    return is_aborted || atomic_load(&worker->is_closing);
}

/* Nothing queued may run before the error reply is out and the server knows what came before it. */
static void wait_for_error_reply(struct worker *worker, size_t sequence)
{
    pthread_mutex_lock(&worker->mutex);
    while (worker->stopped_by < sequence && !atomic_load(&worker->is_closing))
        pthread_cond_wait(&worker->changed, &worker->mutex);
    pthread_mutex_unlock(&worker->mutex);
}

static bool read_execute(const struct message *message, struct execute_request *request,
                         struct error *error)
{
    const json_t *content = message->content;
    const json_t *code = json_object_get(content, "code");

    if (!json_is_string(code))
        return error_set(error, ERROR_PROTOCOL, "execute_request: code is not a text");
    *request = (struct execute_request){
        .code = json_string_value(code),
        .size = json_string_length(code),
        .silent = json_member_bool(content, "silent", false),
        .stop_on_error = json_member_bool(content, "stop_on_error", true),
        .allow_stdin = json_member_bool(content, "allow_stdin", false),
        .metadata = message->metadata,
        .client_session = message->session,
        .msg_id = message->msg_id,
        .client_user = message->username,
        .received_at = message->received_at,
    };
    request->store_history = json_member_bool(content, "store_history", !request->silent);
    if (json_is_object(json_object_get(content, "user_expressions")))
        request->user_expressions = json_object_get(content, "user_expressions");
    return true;
}

static void refuse(struct worker *worker, struct message *message, const char *why)
{
    AUTO_JSON *reply = execution_error_content("ProtocolError", why, NULL);

    /* Front ends show what is published, not the reply. */
    status_board_publish(worker->status, "error", message, reply);
    json_object_set_new(reply, "status", json_string("error"));
    json_object_set_new(reply, "execution_count", json_integer(executor_count(worker->executor)));
    status_board_done(worker->status, message, new_reply(worker, message, reply, false));
    message_free(message);
}

static void execute(struct worker *worker, struct message *message)
{
    struct execution_listener listener = {.input = on_input, .output = on_output, .done = on_done};
    struct pending_reply *pending;
    struct execute_request request;
    struct error error = ERROR_INIT;
    size_t sequence = message->sequence;
    enum cell_state state;
    bool stop_on_error;

    executor_expect(worker->executor);
    status_board_run(worker->status, message);
    if (!read_execute(message, &request, &error)) {
        executor_rest(worker->executor);
        refuse(worker, message, error.message);
        return;
    }
    request.is_aborted = is_withdrawn(worker, message);
    request.has_followers = queue_count(worker->requests) > 0;
    stop_on_error = request.stop_on_error && !request.is_aborted;
    pending = xcalloc(1, sizeof(*pending));
    *pending =
        (struct pending_reply){.worker = worker, .message = message, .stops_queue = stop_on_error};
    listener.context = pending;
    state = executor_execute(worker->executor, &request, &listener);
    status_board_stop(worker->status);
    if (stop_on_error && state != STATE_EXECUTED && state != STATE_SKIPPED)
        wait_for_error_reply(worker, sequence);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct executor *executor;
    struct message *message;

    while ((message = queue_take(worker->requests))) {
        if (message->content) {
            execute(worker, message);
        } else {
            status_board_busy(worker->status, message);
            refuse(worker, message, message->content_error);
        }
    }
    lookup_free(
        worker->lookup); /* the last connection to the store to be closed is the executor's */
    pthread_mutex_lock(&worker->mutex);
    executor = worker->executor;
    worker->executor = NULL;
    pthread_mutex_unlock(&worker->mutex);
    executor_free(executor);
    queue_close(worker->ended);
    return NULL;
}

struct worker *worker_new(struct executor *executor, struct status_board *status,
                          struct lookup *lookup)
{
    struct worker *worker = xcalloc(1, sizeof(*worker));

    worker->executor = executor;
    worker->status = status;
    worker->lookup = lookup;
    worker->requests = queue_new();
    worker->ended = queue_new();
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->changed, NULL);
    executor_set_recorder(executor, recorder_new(on_batch, worker));
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
        abort();
    return worker;
}

void worker_put(struct worker *worker, struct message *message)
{
    if (!queue_put(worker->requests, message))
        message_free(message);
}

void worker_error_sent(struct worker *worker, void *tag_data, size_t last_sequence)
{
    size_t sequence = (size_t)(uintptr_t)tag_data;

    pthread_mutex_lock(&worker->mutex);
    if (sequence > worker->stopped_by)
        worker->stopped_by = sequence;
    if (last_sequence > worker->aborted_up_to)
        worker->aborted_up_to = last_sequence;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->mutex);
}

void worker_interrupt(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    if (worker->executor)
        executor_interrupt(worker->executor);
    pthread_mutex_unlock(&worker->mutex);
}

void worker_close(struct worker *worker)
{
    atomic_store(&worker->is_closing, true);
    queue_close(worker->requests);
    pthread_mutex_lock(&worker->mutex);
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->mutex);
    worker_interrupt(worker);
}

int worker_descriptor(struct worker *worker)
{
    return queue_descriptor(worker->ended);
}

void worker_abandon(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    if (worker->executor)
        executor_abandon(worker->executor);
    pthread_mutex_unlock(&worker->mutex);
}

void worker_free(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    queue_free(worker->requests);
    queue_free(worker->ended);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->mutex);
    free(worker);
}
