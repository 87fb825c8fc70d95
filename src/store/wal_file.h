/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal_file: a VFS for connections to the store that writes the frames of a commit at once.
 *
 * SQLite writes a frame of the -wal as two small writes, and a commit of an execution has a dozen
 * frames: without this the system calls cost as much as the fsync behind them. Only the -wal is
 * treated so, and only until SQLite syncs, reads or measures it; with synchronous=FULL (L-3) every
 * commit syncs before anybody else can see its frames.
 */
#ifndef RSCN_STORE_WAL_FILE_H
#define RSCN_STORE_WAL_FILE_H

/* Name for sqlite3_open_v2, or NULL (the default VFS then) when it can't be registered. Files of
 * which the URI lacks WAL_FILE_PARAMETER=1 are SQLite's own. Any thread. */
const char *wal_file_vfs(void);
#define WAL_FILE_PARAMETER "rscn_wal"

#endif
