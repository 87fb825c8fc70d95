/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: the words and the release of what engines give back.
 */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

const char *engine_effect_word(enum engine_effect effect)
{
    switch (effect) {
    case EFFECT_COMMITTED:
        return "committed";
    case EFFECT_PARTIAL:
        return "partial";
    case EFFECT_OPEN:
        return "open";
    case EFFECT_NONE:
        break;
    }
    return "none";
}

void engine_outcome_release(struct engine_outcome *outcome)
{
    free(outcome->ename);
    free(outcome->evalue);
    json_decref(outcome->traceback);
    touched_objects_release(&outcome->touched);
    memset(outcome, 0, sizeof *outcome);
}
