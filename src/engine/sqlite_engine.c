/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_engine: the databases that are open, the session's parameters, and what is asked about a
 * database. Running cells is in sqlite_run.c.
 */
#include "engine/sqlite_engine.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/memory.h"
#include "engine/sqlite_engine_state.h"
#include "engine/sqlite_error.h"
#include "engine/sqlite_guard.h"
#include "engine/sqlite_name.h"
#include "engine/sqlite_output.h"
#include "engine/sqlite_parameters.h"

struct sqlite_engine *sqlite_engine_new(const char *store_path, const struct engine_target *store)
{
    struct sqlite_engine *engine = xcalloc(1, sizeof *engine);

    engine->store_path = store_path && *store_path ? path_resolve(store_path) : NULL;
    engine->parameters = json_object();
    pthread_mutex_init(&engine->mutex, NULL);
    sqlite_engine_set_store(engine, store);
    return engine;
}

static void forget(struct sqlite_engine *engine, struct sqlite_database *database)
{
    struct sqlite_database **link = &engine->databases;

    while (*link != database)
        link = &(*link)->next;
    *link = database->next;
    sqlite_database_close(database);
}

/* The store's path as SQLite has it; databases that are open learn it, and one that turns out to be
 * the store is closed. */
static void learn_store_path(struct sqlite_engine *engine)
{
    const char *path = sqlite3_db_filename(engine->store->connection, "main");
    struct sqlite_database *next;

    if (!path || !*path || (engine->store_path && strcmp(engine->store_path, path) == 0))
        return;
    free(engine->store_path);
    engine->store_path = xstrdup(path);
    for (struct sqlite_database *database = engine->databases; database; database = next) {
        next = database->next;
        sqlite_guard_set_store_path(database->target.guard, path);
        if (sqlite_name_part(path, database->path) == NAME_OTHER)
            continue;
        if (engine->current == database)
            engine->current = NULL;
        forget(engine, database);
    }
}

void sqlite_engine_set_store(struct sqlite_engine *engine, const struct engine_target *store)
{
    engine->store = store;
    engine->store_parameters_at = 0;
    engine->is_published_stale = true;
    if (!store)
        return;
    sqlite_database_add_functions(store->connection);
    learn_store_path(engine);
}

void sqlite_engine_free(struct sqlite_engine *engine)
{
    if (!engine)
        return;
    while (engine->databases) {
        struct sqlite_database *next = engine->databases->next;
        sqlite_database_close(engine->databases);
        engine->databases = next;
    }
    schema_snapshot_free(engine->published);
    sqlite_rows_release(&engine->last);
    pthread_mutex_destroy(&engine->mutex);
    json_decref(engine->parameters);
    free(engine->store_path);
    free(engine);
}

const struct engine_target *sqlite_engine_target(const struct sqlite_engine *engine)
{
    return engine->current ? &engine->current->target : engine->store;
}

struct sqlite_view sqlite_engine_view(struct sqlite_engine *engine)
{
    const struct engine_target *target = sqlite_engine_target(engine);
    struct sqlite_view view = {.has_rows = true, .parameters = engine->parameters};

    if (engine->current)
        sqlite_database_wait_with(engine->current, 0, NULL);
    if (!target)
        return view;
    view.connection = target->connection;
    view.guard = target->guard;
    view.label = target->label;
    view.is_store = target->is_store;
    return view;
}

const char *sqlite_engine_name(void)
{
    return "SQLite";
}

const char *sqlite_engine_version(void)
{
    return sqlite3_libversion();
}

/* ------------------------------------------------------------------------------------------------
 * for those who look meanwhile
 */

void sqlite_engine_set_board(struct sqlite_engine *engine, struct schema_board *board)
{
    engine->board = board;
    engine->is_published_stale = true;
}

static bool is_published(const struct sqlite_engine *engine, const struct engine_target *target)
{
    if (engine->is_published_stale || !engine->published ||
        engine->published_parameters != engine->parameters_generation)
        return false;
    return !target || !schema_snapshot_is_uncommitted(engine->published) ||
           !sqlite3_get_autocommit(target->connection);
}

void sqlite_engine_publish(struct sqlite_engine *engine)
{
    const struct engine_target *target = sqlite_engine_target(engine);
    struct sqlite_database *database = engine->current;

    if (!engine->board || is_published(engine, target))
        return;
    int timeout_ms = database ? database->timeout_ms : 0;
    const atomic_bool *interrupted = database ? database->is_interrupted : NULL;
    if (database) /* what another program has locked is left out, not waited for */
        sqlite_database_wait_with(database, 0, NULL);
    struct schema_snapshot *snapshot =
        schema_snapshot_take(target, engine->parameters, engine->published);
    if (database)
        sqlite_database_wait_with(database, timeout_ms, interrupted);
    schema_snapshot_free(engine->published);
    engine->published = snapshot;
    engine->published_parameters = engine->parameters_generation;
    engine->is_published_stale = false;
    atomic_fetch_add(&snapshot->references, 1);
    schema_board_put(engine->board, snapshot);
}

/* ------------------------------------------------------------------------------------------------
 * which database
 */

static struct sqlite_database *find_open(struct sqlite_engine *engine,
                                         const struct sqlite_place *place)
{
    struct sqlite_database *database = engine->databases;

    while (database && (strcmp(database->target.name, place->name) != 0 ||
                        database->is_read_only != place->read_only))
        database = database->next;
    return database;
}

static bool switch_to(struct sqlite_engine *engine, const struct sqlite_place *place,
                      const struct use_options *options, struct error *error)
{
    struct sqlite_database *stale = NULL;
    struct sqlite_database *database = NULL;

    if (!place->is_store) {
        database = find_open(engine, place);
        if (database && !sqlite_database_is_current(database)) {
            stale = database;
            database = NULL;
        }
    }
    if (engine->in_statements &&
        (place->is_store ? engine->current != NULL : !database || database != engine->current))
        return error_set(error, ERROR_INVALID,
                         "%%use: a cell runs on one database; put %%use before its first statement "
                         "or into a cell of its own");
    if (!place->is_store && !database) {
        database = sqlite_database_open(place, engine->store_path, options, error);
        if (!database)
            return false;
        database->board = engine->board;
        database->next = engine->databases;
        engine->databases = database;
    }
    engine->current = database;
    engine->is_published_stale = true;
    if (place->is_store)
        engine->store_is_read_only = place->read_only;
    if (stale)
        forget(engine, stale);
    return true;
}

bool sqlite_engine_is_read_only(const struct sqlite_engine *engine)
{
    const struct engine_target *target = sqlite_engine_target(engine);

    return (!engine->current && engine->store_is_read_only) ||
           (target && sqlite3_db_readonly(target->connection, "main") == 1);
}

bool sqlite_engine_use(struct sqlite_engine *engine, const char *name,
                       const struct use_options *options, struct error *error)
{
    struct sqlite_place place;

    if (!sqlite_place_find(name, engine->store_path, options, &place, error))
        return false;
    bool done = switch_to(engine, &place, options, error);
    sqlite_place_release(&place);
    return done;
}

static bool is_same_file(const char *name, const char *suffix, const struct stat *status)
{
    AUTO_FREE char *path = xasprintf("%s%s", name, suffix);
    struct stat other;

    return stat(path, &other) == 0 && other.st_dev == status->st_dev &&
           other.st_ino == status->st_ino;
}

/* With what stands beside it: SQLite's files, the lock of a store. */
static bool is_database_file(const char *file, const struct stat *status)
{
    static const char *const sides[] = {"", "-wal", "-shm", "-journal", "-lock"};

    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        if (is_same_file(file, sides[i], status))
            return true;
    }
    return false;
}

static bool has_open(struct sqlite3 *connection, const struct stat *status)
{
    const char *schema;

    for (int i = 0; (schema = sqlite3_db_name(connection, i)); i++) {
        const char *file = sqlite3_db_filename(connection, schema);
        if (file && *file && is_database_file(file, status))
            return true;
    }
    return false;
}

bool sqlite_engine_has_open(const struct sqlite_engine *engine, const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return false;
    if (engine->store ? has_open(engine->store->connection, &status)
                      : engine->store_path && is_database_file(engine->store_path, &status))
        return true;
    for (const struct sqlite_database *database = engine->databases; database;
         database = database->next)
        if (has_open(database->target.connection, &status))
            return true;
    return false;
}

/* ------------------------------------------------------------------------------------------------
 * parameters
 */

void sqlite_engine_set_parameter(struct sqlite_engine *engine, const char *name,
                                 const json_t *value)
{
    if (value)
        json_object_set_new_nocheck(engine->parameters, name, json_deep_copy(value));
    else
        json_object_del(engine->parameters, name);
    engine->parameters_generation++;
}

const json_t *sqlite_engine_parameters(const struct sqlite_engine *engine)
{
    return engine->parameters;
}

bool sqlite_engine_sync_parameters(struct sqlite_engine *engine, const struct engine_target *target,
                                   const json_t *arguments, uint64_t *parameters_at,
                                   struct error *error)
{
    bool has_arguments = json_object_size(arguments) > 0;

    if (*parameters_at == engine->parameters_generation && !has_arguments)
        return true;
    sqlite_guard_own(target->guard, true);
    bool done = sqlite_parameters_sync(target->connection, arguments, engine->parameters, error);
    sqlite_guard_own(target->guard, false);
    *parameters_at = done && !has_arguments ? engine->parameters_generation : PARAMETERS_STALE;
    return done;
}

/* ------------------------------------------------------------------------------------------------
 * questions
 */

static const struct engine_target *need_target(struct sqlite_engine *engine, struct error *error)
{
    const struct engine_target *target = sqlite_engine_target(engine);

    if (!target)
        error_set(error, ERROR_NOT_FOUND,
                  "the store can't be used now; `%%use FILE` works on another database");
    return target;
}

static bool fail_query(const struct engine_target *target, int code, struct error *error)
{
    AUTO_STRBUF message = STRBUF_INIT;

    sqlite_error_message(target, code, 0, "", 0, &message);
    return error_set(error, ERROR_IO, "%s", strbuf_text(&message));
}

static bool hash_schema(const struct engine_target *target, char ret_hash[SHA256_HEX_SIZE],
                        struct error *error)
{
    static const char sql[] =
        "SELECT sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY sql";
    AUTO_STRBUF text = STRBUF_INIT;
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v3(target->connection, sql, sizeof sql, 0, &statement, NULL);

    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *create = (const char *)sqlite3_column_text(statement, 0);
        strbuf_add(&text, create ? create : "", (size_t)sqlite3_column_bytes(statement, 0));
        strbuf_add_char(&text, '\n');
        code = SQLITE_OK;
    }
    bool done = code == SQLITE_DONE || fail_query(target, code, error);
    sqlite3_finalize(statement);
    ret_hash[0] = '\0';
    if (done && text.size)
        sha256_hex(text.text, text.size, ret_hash);
    return done;
}

bool sqlite_engine_target_facts(struct sqlite_engine *engine, struct target_facts *ret_facts,
                                struct error *error)
{
    const struct engine_target *target = need_target(engine, error);
    struct stat status;

    memset(ret_facts, 0, sizeof *ret_facts);
    if (!target)
        return false;
    const char *file = sqlite3_db_filename(target->connection, "main");
    if (file && *file && stat(file, &status) == 0) {
        ret_facts->size_bytes = status.st_size;
        ret_facts->modified_us =
            (int64_t)status.st_mtim.tv_sec * 1000000 + status.st_mtim.tv_nsec / 1000;
    }
    sqlite_guard_own(target->guard, true);
    bool done = hash_schema(target, ret_facts->schema_hash, error);
    sqlite_guard_own(target->guard, false);
    return done;
}

static bool show_query(const struct engine_target *target, const char *sql,
                       const char *const *values, size_t count, struct sqlite_output *output,
                       struct error *error)
{
    sqlite3_stmt *statement = NULL;
    struct sqlite_rows rows;

    int code = sqlite3_prepare_v3(target->connection, sql, -1, 0, &statement, NULL);
    if (code != SQLITE_OK)
        return fail_query(target, code, error);
    if (!sqlite3_stmt_readonly(statement)) {
        sqlite3_finalize(statement);
        return error_set(error, ERROR_INVALID, "a directive's query must only read");
    }
    for (size_t i = 0; i < count; i++)
        sqlite3_bind_text(statement, (int)i + 1, values[i], -1, SQLITE_STATIC);
    code = sqlite_output_read(output, statement, &rows);
    bool done = code == SQLITE_DONE || fail_query(target, code, error);
    sqlite3_finalize(statement);
    if (done)
        sqlite_output_rows(output, &rows, NULL);
    sqlite_rows_release(&rows);
    return done;
}

bool sqlite_engine_show_query(struct sqlite_engine *engine, const char *sql,
                              const char *const *values, size_t count,
                              const struct engine_limits *limits, const struct engine_sink *sink,
                              struct error *error)
{
    const struct engine_target *target = need_target(engine, error);
    struct sqlite_output output;

    if (!target)
        return false;
    sqlite_output_init(&output, sink, limits, false);
    sqlite_guard_own(target->guard, true);
    bool done = show_query(target, sql, values, count, &output, error);
    sqlite_guard_own(target->guard, false);
    return done;
}

void sqlite_engine_interrupt(struct sqlite_engine *engine)
{
    pthread_mutex_lock(&engine->mutex);
    if (engine->running)
        sqlite3_interrupt(engine->running);
    pthread_mutex_unlock(&engine->mutex);
}
