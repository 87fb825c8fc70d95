/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_strategies: ways to tell which cell is which, ours and simpler ones, over the same history.
 */
#ifndef TESTS_MATCH_STRATEGIES_H
#define TESTS_MATCH_STRATEGIES_H

#include "edit_history.h"

enum strategy {
    STRATEGY_OURS,
    STRATEGY_ID,      /* the same id as in any save before */
    STRATEGY_TEXT,    /* the same text, the k-th with the k-th */
    STRATEGY_DIFFLIB, /* equal runs as Python's difflib finds them, between them in order by ratio
                       */
    STRATEGY_ZIP,     /* the same runs, between them the k-th with the k-th */
    STRATEGIES
};
const char *strategy_word(enum strategy strategy);

struct rate {
    size_t right, wrong, missed;
};
double rate_precision(const struct rate *rate);
double rate_recall(const struct rate *rate);
double rate_f1(const struct rate *rate);
void rate_add(struct rate *sum, const struct rate *rate);

/* Matches every save of the history against the one before and counts. */
void strategy_measure(enum strategy strategy, const struct history_save *saves, size_t count,
                      struct rate *ret_rate);

#endif
