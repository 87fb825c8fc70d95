/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn_tables: the RSCN tables as we make them, and those of other tools as we find them.
 */
#ifndef RSCN_STORE_RSCN_TABLES_H
#define RSCN_STORE_RSCN_TABLES_H

#include "store/database.h"

/* Member of `elaboration` that makes a code_notebook_state row ours, and append-only: the id of
 * its execution. */
#define RSCN_STATE_EXECUTION "execution"

/* Makes the three tables, assurance_schema, their index and the triggers of our own stores, inside
 * a transaction (D-1, D-4, R-14). */
bool rscn_tables_create(struct store_connection *connection, struct error *error) NODISCARD;
/* True if all three RSCN tables are there. */
bool rscn_tables_exist(struct store_connection *connection, bool *ret_exist,
                       struct error *error) NODISCARD;
/* Whether tables made by another tool have what we need: ERROR_UNSUPPORTED for generation G0 and
 * for a missing column. */
bool rscn_tables_check(struct store_connection *connection, struct error *error) NODISCARD;
/* Whether a unique key covers exactly (cell, from_state, to_state) of code_notebook_state. */
bool rscn_tables_state_key(struct store_connection *connection, bool *ret_has_key,
                           struct error *error) NODISCARD;
/* Whether the append-only triggers on code_notebook_state are there; drops them (inside a
 * transaction) when another tool has added the unique key of R-2 and rows must be upserted. */
bool rscn_tables_has_triggers(struct store_connection *connection, bool *ret_has,
                              struct error *error) NODISCARD;
bool rscn_tables_drop_triggers(struct store_connection *connection, struct error *error) NODISCARD;
/* Whether kernel rows of ours are missing; adds them inside a transaction and changes none
 * that is there. A file of another tool gets SQL only. */
bool rscn_tables_lacks_kernels(struct store_connection *connection, bool *ret_lacks,
                               struct error *error) NODISCARD;
bool rscn_tables_add_kernels(struct store_connection *connection, struct error *error) NODISCARD;
/* "rscn" (made by us), "G1" or "G3"; static text. */
const char *rscn_tables_generation(struct store_connection *connection);

#endif
