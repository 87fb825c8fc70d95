/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_write: the canonical text of a notebook: byte for byte what nbformat.write makes of the
 * same content (N-19 to N-33, N-70 to N-72), where nbformat can write it; the same rules where it
 * can't.
 *
 * 3.x becomes 4.5 (N-61, N-76), like everywhere that a notebook is opened today; 4.x keeps its
 * minor.
 */
#ifndef RSCN_MODEL_NOTEBOOK_WRITE_H
#define RSCN_MODEL_NOTEBOOK_WRITE_H

#include "model/notebook/notebook.h"

/* What is to be different in one cell. */
struct notebook_cell_change {
    bool has_outputs;    /* replace its outputs and its count (code cells only) */
    const char *outputs; /* JSON array of nbformat outputs (v4); NULL = [] */
    size_t outputs_size;
    int64_t execution_count; /* 0 = null */
    const char *source;      /* with has_outputs: its text too; NULL = as it is */
    size_t source_size;
};

struct notebook_changes {
    const struct notebook_cell_change *cells; /* one per cell; NULL = none */
    const char *const *ids; /* one per cell: for cells that must have an id and have none, or one
                               that an earlier cell has (N-41), in 4.5 and later, and for all of
                               3.x (N-63); NULL = keep as it is */
};

/* Whether the changes make the notebook another one: other outputs or another count, whatever their
 * layout. If not, the bytes as they came will do. Ids alone are no change: they are for a text that
 * has to be written anew anyway. */
bool notebook_would_change(const struct notebook *notebook, const struct notebook_changes *changes);
/* Not when there would be little but indentation (raw_json_is_steep); nbformat can't read that. */
bool notebook_can_be_written(const struct notebook *notebook, struct error *error) NODISCARD;
/* `changes` may be NULL. Fails only when it can't be written, and when the outputs given can't or
 * are no JSON. */
bool notebook_write(const struct notebook *notebook, const struct notebook_changes *changes,
                    struct strbuf *ret_text, struct error *error) NODISCARD;

#endif
