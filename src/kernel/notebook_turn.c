/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_turn: one look at the notebook's file, and taking it in. It runs on the watch's thread
 * and holds the watch's mutex only to read what was asked and to publish what was found.
 */
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "kernel/notebook_watch_private.h"

/* Reading a longer file may take longer than a kernel has to end: its next kernel takes it in. */
#define CLOSING_MAX_BYTES ((off_t)16 * 1024 * 1024)

/* Reads the file unless the view before shows it and its text is still there. False: nothing to
 * take in. */
static bool read_file(struct turn *turn, bool is_moved)
{
    struct notebook_watch *watch = turn->watch;
    struct notebook_view *before = turn->before;
    struct error error = ERROR_INIT;
    struct stat status;
    bool is_shown;

    if (stat(watch->path, &status) < 0 || (turn->is_last && status.st_size > CLOSING_MAX_BYTES))
        return false;
    is_shown = before && !before->is_fresh && notebook_view_is_of(before, &status);
    if (is_shown && !is_moved && (before->cells || !before->notebook))
        return false;
    if (is_shown && before->text.size > 0) {
        turn->view = notebook_view_ref(before);
        return true;
    }
    turn->view = notebook_view_read(watch->path, &error);
    if (!turn->view)
        return false;
    if (!turn->view->notebook)
        log_warning("%s", error.message);
    pthread_mutex_lock(&watch->mutex);
    notebook_watch_set_view(watch, turn->view);
    pthread_mutex_unlock(&watch->mutex);
    return turn->view->notebook != NULL;
}

/* --- taking it in ----------------------------------------------------------------------------- */

/* The keys of the view's cells, when its bytes are the newest version. */
static bool read_cells(struct turn *turn, struct error *error)
{
    struct notebook_version version;
    bool is_same;

    if (!store_version(turn->connection, turn->key, 0, &version, error))
        return false;
    is_same = strcmp(version.sha256, turn->sha256) == 0;
    turn->cells = is_same ? xcalloc(1, sizeof(*turn->cells)) : NULL;
    if (is_same &&
        !store_version_cells(turn->connection, turn->key, version.version, turn->cells, error)) {
        free(turn->cells);
        turn->cells = NULL;
        is_same = false;
    }
    notebook_version_release(&version);
    return is_same || error->code == ERROR_NONE;
}

static bool take(struct turn *turn, struct error *error)
{
    struct notebook_watch *watch = turn->watch;
    struct notebook_taken taken = {0};
    struct notebook_taking taking = {.name = watch->name,
                                     .path = watch->is_named ? NULL : watch->path,
                                     .text = strbuf_text(&turn->view->text),
                                     .size = turn->view->text.size,
                                     .sha256 = turn->sha256,
                                     .notebook = turn->view->notebook,
                                     .by_kernel = true,
                                     .run_id = watch->run_id,
                                     .user = watch->user,
                                     .host = watch->host,
                                     .at = timestamp_now()};

    if (!store_take_notebook(turn->connection, &taking, &taken, error))
        return false;
    turn->key = xstrdup(taken.key);
    if (taken.renamed_from)
        log_info("%s: the notebook that was %s", watch->name, taken.renamed_from);
    notebook_taken_release(&taken);
    return true;
}

/* A cell that came meanwhile goes first: it may be one that the store doesn't know. */
static bool may_commit(struct notebook_watch *watch, struct error *error)
{
    bool may;

    pthread_mutex_lock(&watch->mutex);
    may = !atomic_load(&watch->stop);
    watch->is_committing = may;
    pthread_mutex_unlock(&watch->mutex);
    return may || error_set(error, ERROR_INTERRUPTED, "a cell runs");
}

static bool take_begun(struct turn *turn, struct error *error)
{
    struct notebook_watch *watch = turn->watch;

    return take(turn, error) && read_cells(turn, error) && may_commit(watch, error) &&
           store_commit(turn->connection, error);
}

/* What the store knows already needs no lock. */
static bool take_in(struct turn *turn, bool is_moved, struct error *error)
{
    struct notebook_watch *watch = turn->watch;
    struct store_waiter waiter = {.is_cancelled = &watch->stop};
    bool is_known = false;

    sha256_hex(strbuf_text(&turn->view->text), turn->view->text.size, turn->sha256);
    if (!is_moved &&
        !store_has_newest(turn->connection, watch->name, turn->sha256, &is_known, error))
        return false;
    if (is_known)
        return store_notebook_key(turn->connection, watch->name, &turn->key, error) &&
               read_cells(turn, error);
    if (!store_begin(turn->connection, &waiter, error))
        return false;
    return take_begun(turn, error);
}

/* With the mutex held: what was found out, for the worker. */
static void publish(struct turn *turn)
{
    struct notebook_watch *watch = turn->watch;
    struct notebook_view *view = turn->view;

    if (!watch->key)
        watch->key = xstrdup(turn->key);
    if (strcmp(watch->key, turn->key) != 0) {
        log_info("%s: the record calls this notebook %s, the kernel %s", watch->path, turn->key,
                 watch->key);
    } else if (!view->cells && turn->cells && turn->cells->count == view->notebook->count) {
        view->cells = turn->cells;
        turn->cells = NULL;
    }
    notebook_view_slim(view);
}

static void turn_release(struct turn *turn)
{
    store_disconnect(turn->connection);
    notebook_view_unref(turn->before);
    notebook_view_unref(turn->view);
    if (turn->cells)
        version_cells_release(turn->cells);
    free(turn->cells);
    free(turn->known_key);
    free(turn->key);
}

bool notebook_turn_work(struct turn *turn)
{
    struct notebook_watch *watch = turn->watch;
    struct error error = ERROR_INIT;
    bool is_moved = false, is_taken = false;

    turn->connection = store_connect(watch->store, &error);
    if (turn->connection)
        store_stop_when(turn->connection, &watch->stop);
    if (turn->connection && notebook_follow(turn, &is_moved) && read_file(turn, is_moved))
        is_taken = take_in(turn, is_moved, &error);
    pthread_mutex_lock(&watch->mutex);
    watch->is_missed = !turn->view && !path_exists(watch->path);
    if (is_taken)
        publish(turn);
    else if (turn->view && error.code != ERROR_INTERRUPTED)
        notebook_view_slim(turn->view);
    watch->has_failed = error.code != ERROR_NONE;
    watch->is_committing = false;
    pthread_cond_broadcast(&watch->changed);
    pthread_mutex_unlock(&watch->mutex);
    /* Whoever waited for the commit goes on: the checkpoint that may follow delays nobody. */
    if (turn->connection)
        store_release(turn->connection);
    turn_release(turn);
    if (!turn->is_last)
        memory_give_back();
    if (error.code != ERROR_NONE && error.code != ERROR_INTERRUPTED)
        log_warning("%s", error.message);
    return error.code != ERROR_INTERRUPTED;
}
