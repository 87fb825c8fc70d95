/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_watch: the thread that takes the notebook's file into the store as a new version when it
 * changed: before the first cell, in the pause after a cell, at the end of the kernel.
 *
 * It works while no cell runs and the record is made; a cell that comes stops it, and it begins
 * again in the next pause. So no cell waits for it, and what it takes in knows the cells that ran.
 * The exceptions are the first cell, which waits for at most a second, because its notebook's key
 * and its cells' keys depend on it, and a commit that is under way.
 */
#ifndef RSCN_KERNEL_NOTEBOOK_WATCH_H
#define RSCN_KERNEL_NOTEBOOK_WATCH_H

#include <stdbool.h>

#include "base/error.h"
#include "kernel/notebook_view.h"
#include "store/store.h"

struct notebook_watch;
struct recorder;

/* All texts are copied. */
struct notebook_facts {
    const char *path; /* absolute path of the file */
    const char *name; /* present name in the store */
    bool is_named;    /* the name was given and is not the path's */
    const char *run_id, *user, *host;
};

/* Both borrowed from here on; NULL for a recorder that is none: then nothing is waited for. The
 * thread begins with notebook_watch_start. */
struct notebook_watch *notebook_watch_new(struct recorder *recorder);
/* The recorder is about to be freed: nothing is begun any more until notebook_watch_free. NULL is
 * fine. */
void notebook_watch_pause(struct notebook_watch *watch);
/* Takes the file in once more if it changed, waiting for the store's lock for less than half a
 * second, and ends the thread. NULL is fine. */
void notebook_watch_free(struct notebook_watch *watch);
/* The store from now on; NULL while there is none. Waits until the old one is no longer used. */
void notebook_watch_attach(struct notebook_watch *watch, struct store *store);
/* Which file it is, at the first cell. Takes it in and waits for that for at most a second.
 * *ret_key is the notebook's key when that became known, else NULL; caller frees. */
void notebook_watch_start(struct notebook_watch *watch, const struct notebook_facts *facts,
                          char **ret_key);
/* The key under which the kernel records: versions of another notebook tell it nothing. */
void notebook_watch_set_key(struct notebook_watch *watch, const char *key);
/* Where the file is now, NULL if there is none (or no watch); caller frees. */
char *notebook_watch_path(struct notebook_watch *watch);

/* Around each cell, on the worker's thread. */
void notebook_watch_cell_begins(struct notebook_watch *watch);
void notebook_watch_cell_ends(struct notebook_watch *watch);
/* The newest view of the file, NULL if there never was one; the caller unrefs it.
 * `must_be_current`: the file is looked at, and read on the caller's thread if it changed.
 * *ret_cells: its cells in the store, NULL = not known yet; borrowed from the view. */
struct notebook_view *notebook_watch_view(struct notebook_watch *watch, bool must_be_current,
                                          const struct version_cells **ret_cells);

#endif
