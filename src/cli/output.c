/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output: standard output, with a pager on a terminal.
 */
#include "cli/output.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/programs.h"
#include "cli/report.h"

#define HELD_BYTES 65536
#define USUAL_WIDTH 80
#define LEAST_WIDTH 20
#define MOST_WIDTH 1000

extern char **environ;

static struct {
    struct strbuf held;
    bool is_terminal, has_colour, has_style;
    size_t width;
    pid_t pager;    /* 0 = none */
    int lost_errno; /* why nothing can be written any more; 0 = all is well */
} output;

/* --- the pager -------------------------------------------------------------------------------- */

/* The shell command, or NULL for none. */
static const char *pager_command(void)
{
    const char *pager = getenv("PAGER");
    if (pager)
        return pager[0] == '\0' || strcmp(pager, "cat") == 0 ? NULL : pager;
    AUTO_FREE char *less = program_find("less");
    return less ? "less" : NULL;
}

/* Starts it with our output as its input; without it the output goes straight to the terminal. */
static void start_pager(const char *command)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    /* Ours ignores SIGPIPE, which exec would hand on (ST-36). */
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

    setenv("LESS", "FRX", 0);
    setenv("LV", "-c", 0);
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    if (posix_spawn(&output.pager, "/bin/sh", &actions, &attributes, arguments, environ) != 0)
        output.pager = 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    if (output.pager > 0) {
        dup2(ends[1], STDOUT_FILENO);
        /* The interrupt key is the pager's; we end when it does. */
        signal(SIGINT, SIG_IGN);
    }
    close(ends[1]);
}

/* --- start ------------------------------------------------------------------------------------ */

static size_t terminal_width(void)
{
    struct winsize size;
    size_t width = 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0) {
        const char *columns = getenv("COLUMNS");
        width = columns ? strtoul(columns, NULL, 10) : 0;
    }
    if (width == 0)
        return USUAL_WIDTH;
    return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : width;
}

void output_start(bool may_page)
{
    output.is_terminal = isatty(STDOUT_FILENO);
    output.width = USUAL_WIDTH;
    if (!output.is_terminal)
        return;
    const char *terminal = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    bool is_dumb = !terminal || !terminal[0] || strcmp(terminal, "dumb") == 0;
    output.width = terminal_width();
    output.has_colour = !is_dumb && !(no_colour && no_colour[0]);
    const char *command = may_page && !is_dumb ? pager_command() : NULL;
    if (command)
        start_pager(command);
}

bool output_is_terminal(void)
{
    return output.is_terminal;
}

size_t output_width(void)
{
    return output.width;
}

/* --- writing ---------------------------------------------------------------------------------- */

void output_flush(void)
{
    if (output.held.size > 0 && output.lost_errno == 0 &&
        !file_write_all(STDOUT_FILENO, output.held.text, output.held.size))
        output.lost_errno = errno ? errno : EIO;
    strbuf_clear(&output.held);
}

bool output_is_lost(void)
{
    return output.lost_errno != 0;
}

void output_bytes(const void *bytes, size_t size)
{
    strbuf_add(&output.held, bytes, size);
    if (output.held.size >= HELD_BYTES)
        output_flush();
}

void output_text(const char *text)
{
    output_bytes(text, strlen(text));
}

void output_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    strbuf_vaddf(&output.held, format, arguments);
    va_end(arguments);
    if (output.held.size >= HELD_BYTES)
        output_flush();
}

void output_line(const char *text)
{
    AUTO_STRBUF line = STRBUF_INIT;
    utf8_add_line(&line, text, strlen(text), SIZE_MAX);
    strbuf_add_char(&line, '\n');
    output_bytes(line.text, line.size);
}

void output_style(enum output_style style)
{
    static const char *const codes[] = {[STYLE_PLAIN] = "\033[0m",
                                        [STYLE_GOOD] = "\033[32m",
                                        [STYLE_BAD] = "\033[31m",
                                        [STYLE_NOTE] = "\033[33m",
                                        [STYLE_TITLE] = "\033[1m",
                                        [STYLE_PLACE] = "\033[36m"};
    if (!output.has_colour || (style == STYLE_PLAIN && !output.has_style))
        return;
    output.has_style = style != STYLE_PLAIN;
    output_text(codes[style]);
}

/* One line without its end; tabs stay. */
static void add_visible_line(struct strbuf *buffer, const char *text, size_t size)
{
    while (size > 0) {
        const char *tab = memchr(text, '\t', size);
        size_t part = tab ? (size_t)(tab - text) : size;
        utf8_add_line(buffer, text, part, SIZE_MAX);
        if (!tab)
            return;
        strbuf_add_char(buffer, '\t');
        text += part + 1;
        size -= part + 1;
    }
}

static void output_visible(const char *indent, const char *text, size_t size, bool add_end)
{
    AUTO_STRBUF line = STRBUF_INIT;
    while (size > 0 && !output_is_lost()) {
        const char *end = memchr(text, '\n', size);
        size_t part = end ? (size_t)(end - text) : size;
        bool has_return = end && part > 0 && text[part - 1] == '\r';
        strbuf_clear(&line);
        if (part > 0)
            strbuf_add_text(&line, indent);
        add_visible_line(&line, text, has_return ? part - 1 : part);
        if (end || add_end)
            strbuf_add_char(&line, '\n');
        output_bytes(line.text ? line.text : "", line.size);
        part += end ? 1 : 0;
        text += part;
        size -= part;
    }
}

void output_stored(const char *text, size_t size)
{
    if (output.is_terminal)
        output_visible("", text, size, false);
    else
        output_bytes(text, size);
}

void output_indented(const char *indent, const char *text, size_t size)
{
    output_visible(indent, text, size, true);
}

void output_json(const json_t *json)
{
    AUTO_FREE char *text = json_format(json);
    const size_t size = strlen(text);
    size_t start = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code_point = (unsigned char)text[i];
        size_t length = code_point < 0x7f ? 1 : utf8_decode(text + i, size - i, &code_point);
        if (utf8_is_control(code_point)) {
            output_bytes(text + start, i - start);
            output_format("\\u%04x", (unsigned)code_point);
            start = i + length;
        }
        i += length;
    }
    output_bytes(text + start, size - start);
    output_text("\n");
}

int output_finish(int status)
{
    output_flush();
    strbuf_release(&output.held);
    if (output.pager > 0) {
        /* The pager sees the end when the last descriptor of the pipe is closed. */
        close(STDOUT_FILENO);
        while (waitpid(output.pager, NULL, 0) < 0 && errno == EINTR)
            continue;
        output.pager = 0;
    }
    if (output.lost_errno != 0 && output.lost_errno != EPIPE)
        return report(status == STATUS_DONE ? STATUS_NOT_DONE : status,
                      "standard output: cannot be written: %s; not all of the result was shown",
                      strerror(output.lost_errno));
    return status;
}
