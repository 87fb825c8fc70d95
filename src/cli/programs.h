/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs: this program and others on PATH.
 */
#ifndef RSCN_CLI_PROGRAMS_H
#define RSCN_CLI_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* The absolute real path of this program. Caller frees; NULL if the system does not say. */
char *program_self(void);
/* The absolute path of the first executable of this name in PATH, or NULL. Caller frees. */
char *program_find(const char *name);
/* True for an executable file. */
bool program_is_executable(const char *path);
/* Runs the program with one argument and collects at most 4096 bytes of its standard output; gives
 * it five seconds. True if it ended with status 0. */
bool program_output(const char *path, const char *argument, struct strbuf *ret_output);

#endif
