/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_run: one cell, statement by statement, from its first directive to its outcome. How it
 * begins is in sqlite_run_begin.c, its directives are in sqlite_run_directive.c.
 */
#include "engine/sqlite_engine.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/sqlite_constraint.h"
#include "engine/sqlite_effects.h"
#include "engine/sqlite_engine_state.h"
#include "engine/sqlite_error.h"
#include "engine/sqlite_export.h"
#include "engine/sqlite_guard.h"
#include "engine/sqlite_output.h"
#include "engine/sqlite_parameters.h"
#include "engine/sqlite_plan.h"
#include "engine/sqlite_run_state.h"
#include "engine/sqlite_timing.h"
#include "engine/sqlite_warning.h"
#include "model/sql/sql_scan.h"

#define CODE_MAX (INT_MAX / 2)

#define WARNINGS_MAX 5 /* statements of a cell that are warned about */

bool sqlite_run_is_interrupted(const struct run *run)
{
    return run->cell->is_interrupted && atomic_load(run->cell->is_interrupted);
}

/* ------------------------------------------------------------------------------------------------
 * failing
 */

bool sqlite_run_fail(struct run *run, enum cell_state state, const char *ename, const char *message)
{
    run->has_failed = true;
    run->outcome->state = state;
    run->failure.ename = ename;
    strbuf_clear(&run->failure.message);
    strbuf_add_text(&run->failure.message, message);
    return false;
}

bool sqlite_run_fail_error(struct run *run, const struct error *error)
{
    bool is_stop = error->code == ERROR_INTERRUPTED || error->code == ERROR_CLOSING;

    return sqlite_run_fail(run, is_stop ? STATE_INTERRUPTED : STATE_FAILED, sqlite_error_ename_of(error),
                error->message);
}

static void set_statement(struct run *run, size_t offset)
{
    run->failure.has_statement = true;
    run->failure.offset = offset;
    run->failure.number = run->outcome->statements + 1;
}

/* The connection's last error, as the failure of the statement at `offset`. */
bool sqlite_run_fail_sqlite(struct run *run, size_t offset, int code)
{
    const struct engine_target *target = run->target;
    const char *refusal = sqlite_guard_refusal(target->guard);
    int primary = code & 0xff;
    AUTO_STRBUF message = STRBUF_INIT;

    set_statement(run, offset);
    if (primary == SQLITE_INTERRUPT ||
        (sqlite_run_is_interrupted(run) && (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)))
        return sqlite_run_fail(run, STATE_INTERRUPTED, "Interrupted", "interrupted");
    if (refusal)
        return sqlite_run_fail(run, STATE_FAILED, sqlite_error_ename(SQLITE_AUTH), refusal);

    int reported = sqlite3_error_offset(target->connection);
    size_t size = sql_scan_statement_end(run->code, run->size, offset) - offset;
    run->failure.has_place =
        sqlite_error_place(run->code + offset, size, sqlite3_errmsg(target->connection), reported,
                           &run->failure.place);
    run->failure.place += offset;
    sqlite_guard_own(target->guard, true);
    sqlite_error_message(target, code, run->cell->limits.timeout_ms, run->code + offset, size,
                         &message);
    if (run->failed && (primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH)) {
        AUTO_FREE char *reason = xstrdup(strbuf_text(&message));
        sqlite_constraint_explain(target, code, reason, run->failed, &message);
        sqlite_run_watch(run);
    }
    sqlite_guard_own(target->guard, false);
    return sqlite_run_fail(run, STATE_FAILED, sqlite_error_ename(code), strbuf_text(&message));
}

/* ------------------------------------------------------------------------------------------------
 * SQLite's calls
 */

/* The progress handler catches an interrupt that comes just before SQLite starts and forgets it
 * (K-16). */
void sqlite_run_enter(struct run *run)
{
    run->is_stepping = true;
    pthread_mutex_lock(&run->engine->mutex);
    run->engine->running = run->target->connection;
    pthread_mutex_unlock(&run->engine->mutex);
}

void sqlite_run_leave(struct run *run)
{
    pthread_mutex_lock(&run->engine->mutex);
    run->engine->running = NULL;
    pthread_mutex_unlock(&run->engine->mutex);
    run->is_stepping = false;
}

int sqlite_run_prepare_at(struct run *run, size_t offset, sqlite3_stmt **ret_statement, size_t *ret_end)
{
    const char *tail = NULL;

    *ret_statement = NULL;
    sqlite_guard_clear(run->target->guard);
    touched_objects_drop(&run->outcome->touched);
    int code = sqlite3_prepare_v3(run->target->connection, run->code + offset,
                                  (int)(run->size - offset) + 1, 0, ret_statement, &tail);
    *ret_end = tail ? (size_t)(tail - run->code) : run->size;
    if (code == SQLITE_OK && !*ret_statement && *ret_end <= offset)
        *ret_end = run->size;
    return code;
}

bool sqlite_run_can_write(sqlite3_stmt *statement)
{
    return !sqlite3_stmt_readonly(statement) && !sqlite3_stmt_isexplain(statement);
}

bool sqlite_run_has_transaction(const struct run *run)
{
    return !sqlite3_get_autocommit(run->target->connection);
}

bool sqlite_run_exec_own(struct run *run, const char *sql)
{
    sqlite_guard_own(run->target->guard, true);
    int code = sqlite3_exec(run->target->connection, sql, NULL, NULL, NULL);
    sqlite_guard_own(run->target->guard, false);
    return code == SQLITE_OK;
}

/* ------------------------------------------------------------------------------------------------
 * one statement
 */

static bool is_word(const struct run *run, size_t offset, const char *word)
{
    size_t size = strlen(word);

    if (offset + size > run->size || strncasecmp(run->code + offset, word, size) != 0)
        return false;
    unsigned char next = (unsigned char)run->code[offset + size];
    return !(next == '_' || next == '$' || next >= 0x80 || (next >= '0' && next <= '9') ||
             (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
}

static bool changes_rows(const struct run *run, size_t offset)
{
    static const char *const words[] = {"INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (is_word(run, offset, words[i]))
            return true;
    return false;
}

static bool prepare(struct run *run, struct statement *statement)
{
    if (run->kept && run->kept_offset == statement->offset) {
        statement->handle = run->kept;
        statement->end = run->kept_end;
        run->kept = NULL;
    } else {
        sqlite_run_enter(run);
        int code = sqlite_run_prepare_at(run, statement->offset, &statement->handle, &statement->end);
        sqlite_run_leave(run);
        if (code != SQLITE_OK)
            return sqlite_run_fail_sqlite(run, statement->offset, code);
    }
    statement->writes = statement->handle && sqlite_run_can_write(statement->handle);
    if (statement->writes && run->cell->mode != ENGINE_EXPLAIN)
        run->outcome->is_read_only = false;
    return true;
}

/* What must hold before the first step. */
static bool make_ready(struct run *run, struct statement *statement)
{
    struct error error = ERROR_INIT;

    if (run->target->is_store && is_word(run, statement->offset, "VACUUM")) {
        set_statement(run, statement->offset);
        return sqlite_run_fail(run, STATE_FAILED, "NotAllowedError",
                    "VACUUM is not allowed in the store: a cell is one transaction there; `%use "
                    "FILE` for a database of its own");
    }
    if (run->output.file && !sqlite3_column_count(statement->handle)) {
        set_statement(run, statement->offset);
        return sqlite_run_fail(run, STATE_FAILED, "ProgrammingError",
                    "%export writes the rows of the statement after it, and this one has none");
    }
    if (statement->writes && !sqlite_run_begin_writing_late(run, statement->offset))
        return false;
    if (!sqlite_guard_prepared(run->target->guard, &error)) {
        set_statement(run, statement->offset);
        return sqlite_run_fail_error(run, &error);
    }
    sqlite_parameters_bind(statement->handle, run->cell->arguments, run->engine->parameters,
                           &statement->unbound);
    statement->was_open = sqlite_run_has_transaction(run);
    statement->rollbacks = run->database ? run->database->rollbacks : 0;
    statement->total_changes = sqlite3_total_changes64(run->target->connection);
    return true;
}

void sqlite_run_note_effect(struct run *run, const struct statement *statement)
{
    if (!run->database)
        return;
    int64_t changed = sqlite3_total_changes64(run->target->connection) - statement->total_changes;
    bool is_begin = is_word(run, statement->offset, "BEGIN");
    bool is_end = is_word(run, statement->offset, "COMMIT") ||
                  is_word(run, statement->offset, "END") ||
                  is_word(run, statement->offset, "ROLLBACK");
    struct sqlite_effects_step step = {
        .number = run->outcome->statements + 1,
        /* A failed INSERT OR FAIL keeps the rows before the bad one. */
        .writes = run->has_failed ? changed > 0 : statement->writes && !is_begin && !is_end,
        .was_open = statement->was_open,
        .is_open = sqlite_run_has_transaction(run),
        .was_rolled_back = run->database->rollbacks != statement->rollbacks,
        .is_rollback_to = is_word(run, statement->offset, "ROLLBACK"),
    };
    sqlite_effects_add(&run->effects, &step);
    if (run->has_failed)
        run->outcome->changes += changed;
}

bool sqlite_run_check_after(struct run *run, const struct statement *statement)
{
    struct error error = ERROR_INIT;

    if (run->outcome->in_write && !sqlite_run_has_transaction(run)) {
        set_statement(run, statement->offset);
        return sqlite_run_fail(run, STATE_FAILED, "OperationalError",
                    "the statement ended the cell's transaction");
    }
    if (!sqlite_guard_check(run->target->guard, &error)) {
        set_statement(run, statement->offset);
        return sqlite_run_fail_error(run, &error);
    }
    return true;
}

static void show(struct run *run, const struct statement *statement, const struct sqlite_rows *rows,
                 int columns, int64_t changes)
{
    AUTO_STRBUF note = STRBUF_INIT;

    if (columns && statement->writes && changes_rows(run, statement->offset))
        strbuf_addf(&note, "%lld row%s changed", (long long)changes, changes == 1 ? "" : "s");
    if (statement->unbound.size)
        strbuf_addf(&note, "%sunbound parameters are NULL: %s", note.size ? "; " : "",
                    strbuf_text(&statement->unbound));
    sqlite_output_add_time(&run->output, &note);
    const char *text = note.size ? strbuf_text(&note) : NULL;
    if (columns)
        sqlite_output_rows(&run->output, rows, text);
    else if (changes_rows(run, statement->offset))
        sqlite_output_changes(&run->output, changes, text);
    else if (text)
        sqlite_output_text(&run->output, text);
}

/* Those who look while the statement runs shall know what was made before it. When a cell makes a
 * thousand tables one after the other, there is nobody to see the steps. */
static void publish_before(struct run *run)
{
    if (!sqlite_guard_is_quick(run->target->guard))
        sqlite_engine_publish(run->engine);
    if (run->engine->board && sqlite_guard_wants_alone(run->target->guard))
        schema_board_let_go(run->engine->board);
}

static void note_schema_change(struct run *run)
{
    uint64_t changes = sqlite_guard_schema_changes(run->target->guard);

    if (changes != run->schema_changes)
        run->engine->is_published_stale = true;
    run->schema_changes = changes;
}

static bool finish_export(struct run *run, const struct statement *statement)
{
    AUTO_STRBUF said = STRBUF_INIT;
    struct error error = ERROR_INIT;

    if (!sqlite_export_finish(run->output.file, &said, &error)) {
        set_statement(run, statement->offset);
        return sqlite_run_fail_error(run, &error);
    }
    row_file_close(run->output.file);
    run->output.file = NULL;
    sqlite_output_text(&run->output, strbuf_text(&said));
    return true;
}

/* The last result is kept by taking over its table: nothing is copied. */
static void keep_result(struct run *run, struct sqlite_rows *rows)
{
    if (!rows->table)
        return;
    sqlite_rows_release(&run->engine->last);
    run->engine->last = *rows;
    rows->table = NULL;
}

/* Below the result, and only of a statement that succeeded: an error stands alone (J-154). */
static void warn(struct run *run, const struct statement *statement, int64_t changes)
{
    AUTO_STRBUF text = STRBUF_INIT;
    size_t size = statement->end - statement->offset;

    if (run->cell->is_quiet || !run->sink->stream || run->warnings >= WARNINGS_MAX)
        return;
    sqlite_guard_own(run->target->guard, true);
    sqlite_warning_find(run->target, run->code + statement->offset, size, &text);
    sqlite_guard_own(run->target->guard, false);
    if (run->target->is_store && statement->writes)
        sqlite_warning_changed(run->code + statement->offset, size, changes, &text);
    if (!text.size)
        return;
    run->warnings++;
    run->sink->stream(run->sink->context, "stderr", strbuf_text(&text));
}

static bool execute(struct run *run, struct statement *statement)
{
    struct sqlite_rows rows;
    int columns = sqlite3_column_count(statement->handle);
    int64_t changes = 0;

    if (sqlite3_stmt_isexplain(statement->handle))
        touched_objects_drop(&run->outcome->touched);
    publish_before(run);
    sqlite_output_begin(&run->output, run->outcome->statements + 1);
    sqlite_run_enter(run);
    int code = sqlite_output_read(&run->output, statement->handle, &rows);
    run->failed = statement->handle;
    bool done = code == SQLITE_DONE || sqlite_run_fail_sqlite(run, statement->offset, code);
    run->failed = NULL;
    /* Finalized before anything is shown: a slow reader of the output holds no lock of the
     * database. */
    sqlite3_finalize(statement->handle);
    statement->handle = NULL;
    sqlite_run_leave(run);
    note_schema_change(run);
    if (done && changes_rows(run, statement->offset) && statement->writes)
        changes = sqlite3_changes64(run->target->connection);
    sqlite_run_note_effect(run, statement);
    sqlite_run_note_touched(run, statement,
                            changes_rows(run, statement->offset) ? changes : -1);
    done = done && sqlite_run_check_after(run, statement);
    if (done) {
        run->outcome->statements++;
        run->outcome->changes += changes;
        if (columns)
            run->outcome->rows += (int64_t)rows.total;
        if (run->output.file)
            done = finish_export(run, statement);
        else
            show(run, statement, &rows, columns, changes);
        warn(run, statement, changes);
        keep_result(run, &rows);
    }
    sqlite_output_end(&run->output, done);
    sqlite_rows_release(&rows);
    return done;
}

/* The statement's plan, in place of running it. */
static bool explain(struct run *run, const struct statement *statement)
{
    const struct engine_target *target = run->target;
    size_t size = statement->end - statement->offset;
    AUTO_STRBUF text = STRBUF_INIT;

    sqlite_run_enter(run);
    int code = sqlite_plan_text(target->connection, statement->handle,
                                run->code + statement->offset, size, &text);
    sqlite_run_leave(run);
    if (code != SQLITE_OK)
        return sqlite_run_fail_sqlite(run, statement->offset, code);
    run->outcome->statements++;
    sqlite_output_text(&run->output, strbuf_text(&text));
    return true;
}

static bool run_one(struct run *run, struct statement *statement)
{
    if (run->cell->mode == ENGINE_EXPLAIN)
        return explain(run, statement);
    if (run->cell->mode != ENGINE_TIME)
        return make_ready(run, statement) && execute(run, statement);
    size_t number = sql_scan_position(run->code, run->size, statement->offset).line;
    sqlite_timing_start(&run->timing);
    bool done = make_ready(run, statement) && execute(run, statement);
    sqlite_timing_stop(&run->timing, number, run->code + statement->offset,
                       statement->end - statement->offset);
    return done;
}

static bool run_statement(struct run *run, size_t *offset)
{
    struct statement statement = {.offset = *offset};

    bool done = prepare(run, &statement);
    *offset = statement.end;
    if (done && statement.handle)
        done = run_one(run, &statement);
    sqlite3_finalize(statement.handle);
    strbuf_release(&statement.unbound);
    return done;
}

/* ------------------------------------------------------------------------------------------------
 * the cell
 */

/* What would be cut off silently or overflow (J-246). */
static bool check_text(struct run *run)
{
    const char *nul = memchr(run->code, '\0', run->size);

    if (run->cell->size > CODE_MAX)
        return sqlite_run_fail(run, STATE_FAILED, "DataError", "the cell is too large; split it");
    if (!nul)
        return true;
    run->failure.has_statement = true;
    run->failure.is_directive = true;
    run->failure.has_place = true;
    run->failure.offset = run->failure.place = (size_t)(nul - run->code);
    return sqlite_run_fail(run, STATE_FAILED, "ProgrammingError",
                "the cell holds a NUL byte, where SQLite would stop reading; remove it: nothing of "
                "the cell was run");
}

bool sqlite_run_all(struct run *run, size_t offset)
{
    while ((offset = sql_scan_skip(run->code, run->size, offset)) < run->size) {
        bool is_directive = sql_scan_is_directive(run->code, run->size, offset);
        if (sqlite_run_is_interrupted(run)) {
            if (!is_directive)
                set_statement(run, offset);
            return sqlite_run_fail(run, STATE_INTERRUPTED, "Interrupted", "interrupted");
        }
        if (is_directive) {
            if (!sqlite_run_directive(run, &offset))
                return false;
            continue;
        }
        if (!run->target && !sqlite_run_begin(run, offset))
            return false;
        if (!run_statement(run, &offset))
            return false;
    }
    return true;
}

/* A COMMIT with these open would fail, and the record is in the same transaction (K-17). */
static bool check_foreign_keys(struct run *run)
{
    int count = 0, high = 0;

    if (!run->outcome->in_write)
        return true;
    sqlite3_db_status(run->target->connection, SQLITE_DBSTATUS_DEFERRED_FKS, &count, &high, 0);
    if (!count)
        return true;
    AUTO_STRBUF message = STRBUF_INIT;
    strbuf_add_text(&message, "FOREIGN KEY constraint failed: at the end of the cell a deferred "
                              "foreign key has no row to refer to");
    sqlite_guard_own(run->target->guard, true);
    sqlite_constraint_deferred(run->target, &message);
    sqlite_run_watch(run);
    sqlite_guard_own(run->target->guard, false);
    return sqlite_run_fail(run, STATE_FAILED, "IntegrityError", strbuf_text(&message));
}

static void run_cell(struct run *run)
{
    bool needs_write = run->cell->needs_write && !run->engine->current && run->engine->store;
    size_t start = run->cell->start < run->size ? run->cell->start : run->size;

    if (!check_text(run) || !sqlite_run_all(run, start))
        return;
    if (!run->target && needs_write && !sqlite_run_begin(run, run->size))
        return;
    check_foreign_keys(run);
}

/* Ends what the cell began on the connection. */
static void end_transaction(struct run *run)
{
    struct engine_outcome *outcome = run->outcome;

    if (outcome->in_write && run->has_failed) {
        run->target->write_undo(run->target->context);
        outcome->is_undone = true;
        outcome->changes = 0;
        touched_objects_undo(&outcome->touched, 0);
        *run->parameters_at = PARAMETERS_STALE;
    } else if (run->target->is_store && !outcome->in_write && sqlite_run_has_transaction(run)) {
        if (run->has_failed || !sqlite_run_exec_own(run, "COMMIT")) {
            sqlite_run_exec_own(run, "ROLLBACK");
            *run->parameters_at = PARAMETERS_STALE;
        }
    }
    if (run->database && run->database->rollbacks != run->rollbacks)
        *run->parameters_at = PARAMETERS_STALE;
}

static size_t count_statements(const void *context)
{
    const struct run *run = context;
    size_t count = 0, offset = 0, line_end;

    while ((offset = sql_scan_skip(run->code, run->size, offset)) < run->size) {
        if (sql_scan_is_directive(run->code, run->size, offset)) {
            size_t next = sql_scan_directive_end(run->code, run->size, offset, &line_end);
            count += sqlite_run_need_of(run, offset, line_end) == ENGINE_NEED_WRITE;
            offset = next;
            continue;
        }
        offset = sql_scan_statement_end(run->code, run->size, offset);
        count++;
    }
    return count;
}

static void describe_failure(struct run *run)
{
    AUTO_STRBUF effect = STRBUF_INIT;
    struct sqlite_failure *failure = &run->failure;

    failure->count = count_statements(run);
    if (failure->count < failure->number)
        failure->count = failure->number;
    if (run->outcome->is_undone)
        strbuf_add_text(&effect, "nothing of the cell was kept");
    else if (run->database && (failure->count > 1 || run->effects.has_committed ||
                               run->effects.is_open || run->effects.earlier != EARLIER_NONE))
        sqlite_effects_describe(&run->effects, failure->count, &effect);
    failure->effect = effect.size ? strbuf_text(&effect) : NULL;
    sqlite_error_describe(failure, run->code, run->size, run->outcome);
}

static void end(struct run *run)
{
    struct engine_outcome *outcome = run->outcome;

    if (run->target) {
        sqlite3_finalize(run->kept);
        sqlite_guard_watch(run->target->guard, NULL);
        touched_objects_drop(&outcome->touched);
        if (run->database && sqlite_run_has_transaction(run))
            touched_objects_leave_open(&outcome->touched);
        sqlite3_progress_handler(run->target->connection, 0, NULL, NULL);
        end_transaction(run);
        sqlite_engine_publish(run->engine);
        if (run->database) {
            sqlite_database_wait_with(run->database, run->cell->limits.timeout_ms, NULL);
            outcome->effect = sqlite_effects_result(&run->effects, run->has_failed);
            outcome->earlier = run->effects.earlier;
        } else if (!run->has_failed && outcome->in_write && !outcome->is_read_only) {
            outcome->effect = EFFECT_COMMITTED;
        }
    }
    run->engine->in_statements = false;
    row_file_close(run->output.file);
    if (!outcome->is_undone)
        sqlite_output_finish(&run->output);
    sqlite_timing_show(&run->timing, &run->output);
    if (run->has_failed)
        describe_failure(run);
    else if (outcome->statements && !run->output.has_shown)
        sqlite_output_text(&run->output, "OK");
}

void sqlite_engine_run(struct sqlite_engine *engine, const struct engine_cell *cell,
                       const struct engine_sink *sink, struct engine_outcome *ret_outcome)
{
    struct run run = {.engine = engine, .cell = cell, .sink = sink, .outcome = ret_outcome};

    memset(ret_outcome, 0, sizeof *ret_outcome);
    ret_outcome->state = STATE_EXECUTED;
    ret_outcome->is_read_only = true;
    run.size = cell->size <= CODE_MAX ? cell->size : 0;
    run.code = xmalloc(run.size + 1);
    memcpy(run.code, cell->code, run.size);
    run.code[run.size] = '\0';
    sqlite_output_init(&run.output, sink, &cell->limits, cell->is_quiet);
    run.output.count_statements = count_statements;
    run.output.count_context = &run;
    engine->run = &run;
    run_cell(&run);
    engine->run = NULL;
    end(&run);
    strbuf_release(&run.failure.message);
    sqlite_effects_release(&run.effects);
    free(run.code);
}
