/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen_requests: the execute requests that this process was sent, so that the store need not be
 * asked for each new one whether it ran before.
 *
 * Of a client session of which nothing stood in the store when its first request came, everything
 * that can stand there later went through here. Older sessions, and more than are remembered, are
 * looked for in the store; a session that another kernel serves at the same time is caught when it
 * is recorded.
 */
#ifndef RSCN_KERNEL_SEEN_REQUESTS_H
#define RSCN_KERNEL_SEEN_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

/* Of these many requests the latest half at least is remembered. */
#define SEEN_REQUESTS_MAX 65536

struct seen_requests;

struct seen_requests *seen_requests_new(void);
void seen_requests_free(struct seen_requests *seen);
/* Remembers it; true when it was there already. */
bool seen_requests_add(struct seen_requests *seen, const char *session, const char *msg_id);
/* Whether everything that can be recorded of this session is in here. */
enum session_knowledge { SESSION_UNKNOWN, SESSION_WHOLE, SESSION_PARTIAL };
enum session_knowledge seen_requests_session(const struct seen_requests *seen, const char *session);
/* What the store said when the first request came: whole when it held nothing of the session. */
void seen_requests_set_session(struct seen_requests *seen, const char *session, bool is_whole);
/* Another store is asked from now on. */
void seen_requests_forget_sessions(struct seen_requests *seen);

#endif
