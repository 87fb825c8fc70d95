/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_view: a notebook file as it was read once, shared by the thread that takes it in and the
 * worker that looks for cells in it.
 *
 * Counted, because each may still use a view when the other has a newer one. What does not change
 * is read without a lock; `text` and the JSON belong to the thread that takes the view in.
 */
#ifndef RSCN_KERNEL_NOTEBOOK_VIEW_H
#define RSCN_KERNEL_NOTEBOOK_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "model/notebook/notebook.h"
#include "store/notebooks.h"

/* Larger files are nothing that a kernel reads beside its cells. */
#define NOTEBOOK_VIEW_MAX_BYTES ((size_t)64 * 1024 * 1024)

struct notebook_view {
    atomic_int references;
    struct stat status; /* of the file before it was read */
    bool is_fresh;      /* the file was so young that it may have changed since without a sign */
    struct strbuf text; /* empty once it was let go */
    struct notebook *notebook; /* NULL: no notebook that can be read */
    /* The cells of the version with these bytes, one per cell of `notebook`; NULL = not known. Set
     * once, under the mutex of notebook_watch. */
    struct version_cells *cells;
};

/* Reads the file. One that is no notebook, too long, unreadable or changing all the while gives a
 * view without notebook and a line in `error`; NULL with an error when there is no regular file. */
struct notebook_view *notebook_view_read(const char *path, struct error *error) NODISCARD;
/* Whether the view shows the file with this status. */
bool notebook_view_is_of(const struct notebook_view *view, const struct stat *status);
/* Lets the text and the JSON go; the cells' texts, types, ids and names stay. */
void notebook_view_slim(struct notebook_view *view);

struct notebook_view *notebook_view_ref(struct notebook_view *view);
/* NULL is fine. */
void notebook_view_unref(struct notebook_view *view);

#endif
