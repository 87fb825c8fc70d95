/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery: what dead kernels left in flight is taken into the record.
 */
#ifndef RSCN_STORE_RECOVERY_H
#define RSCN_STORE_RECOVERY_H

#include "store/database.h"

/* Whether a dead kernel's file is there. Quick, takes no lock. */
bool recovery_is_needed(const struct store *store);
/* Records what dead kernels left and removes their files. Waits at most timeout_us for the lock;
 * what cannot be done now stays for the next open and is logged. An execution that is in the store
 * already wins; an entry that cannot be read is kept aside in FILE.damaged, never guessed. Returns
 * how many executions were recorded. */
size_t recovery_run(struct store_connection *connection, int64_t timeout_us);

#endif
