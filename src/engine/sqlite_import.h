/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_import: a CSV file into a table, all or nothing, in bounded memory: the file is read once
 * to learn the types and once to insert.
 */
#ifndef RSCN_ENGINE_SQLITE_IMPORT_H
#define RSCN_ENGINE_SQLITE_IMPORT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"

struct sqlite_engine;

enum import_header { IMPORT_HEADER_GUESS, IMPORT_HEADER_YES, IMPORT_HEADER_NO };

struct import_options {
    const char *path;
    const char *name;  /* of the file, for messages */
    const char *table; /* in main */
    const char *encoding; /* NULL = found out */
    char delimiter;       /* '\0' = guessed */
    enum import_header header;
    bool append;  /* to a table that is there; makes it when it isn't */
    bool replace; /* drops the table that is there */
};

/* While a directive with ENGINE_NEED_WRITE runs (sqlite_engine_work). Appends what was done:
 * "stations: 1,204 rows, 5 columns: id INTEGER …; UTF-8, delimiter ','". */
bool sqlite_import(struct sqlite_engine *engine, const struct import_options *options,
                   struct strbuf *said, struct error *error) NODISCARD;

#endif
