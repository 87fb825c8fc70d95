/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory: copies, sizes of 0, cleanup, and the abort when a size cannot be had.
 */
#include "base/memory.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static void test_copies(void)
{
    AUTO_FREE char *copy = xstrdup("text");
    is_str(copy, "text", "xstrdup");
    ok(xstrdup_or_null(NULL) == NULL, "xstrdup_or_null of NULL");
    AUTO_FREE char *other = xstrdup_or_null("x");
    is_str(other, "x", "xstrdup_or_null of a text");
    AUTO_FREE char *part = xstrndup("text", 2);
    is_str(part, "te", "xstrndup cuts");
    AUTO_FREE char *whole = xstrndup("text", 100);
    is_str(whole, "text", "xstrndup stops at the NUL");
    AUTO_FREE char *bytes = xmemdup("a\0b", 4);
    ok(memcmp(bytes, "a\0b", 4) == 0, "xmemdup copies NUL bytes");
    AUTO_FREE char *none = xmemdup(NULL, 0);
    ok(none != NULL, "xmemdup of nothing is not NULL");
    AUTO_FREE char *formatted = xasprintf("%s=%d", "x", 5);
    is_str(formatted, "x=5", "xasprintf");
    AUTO_FREE void *zero = xmalloc(0);
    ok(zero != NULL, "xmalloc(0) is not NULL");
    AUTO_FREE int *numbers = xcalloc(4, sizeof(int));
    ok(numbers[0] == 0 && numbers[3] == 0, "xcalloc clears");
}

/* The signal that ends a child which asks for more than can be counted, or 0. */
static int signal_of_overflow(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDERR_FILENO);
        void *memory = xreallocarray(NULL, SIZE_MAX / 2, 4);
        _exit(memory != NULL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_close(void)
{
    int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    {
        AUTO_CLOSE int closed = descriptor;
        AUTO_CLOSE int none = -1;
        ok(closed >= 0 && none < 0, "AUTO_CLOSE takes a descriptor or -1");
    }
    is_int(fcntl(descriptor, F_GETFD), -1, "the descriptor is closed at the end of the scope");
}

int main(void)
{
    test_copies();
    is_int(signal_of_overflow(), SIGABRT, "a size that overflows aborts");
    test_close();
    return done_testing();
}
