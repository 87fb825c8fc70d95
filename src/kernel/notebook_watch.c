/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/notebook_watch.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/memory.h"
#include "kernel/recorder.h"

/* The pause after a cell in which another one usually follows, if it does at all. */
#define PAUSE_MS 50
/* How long the record may make it wait before it is asked again. */
#define PAUSE_MAX_MS 1000
#define FIRST_CELL_MS 1000
#define CLOSING_MS 300
/* Reading a longer file may take longer than a kernel has to end: its next kernel takes it in. */
#define CLOSING_MAX_BYTES ((off_t)16 * 1024 * 1024)

struct notebook_watch {
    pthread_t thread;
    pthread_mutex_t mutex;  /* guards all but what is the thread's own */
    pthread_cond_t changed; /* for those who wait for the thread */
    pthread_cond_t wanted;  /* for the thread */
    struct recorder *recorder;
    struct store *store;
    char *path, *name, *key; /* path and name change on the thread alone */
    char *run_id, *user, *host;
    bool is_named;
    bool has_thread, is_closing, has_ended;
    bool has_cell;      /* a cell runs */
    bool is_first;      /* the first cell waits for the thread */
    bool is_due;        /* the file is to be looked at */
    bool has_failed;    /* what was found last is not in the store */
    bool is_missed;     /* there is no file at the path, which is known by now */
    bool is_working;    /* uses the store */
    bool is_committing; /* can't be stopped any more */
    atomic_bool stop;   /* ends what the thread does with the store */
    struct notebook_view *view;
    /* the thread's own */
    int pause_ms;
};

/* What one turn of the thread works with. */
struct turn {
    struct notebook_watch *watch;
    char *known_key;              /* under which the kernel records, NULL = not known; owned */
    struct notebook_view *before; /* the newest one at the beginning; counted */
    struct notebook_view *view;   /* of what is taken in; counted */
    struct store_connection *connection;
    char *key;                   /* of the notebook that the file was taken in as; owned */
    struct version_cells *cells; /* owned */
    bool is_last;                /* the kernel ends */
};

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

/* --- which file ------------------------------------------------------------------------------- */

/* A renamed file is still the same one to the file system. NULL if it is not in its folder any
 * more; caller frees. */
static char *find_moved(const char *path, const struct stat *status)
{
    AUTO_FREE char *folder_path = path_directory(path);
    DIR *folder = opendir(folder_path);
    struct dirent *entry;
    struct stat other;
    char *found = NULL;

    while (folder && !found && (entry = readdir(folder))) {
        size_t size = strlen(entry->d_name);
        AUTO_FREE char *candidate = path_join(folder_path, entry->d_name);

        if (entry->d_ino == status->st_ino && entry->d_name[0] != '.' && size > 6 &&
            strcmp(entry->d_name + size - 6, ".ipynb") == 0 && stat(candidate, &other) == 0 &&
            other.st_dev == status->st_dev && other.st_ino == status->st_ino)
            found = xstrdup(candidate);
    }
    if (folder)
        closedir(folder);
    return found;
}

/* The path is gone: who took the file in under another name told the store. NULL if nobody did;
 * caller frees. */
static char *find_renamed(struct turn *turn)
{
    struct notebook_watch *watch = turn->watch;
    AUTO_FREE char *name = NULL;
    char *path;

    if (!turn->known_key || watch->is_named)
        return NULL;
    name = store_notebook_name(turn->connection, turn->known_key);
    if (!name || strcmp(name, watch->name) == 0)
        return NULL;
    path = path_join(store_directory(watch->store), name);
    if (path_is_file(path))
        return path;
    free(path);
    return NULL;
}

static void set_path(struct notebook_watch *watch, char *path)
{
    pthread_mutex_lock(&watch->mutex);
    free(watch->path);
    watch->path = path;
    if (!watch->is_named) {
        free(watch->name);
        watch->name = path_relative_inside(path, store_directory(watch->store));
    }
    pthread_mutex_unlock(&watch->mutex);
}

/* Follows a file whose path is gone. *ret_is_moved: it is another path now. False: there is none.
 */
static bool follow(struct turn *turn, bool *ret_is_moved)
{
    struct notebook_watch *watch = turn->watch;
    char *moved;

    *ret_is_moved = false;
    if (path_exists(watch->path))
        return true;
    moved = turn->before ? find_moved(watch->path, &turn->before->status) : NULL;
    if (!moved)
        moved = find_renamed(turn);
    if (!moved)
        return false;
    set_path(watch, moved);
    *ret_is_moved = true;
    return true;
}

static void set_view(struct notebook_watch *watch, struct notebook_view *view)
{
    notebook_view_unref(watch->view);
    watch->view = notebook_view_ref(view);
}

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
    set_view(watch, turn->view);
    pthread_mutex_unlock(&watch->mutex);
    return turn->view->notebook != NULL;
}

/* --- taking it in ----------------------------------------------------------------------------- */

/* The keys of the view's cells, when its bytes are the newest version. */
static bool read_cells(struct turn *turn, const char *sha256, struct error *error)
{
    struct notebook_version version;
    bool is_same;

    if (!store_version(turn->connection, turn->key, 0, &version, error))
        return false;
    is_same = strcmp(version.sha256, sha256) == 0;
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

static bool take_begun(struct turn *turn, const char *sha256, struct error *error)
{
    struct notebook_watch *watch = turn->watch;

    return take(turn, error) && read_cells(turn, sha256, error) && may_commit(watch, error) &&
           store_commit(turn->connection, error);
}

/* What the store knows already needs no lock. */
static bool take_in(struct turn *turn, bool is_moved, struct error *error)
{
    struct notebook_watch *watch = turn->watch;
    struct store_waiter waiter = {.is_cancelled = &watch->stop};
    char sha256[SHA256_HEX_SIZE];
    bool is_known = false;

    sha256_hex(strbuf_text(&turn->view->text), turn->view->text.size, sha256);
    if (!is_moved && !store_has_newest(turn->connection, watch->name, sha256, &is_known, error))
        return false;
    if (is_known)
        return store_notebook_key(turn->connection, watch->name, &turn->key, error) &&
               read_cells(turn, sha256, error);
    if (!store_begin(turn->connection, &waiter, error))
        return false;
    return take_begun(turn, sha256, error);
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

/* False when it was stopped and has to be done again. */
static bool work(struct turn *turn)
{
    struct notebook_watch *watch = turn->watch;
    struct error error = ERROR_INIT;
    bool is_moved = false, is_taken = false;

    turn->connection = store_connect(watch->store, &error);
    if (turn->connection)
        store_stop_when(turn->connection, &watch->stop);
    if (turn->connection && follow(turn, &is_moved) && read_file(turn, is_moved))
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
    if (error.code != ERROR_NONE && error.code != ERROR_INTERRUPTED)
        log_warning("%s", error.message);
    return error.code != ERROR_INTERRUPTED;
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
    is_done = work(&turn);
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
            set_view(watch, view);
        notebook_view_unref(view);
    }
    view = watch->view ? notebook_view_ref(watch->view) : NULL;
    *ret_cells = view ? view->cells : NULL;
    pthread_mutex_unlock(&watch->mutex);
    return view;
}
