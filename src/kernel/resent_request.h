/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resent_request: a client that sends a request again (same session and msg_id) gets the recorded
 * reply and no second run; with other code it gets an error reply.
 */
#ifndef RSCN_KERNEL_RESENT_REQUEST_H
#define RSCN_KERNEL_RESENT_REQUEST_H

#include <stdbool.h>

#include "kernel/execution.h"

struct executor;

/* Answers the request if it was sent before, in this process or an earlier one; false: it is new.
 * *ret_state is EXECUTED, or FAILED when the answer is an error: what is queued behind it does not
 * run either. The store must be open. */
bool resent_request_answer(struct executor *executor, const struct execute_request *request,
                           const struct execution_listener *listener, enum cell_state *ret_state);

#endif
