/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_suggest: what helps with a statement that doesn't compile: near names, the keyword that
 * was meant, the columns that there are, what is still open.
 */
#ifndef RSCN_ENGINE_SQLITE_SUGGEST_H
#define RSCN_ENGINE_SQLITE_SUGGEST_H

#include <stddef.h>

#include "base/strbuf.h"
#include "engine/engine.h"

/*
 * Appends to SQLite's `message` about `statement` (both borrowed), e.g. `: did you mean users?`.
 * Asks the connection about its schema and compiles, but never runs, variants of the statement:
 * the guard must be in own mode.
 */
void sqlite_suggest(const struct engine_target *target, const char *statement, size_t size,
                    const char *message, struct strbuf *buffer);

#endif
