/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one line, one write, never a wait (J-242).
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/timestamp.h"
#include "base/utf8.h"

/* With the line end below PIPE_BUF, so that lines of several kernels in one pipe do not mix. */
#define LINE_BYTES 4000
#define LINE_COLUMNS 2000

_Static_assert(LINE_BYTES < PIPE_BUF, "a log line must be one atomic write");

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static struct {
    pthread_mutex_t mutex;
    enum log_level level;
    int descriptor; /* -1 = nobody to write to */
    uint64_t dropped;
} log_state = {
    .mutex = PTHREAD_MUTEX_INITIALIZER, .level = LOG_WARNING, .descriptor = STDERR_FILENO};

/* A pipe is opened once more without blocking: the flag of descriptor 2 itself belongs to every
 * process that shares it. */
static int open_standard_error(void)
{
    struct stat status;
    if (fstat(STDERR_FILENO, &status) < 0)
        return -1; /* closed at the start: a file that gets the number 2 later is not ours to write
                      to */
    if (S_ISFIFO(status.st_mode)) {
        int descriptor = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (descriptor >= 0)
            return descriptor;
    }
    return STDERR_FILENO;
}

void log_init(void)
{
    if (log_state.descriptor > STDERR_FILENO)
        close(log_state.descriptor);
    log_state.descriptor = open_standard_error();
    log_state.level = LOG_WARNING;
    const char *wanted = getenv("RSCN_LOG");
    if (!wanted || !*wanted)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
        if (strcasecmp(wanted, level_names[i]) == 0) {
            log_state.level = (enum log_level)i;
            return;
        }
    }
    log_warning("RSCN_LOG=%s: no such level; use error, warning, info or debug", wanted);
}

/* Under the mutex. False when the line was not taken. */
static bool write_line(const char *text, size_t size)
{
    struct pollfd ready = {.fd = log_state.descriptor, .events = POLLOUT};
    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
        return false;
    ssize_t written;
    do
        written = write(log_state.descriptor, text, size);
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)size;
}

static void add_head(struct strbuf *line, enum log_level level)
{
    char now[TIMESTAMP_SIZE];
    timestamp_format_rfc3339(timestamp_now(), now);
    strbuf_addf(line, "rscn[%ld] %s %s: ", (long)getpid(), now, level_names[level]);
}

static void end_line(struct strbuf *line)
{
    if (line->size > LINE_BYTES) {
        size_t end = LINE_BYTES;
        while (end > 0 && ((unsigned char)line->text[end] & 0xc0) == 0x80)
            end--;
        strbuf_truncate(line, end);
    }
    strbuf_add_char(line, '\n');
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > log_state.level || log_state.descriptor < 0)
        return;
    int saved_errno = errno;
    AUTO_STRBUF text = STRBUF_MAX(4 * LINE_BYTES);
    va_list arguments;
    va_start(arguments, format);
    strbuf_vaddf(&text, format, arguments);
    va_end(arguments);
    while (text.size > 0 && text.text[text.size - 1] == '\n')
        strbuf_truncate(&text, text.size - 1);
    AUTO_STRBUF line = STRBUF_INIT;
    add_head(&line, level);
    utf8_add_line(&line, strbuf_text(&text), text.size, LINE_COLUMNS);
    end_line(&line);

    pthread_mutex_lock(&log_state.mutex);
    if (log_state.dropped > 0) {
        AUTO_STRBUF note = STRBUF_INIT;
        add_head(&note, LOG_WARNING);
        strbuf_addf(&note, "%llu log lines were dropped: nobody read standard error",
                    (unsigned long long)log_state.dropped);
        end_line(&note);
        if (write_line(note.text, note.size))
            log_state.dropped = 0;
    }
    if (log_state.dropped > 0 || !write_line(line.text, line.size))
        log_state.dropped++;
    pthread_mutex_unlock(&log_state.mutex);
    errno = saved_errno;
}
