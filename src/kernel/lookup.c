/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/lookup.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/queue.h"
#include "kernel/execution.h"
#include "kernel/look_session.h"
#include "kernel/shell_requests.h"

struct lookup {
    pthread_t thread;
    struct session_board *session;
    struct status_board *status;
    struct queue *requests;
    atomic_bool is_closing;
};

static bool is_request(const char *type)
{
    size_t size = strlen(type);

    return size > 8 && strcmp(type + size - 8, "_request") == 0;
}

/* There are no targets: whoever opens a comm is told that it is closed (J-44). */
static void close_comm(struct lookup *lookup, const struct message *message)
{
    const char *comm_id = json_member_text(message->content, "comm_id", NULL);
    AUTO_JSON *content = NULL;

    if (!comm_id)
        return;
    content = json_pack("{s:s, s:{}}", "comm_id", comm_id, "data");
    status_board_publish(lookup->status, "comm_close", message, content);
}

static void answer(struct lookup *lookup, struct look_session *session,
                   const struct message *message)
{
    AUTO_JSON *content = NULL;
    struct outgoing *reply = NULL;

    status_board_busy(lookup->status, message);
    if (message->content && strcmp(message->msg_type, "comm_open") == 0)
        close_comm(lookup, message);
    if (is_request(message->msg_type)) {
        content = message->content
                      ? shell_request_reply(session, message->msg_type, message->content)
                      : execution_error_content("ProtocolError", message->content_error, NULL);
        if (!message->content)
            json_object_set_new(content, "status", json_string("error"));
        reply = status_board_reply(lookup->status, message, content);
    }
    status_board_done(lookup->status, message, reply);
    status_board_settle(lookup->status);
}

static void *lookup_main(void *argument)
{
    struct lookup *lookup = argument;
    struct look_session *session = look_session_new(lookup->session, &lookup->is_closing);
    struct message *message;

    while ((message = queue_take(lookup->requests))) {
        if (!atomic_load(&lookup->is_closing))
            answer(lookup, session, message);
        message_free(message);
    }
    look_session_free(session);
    return NULL;
}

struct lookup *lookup_new(struct session_board *session, struct status_board *status)
{
    struct lookup *lookup = xcalloc(1, sizeof(*lookup));

    lookup->session = session;
    lookup->status = status;
    lookup->requests = queue_new();
    atomic_init(&lookup->is_closing, false);
    if (pthread_create(&lookup->thread, NULL, lookup_main, lookup) != 0)
        abort();
    return lookup;
}

void lookup_put(struct lookup *lookup, struct message *message)
{
    if (!queue_put(lookup->requests, message))
        message_free(message);
}

void lookup_close(struct lookup *lookup)
{
    atomic_store(&lookup->is_closing, true);
    queue_close(lookup->requests);
}

void lookup_free(struct lookup *lookup)
{
    lookup_close(lookup);
    pthread_join(lookup->thread, NULL);
    queue_free(lookup->requests);
    free(lookup);
}
