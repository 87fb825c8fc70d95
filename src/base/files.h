/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files: reading, atomic writing, and paths. Descriptors are O_CLOEXEC always (K-26).
 */
#ifndef RSCN_BASE_FILES_H
#define RSCN_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/strbuf.h"

/* Appends the whole file (`-` = standard input is NOT handled here). ERROR_INVALID when it has more
 * than max_bytes, a clear error for a directory or a device. */
bool file_read(const char *path, size_t max_bytes, struct strbuf *ret_content,
               struct error *error) NODISCARD;
/* The same from a descriptor that stays open. `name` is for messages. */
bool file_read_descriptor(int descriptor, const char *name, size_t max_bytes,
                          struct strbuf *ret_content, struct error *error) NODISCARD;
/* Replaces the file as a whole, durably: at no moment, not even when the process is killed, is there
 * a part of it, under any name (N-74). A symbolic link stays, and the file behind it is replaced. A
 * file that is there keeps its mode, and its owner where that may be; `mode` is for a new one. */
bool file_write_atomic(const char *path, const void *bytes, size_t size, mode_t mode,
                       struct error *error) NODISCARD;
/* write() until all is out, EINTR included. */
bool file_write_all(int descriptor, const void *bytes, size_t size) NODISCARD;

bool path_exists(const char *path);
bool path_is_directory(const char *path);
/* A regular file, or a symbolic link to one. */
bool path_is_file(const char *path);
/* mkdir -p with the mode for the folders that are made. */
bool path_make_directories(const char *path, mode_t mode, struct error *error) NODISCARD;
/* "dir/name"; an absolute name stays itself. Caller frees. */
char *path_join(const char *directory, const char *name);
/* The folder part ("." if none) and the last part; caller frees. */
char *path_directory(const char *path);
char *path_base(const char *path);
/* realpath(3) of the longest existing prefix with the rest appended lexically (. and .. resolved):
 * works for files that are not there. Relative paths start at the working directory. Caller frees.
 */
char *path_resolve(const char *path);
/* `path` relative to `directory` when it is inside it, else `path` itself; both absolute and
 * resolved. Caller frees. */
char *path_relative_inside(const char *path, const char *directory);
/* True if the file's file system is a network or FUSE one where SQLite's WAL is unsafe (K-8: NFS,
 * SMB, Lustre, 9p, FUSE …); *ret_name gets its name (static text). The path's folder is asked when
 * the file is not there. */
bool path_is_on_network(const char *path, const char **ret_name);
/* $XDG_DATA_HOME/rscn or ~/.local/share/rscn (home from the password database without HOME, J-242).
 * Caller frees; NULL if there is no home. */
char *path_user_data(void);
/* The user's home or NULL. Caller frees. */
char *path_home(void);

#endif
