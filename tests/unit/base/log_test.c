/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: levels, one line per call, and J-242: a pipe that nobody reads stops nothing.
 */
#include "base/log.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/utf8.h"
#include "tap.h"

static int reading_end = -1;

/* Standard error becomes the end of a pipe or of a socket pair. */
static void redirect(bool is_socket)
{
    int ends[2];
    if (reading_end >= 0)
        close(reading_end);
    if ((is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) != 0)
        bail_out("no pipe");
    reading_end = ends[0];
    fcntl(reading_end, F_SETFL, O_NONBLOCK);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    log_init();
}

/* What has arrived, all of it. */
static const char *arrived(void)
{
    static char text[1 << 20];
    size_t size = 0;
    for (ssize_t count; (count = read(reading_end, text + size, sizeof(text) - 1 - size)) > 0;)
        size += (size_t)count;
    text[size] = '\0';
    return text;
}

static void test_levels(void)
{
    unsetenv("RSCN_LOG");
    redirect(false);
    log_info("quiet");
    is_str(arrived(), "", "info is not shown by default");
    log_warning("number %d", 5);
    const char *text = arrived();
    ok(strncmp(text, "rscn[", 5) == 0, "a line begins with the program");
    contains(text, " warning: number 5\n", "a warning is shown by default");
    setenv("RSCN_LOG", "debug", 1);
    log_init();
    log_debug("detail");
    contains(arrived(), " debug: detail\n", "debug when asked for");
    setenv("RSCN_LOG", "error", 1);
    log_init();
    log_warning("quiet");
    is_str(arrived(), "", "no warning at level error");
    setenv("RSCN_LOG", "loud", 1);
    log_init();
    contains(arrived(), "RSCN_LOG=loud: no such level", "an unknown level is named");
    unsetenv("RSCN_LOG");
}

static void test_one_line(void)
{
    redirect(false);
    log_error("a\nb\x1b[31m\n");
    contains(arrived(),
             "error: a\xe2\x8f\x8e"
             "b\xe2\x90\x9b[31m\n",
             "controls are shown as pictures");
    char text[40000];
    for (size_t i = 0; i + 4 < sizeof(text); i += 3)
        memcpy(text + i, "\xe2\x82\xac", 4);
    log_error("%s", text);
    const char *line = arrived();
    size_t size = strlen(line);
    ok(size <= PIPE_BUF && size > 2000, "a long line is cut to one atomic write");
    ok(utf8_is_valid(line, size) && line[size - 1] == '\n', "between two characters");
}

static void test_unread(bool is_socket)
{
    const char *kind = is_socket ? "socket" : "pipe";
    redirect(is_socket);
    alarm(20); /* a blocked log ends the test */
    for (int i = 0; i < 20000; i++)
        log_error("line %d", i);
    alarm(0);
    ok(true, "20000 lines into an unread %s do not block", kind);
    contains(arrived(), " error: line 0\n", "the first ones arrived (%s)", kind);
    log_error("read again");
    const char *text = arrived();
    contains(text, "log lines were dropped", "the lost ones are counted (%s)", kind);
    contains(text, " error: read again\n", "and lines arrive again (%s)", kind);
    log_error("once more");
    ok(!strstr(arrived(), "dropped"), "the loss is told once (%s)", kind);
}

static void test_closed(void)
{
    close(STDERR_FILENO);
    log_init();
    int other = open("/dev/null", O_RDWR | O_CLOEXEC);
    is_int(other, STDERR_FILENO, "another file got the number 2");
    close(other);
    int ends[2];
    if (pipe(ends) != 0)
        bail_out("no pipe");
    dup2(ends[1], STDERR_FILENO);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    log_error("nobody");
    char byte;
    ok(read(ends[0], &byte, 1) < 0,
       "nothing is written when standard error was closed at the start");
}

int main(void)
{
    test_levels();
    test_one_line();
    test_unread(false);
    test_unread(true);
    test_closed();
    return done_testing();
}
