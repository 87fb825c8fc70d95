/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard: whether SQLite checks what a connection records.
 *
 * The schema's CHECKs parse every JSON text, and its append-only triggers look for every key: both
 * protect the record from other programs, and from damaged files that are recovered. They took half
 * of the time of an INSERT. For what the kernel itself has just made they are lifted: its JSON is
 * formatted by us, and it only inserts, so that the unique keys refuse what is there already.
 * Never on a connection on which cells run: what is off is off for the user's tables too.
 * Foreign keys stay, and so do all triggers as soon as one of them is not ours.
 */
#ifndef RSCN_STORE_GUARD_H
#define RSCN_STORE_GUARD_H

#include <stdbool.h>

#include "store/store.h"

struct guard {
    bool is_shared;     /* SQL of others runs on the connection: its CHECKs and triggers count */
    bool is_lifted;     /* the checks are off */
    bool is_known;      /* that the schema is still `schema_version` */
    bool may_lift;      /* no trigger of others in it */
    int schema_version;
};

/* Another connection has written: the schema may have changed. */
void guard_doubt(struct guard *guard);
/* Turns the checks off (with `is_sure`) or on. A change costs the next use of each statement a
 * preparation. Between statements, inside a transaction. */
bool guard_set(struct store_connection *connection, bool is_sure, struct error *error) NODISCARD;

#endif
