/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_object: `rscn log --object`: which text made or changed a table.
 */
#ifndef RSCN_CLI_LOG_OBJECT_H
#define RSCN_CLI_LOG_OBJECT_H

#include <stdint.h>

#include "cli/command.h"

/* Runs the whole command; `limit` is -1 for all. Returns the exit status. */
int log_object_run(const struct call *call, int64_t limit);

#endif
