/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_name: which file a name given to SQLite stands for, and whether that is the store.
 *
 * Reads file: URIs the way SQLite does. Files are compared by device and inode with stat(2) and
 * never opened: closing a descriptor of the store would drop this process's locks on it (K-5).
 */
#ifndef RSCN_ENGINE_SQLITE_NAME_H
#define RSCN_ENGINE_SQLITE_NAME_H

#include <stdbool.h>

struct sqlite_name {
    char *path;      /* decoded, as given (may be relative); NULL when it names no file */
    char *query;     /* text after the `?` as given, "" if none */
    bool is_uri;     /* begins with file: */
    bool is_unusual; /* another VFS, immutable or nolock: dangerous on a file that is in use */
    bool wants_create;
    bool wants_read_only;
};

void sqlite_name_parse(const char *text, struct sqlite_name *ret_name);
void sqlite_name_release(struct sqlite_name *name);

/* `file:/absolute/path?query` with everything quoted that has to be; query may be "". Caller frees.
 */
char *sqlite_name_uri(const char *path, const char *query);

/* As one word of a %use line: in quotes when it has to be. Caller frees. */
char *sqlite_name_word(const char *name);

enum sqlite_name_part {
    NAME_OTHER,
    NAME_STORE,
    NAME_STORE_LINK, /* the same file under another name, where SQLite would look for another WAL */
    NAME_STORE_SIDE, /* its -wal, -shm, -journal, lock or run files */
};
/* Under any name or link. store_path: real path, NULL = there is no store. Relative paths start at
 * the working directory. */
enum sqlite_name_part sqlite_name_part(const char *store_path, const char *path);

#endif
