/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat: sends back at once whatever comes in on the hb channel, from a thread of its own.
 *
 * A ROUTER, not a REP: it never waits for anybody, so garbage or a half message on the port cannot
 * stop it (J-243). The thread owns the socket from its start to its end and shares nothing else.
 */
#include "wire/heartbeat.h"

#include <czmq.h>
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "wire/bound_socket.h"

#define MAX_PING_BYTES (64 * 1024)
#define MAX_WAITING 64 /* messages per peer; a peer that does not read its echoes loses them */
#define MAX_FRAMES_PER_ROUND 256

struct heartbeat {
    zactor_t *actor;
};

/* Frame by frame, so that a message of any number of frames needs no memory of ours. False when
 * nothing is there. */
static bool echo_frame(void *socket)
{
    zmq_msg_t frame;
    int more;

    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
        int number = zmq_errno();
        zmq_msg_close(&frame);
        return number == EINTR;
    }
    more = zmq_msg_more(&frame);
    if (zmq_msg_send(&frame, socket, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) < 0)
        zmq_msg_close(&frame);
    return true;
}

static void run(zsock_t *pipe, void *argument)
{
    zsock_t *socket = argument;
    void *handle = zsock_resolve(socket);
    zmq_pollitem_t items[] = {
        {.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
        {.socket = handle, .events = ZMQ_POLLIN},
    };

    zsock_signal(pipe, 0);
    for (;;) {
        if (zmq_poll(items, ARRAY_SIZE(items), -1) < 0) {
            if (zmq_errno() == EINTR)
                continue;
            break;
        }
        if (items[0].revents & ZMQ_POLLIN)
            break; /* the only command is the end */
        for (int i = 0; i < MAX_FRAMES_PER_ROUND && echo_frame(handle); i++)
            ;
    }
    /* An echo is worth nothing once the kernel ends. */
    zsock_set_linger(socket, 0);
    zsock_destroy(&socket);
}

struct heartbeat *heartbeat_new(const struct connection_file *file, struct error *error)
{
    struct socket_limits limits = {MAX_PING_BYTES, MAX_WAITING, MAX_WAITING};
    struct heartbeat *heartbeat;
    zsock_t *socket = bound_socket_new(file, CHANNEL_HB, ZMQ_ROUTER, limits, error);

    if (socket == NULL)
        return NULL;
    heartbeat = xcalloc(1, sizeof(*heartbeat));
    heartbeat->actor = zactor_new(run, socket);
    if (heartbeat->actor == NULL) {
        error_set(error, ERROR_IO, "hb: no thread could be started; is the process limit reached?");
        zsock_destroy(&socket);
        free(heartbeat);
        return NULL;
    }
    return heartbeat;
}

void heartbeat_free(struct heartbeat *heartbeat)
{
    if (heartbeat == NULL)
        return;
    zactor_destroy(&heartbeat->actor);
    free(heartbeat);
}
