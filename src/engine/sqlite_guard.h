/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_guard: the authorizer of a user's connection: the record is readable and not writable, by
 * no route (K-1 to K-3, K-18, K-19, rscn(1)).
 *
 * Set once per connection. Our own statements on the same connection run between
 * sqlite_guard_own(guard, true) and (guard, false) (K-19).
 */
#ifndef RSCN_ENGINE_SQLITE_GUARD_H
#define RSCN_ENGINE_SQLITE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct sqlite3;
struct sqlite_guard;
struct touched_objects;

/* True for names that belong to the record: code_notebook_*, assurance_schema, rscn_* (ASCII case
 * ignored; also sqlite's shadow of them). */
bool sqlite_guard_is_reserved(const char *name);

/*
 * Installs the authorizer and DEFENSIVE, no extension loading, no FTS3 tokenizers,
 * SQLITE_LIMIT_LENGTH 100 MB. `store_path` is the real path of the store (to recognise it and its
 * side files under any name or link by device and inode, without opening them: K-5). is_store: the
 * connection is on the store itself (transaction control, ATTACH, VACUUM and most pragmas refused);
 * else a user's database, where everything is allowed but writing into the store through ATTACH or
 * VACUUM INTO. temp.sqlite_parameters is made before (J-245).
 */
struct sqlite_guard *sqlite_guard_install(struct sqlite3 *connection, const char *store_path,
                                          bool is_store, struct error *error) NODISCARD;
/* After the connection was closed. NULL is fine. */
void sqlite_guard_free(struct sqlite_guard *guard);
/* The store became known or moved: it is recognised under this path from now on. Copied. */
void sqlite_guard_set_store_path(struct sqlite_guard *guard, const char *store_path);
/* While own is true everything is allowed. */
void sqlite_guard_own(struct sqlite_guard *guard, bool own);
/* Call before preparing a user's statement: forgets the last refusal. */
void sqlite_guard_clear(struct sqlite_guard *guard);
/* From now on the objects of the statements that are prepared are added there; NULL ends it. Borrowed.
 */
void sqlite_guard_watch(struct sqlite_guard *guard, struct touched_objects *objects);
/* True when the statement prepared last reads the record in the store, views on it included. */
bool sqlite_guard_reads_record(const struct sqlite_guard *guard);
/* Grows with every statement that was prepared and changes a schema, or may take such a change
 * back. */
uint64_t sqlite_guard_schema_changes(const struct sqlite_guard *guard);
/* True when the statement prepared last is sure to take no time: it makes a table, or inserts a
 * row. */
bool sqlite_guard_is_quick(const struct sqlite_guard *guard);
/* True when the statement prepared last needs the file without any other connection on it: PRAGMA
 * journal_mode with a value. */
bool sqlite_guard_wants_alone(const struct sqlite_guard *guard);
/* Why the last statement was refused, one line with what to do ("BEGIN is not allowed in the store:
 * a cell is one transaction there; %use FILE for a database of its own"); NULL if it was not.
 * Borrowed until the next clear. */
const char *sqlite_guard_refusal(const struct sqlite_guard *guard);
/* Between preparing a user's statement and its first step: notes what sqlite_guard_check compares
 * with. */
bool sqlite_guard_prepared(struct sqlite_guard *guard, struct error *error) NODISCARD;
/* After a user's statement: false when a reserved name was made or taken by ALTER … RENAME in any
 * schema (K-18), or (user database) when ATTACH brought in the store in a writable way. The caller
 * undoes the cell. Cheap unless the statement was DDL or ATTACH. */
bool sqlite_guard_check(struct sqlite_guard *guard, struct error *error) NODISCARD;

#endif
