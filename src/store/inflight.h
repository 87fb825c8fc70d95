/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflight: one file per kernel in FILE-run/ that says what it is running (ARCHITECTURE.md).
 *
 * The intent of an execution costs no commit: a checksummed entry is written there, not synced,
 * before the code runs. The kernel holds a lock on its file while it lives, so that whoever gets
 * the lock knows that it is dead, and takes what is left into the record. When nothing is open any
 * more the file is emptied; at an orderly end it is removed.
 *
 * An entry: "RSC2", kind (1 byte), 3 zero bytes, length of the payload (4 bytes, little endian),
 * checksum (8 bytes) of what comes before and of the checksum of the payload; payload: JSON. The
 * checksum finds what was torn or damaged, not what was forged: who can write the file needs none.
 */
#ifndef RSCN_STORE_INFLIGHT_H
#define RSCN_STORE_INFLIGHT_H

#include "store/database.h"

#define INFLIGHT_DAMAGED ".damaged" /* end of the name of a file that could not be read whole */

enum inflight_kind {
    INFLIGHT_BEGIN = 1, /* a whole record: it is about to run */
    INFLIGHT_END = 2,   /* a whole record with its true end and its outputs */
    INFLIGHT_DONE = 3,  /* its `execution` is in the store */
};

/* One execution of a file: its last entry. */
struct inflight_item {
    enum inflight_kind kind;
    json_t *json;
};
struct inflight_content {
    struct inflight_item *items; /* those that are not done, in order */
    size_t count;
    bool is_damaged; /* something behind the items could not be read */
};
#define INFLIGHT_CONTENT_INIT                                                                      \
    {                                                                                              \
        NULL, 0, false                                                                             \
    }

/* FILE-run; caller frees. */
char *inflight_directory(const struct store *store);
/* Paths of the kernels' files in it (not those kept aside), sorted; caller frees each and the
 * array. */
void inflight_list(const struct store *store, char ***ret_paths, size_t *ret_count);
/* Reads the file from its start. False with an error when it cannot be read or is larger than it
 * may be. */
bool inflight_read(int descriptor, const char *path, struct inflight_content *ret_content,
                   struct error *error) NODISCARD;
void inflight_content_release(struct inflight_content *content);
/* Locks the whole file without waiting; false when another descriptor holds it. */
bool inflight_lock(int descriptor) NODISCARD;
/* Whether somebody holds it, without disturbing. */
bool inflight_is_locked(int descriptor);

/* For store_close: removes the file if nothing is open in it, else leaves it for the next open. */
void inflight_close(struct store *store);

#endif
