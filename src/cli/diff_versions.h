/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_versions: `rscn diff NOTEBOOK`: what became of each cell between two versions of a notebook.
 */
#ifndef RSCN_CLI_DIFF_VERSIONS_H
#define RSCN_CLI_DIFF_VERSIONS_H

#include "cli/reading.h"

struct diff_versions_request {
    const char *notebook; /* key */
    int64_t from, to;     /* 0: the parent of `to`; the newest */
    const char *cell;     /* name or key; NULL = all */
    bool is_json, is_stat;
    size_t context, most_outputs; /* see cli/diff_print.h */
};

/* Prints the difference. Returns the exit status: STATUS_NOT_DONE when something differs. */
int diff_versions(const struct reading *reading, const struct diff_versions_request *request);

#endif
