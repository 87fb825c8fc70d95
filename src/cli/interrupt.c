/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupt: signals are waited for, so that what they call may take locks. SIGUSR2 ends the thread
 * that waits.
 */
#include "cli/interrupt.h"

#include "cli/report.h"

static void *wait_for_signals(void *context)
{
    struct interrupt *interrupt = context;
    int number;
    while (sigwait(&interrupt->signals, &number) == 0 && number != SIGUSR2) {
        atomic_store(&interrupt->is_received, true);
        pthread_mutex_lock(&interrupt->mutex);
        if (interrupt->on_signal)
            interrupt->on_signal(interrupt->context);
        pthread_mutex_unlock(&interrupt->mutex);
    }
    return NULL;
}

bool interrupt_start(struct interrupt *interrupt)
{
    *interrupt = (struct interrupt){.on_signal = NULL};
    pthread_mutex_init(&interrupt->mutex, NULL);
    sigemptyset(&interrupt->signals);
    sigaddset(&interrupt->signals, SIGINT);
    sigaddset(&interrupt->signals, SIGTERM);
    sigaddset(&interrupt->signals, SIGHUP);
    sigaddset(&interrupt->signals, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &interrupt->signals, NULL);
    if (pthread_create(&interrupt->thread, NULL, wait_for_signals, interrupt) == 0)
        return true;
    pthread_mutex_destroy(&interrupt->mutex);
    report(STATUS_NOT_DONE, "no thread can be made; end other processes first");
    return false;
}

void interrupt_set(struct interrupt *interrupt, void (*on_signal)(void *context), void *context)
{
    pthread_mutex_lock(&interrupt->mutex);
    interrupt->on_signal = on_signal;
    interrupt->context = context;
    pthread_mutex_unlock(&interrupt->mutex);
}

void interrupt_end(struct interrupt *interrupt)
{
    pthread_kill(interrupt->thread, SIGUSR2);
    pthread_join(interrupt->thread, NULL);
    pthread_mutex_destroy(&interrupt->mutex);
}
