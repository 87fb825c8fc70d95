/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_kernels: which code_notebook_kernel row the cells of a notebook file belong to.
 */
#ifndef RSCN_STORE_NOTEBOOK_KERNELS_H
#define RSCN_STORE_NOTEBOOK_KERNELS_H

#include "model/notebook/notebook.h"
#include "store/database.h"

/* The row for the cells of a type, made when missing: of code the one that the
 * kernelspec names, which for our own is SQL; of others one that nothing runs. Caller frees
 * *ret_id. Inside a transaction. */
bool notebook_kernel(struct store_connection *connection, const struct notebook *notebook,
                     enum notebook_cell_type type, char **ret_id, struct error *error) NODISCARD;

#endif
