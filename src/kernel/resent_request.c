/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/resent_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "kernel/executor_private.h"
#include "kernel/seen_requests.h"

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

/* The first request of a session: whether the store knows of others. */
static void ask_for_session(struct executor *executor, const char *session)
{
    bool is_whole;

    store_target_own(executor->target, true);
    is_whole = !store_has_session(store_target_connection(executor->target), session);
    store_target_own(executor->target, false);
    seen_requests_set_session(executor->seen, session, is_whole);
}

/* Asks the store only where it may know: the question costs as much as many a cell. */
static bool find(struct executor *executor, const struct execute_request *request, bool is_seen,
                 struct recorded_message *ret_found)
{
    struct error ignored = ERROR_INIT;
    bool is_found;

    if (seen_requests_session(executor->seen, request->client_session) == SESSION_UNKNOWN)
        ask_for_session(executor, request->client_session);
    if (!is_seen &&
        seen_requests_session(executor->seen, request->client_session) == SESSION_WHOLE)
        return false;
    if (is_seen)
        recorder_flush(executor->recorder); /* its record may be on the way */
    store_target_own(executor->target, true);
    is_found = store_find_message(store_target_connection(executor->target),
                                  request->client_session, request->msg_id, ret_found, &ignored);
    store_target_own(executor->target, false);
    return is_found;
}

bool resent_request_answer(struct executor *executor, const struct execute_request *request,
                           const struct execution_listener *listener, enum cell_state *ret_state)
{
    struct recorded_message found;
    AUTO_JSON *reply = NULL;
    bool is_seen = seen_requests_add(executor->seen, request->client_session, request->msg_id);
    bool is_found = find(executor, request, is_seen, &found);

    *ret_state = STATE_FAILED;
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
