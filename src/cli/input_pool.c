/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input_pool: a thread takes the next number and room for that file in one turn, so room is given
 * in the order in which the files are wanted, and whoever wants the next one never waits for one
 * that has no room.
 */
#include "cli/input_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/timestamp.h"

/* Bytes of files that are held at the same time; one larger file may be held alone. */
#define MOST_HELD ((size_t)64 << 20)
/* What a file of no size counts for. */
#define ITEM_BYTES ((size_t)32 << 10)

struct input_pool {
    struct input_pool_options options;
    struct store_files store_files;
    pthread_t *threads;
    size_t thread_count;
    pthread_mutex_t turn; /* before mutex: taking a number and room for it */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* guarded by the mutex */
    struct input_item **ready; /* by number; NULL = not ready */
    size_t next;               /* number that will be read next */
    size_t given;              /* number that will be handed over next */
    size_t held;               /* bytes */
    bool is_stopped;
};

/* --- one file ------------------------------------------------------------------------------ */

static void name_input(const struct input_pool *pool, struct input_item *item)
{
    const struct notebook_file *file = item->file;
    if (strcmp(file->path, "-") != 0)
        item->input.path = xstrdup(file->path);
    item->input.has_given_name = pool->options.name != NULL;
    item->input.name = pool->options.name
                           ? xstrdup(pool->options.name)
                           : path_relative_inside(file->path, store_directory(pool->options.store));
}

static bool work(const struct input_pool *pool, struct store_connection *connection,
                 struct input_item *item)
{
    struct notebook_input *input = &item->input;
    struct error *error = &item->error;
    if (item->file->problem)
        return error_set(error, ERROR_NOT_FOUND, "%s", item->file->problem);
    if (!notebook_input_read(input, &pool->store_files, error))
        return false;
    if (!notebook_input_convert(input, connection, error))
        return false;
    if (pool->options.only_hashed)
        return true;
    if (pool->options.check_all && !notebook_input_parse(input, error))
        return false;
    item->is_store_failure =
        !store_has_newest(connection, input->name, input->sha256, &item->is_unchanged, error);
    if (item->is_store_failure)
        return false;
    return item->is_unchanged || input->notebook || notebook_input_parse(input, error);
}

/* What it would hold until it is given back and is not needed any more. */
static void trim(const struct input_pool *pool, struct input_item *item)
{
    if (!pool->options.only_hashed && !item->is_failed && !item->is_unchanged)
        return;
    notebook_free(item->input.notebook);
    item->input.notebook = NULL;
    free(item->input.text);
    item->input.text = NULL;
}

/* --- threads ------------------------------------------------------------------------------- */

/* The number of the next file with room for it; false when there is none any more. */
static bool take_turn(struct input_pool *pool, size_t *ret_number, size_t *ret_held)
{
    pthread_mutex_lock(&pool->turn);
    pthread_mutex_lock(&pool->mutex);
    size_t number = pool->next;
    bool is_taken = !pool->is_stopped && number < pool->options.files->count;
    pthread_mutex_unlock(&pool->mutex);
    if (is_taken) {
        int64_t size = notebook_input_size(pool->options.files->files[number].path);
        *ret_held = ITEM_BYTES + (size > 0 ? (size_t)size : 0);
        *ret_number = number;
        pthread_mutex_lock(&pool->mutex);
        while (pool->held > 0 && pool->held + *ret_held > MOST_HELD && !pool->is_stopped)
            pthread_cond_wait(&pool->changed, &pool->mutex);
        is_taken = !pool->is_stopped;
        pool->held += is_taken ? *ret_held : 0;
        pool->next += is_taken;
        pthread_mutex_unlock(&pool->mutex);
    }
    pthread_mutex_unlock(&pool->turn);
    return is_taken;
}

static void *read_files(void *context)
{
    struct input_pool *pool = context;
    struct error error = ERROR_INIT;
    size_t number, held;
    struct store_connection *connection = store_connect(pool->options.store, &error);
    while (take_turn(pool, &number, &held)) {
        struct input_item *item = xcalloc(1, sizeof(*item));
        item->file = &pool->options.files->files[number];
        item->held = held;
        name_input(pool, item);
        item->is_store_failure = !connection;
        item->is_failed = item->is_store_failure ? !error_copy(&item->error, &error)
                                                 : !work(pool, connection, item);
        trim(pool, item);
        pthread_mutex_lock(&pool->mutex);
        pool->ready[number] = item;
        pthread_cond_broadcast(&pool->changed);
        pthread_mutex_unlock(&pool->mutex);
    }
    store_disconnect(connection);
    return NULL;
}

struct input_pool *input_pool_start(const struct input_pool_options *options, struct error *error)
{
    struct input_pool *pool = xcalloc(1, sizeof(*pool));
    const size_t jobs =
        options->jobs < options->files->count ? options->jobs : options->files->count;
    pthread_condattr_t monotonic;
    pool->options = *options;
    store_files_find(options->store, &pool->store_files);
    pool->ready = xcalloc(options->files->count + 1, sizeof(struct input_item *));
    pool->threads = xcalloc(jobs + 1, sizeof(*pool->threads));
    pthread_mutex_init(&pool->turn, NULL);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    while (pool->thread_count < jobs) {
        int number = pthread_create(&pool->threads[pool->thread_count], NULL, read_files, pool);
        if (number == 0) {
            pool->thread_count++;
        } else if (pool->thread_count > 0) {
            break;
        } else {
            error_set_errno(error, number, "no thread can be made; end other processes first");
            input_pool_free(pool);
            return NULL;
        }
    }
    return pool;
}

struct input_item *input_pool_next(struct input_pool *pool, int64_t timeout_us)
{
    const int64_t until = monotonic_us() + timeout_us;
    const struct timespec deadline = {.tv_sec = (time_t)(until / 1000000),
                                      .tv_nsec = (long)(until % 1000000) * 1000};
    struct input_item *item = NULL;
    int waited = 0;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->is_stopped && pool->given < pool->options.files->count &&
           !pool->ready[pool->given] && waited != ETIMEDOUT) {
        if (timeout_us < 0)
            pthread_cond_wait(&pool->changed, &pool->mutex);
        else
            waited = pthread_cond_timedwait(&pool->changed, &pool->mutex, &deadline);
    }
    if (!pool->is_stopped && pool->given < pool->options.files->count) {
        item = pool->ready[pool->given];
        pool->ready[pool->given] = NULL;
        pool->given += item != NULL;
    }
    pthread_mutex_unlock(&pool->mutex);
    return item;
}

static void item_free(struct input_item *item)
{
    if (!item)
        return;
    notebook_input_release(&item->input);
    free(item);
}

void input_pool_return(struct input_pool *pool, struct input_item *item)
{
    const size_t held = item->held;
    item_free(item);
    pthread_mutex_lock(&pool->mutex);
    pool->held -= held;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
}

void input_pool_stop(struct input_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->is_stopped = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
}

void input_pool_free(struct input_pool *pool)
{
    if (!pool)
        return;
    input_pool_stop(pool);
    for (size_t i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    for (size_t i = 0; i < pool->options.files->count; i++)
        item_free(pool->ready[i]);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mutex);
    pthread_mutex_destroy(&pool->turn);
    free(pool->threads);
    free(pool->ready);
    free(pool);
}
