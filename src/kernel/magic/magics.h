/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magics: the lines that start with % between statements, and the .words of the sqlite3 shell.
 */
#ifndef RSCN_KERNEL_MAGICS_H
#define RSCN_KERNEL_MAGICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "engine/engine.h"

struct executor;

/* Runs one line (without line end). False with one line that says what is wrong and lists near
 * names for an unknown magic. */
bool magic_run(struct executor *executor, const char *line, size_t size,
               const struct engine_sink *sink, struct error *error) NODISCARD;
/* What a line needs of the database in use; for one that needs nothing the cell's first lines run
 * before the database is settled. */
enum engine_need magic_need(const char *line, size_t size);
/* The NAME of a `%cell NAME` that is the first line of the cell, into a new string; NULL when there
 * is none. False in *ret_valid when it is there but wrong. Caller frees. */
char *magic_cell_name(const char *code, size_t size, bool *ret_valid);
/* Names of the magics with "%" that begin with `prefix`; NULL-terminated static array for
 * completion and near names. */
const char *const *magic_names(void);
/* One-line and full help of a magic ("%use"), NULL if there is none. Static. */
const char *magic_help(const char *name);

#endif
