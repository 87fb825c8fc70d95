/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_definition: the names of the columns in a CREATE TABLE text as SQLite keeps it. Pure, linear.
 */
#ifndef RSCN_MODEL_SQL_DEFINITION_H
#define RSCN_MODEL_SQL_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>

/* A name without its quotes, not terminated, borrowed for the call. */
typedef void (*sql_definition_column)(void *context, const char *name, size_t size);

/* Gives each column. False when the text is no CREATE TABLE with a list of columns (a virtual
 * table, say); what was given until then does not count. */
bool sql_definition_columns(const char *text, size_t size, sql_definition_column column,
                            void *context);

#endif
