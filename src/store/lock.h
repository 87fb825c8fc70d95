/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock: the one lock that every writer of a store takes before BEGIN IMMEDIATE (L-1).
 *
 * An open-file-description lock on a small file beside the store, so that it dies with the process
 * (L-10) and closing another descriptor of the file does not drop it (K-5). Two bytes: who wants
 * the lock first takes byte 0 (the turnstile), then byte 1 (the lock), then leaves the turnstile:
 * whoever came first is served first, and nobody who just gave the lock back slips in again.
 * Waiters sleep: one thread per lock does the blocking call for all threads of the process, they
 * wait on a condition variable and can be woken. The file's text says who holds it and since when.
 */
#ifndef RSCN_STORE_LOCK_H
#define RSCN_STORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/store.h"

struct store_lock;

#define LOCK_FOREVER ((int64_t)-1)

/* Opens or makes `path` with `mode`; takes nothing. `subject` (the store's path) stands in front
 * of messages. NULL with an error. */
struct store_lock *lock_open(const char *path, mode_t mode, const char *subject,
                             struct error *error) NODISCARD;
/* Gives back what is held. No thread may be in lock_take. NULL is fine. */
void lock_close(struct store_lock *lock);
/* What others read as holder from the next taking on. Copied. */
void lock_set_name(struct store_lock *lock, const char *name);
/* Takes the lock, first come first served among threads and processes. Waits at most timeout_us
 * (0: not at all; LOCK_FOREVER). ERROR_BUSY names the holder; ERROR_INTERRUPTED when
 * waiter->is_cancelled was true while it would have to wait. Not recursive. */
bool lock_take(struct store_lock *lock, const struct store_waiter *waiter, int64_t timeout_us,
               struct error *error) NODISCARD;
void lock_give(struct store_lock *lock);
/* Makes all waiting threads look at their is_cancelled. Any thread. */
void lock_wake(struct store_lock *lock);

#endif
