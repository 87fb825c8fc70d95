/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_input: one notebook file on its way into the store: read, hashed, parsed, checked, taken
 * in. All but the last can be done by any thread and outside of the store's lock.
 */
#ifndef RSCN_CLI_NOTEBOOK_INPUT_H
#define RSCN_CLI_NOTEBOOK_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/ident.h"
#include "base/memory.h"
#include "model/notebook/notebook.h"
#include "store/notebooks.h"

/* Messages of this file's functions do not have the file's name in them: whoever prints them says
 * `rscn: SHOWN: MESSAGE`. */
struct notebook_input {
    char *path;          /* absolute, through all links; NULL = standard input */
    char *name;          /* under which it goes into the store */
    bool has_given_name; /* the name is not the file's own: the store remembers no path */
    char *text;          /* NUL-terminated; NULL = not read */
    size_t size;
    char sha256[SHA256_HEX_SIZE];
    struct notebook *notebook; /* NULL = not parsed */
    size_t faults;             /* what the schema has against it */
    char *first_fault;         /* "JSON path: what is wrong" */
};
#define NOTEBOOK_INPUT_INIT                                                                        \
    {                                                                                              \
        NULL, NULL, false, NULL, 0, "", NULL, 0, NULL                                              \
    }
#define AUTO_NOTEBOOK_INPUT __attribute__((cleanup(notebook_input_release))) struct notebook_input

/* Files that must not be opened while the store is open: closing any descriptor of an SQLite
 * database drops all locks that the process has on it. */
struct store_files {
    struct {
        dev_t device;
        ino_t inode;
    } files[4];
    size_t count;
};
void store_files_find(const struct store *store, struct store_files *ret_files);
/* Whether the path, through links, leads to one of them. */
bool store_files_have(const struct store_files *files, const char *path);

/* Bytes of the file at `path` now; -1 when that can't be known. */
int64_t notebook_input_size(const char *path);
/* Reads the file at input->path, or standard input: text, size and sha256. A file that changes
 * meanwhile is read again. ERROR_INVALID for what is no regular file, the store itself, and more
 * than RAW_JSON_MAX_BYTES. */
bool notebook_input_read(struct notebook_input *input, const struct store_files *store_files,
                         struct error *error) NODISCARD;
/* Makes of the text of a script the notebook that it stands for (cli/script_file); any other text
 * stays. */
bool notebook_input_convert(struct notebook_input *input, struct store_connection *connection,
                            struct error *error) NODISCARD;
/* Reads the text as a notebook and checks it. */
bool notebook_input_parse(struct notebook_input *input, struct error *error) NODISCARD;
/* Who takes it in: this process's user, on this machine. */
struct notebook_taker {
    char *user, *host;
};
#define AUTO_NOTEBOOK_TAKER __attribute__((cleanup(notebook_taker_release))) struct notebook_taker
void notebook_taker_init(struct notebook_taker *taker);
void notebook_taker_release(struct notebook_taker *taker);
/* Takes it in as the newest version. Inside a transaction. Release with notebook_taken_release. */
bool notebook_input_take(const struct notebook_input *input, struct store_connection *connection,
                         enum version_origin origin, const struct notebook_taker *taker,
                         struct notebook_taken *ret_taken, struct error *error) NODISCARD;
void notebook_input_release(struct notebook_input *input);

#endif
