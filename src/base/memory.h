/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory: allocation that cannot fail, and cleanup attributes.
 *
 * Out of memory aborts (ST-57): every size that comes from outside is bounded before it gets here.
 */
#ifndef RSCN_BASE_MEMORY_H
#define RSCN_BASE_MEMORY_H

#include <stddef.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* malloc, calloc and realloc that abort instead of returning NULL. Caller frees with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *memory, size_t size);
/* Room for `count` elements of `size` bytes; aborts on overflow. */
void *xreallocarray(void *memory, size_t count, size_t size);
char *xstrdup(const char *text);
/* NULL stays NULL. */
char *xstrdup_or_null(const char *text);
char *xstrndup(const char *text, size_t size);
void *xmemdup(const void *bytes, size_t size);
/* printf into a new string. */
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2);

/* Gives freed memory back to the system; for a thread that is done with much of it for long. */
void memory_give_back(void);

/* Frees *(void **)pointer; for the cleanup attribute. */
void auto_free_release(void *pointer);
void auto_close_release(int *descriptor);

/* AUTO_FREE char *name = xstrdup("x"); */
#define AUTO_FREE __attribute__((cleanup(auto_free_release)))
/* AUTO_CLOSE int descriptor = open(...); closed at the end of the scope unless -1. */
#define AUTO_CLOSE __attribute__((cleanup(auto_close_release)))

#endif
