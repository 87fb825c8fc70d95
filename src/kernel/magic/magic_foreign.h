/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_foreign: what people type who come from other SQL kernels and from the sqlite3 shell, and
 * what does it here. A table.
 */
#ifndef RSCN_KERNEL_MAGIC_FOREIGN_H
#define RSCN_KERNEL_MAGIC_FOREIGN_H

/* What to use in place of "%LOAD" or ".mode", NULL when nothing is known about it. Static. */
const char *magic_foreign_advice(const char *name);

#endif
