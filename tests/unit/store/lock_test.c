/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock: exclusion and order among threads and processes, cancelling, what others read of the
 * holder, and that it dies with its process. Who must come second is first seen to wait.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "store/lock.h"
#include "store_fixture.h"

static const char *lock_path;

static struct store_lock *open_one(void)
{
    struct error error = ERROR_INIT;
    struct store_lock *lock = lock_open(lock_path, 0600, "STORE", &error);
    if (!lock)
        bail_out("%s", error.message);
    return lock;
}

static void wait_pipe(int descriptor)
{
    char byte;
    if (read(descriptor, &byte, 1) != 1)
        bail_out("the other process is gone");
}

static void tell_pipe(int descriptor)
{
    if (write(descriptor, "x", 1) != 1)
        _exit(9);
}

/* Whether somebody holds the byte (0 turnstile, 1 lock); a wait for a place in the queue ends when
 * the turnstile is taken. */
static bool is_byte_taken(off_t byte)
{
    int descriptor = open(lock_path, O_RDWR | O_CLOEXEC);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    bool is_taken = fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    close(descriptor);
    return is_taken;
}

static void wait_until_taken(off_t byte)
{
    while (!is_byte_taken(byte))
        sched_yield();
}

static void test_plain(void)
{
    struct error error = ERROR_INIT;
    struct store_lock *one = open_one();
    struct store_lock *two = open_one();
    struct stat status;
    ok(stat(lock_path, &status) == 0 && (status.st_mode & 0777) == 0600, "0600");
    lock_set_name(one, "kernel 1 of alice\n\033[31m (tour.ipynb)");
    ok(lock_take(one, NULL, LOCK_FOREVER, &error), "taken");
    ok(!lock_take(two, NULL, 0, &error), "not by two at once, also in one process");
    is_int(error.code, ERROR_BUSY, "busy");
    contains(error.message, "STORE: kernel 1 of alice", "names the holder");
    ok(!strpbrk(error.message, "\n\033"), "in one line, without escapes");
    ok(!is_byte_taken(0), "a try leaves the turnstile free");
    lock_give(one);
    ok(lock_take(two, NULL, 0, &error), "taken at once when free");
    lock_give(two);
    ok(lock_take(one, NULL, LOCK_FOREVER, &error), "taken again");
    ok(!lock_take(two, NULL, 20000, &error) && error.code == ERROR_BUSY, "a wait that ends");
    lock_give(one);
    ok(lock_take(one, NULL, LOCK_FOREVER, &error), "its place in the queue is given up");
    lock_close(one);
    ok(lock_take(two, NULL, LOCK_FOREVER, &error), "closing gives it back");
    lock_give(two);
    lock_close(two);
}

static void test_dies_with_process(void)
{
    int ready[2];
    struct error error = ERROR_INIT;
    if (pipe(ready) < 0)
        bail_out("pipe");
    pid_t child = fork();
    if (child == 0) {
        struct store_lock *lock = open_one();
        if (!lock_take(lock, NULL, LOCK_FOREVER, NULL))
            _exit(1);
        tell_pipe(ready[1]);
        pause();
    }
    wait_pipe(ready[0]);
    struct store_lock *lock = open_one();
    ok(!lock_take(lock, NULL, 0, &error), "another process holds it");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ok(lock_take(lock, NULL, LOCK_FOREVER, &error), "free after kill -9 (L-10)");
    lock_give(lock);
    lock_close(lock);
}

struct seeker {
    struct store_lock *lock;
    struct store_waiter waiter;
    atomic_bool is_cancelled;
    atomic_bool is_done;
    bool has_taken;
    struct error error;
    pthread_t thread;
};

static void *seek(void *argument)
{
    struct seeker *seeker = argument;
    seeker->has_taken = lock_take(seeker->lock, &seeker->waiter, LOCK_FOREVER, &seeker->error);
    atomic_store(&seeker->is_done, true);
    if (seeker->has_taken)
        lock_give(seeker->lock);
    return NULL;
}

static void start_seeker(struct seeker *seeker, struct store_lock *lock)
{
    memset(seeker, 0, sizeof(*seeker));
    seeker->lock = lock;
    seeker->waiter.is_cancelled = &seeker->is_cancelled;
    if (pthread_create(&seeker->thread, NULL, seek, seeker) != 0)
        bail_out("thread");
}

static void test_cancel(void)
{
    struct store_lock *holder = open_one();
    struct store_lock *lock = open_one();
    struct error error = ERROR_INIT;
    struct seeker seeker, other;
    ok(lock_take(holder, NULL, LOCK_FOREVER, &error), "held");
    start_seeker(&seeker, lock);
    wait_until_taken(0);
    start_seeker(&other, lock);
    ok(!atomic_load(&seeker.is_done), "waits");
    atomic_store(&seeker.is_cancelled, true);
    lock_wake(lock);
    pthread_join(seeker.thread, NULL);
    ok(!seeker.has_taken, "the wait was cancelled");
    is_int(seeker.error.code, ERROR_INTERRUPTED, "code");
    lock_give(holder);
    pthread_join(other.thread, NULL);
    ok(other.has_taken, "who waited behind it gets it");

    /* Nobody waits any more when the lock comes: it is given back. */
    ok(lock_take(holder, NULL, LOCK_FOREVER, &error), "held again");
    start_seeker(&seeker, lock);
    wait_until_taken(0);
    atomic_store(&seeker.is_cancelled, true);
    lock_wake(lock);
    pthread_join(seeker.thread, NULL);
    lock_give(holder);
    ok(lock_take(holder, NULL, LOCK_FOREVER, &error), "what nobody wants is given back");
    lock_give(holder);

    /* Closing while the helper still sleeps in the system. */
    ok(lock_take(holder, NULL, LOCK_FOREVER, &error), "held");
    start_seeker(&seeker, lock);
    wait_until_taken(0);
    atomic_store(&seeker.is_cancelled, true);
    lock_wake(lock);
    pthread_join(seeker.thread, NULL);
    lock_close(lock);
    lock_give(holder);
    ok(lock_take(holder, NULL, LOCK_FOREVER, &error), "a closed lock takes nothing");
    lock_give(holder);
    lock_close(holder);
}

struct notice {
    struct store_holder holder;
    int count;
    struct store_lock *held;
};

static void tell(void *context, const struct store_holder *holder)
{
    struct notice *notice = context;
    notice->holder = *holder;
    notice->count++;
    lock_give(notice->held);
}

static void test_notice(void)
{
    struct store_lock *holder = open_one();
    struct store_lock *lock = open_one();
    struct error error = ERROR_INIT;
    struct notice notice = {.held = holder};
    struct store_waiter waiter = {.on_wait = tell, .context = &notice};
    lock_set_name(holder, "kernel 7");
    timestamp_us before = timestamp_now();
    ok(lock_take(holder, NULL, LOCK_FOREVER, &error), "held");
    int64_t started_at = monotonic_us();
    ok(lock_take(lock, &waiter, LOCK_FOREVER, &error), "taken in the end");
    ok(monotonic_us() - started_at >= 1000000, "told after a second");
    is_int(notice.count, 1, "once");
    is_str(notice.holder.name, "kernel 7", "who");
    ok(notice.holder.since >= before, "since when");
    lock_give(lock);
    lock_close(lock);
    lock_close(holder);
}

static void test_order_of_processes(void)
{
    int ready[2], order[2], done[2];
    struct error error = ERROR_INIT;
    if (pipe(ready) < 0 || pipe(order) < 0 || pipe(done) < 0)
        bail_out("pipe");
    struct store_lock *lock = open_one();
    ok(lock_take(lock, NULL, LOCK_FOREVER, &error), "held");
    pid_t child = fork();
    if (child == 0) {
        struct store_lock *own = open_one();
        if (!lock_take(own, NULL, LOCK_FOREVER, NULL) || write(order[1], "c", 1) != 1)
            _exit(1);
        lock_give(own);
        tell_pipe(done[1]);
        _exit(0);
    }
    wait_until_taken(0);
    /* Giving it back and asking again at once does not overtake who waits. */
    lock_give(lock);
    ok(lock_take(lock, NULL, LOCK_FOREVER, &error), "taken again");
    if (write(order[1], "p", 1) != 1)
        bail_out("write");
    lock_give(lock);
    wait_pipe(done[0]);
    waitpid(child, NULL, 0);
    char text[3] = "";
    is_int(read(order[0], text, 2), 2, "both had it");
    is_str(text, "cp", "first come, first served");
    lock_close(lock);
}

static void test_removed_file(void)
{
    struct store_lock *one = open_one();
    struct store_lock *two;
    struct error error = ERROR_INIT;
    unlink(lock_path);
    ok(lock_take(one, NULL, LOCK_FOREVER, &error), "taken although the lock file was removed");
    two = open_one();
    ok(!lock_take(two, NULL, 0, &error), "on the file that others see");
    lock_give(one);
    lock_close(one);
    lock_close(two);
}

/* --- many at once: a counter that only the lock protects ------------------------------------- */

struct shared {
    struct store_lock *lock;
    atomic_long *counter;
    int rounds;
};

static void *count_up(void *argument)
{
    struct shared *shared = argument;
    for (int i = 0; i < shared->rounds; i++) {
        if (!lock_take(shared->lock, NULL, LOCK_FOREVER, NULL))
            return shared;
        long value = atomic_load_explicit(shared->counter, memory_order_relaxed);
        sched_yield();
        atomic_store_explicit(shared->counter, value + 1, memory_order_relaxed);
        lock_give(shared->lock);
    }
    return NULL;
}

static void test_many_threads(void)
{
    atomic_long counter = 0;
    struct store_lock *locks[2] = {open_one(), open_one()};
    struct shared shared[2] = {{locks[0], &counter, 200}, {locks[1], &counter, 200}};
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        if (pthread_create(&threads[i], NULL, count_up, &shared[i % 2]) != 0)
            bail_out("thread");
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    is_int(counter, 1200, "6 threads on 2 descriptors exclude each other");
    lock_close(locks[0]);
    lock_close(locks[1]);
}

static void test_many_processes(void)
{
    const char *path = in_folder("counter");
    write_text(path, "0");
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct store_lock *lock = open_one();
            for (int round = 0; round < 100; round++) {
                char text[32] = "";
                if (!lock_take(lock, NULL, LOCK_FOREVER, NULL))
                    _exit(1);
                int descriptor = open(path, O_RDWR);
                if (pread(descriptor, text, sizeof(text) - 1, 0) < 0)
                    _exit(1);
                int size = snprintf(text, sizeof(text), "%ld", strtol(text, NULL, 10) + 1);
                if (pwrite(descriptor, text, (size_t)size, 0) != size)
                    _exit(1);
                close(descriptor);
                lock_give(lock);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++)
        waitpid(children[i], NULL, 0);
    char text[32] = "";
    int descriptor = open(path, O_RDONLY);
    ok(read(descriptor, text, sizeof(text) - 1) > 0, "counter");
    close(descriptor);
    is_str(text, "400", "4 processes exclude each other");
}

int main(void)
{
    fixture_start();
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", in_folder("x.db-lock"));
    lock_path = path;
    test_plain();
    test_dies_with_process();
    test_cancel();
    test_notice();
    test_order_of_processes();
    test_removed_file();
    test_many_threads();
    test_many_processes();
    return done_testing();
}
