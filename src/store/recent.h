/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recent: what a connection found in the record lately, so that running a cell again asks nothing.
 *
 * Holds the run recorded last and, per cell name, the version recorded last when that is the latest
 * one of its name. All of it is forgotten when another connection has written (PRAGMA data_version)
 * and when a transaction is rolled back, so that an entry is always what a SELECT would find.
 */
#ifndef RSCN_STORE_RECENT_H
#define RSCN_STORE_RECENT_H

#include "store/store.h"

struct recent;
struct recent *recent_new(void);
void recent_free(struct recent *recent);
/* Forgets everything. */
void recent_forget(struct recent *recent);
/* A transaction has begun: the next question is preceded by a look at the data version. */
void recent_begin(struct recent *recent);

struct recent_version {
    const char *id; /* code_notebook_cell_id; borrowed until the next call */
    int64_t number;
};
/* Whether run, cell (same name, same or no nbformat_id) and version of the record are as the store
 * has them and the version is the latest of its name. Inside a transaction. False with an error set
 * in `error` when the store can't be read. */
bool recent_find(struct store_connection *connection, const struct execution_record *record,
                 struct recent_version *ret_version, struct error *error);
/* The record of the present transaction was written with this version. `is_latest`: it was the
 * latest of its name before. */
void recent_note(struct recent *recent, const struct execution_record *record,
                 const char *version_id, int64_t number, bool is_latest);

#endif
