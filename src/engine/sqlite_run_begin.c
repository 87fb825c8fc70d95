/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_run_begin: before a cell's first statement the database is settled. In the store a look
 * ahead decides whether the cell writes (then the store's lock and one transaction) or only reads
 * (one snapshot, no lock: K-21).
 */
#include "engine/sqlite_run_state.h"

#include <sqlite3.h>
#include <string.h>

#include "base/memory.h"
#include "engine/sqlite_engine_state.h"
#include "engine/sqlite_guard.h"
#include "engine/sqlite_output.h"
#include "model/sql/sql_scan.h"

#define PROGRESS_STEPS                                                                             \
    10000 /* steps of SQLite's machine between two looks at the interrupt: about 1 ms */

static int on_progress(void *context)
{
    struct run *run = context;

    if (run->is_stepping)
        sqlite_output_tick(&run->output);
    return run->is_stepping && (sqlite_run_is_interrupted(run) || sqlite_output_is_late(&run->output));
}

void sqlite_run_watch(struct run *run)
{
    sqlite3_progress_handler(run->target->connection, PROGRESS_STEPS, on_progress, run);
}

enum engine_need sqlite_run_need_of(const struct run *run, size_t offset, size_t line_end)
{
    return run->sink->need ? run->sink->need(run->code + offset, line_end - offset)
                           : ENGINE_NEED_NOTHING;
}

struct plan {
    bool writes;  /* a statement that prepares can write, before the first that does not prepare */
    size_t count; /* statements that prepare, up to there */
    bool reads_record;
};

static void plan_cell(struct run *run, size_t offset, struct plan *ret_plan)
{
    bool is_whole = true;

    memset(ret_plan, 0, sizeof *ret_plan);
    while (!ret_plan->writes &&
           (offset = sql_scan_skip(run->code, run->size, offset)) < run->size) {
        sqlite3_stmt *statement;
        size_t line_end, end;
        if (sql_scan_is_directive(run->code, run->size, offset)) {
            end = sql_scan_directive_end(run->code, run->size, offset, &line_end);
            ret_plan->writes = sqlite_run_need_of(run, offset, line_end) == ENGINE_NEED_WRITE;
            offset = end;
            continue;
        }
        is_whole = sqlite_run_prepare_at(run, offset, &statement, &end) == SQLITE_OK;
        if (!is_whole)
            break;
        if (statement) {
            ret_plan->count++;
            ret_plan->writes = sqlite_run_can_write(statement);
            if (sqlite_guard_reads_record(run->target->guard))
                ret_plan->reads_record = true;
            sqlite3_finalize(run->kept);
            run->kept = statement;
            run->kept_offset = offset;
            run->kept_end = end;
        }
        offset = end;
    }
    /* The guard knows about the last statement only. */
    if (ret_plan->count != 1 || !is_whole) {
        sqlite3_finalize(run->kept);
        run->kept = NULL;
    }
}

static bool begin_writing(struct run *run)
{
    struct error error = ERROR_INIT;

    if (run->engine->store_is_read_only)
        return sqlite_run_fail(run, STATE_FAILED, "NotAllowedError",
                    "the store is in use for reading only; `%use store` to write there");
    if (!run->target->write_begin(run->target->context, &error))
        return sqlite_run_fail_error(run, &error);
    run->outcome->in_write = true;
    return true;
}

static bool begin_in_store(struct run *run, size_t offset)
{
    struct plan plan;

    if (run->cell->mode == ENGINE_EXPLAIN)
        return true;
    sqlite_run_enter(run);
    plan_cell(run, offset, &plan);
    sqlite_run_leave(run);
    if (plan.writes || run->cell->needs_write)
        return begin_writing(run);
    if (plan.reads_record && run->target->before_record_read)
        run->target->before_record_read(run->target->context);
    /* A single statement reads one snapshot anyway. */
    if (plan.count > 1 && !sqlite_run_exec_own(run, "BEGIN"))
        return sqlite_run_fail_sqlite(run, offset, sqlite3_extended_errcode(run->target->connection));
    return true;
}

static bool begin_in_database(struct run *run)
{
    if (!sqlite_database_is_current(run->database)) {
        AUTO_FREE char *text =
            xasprintf("%s: another file, or none, is in its place since it was opened; `%%use %s` "
                      "again, `%%use --create` to make it",
                      run->target->label, run->target->name);
        return sqlite_run_fail(run, STATE_FAILED, "OperationalError", text);
    }
    sqlite_database_wait_with(run->database, run->cell->limits.timeout_ms,
                              run->cell->is_interrupted);
    run->rollbacks = run->database->rollbacks;
    run->effects.is_open = run->effects.is_earlier = sqlite_run_has_transaction(run);
    return true;
}

bool sqlite_run_begin(struct run *run, size_t offset)
{
    struct sqlite_engine *engine = run->engine;
    struct error error = ERROR_INIT;

    run->target = sqlite_engine_target(engine);
    if (!run->target)
        return sqlite_run_fail(run, STATE_FAILED, "OperationalError",
                    "the store can't be used now; `%use FILE` works on another database");
    run->database = engine->current;
    run->parameters_at =
        engine->current ? &engine->current->parameters_at : &engine->store_parameters_at;
    engine->in_statements = true;
    run->schema_changes = sqlite_guard_schema_changes(run->target->guard);
    sqlite_engine_publish(engine);
    sqlite_guard_watch(run->target->guard, &run->outcome->touched);
    sqlite_run_watch(run);
    if (!sqlite_engine_sync_parameters(engine, run->target, run->cell->arguments,
                                       run->parameters_at, &error))
        return sqlite_run_fail_error(run, &error);
    return run->database ? begin_in_database(run) : begin_in_store(run, offset);
}

/* Known only now, because another program made the statement's table meanwhile or a directive's
 * text says so: what was run so far has only read. */
bool sqlite_run_begin_writing_late(struct run *run, size_t offset)
{
    if (!run->target->is_store || run->outcome->in_write)
        return true;
    if (sqlite_run_has_transaction(run) && !sqlite_run_exec_own(run, "COMMIT"))
        return sqlite_run_fail_sqlite(run, offset, sqlite3_extended_errcode(run->target->connection));
    return begin_writing(run);
}
