/* SPDX-License-Identifier: Apache-2.0 */
/*
 * objects: what executions touched.
 */
#ifndef RSCN_STORE_OBJECTS_H
#define RSCN_STORE_OBJECTS_H

#include <jansson.h>

#include "store/database.h"

/* Inside the transaction that records the execution. */
bool objects_insert(struct store_connection *connection, const struct touched_objects *objects,
                    int64_t execution_number, struct error *error) NODISCARD;
/* Array of objects of one execution, in order. NULL on failure. Caller decrefs. */
json_t *objects_of(struct store_connection *connection, int64_t execution_number,
                   struct error *error);

#endif
