/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot: the bytes of a notebook file in the store, whole in one row but for its large pieces,
 * which stand in rscn_content once however many files hold them.
 */
#ifndef RSCN_STORE_SNAPSHOT_H
#define RSCN_STORE_SNAPSHOT_H

#include "model/notebook/notebook.h"
#include "store/database.h"

/* Values of outputs and attachments of this size and more are pieces. */
#define SNAPSHOT_PIECE_BYTES 1024

struct snapshot_piece {
    size_t offset, size; /* in the file */
    char sha256[SHA256_HEX_SIZE];
};
struct snapshot_pieces {
    struct snapshot_piece *items; /* by offset */
    size_t count, capacity;
};
#define SNAPSHOT_PIECES_INIT                                                                       \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }
#define AUTO_SNAPSHOT_PIECES                                                                       \
    __attribute__((cleanup(snapshot_pieces_release))) struct snapshot_pieces

/* Where the large values of a notebook stand in its text: each mime value of an output's `data` and
 * of an attachment, and any other member of an output. */
void snapshot_cut(const struct notebook *notebook, const char *text, size_t size,
                  struct snapshot_pieces *ret_pieces);
void snapshot_pieces_release(struct snapshot_pieces *pieces);
/* SHA-256 of a cell's outputs: of their text, in which the SHA-256 of pieces stand for them; ""
 * when there are none. */
void snapshot_outputs_hash(const struct notebook *notebook, const struct notebook_cell *cell,
                           const char *text, const struct snapshot_pieces *pieces,
                           char ret_hash[SHA256_HEX_SIZE]);

/* Number of the snapshot with this SHA-256; 0: none. */
bool snapshot_find(struct store_connection *connection, const char *sha256, int64_t *ret_number,
                   struct error *error) NODISCARD;
/* Adds one that is not there. *ret_bytes: what it and its new pieces take. Inside a transaction. */
bool snapshot_add(struct store_connection *connection, const char *text, size_t size,
                  const char *sha256, const struct snapshot_pieces *pieces, int64_t *ret_number,
                  int64_t *ret_bytes, struct error *error) NODISCARD;
/* Appends the file's bytes; ERROR_DAMAGED when they are not what was taken in. */
bool snapshot_read(struct store_connection *connection, int64_t number, struct strbuf *ret_text,
                   struct error *error) NODISCARD;

#endif
