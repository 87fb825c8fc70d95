/* SPDX-License-Identifier: Apache-2.0 */
/*
 * near_name: "did you mean" for names of magics, commands, tables and files.
 */
#ifndef RSCN_BASE_NEAR_NAME_H
#define RSCN_BASE_NEAR_NAME_H

#include <stddef.h>

#include "base/strbuf.h"

/* Edit distance with transpositions, ASCII case ignored; long texts are bounded to 64 bytes. */
size_t near_name_distance(const char *left, const char *right);
/* Appends up to `max` of the candidates that are near `name` (distance at most a third of its
 * length, at least 1; or it is a prefix), best first, as `a, b or c`. Returns how many. */
size_t near_name_list(struct strbuf *buffer, const char *name, const char *const *candidates,
                      size_t count, size_t max);

#endif
