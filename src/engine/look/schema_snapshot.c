/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_snapshot: see the header.
 */
#include "engine/look/schema_snapshot.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "engine/sqlite_guard.h"

#define WANTED_US 100000 /* longer than a cell sleeps between two attempts at a lock */
#define TEXTS_MAX ((size_t)16 * 1024 * 1024) /* of one schema */

struct schema_board {
    pthread_mutex_t mutex;
    struct schema_snapshot *newest;
    uint64_t count;
    atomic_bool is_read;          /* a look-up has the read locks of the files */
    atomic_llong wanted_until;    /* monotonic; a cell needs the files for itself */
    pthread_mutex_t keeper_mutex; /* held while let_go runs: it may wait for a look-up */
    void (*let_go)(void *context);
    void *keeper;
};

/* ------------------------------------------------------------------------------------------------
 * taking
 */

static struct schema_snapshot *new_snapshot(const char *label, bool is_store)
{
    struct schema_snapshot *snapshot = xcalloc(1, sizeof *snapshot);

    atomic_init(&snapshot->references, 1);
    snapshot->label = xstrdup(label);
    snapshot->is_store = is_store;
    return snapshot;
}

static struct schema_part *add_part(struct schema_snapshot *snapshot, const char *name,
                                    const char *file)
{
    snapshot->parts = xreallocarray(snapshot->parts, snapshot->count + 1, sizeof *snapshot->parts);
    struct schema_part *part = &snapshot->parts[snapshot->count++];
    *part = (struct schema_part){.name = xstrdup(name), .file = xstrdup(file)};
    return part;
}

struct schema_snapshot *schema_snapshot_of_file(const char *label, const char *file, bool is_store)
{
    struct schema_snapshot *snapshot = new_snapshot(label, is_store);

    snapshot->parameters = json_object();
    if (file)
        add_part(snapshot, "main", file);
    return snapshot;
}

/* SQL text for one schema: `%w` in it is the name. NULL when it does not prepare. */
static sqlite3_stmt *prepare(struct sqlite3 *connection, const char *format, const char *schema)
{
    char *sql = sqlite3_mprintf(format, schema);
    sqlite3_stmt *statement = NULL;

    if (sql)
        sqlite3_prepare_v3(connection, sql, -1, 0, &statement, NULL);
    sqlite3_free(sql);
    return statement;
}

static int64_t read_cookie(struct sqlite3 *connection, const char *schema)
{
    sqlite3_stmt *statement = prepare(connection, "PRAGMA \"%w\".schema_version", schema);
    int64_t cookie = -1;

    if (statement && sqlite3_step(statement) == SQLITE_ROW)
        cookie = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return cookie;
}

static bool read_texts(struct sqlite3 *connection, struct schema_part *part)
{
    sqlite3_stmt *statement =
        prepare(connection,
                "SELECT sql FROM \"%w\".sqlite_schema"
                " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%%' ESCAPE '\\'",
                part->name);
    AUTO_STRBUF texts = STRBUF_INIT;
    int code = SQLITE_ERROR;

    while (statement && (code = sqlite3_step(statement)) == SQLITE_ROW && texts.size < TEXTS_MAX) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text)
            strbuf_add(&texts, text, strlen(text) + 1);
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        return false;
    part->size = texts.size;
    part->texts = texts.size ? strbuf_take(&texts) : NULL;
    return true;
}

static void take_over(struct schema_part *part, const struct schema_snapshot *before)
{
    for (size_t i = 0; before && i < before->count; i++) {
        const struct schema_part *old = &before->parts[i];
        if (strcasecmp(old->name, part->name) != 0 || strcmp(old->file, part->file) != 0 ||
            !old->size)
            continue;
        part->size = old->size;
        part->texts = xmalloc(old->size);
        memcpy(part->texts, old->texts, old->size);
        return;
    }
}

/* Reading in a transaction of the user that has not read yet would begin it for real and fix what
 * it sees. */
static void fill_part(struct sqlite3 *connection, struct schema_part *part,
                      const struct schema_snapshot *before)
{
    bool is_open = *part->file && !sqlite3_get_autocommit(connection);
    int state = is_open ? sqlite3_txn_state(connection, part->name) : SQLITE_TXN_NONE;

    part->is_uncommitted = state == SQLITE_TXN_WRITE;
    if (part->is_uncommitted)
        part->cookie = read_cookie(connection, part->name);
    if ((is_open && state == SQLITE_TXN_NONE) || !read_texts(connection, part))
        take_over(part, before);
}

struct schema_snapshot *schema_snapshot_take(const struct engine_target *target,
                                             const json_t *parameters,
                                             const struct schema_snapshot *before)
{
    struct schema_snapshot *snapshot =
        new_snapshot(target ? target->label : "the store", !target || target->is_store);
    const char *name;

    snapshot->parameters = parameters ? json_deep_copy(parameters) : json_object();
    if (!target)
        return snapshot;
    sqlite_guard_own(target->guard, true);
    for (int i = 0; (name = sqlite3_db_name(target->connection, i)); i++) {
        const char *file = sqlite3_db_filename(target->connection, name);
        /* The file of TEMP objects is nobody's business. */
        add_part(snapshot, name, file && i != 1 ? file : "");
        fill_part(target->connection, &snapshot->parts[snapshot->count - 1], before);
    }
    sqlite_guard_own(target->guard, false);
    return snapshot;
}

void schema_snapshot_free(struct schema_snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub(&snapshot->references, 1) != 1)
        return;
    for (size_t i = 0; i < snapshot->count; i++) {
        free(snapshot->parts[i].name);
        free(snapshot->parts[i].file);
        free(snapshot->parts[i].texts);
    }
    free(snapshot->parts);
    free(snapshot->label);
    json_decref(snapshot->parameters);
    free(snapshot);
}

bool schema_snapshot_is_uncommitted(const struct schema_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->parts[i].is_uncommitted)
            return true;
    return false;
}

/* ------------------------------------------------------------------------------------------------
 * the board
 */

struct schema_board *schema_board_new(void)
{
    struct schema_board *board = xcalloc(1, sizeof *board);

    pthread_mutex_init(&board->mutex, NULL);
    pthread_mutex_init(&board->keeper_mutex, NULL);
    return board;
}

void schema_board_free(struct schema_board *board)
{
    schema_snapshot_free(board->newest);
    pthread_mutex_destroy(&board->mutex);
    pthread_mutex_destroy(&board->keeper_mutex);
    free(board);
}

void schema_board_put(struct schema_board *board, struct schema_snapshot *snapshot)
{
    pthread_mutex_lock(&board->mutex);
    struct schema_snapshot *before = board->newest;
    snapshot->number = ++board->count;
    board->newest = snapshot;
    pthread_mutex_unlock(&board->mutex);
    schema_snapshot_free(before);
}

struct schema_snapshot *schema_board_get(struct schema_board *board)
{
    pthread_mutex_lock(&board->mutex);
    struct schema_snapshot *newest = board->newest;
    if (newest)
        atomic_fetch_add(&newest->references, 1);
    pthread_mutex_unlock(&board->mutex);
    return newest;
}

void schema_board_set_keeper(struct schema_board *board, void (*let_go)(void *context),
                             void *context)
{
    pthread_mutex_lock(&board->keeper_mutex);
    board->let_go = let_go;
    board->keeper = context;
    pthread_mutex_unlock(&board->keeper_mutex);
}

/* Both sides say what they want before they look at what the other one does, so at least one of
 * them sees the other. */
bool schema_board_begin_read(struct schema_board *board)
{
    atomic_store(&board->is_read, true);
    if (monotonic_us() >= atomic_load(&board->wanted_until))
        return true;
    atomic_store(&board->is_read, false);
    return false;
}

void schema_board_end_read(struct schema_board *board)
{
    atomic_store(&board->is_read, false);
}

bool schema_board_want_files(struct schema_board *board)
{
    if (!atomic_load(&board->is_read))
        return false;
    atomic_store(&board->wanted_until, monotonic_us() + WANTED_US);
    return true;
}

void schema_board_let_go(struct schema_board *board)
{
    pthread_mutex_lock(&board->keeper_mutex);
    if (board->let_go)
        board->let_go(board->keeper);
    pthread_mutex_unlock(&board->keeper_mutex);
}
