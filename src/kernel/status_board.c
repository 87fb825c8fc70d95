/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/status_board.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"

struct status_board {
    const struct message_sender *sender;
    struct queue *outbox;
    pthread_mutex_t mutex; /* guards what follows, and the order of what is published of it */
    const struct message *running; /* its busy is out and its idle is not */
    bool is_hidden;                /* the idle of another request followed that busy */
};

struct status_board *status_board_new(const struct message_sender *sender, struct queue *outbox)
{
    struct status_board *board = xcalloc(1, sizeof(*board));

    board->sender = sender;
    board->outbox = outbox;
    pthread_mutex_init(&board->mutex, NULL);
    return board;
}

void status_board_free(struct status_board *board)
{
    if (!board)
        return;
    pthread_mutex_destroy(&board->mutex);
    free(board);
}

static void post(struct status_board *board, struct outgoing *outgoing)
{
    if (!queue_put(board->outbox, outgoing))
        outgoing_free(outgoing);
}

void status_board_publish(struct status_board *board, const char *type,
                          const struct message *parent, const json_t *content)
{
    post(board, outgoing_new(board->sender, CHANNEL_IOPUB, type, parent, content, NULL));
}

void status_board_publish_text(struct status_board *board, const char *type,
                               const struct message *parent, const char *content)
{
    post(board, outgoing_new_text(board->sender, CHANNEL_IOPUB, type, parent, content,
                                  strlen(content)));
}

static struct outgoing *new_status(const struct status_board *board, const struct message *parent,
                                   const char *state)
{
    char content[64];
    int size = snprintf(content, sizeof(content), "{\"execution_state\":\"%s\"}", state);

    return outgoing_new_text(board->sender, CHANNEL_IOPUB, "status", parent, content,
                             (size_t)size);
}

/* "execute_request" to "execute_reply". */
static char *reply_type(const char *request_type)
{
    size_t size = strlen(request_type);

    if (size > 8 && strcmp(request_type + size - 8, "_request") == 0)
        size -= 8;
    return xasprintf("%.*s_reply", (int)size, request_type);
}

struct outgoing *status_board_reply(const struct status_board *board, const struct message *parent,
                                    const json_t *content)
{
    AUTO_FREE char *type = reply_type(parent->msg_type);

    return outgoing_new(board->sender, CHANNEL_SHELL, type, parent, content, NULL);
}

void status_board_busy(struct status_board *board, const struct message *message)
{
    post(board, new_status(board, message, "busy"));
}

void status_board_run(struct status_board *board, const struct message *cell)
{
    pthread_mutex_lock(&board->mutex);
    board->running = cell;
    board->is_hidden = false;
    post(board, new_status(board, cell, "busy"));
    pthread_mutex_unlock(&board->mutex);
}

void status_board_stop(struct status_board *board)
{
    pthread_mutex_lock(&board->mutex);
    board->running = NULL;
    pthread_mutex_unlock(&board->mutex);
}

void status_board_done(struct status_board *board, const struct message *message,
                       struct outgoing *reply)
{
    pthread_mutex_lock(&board->mutex);
    if (board->running == message)
        board->running = NULL;
    if (reply)
        post(board, reply);
    post(board, new_status(board, message, "idle"));
    board->is_hidden = board->running != NULL;
    pthread_mutex_unlock(&board->mutex);
}

void status_board_settle(struct status_board *board)
{
    pthread_mutex_lock(&board->mutex);
    if (board->running && board->is_hidden)
        post(board, new_status(board, board->running, "busy"));
    board->is_hidden = false;
    pthread_mutex_unlock(&board->mutex);
}

struct outgoing *status_board_running(struct status_board *board)
{
    struct outgoing *busy;

    pthread_mutex_lock(&board->mutex);
    busy = board->running ? new_status(board, board->running, "busy") : NULL;
    pthread_mutex_unlock(&board->mutex);
    return busy;
}
