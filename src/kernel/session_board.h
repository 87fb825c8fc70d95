/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_board: what the executor tells those who look while a cell runs: which store, notebook
 * and run, and (schema_snapshot) the database in use. The executor writes, others read copies.
 */
#ifndef RSCN_KERNEL_SESSION_BOARD_H
#define RSCN_KERNEL_SESSION_BOARD_H

#include "base/ident.h"
#include "engine/look/schema_snapshot.h"

struct session_board;

struct session_facts {
    char *store_path;       /* NULL = it is not known where it is */
    char *notebook;         /* NULL before the first cell */
    char run_id[ULID_SIZE]; /* "" before the first cell */
    char *directory;        /* where relative names start; NULL before the first cell */
};

struct session_board *session_board_new(void);
void session_board_free(struct session_board *board);
struct schema_board *session_board_schemas(struct session_board *board);
/* Copied; store_path may be NULL. */
void session_board_set_store(struct session_board *board, const char *store_path);
void session_board_set_run(struct session_board *board, const char *notebook, const char *run_id,
                           const char *directory);
/* The caller releases. */
void session_board_get(struct session_board *board, struct session_facts *ret_facts);
void session_facts_release(struct session_facts *facts);

#endif
