/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_take: what the files that take a notebook in share.
 *
 * notebook_take.c finds the notebook and writes its version, notebook_place.c says which cell each
 * of the file's is and writes the cells and their texts.
 */
#ifndef RSCN_STORE_NOTEBOOK_TAKE_H
#define RSCN_STORE_NOTEBOOK_TAKE_H

#include "store/notebook_past.h"
#include "store/notebooks.h"
#include "store/snapshot.h"

#define CELL_TYPES 4

/* A cell of the file, and which cell of the notebook it is. */
struct placed_cell {
    char *key, *name;
    char *version_id; /* code_notebook_cell_id */
    char normal_hash[SHA256_HEX_SIZE];
};

struct taking {
    struct store_connection *connection;
    const struct notebook_taking *facts;
    const struct notebook *notebook;
    const char *key;
    int64_t parent; /* newest version before; 0: none */
    int64_t version;
    struct past_cells before, earlier;
    struct version_match match;
    char *kernels[CELL_TYPES]; /* by type, NULL: not asked yet */
    struct placed_cell *cells; /* as many as the notebook has */
};

/* Matches the cells and writes rscn_cell and the texts. */
bool place_cells(struct taking *taking, struct error *error) NODISCARD;
/* Whether the cells and their texts are those of the version before, in its order. */
bool place_is_unchanged(const struct taking *taking);
/* After the version's row: its cells, their lineage, and what it has no longer. */
bool place_write(struct taking *taking, const struct snapshot_pieces *pieces,
                 struct error *error) NODISCARD;
void place_release(struct taking *taking);

#endif
