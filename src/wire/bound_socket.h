/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bound_socket: makes and binds one of the five sockets, with the options that all have in common.
 *
 * For channels.c and heartbeat.c only. The czmq type is named and not included here (ST-39).
 */
#ifndef RSCN_WIRE_BOUND_SOCKET_H
#define RSCN_WIRE_BOUND_SOCKET_H

#include "base/error.h"
#include "wire/connection_file.h"

#define BOUND_SOCKET_LINGER_MS                                                                     \
    800 /* a shutdown takes at most a second, also when a subscriber is stuck (ST-33, J-239) */
#define BOUND_SOCKET_CUT_OFF_MS                                                                    \
    600000 /* a TCP peer that takes no byte for so long is cut off (K-28) */

struct socket_limits {
    int max_frame; /* bytes of an incoming frame; a peer that sends more is disconnected by libzmq
                    */
    int send_high_water; /* messages per peer, 0 = no limit */
    int receive_high_water;
};

struct _zsock_t;

/*
 * `type` is ZMQ_ROUTER or ZMQ_XPUB. ERROR_BUSY when the port, or a living process's ipc path, is
 * taken; a stale ipc path is replaced and a file that is no socket is left alone (ERROR_EXISTS).
 * Caller destroys it with zsock_destroy.
 */
struct _zsock_t *bound_socket_new(const struct connection_file *file, enum channel channel,
                                  int type, struct socket_limits limits,
                                  struct error *error) NODISCARD;

#endif
