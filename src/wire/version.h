/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version: which libraries of ZeroMQ are in use.
 */
#ifndef RSCN_WIRE_VERSION_H
#define RSCN_WIRE_VERSION_H

/* "libzmq 4.3.4, czmq 4.2.1", as loaded. Static; first called while there is one thread. */
const char *wire_versions(void);

#endif
