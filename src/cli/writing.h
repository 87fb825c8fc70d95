/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writing: the store as the commands that change the record use it.
 */
#ifndef RSCN_CLI_WRITING_H
#define RSCN_CLI_WRITING_H

#include <stdatomic.h>

#include "cli/reading.h"

/* Opens the store of the call (as reading_open does) for writing; the user's own is made when it is
 * missing. Whoever waits for the lock sees this command as its holder. Returns STATUS_DONE, or the
 * status after the message. Closed with reading_close. */
int writing_open(struct reading *writing, const struct call *call);
/* A whole command: opens the store so, does the work, which gives the status, and closes it. */
int writing_run(const struct call *call,
                int (*work)(const struct reading *writing, const struct call *call));
/* store_begin, which says after one second of waiting who holds the lock. Waiting ends with
 * ERROR_INTERRUPTED when *is_cancelled (NULL = never) is true after store_wake. */
bool writing_begin(const struct reading *writing, const atomic_bool *is_cancelled,
                   struct error *error) NODISCARD;
/* Commits and gives the lock back, or on failure (`is_done` false included) takes everything back.
 * Returns whether it is committed. */
bool writing_end(const struct reading *writing, bool is_done, struct error *error) NODISCARD;

/* The name under which the store of `writing` keeps the file at `path` (from the working
 * directory). Caller frees. */
char *stored_name(const struct reading *reading, const char *path);

#endif
