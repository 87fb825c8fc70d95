/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_past: the cells that a notebook had, as what a new version's cells are matched with.
 */
#ifndef RSCN_STORE_NOTEBOOK_PAST_H
#define RSCN_STORE_NOTEBOOK_PAST_H

#include "model/identity/version_match.h"
#include "store/database.h"

struct past_cell {
    char *key, *name; /* present name */
    char *id, *uuid;  /* in the file, NULL */
    char *last_id;    /* that the store has for the cell now, NULL */
    enum notebook_cell_type type;
    char *version_id; /* code_notebook_cell_id of the text, NULL: another tool removed it */
    char *text;
    size_t size;
    bool is_latest; /* the text is the latest one of its name */
    char
        *latest; /* that one when it is another, NULL: it is not: what ran and was not saved then */
    size_t latest_size;
};
struct past_cells {
    struct past_cell *cells;
    size_t count, capacity;
};
#define PAST_CELLS_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/* The cells of one version, in order. */
bool past_before(struct store_connection *connection, const char *key, int64_t version,
                 struct past_cells *ret_cells, struct error *error) NODISCARD;
/* Those that this version (0: none) does not have: executed and in no version yet, then those that
 * went last; a bounded number. `before` is how many cells the version has. */
bool past_earlier(struct store_connection *connection, const char *key, int64_t version,
                  size_t before, struct past_cells *ret_cells, struct error *error) NODISCARD;
void past_cells_release(struct past_cells *cells);
/* As version_match wants them; caller frees. A cell of which the file `now` has only the latest
 * text is matched by that: it was edited, ran, and was saved later. */
struct version_match_cell *past_match_cells(const struct past_cells *cells,
                                            const struct notebook *now);

#endif
