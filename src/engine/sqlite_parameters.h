/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_parameters: the values of `:x`, `$x` and `@x` in a cell.
 *
 * A name is looked up in the cell's own arguments, then in the session's parameters; what is in
 * neither is NULL and said. The same values stand in temp.sqlite_parameters, as in the sqlite3
 * shell.
 */
#ifndef RSCN_ENGINE_SQLITE_PARAMETERS_H
#define RSCN_ENGINE_SQLITE_PARAMETERS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"

struct sqlite3;
struct sqlite3_stmt;

/* Makes temp.sqlite_parameters if it is missing. SQLite allows the name only while writable_schema
 * is on, so this comes before DEFENSIVE and the authorizer (J-245). */
bool sqlite_parameters_create(struct sqlite3 *connection, struct error *error) NODISCARD;

/* Replaces the content of temp.sqlite_parameters. Statements of ours: the guard must be in own
 * mode. Both may be NULL. */
bool sqlite_parameters_sync(struct sqlite3 *connection, const json_t *arguments,
                            const json_t *session, struct error *error) NODISCARD;

/* Binds all parameters of the statement. The values are borrowed until it is finalized. Names
 * without a value are appended to `unbound` as written in the statement (`:x, $y`). */
void sqlite_parameters_bind(struct sqlite3_stmt *statement, const json_t *arguments,
                            const json_t *session, struct strbuf *unbound);

#endif
