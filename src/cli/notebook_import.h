/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_import: many notebook files into the store, several in one transaction, each whole or
 * not at all. Reading and parsing goes on in threads meanwhile; the lock is held for writing alone.
 */
#ifndef RSCN_CLI_NOTEBOOK_IMPORT_H
#define RSCN_CLI_NOTEBOOK_IMPORT_H

#include "cli/input_pool.h"
#include "cli/reading.h"

/* What became of one file. Borrowed for the call. */
struct import_result {
    const struct input_item *item;
    const struct notebook_taken *taken; /* NULL: unchanged or refused */
    bool is_refused;
    const char *reason; /* of the refusal, without the file's name */
};
struct import_totals {
    size_t notebooks; /* taken in: a new notebook or a new version of one */
    size_t added, renamed, unchanged, refused;
    uint64_t cells; /* of the notebooks taken in */
    int64_t bytes_added;
};
struct import_options {
    const struct reading *writing;
    const struct notebook_files *files;
    size_t jobs;
    const char *name; /* of the one file; NULL = each its own */
    bool is_strict;   /* what the schema rejects is refused */
    const atomic_bool *is_interrupted;
    void *context;
    /* After the commit that made it true, in the order of the files. */
    void (*result)(void *context, const struct import_result *result);
};

struct notebook_import;

struct notebook_import *notebook_import_new(const struct import_options *options,
                                            struct error *error) NODISCARD;
/* Takes all in. False when the store could not go on or it was interrupted (ERROR_INTERRUPTED): the
 * totals say what is in. */
bool notebook_import_run(struct notebook_import *import, struct import_totals *ret_totals,
                         struct error *error) NODISCARD;
/* Ends after the transaction that is open, or at once when it waits. Any thread, until
 * notebook_import_free; *is_interrupted must be true before. */
void notebook_import_stop(void *import);
/* NULL is fine. */
void notebook_import_free(struct notebook_import *import);

#endif
