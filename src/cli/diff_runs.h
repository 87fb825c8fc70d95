/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_runs: `rscn diff NOTEBOOK --runs`: what two runs of a notebook did differently.
 */
#ifndef RSCN_CLI_DIFF_RUNS_H
#define RSCN_CLI_DIFF_RUNS_H

#include "cli/reading.h"

struct diff_runs_request {
    const char *notebook; /* key */
    int64_t from, to;     /* numbers; 0: the last two that executed something */
    const char *cell;     /* name or key; NULL = all */
    bool is_json;
    size_t context, most_outputs; /* see cli/diff_print.h */
};

/* Prints the difference. Returns the exit status: STATUS_NOT_DONE when something differs. */
int diff_runs(const struct reading *reading, const struct diff_runs_request *request);

#endif
