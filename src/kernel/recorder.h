/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder: the thread that writes what ended into the store. What waits together is committed
 * together (group commit), and each is answered after its commit.
 *
 * What waits for the store's lock for long is kept in the in-flight file with its true end, in case
 * the kernel is killed. When the wait is given up (interrupt, shutdown), it is kept there too,
 * answered, and recorded later (ARCHITECTURE.md).
 */
#ifndef RSCN_KERNEL_RECORDER_H
#define RSCN_KERNEL_RECORDER_H

#include <stdbool.h>

#include "base/error.h"
#include "store/store.h"

struct recorder;
struct execution;

/* `on_batch` is called on the recorder's thread after the answers of each batch; may be NULL. */
struct recorder *recorder_new(void (*on_batch)(void *context), void *context);
/* Ends the thread: gives up waiting, keeps what is left in the in-flight file. NULL is fine. */
void recorder_free(struct recorder *recorder);
/* The store to record in from now on; NULL while there is none. Waits until the old one is no
 * longer used. */
void recorder_attach(struct recorder *recorder, struct store *store);
/* Takes ownership of an execution that has ended. Never waits. */
void recorder_put(struct recorder *recorder, struct execution *execution);
/* Records and answers it on the caller's thread if nothing else is on its way and the store's lock
 * is free at once; else false, and the caller puts it. Saves a hand-over when one cell at a time is
 * run. */
bool recorder_record_now(struct recorder *recorder, struct execution *execution) NODISCARD;
/* Waits until all that was put is answered. */
void recorder_flush(struct recorder *recorder);
/* Whether all that was put is in the store, so that nothing is owed. */
bool recorder_is_settled(struct recorder *recorder);
/* Ends a wait for the store's lock, from any thread. Does nothing when it does not wait. */
void recorder_give_up(struct recorder *recorder);

#endif
