/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: lines for the operator on standard error, at the level of RSCN_LOG (error, warning, info,
 * debug; default warning).
 *
 * Never blocks: a line that an unread pipe does not take is dropped and counted (J-242). Safe from
 * any thread; a line is one write of at most PIPE_BUF bytes.
 */
#ifndef RSCN_BASE_LOG_H
#define RSCN_BASE_LOG_H

#include "base/memory.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Reads RSCN_LOG. Call once from main before threads exist. */
void log_init(void);
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
