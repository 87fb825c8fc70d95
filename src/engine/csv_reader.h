/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_reader: the rows of a CSV file (RFC 4180, cut by libcsv) as UTF-8, in bounded memory, as often
 * as they are asked for.
 */
#ifndef RSCN_ENGINE_CSV_READER_H
#define RSCN_ENGINE_CSV_READER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct csv_reader;

struct csv_reader_options {
    const char *encoding; /* as iconv(3) knows it; NULL = found out: a byte order mark, UTF-8, else
                             windows-1252 */
    char delimiter;       /* '\0' = guessed */
    size_t max_fields;    /* of one row */
    const atomic_bool *is_interrupted; /* may be NULL */
};

/* `name` is for messages. Only regular files. NULL with an error. */
struct csv_reader *csv_reader_open(const char *path, const char *name,
                                   const struct csv_reader_options *options, struct error *error);
void csv_reader_close(struct csv_reader *reader);

/* Takes one row; `line` is where it begins. A field without anything, not even quotes, is NULL;
 * others end with a NUL. False stops reading, with an error. */
typedef bool csv_reader_row(void *context, char *const *fields, const size_t *sizes, size_t count,
                            size_t line, struct error *error);
/* All rows from the file's beginning. False for what is no CSV, with the line's number, when `row`
 * stops, when interrupted, and when the file was changed since it was opened. */
bool csv_reader_read(struct csv_reader *reader, csv_reader_row *row, void *context,
                     struct error *error) NODISCARD;

/* "UTF-8", "windows-1252" …; borrowed. */
const char *csv_reader_encoding(const struct csv_reader *reader);
char csv_reader_delimiter(const struct csv_reader *reader);

#endif
