/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_complete: completion and inspection on the lines that are magics.
 */
#ifndef RSCN_KERNEL_MAGIC_COMPLETE_H
#define RSCN_KERNEL_MAGIC_COMPLETE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/look/sqlite_view.h"

/* What a magic's arguments may name. */
struct magic_surroundings {
    const struct sqlite_view *view;
    const char *directory; /* where relative names of files start */
    /* Names of cells, a new array of strings; asked only when one may be meant. */
    json_t *(*cells)(void *context);
    void *context;
};

/* False when the cursor (byte offset) is not on a magic's line. Else adds {text, type} objects, at
 * most 1000, and gives the byte range that a match replaces. */
bool magic_complete(const struct magic_surroundings *surroundings, const char *code, size_t size,
                    size_t cursor, json_t *matches, size_t *ret_start, size_t *ret_end);
/* The help of the magic whose line it is, as a MIME bundle; NULL when it is none. Caller decrefs. */
json_t *magic_inspect(const char *code, size_t size, size_t cursor);

#endif
