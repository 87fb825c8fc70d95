/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headless: runs texts and stored cells through the same executor and recorder as the kernel,
 * without Jupyter (`rscn run`).
 */
#ifndef RSCN_KERNEL_HEADLESS_H
#define RSCN_KERNEL_HEADLESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/states.h"

struct headless;

struct headless_options {
    const char *store;        /* --store or NULL */
    const char *directory;    /* where the store is looked for and relative paths of %use start: the
                                 file's folder; NULL = the working directory */
    const char *use;          /* --use FILE or NULL */
    const json_t *parameters; /* object of -p NAME=VALUE, borrowed; NULL = none */
    void *context;
    /* Text of an output for people, as it comes: "stdout" (tables, text) or "stderr". */
    void (*text)(void *context, const char *stream, const char *text);
};
struct headless *headless_new(const struct headless_options *options,
                              struct error *error) NODISCARD;
/* Runs one text as one cell and waits for its record. `notebook` is the name it is recorded under
 * (a path of the file from the working directory is made relative to the store's folder by the
 * caller's headless_notebook_name); `cell` its explicit name or NULL. *ret_state is how it ended
 * and ret_execution its id; false only when it could not be run or recorded at all. */
bool headless_run(struct headless *headless, const char *notebook, const char *cell,
                  const char *code, size_t size, enum cell_state *ret_state, char ret_execution[27],
                  struct error *error) NODISCARD;
/* A stored cell (name or key, optionally with @V), also one that plain SQL inserted; with its
 * stored arguments. */
bool headless_run_cell(struct headless *headless, const char *notebook, const char *cell,
                       enum cell_state *ret_state, char ret_execution[27],
                       struct error *error) NODISCARD;
/* Name under which the text of `path` is recorded: relative to the store's folder, absolute if
 * outside. Caller frees. */
char *headless_notebook_name(struct headless *headless, const char *path);
/* From a signal-safe thread: ends the statement that runs (SIGINT). */
void headless_interrupt(struct headless *headless);
/* Ends the run and closes the store. NULL is fine. */
void headless_free(struct headless *headless);

#endif
