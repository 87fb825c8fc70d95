/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cells: the cells of a notebook as people see them: those of its file in its order, others that were
 * run, and those that plain SQL put into code_notebook_cell and nobody ran yet, by name.
 *
 * Hidden are cells whose versions are all soft-deleted, and cells that only silent requests
 * ran. A cell of plain SQL has its name as key: it keeps that when it is run.
 */
#ifndef RSCN_STORE_CELLS_H
#define RSCN_STORE_CELLS_H

#include "store/statement.h"

struct cell_row {
    const char *cell_key, *cell_name;
    const char *nbformat_id; /* NULL if none */
    const char *code;        /* newest version */
    size_t code_size;
    int64_t place; /* in the newest version of the file, from 1; 0 = not in it */
    bool is_code;
};

/* Opens the question; the statement must be AUTO_STATEMENT. */
bool cells_open(struct statement *statement, struct store_connection *connection,
                const char *notebook, struct error *error) NODISCARD;
/* 1: a cell (texts borrowed until the next call), 0: the end, -1: an error. */
int cells_next(struct statement *statement, struct cell_row *ret_row,
               struct error *error) NODISCARD;

#endif
