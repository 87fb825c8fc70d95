/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input_pool: threads that read notebook files and make of them what the caller says, handed over
 * in the order of the list. What waits is bounded in bytes, so that a folder of any size takes the
 * memory of a few files.
 */
#ifndef RSCN_CLI_INPUT_POOL_H
#define RSCN_CLI_INPUT_POOL_H

#include <stdint.h>

#include "cli/notebook_files.h"
#include "cli/notebook_input.h"

struct input_item {
    const struct notebook_file *file;
    struct notebook_input input;
    bool is_unchanged; /* the store's newest version has these bytes; not parsed */
    bool is_failed;
    bool is_store_failure; /* it is the store that could not be asked */
    struct error error;    /* when it failed; without the file's name */
    size_t held;           /* bytes that it counts for */
};

struct input_pool_options {
    const struct notebook_files *files; /* borrowed until input_pool_free */
    struct store *store;
    size_t jobs;      /* threads, at least 1 */
    const char *name; /* for the one file there is; NULL = each its own */
    bool only_hashed; /* read and hash, no more; of a script the notebook is hashed */
    bool check_all;   /* parse also what the store has already */
};

struct input_pool;

/* `"-"` as the path of a file is standard input. The store stays open until input_pool_free. */
struct input_pool *input_pool_start(const struct input_pool_options *options,
                                    struct error *error) NODISCARD;
/* The next one, waiting for it at most `timeout_us` (-1 = for ever); NULL when it was not ready by
 * then, after the last one, or after input_pool_stop. To be given back with input_pool_return. */
struct input_item *input_pool_next(struct input_pool *pool, int64_t timeout_us);
void input_pool_return(struct input_pool *pool, struct input_item *item);
/* Nothing more is read; whoever waits gets NULL. Any thread. */
void input_pool_stop(struct input_pool *pool);
/* Waits for the threads. NULL is fine. */
void input_pool_free(struct input_pool *pool);

#endif
