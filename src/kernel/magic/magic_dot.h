/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_dot: the sqlite3 shell's commands as the magics that do the same.
 */
#ifndef RSCN_KERNEL_MAGIC_DOT_H
#define RSCN_KERNEL_MAGIC_DOT_H

#include <stddef.h>

#include "base/error.h"

/* The line of a magic for a line like `.tables loan%`; NULL with what to use for one that has none.
 * Caller frees. Pure. */
char *magic_dot_translate(const char *line, size_t size, struct error *error);

/* The commands, with their dot; NULL-terminated static array. */
const char *const *magic_dot_names(void);

#endif
