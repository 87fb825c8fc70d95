/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_names: keys and present names of notebooks, for the files of the store.
 *
 * A name that its first notebook has given up goes to another one, whose key is then the name with
 * "//2", "//3" …: no path ends so, and the name can be read from it.
 */
#ifndef RSCN_STORE_NOTEBOOK_NAMES_H
#define RSCN_STORE_NOTEBOOK_NAMES_H

#include "store/notebooks.h"

/* A row of rscn_notebook. */
struct notebook_row {
    char *key, *name, *path; /* path NULL: no file; key NULL: there is no row */
    bool is_removed;
};
#define NOTEBOOK_ROW_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, NULL, false                                                                    \
    }
void notebook_row_release(struct notebook_row *row);
#define AUTO_NOTEBOOK_ROW __attribute__((cleanup(notebook_row_release))) struct notebook_row

/* No row is no error. */
bool notebook_by_name(struct store_connection *connection, const char *name,
                      struct notebook_row *ret_row, struct error *error) NODISCARD;
bool notebook_by_key(struct store_connection *connection, const char *key,
                     struct notebook_row *ret_row, struct error *error) NODISCARD;
/* Whether anything is recorded under the key. */
bool notebook_is_known(struct store_connection *connection, const char *key, bool *ret_is_known,
                       struct error *error) NODISCARD;
/* Key of the notebook that has this present name: by its row, or as the key of one that has no row.
 * NULL: none. Caller frees. */
bool notebook_holder(struct store_connection *connection, const char *name, char **ret_key,
                     struct error *error) NODISCARD;
/* Makes the row. Inside a transaction, as the following ones. */
bool notebook_insert(struct store_connection *connection, const char *key, const char *name,
                     const char *path, timestamp_us at, struct error *error) NODISCARD;
/* A run of the notebook is new: when its key is not its name, the row says so. */
bool notebook_note_name(struct store_connection *connection, const char *key,
                        struct error *error) NODISCARD;
/* A removed notebook comes back. */
bool notebook_return(struct store_connection *connection, const char *key,
                     struct error *error) NODISCARD;

#endif
