/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_run_touched: what a statement of the cell touched, with its line, once it has run.
 */
#include <string.h>

#include "engine/sqlite_guard.h"
#include "engine/sqlite_run_state.h"
#include "engine/sqlite_touched.h"

/* Of a text that a line brought in, the line of the cell. Counts on from the statement before, as a
 * cell may be a dump of many thousands. */
static size_t line_of(struct run *run, size_t offset)
{
    const char *at;

    if (run->depth)
        return run->read_line;
    if (offset < run->line_at)
        run->line_at = run->lines = 0;
    while ((at = memchr(run->code + run->line_at, '\n', offset - run->line_at)) != NULL) {
        run->line_at = (size_t)(at + 1 - run->code);
        run->lines++;
    }
    run->line_at = offset;
    return run->lines + 1;
}

void sqlite_run_note_touched(struct run *run, const struct statement *statement, int64_t changes)
{
    struct touched_objects *touched = &run->outcome->touched;
    int64_t total = sqlite3_total_changes64(run->target->connection);
    struct sqlite_touched_statement settled = {
        .text = run->code + statement->offset,
        .size = statement->end - statement->offset,
        .number = run->outcome->statements + 1,
        .changes = run->has_failed ? -1 : changes,
        .was_open = statement->was_open,
        .is_open = sqlite_run_has_transaction(run),
        .was_rolled_back = run->database && run->database->rollbacks != statement->rollbacks,
        .has_failed = run->has_failed,
        .keeps_rows = total != statement->total_changes,
    };

    if (touched->count > touched->settled)
        settled.line = line_of(run, statement->offset);
    sqlite_guard_own(run->target->guard, true);
    sqlite_touched_settle(touched, run->target->connection, run->engine->store_path, &settled);
    sqlite_guard_own(run->target->guard, false);
}
