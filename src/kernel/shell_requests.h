/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell_requests: the requests that look and change nothing: complete, inspect, is_complete,
 * history, comm_info, kernel_info. None of them is ever behind a cell.
 */
#ifndef RSCN_KERNEL_SHELL_REQUESTS_H
#define RSCN_KERNEL_SHELL_REQUESTS_H

#include <jansson.h>

struct look_session;

/* Content of the reply to any `…_request`; of an error reply for wrong types and for requests that
 * this kernel does not know (J-241). New object. */
json_t *shell_request_reply(struct look_session *session, const char *type, const json_t *content);
/* Content of kernel_info_reply; `banner` is borrowed. New object. */
json_t *kernel_info_reply(const char *banner);

#endif
