/* SPDX-License-Identifier: Apache-2.0 */
/*
 * locate: where the store is, and making a new one.
 */
#ifndef RSCN_STORE_LOCATE_H
#define RSCN_STORE_LOCATE_H

#include "store/store.h"

/* Makes a new store at `path`, whole or not at all, 0600; its folder must be there. Fine when
 * another process was faster; *ret_is_made is false then. */
bool locate_make_store(const char *path, bool *ret_is_made, struct error *error) NODISCARD;

#endif
