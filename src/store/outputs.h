/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outputs: what executions showed, as notebook files have it (model/output/output_fold).
 */
#ifndef RSCN_STORE_OUTPUTS_H
#define RSCN_STORE_OUTPUTS_H

#include <jansson.h>

#include "store/database.h"

/* The outputs of the execution with this number as a JSON array. Caller frees. NULL on error. */
char *outputs_read(struct store_connection *connection, int64_t number,
                   struct error *error) NODISCARD;
/* The same for showing. Caller decrefs. */
json_t *outputs_json(const char *text);

#endif
