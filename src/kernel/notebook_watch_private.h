/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_watch_private: the watch's state, shared by notebook_watch.c (the thread, who waits for
 * whom), notebook_turn.c (one look at the file, and taking it in) and notebook_follow.c (which file
 * it is by now).
 */
#ifndef RSCN_KERNEL_NOTEBOOK_WATCH_PRIVATE_H
#define RSCN_KERNEL_NOTEBOOK_WATCH_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/ident.h"
#include "kernel/notebook_watch.h"

struct notebook_watch {
    pthread_t thread;
    pthread_mutex_t mutex;  /* guards all but what is the thread's own */
    pthread_cond_t changed; /* for those who wait for the thread */
    pthread_cond_t wanted;  /* for the thread */
    struct recorder *recorder;
    struct store *store;
    char *path, *name, *key; /* path and name change on the thread alone */
    char *run_id, *user, *host;
    bool is_named;
    bool has_thread, is_closing, has_ended;
    bool has_cell;      /* a cell runs */
    bool is_first;      /* the first cell waits for the thread */
    bool is_due;        /* the file is to be looked at */
    bool has_failed;    /* what was found last is not in the store */
    bool is_missed;     /* there is no file at the path, which is known by now */
    bool is_working;    /* uses the store */
    bool is_committing; /* can't be stopped any more */
    atomic_bool stop;   /* ends what the thread does with the store */
    struct notebook_view *view;
    /* the thread's own */
    int pause_ms;
};

/* What one turn of the thread works with. */
struct turn {
    struct notebook_watch *watch;
    char *known_key;              /* under which the kernel records, NULL = not known; owned */
    struct notebook_view *before; /* the newest one at the beginning; counted */
    struct notebook_view *view;   /* of what is taken in; counted */
    struct store_connection *connection;
    char sha256[SHA256_HEX_SIZE]; /* of the view's text */
    char *key;                    /* of the notebook that the file was taken in as; owned */
    struct version_cells *cells;  /* owned */
    bool is_last;                 /* the kernel ends */
};

/* Follows a file whose path is gone, in the watch's path and name. *ret_is_moved: it is another
 * path now. False: there is none. */
bool notebook_follow(struct turn *turn, bool *ret_is_moved) NODISCARD;
/* Looks at the file and takes it in if it changed; releases the turn. False when it was stopped and
 * has to be done again. */
bool notebook_turn_work(struct turn *turn) NODISCARD;
/* With the watch's mutex held. */
void notebook_watch_set_view(struct notebook_watch *watch, struct notebook_view *view);

#endif
