/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status_board: which cell clients are shown as running, and every busy and idle of the threads
 * that answer shell requests.
 *
 * Front ends and culling believe the status that came last, whatever request it belongs to (J-232,
 * FE-52): so whoever publishes an idle while a cell runs has that cell's busy published once more
 * (J-233). Used by all threads; nobody waits longer than it takes to make a message.
 */
#ifndef RSCN_KERNEL_STATUS_BOARD_H
#define RSCN_KERNEL_STATUS_BOARD_H

#include <jansson.h>

#include "base/queue.h"
#include "wire/message.h"

struct status_board;

/* `sender` and `outbox` (of struct outgoing) are borrowed. */
struct status_board *status_board_new(const struct message_sender *sender, struct queue *outbox);
void status_board_free(struct status_board *board);

/* Any message on iopub. */
void status_board_publish(struct status_board *board, const char *type,
                          const struct message *parent, const json_t *content);
/* The same with the content as JSON text. */
void status_board_publish_text(struct status_board *board, const char *type,
                               const struct message *parent, const char *content);
/* The reply to a shell request, to be given to status_board_done. */
struct outgoing *status_board_reply(const struct status_board *board, const struct message *parent,
                                    const json_t *content);

/* Busy of a request that is no cell. */
void status_board_busy(struct status_board *board, const struct message *message);
/* Busy of a cell, which is the one that runs until status_board_done or status_board_stop. The
 * message stays the caller's and lives until then. */
void status_board_run(struct status_board *board, const struct message *cell);
/* No cell runs any more on the thread that runs them; the idle may be out or come later. */
void status_board_stop(struct status_board *board);
/* The reply (NULL = none) and the idle of any request. */
void status_board_done(struct status_board *board, const struct message *message,
                       struct outgoing *reply);
/* After one or more status_board_done: busy of the cell that runs, if an idle hides it. */
void status_board_settle(struct status_board *board);
/* That busy, for a thread that sends what it says itself; NULL when no cell runs. */
struct outgoing *status_board_running(struct status_board *board);

#endif
