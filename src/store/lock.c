/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock: an open-file-description lock with a turnstile; see lock.h.
 *
 * The process's share (`system`): FREE, then TAKEN by a try that does not sleep, or ASKED and then
 * TAKEN by the helper thread. Inside the process a list of tickets keeps the order; only the first
 * ticket deals with the operating system. What the helper gets when everybody has left the list,
 * it gives back at once.
 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

#define HOLDER_TEXT_SIZE 256
#define NOTICE_AFTER_US 1000000

enum { TURNSTILE = 0, LOCK = 1 };

struct ticket {
    struct ticket *next;
};

struct store_lock {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* for those who wait for the lock */
    pthread_cond_t asked;   /* for the helper */
    struct ticket *first;
    struct ticket **end;
    enum { FREE, ASKED, TAKEN } system;
    bool is_held; /* by a thread of this process; system is TAKEN */
    bool has_helper;
    bool is_closed;
    int failure; /* errno of the helper's attempt, for the first ticket */
    int descriptor;
    mode_t mode;
    char *path;
    char *subject;
    char name[sizeof(((struct store_holder *)NULL)->name)];
};

static int range_lock(int descriptor, int command, short type, off_t byte)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    int result;
    do
        result = fcntl(descriptor, command, &range);
    while (result < 0 && errno == EINTR);
    return result;
}

static int open_file(const char *path, mode_t mode)
{
    int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor >= 0 || errno != ENOENT)
        return descriptor;
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (descriptor < 0)
        return errno == EEXIST ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    /* The umask must not shut out those whom the store's own mode lets in. */
    if (fchmod(descriptor, mode) < 0) {
        int number = errno;
        close(descriptor);
        errno = number;
        return -1;
    }
    return descriptor;
}

static void free_lock(struct store_lock *lock)
{
    if (lock->descriptor >= 0)
        close(lock->descriptor);
    pthread_cond_destroy(&lock->changed);
    pthread_cond_destroy(&lock->asked);
    pthread_mutex_destroy(&lock->mutex);
    free(lock->path);
    free(lock->subject);
    free(lock);
}

struct store_lock *lock_open(const char *path, mode_t mode, const char *subject,
                             struct error *error)
{
    int descriptor = open_file(path, mode);
    if (descriptor < 0) {
        error_set_errno(error, errno, "%s: its lock file %s can't be opened", subject, path);
        return NULL;
    }
    struct store_lock *lock = xcalloc(1, sizeof(*lock));
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&lock->mutex, NULL);
    pthread_cond_init(&lock->changed, &attributes);
    pthread_cond_init(&lock->asked, &attributes);
    pthread_condattr_destroy(&attributes);
    lock->end = &lock->first;
    lock->descriptor = descriptor;
    lock->mode = mode;
    lock->path = xstrdup(path);
    lock->subject = xstrdup(subject);
    return lock;
}

void lock_close(struct store_lock *lock)
{
    if (!lock)
        return;
    pthread_mutex_lock(&lock->mutex);
    lock->is_closed = true;
    bool has_helper = lock->has_helper;
    if (lock->system == TAKEN) {
        range_lock(lock->descriptor, F_OFD_SETLK, F_UNLCK, LOCK);
        lock->system = FREE;
    }
    /* From here on the helper owns the lock's memory: it may be asleep in the system for long. */
    if (has_helper)
        pthread_cond_signal(&lock->asked);
    pthread_mutex_unlock(&lock->mutex);
    if (!has_helper)
        free_lock(lock);
}

void lock_set_name(struct store_lock *lock, const char *name)
{
    struct strbuf line = STRBUF_INIT;
    utf8_add_line(&line, name, strlen(name), 150);
    if (line.size >= sizeof(lock->name)) /* wide characters: cut where one begins */
        while (line.size >= sizeof(lock->name) || !utf8_is_valid(line.text, line.size))
            strbuf_truncate(&line, line.size - 1);
    pthread_mutex_lock(&lock->mutex);
    memcpy(lock->name, strbuf_text(&line), line.size + 1);
    pthread_mutex_unlock(&lock->mutex);
    strbuf_release(&line);
}

/* --- the holder's text --------------------------------------------------------------------- */

static void write_holder(const struct store_lock *lock)
{
    char text[HOLDER_TEXT_SIZE] = {0};
    snprintf(text, sizeof(text), "%lld %s\n", (long long)timestamp_now(), lock->name);
    /* Only words for people: a full disk must not keep anybody from the lock. */
    ssize_t written = pwrite(lock->descriptor, text, sizeof(text), 0);
    (void)written;
}

static void read_holder(const struct store_lock *lock, struct store_holder *ret_holder)
{
    memset(ret_holder, 0, sizeof(*ret_holder));
    char text[HOLDER_TEXT_SIZE + 1] = {0};
    ssize_t size = pread(lock->descriptor, text, HOLDER_TEXT_SIZE, 0);
    char *rest = text;
    long long since = size > 0 ? strtoll(text, &rest, 10) : 0;
    if (since > 0 && *rest == ' ') {
        ret_holder->since = since;
        size_t length = strcspn(++rest, "\n");
        AUTO_STRBUF line = STRBUF_MAX(sizeof(ret_holder->name) - 1);
        utf8_add_line(&line, rest, length, sizeof(ret_holder->name) - 1);
        memcpy(ret_holder->name, strbuf_text(&line), line.size + 1);
    }
    if (!ret_holder->name[0])
        memcpy(ret_holder->name, "another process", sizeof("another process"));
}

static bool busy_error(const struct store_lock *lock, struct error *error)
{
    struct store_holder holder;
    read_holder(lock, &holder);
    char since[TIMESTAMP_SIZE] = "an unknown time";
    if (holder.since)
        timestamp_format_local(holder.since, since);
    return error_set(error, ERROR_BUSY,
                     "%s: %s has been writing since %s; try again when it is done", lock->subject,
                     holder.name, since);
}

/* --- the operating system's lock ----------------------------------------------------------- */

/* One try that does not sleep. 0 when it was taken, EAGAIN when it must be waited for (the
 * turnstile may be ours then: the helper goes on from there), another errno on failure. */
static int try_system(struct store_lock *lock)
{
    if (range_lock(lock->descriptor, F_OFD_SETLK, F_WRLCK, TURNSTILE) < 0)
        return errno == EACCES ? EAGAIN : errno;
    if (range_lock(lock->descriptor, F_OFD_SETLK, F_WRLCK, LOCK) < 0)
        return errno == EACCES ? EAGAIN : errno;
    range_lock(lock->descriptor, F_OFD_SETLK, F_UNLCK, TURNSTILE);
    return 0;
}

static int wait_system(int descriptor)
{
    int number = 0;
    if (range_lock(descriptor, F_OFD_SETLKW, F_WRLCK, TURNSTILE) < 0 ||
        range_lock(descriptor, F_OFD_SETLKW, F_WRLCK, LOCK) < 0)
        number = errno;
    range_lock(descriptor, F_OFD_SETLK, F_UNLCK, TURNSTILE);
    return number;
}

static void *helper_run(void *argument)
{
    struct store_lock *lock = argument;
    pthread_mutex_lock(&lock->mutex);
    while (!lock->is_closed) {
        if (lock->system != ASKED) {
            pthread_cond_wait(&lock->asked, &lock->mutex);
            continue;
        }
        pthread_mutex_unlock(&lock->mutex);
        int number = wait_system(lock->descriptor);
        pthread_mutex_lock(&lock->mutex);
        lock->failure = number;
        lock->system = number ? FREE : TAKEN;
        if (!number && !lock->first) {
            range_lock(lock->descriptor, F_OFD_SETLK, F_UNLCK, LOCK);
            lock->system = FREE;
        }
        pthread_cond_broadcast(&lock->changed);
    }
    pthread_mutex_unlock(&lock->mutex);
    free_lock(lock);
    return NULL;
}

static bool ask_helper(struct store_lock *lock, struct error *error)
{
    if (!lock->has_helper) {
        /* Signals are for the main thread. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_t thread;
        int number = pthread_create(&thread, &attributes, helper_run, lock);
        pthread_attr_destroy(&attributes);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (number) {
            range_lock(lock->descriptor, F_OFD_SETLK, F_UNLCK, TURNSTILE);
            return error_set_errno(error, number, "%s: can't start a thread to wait for the lock",
                                   lock->subject);
        }
        lock->has_helper = true;
    }
    lock->system = ASKED;
    pthread_cond_signal(&lock->asked);
    return true;
}

/* Somebody removed the lock file: others would lock a new one. */
static bool is_stale(const struct store_lock *lock)
{
    struct stat status;
    return fstat(lock->descriptor, &status) == 0 && status.st_nlink == 0;
}

static bool reopen(struct store_lock *lock, struct error *error)
{
    int descriptor = open_file(lock->path, lock->mode);
    if (descriptor < 0)
        return error_set_errno(error, errno, "%s: its lock file %s can't be opened", lock->subject,
                               lock->path);
    close(lock->descriptor);
    lock->descriptor = descriptor;
    lock->system = FREE;
    return true;
}

/* --- taking and giving back ---------------------------------------------------------------- */

static void leave(struct store_lock *lock, struct ticket *ticket)
{
    struct ticket **link = &lock->first;
    while (*link != ticket)
        link = &(*link)->next;
    *link = ticket->next;
    if (!*link)
        lock->end = link;
    pthread_cond_broadcast(&lock->changed);
}

enum progress { PROGRESS_TAKEN, PROGRESS_WAIT, PROGRESS_AGAIN, PROGRESS_FAILED };

/* What the first ticket can do now. */
static enum progress advance(struct store_lock *lock, bool may_wait, struct error *error)
{
    if (lock->failure) {
        int number = lock->failure;
        lock->failure = 0;
        error_set_errno(error, number, "%s: can't lock %s", lock->subject, lock->path);
        return PROGRESS_FAILED;
    }
    if (lock->system == ASKED)
        return PROGRESS_WAIT;
    if (lock->system == FREE) {
        int number = try_system(lock);
        if (number == EAGAIN && may_wait)
            return ask_helper(lock, error) ? PROGRESS_WAIT : PROGRESS_FAILED;
        if (number) {
            range_lock(lock->descriptor, F_OFD_SETLK, F_UNLCK, TURNSTILE);
            if (number == EAGAIN)
                return PROGRESS_WAIT;
            error_set_errno(error, number, "%s: can't lock %s", lock->subject, lock->path);
            return PROGRESS_FAILED;
        }
        lock->system = TAKEN;
    }
    if (is_stale(lock))
        return reopen(lock, error) ? PROGRESS_AGAIN : PROGRESS_FAILED;
    return PROGRESS_TAKEN;
}

/* Sleeps until something changed or `until`, and says once who is in the way. */
static void sleep_until(struct store_lock *lock, const struct store_waiter *waiter,
                        int64_t started_at, int64_t until, bool *was_told)
{
    bool may_tell = waiter && waiter->on_wait && !*was_told;
    int64_t notice_at = started_at + NOTICE_AFTER_US;
    if (may_tell && monotonic_us() >= notice_at) {
        struct store_holder holder;
        read_holder(lock, &holder);
        *was_told = true;
        pthread_mutex_unlock(&lock->mutex);
        waiter->on_wait(waiter->context, &holder);
        pthread_mutex_lock(&lock->mutex);
        return;
    }
    if (may_tell && notice_at < until)
        until = notice_at;
    if (until == INT64_MAX) {
        pthread_cond_wait(&lock->changed, &lock->mutex);
        return;
    }
    struct timespec time = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};
    pthread_cond_timedwait(&lock->changed, &lock->mutex, &time);
}

static bool take_in_turn(struct store_lock *lock, const struct ticket *ticket,
                         const struct store_waiter *waiter, int64_t timeout_us, struct error *error)
{
    int64_t started_at = monotonic_us();
    int64_t until = timeout_us == LOCK_FOREVER ? INT64_MAX : started_at + timeout_us;
    bool was_told = false;
    for (;;) {
        if (lock->first == ticket && !lock->is_held) {
            enum progress progress = advance(lock, timeout_us != 0, error);
            if (progress == PROGRESS_TAKEN)
                return true;
            if (progress == PROGRESS_FAILED)
                return false;
            if (progress == PROGRESS_AGAIN)
                continue;
        }
        if (waiter && waiter->is_cancelled && atomic_load(waiter->is_cancelled))
            return error_set(error, ERROR_INTERRUPTED, "%s: the wait for the lock was interrupted",
                             lock->subject);
        if (until != INT64_MAX && monotonic_us() >= until)
            return busy_error(lock, error);
        sleep_until(lock, waiter, started_at, until, &was_told);
    }
}

bool lock_take(struct store_lock *lock, const struct store_waiter *waiter, int64_t timeout_us,
               struct error *error)
{
    struct ticket ticket = {NULL};
    pthread_mutex_lock(&lock->mutex);
    *lock->end = &ticket;
    lock->end = &ticket.next;
    bool is_taken = take_in_turn(lock, &ticket, waiter, timeout_us, error);
    if (is_taken) {
        lock->is_held = true;
        write_holder(lock);
    }
    leave(lock, &ticket);
    /* The helper may have got it for a ticket that has just been given up. */
    if (!is_taken && !lock->first && !lock->is_held && lock->system == TAKEN) {
        range_lock(lock->descriptor, F_OFD_SETLK, F_UNLCK, LOCK);
        lock->system = FREE;
    }
    pthread_mutex_unlock(&lock->mutex);
    return is_taken;
}

void lock_give(struct store_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    range_lock(lock->descriptor, F_OFD_SETLK, F_UNLCK, LOCK);
    lock->system = FREE;
    lock->is_held = false;
    pthread_cond_broadcast(&lock->changed);
    pthread_mutex_unlock(&lock->mutex);
}

void lock_wake(struct store_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    pthread_cond_broadcast(&lock->changed);
    pthread_mutex_unlock(&lock->mutex);
}
