/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store of a few tables, an engine on it, and a sink that keeps what is shown.
 */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/sqlite_engine.h"
#include "engine/sqlite_guard.h"
#include "tap.h"

struct fixture {
    char directory[64];
    char store_path[128];
    struct sqlite3 *connection; /* the store, guarded */
    struct sqlite3 *plain;      /* the store, as the recorder's own connection */
    struct engine_target target;
    struct sqlite_engine *engine;
    struct engine_cell cell;
    struct engine_sink sink;
    struct engine_outcome outcome;
    struct strbuf shown; /* text/plain of all displays, each with a line end */
    json_t *last;        /* the last bundle */
    size_t displays;
    size_t begins, undos;
    atomic_bool is_interrupted;
};

__attribute__((unused)) static void fixture_exec(struct sqlite3 *connection, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(connection, sql, NULL, NULL, &message) != SQLITE_OK)
        bail_out("%s: %s", sql, message);
}

/* The first value of a query, or "(none)"; the caller frees. */
__attribute__((unused)) static char *fixture_value(struct sqlite3 *connection, const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK)
        return xasprintf("error: %s", sqlite3_errmsg(connection));
    char *value = sqlite3_step(statement) == SQLITE_ROW
                      ? xstrdup_or_null((const char *)sqlite3_column_text(statement, 0))
                      : xstrdup("(none)");
    sqlite3_finalize(statement);
    return value;
}

__attribute__((unused)) static bool fixture_begin(void *context, struct error *error)
{
    struct fixture *fixture = context;
    fixture->begins++;
    sqlite_guard_own(fixture->target.guard, true);
    int code = sqlite3_exec(fixture->connection, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite_guard_own(fixture->target.guard, false);
    return code == SQLITE_OK || error_set(error, ERROR_BUSY, "store: locked");
}

__attribute__((unused)) static void fixture_undo(void *context)
{
    struct fixture *fixture = context;
    fixture->undos++;
    sqlite_guard_own(fixture->target.guard, true);
    if (!sqlite3_get_autocommit(fixture->connection))
        fixture_exec(fixture->connection, "ROLLBACK");
    sqlite_guard_own(fixture->target.guard, false);
}

__attribute__((unused)) static void fixture_display(void *context, const json_t *data,
                                                    const json_t *metadata)
{
    struct fixture *fixture = context;
    (void)metadata;
    const char *text = json_string_value(json_object_get(data, "text/plain"));
    strbuf_add_text(&fixture->shown, text ? text : "(no text)");
    strbuf_add_char(&fixture->shown, '\n');
    json_decref(fixture->last);
    fixture->last = json_deep_copy(data);
    fixture->displays++;
}

__attribute__((unused)) static void fixture_stream(void *context, const char *name,
                                                   const char *text)
{
    (void)context;
    (void)name;
    (void)text;
}

__attribute__((unused)) static bool fixture_use(struct fixture *fixture, const char *name,
                                                bool create, struct error *error)
{
    struct use_options options = {.directory = fixture->directory,
                                  .create = create,
                                  .timeout_ms = fixture->cell.limits.timeout_ms,
                                  .is_interrupted = &fixture->is_interrupted};
    return sqlite_engine_use(fixture->engine, name, &options, error);
}

/* %use NAME, %create NAME, %param NAME INTEGER; anything else is unknown. */
__attribute__((unused)) static bool fixture_directive(void *context, const char *line, size_t size,
                                                      struct error *error)
{
    struct fixture *fixture = context;
    AUTO_FREE char *text = xstrndup(line, size);
    char name[200];
    int value;
    if (sscanf(text, "%%use %199s", name) == 1)
        return fixture_use(fixture, name, false, error);
    if (sscanf(text, "%%create %199s", name) == 1)
        return fixture_use(fixture, name, true, error);
    if (sscanf(text, "%%param %199s %d", name, &value) == 2) {
        json_t *number = json_integer(value);
        sqlite_engine_set_parameter(fixture->engine, name, number);
        json_decref(number);
        return true;
    }
    return error_set(error, ERROR_USAGE, "%s: is unknown", text);
}

__attribute__((unused)) static void fixture_open_store(struct fixture *fixture)
{
    struct error error = ERROR_INIT;
    sqlite3_open_v2(fixture->store_path, &fixture->plain,
                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    fixture_exec(fixture->plain,
                 "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; "
                 "CREATE TABLE rscn_x (id INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT); "
                 "CREATE TABLE code_notebook_cell (id TEXT PRIMARY KEY, code TEXT); "
                 "CREATE TABLE assurance_schema (id TEXT PRIMARY KEY); "
                 "CREATE VIEW rscn_view AS SELECT * FROM rscn_x; "
                 "INSERT INTO rscn_x (value) VALUES ('kept'); "
                 "INSERT INTO code_notebook_cell VALUES ('a', 'SELECT 1');");
    sqlite3_open_v2(fixture->store_path, &fixture->connection,
                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, NULL);
    sqlite3_busy_timeout(fixture->connection, 2000);
    fixture_exec(fixture->connection, "PRAGMA foreign_keys = ON");
    struct engine_target *target = &fixture->target;
    target->guard = sqlite_guard_install(fixture->connection, fixture->store_path, true, &error);
    if (!target->guard)
        bail_out("guard: %s", error.message);
    target->name = "store";
    target->label = "the store";
    target->is_store = true;
    target->connection = fixture->connection;
    target->write_begin = fixture_begin;
    target->write_undo = fixture_undo;
    target->context = fixture;
}

__attribute__((unused)) static void fixture_init(struct fixture *fixture)
{
    ident_init();
    memset(fixture, 0, sizeof *fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/rscn-engine-XXXXXX");
    if (!mkdtemp(fixture->directory))
        bail_out("no directory for the test");
    snprintf(fixture->store_path, sizeof fixture->store_path, "%s/rssd.db", fixture->directory);
    fixture_open_store(fixture);
    fixture->engine = sqlite_engine_new(fixture->store_path, &fixture->target);
    fixture->sink = (struct engine_sink){.context = fixture,
                                         .display = fixture_display,
                                         .stream = fixture_stream,
                                         .directive = fixture_directive};
    fixture->cell.limits = (struct engine_limits){
        .max_rows = 1000, .max_width = 200, .max_bytes = 16 << 20, .timeout_ms = 300};
    fixture->cell.is_interrupted = &fixture->is_interrupted;
}

/* Runs a cell; a writing one on the store is committed as the recorder would. */
__attribute__((unused)) static void fixture_run_bytes(struct fixture *fixture, const char *code,
                                                      size_t size)
{
    engine_outcome_release(&fixture->outcome);
    strbuf_clear(&fixture->shown);
    json_decref(fixture->last);
    fixture->last = NULL;
    fixture->displays = fixture->begins = fixture->undos = 0;
    fixture->cell.code = code;
    fixture->cell.size = size;
    sqlite_engine_run(fixture->engine, &fixture->cell, &fixture->sink, &fixture->outcome);
    if (!fixture->outcome.in_write || fixture->outcome.is_undone)
        return;
    sqlite_guard_own(fixture->target.guard, true);
    fixture_exec(fixture->connection, "COMMIT");
    sqlite_guard_own(fixture->target.guard, false);
}

__attribute__((unused)) static void fixture_run(struct fixture *fixture, const char *code)
{
    fixture_run_bytes(fixture, code, strlen(code));
}

__attribute__((unused)) static char *fixture_traceback(const struct fixture *fixture)
{
    AUTO_STRBUF text = STRBUF_INIT;
    size_t index;
    json_t *line;
    json_array_foreach(fixture->outcome.traceback, index, line)
    {
        strbuf_add_text(&text, json_string_value(line));
        strbuf_add_char(&text, '\n');
    }
    return strbuf_take(&text);
}

/* The files of the directory and itself; there are no folders in it. */
__attribute__((unused)) static void fixture_remove(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    rmdir(path);
}

__attribute__((unused)) static void fixture_release(struct fixture *fixture)
{
    engine_outcome_release(&fixture->outcome);
    strbuf_release(&fixture->shown);
    json_decref(fixture->last);
    sqlite_engine_free(fixture->engine);
    sqlite3_close(fixture->connection);
    sqlite_guard_free(fixture->target.guard);
    sqlite3_close(fixture->plain);
    fixture_remove(fixture->directory);
}

#endif
