/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: what the lists of executions share.
 */
#ifndef RSCN_STORE_LOG_H
#define RSCN_STORE_LOG_H

#include <jansson.h>

#include "store/statement.h"

#define LOG_COLUMN_COUNT 25 /* columns that each row of the log begins with: LOG_COLUMNS */

/* The row as the object of `rscn log --json`. New object. */
json_t *log_object(struct statement *row);

#endif
