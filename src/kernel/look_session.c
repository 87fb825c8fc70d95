/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/look_session.h"

#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "engine/look/sqlite_look.h"

/* JupyterLab drops an answer after 1000 ms (FE-35), and others wait behind this one. */
#define LIMIT_MS 200

struct look_session {
    struct session_board *board;
    const atomic_bool *is_stopped;
    struct sqlite_look *look;
    struct schema_snapshot *snapshot; /* between begin and end */
    char *store_path;                 /* of `store` */
    struct store *store;              /* NULL = not open */
    struct store_connection *connection;
};

static void let_go(void *context)
{
    struct look_session *session = context;

    sqlite_look_let_go(session->look);
}

struct look_session *look_session_new(struct session_board *board, const atomic_bool *is_stopped)
{
    struct look_session *session = xcalloc(1, sizeof(*session));

    session->board = board;
    session->is_stopped = is_stopped;
    session->look = sqlite_look_new(session_board_schemas(board), is_stopped);
    schema_board_set_keeper(session_board_schemas(board), let_go, session);
    return session;
}

static void close_store(struct look_session *session)
{
    store_disconnect(session->connection);
    store_close(session->store);
    free(session->store_path);
    session->connection = NULL;
    session->store = NULL;
    session->store_path = NULL;
}

void look_session_free(struct look_session *session)
{
    schema_board_set_keeper(session_board_schemas(session->board), NULL, NULL);
    close_store(session);
    sqlite_look_free(session->look);
    free(session);
}

struct sqlite_view look_session_begin(struct look_session *session)
{
    session->snapshot = schema_board_get(session_board_schemas(session->board));
    if (!session->snapshot)
        session->snapshot = schema_snapshot_of_file("the store", NULL, true);
    return sqlite_look_begin(session->look, session->snapshot, LIMIT_MS);
}

void look_session_end(struct look_session *session)
{
    sqlite_look_end(session->look);
    schema_snapshot_free(session->snapshot);
    session->snapshot = NULL;
}

/* --- the record ------------------------------------------------------------------------------- */

static bool open_store(struct look_session *session, const char *path, struct error *error)
{
    if (session->store && strcmp(session->store_path, path) == 0 &&
        store_is_current(session->store))
        return true;
    close_store(session);
    session->store = store_open(path, STORE_LOOK, error);
    if (!session->store)
        return false;
    session->store_path = xstrdup(path);
    session->connection = store_connect(session->store, error);
    if (!session->connection) {
        close_store(session);
        return false;
    }
    store_stop_when(session->connection, session->is_stopped);
    return true;
}

json_t *look_session_history(struct look_session *session, const struct history_request *request,
                             struct error *error)
{
    struct history_request full = *request;
    struct session_facts facts;
    json_t *history = NULL;

    session_board_get(session->board, &facts);
    full.notebook = facts.notebook;
    full.run_id = facts.run_id;
    if (!facts.store_path)
        error_set(error, ERROR_NOT_FOUND, "it is not known where the store is; run a cell");
    else if (!path_exists(facts.store_path))
        history = json_array();
    else if (open_store(session, facts.store_path, error))
        history = store_history(session->connection, &full, error);
    session_facts_release(&facts);
    return history;
}

char *look_session_directory(struct look_session *session)
{
    struct session_facts facts;
    char *directory;

    session_board_get(session->board, &facts);
    directory = xstrdup(facts.directory ? facts.directory : ".");
    session_facts_release(&facts);
    return directory;
}

json_t *look_session_cells(struct look_session *session)
{
    struct session_facts facts;
    struct stored_cell *cells = NULL;
    size_t count = 0;
    json_t *names = json_array();

    session_board_get(session->board, &facts);
    if (facts.store_path && facts.notebook && path_exists(facts.store_path) &&
        open_store(session, facts.store_path, NULL) &&
        store_known_cells(session->connection, facts.notebook, &cells, &count, NULL)) {
        for (size_t i = 0; i < count; i++)
            if (cells[i].cell_name)
                json_array_append_new(names, json_string(cells[i].cell_name));
        store_cells_free(cells, count);
    }
    session_facts_release(&facts);
    return names;
}
