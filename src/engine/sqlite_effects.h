/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_effects: which statements of a cell took effect on a database of the user, where each
 * commits for itself unless the cell or an earlier one said BEGIN.
 */
#ifndef RSCN_ENGINE_SQLITE_EFFECTS_H
#define RSCN_ENGINE_SQLITE_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "engine/engine.h"

struct sqlite_effects {
    unsigned char *marks; /* per statement */
    size_t count, capacity;
    bool has_committed; /* something is in, perhaps of an earlier cell's transaction */
    bool is_imprecise;  /* ROLLBACK TO took back an unknown part */
    bool is_open;       /* a transaction is open after the last statement */
    bool is_earlier;    /* and it is one that an earlier cell began */
    enum engine_earlier earlier;
};

/* What SQLite said around one statement. */
struct sqlite_effects_step {
    size_t number;        /* from 1 */
    bool writes;          /* it can write and, if it failed, left something behind */
    bool was_open;        /* a transaction was open before */
    bool is_open;         /* and after */
    bool was_rolled_back; /* a transaction ended by a rollback meanwhile */
    bool is_rollback_to;
};
void sqlite_effects_add(struct sqlite_effects *effects, const struct sqlite_effects_step *step);
enum engine_effect sqlite_effects_result(const struct sqlite_effects *effects, bool has_failed);
/* "statements 1-2 of 4 took effect; a transaction is open …". */
void sqlite_effects_describe(const struct sqlite_effects *effects, size_t statements,
                             struct strbuf *buffer);
void sqlite_effects_release(struct sqlite_effects *effects);

#endif
