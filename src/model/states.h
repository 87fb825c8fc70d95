/* SPDX-License-Identifier: Apache-2.0 */
/*
 * states: the states of an execution and the legal steps between them (reliability facts, section
 * 5).
 *
 * The same table stands as a trigger on rscn_transition in the store.
 */
#ifndef RSCN_MODEL_STATES_H
#define RSCN_MODEL_STATES_H

#include <stdbool.h>
#include <stddef.h>

enum cell_state {
    STATE_INITIAL,
    STATE_PENDING,
    STATE_REJECTED,
    STATE_RUNNING,
    STATE_EXECUTED,
    STATE_FAILED,
    STATE_INTERRUPTED,
    STATE_TIMED_OUT,
    STATE_CANCELED,
    STATE_ENGINE_ERROR,
    STATE_SKIPPED,
    STATE_UNKNOWN,
    STATE_ROLLED_BACK,
    STATE_COUNT
};

/* "EXECUTED" … ; static text. */
const char *state_name(enum cell_state state);
/* The stored word, compared without case; also Jupyter's ok (EXECUTED), error (FAILED), aborted and
 * abort (CANCELED). */
bool state_parse(const char *word, enum cell_state *ret_state);
bool state_may_follow(enum cell_state from, enum cell_state to);
/* True for the states an execution ends in (everything but INITIAL, PENDING, RUNNING). */
bool state_is_end(enum cell_state state);

/* The marker of a cell that is applied once: the literal text `_once_` in its name (R-50, V-2). */
bool cell_name_is_once(const char *name);
/* Whether a text of a file can be a cell's name: UTF-8 of 1 to 200 bytes without control characters. */
bool cell_name_is_usable(const char *name);

#endif
