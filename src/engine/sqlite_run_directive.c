/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_run_directive: the lines between statements, and what they do on the database as a
 * statement would: in the store as part of the cell's transaction, elsewhere on their own.
 */
#include "engine/sqlite_run_state.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/sqlite_export.h"
#include "engine/sqlite_guard.h"
#include "model/sql/sql_scan.h"

#define DEPTH_MAX 8 /* texts that run within each other */

static bool call_directive(struct run *run, size_t offset, size_t line_end, struct error *error)
{
    if (!run->sink->directive)
        return error_set(error, ERROR_UNSUPPORTED, "lines that start with %% can't run here");
    run->directive = offset;
    if (!run->sink->directive(run->sink->context, run->code + offset, line_end - offset, error))
        return false;
    return !run->target || sqlite_engine_sync_parameters(run->engine, run->target,
                                                         run->cell->arguments, run->parameters_at,
                                                         error);
}

bool sqlite_run_directive(struct run *run, size_t *offset)
{
    struct error error = ERROR_INIT;
    size_t line_end;
    size_t next = sql_scan_directive_end(run->code, run->size, *offset, &line_end);

    if (sqlite_run_need_of(run, *offset, line_end) != ENGINE_NEED_NOTHING && !run->target &&
        !sqlite_run_begin(run, *offset))
        return false;
    if (!call_directive(run, *offset, line_end, &error)) {
        const char *ename = run->has_failed ? run->failure.ename : NULL;
        run->failure.has_statement = true;
        run->failure.is_directive = true;
        run->failure.has_place = false;
        run->failure.offset = *offset;
        sqlite_run_fail_error(run, &error);
        run->failure.ename = ename ? ename : run->failure.ename;
        return false;
    }
    *offset = next;
    return true;
}

static bool do_work(struct run *run, const struct engine_work *work, struct statement *statement,
                    struct error *error)
{
    const struct engine_target *target = run->target;
    int64_t changes = 0;

    sqlite_guard_clear(target->guard);
    if (!sqlite_guard_prepared(target->guard, error))
        return false;
    statement->was_open = sqlite_run_has_transaction(run);
    statement->rollbacks = run->database ? run->database->rollbacks : 0;
    sqlite_engine_publish(run->engine);
    sqlite_timing_start(&run->timing);
    sqlite_output_begin(&run->output, run->outcome->statements + 1);
    run->output.statement.work_rows = &changes;
    sqlite_run_enter(run);
    bool done = work->run(work->context, target, run->cell->is_interrupted, &changes, error);
    sqlite_run_leave(run);
    /* What the directive says of it takes the place of the line. */
    run->output.statement.is_reported = run->output.statement.is_reported && !done;
    sqlite_output_end(&run->output, done);
    changes = done ? changes : 0;
    run->engine->is_published_stale = true;
    run->has_failed = !done;
    /* What failed was taken back, and counted all the same. */
    statement->total_changes = sqlite3_total_changes64(target->connection) - changes;
    sqlite_run_note_effect(run, statement);
    (void)sql_scan_directive_end(run->code, run->size, statement->offset, &statement->end);
    sqlite_run_note_touched(run, statement, changes);
    if (run->cell->mode == ENGINE_TIME)
        sqlite_timing_stop(&run->timing,
                           sql_scan_position(run->code, run->size, statement->offset).line,
                           run->code + statement->offset, statement->end - statement->offset);
    if (done)
        run->outcome->changes += changes;
    return done;
}

bool sqlite_engine_work(struct sqlite_engine *engine, const struct engine_work *work,
                        struct error *error)
{
    struct run *run = engine->run;
    struct statement statement = {.writes = true};

    if (!run || !run->target)
        return error_set(error, ERROR_UNSUPPORTED, "it can only run in a cell");
    if (run->cell->mode == ENGINE_EXPLAIN)
        return error_set(error, ERROR_INVALID,
                         "under %%%%explain nothing runs; take this line out, or %%%%explain");
    statement.offset = run->directive;
    run->outcome->is_read_only = false;
    bool done = sqlite_run_begin_writing_late(run, run->directive);
    if (done && !do_work(run, work, &statement, error))
        return false;
    if (done && sqlite_run_check_after(run, &statement)) {
        run->outcome->statements++;
        run->output.has_shown = true; /* the directive says what it did */
        return true;
    }
    bool is_stop = run->outcome->state == STATE_INTERRUPTED;
    return error_set(error, is_stop ? ERROR_INTERRUPTED : ERROR_INVALID, "%s",
                     strbuf_text(&run->failure.message));
}

/* A statement in the rest of the text, perhaps after further directives. */
static bool has_statement_after(const struct run *run, size_t directive)
{
    size_t line_end, offset = directive;

    do {
        offset = sql_scan_directive_end(run->code, run->size, offset, &line_end);
        offset = sql_scan_skip(run->code, run->size, offset);
    } while (sql_scan_is_directive(run->code, run->size, offset));
    return offset < run->size;
}

bool sqlite_engine_export(struct sqlite_engine *engine, const struct export_options *options,
                          struct strbuf *said, struct error *error)
{
    struct run *run = engine->run;

    if (!run || !run->target)
        return error_set(error, ERROR_UNSUPPORTED, "it can only run in a cell");
    if (run->cell->mode == ENGINE_EXPLAIN)
        return error_set(error, ERROR_INVALID,
                         "under %%%%explain nothing runs; take this line out, or %%%%explain");
    if (run->output.file)
        return error_set(error, ERROR_INVALID,
                         "the line before exports the next statement already; a statement has one "
                         "file");
    if (sqlite_engine_has_open(engine, options->path))
        return error_set(error, ERROR_INVALID, "%s is a database in use here; name another file",
                         options->name);
    bool follows = has_statement_after(run, run->directive);
    if (!follows && !engine->last.table)
        return error_set(error, ERROR_INVALID,
                         "there is no result yet; put it before a statement, whose rows it then "
                         "writes");
    struct row_file *file = row_file_open(options->path, options->name, options->format,
                                          options->overwrite, error);
    if (!file)
        return false;
    if (follows) {
        run->output.file = file;
        return true;
    }
    bool done = sqlite_export_last(file, &engine->last, said, error);
    row_file_close(file);
    run->output.has_shown = run->output.has_shown || done;
    return done;
}

const struct result_table *sqlite_engine_last_result(const struct sqlite_engine *engine,
                                                     struct result_total *ret_total)
{
    *ret_total = (struct result_total){.rows = engine->last.total,
                                       .is_exact = engine->last.is_exact,
                                       .cut_by_bytes = engine->last.cut_by_bytes};
    return engine->last.table;
}

/* The failure of a text within the cell, as the failure of the line that named the text. */
static bool fail_text(struct run *run, const char *name, struct error *error)
{
    const struct sqlite_failure *failure = &run->failure;
    size_t offset = failure->has_place ? failure->place : failure->offset;
    struct sql_position position = sql_scan_position(run->code, run->size, offset);
    bool is_stop = run->outcome->state == STATE_INTERRUPTED;

    if (!failure->has_statement)
        return error_set(error, is_stop ? ERROR_INTERRUPTED : ERROR_INVALID, "%s: %s", name,
                         strbuf_text(&failure->message));
    return error_set(error, is_stop ? ERROR_INTERRUPTED : ERROR_INVALID, "%s, line %zu: %s", name,
                     position.line, strbuf_text(&failure->message));
}

bool sqlite_engine_run_text(struct sqlite_engine *engine, const char *name, const char *text,
                            size_t size, struct error *error)
{
    struct run *run = engine->run;

    if (!run || !run->target)
        return error_set(error, ERROR_UNSUPPORTED, "it can only run in a cell");
    if (run->depth >= DEPTH_MAX)
        return error_set(error, ERROR_INVALID,
                         "%s: it is read by a file that is read by a file, more than %d deep; does "
                         "one read itself?",
                         name, DEPTH_MAX);
    if (size > INT_MAX / 2 || memchr(text, '\0', size))
        return error_set(error, ERROR_INVALID, "%s: it holds a NUL byte or is too large", name);
    char *code = run->code;
    size_t code_size = run->size, directive = run->directive;
    run->code = xstrndup(text, size);
    if (run->depth == 0)
        run->read_line = sql_scan_position(code, code_size, directive).line;
    run->size = size;
    run->depth++;
    bool done = sqlite_run_all(run, 0) || fail_text(run, name, error);
    run->depth--;
    free(run->code);
    run->code = code;
    run->size = code_size;
    run->directive = directive;
    return done;
}
