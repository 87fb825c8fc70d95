/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the numbered files of schema/, embedded in the program by tools/embed-sql.sh.
 */
#ifndef RSCN_STORE_SCHEMA_H
#define RSCN_STORE_SCHEMA_H

#include <stddef.h>

struct schema_file {
    int number;       /* 1, 2, 3 … without holes */
    const char *name; /* "0001_record.sql" */
    const char *sql;
};
extern const struct schema_file schema_files[];
extern const size_t schema_files_count;

#endif
