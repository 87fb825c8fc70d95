/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_look: connections for looking at the database that a snapshot describes, while cells run
 * on it elsewhere.
 *
 * Files are opened read-only, so that rows and changes of other programs are seen; what no second
 * connection can see (memory, TEMP, uncommitted changes of the schema) is made anew, empty, from
 * its CREATE texts. When a file can't be read at once, the texts stand for it too. Used by one
 * thread.
 */
#ifndef RSCN_ENGINE_SQLITE_LOOK_H
#define RSCN_ENGINE_SQLITE_LOOK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/look/schema_snapshot.h"
#include "engine/look/sqlite_view.h"

struct sqlite_look;

/* Both are borrowed: who else wants the files, and what ends what runs at once when it becomes
 * true.
 */
struct sqlite_look *sqlite_look_new(struct schema_board *board, const atomic_bool *is_stopped);
/* NULL is fine. */
void sqlite_look_free(struct sqlite_look *look);
/* One moment of the database: until sqlite_look_end, which must follow. Statements on the view's
 * connection fail with SQLITE_INTERRUPT after limit_ms. Never waits for a lock. The snapshot must
 * live as long as the view. */
struct sqlite_view sqlite_look_begin(struct sqlite_look *look,
                                     const struct schema_snapshot *snapshot, int limit_ms);
void sqlite_look_end(struct sqlite_look *look);
/* Closes the files until the next look-up, from any thread; waits for the one that runs. */
void sqlite_look_let_go(struct sqlite_look *look);

#endif
