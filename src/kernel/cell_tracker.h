/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell_tracker: which cell of the notebook a request is, kept up to date through a run: the cells
 * that the record knows, the cells of the file, and which of them were used. The decision itself is
 * model/identity/cell_match; this is its memory.
 *
 * What a cell of the file is in the record the newest version tells, when the file is that version;
 * when it has changed since, model/identity/version_match tells it, as it will when the file is taken in.
 */
#ifndef RSCN_KERNEL_CELL_TRACKER_H
#define RSCN_KERNEL_CELL_TRACKER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "store/store.h"

struct cell_tracker;
struct notebook_watch;

/* What a request was identified as. Texts are borrowed from the tracker until the next call. */
struct tracked_cell {
    const char *cell_key;
    const char *cell_name;
    const char *nbformat_id; /* NULL = none */
    const char *evidence[4]; /* words, strongest first, NULL-terminated */
    json_t *client_cell;     /* new object {cellId, file_has_ids}, or NULL; the caller owns it */
};

struct cell_tracker *cell_tracker_new(void);
void cell_tracker_free(struct cell_tracker *tracker);
/* Takes the notebook's known cells out of the record (again). */
bool cell_tracker_load(struct cell_tracker *tracker, struct store_connection *connection,
                       const char *notebook, struct error *error) NODISCARD;
/* `watch` knows the notebook's file, NULL if there is none; the file is only looked at when the
 * client's id does not tell the cell. `explicit_name` is %cell's or the client's metadata `name`,
 * NULL if none. `may_be_edited`: somebody sits at a page and may have changed the text since the file
 * was saved. The cell counts as used from now on. */
void cell_tracker_identify(struct cell_tracker *tracker, struct notebook_watch *watch,
                           const char *code, size_t size, const json_t *metadata,
                           const char *explicit_name, bool may_be_edited,
                           struct tracked_cell *ret_cell);

#endif
