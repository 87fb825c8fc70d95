/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup: the thread that answers what only looks (complete, inspect, is_complete, history, comms,
 * requests that are not known), at once and out of turn, whatever cell runs. It has connections of
 * its own and never takes the store's lock.
 */
#ifndef RSCN_KERNEL_LOOKUP_H
#define RSCN_KERNEL_LOOKUP_H

#include "kernel/session_board.h"
#include "kernel/status_board.h"
#include "wire/message.h"

struct lookup;

/* Both boards are borrowed. */
struct lookup *lookup_new(struct session_board *session, struct status_board *status);
/* Takes ownership of a shell request. */
void lookup_put(struct lookup *lookup, struct message *message);
/* What runs is stopped, what waits is dropped. Never waits. */
void lookup_close(struct lookup *lookup);
/* Closes, and waits until the thread has closed its connections. */
void lookup_free(struct lookup *lookup);

#endif
