/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_connection_file: any bytes as a connection file. What must hold: it is taken, with five
 * different ports and a key, or refused with one line that names the file.
 */
#define _GNU_SOURCE /* memfd_create */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "wire/connection_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_taken(const struct connection_file *file)
{
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        AUTO_FREE char *endpoint = connection_file_endpoint(file, i);
        expect(file->port[i] >= 1 && file->port[i] <= 65535 && strlen(endpoint) > 6);
        for (int k = 0; k < i; k++)
            expect(file->port[i] != file->port[k]);
    }
    expect(file->key && file->key_size > 0);
    expect(!file->curve_secret == !file->curve_public);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int descriptor = -1;
    static char path[64];
    struct connection_file file;
    struct error error = ERROR_INIT;

    if (descriptor < 0) {
        descriptor = memfd_create("connection", MFD_CLOEXEC);
        expect(descriptor >= 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    }
    expect(ftruncate(descriptor, 0) == 0 && pwrite(descriptor, data, size, 0) == (ssize_t)size);
    if (connection_file_read(path, false, &file, &error)) {
        check_taken(&file);
        connection_file_release(&file);
    } else {
        expect(error.code != ERROR_NONE && strstr(error.message, path));
        expect(!strchr(error.message, '\n'));
    }
    return 0;
}
