/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_transactions: which executions stand in a transaction that the user has open on another
 * database (`effect` open), until it ends.
 *
 * While it is open they stay in the in-flight file although they are recorded: if the kernel dies,
 * SQLite rolls the transaction back, and the next open of the store adds ROLLED_BACK to them.
 */
#ifndef RSCN_KERNEL_OPEN_TRANSACTIONS_H
#define RSCN_KERNEL_OPEN_TRANSACTIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "engine/engine.h"
#include "store/store.h"

struct executor;
struct execution;

/* After the statements of a cell ran: it ends the transaction that is open on its database, joins
 * it or begins one. Executions of one that was rolled back get ROLLED_BACK. */
void open_transactions_note(struct executor *executor, const struct execution *execution,
                            const struct engine_outcome *outcome);
/* Whether the execution stood in a transaction that was open when it ended. Any thread. */
bool open_transactions_is_in(const struct execution *execution);
/* Such a one has been recorded: its intent becomes its end, until the transaction ends. Any thread.
 */
void open_transactions_keep(struct store *store, const struct execution *execution);
/* The kernel ends and the databases are about to be closed: ROLLED_BACK for all. Inside a
 * transaction of the store; then open_transactions_forget after its commit. */
bool open_transactions_end(struct executor *executor, struct store_connection *connection,
                           struct error *error) NODISCARD;
void open_transactions_forget(struct executor *executor);

#endif
