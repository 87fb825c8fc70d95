/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: our own Jupyter kernel: the thread that owns the sockets. It takes requests, answers
 * control at once, hands shell requests to the executor's thread in order, and sends what the other
 * threads made. It never touches the disk and never runs SQL, so control is answered whatever runs.
 */
#ifndef RSCN_KERNEL_SERVER_H
#define RSCN_KERNEL_SERVER_H

#include <stdbool.h>

#include "base/error.h"

struct server_options {
    const char *connection_file;
    const char *store; /* --store, NULL = by the rule of store_locate */
    bool insecure;     /* accept an empty key */
};
/* Before any thread exists: blocks the signals that the server reads itself (ST-31, ST-37) and
 * keeps czmq away from them. */
void server_prepare(void);
/* Serves until shutdown. False when it could not start (bad connection file, port in use: J-238).
 */
bool server_run(const struct server_options *options, struct error *error) NODISCARD;

#endif
