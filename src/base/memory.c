/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory: allocation that aborts instead of failing.
 */
#include "base/memory.h"

#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn static void out_of_memory(void)
{
    static const char message[] = "rscn: out of memory; stopping\n";
    struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
    /* An unread pipe must not keep a dying process alive. */
    if (poll(&standard_error, 1, 0) == 1 && (standard_error.revents & POLLOUT)) {
        ssize_t written = write(STDERR_FILENO, message, sizeof(message) - 1);
        (void)written;
    }
    abort();
}

void *xmalloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *xcalloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *xrealloc(void *memory, size_t size)
{
    void *grown = realloc(memory, size ? size : 1);
    if (!grown)
        out_of_memory();
    return grown;
}

void *xreallocarray(void *memory, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return xrealloc(memory, count * size);
}

char *xstrdup(const char *text)
{
    return xmemdup(text, strlen(text) + 1);
}

char *xstrdup_or_null(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

char *xstrndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = xmalloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void *xmemdup(const void *bytes, size_t size)
{
    void *copy = xmalloc(size);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (needed < 0)
        out_of_memory();
    char *text = xmalloc((size_t)needed + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)needed + 1, format, arguments);
    va_end(arguments);
    return text;
}

void auto_free_release(void *pointer)
{
    void *memory;
    /* The variable may be a pointer to any type: reading it as void * would break the aliasing
     * rule. */
    memcpy(&memory, pointer, sizeof(memory));
    free(memory);
}

/* glibc keeps what a thread's arena had; other C libraries have no arenas. */
void memory_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void auto_close_release(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}
