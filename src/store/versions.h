/* SPDX-License-Identifier: Apache-2.0 */
/*
 * versions: which code_notebook_cell rows are the versions of a cell, and their numbers.
 *
 * A version is (notebook, cell name, code bytes), whatever hash stands in the row (D-3). Several
 * rows may be the same version; they share one number. Rows that another tool inserted have
 * no rscn_cell_version row until they are run: until then they are counted on from the greatest
 * number, in order of age, which is the number they get when they are run.
 */
#ifndef RSCN_STORE_VERSIONS_H
#define RSCN_STORE_VERSIONS_H

#include "store/database.h"

struct version {
    char *id; /* code_notebook_cell_id */
    char *kernel;
    char *arguments; /* JSON or NULL */
    char *code;
    size_t code_size;
    char hash[SHA256_HEX_SIZE]; /* of the bytes as they are now */
    int64_t number;             /* from 1 */
    bool is_numbered;           /* the number is recorded */
    bool is_deleted;            /* soft-deleted */
};
struct version_list {
    struct version *versions; /* oldest first */
    size_t count;
    size_t newest;   /* index of the latest one that is not deleted, `count` if none */
    size_t distinct; /* different codes among those that are not deleted */
};

#define VERSION_LIST_INIT                                                                          \
    {                                                                                              \
        NULL, 0, 0, 0                                                                              \
    }
#define AUTO_VERSIONS __attribute__((cleanup(versions_release))) struct version_list

/* All rows of a cell name of a notebook; none is no error. Release with versions_release. */
bool versions_load(struct store_connection *connection, const char *notebook, const char *cell_name,
                   struct version_list *ret_list, struct error *error) NODISCARD;
void versions_release(struct version_list *list);

/* A text that a cell has or had. All is borrowed. */
struct version_text {
    const char *notebook, *cell_key, *cell_name;
    const char *kernel_id;
    const char *code;
    size_t code_size;
    const char *user; /* who ran it or took it in */
    timestamp_us at;  /* when */
};

/* Finds the version with this text or adds it, makes it the latest one of its name unless
 * a later one is there already, and numbers it. Of a cell that was removed before, the versions
 * come back. *ret_id gets the row's id; caller frees. *ret_is_latest: it was the latest one
 * before. Inside a transaction. */
bool versions_ensure(struct store_connection *connection, const struct version_text *text,
                     char **ret_id, int64_t *ret_number, bool *ret_is_latest,
                     struct error *error) NODISCARD;
/* The first version of a name that has none. */
bool versions_add_first(struct store_connection *connection, const struct version_text *text,
                        char **ret_id, struct error *error) NODISCARD;

#endif
