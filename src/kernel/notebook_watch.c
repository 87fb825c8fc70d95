/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_watch: the thread and who waits for whom. All that is shared stands under one mutex; the
 * thread lets go of it while it works (notebook_turn).
 */
#include "kernel/notebook_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "kernel/notebook_watch_private.h"
#include "kernel/recorder.h"

/* The pause after a cell in which another one usually follows, if it does at all. */
#define PAUSE_MS 50
/* How long the record may make it wait before it is asked again. */
#define PAUSE_MAX_MS 1000
#define FIRST_CELL_MS 1000
#define CLOSING_MS 300

static void set_deadline(struct timespec *until, int milliseconds)
{
    clock_gettime(CLOCK_REALTIME, until);
    until->tv_nsec += (long)(milliseconds % 1000) * 1000000L;
    until->tv_sec += milliseconds / 1000 + until->tv_nsec / 1000000000L;
    until->tv_nsec %= 1000000000L;
}

/* With the mutex held. A commit goes on. */
static void stop_turn(struct notebook_watch *watch)
{
    if (!watch->is_working || watch->is_committing)
        return;
    atomic_store(&watch->stop, true);
    store_wake(watch->store);
}

void notebook_watch_set_view(struct notebook_watch *watch, struct notebook_view *view)
{
    notebook_view_unref(watch->view);
    watch->view = notebook_view_ref(view);
}

/* --- the thread ------------------------------------------------------------------------------- */

/* With the mutex held. */
static void run_turn(struct notebook_watch *watch)
{
    struct turn turn = {.watch = watch,
                        .known_key = xstrdup_or_null(watch->key),
                        .before = watch->view ? notebook_view_ref(watch->view) : NULL,
                        .is_last = watch->is_closing};
    bool is_done;

    watch->is_due = false;
    watch->is_working = true;
    atomic_store(&watch->stop, false);
    pthread_mutex_unlock(&watch->mutex);
    is_done = notebook_turn_work(&turn);
    pthread_mutex_lock(&watch->mutex);
    watch->is_working = false;
    watch->is_due = watch->is_due || !is_done;
    watch->is_first = false;
    pthread_cond_broadcast(&watch->changed);
}

/* Waits until nothing came for a while. False: something did, or the record is not made yet. */
static bool has_pause(struct notebook_watch *watch)
{
    struct timespec until;

    set_deadline(&until, watch->pause_ms);
    if (pthread_cond_timedwait(&watch->wanted, &watch->mutex, &until) != ETIMEDOUT) {
        watch->pause_ms = PAUSE_MS;
        return false;
    }
    if (!watch->recorder || recorder_is_settled(watch->recorder)) {
        watch->pause_ms = PAUSE_MS;
        return true;
    }
    watch->pause_ms = watch->pause_ms < PAUSE_MAX_MS ? 2 * watch->pause_ms : PAUSE_MAX_MS;
    return false;
}

static void *watch_main(void *argument)
{
    struct notebook_watch *watch = argument;

    pthread_mutex_lock(&watch->mutex);
    for (;;) {
        if (watch->is_first && watch->store)
            run_turn(watch);
        else if (watch->is_closing)
            break;
        else if (!watch->is_due || watch->has_cell || !watch->store)
            pthread_cond_wait(&watch->wanted, &watch->mutex);
        else if (has_pause(watch) && watch->is_due && !watch->has_cell && watch->store &&
                 !watch->is_closing)
            run_turn(watch);
    }
    if (watch->store && watch->is_due)
        run_turn(watch);
    watch->has_ended = true;
    pthread_cond_broadcast(&watch->changed);
    pthread_mutex_unlock(&watch->mutex);
    return NULL;
}

struct notebook_watch *notebook_watch_new(struct recorder *recorder)
{
    struct notebook_watch *watch = xcalloc(1, sizeof(*watch));

    pthread_mutex_init(&watch->mutex, NULL);
    pthread_cond_init(&watch->changed, NULL);
    pthread_cond_init(&watch->wanted, NULL);
    atomic_init(&watch->stop, false);
    watch->recorder = recorder;
    watch->pause_ms = PAUSE_MS;
    return watch;
}

/* Waits with the mutex held until the thread has done what is_first or is_closing asked for, or the
 * time is over. */
static bool wait_until(struct notebook_watch *watch, const bool *is_done, bool wanted,
                       int milliseconds)
{
    struct timespec until;

    set_deadline(&until, milliseconds);
    while (*is_done != wanted)
        if (pthread_cond_timedwait(&watch->changed, &watch->mutex, &until) == ETIMEDOUT)
            return *is_done == wanted;
    return true;
}

void notebook_watch_start(struct notebook_watch *watch, const struct notebook_facts *facts,
                          char **ret_key)
{
    pthread_mutex_lock(&watch->mutex);
    if (watch->has_thread) {
        *ret_key = xstrdup_or_null(watch->key);
        pthread_mutex_unlock(&watch->mutex);
        return;
    }
    watch->path = xstrdup(facts->path);
    watch->name = xstrdup(facts->name);
    watch->is_named = facts->is_named;
    watch->run_id = xstrdup(facts->run_id);
    watch->user = xstrdup(facts->user);
    watch->host = xstrdup(facts->host);
    watch->is_first = true;
    watch->has_cell = true;
    watch->has_thread = pthread_create(&watch->thread, NULL, watch_main, watch) == 0;
    if (!watch->has_thread)
        abort();
    if (!wait_until(watch, &watch->is_first, false, FIRST_CELL_MS))
        stop_turn(watch); /* it is done in the next pause */
    *ret_key = xstrdup_or_null(watch->key);
    pthread_mutex_unlock(&watch->mutex);
}

void notebook_watch_set_key(struct notebook_watch *watch, const char *key)
{
    pthread_mutex_lock(&watch->mutex);
    free(watch->key);
    watch->key = xstrdup(key);
    pthread_mutex_unlock(&watch->mutex);
}

char *notebook_watch_path(struct notebook_watch *watch)
{
    char *path;

    if (!watch)
        return NULL;
    pthread_mutex_lock(&watch->mutex);
    path = xstrdup_or_null(watch->path);
    pthread_mutex_unlock(&watch->mutex);
    return path;
}

void notebook_watch_attach(struct notebook_watch *watch, struct store *store)
{
    pthread_mutex_lock(&watch->mutex);
    stop_turn(watch);
    while (watch->is_working)
        pthread_cond_wait(&watch->changed, &watch->mutex);
    watch->store = store;
    pthread_cond_signal(&watch->wanted);
    pthread_mutex_unlock(&watch->mutex);
}

void notebook_watch_pause(struct notebook_watch *watch)
{
    if (!watch)
        return;
    pthread_mutex_lock(&watch->mutex);
    watch->recorder = NULL;
    watch->has_cell = true;
    stop_turn(watch);
    pthread_mutex_unlock(&watch->mutex);
}

/* Whether there is something to take in, with the mutex held. A view that has its text still was
 * read for a cell. */
static bool has_changed(const struct notebook_watch *watch)
{
    const struct notebook_view *view = watch->view;
    struct stat status;

    if (stat(watch->path, &status) < 0)
        return !watch->is_missed;
    return !view || view->is_fresh || view->text.size > 0 || !notebook_view_is_of(view, &status);
}

void notebook_watch_free(struct notebook_watch *watch)
{
    if (!watch)
        return;
    if (watch->has_thread) {
        pthread_mutex_lock(&watch->mutex);
        watch->is_due = watch->is_due || watch->has_failed || has_changed(watch);
        watch->is_closing = true;
        pthread_cond_signal(&watch->wanted);
        if (!wait_until(watch, &watch->has_ended, true, CLOSING_MS))
            stop_turn(watch);
        pthread_mutex_unlock(&watch->mutex);
        pthread_join(watch->thread, NULL);
    }
    notebook_view_unref(watch->view);
    free(watch->path);
    free(watch->name);
    free(watch->key);
    free(watch->run_id);
    free(watch->user);
    free(watch->host);
    pthread_cond_destroy(&watch->changed);
    pthread_cond_destroy(&watch->wanted);
    pthread_mutex_destroy(&watch->mutex);
    free(watch);
}

/* --- the worker's side ------------------------------------------------------------------------ */

void notebook_watch_cell_begins(struct notebook_watch *watch)
{
    if (!watch->has_thread)
        return;
    pthread_mutex_lock(&watch->mutex);
    watch->has_cell = true;
    stop_turn(watch);
    while (watch->is_committing)
        pthread_cond_wait(&watch->changed, &watch->mutex);
    pthread_mutex_unlock(&watch->mutex);
}

void notebook_watch_cell_ends(struct notebook_watch *watch)
{
    if (!watch->has_thread)
        return;
    pthread_mutex_lock(&watch->mutex);
    watch->has_cell = false;
    watch->is_due = watch->is_due || has_changed(watch);
    if (watch->is_due)
        pthread_cond_signal(&watch->wanted);
    pthread_mutex_unlock(&watch->mutex);
}

struct notebook_view *notebook_watch_view(struct notebook_watch *watch, bool must_be_current,
                                          const struct version_cells **ret_cells)
{
    struct notebook_view *view = NULL;
    struct error error = ERROR_INIT;
    struct stat status;

    *ret_cells = NULL;
    if (!watch->has_thread)
        return NULL;
    pthread_mutex_lock(&watch->mutex);
    if (must_be_current && stat(watch->path, &status) == 0 &&
        (!watch->view || !notebook_view_is_of(watch->view, &status))) {
        view = notebook_view_read(watch->path, &error);
        if (view && !view->notebook)
            log_warning("%s", error.message);
        if (view)
            notebook_watch_set_view(watch, view);
        notebook_view_unref(view);
    }
    view = watch->view ? notebook_view_ref(watch->view) : NULL;
    *ret_cells = view ? view->cells : NULL;
    pthread_mutex_unlock(&watch->mutex);
    return view;
}
