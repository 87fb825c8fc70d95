/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupt: SIGINT, SIGTERM and SIGHUP as a call in a thread of its own, for commands that end
 * what they do in order.
 */
#ifndef RSCN_CLI_INTERRUPT_H
#define RSCN_CLI_INTERRUPT_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct interrupt {
    pthread_t thread;
    sigset_t signals;
    pthread_mutex_t mutex;
    void (*on_signal)(void *context); /* guarded by the mutex */
    void *context;
    atomic_bool is_received;
};

/* Before any other thread is made, so that all of them have the signals blocked. Prints what is
 * wrong and returns false when no thread can be made; then nothing is to be ended. */
bool interrupt_start(struct interrupt *interrupt);
/* What each signal calls from now on, in another thread; NULL = nothing. No call goes on when this
 * returns. */
void interrupt_set(struct interrupt *interrupt, void (*on_signal)(void *context), void *context);
void interrupt_end(struct interrupt *interrupt);

#endif
