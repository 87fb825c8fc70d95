/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migrations: the numbered schema files, each applied and recorded in one transaction (L-40).
 */
#ifndef RSCN_STORE_MIGRATIONS_H
#define RSCN_STORE_MIGRATIONS_H

#include "base/strbuf.h"
#include "store/database.h"
#include "store/schema.h"

/* Number of the newest schema file that was applied; 0 in a file without our tables. */
bool migrations_version(struct store_connection *connection, int *ret_version,
                        struct error *error) NODISCARD;
/* Whether files are missing; ERROR_NEWER when the store has a version that `count` files do not
 * reach. */
bool migrations_needed(struct store_connection *connection, const struct schema_file *files,
                       size_t count, bool *ret_needed, struct error *error) NODISCARD;
/* Applies what is missing. The caller holds the lock, without a transaction; a process that was
 * faster is noticed. A store with a record is copied to FILE.v<N>-<ULID> first; *ret_backup (may be
 * NULL) gets the path, the caller frees it. */
bool migrations_apply(struct store_connection *connection, const struct schema_file *files,
                      size_t count, char **ret_backup, struct error *error) NODISCARD;
/* Numbers of applied files whose text in this program is another one; for doctor. Appends
 * "1, 2" to `ret_numbers`. */
bool migrations_changed(struct store_connection *connection, struct strbuf *ret_numbers,
                        struct error *error) NODISCARD;

#endif
