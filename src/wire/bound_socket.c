/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bound_socket: makes and binds one of the five sockets, with the options that all have in common.
 *
 * High-water marks and the like only count when they are set before the bind (ST-34).
 */
#include "wire/bound_socket.h"

#include <czmq.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

static void set_options(zsock_t *socket, int type, const struct connection_file *file,
                        struct socket_limits limits)
{
    zsock_set_linger(socket, BOUND_SOCKET_LINGER_MS);
    zsock_set_sndhwm(socket, limits.send_high_water);
    zsock_set_rcvhwm(socket, limits.receive_high_water);
    zsock_set_maxmsgsize(socket, limits.max_frame);
    if (strcmp(file->transport, "tcp") == 0) {
        zsock_set_tcp_maxrt(socket, BOUND_SOCKET_CUT_OFF_MS);
        zsock_set_ipv6(socket, strchr(file->ip, ':') != NULL);
    }
    /* The server's side of CURVE. Who may come in is not asked: clients make fresh keys of their own,
     * and the public key that they need stands beside the signing key (J-237). */
    if (file->curve_secret != NULL) {
        zsock_set_curve_server(socket, 1);
        zsock_set_curve_publickey(socket, file->curve_public);
        zsock_set_curve_secretkey(socket, file->curve_secret);
    }
    if (type == ZMQ_ROUTER) {
        zsock_set_router_handover(socket, 1);
        zsock_set_router_mandatory(socket, 0);
    } else {
        zsock_set_xpub_verbose(socket, 1);
    }
}

/*
 * libzmq removes whatever lies at the path before it binds, be it the socket of a living kernel or
 * a file of the user. So we look first.
 */
static bool check_ipc_path(const struct connection_file *file, enum channel channel,
                           struct error *error)
{
    AUTO_FREE char *endpoint = connection_file_endpoint(file, channel);
    const char *path = endpoint + strlen("ipc://");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO_CLOSE int probe = -1;
    struct stat status;

    if (strlen(path) >= sizeof(address.sun_path))
        return error_set(error, ERROR_INVALID,
                         "%s: the ipc path %s is longer than %zu bytes; use a shorter ip",
                         channel_name(channel), path, sizeof(address.sun_path) - 1);
    if (path[0] == '@' || lstat(path, &status) != 0)
        return true;
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_EXISTS,
                         "%s: %s exists and is not a socket; remove it or use another ip",
                         channel_name(channel), path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return error_set_errno(error, errno, "%s: no socket could be made", channel_name(channel));
    if (connect(probe, (struct sockaddr *)&address, sizeof(address)) != 0 && errno != EAGAIN)
        return true;
    return error_set(error, ERROR_BUSY,
                     "%s: %s is in use by another process; end it or let the client choose "
                     "another connection",
                     channel_name(channel), path);
}

static bool bind_error(const struct connection_file *file, enum channel channel, int number,
                       struct error *error)
{
    AUTO_FREE char *endpoint = connection_file_endpoint(file, channel);
    const char *name = channel_name(channel);

    switch (number) {
    case EADDRINUSE:
        error_set(error, ERROR_BUSY,
                  "%s: port %d (%s) is in use by another process; end it or let the client "
                  "choose other ports",
                  name, file->port[channel], endpoint);
        break;
    case EADDRNOTAVAIL:
    case ENODEV:
    case EINVAL:
        error_set(error, ERROR_INVALID,
                  "%s: %s is not an address of this machine; correct ip in the connection file",
                  name, endpoint);
        break;
    case EACCES:
        error_set(error, ERROR_DENIED,
                  "%s: no permission to use %s; let the client choose other ports", name, endpoint);
        break;
    default:
        error_set(error, ERROR_IO, "%s: %s could not be bound: %s", name, endpoint,
                  zmq_strerror(number));
        break;
    }
    if (error != NULL)
        error->detail = number;
    return false;
}

zsock_t *bound_socket_new(const struct connection_file *file, enum channel channel, int type,
                          struct socket_limits limits, struct error *error)
{
    AUTO_FREE char *endpoint = connection_file_endpoint(file, channel);
    zsock_t *socket;

    if (strcmp(file->transport, "ipc") == 0 && !check_ipc_path(file, channel, error))
        return NULL;
    socket = zsock_new(type);
    if (socket == NULL) {
        error_set(error, ERROR_IO, "%s: no socket could be made: %s", channel_name(channel),
                  zmq_strerror(zmq_errno()));
        return NULL;
    }
    set_options(socket, type, file, limits);
    if (zmq_bind(zsock_resolve(socket), endpoint) != 0) {
        bind_error(file, channel, zmq_errno(), error);
        zsock_destroy(&socket);
        return NULL;
    }
    return socket;
}
