/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: messages on standard error, one line each: `rscn: NAME: what is wrong; what to do`, and
 * the exit status that belongs to an error (ST-59).
 */
#ifndef RSCN_CLI_REPORT_H
#define RSCN_CLI_REPORT_H

#include "base/error.h"
#include "base/memory.h"
#include "cli/command.h"

/* Prints `rscn: ` and the text as one line without control characters. Returns `status`. */
int report(int status, const char *format, ...) PRINTF_LIKE(2, 3);
/* The call was wrong: like report, with `; see "rscn NAME --help"` at the end. Returns
 * STATUS_USAGE. */
int report_usage(const struct command *command, const char *format, ...) PRINTF_LIKE(2, 3);
/* The error's message. Returns the status that fits its code: a question that has no answer is
 * STATUS_NOT_DONE, a bad argument STATUS_USAGE, whatever is wrong with the store STATUS_STORE. */
int report_error(const struct error *error);
/* The error's message; whatever it is, the store can't be used. Returns STATUS_STORE. */
int report_store_error(const struct error *error);

#endif
