/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp: wall-clock time as microseconds since 1970 UTC, and its two texts.
 *
 * The store writes `YYYY-MM-DD HH:MM:SS.ffffff` (R-12: a space, never a T); JSON and Jupyter
 * headers get RFC 3339 `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
 */
#ifndef RSCN_BASE_TIMESTAMP_H
#define RSCN_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define TIMESTAMP_SIZE 32

typedef int64_t timestamp_us; /* microseconds since the epoch, UTC; 0 = unknown */

timestamp_us timestamp_now(void);
/* CLOCK_MONOTONIC in microseconds, for durations and deadlines only (K-12). */
int64_t monotonic_us(void);

/* `2026-01-07 20:46:17.123456` */
void timestamp_format_store(timestamp_us time, char ret_text[TIMESTAMP_SIZE]);
/* `2026-01-07T20:46:17.123456Z` */
void timestamp_format_rfc3339(timestamp_us time, char ret_text[TIMESTAMP_SIZE]);
/* Local time for people, `2026-01-07 20:46:17`. */
void timestamp_format_local(timestamp_us time, char ret_text[TIMESTAMP_SIZE]);
/* Reads both forms (seconds or any fraction, `Z`, an offset like +02:00, or nothing = UTC; a date
 * alone = midnight). */
bool timestamp_parse(const char *text, timestamp_us *ret_time) NODISCARD;
/* What people type for --since: what timestamp_parse reads (without zone = local time), or `10m`,
 * `2h`, `3d`, `1w` ago, `today`, `yesterday`. */
bool timestamp_parse_since(const char *text, timestamp_us now, timestamp_us *ret_time,
                           struct error *error) NODISCARD;

#endif
