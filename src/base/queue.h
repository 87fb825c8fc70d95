/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue: a first-in first-out queue of pointers between threads, readable through poll().
 *
 * Unbounded (what is put in is bounded where it comes from), closed once. The descriptor is an
 * eventfd that is readable while the queue is not empty or closed; it is there only when somebody
 * asks for it, because raising it costs a system call.
 */
#ifndef RSCN_BASE_QUEUE_H
#define RSCN_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

struct queue *queue_new(void);
/* Items left inside are the caller's loss: take them out first. NULL is fine. */
void queue_free(struct queue *queue);
/* Never blocks. False when the queue is closed: the item still belongs to the caller. */
bool queue_put(struct queue *queue, void *item);
/* Waits for an item; NULL when the queue is closed and empty. */
void *queue_take(struct queue *queue);
/* An item if one is there, else NULL. */
void *queue_try(struct queue *queue);
size_t queue_count(struct queue *queue);
void queue_close(struct queue *queue);
/* Readable while something is inside or the queue is closed, until queue_try gives NULL: what is
 * taken out one after the other raises it once. The queue closes it. */
int queue_descriptor(struct queue *queue);

#endif
