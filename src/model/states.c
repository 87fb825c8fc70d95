/* SPDX-License-Identifier: Apache-2.0 */
/*
 * states: the words and the table of legal steps, both constant.
 */
#include "model/states.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/utf8.h"

#define NAME_MAX_BYTES 200
#define BIT(state) (1u << (state))

struct state_row {
    const char *name;
    uint32_t next; /* bit set of the states that may follow */
};

static const struct state_row STATES[STATE_COUNT] = {
    [STATE_INITIAL] = {"INITIAL", BIT(STATE_PENDING)},
    [STATE_PENDING] = {"PENDING", BIT(STATE_RUNNING) | BIT(STATE_REJECTED) | BIT(STATE_SKIPPED) |
                                      BIT(STATE_CANCELED) | BIT(STATE_TIMED_OUT) |
                                      BIT(STATE_ENGINE_ERROR)},
    [STATE_REJECTED] = {"REJECTED", 0},
    [STATE_RUNNING] = {"RUNNING", BIT(STATE_EXECUTED) | BIT(STATE_FAILED) | BIT(STATE_INTERRUPTED) |
                                      BIT(STATE_TIMED_OUT) | BIT(STATE_ENGINE_ERROR) |
                                      BIT(STATE_SKIPPED) | BIT(STATE_UNKNOWN) | BIT(STATE_PENDING)},
    [STATE_EXECUTED] = {"EXECUTED", BIT(STATE_ROLLED_BACK)},
    [STATE_FAILED] = {"FAILED", 0},
    [STATE_INTERRUPTED] = {"INTERRUPTED", 0},
    [STATE_TIMED_OUT] = {"TIMED_OUT", 0},
    [STATE_CANCELED] = {"CANCELED", 0},
    [STATE_ENGINE_ERROR] = {"ENGINE_ERROR", 0},
    [STATE_SKIPPED] = {"SKIPPED", 0},
    [STATE_UNKNOWN] = {"UNKNOWN", BIT(STATE_EXECUTED) | BIT(STATE_PENDING)},
    [STATE_ROLLED_BACK] = {"ROLLED_BACK", 0},
};

/* Jupyter's words for the status of a reply. */
static const struct {
    const char *word;
    enum cell_state state;
} JUPYTER_WORDS[] = {
    {"ok", STATE_EXECUTED},
    {"error", STATE_FAILED},
    {"aborted", STATE_CANCELED},
    {"abort", STATE_CANCELED},
};

static bool is_known(enum cell_state state)
{
    return (unsigned)state < STATE_COUNT;
}

const char *state_name(enum cell_state state)
{
    return is_known(state) ? STATES[state].name : "INITIAL";
}

bool state_parse(const char *word, enum cell_state *ret_state)
{
    for (size_t i = 0; i < ARRAY_SIZE(STATES); i++) {
        if (strcasecmp(word, STATES[i].name) == 0) {
            *ret_state = (enum cell_state)i;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(JUPYTER_WORDS); i++) {
        if (strcasecmp(word, JUPYTER_WORDS[i].word) == 0) {
            *ret_state = JUPYTER_WORDS[i].state;
            return true;
        }
    }
    return false;
}

bool state_may_follow(enum cell_state from, enum cell_state to)
{
    return is_known(from) && is_known(to) && (STATES[from].next & BIT(to)) != 0;
}

bool state_is_end(enum cell_state state)
{
    return state != STATE_INITIAL && state != STATE_PENDING && state != STATE_RUNNING;
}

bool cell_name_is_once(const char *name)
{
    /* The literal text: LIKE '%_once_%' would take `_` for any character (V-2). */
    return name != NULL && strstr(name, "_once_") != NULL;
}

bool cell_name_is_usable(const char *name)
{
    size_t size = strnlen(name, NAME_MAX_BYTES + 1);
    if (size == 0 || size > NAME_MAX_BYTES || !utf8_is_valid(name, size))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    return true;
}
