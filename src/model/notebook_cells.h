/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_cells: the cells of a notebook file as far as identification needs them. Reading only;
 * the file's own text is not kept.
 */
#ifndef RSCN_MODEL_NOTEBOOK_CELLS_H
#define RSCN_MODEL_NOTEBOOK_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct notebook_cell {
    char *id;     /* nbformat id, NULL before 4.5 */
    char *name;   /* metadata.name, NULL if none */
    char *source; /* joined */
    size_t source_size;
    bool is_code;
};

struct notebook_cells {
    int major, minor;
    bool has_ids; /* nbformat 4.5 or later: cellId of JupyterLab is this id only then (FE-45) */
    struct notebook_cell *cells;
    size_t count;
};

/* Reads nbformat 4.x (and 3.x: worksheets, cells with `input`). NULL with a one-line error for
 * anything else. Caller frees with notebook_cells_free. */
struct notebook_cells *notebook_cells_parse(const char *text, size_t size,
                                            struct error *error) NODISCARD;
void notebook_cells_free(struct notebook_cells *cells);

#endif
