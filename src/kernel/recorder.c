/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "kernel/execution.h"
#include "kernel/open_transactions.h"
#include "kernel/store_target.h"

#define CLOSING_GRACE_MS 250

struct execution_list {
    struct execution *first, **end;
};

struct recorder {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all but `connection`, `batch` and `owed` */
    pthread_cond_t changed; /* for those who wait for the thread */
    pthread_cond_t wanted;  /* for the thread: not woken by a record that the worker made itself */
    struct execution_list queued;
    struct store *store;
    bool is_working, is_closing, has_ended;
    bool is_unanswered;  /* the batch in work has executions whose clients wait */
    bool is_yielding;    /* the turn in work, of what is owed only, makes way for what was put */
    bool must_hurry;     /* what is queued must not wait for the lock */
    bool wants_detach;   /* the connection must be closed */
    atomic_bool give_up; /* cancels the wait for the lock */
    atomic_bool is_long; /* the turn in work waits for the lock for long */
    void (*on_batch)(void *context);
    void *context;
    /* the thread's own */
    struct store_connection *connection;
    struct execution_list batch; /* in work, not answered */
    struct execution_list owed;  /* answered, not recorded yet */
};

static void list_clear(struct execution_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

static void list_append(struct execution_list *list, struct execution *execution)
{
    execution->next = NULL;
    *list->end = execution;
    list->end = &execution->next;
}

static void list_move(struct execution_list *to, struct execution_list *from)
{
    if (!from->first)
        return;
    *to->end = from->first;
    to->end = from->end;
    list_clear(from);
}

static void list_free(struct execution_list *list)
{
    struct execution *next;

    for (struct execution *execution = list->first; execution; execution = next) {
        next = execution->next;
        execution_free(execution);
    }
    list_clear(list);
}

/* Puts the true end into the in-flight file: a kernel that is killed while this waits for the lock
 * leaves it with what it came to. */
static void keep_end(struct recorder *recorder, struct execution *execution)
{
    struct error error = ERROR_INIT;

    if (!recorder->store)
        return;
    if (store_inflight_end(recorder->store, &execution->record, false, &error))
        execution->has_intent = true;
    else
        log_info("%s", error.message);
}

/* Keeps everything in the in-flight file with its true end and answers it: with `error` when the
 * store failed, as recorded when only the wait was given up (then the file is synced first). */
static void postpone(struct recorder *recorder, const struct error *error)
{
    for (struct execution *execution = recorder->batch.first; execution;
         execution = execution->next) {
        struct error kept = ERROR_INIT;
        bool is_kept = !recorder->store || store_inflight_end(recorder->store, &execution->record,
                                                              error == NULL, &kept);

        if (!is_kept)
            log_info("%s", kept.message);
        execution->has_intent = execution->has_intent || (is_kept && recorder->store);
        execution_answer(execution, error ? error : is_kept ? NULL : &kept);
    }
    list_move(&recorder->owed, &recorder->batch);
}

/* A list recorded in one transaction; false leaves nothing behind. What another process recorded
 * already counts as recorded. */
static bool record_list(struct recorder *recorder, const struct execution_list *list,
                        struct error *error)
{
    for (struct execution *execution = list->first; execution; execution = execution->next) {
        int64_t version;

        if (!store_record(recorder->connection, &execution->record, &version, error) &&
            error->code != ERROR_EXISTS) {
            store_rollback(recorder->connection);
            return false;
        }
        error->code = ERROR_NONE;
    }
    return true;
}

/* Answered first: no client waits for the in-flight file, where an execution that the store has
 * already does no harm. Except for one whose transaction stays open: who has its answer may kill
 * the kernel, and then the file alone tells that it was rolled back. */
static void settle(struct recorder *recorder, struct execution_list *list)
{
    for (struct execution *execution = list->first; execution; execution = execution->next)
        if (execution->has_intent && open_transactions_is_in(execution))
            open_transactions_keep(recorder->store, execution);
    for (struct execution *execution = list->first; execution; execution = execution->next)
        execution_answer(execution, NULL);
    for (struct execution *execution = list->first; execution; execution = execution->next)
        if (execution->has_intent && !open_transactions_is_in(execution))
            store_inflight_done(recorder->store, execution->record.execution_id);
    list_free(list);
}

/* One bad record must not take the others with it: each in a transaction of its own. */
static void record_singly(struct recorder *recorder)
{
    struct execution_list lists[2] = {recorder->owed, recorder->batch};

    list_clear(&recorder->owed);
    list_clear(&recorder->batch);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct execution *next;

        for (struct execution *execution = lists[i].first; execution; execution = next) {
            struct execution_list one;
            struct error error = ERROR_INIT;

            next = execution->next;
            list_clear(&one);
            list_append(&one, execution);
            if (store_begin_again(recorder->connection, &error) &&
                record_list(recorder, &one, &error) && store_commit(recorder->connection, &error)) {
                settle(recorder, &one);
                continue;
            }
            store_rollback(recorder->connection);
            list_append(&recorder->batch, execution);
            postpone(recorder, &error);
        }
    }
}

static void on_wait(void *context, const struct store_holder *holder)
{
    struct recorder *recorder = context;

    atomic_store(&recorder->is_long, true);
    for (struct execution *execution = recorder->batch.first; execution;
         execution = execution->next) {
        keep_end(recorder, execution);
        store_target_say_waiting(execution, holder);
    }
}

static bool begin(struct recorder *recorder, struct error *error)
{
    struct store_waiter waiter = {
        .is_cancelled = &recorder->give_up, .on_wait = on_wait, .context = recorder};

    if (!recorder->store)
        return error_set(error, ERROR_NOT_FOUND, "the store can't be used now");
    if (!recorder->connection && !(recorder->connection = store_connect(recorder->store, error)))
        return false;
    return store_begin(recorder->connection, &waiter, error);
}

/* Everything owed and everything in the batch, in the order it ended, under the lock. */
static void record_begun(struct recorder *recorder)
{
    struct error error = ERROR_INIT;

    if (record_list(recorder, &recorder->owed, &error) &&
        record_list(recorder, &recorder->batch, &error) &&
        store_commit(recorder->connection, &error)) {
        settle(recorder, &recorder->owed);
        settle(recorder, &recorder->batch);
    } else {
        store_rollback(recorder->connection);
        record_singly(recorder);
    }
    /* The answers are out: the checkpoint that may follow delays nobody. */
    if (recorder->on_batch)
        recorder->on_batch(recorder->context);
    store_release(recorder->connection);
}

static void record_batch(struct recorder *recorder)
{
    struct error error = ERROR_INIT;

    if (begin(recorder, &error)) {
        record_begun(recorder);
    } else {
        if (error.code == ERROR_INTERRUPTED) {
            pthread_mutex_lock(&recorder->mutex);
            if (!recorder->is_yielding) { /* the same interrupt is for them too */
                list_move(&recorder->batch, &recorder->queued);
                recorder->must_hurry = false;
            }
            pthread_mutex_unlock(&recorder->mutex);
        }
        postpone(recorder, error.code == ERROR_INTERRUPTED ? NULL : &error);
    }
}

static void detach(struct recorder *recorder)
{
    store_disconnect(recorder->connection);
    recorder->connection = NULL;
}

/* Who interrupted a cell does not wait for its record either, nor for those of the cells that were
 * withdrawn behind it. */
static bool has_interrupted(const struct recorder *recorder)
{
    const struct execution *execution = recorder->batch.first;

    for (; execution; execution = execution->next)
        if (execution->record.state == STATE_INTERRUPTED ||
            (execution->record.state == STATE_CANCELED && recorder->owed.first))
            return true;
    return false;
}

/* Begins a turn with the mutex held, ends it with the mutex held again. */
static void start_turn(struct recorder *recorder, bool tries_only)
{
    recorder->is_working = true;
    recorder->is_yielding = false;
    recorder->must_hurry = false;
    recorder->is_unanswered = recorder->batch.first != NULL;
    atomic_store(&recorder->is_long, false);
    if (!recorder->is_closing)
        atomic_store(&recorder->give_up, tries_only);
    pthread_mutex_unlock(&recorder->mutex);
}

static void end_turn(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->mutex);
    recorder->is_working = false;
    recorder->is_unanswered = false;
    pthread_cond_broadcast(&recorder->changed);
    if (recorder->queued.first || recorder->wants_detach || recorder->is_closing)
        pthread_cond_signal(&recorder->wanted);
}

/* One turn of the thread's work, called with the mutex held. Gives whether what is owed should be
 * tried again at once: only after a wait that was given up; after an error the next execution
 * tries. */
static bool work(struct recorder *recorder)
{
    list_move(&recorder->batch, &recorder->queued);
    start_turn(recorder, has_interrupted(recorder) || recorder->must_hurry);
    record_batch(recorder);
    end_turn(recorder);
    return atomic_load(&recorder->give_up);
}

static void *recorder_main(void *argument)
{
    struct recorder *recorder = argument;
    bool retry = false;

    pthread_mutex_lock(&recorder->mutex);
    for (;;) {
        if (recorder->is_working) {
            pthread_cond_wait(&recorder->wanted, &recorder->mutex); /* recorder_record_now */
        } else if (recorder->wants_detach) {
            detach(recorder);
            recorder->wants_detach = false;
            retry = true;
            pthread_cond_broadcast(&recorder->changed);
        } else if (recorder->queued.first ||
                   (retry && recorder->owed.first && !recorder->is_closing)) {
            retry = work(recorder);
        } else if (recorder->is_closing) {
            break;
        } else {
            pthread_cond_wait(&recorder->wanted, &recorder->mutex);
        }
    }
    detach(recorder);
    recorder->has_ended = true;
    pthread_cond_broadcast(&recorder->changed);
    pthread_mutex_unlock(&recorder->mutex);
    return NULL;
}

struct recorder *recorder_new(void (*on_batch)(void *context), void *context)
{
    struct recorder *recorder = xcalloc(1, sizeof(*recorder));

    pthread_mutex_init(&recorder->mutex, NULL);
    pthread_cond_init(&recorder->changed, NULL);
    pthread_cond_init(&recorder->wanted, NULL);
    list_clear(&recorder->queued);
    list_clear(&recorder->batch);
    list_clear(&recorder->owed);
    recorder->on_batch = on_batch;
    recorder->context = context;
    if (pthread_create(&recorder->thread, NULL, recorder_main, recorder) != 0)
        abort();
    return recorder;
}

static void cancel_wait(struct recorder *recorder)
{
    if (!recorder->is_working)
        return;
    atomic_store(&recorder->give_up, true);
    if (recorder->store)
        store_wake(recorder->store);
}

/* What waits for the lock gets this long before it is left in the in-flight file. */
static void wait_for_end(struct recorder *recorder)
{
    struct timespec until;

    while (!recorder->has_ended) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += CLOSING_GRACE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&recorder->changed, &recorder->mutex, &until) == ETIMEDOUT)
            cancel_wait(recorder);
    }
}

void recorder_free(struct recorder *recorder)
{
    if (!recorder)
        return;
    pthread_mutex_lock(&recorder->mutex);
    recorder->is_closing = true;
    pthread_cond_signal(&recorder->wanted);
    wait_for_end(recorder);
    pthread_mutex_unlock(&recorder->mutex);
    pthread_join(recorder->thread, NULL);
    list_free(&recorder->owed);
    pthread_cond_destroy(&recorder->changed);
    pthread_cond_destroy(&recorder->wanted);
    pthread_mutex_destroy(&recorder->mutex);
    free(recorder);
}

void recorder_attach(struct recorder *recorder, struct store *store)
{
    recorder_flush(recorder);
    pthread_mutex_lock(&recorder->mutex);
    cancel_wait(recorder);
    recorder->wants_detach = true;
    pthread_cond_signal(&recorder->wanted);
    while (recorder->wants_detach)
        pthread_cond_wait(&recorder->changed, &recorder->mutex);
    recorder->store = store;
    pthread_mutex_unlock(&recorder->mutex);
}

void recorder_put(struct recorder *recorder, struct execution *execution)
{
    pthread_mutex_lock(&recorder->mutex);
    if (recorder->is_working && atomic_load(&recorder->is_long))
        keep_end(recorder, execution);
    list_append(&recorder->queued, execution);
    if (recorder->is_working && !recorder->is_unanswered && !recorder->is_yielding) {
        recorder->is_yielding = true;
        cancel_wait(recorder);
    }
    pthread_cond_signal(&recorder->wanted);
    pthread_mutex_unlock(&recorder->mutex);
}

bool recorder_record_now(struct recorder *recorder, struct execution *execution)
{
    struct error ignored = ERROR_INIT;
    bool is_begun;

    pthread_mutex_lock(&recorder->mutex);
    if (recorder->is_working || recorder->queued.first || recorder->owed.first ||
        recorder->wants_detach || recorder->is_closing) {
        pthread_mutex_unlock(&recorder->mutex);
        return false;
    }
    list_append(&recorder->batch, execution);
    start_turn(recorder, true);
    is_begun = begin(recorder, &ignored);
    if (is_begun)
        record_begun(recorder);
    else
        list_clear(&recorder->batch);
    end_turn(recorder);
    pthread_mutex_unlock(&recorder->mutex);
    return is_begun;
}

void recorder_flush(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->mutex);
    while (recorder->queued.first || recorder->is_unanswered)
        pthread_cond_wait(&recorder->changed, &recorder->mutex);
    pthread_mutex_unlock(&recorder->mutex);
}

bool recorder_is_settled(struct recorder *recorder)
{
    bool is_settled;

    pthread_mutex_lock(&recorder->mutex);
    is_settled = !recorder->is_working && !recorder->queued.first && !recorder->owed.first;
    pthread_mutex_unlock(&recorder->mutex);
    return is_settled;
}

void recorder_give_up(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->mutex);
    recorder->is_yielding = false;
    recorder->must_hurry = recorder->queued.first != NULL; /* its turn has not begun */
    cancel_wait(recorder);
    pthread_mutex_unlock(&recorder->mutex);
}
