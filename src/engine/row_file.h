/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row_file: rows into a CSV or JSON file that appears when it is complete, or not at all.
 *
 * CSV as in RFC 4180: NULL is an empty field and an empty text is "". JSON is an array of objects;
 * a number that JSON does not have is null. A BLOB is a text of hexadecimal digits. UTF-8 always.
 */
#ifndef RSCN_ENGINE_ROW_FILE_H
#define RSCN_ENGINE_ROW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/table/result_value.h"

struct row_file;

enum row_format { ROW_FORMAT_CSV, ROW_FORMAT_JSON };

/* Writes beside `path` until the commit. `name` is for messages. Without `overwrite` a file that is
 * there is an error; with it, a regular file is replaced by one with its permissions, where a
 * symbolic link leads to. NULL with an error. */
struct row_file *row_file_open(const char *path, const char *name, enum row_format format,
                               bool overwrite, struct error *error);
/* All columns first, then the values of each row from left to right. What can't be written is said
 * by the commit. */
void row_file_column(struct row_file *file, const char *name);
void row_file_value(struct row_file *file, const struct result_value *value);
uint64_t row_file_rows(const struct row_file *file);
uint64_t row_file_bytes(const struct row_file *file);
size_t row_file_columns(const struct row_file *file);
bool row_file_has_blobs(const struct row_file *file);
const char *row_file_name(const struct row_file *file);
/* True when writing has failed: more rows are of no use. */
bool row_file_has_failed(const struct row_file *file);
/* Synced and under its name. The file is to be closed after either end. */
bool row_file_commit(struct row_file *file, struct error *error) NODISCARD;
/* Frees it; removes what was not committed. NULL is fine. */
void row_file_close(struct row_file *file);

#endif
