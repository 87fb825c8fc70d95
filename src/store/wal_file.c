/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal_file: gathers what SQLite appends to a -wal; see wal_file.h.
 */
#include "store/wal_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The most that SQLite's own VFS writes with one system call. */
#define GATHERED_MAX ((size_t)0x1ffff)

/* What SQLite sees as the file; the real one lies behind it. */
struct wal_file {
    sqlite3_file base;
    char *bytes; /* not written yet */
    size_t size;
    sqlite3_int64 offset; /* of bytes in the file */
};

static sqlite3_vfs vfs;
static bool is_registered;

static sqlite3_vfs *real_vfs(void)
{
    return vfs.pAppData;
}

static sqlite3_file *real_file(sqlite3_file *file)
{
    return (sqlite3_file *)((struct wal_file *)file + 1);
}

static int flush(sqlite3_file *file)
{
    struct wal_file *wal = (struct wal_file *)file;
    size_t size = wal->size;
    sqlite3_file *real = real_file(file);
    wal->size = 0;
    return size ? real->pMethods->xWrite(real, wal->bytes, (int)size, wal->offset) : SQLITE_OK;
}

static int wal_close(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    int flushed = flush(file);
    int result = real->pMethods->xClose(real);
    free(((struct wal_file *)file)->bytes);
    return flushed != SQLITE_OK ? flushed : result;
}

static int wal_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    sqlite3_file *real = real_file(file);
    int result = flush(file);
    return result == SQLITE_OK ? real->pMethods->xRead(real, bytes, size, offset) : result;
}

static int wal_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    struct wal_file *wal = (struct wal_file *)file;
    bool fits = wal->size + (size_t)size <= GATHERED_MAX;
    if (wal->size && (!fits || offset != wal->offset + (sqlite3_int64)wal->size)) {
        int result = flush(file);
        if (result != SQLITE_OK)
            return result;
    }
    if ((size_t)size > GATHERED_MAX) {
        sqlite3_file *real = real_file(file);
        return real->pMethods->xWrite(real, bytes, size, offset);
    }
    if (!wal->size)
        wal->offset = offset;
    memcpy(wal->bytes + wal->size, bytes, (size_t)size);
    wal->size += (size_t)size;
    return SQLITE_OK;
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_file *real = real_file(file);
    int result = flush(file);
    return result == SQLITE_OK ? real->pMethods->xTruncate(real, size) : result;
}

static int wal_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *real = real_file(file);
    int result = flush(file);
    return result == SQLITE_OK ? real->pMethods->xSync(real, flags) : result;
}

static int wal_file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    sqlite3_file *real = real_file(file);
    int result = flush(file);
    return result == SQLITE_OK ? real->pMethods->xFileSize(real, ret_size) : result;
}

static int wal_lock(sqlite3_file *file, int level)
{
    return real_file(file)->pMethods->xLock(real_file(file), level);
}

static int wal_unlock(sqlite3_file *file, int level)
{
    return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int wal_check_reserved(sqlite3_file *file, int *ret_is_reserved)
{
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file), ret_is_reserved);
}

static int wal_control(sqlite3_file *file, int operation, void *argument)
{
    return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}

static int wal_sector_size(sqlite3_file *file)
{
    return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int wal_characteristics(sqlite3_file *file)
{
    return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

/* Version 1: shared memory and mapping belong to the database file, which is SQLite's own. */
static const sqlite3_io_methods wal_methods = {
    .iVersion = 1,
    .xClose = wal_close,
    .xRead = wal_read,
    .xWrite = wal_write,
    .xTruncate = wal_truncate,
    .xSync = wal_sync,
    .xFileSize = wal_file_size,
    .xLock = wal_lock,
    .xUnlock = wal_unlock,
    .xCheckReservedLock = wal_check_reserved,
    .xFileControl = wal_control,
    .xSectorSize = wal_sector_size,
    .xDeviceCharacteristics = wal_characteristics,
};

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    (void)self;
    sqlite3_vfs *real = real_vfs();
    struct wal_file *wal = (struct wal_file *)file;
    if (!(flags & SQLITE_OPEN_WAL) || !sqlite3_uri_boolean(name, WAL_FILE_PARAMETER, 0))
        return real->xOpen(real, name, file, flags, ret_flags);
    int result = real->xOpen(real, name, real_file(file), flags, ret_flags);
    *wal = (struct wal_file){.base = {NULL}};
    if (result != SQLITE_OK) {
        if (real_file(file)->pMethods)
            real_file(file)->pMethods->xClose(real_file(file));
        return result;
    }
    wal->base.pMethods = &wal_methods;
    wal->bytes = xmalloc(GATHERED_MAX);
    return SQLITE_OK;
}

static void make_vfs(void)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (!real)
        return;
    vfs = *real;
    vfs.pNext = NULL;
    vfs.zName = "rscn-store";
    vfs.szOsFile = real->szOsFile + (int)sizeof(struct wal_file);
    vfs.pAppData = real;
    vfs.xOpen = open_file;
    is_registered = sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}

const char *wal_file_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_vfs);
    return is_registered ? vfs.zName : NULL;
}
