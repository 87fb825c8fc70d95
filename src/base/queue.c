/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue: a ring of pointers under a mutex. The eventfd is raised when something is put in (or the
 * queue is closed) while it is low, and lowered when queue_try finds nothing: a burst costs two
 * system calls.
 *
 * Waking comes after the mutex is free again: whoever wakes up wants it first of all. So is_raised
 * says that the eventfd is raised or will be at once; what finds the queue empty in between leaves
 * it so, and looks once more.
 */
#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"

#define FIRST_CAPACITY 16

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    void **items; /* ring */
    size_t capacity;
    size_t first;
    size_t count;
    bool is_closed;
    bool is_raised;
    int descriptor; /* -1 until somebody asks for it */
};

struct queue *queue_new(void)
{
    struct queue *queue = xcalloc(1, sizeof(*queue));
    queue->descriptor = -1;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->filled, NULL);
    return queue;
}

void queue_free(struct queue *queue)
{
    if (!queue)
        return;
    if (queue->descriptor >= 0)
        close(queue->descriptor);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->items);
    free(queue);
}

/* Under the mutex: whether the caller must raise the descriptor once it is free. */
static bool must_raise(struct queue *queue)
{
    if (queue->descriptor < 0 || queue->is_raised)
        return false;
    queue->is_raised = true;
    return true;
}

static void raise_descriptor(struct queue *queue)
{
    const uint64_t one = 1;
    while (write(queue->descriptor, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void lower_descriptor(struct queue *queue)
{
    uint64_t value;
    ssize_t size;
    if (!queue->is_raised)
        return;
    while ((size = read(queue->descriptor, &value, sizeof(value))) < 0 && errno == EINTR)
        ;
    queue->is_raised = size < 0;
}

static void grow(struct queue *queue)
{
    size_t capacity = queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
    void **items = xreallocarray(NULL, capacity, sizeof(*items));
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->first + i) % queue->capacity];
    free(queue->items);
    queue->items = items;
    queue->capacity = capacity;
    queue->first = 0;
}

/* Under the mutex, with at least one item. */
static void *take_first(struct queue *queue)
{
    void *item = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    return item;
}

bool queue_put(struct queue *queue, void *item)
{
    bool raises = false;
    pthread_mutex_lock(&queue->mutex);
    bool is_open = !queue->is_closed;
    if (is_open) {
        if (queue->count == queue->capacity)
            grow(queue);
        queue->items[(queue->first + queue->count) % queue->capacity] = item;
        queue->count++;
        raises = must_raise(queue);
    }
    pthread_mutex_unlock(&queue->mutex);
    if (raises)
        raise_descriptor(queue);
    if (is_open)
        pthread_cond_signal(&queue->filled);
    return is_open;
}

void *queue_take(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->count == 0 && !queue->is_closed)
        pthread_cond_wait(&queue->filled, &queue->mutex);
    void *item = queue->count ? take_first(queue) : NULL;
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

void *queue_try(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    void *item = queue->count ? take_first(queue) : NULL;
    if (!item && !queue->is_closed)
        lower_descriptor(queue);
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

size_t queue_count(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->mutex);
    return count;
}

void queue_close(struct queue *queue)
{
    bool raises = false;
    pthread_mutex_lock(&queue->mutex);
    if (!queue->is_closed) {
        queue->is_closed = true;
        raises = must_raise(queue);
        pthread_cond_broadcast(&queue->filled);
    }
    pthread_mutex_unlock(&queue->mutex);
    if (raises)
        raise_descriptor(queue);
}

int queue_descriptor(struct queue *queue)
{
    bool raises = false;
    pthread_mutex_lock(&queue->mutex);
    if (queue->descriptor < 0) {
        queue->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        /* No descriptor left is like no memory left. */
        if (queue->descriptor < 0)
            abort();
        raises = (queue->count > 0 || queue->is_closed) && must_raise(queue);
    }
    pthread_mutex_unlock(&queue->mutex);
    if (raises)
        raise_descriptor(queue);
    return queue->descriptor;
}
