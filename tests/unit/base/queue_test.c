/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue: order, the descriptor, closing, and nothing lost among threads.
 */
#include "base/queue.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>

#include "tap.h"

#define PER_PRODUCER 20000
#define PRODUCERS 3
#define CONSUMERS 3

static bool is_readable(struct queue *queue)
{
    struct pollfd descriptor = {.fd = queue_descriptor(queue), .events = POLLIN};
    return poll(&descriptor, 1, 0) == 1 && (descriptor.revents & POLLIN);
}

static void test_order(void)
{
    static int items[100];
    struct queue *queue = queue_new();
    ok(!is_readable(queue), "an empty queue is not readable");
    ok(queue_try(queue) == NULL, "queue_try of an empty queue");
    /* Around the end of the ring, and through its growth. */
    for (int i = 0; i < 10; i++)
        ok(queue_put(queue, &items[i]), "put %d", i);
    for (int i = 0; i < 7; i++)
        ok(queue_take(queue) == &items[i], "take %d", i);
    for (int i = 10; i < 100; i++)
        if (!queue_put(queue, &items[i]))
            ok(false, "put %d", i);
    is_int(queue_count(queue), 93, "count");
    ok(is_readable(queue), "a filled queue is readable");
    int wrong = 0;
    for (int i = 7; i < 100; i++)
        wrong += queue_try(queue) != &items[i];
    is_int(wrong, 0, "first in, first out");
    ok(queue_try(queue) == NULL, "then nothing");
    ok(!is_readable(queue), "not readable when it was found empty again");
    queue_put(queue, &items[0]);
    ok(is_readable(queue), "readable again");
    queue_close(queue);
    queue_close(queue);
    ok(!queue_put(queue, &items[1]), "a closed queue takes nothing");
    ok(queue_take(queue) == &items[0], "what was inside comes out after closing");
    ok(queue_take(queue) == NULL, "then NULL at once");
    ok(is_readable(queue), "a closed queue stays readable");
    queue_free(queue);
    queue_free(NULL);
}

/* Who asks late is told what is inside. */
static void test_late_descriptor(void)
{
    static int item;
    struct queue *queue = queue_new();
    queue_put(queue, &item);
    ok(is_readable(queue), "readable though it was filled before anybody asked");
    queue_free(queue);
    queue = queue_new();
    queue_close(queue);
    ok(is_readable(queue), "and though it was closed before");
    queue_free(queue);
}

static void *produce(void *context)
{
    for (uintptr_t i = 1; i <= PER_PRODUCER; i++)
        queue_put(context, (void *)i);
    return NULL;
}

/* A reader that polls misses nothing, whoever puts in meanwhile. */
static void test_polled(void)
{
    pthread_t producers[PRODUCERS];
    uintptr_t total = 0, count = 0;
    struct queue *queue = queue_new();
    struct pollfd descriptor = {.fd = queue_descriptor(queue), .events = POLLIN};
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&producers[i], NULL, produce, queue);
    while (count < PRODUCERS * PER_PRODUCER && poll(&descriptor, 1, 10000) == 1)
        for (void *item; (item = queue_try(queue)); count++)
            total += (uintptr_t)item;
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    is_int(total, (long long)PRODUCERS * PER_PRODUCER * (PER_PRODUCER + 1) / 2, "all by poll");
    ok(!queue_try(queue) && !is_readable(queue), "and low at the end");
    queue_free(queue);
}

static void test_close_when_empty(void)
{
    struct queue *queue = queue_new();
    queue_close(queue);
    ok(is_readable(queue), "closing an empty queue makes it readable");
    ok(queue_try(queue) == NULL, "and gives nothing");
    queue_free(queue);
}

static void *consume(void *context)
{
    uintptr_t sum = 0;
    for (void *item; (item = queue_take(context));)
        sum += (uintptr_t)item;
    return (void *)sum;
}

static void test_threads(void)
{
    pthread_t producers[PRODUCERS], consumers[CONSUMERS];
    uintptr_t total = 0;
    struct queue *queue = queue_new();
    for (int i = 0; i < CONSUMERS; i++)
        pthread_create(&consumers[i], NULL, consume, queue);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&producers[i], NULL, produce, queue);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    queue_close(queue);
    for (int i = 0; i < CONSUMERS; i++) {
        void *sum;
        pthread_join(consumers[i], &sum);
        total += (uintptr_t)sum;
    }
    is_int(total, (long long)PRODUCERS * PER_PRODUCER * (PER_PRODUCER + 1) / 2,
           "every item came out once, and closing woke every taker");
    queue_free(queue);
}

int main(void)
{
    test_order();
    test_late_descriptor();
    test_polled();
    test_close_when_empty();
    test_threads();
    return done_testing();
}
