/* SPDX-License-Identifier: Apache-2.0 */
/*
 * present: how the values of the record's JSON objects look to people.
 */
#ifndef RSCN_CLI_PRESENT_H
#define RSCN_CLI_PRESENT_H

#include <jansson.h>
#include <stdint.h>

#include "cli/output.h"

/* Characters of an execution's id that `log` shows (rscn(1)). */
#define SHORT_EXECUTION 8
/* Members of "objects" that are shown to people. */
#define TOUCHED_SHOWN 100

/* The last characters of the id. Borrowed. */
const char *present_short_id(const char *execution);
/* A member as text: strings as they are, numbers and booleans written, null or missing = "". Other
 * values as JSON. Caller frees. */
char *present_member(const json_t *object, const char *key);
/* RFC 3339 text in local time without the fraction; "" for NULL. Caller frees. */
char *present_time(const char *rfc3339);
/* 0.4 ms, 12 ms, 3.21 s, 4 min 5 s, 2 h 3 min; "" when below 0. Caller frees. */
char *present_duration(double milliseconds);
/* Member "duration_ms" in the same way. Caller frees. */
char *present_duration_member(const json_t *object);
/* 512 bytes, 1.5 KiB, 20.0 MiB. Caller frees. */
char *present_size(int64_t bytes);
/* cell@version, or the cell alone when the version is not known. Caller frees. */
char *present_cell(const json_t *object);
/* One member of "objects": what was done to which table, how it was reached, what is left of it.
 * Caller frees. */
char *present_touched(const json_t *object);
/* The first line of a code that says something. Caller frees. */
char *present_first_line(const char *code);
/* "3 EXECUTED, 1 FAILED" from an object of state to count. Caller frees. */
char *present_states(const json_t *states);
/* How the member of an execution looks on a terminal, and in which style; `text` is what
 * present_member gave for it. Caller frees. */
char *present_execution_field(const json_t *execution, const char *key, const char *text,
                              enum output_style *ret_style);
enum output_style present_state_style(const char *state);

/* How a cell came out of another one, in words before that one's name; `how` as in the lineage of
 * store/notebooks.h. */
const char *present_lineage(const char *how);

#endif
