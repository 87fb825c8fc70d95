/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_version: `rscn show NOTEBOOK@V`: a version of a notebook, to read or as JSON.
 */
#ifndef RSCN_CLI_SHOW_VERSION_H
#define RSCN_CLI_SHOW_VERSION_H

#include "cli/reading.h"

/* Shows version `version` (0 = the newest) of the notebook with this key. Returns the exit status.
 */
int show_version(const struct reading *reading, const char *notebook, int64_t version,
                 bool is_json);

#endif
