/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs: this program and others on PATH.
 */
#define _GNU_SOURCE /* pipe2 */
#include "cli/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/timestamp.h"

#define MOST_OUTPUT 4096
#define PATIENCE_MS 5000

extern char **environ;

char *program_self(void)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (size <= 0)
        return NULL;
    path[size] = '\0';
    return path[0] == '/' ? xstrdup(path) : NULL;
}

bool program_is_executable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

char *program_find(const char *name)
{
    const char *place = getenv("PATH");
    while (place && *place) {
        size_t size = strcspn(place, ":");
        AUTO_FREE char *folder = xstrndup(place, size);
        if (folder[0] == '/') {
            char *path = path_join(folder, name);
            if (program_is_executable(path))
                return path;
            free(path);
        }
        place += size + (place[size] == ':');
    }
    return NULL;
}

/* Reads until the end, the limit or the deadline. False at the deadline. */
static bool collect(int descriptor, struct strbuf *output)
{
    const int64_t deadline = monotonic_us() + (int64_t)PATIENCE_MS * 1000;
    char chunk[512];
    for (;;) {
        int64_t left_ms = (deadline - monotonic_us()) / 1000;
        struct pollfd item = {.fd = descriptor, .events = POLLIN};
        int ready = left_ms > 0 ? poll(&item, 1, (int)left_ms) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t count = read(descriptor, chunk, sizeof(chunk));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return true;
        if (output->size + (size_t)count > MOST_OUTPUT)
            return false;
        strbuf_add(output, chunk, (size_t)count);
    }
}

bool program_output(const char *path, const char *argument, struct strbuf *ret_output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    char *arguments[] = {(char *)path, (char *)argument, NULL};
    pid_t child;
    bool is_started = posix_spawn(&child, path, &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    bool is_whole = is_started && collect(ends[0], ret_output);
    close(ends[0]);
    if (!is_started)
        return false;
    if (!is_whole)
        kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return is_whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
