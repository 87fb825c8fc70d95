/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_warning: what SQLite runs without a word and people did not mean: "text" in double quotes,
 * a comparison with NULL, a DELETE or UPDATE of all rows.
 */
#ifndef RSCN_ENGINE_SQLITE_WARNING_H
#define RSCN_ENGINE_SQLITE_WARNING_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "engine/engine.h"

/*
 * Before a statement that compiled runs: appends one line, with its line end, for each thing. Costs
 * a search for a quote and for NULL unless there is one. A statement with a name in double quotes
 * is compiled once more with SQLite's leniency off. The guard must be in own mode.
 */
void sqlite_warning_find(const struct engine_target *target, const char *statement, size_t size,
                         struct strbuf *buffer);
/* After a statement changed rows: a note if it is a DELETE or UPDATE without WHERE (or LIMIT or
 * FROM) that changed more than one row. */
void sqlite_warning_changed(const char *statement, size_t size, int64_t changes,
                            struct strbuf *buffer);

#endif
