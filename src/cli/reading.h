/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading: the store as the commands that look at the record use it.
 */
#ifndef RSCN_CLI_READING_H
#define RSCN_CLI_READING_H

#include <stdbool.h>

#include "base/memory.h"
#include "cli/command.h"
#include "store/store.h"

struct reading {
    struct store *store;
    struct store_connection *connection;
};
#define READING_INIT                                                                               \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }
#define AUTO_READING __attribute__((cleanup(reading_close))) struct reading

/* Where the store of the call is: its option --store, else the rule of store_locate from the working
 * directory. *ret_is_users: it is the user's own. Caller frees the path. */
bool reading_locate(const struct call *call, char **ret_path, bool *ret_is_users,
                    struct error *error) NODISCARD;
/* What the store had to do when it was opened, to the operator. */
void reading_say_notice(const struct reading *reading);
/* Opens the store of the call (its option --store, else the rule of store_locate from the working
 * directory) for looking. Returns STATUS_DONE, or the status after the message. */
int reading_open(struct reading *reading, const struct call *call);
/* Opens the store at this path for looking. Closed with reading_close also after a failure. */
bool reading_open_path(struct reading *reading, const char *path, struct error *error) NODISCARD;
void reading_close(struct reading *reading);

/* The working directory; "/" if it is gone. Caller frees. */
char *working_directory(void);
/* Finds the stored name that an operand means. Returns STATUS_DONE with *ret_name, which the caller
 * frees, or the status after the message. */
int reading_notebook(const struct reading *reading, const char *text, char **ret_name);
/* The same for NOTEBOOK or NOTEBOOK@V: *ret_version is 0 without a version. A notebook that has an
 * @ and digits at the end of its own name is found by it. */
int reading_notebook_version(const struct reading *reading, const char *text, char **ret_name,
                             int64_t *ret_version);
/* Splits CELL@V: *ret_cell is the part before the last @ (caller frees) and *ret_version the number
 * after it, 0 when there is none. */
void split_version(const char *text, char **ret_cell, int64_t *ret_version);

#endif
