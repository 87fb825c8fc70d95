/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_session: what the look-ups of a kernel see: the database in use and the record, through
 * connections that only read. Nothing is made, waited for or written for a look-up. Used by one
 * thread.
 */
#ifndef RSCN_KERNEL_LOOK_SESSION_H
#define RSCN_KERNEL_LOOK_SESSION_H

#include <stdatomic.h>

#include "engine/look/sqlite_view.h"
#include "kernel/session_board.h"
#include "store/store.h"

struct look_session;

/* Both are borrowed; what runs is stopped when *is_stopped becomes true. */
struct look_session *look_session_new(struct session_board *board, const atomic_bool *is_stopped);
/* Closes the connections. */
void look_session_free(struct look_session *session);
/* The database in use as it is now, until look_session_end, which must follow. */
struct sqlite_view look_session_begin(struct look_session *session);
void look_session_end(struct look_session *session);
/* store_history for this notebook and run, whose fields of the request are filled in here; empty
 * while there is no store. New array, NULL on error. */
json_t *look_session_history(struct look_session *session, const struct history_request *request,
                             struct error *error) NODISCARD;

/* Where relative names of files start; caller frees. */
char *look_session_directory(struct look_session *session);
/* Names of the cells of this notebook that have one: new array of strings, empty when they can't be
 * known at once. */
json_t *look_session_cells(struct look_session *session);

#endif
