/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: what recovery shares with recording.
 */
#ifndef RSCN_STORE_RECORD_H
#define RSCN_STORE_RECORD_H

#include "store/database.h"

/* store_record, for an execution that was found in the in-flight file of a dead kernel:
 * recovered_at is set. */
bool record_recovered(struct store_connection *connection, const struct execution_record *record,
                      timestamp_us recovered_at, struct error *error) NODISCARD;

#endif
