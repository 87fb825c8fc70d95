/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_out: notebook files as commands write them.
 */
#include "cli/file_out.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"

bool file_out_is_stream(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

bool file_out_read(const char *path, struct strbuf *ret_content, bool *ret_is_there,
                   struct error *error)
{
    struct error cause = ERROR_INIT;
    *ret_is_there = false;
    if (file_read(path, FILE_OUT_MOST_BYTES, ret_content, &cause)) {
        *ret_is_there = true;
        return true;
    }
    bool is_missing = cause.detail == ENOENT || cause.detail == ENOTDIR;
    return is_missing || error_copy(error, &cause);
}

static bool write_stream(const char *path, const struct strbuf *content, struct error *error)
{
    AUTO_CLOSE int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0 || !file_write_all(descriptor, strbuf_text(content), content->size))
        return error_set_errno(error, errno, "%s: cannot be written", path);
    return true;
}

bool file_out_write(const char *path, const struct strbuf *content, struct error *error)
{
    if (file_out_is_stream(path))
        return write_stream(path, content, error);
    AUTO_FREE char *directory = path_directory(path);
    return path_make_directories(directory, 0777, error) &&
           file_write_atomic(path, strbuf_text(content), content->size, 0666, error);
}
