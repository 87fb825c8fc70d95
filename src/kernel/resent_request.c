/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/resent_request.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "kernel/executor_private.h"

static uint64_t message_hash(const struct execute_request *request)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a */

    for (const char *at = request->client_session; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    hash = (hash ^ 0) * 1099511628211u;
    for (const char *at = request->msg_id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    return hash;
}

/* True when this process saw the request lately: its record may still be on the way. */
static bool was_seen(struct executor *executor, const struct execute_request *request)
{
    uint64_t hash = message_hash(request);
    size_t count =
        executor->recent_count < RECENT_MESSAGES ? executor->recent_count : RECENT_MESSAGES;

    for (size_t i = 0; i < count; i++)
        if (executor->recent[i] == hash)
            return true;
    executor->recent[executor->recent_count++ % RECENT_MESSAGES] = hash;
    return false;
}

static void refuse(const struct executor *executor, const struct execute_request *request,
                   const struct execution_listener *listener, const char *ename, const char *evalue)
{
    execution_refuse(listener, request->silent, executor->execution_count, ename, evalue);
}

/* The reply to a request that ran before; NULL when the answer is an error, which is given here. */
static json_t *recorded_reply(struct executor *executor, const struct execute_request *request,
                              const struct recorded_message *found,
                              const struct execution_listener *listener)
{
    char hash[SHA256_HEX_SIZE];
    struct error ignored = ERROR_INIT;
    json_t *reply;

    sha256_hex(request->code, request->size, hash);
    if (strcmp(hash, found->code_hash) != 0) {
        refuse(executor, request, listener, "ProtocolError",
               "a request with this session and msg_id ran before with other code; it was "
               "not run, send it with a msg_id of its own");
        return NULL;
    }
    reply = found->reply ? json_parse(found->reply, strlen(found->reply), &ignored) : NULL;
    if (!reply)
        refuse(executor, request, listener, "RecordedError",
               "this request ran before in a kernel that died; rscn log shows its end");
    return reply;
}

bool resent_request_answer(struct executor *executor, const struct execute_request *request,
                           const struct execution_listener *listener, enum cell_state *ret_state)
{
    struct recorded_message found;
    struct error error = ERROR_INIT;
    AUTO_JSON *reply = NULL;
    bool is_found, is_seen = was_seen(executor, request);

    *ret_state = STATE_FAILED;
    if (is_seen)
        recorder_flush(executor->recorder);
    store_target_own(executor->target, true);
    is_found = store_find_message(store_target_connection(executor->target),
                                  request->client_session, request->msg_id, &found, &error);
    store_target_own(executor->target, false);
    if (!is_found && is_seen)
        refuse(executor, request, listener, "ProtocolError",
               "this request was received before and its record is still owed; it was not "
               "run again");
    if (!is_found)
        return is_seen;
    reply = recorded_reply(executor, request, &found, listener);
    if (reply && strcmp(json_member_text(reply, "status", ""), "error") != 0)
        *ret_state = STATE_EXECUTED;
    if (reply && listener->done)
        listener->done(listener->context, reply, found.execution_id, *ret_state);
    free(found.reply);
    return true;
}
