/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_diff: what became of each cell between two versions of a notebook.
 *
 * Which cell is which is settled before (model/identity/version_match): cells are the same when
 * their keys are. What is left is to see what happened to each, and which of them really moved.
 */
#ifndef RSCN_MODEL_NOTEBOOK_DIFF_H
#define RSCN_MODEL_NOTEBOOK_DIFF_H

#include "model/notebook/notebook.h"

/* All is borrowed. */
struct notebook_diff_cell {
    const char *key; /* no two cells of one version have the same */
    enum notebook_cell_type type;
    const char *source;
    size_t source_size;
    /* Texts that are equal when the things are, NULL = none: */
    const char *metadata, *attachments, *outputs;
};

enum notebook_change_bit {
    CHANGE_ADDED = 1 << 0,
    CHANGE_DELETED = 1 << 1,
    CHANGE_MOVED = 1 << 2,
    CHANGE_EDITED = 1 << 3,
    CHANGE_TYPE = 1 << 4,
    CHANGE_OUTPUTS = 1 << 5,
    CHANGE_METADATA = 1 << 6,
    CHANGE_ATTACHMENTS = 1 << 7,
};
#define NOTEBOOK_CHANGE_BITS 8

#define NOTEBOOK_DIFF_NONE ((size_t)-1)
struct notebook_change {
    unsigned what;   /* of enum notebook_change_bit; 0 = the same in the same order */
    size_t from, to; /* positions from 0; NOTEBOOK_DIFF_NONE where the cell isn't */
};
struct notebook_diff {
    /* Each cell once, in the order of the newer version; what was deleted after the cell it stood
     * behind */
    struct notebook_change *cells;
    size_t count;
    size_t tally[NOTEBOOK_CHANGE_BITS]; /* how many cells have each bit */
    size_t changed, unchanged;          /* cells */
};

/* Moved are the cells outside of a longest common order, so that one cell that went up is one that
 * moved, however many it passed. Takes O(n log n). Release with notebook_diff_release. */
void notebook_diff(const struct notebook_diff_cell *from, size_t from_count,
                   const struct notebook_diff_cell *to, size_t to_count,
                   struct notebook_diff *ret_diff);
void notebook_diff_release(struct notebook_diff *diff);
/* "added", "deleted", "moved", "edited", "type", "outputs", "metadata", "attachments": of the bit
 * number `bit`. */
const char *notebook_change_word(unsigned bit);

#endif
