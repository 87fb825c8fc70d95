/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_snapshot: what another thread has to know of the database in use to complete and inspect
 * while a cell runs on it: which files, and the CREATE texts of what is in them.
 *
 * The thread that runs cells takes one when something changed and puts it on the board; a snapshot
 * never changes, so whoever looks holds no lock (K-25).
 */
#ifndef RSCN_ENGINE_SCHEMA_SNAPSHOT_H
#define RSCN_ENGINE_SCHEMA_SNAPSHOT_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

/* One schema of the connection. */
struct schema_part {
    char *name;          /* "main", "temp", or as attached */
    char *file;          /* real path; "" = it has none */
    bool is_uncommitted; /* a transaction that writes was open on the file: then its schema is the
                            one of `texts` while the file's cookie is not `cookie` */
    int64_t cookie;      /* PRAGMA schema_version, read only when is_uncommitted */
    char *texts;         /* CREATE texts in their order, each with a NUL behind it; may be NULL */
    size_t size;         /* bytes of `texts` */
};

struct schema_snapshot {
    atomic_uint references;
    uint64_t number; /* on its board, from 1 */
    char *label;     /* for messages, as in struct engine_target */
    bool is_store;
    json_t *parameters; /* object; never changed */
    struct schema_part *parts;
    size_t count;
};

/* Of a file that nobody has opened yet, or of nothing (file NULL). One reference. */
struct schema_snapshot *schema_snapshot_of_file(const char *label, const char *file, bool is_store);
/*
 * Of the database in use, on the thread that runs cells; one reference. Waits for nobody and begins
 * no transaction on a file: what can't be read at once is taken over from `before` (may be NULL).
 * target NULL: no database can be used. `parameters` is copied.
 */
struct schema_snapshot *schema_snapshot_take(const struct engine_target *target,
                                             const json_t *parameters,
                                             const struct schema_snapshot *before);
/* NULL is fine. */
void schema_snapshot_free(struct schema_snapshot *snapshot);
/* Whether a part was taken while a transaction wrote to its file. */
bool schema_snapshot_is_uncommitted(const struct schema_snapshot *snapshot);

/* The newest snapshot, between threads. */
struct schema_board;
struct schema_board *schema_board_new(void);
void schema_board_free(struct schema_board *board);
/* Takes the reference over. */
void schema_board_put(struct schema_board *board, struct schema_snapshot *snapshot);
/* Whoever keeps connections to the files open for looking names the function that closes them; NULL
 * when it does no longer. The function is called on the thread that runs cells. */
void schema_board_set_keeper(struct schema_board *board, void (*let_go)(void *context),
                             void *context);
/* Between these two a look-up may have read locks on the files. False: a cell waits for a lock, the
 * files are to be left alone, and there is no end to call. */
bool schema_board_begin_read(struct schema_board *board);
void schema_board_end_read(struct schema_board *board);
/* A cell does not get a lock. True when a look-up may be what keeps it: then the next ones leave
 * the files alone for a moment. */
bool schema_board_want_files(struct schema_board *board);
/* A statement is about to run that fails while another connection is on the file. */
void schema_board_let_go(struct schema_board *board);
/* A reference to the newest, to be freed; NULL before the first. */
struct schema_snapshot *schema_board_get(struct schema_board *board);

#endif
