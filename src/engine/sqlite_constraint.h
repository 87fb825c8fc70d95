/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_constraint: which rule a row broke, and which values broke it, as far as it can be found
 * out by reading.
 */
#ifndef RSCN_ENGINE_SQLITE_CONSTRAINT_H
#define RSCN_ENGINE_SQLITE_CONSTRAINT_H

#include <stddef.h>

#include "base/strbuf.h"
#include "engine/engine.h"

struct sqlite3_stmt;

/*
 * After `failed` ended with a constraint error (extended `code`): appends to SQLite's `message`,
 * e.g. `: a row with (7) is there already`. The statement is not run again: rows of VALUES are
 * evaluated by a SELECT. At most 200 ms; the connection is left without a progress handler. The
 * guard must be in own mode.
 */
void sqlite_constraint_explain(const struct engine_target *target, int code, const char *message,
                               struct sqlite3_stmt *failed, struct strbuf *buffer);

/* While deferred foreign keys are open: appends up to three rows that have no parent, e.g. `: row 4
 * of d refers to c`. Otherwise as above. */
void sqlite_constraint_deferred(const struct engine_target *target, struct strbuf *buffer);

#endif
