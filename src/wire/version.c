/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version: which libraries of ZeroMQ are in use.
 */
#include "wire/version.h"

#include <czmq.h>
#include <stdio.h>

const char *wire_versions(void)
{
    static char text[80];
    int major, minor, patch, czmq_major, czmq_minor, czmq_patch;
    zmq_version(&major, &minor, &patch);
    zsys_version(&czmq_major, &czmq_minor, &czmq_patch);
    snprintf(text, sizeof(text), "libzmq %d.%d.%d, czmq %d.%d.%d", major, minor, patch, czmq_major,
             czmq_minor, czmq_patch);
    return text;
}
