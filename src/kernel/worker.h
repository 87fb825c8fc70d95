/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: the thread that runs execute_requests in the order they came. What it makes goes into the
 * outbox; the server's thread sends it.
 */
#ifndef RSCN_KERNEL_WORKER_H
#define RSCN_KERNEL_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/executor.h"
#include "kernel/lookup.h"
#include "kernel/status_board.h"
#include "wire/message.h"

struct worker;

/* Tag of an outgoing error reply that stops the queue; see worker_error_sent. */
#define TAG_STOPS_QUEUE 1

/* Takes ownership of the executor and of the look-ups' thread, which ends before the executor does;
 * `status` is borrowed. */
struct worker *worker_new(struct executor *executor, struct status_board *status,
                          struct lookup *lookup);
/* Takes ownership of an execute_request. */
void worker_put(struct worker *worker, struct message *message);
/*
 * The server has just sent a reply tagged TAG_STOPS_QUEUE, whose tag_data it gives back here, and
 * before that it received everything that had arrived on shell: the execute_requests up to
 * `last_sequence` are withdrawn, what comes later is not (J-236).
 */
void worker_error_sent(struct worker *worker, void *tag_data, size_t last_sequence);
/* Interrupts what runs; nothing happens to what comes later. Never waits. */
void worker_interrupt(struct worker *worker);
/* Withdraws what is queued, interrupts what runs; the thread then ends the run, closes the store
 * and ends. Never waits. A cell that was just about to start needs a worker_interrupt of its own:
 * repeat it until the thread has ended. */
void worker_close(struct worker *worker);
/* Readable when the thread has ended. */
int worker_descriptor(struct worker *worker);
/* When the thread does not end in time: what runs is kept as INTERRUPTED in the in-flight file. */
void worker_abandon(struct worker *worker);
/* After the thread has ended. */
void worker_free(struct worker *worker);

#endif
