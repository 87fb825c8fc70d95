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
#include "kernel/shell_requests.h"

struct worker {
    pthread_t thread;
    struct executor *executor; /* NULL once it is being freed; other threads look under the mutex */
    const struct message_sender *sender;
    struct queue *outbox;
    struct queue *requests;
    struct queue *ended; /* closed when the thread has ended: its descriptor is then readable */
    atomic_bool is_closing;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    struct message *running; /* its busy is out and its idle is not */
    bool is_shown_idle;      /* the idle of another one followed that busy */
    size_t stopped_by;       /* sequence of the newest request whose error reply was sent */
    size_t aborted_up_to;    /* execute_requests up to this sequence are withdrawn */
};

/* A request whose reply is still to come; lives until `done`. */
struct pending_reply {
    struct worker *worker;
    struct message *message;
    bool stops_queue; /* stop_on_error */
};

static void post(struct worker *worker, struct outgoing *outgoing)
{
    if (!queue_put(worker->outbox, outgoing))
        outgoing_free(outgoing);
}

static void post_iopub(struct worker *worker, const char *type, const struct message *parent,
                       const json_t *content)
{
    post(worker, outgoing_new(worker->sender, CHANNEL_IOPUB, type, parent, content, NULL));
}

static void post_status(struct worker *worker, const struct message *parent, const char *state)
{
    AUTO_JSON *content = json_pack("{s:s}", "execution_state", state);

    post_iopub(worker, "status", parent, content);
}

/* "execute_request" to "execute_reply". */
static char *reply_type(const char *request_type)
{
    size_t size = strlen(request_type);

    if (size > 8 && strcmp(request_type + size - 8, "_request") == 0)
        size -= 8;
    return xasprintf("%.*s_reply", (int)size, request_type);
}

static void post_reply(struct worker *worker, const struct message *parent, const json_t *content,
                       bool stops_queue)
{
    AUTO_FREE char *type = reply_type(parent->msg_type);
    struct outgoing *outgoing =
        outgoing_new(worker->sender, CHANNEL_SHELL, type, parent, content, NULL);

    if (stops_queue) {
        outgoing->tag = TAG_STOPS_QUEUE;
        outgoing->tag_data = (void *)(uintptr_t)parent->sequence;
    }
    post(worker, outgoing);
}

/* --- execute ---------------------------------------------------------------------------------- */

static void on_input(void *context, const char *code, size_t size, json_int_t execution_count)
{
    struct pending_reply *pending = context;
    AUTO_JSON *content = json_object();

    json_object_set_new(content, "code", json_text(code, size));
    json_object_set_new(content, "execution_count", json_integer(execution_count));
    post_iopub(pending->worker, "execute_input", pending->message, content);
}

static void on_output(void *context, const char *msg_type, const json_t *content, const char *text)
{
    struct pending_reply *pending = context;
    struct worker *worker = pending->worker;

    (void)content;
    post(worker, outgoing_new_text(worker->sender, CHANNEL_IOPUB, msg_type, pending->message, text,
                                   strlen(text)));
}

/* The busy and what is remembered of it belong together: another thread may publish an idle. */
static void start_running(struct worker *worker, struct message *message)
{
    executor_expect(worker->executor);
    pthread_mutex_lock(&worker->mutex);
    worker->running = message;
    worker->is_shown_idle = false;
    post_status(worker, message, "busy");
    pthread_mutex_unlock(&worker->mutex);
}

static void end_running(struct worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    worker->running = NULL;
    pthread_mutex_unlock(&worker->mutex);
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
    pthread_mutex_lock(&worker->mutex);
    if (worker->running == message)
        worker->running = NULL;
    post_reply(worker, message, reply, pending->stops_queue && strcmp(status, "error") == 0);
    post_status(worker, message, "idle");
    worker->is_shown_idle = worker->running != NULL;
    pthread_mutex_unlock(&worker->mutex);
    message_free(message);
    free(pending);
}

/* The idle of a recorded cell may follow the busy of the cell that runs now: say busy once more, or
 * front ends and culling take the kernel for idle (J-232, J-233, FE-52). */
static void on_batch(void *context)
{
    struct worker *worker = context;

    pthread_mutex_lock(&worker->mutex);
    if (worker->running && worker->is_shown_idle)
        post_status(worker, worker->running, "busy");
    worker->is_shown_idle = false;
    pthread_mutex_unlock(&worker->mutex);
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

    bool is_cell = strcmp(message->msg_type, "execute_request") == 0;

    if (is_cell) /* front ends show what is published, not the reply */
        post_iopub(worker, "error", message, reply);
    json_object_set_new(reply, "status", json_string("error"));
    if (is_cell)
        json_object_set_new(reply, "execution_count",
                            json_integer(executor_count(worker->executor)));
    post_reply(worker, message, reply, false);
    post_status(worker, message, "idle");
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

    start_running(worker, message);
    if (!read_execute(message, &request, &error)) {
        executor_rest(worker->executor);
        end_running(worker);
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
    end_running(worker);
    if (stop_on_error && state != STATE_EXECUTED && state != STATE_SKIPPED)
        wait_for_error_reply(worker, sequence);
}

/* --- the other requests ----------------------------------------------------------------------- */

static void close_comm(struct worker *worker, const struct message *message)
{
    const char *comm_id = json_member_text(message->content, "comm_id", NULL);
    AUTO_JSON *content = NULL;

    if (!comm_id)
        return;
    content = json_pack("{s:s, s:{}}", "comm_id", comm_id, "data");
    post_iopub(worker, "comm_close", message, content);
}

static bool is_request(const char *type)
{
    size_t size = strlen(type);

    return size > 8 && strcmp(type + size - 8, "_request") == 0;
}

static void answer(struct worker *worker, struct message *message)
{
    AUTO_JSON *reply = NULL;

    post_status(worker, message, "busy");
    if (strcmp(message->msg_type, "comm_open") == 0)
        close_comm(worker, message); /* there are no targets (J-44) */
    if (is_request(message->msg_type)) {
        reply = shell_request_reply(worker->executor, message->msg_type, message->content);
        post_reply(worker, message, reply, false);
    }
    post_status(worker, message, "idle");
    message_free(message);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct executor *executor;
    struct message *message;

    while ((message = queue_take(worker->requests))) {
        if (!message->content) {
            post_status(worker, message, "busy");
            if (is_request(message->msg_type)) {
                refuse(worker, message, message->content_error);
            } else {
                post_status(worker, message, "idle");
                message_free(message);
            }
        } else if (strcmp(message->msg_type, "execute_request") == 0) {
            execute(worker, message);
        } else {
            answer(worker, message);
        }
    }
    pthread_mutex_lock(&worker->mutex);
    executor = worker->executor;
    worker->executor = NULL;
    pthread_mutex_unlock(&worker->mutex);
    executor_free(executor);
    queue_close(worker->ended);
    return NULL;
}

struct worker *worker_new(struct executor *executor, const struct message_sender *sender,
                          struct queue *outbox)
{
    struct worker *worker = xcalloc(1, sizeof(*worker));

    worker->executor = executor;
    worker->sender = sender;
    worker->outbox = outbox;
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
