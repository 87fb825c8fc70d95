/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection_file: what a Jupyter client says about the sockets to bind (J-72 to J-76).
 */
#ifndef RSCN_WIRE_CONNECTION_FILE_H
#define RSCN_WIRE_CONNECTION_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum channel {
    CHANNEL_SHELL,
    CHANNEL_IOPUB,
    CHANNEL_STDIN,
    CHANNEL_CONTROL,
    CHANNEL_HB,
    CHANNEL_COUNT
};
enum hash_scheme { HASH_SHA256, HASH_SHA512 };

struct connection_file {
    char *transport; /* "tcp" or "ipc" */
    char *ip;        /* address, or path prefix for ipc */
    int port[CHANNEL_COUNT];
    char *key; /* NULL or "" = unsigned messages: refused unless insecure was asked for (J-23) */
    size_t key_size;
    enum hash_scheme scheme;
    char *curve_public; /* Z85, 40 characters; NULL = messages are signed but not encrypted (J-69) */
    char *curve_secret;
    char *kernel_name;     /* NULL if absent */
    char *jupyter_session; /* J-8, NULL if absent */
};

/*
 * Reads the file: ports as numbers or digits in a string, unknown fields tolerated, hmac-sha256 and
 * hmac-sha512. ERROR_INVALID with one line that names the field for everything else (J-238):
 * missing file, no JSON, a missing or impossible port, two equal ports, an unknown scheme or
 * transport, an empty key (unless `insecure`), a registration file of the start-up handshake
 * (J-68), CURVE keys that are no pair. At most 64 KiB are read.
 */
bool connection_file_read(const char *path, bool insecure, struct connection_file *ret_file,
                          struct error *error) NODISCARD;
void connection_file_release(struct connection_file *file);
/* `tcp://127.0.0.1:5000`, `ipc://PREFIX-1`. Caller frees. */
char *connection_file_endpoint(const struct connection_file *file, enum channel channel);
/* "shell", "iopub", "stdin", "control", "hb" */
const char *channel_name(enum channel channel);

#endif
