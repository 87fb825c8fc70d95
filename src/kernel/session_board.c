/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/session_board.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

struct session_board {
    struct schema_board *schemas;
    pthread_mutex_t mutex; /* guards what follows */
    struct session_facts facts;
};

struct session_board *session_board_new(void)
{
    struct session_board *board = xcalloc(1, sizeof(*board));

    board->schemas = schema_board_new();
    pthread_mutex_init(&board->mutex, NULL);
    return board;
}

void session_board_free(struct session_board *board)
{
    if (!board)
        return;
    schema_board_free(board->schemas);
    session_facts_release(&board->facts);
    pthread_mutex_destroy(&board->mutex);
    free(board);
}

struct schema_board *session_board_schemas(struct session_board *board)
{
    return board->schemas;
}

void session_board_set_store(struct session_board *board, const char *store_path)
{
    pthread_mutex_lock(&board->mutex);
    free(board->facts.store_path);
    board->facts.store_path = xstrdup_or_null(store_path);
    pthread_mutex_unlock(&board->mutex);
}

void session_board_set_run(struct session_board *board, const char *notebook, const char *run_id,
                           const char *directory)
{
    pthread_mutex_lock(&board->mutex);
    free(board->facts.notebook);
    free(board->facts.directory);
    board->facts.notebook = xstrdup(notebook);
    board->facts.directory = xstrdup_or_null(directory);
    snprintf(board->facts.run_id, sizeof(board->facts.run_id), "%s", run_id);
    pthread_mutex_unlock(&board->mutex);
}

void session_board_get(struct session_board *board, struct session_facts *ret_facts)
{
    pthread_mutex_lock(&board->mutex);
    *ret_facts = board->facts;
    ret_facts->store_path = xstrdup_or_null(board->facts.store_path);
    ret_facts->notebook = xstrdup_or_null(board->facts.notebook);
    ret_facts->directory = xstrdup_or_null(board->facts.directory);
    pthread_mutex_unlock(&board->mutex);
}

void session_facts_release(struct session_facts *facts)
{
    free(facts->store_path);
    free(facts->notebook);
    free(facts->directory);
    *facts = (struct session_facts){0};
}
