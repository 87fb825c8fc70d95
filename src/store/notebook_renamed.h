/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_renamed: which notebook a file at a new path was, when its old file is gone.
 */
#ifndef RSCN_STORE_NOTEBOOK_RENAMED_H
#define RSCN_STORE_NOTEBOOK_RENAMED_H

#include "model/notebook/notebook.h"
#include "store/notebook_names.h"

/* The notebook whose newest version has the bytes of this snapshot (0: none has), else one of which
 * more than half of the cells' ids are in the file; of several alike one with the base name of
 * `name`. ret_row->key NULL: none. A notebook that was removed
 * is no candidate, nor one that was not taken from a file. */
bool notebook_renamed(struct store_connection *connection, const char *name,
                      const struct notebook *notebook, int64_t snapshot,
                      struct notebook_row *ret_row, struct error *error) NODISCARD;

#endif
