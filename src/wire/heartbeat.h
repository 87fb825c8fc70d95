/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat: sends back at once whatever comes in on the hb channel, from a thread of its own, so
 * that no long statement makes a client think that the kernel is dead.
 */
#ifndef RSCN_WIRE_HEARTBEAT_H
#define RSCN_WIRE_HEARTBEAT_H

#include "base/error.h"
#include "wire/connection_file.h"

struct heartbeat;

/* Binds and starts the thread, which inherits the signal mask of the caller (ST-37). Errors as
 * bound_socket_new. */
struct heartbeat *heartbeat_new(const struct connection_file *file, struct error *error) NODISCARD;
/* Ends the thread and waits for that (at once, whatever clients send). NULL is fine. */
void heartbeat_free(struct heartbeat *heartbeat);

#endif
