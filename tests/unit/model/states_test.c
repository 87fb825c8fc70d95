/* SPDX-License-Identifier: Apache-2.0 */
/*
 * states: the whole table of legal steps, written a second time as it stands in the documentation.
 */
#include "model/states.h"

#include "tap.h"

static const char *const LEGAL[] = {
    "INITIAL PENDING",  "PENDING RUNNING",      "PENDING REJECTED",     "PENDING SKIPPED",
    "PENDING CANCELED", "PENDING TIMED_OUT",    "PENDING ENGINE_ERROR", "RUNNING EXECUTED",
    "RUNNING FAILED",   "RUNNING INTERRUPTED",  "RUNNING TIMED_OUT",    "RUNNING ENGINE_ERROR",
    "RUNNING SKIPPED",  "RUNNING UNKNOWN",      "RUNNING PENDING",      "UNKNOWN EXECUTED",
    "UNKNOWN PENDING",  "EXECUTED ROLLED_BACK",
};

static bool is_legal(enum cell_state from, enum cell_state to)
{
    char step[64];
    snprintf(step, sizeof(step), "%s %s", state_name(from), state_name(to));
    for (size_t i = 0; i < sizeof(LEGAL) / sizeof(LEGAL[0]); i++) {
        if (strcmp(LEGAL[i], step) == 0)
            return true;
    }
    return false;
}

static void test_steps(void)
{
    size_t steps = 0;
    for (int from = 0; from < STATE_COUNT; from++) {
        int wrong = -1;
        for (int to = 0; to < STATE_COUNT; to++) {
            bool may = state_may_follow((enum cell_state)from, (enum cell_state)to);
            steps += may;
            if (may != is_legal((enum cell_state)from, (enum cell_state)to))
                wrong = to;
        }
        is_int(wrong, -1, "steps from %s", state_name((enum cell_state)from));
    }
    is_int(steps, sizeof(LEGAL) / sizeof(LEGAL[0]), "number of legal steps");
    ok(!state_may_follow(STATE_COUNT, STATE_PENDING), "no step from no state");
    ok(!state_may_follow(STATE_INITIAL, STATE_COUNT), "no step to no state");
}

static void test_words(void)
{
    enum cell_state state = STATE_INITIAL;
    for (int i = 0; i < STATE_COUNT; i++) {
        bool is_read = state_parse(state_name((enum cell_state)i), &state);
        ok(is_read && (int)state == i, "%s reads back", state_name((enum cell_state)i));
    }
    ok(state_parse("timed_out", &state) && state == STATE_TIMED_OUT, "case does not matter");
    ok(state_parse("ok", &state) && state == STATE_EXECUTED, "ok");
    ok(state_parse("Error", &state) && state == STATE_FAILED, "error");
    ok(state_parse("aborted", &state) && state == STATE_CANCELED, "aborted");
    ok(state_parse("abort", &state) && state == STATE_CANCELED, "abort");
    ok(!state_parse("", &state) && !state_parse("EXEC", &state), "other words are refused");
}

int main(void)
{
    test_steps();
    test_words();
    ok(!state_is_end(STATE_INITIAL) && !state_is_end(STATE_PENDING) && !state_is_end(STATE_RUNNING),
       "three states are no ends");
    ok(state_is_end(STATE_EXECUTED) && state_is_end(STATE_UNKNOWN) && state_is_end(STATE_SKIPPED),
       "others are");
    ok(cell_name_is_once("v001_once_initialDDL"), "run once");
    ok(!cell_name_is_once("v003_nothing_concerned"), "_ is no wildcard (V-2)");
    ok(!cell_name_is_once("v001_ONCE_x") && !cell_name_is_once("once") && !cell_name_is_once(NULL),
       "the marker is literal");
    return done_testing();
}
