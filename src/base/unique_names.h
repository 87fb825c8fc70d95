/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unique_names: names of columns of which no two are the same: the second `a` becomes `a_2`. Thousands
 * of equal names take no longer than as many different ones.
 */
#ifndef RSCN_BASE_UNIQUE_NAMES_H
#define RSCN_BASE_UNIQUE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct unique_names;

/* `fold_case`: names that differ only in the case of ASCII letters are the same. */
struct unique_names *unique_names_new(bool fold_case);
/* NULL is fine. */
void unique_names_free(struct unique_names *names);
/* The name, or the name with the first _2, _3 … that makes it new. Caller frees. */
char *unique_names_add(struct unique_names *names, const char *name, size_t size);

#endif
