/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: one way to report what went wrong (ST-57 to ST-60).
 *
 * Allocated by the caller, fixed size, needs no freeing. The layer that knows the cause writes one
 * complete line `NAME: what is wrong; what to do`; callers may prefix it and never replace it.
 * Functions write it only on failure and return false (or NULL, or a negative number) with it.
 * `error` may be NULL.
 */
#ifndef RSCN_BASE_ERROR_H
#define RSCN_BASE_ERROR_H

#include <stdbool.h>

#include "base/memory.h"

enum error_code {
    ERROR_NONE,
    ERROR_NOT_FOUND,
    ERROR_EXISTS,
    ERROR_INVALID, /* bad input: the call or the data is wrong */
    ERROR_USAGE,   /* bad command line */
    ERROR_DENIED,  /* permission, read-only */
    ERROR_BUSY,    /* locked by another process */
    ERROR_FULL,    /* no space left */
    ERROR_IO,
    ERROR_DAMAGED,     /* the store is no database, or a damaged one */
    ERROR_NEWER,       /* the store was made by a newer version */
    ERROR_PROTOCOL,    /* a Jupyter message that breaks the protocol */
    ERROR_INTERRUPTED, /* by the user */
    ERROR_CLOSING,     /* the process is ending */
    ERROR_UNSUPPORTED,
};

struct error {
    enum error_code code;
    int detail; /* errno or SQLite result code, 0 if none */
    char message[960];
};

#define ERROR_INIT { ERROR_NONE, 0, "" }

/* Sets code and message (one line: control characters become spaces). Always returns false, so that
 * callers can write `return error_set(error, …)`. */
bool error_set(struct error *error, enum error_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same with `: strerror(number)` at the end, detail = number and a code that fits (EACCES:
 * DENIED, ENOSPC: FULL …). */
bool error_set_errno(struct error *error, int number, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "prefix: " in front of the message. Always returns false. */
bool error_prefix(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);
bool error_copy(struct error *to, const struct error *from);
/* Writes error->code as a stable lower-case word ("not-found", "busy" …). */
const char *error_code_word(enum error_code code);

#endif
