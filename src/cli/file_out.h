/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_out: notebook files as commands write them: atomically, and never over what could not be had
 * again.
 */
#ifndef RSCN_CLI_FILE_OUT_H
#define RSCN_CLI_FILE_OUT_H

#include "base/error.h"
#include "base/strbuf.h"

#define FILE_OUT_MOST_BYTES ((size_t)1 << 30)

/* Reads the file. *ret_is_there is false (and the buffer empty) when there is none. */
bool file_out_read(const char *path, struct strbuf *ret_content, bool *ret_is_there,
                   struct error *error) NODISCARD;
/* Writes the file durably, all or nothing; its folders are made. What is no regular file (a pipe,
 * /dev/null) is written into. */
bool file_out_write(const char *path, const struct strbuf *content, struct error *error) NODISCARD;
/* Whether the path is there and is no regular file and no folder. */
bool file_out_is_stream(const char *path);

#endif
