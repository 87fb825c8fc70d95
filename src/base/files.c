/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files: reading, atomic writing, and paths.
 */
#define _GNU_SOURCE /* O_TMPFILE */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/ident.h"

#define MOST_LINKS 40
#define MOST_TRIES 100

/* ---- content ---- */

bool file_read_descriptor(int descriptor, const char *name, size_t max_bytes,
                          struct strbuf *ret_content, struct error *error)
{
    char chunk[16384];
    const size_t before = ret_content->size;
    size_t total = 0;
    for (;;) {
        ssize_t count = read(descriptor, chunk, sizeof(chunk));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            int number = errno;
            strbuf_truncate(ret_content, before);
            return error_set_errno(error, number, "%s: cannot be read", name);
        }
        if (count == 0)
            break;
        if ((size_t)count > max_bytes - total) {
            strbuf_truncate(ret_content, before);
            return error_set(error, ERROR_INVALID, "%s: more than %zu bytes; use a smaller file",
                             name, max_bytes);
        }
        total += (size_t)count;
        strbuf_add(ret_content, chunk, (size_t)count);
    }
    return true;
}

static bool check_readable(const char *path, mode_t mode, struct error *error)
{
    if (S_ISREG(mode) || S_ISFIFO(mode))
        return true;
    const char *kind = S_ISDIR(mode) ? "a folder" : S_ISSOCK(mode) ? "a socket" : "a device";
    return error_set(error, ERROR_INVALID, "%s: is %s; name a file", path, kind);
}

bool file_read(const char *path, size_t max_bytes, struct strbuf *ret_content, struct error *error)
{
    struct stat status;
    /* Asked before it is opened: opening a device can have effects, and opening a pipe waits for
     * its writer, which is right for `<(command)`. Asked again afterwards, because the name may
     * have changed its file. */
    if (stat(path, &status) < 0)
        return error_set_errno(error, errno, "%s: cannot be read", path);
    if (!check_readable(path, status.st_mode, error))
        return false;
    AUTO_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0 || fstat(descriptor, &status) < 0)
        return error_set_errno(error, errno, "%s: cannot be read", path);
    if (!check_readable(path, status.st_mode, error))
        return false;
    return file_read_descriptor(descriptor, path, max_bytes, ret_content, error);
}

bool file_write_all(int descriptor, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0) {
        ssize_t written = write(descriptor, next, size);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        next += written;
        size -= (size_t)written;
    }
    return true;
}

/* A file to be written; `replaced` is the one that is there, or NULL. */
struct new_file {
    const void *bytes;
    size_t size;
    mode_t mode;
    const struct stat *replaced;
};

static bool write_and_sync(int descriptor, const struct new_file *file)
{
    /* Owner and mode of the file that is replaced; a stranger's owner can't be kept, and the mode
     * with its own bits is set after it. */
    if (file->replaced && file->replaced->st_uid != geteuid() &&
        fchown(descriptor, file->replaced->st_uid, file->replaced->st_gid) < 0)
        errno = 0;
    if (file->replaced && fchmod(descriptor, file->replaced->st_mode & 0777) < 0)
        return false;
    return file_write_all(descriptor, file->bytes, file->size) && fsync(descriptor) == 0;
}

/* Gives a file that has no name yet the one at `path`. */
static bool link_descriptor(int descriptor, const char *path)
{
    AUTO_FREE char *source = xasprintf("/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* The whole content in a file without a name, which is gone when the process dies; -1 where the
 * file system has none. */
static int open_nameless(const char *directory, const struct new_file *file)
{
    int descriptor = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, file->mode);
    if (descriptor < 0 || write_and_sync(descriptor, file))
        return descriptor;
    int number = errno;
    close(descriptor);
    errno = number;
    return -1;
}

/* Writes and syncs a new file with a name; it is gone again after a failure. */
static bool write_new_file(const char *path, const struct new_file *file)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file->mode);
    if (descriptor < 0)
        return false;
    bool is_written = write_and_sync(descriptor, file);
    int number = errno;
    if (close(descriptor) < 0 && is_written) {
        is_written = false;
        number = errno;
    }
    if (!is_written)
        unlink(path);
    errno = number;
    return is_written;
}

/* Puts the content at `temporary`, or at `target` at once when no file is there. *ret_is_there says
 * which. */
static bool place(const struct new_file *file, const char *directory, const char *temporary,
                  const char *target, bool *ret_is_there)
{
    AUTO_CLOSE int descriptor = open_nameless(directory, file);
    *ret_is_there = false;
    if (descriptor >= 0 && !file->replaced && link_descriptor(descriptor, target)) {
        *ret_is_there = true;
        return true;
    }
    /* What a killed process left of itself at its worst moment. */
    if (unlink(temporary) < 0 && errno != ENOENT)
        return false;
    if (descriptor >= 0 && link_descriptor(descriptor, temporary))
        return true;
    /* No such files here, or no /proc. */
    return write_new_file(temporary, file);
}

/* The rename is durable only with its folder. Some file systems cannot sync one: nothing is lost by
 * asking. */
static void sync_directory(const char *path)
{
    AUTO_CLOSE int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0)
        (void)fsync(descriptor);
}

bool file_write_atomic(const char *path, const void *bytes, size_t size, mode_t mode,
                       struct error *error)
{
    /* Through a symbolic link: the link stays and the file behind it is replaced. */
    AUTO_FREE char *target = path_resolve(path);
    if (path_is_directory(target))
        return error_set(error, ERROR_INVALID, "%s: is a folder; name a file", path);
    AUTO_FREE char *directory = path_directory(target);
    AUTO_FREE char *base = path_base(target);
    /* Always the same name for the same file, so that the next writing removes what is left there.
     */
    char hash[SHA256_HEX_SIZE];
    sha256_hex(base, strlen(base), hash);
    AUTO_FREE char *temporary =
        xasprintf("%s/.rscn-%.16s.tmp", strcmp(directory, "/") == 0 ? "" : directory, hash);
    struct stat status;
    const bool is_replaced = stat(target, &status) == 0 && S_ISREG(status.st_mode);
    const struct new_file file = {bytes, size, mode, is_replaced ? &status : NULL};
    bool is_there, is_done;
    int tries = 0;
    /* Another process that writes the same file may take the name away. */
    do {
        if (!place(&file, directory, temporary, target, &is_there))
            return error_set_errno(error, errno, "%s: cannot be written", path);
        is_done = is_there || rename(temporary, target) == 0;
    } while (!is_done && errno == ENOENT && ++tries < MOST_TRIES);
    if (!is_done) {
        int number = errno;
        unlink(temporary);
        return error_set_errno(error, number, "%s: cannot be written", path);
    }
    sync_directory(directory);
    return true;
}

/* ---- paths ---- */

bool path_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

bool path_is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool path_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool path_make_directories(const char *path, mode_t mode, struct error *error)
{
    AUTO_FREE char *prefix = xstrdup(path);
    for (char *next = prefix; *next;) {
        while (*next == '/')
            next++;
        while (*next && *next != '/')
            next++;
        char kept = *next;
        *next = '\0';
        int number = *prefix && mkdir(prefix, mode) < 0 ? errno : 0;
        if (number && !path_is_directory(prefix))
            return error_set_errno(error, number, "%s: the folder cannot be made", prefix);
        *next = kept;
    }
    return true;
}

char *path_join(const char *directory, const char *name)
{
    if (name[0] == '/' || directory[0] == '\0')
        return xstrdup(name);
    size_t size = strlen(directory);
    return xasprintf("%s%s%s", directory, directory[size - 1] == '/' ? "" : "/", name);
}

/* Size without slashes at the end; a lone "/" keeps its one. */
static size_t size_without_slashes(const char *path, size_t size)
{
    while (size > 1 && path[size - 1] == '/')
        size--;
    return size;
}

/* Where the last part begins. */
static size_t base_offset(const char *path, size_t size)
{
    while (size > 0 && path[size - 1] != '/')
        size--;
    return size;
}

char *path_directory(const char *path)
{
    size_t size = size_without_slashes(path, strlen(path));
    size_t offset = base_offset(path, size);
    return offset == 0 ? xstrdup(".") : xstrndup(path, size_without_slashes(path, offset));
}

char *path_base(const char *path)
{
    size_t size = size_without_slashes(path, strlen(path));
    if (size == 0)
        return xstrdup(".");
    if (size == 1 && path[0] == '/')
        return xstrdup("/");
    size_t offset = base_offset(path, size);
    return xstrndup(path + offset, size - offset);
}

/* Appends the parts of `rest` to the absolute path in `path`, with . and .. resolved by the text
 * alone. */
static void append_lexically(struct strbuf *path, const char *rest)
{
    while (*rest) {
        size_t size = strcspn(rest, "/");
        if (size == 2 && strncmp(rest, "..", 2) == 0) {
            strbuf_truncate(path,
                            size_without_slashes(path->text, base_offset(path->text, path->size)));
        } else if (size > 0 && !(size == 1 && rest[0] == '.')) {
            if (path->size > 1)
                strbuf_add_char(path, '/');
            strbuf_add(path, rest, size);
        }
        rest += size;
        rest += *rest == '/';
    }
}

/* Splits the absolute `path` into the real name of its longest existing prefix and the offset of
 * the rest. */
static char *resolve_prefix(const char *path, size_t *ret_rest)
{
    AUTO_FREE char *prefix = xstrdup(path);
    size_t size = strlen(path);
    for (;;) {
        char *real = realpath(size ? prefix : "/", NULL);
        if (real || size == 0) {
            *ret_rest = size;
            return real ? real : xstrdup("/");
        }
        size = base_offset(prefix, size);
        while (size > 0 && prefix[size - 1] == '/')
            size--;
        prefix[size] = '\0';
    }
}

/* The target of the link at `path`, or NULL if it is none. Caller frees. */
static char *read_link(const char *path)
{
    char target[PATH_MAX];
    ssize_t size = readlink(path, target, sizeof(target));
    return size > 0 && (size_t)size < sizeof(target) ? xstrndup(target, (size_t)size) : NULL;
}

static char *absolute_path(const char *path)
{
    if (path[0] == '/')
        return xstrdup(path);
    AUTO_FREE char *working = getcwd(NULL, 0);
    return path_join(working ? working : "/", path);
}

char *path_resolve(const char *path)
{
    char *wanted = absolute_path(path);
    AUTO_STRBUF resolved = STRBUF_INIT;
    for (int links = 0;; links++) {
        size_t rest;
        AUTO_FREE char *real = resolve_prefix(wanted, &rest);
        strbuf_clear(&resolved);
        strbuf_add_text(&resolved, real);
        /* The first missing part may be a link to something that is not there yet: creating it goes
         * through the link, so two names of one future file must resolve to the same text. */
        const char *missing = wanted + rest;
        while (*missing == '/')
            missing++;
        size_t part_size = strcspn(missing, "/");
        AUTO_FREE char *part = xstrndup(missing, part_size);
        AUTO_FREE char *link_path = path_join(real, part);
        AUTO_FREE char *target = part_size && links < MOST_LINKS ? read_link(link_path) : NULL;
        if (!target) {
            append_lexically(&resolved, missing);
            break;
        }
        AUTO_FREE char *followed = path_join(real, target);
        char *next = xasprintf("%s%s", followed, missing + part_size);
        free(wanted);
        wanted = next;
    }
    free(wanted);
    return strbuf_take(&resolved);
}

char *path_relative_inside(const char *path, const char *directory)
{
    size_t size = strlen(directory);
    if (size > 0 && directory[size - 1] == '/')
        size--;
    if (strncmp(path, directory, size) != 0)
        return xstrdup(path);
    if (path[size] == '\0')
        return xstrdup(".");
    if (path[size] != '/')
        return xstrdup(path);
    return xstrdup(path[size + 1] ? path + size + 1 : ".");
}

/* ---- file systems and people ---- */

static bool statfs_of_existing(const char *path, struct statfs *ret_status)
{
    char *asked = path_resolve(path);
    bool is_known = statfs(asked, ret_status) == 0;
    while (!is_known && strcmp(asked, "/") != 0) {
        char *parent = path_directory(asked);
        free(asked);
        asked = parent;
        is_known = statfs(asked, ret_status) == 0;
    }
    free(asked);
    return is_known;
}

bool path_is_on_network(const char *path, const char **ret_name)
{
    /* statfs(2) and linux/magic.h; the last ones from the file systems' own sources. */
    static const struct {
        uint32_t magic;
        const char *name;
    } networks[] = {
        {0x00006969, "NFS"},
        {0x0000517b, "SMB"},
        {0xff534d42, "CIFS"},
        {0xfe534d42, "SMB"},
        {0x0bd00bd0, "Lustre"},
        {0x01021997, "9p"},
        {0x65735546, "FUSE"},
        {0x00c36400, "Ceph"},
        {0x5346414f, "AFS"},
        {0x6b414653, "AFS"},
        {0x73757245, "Coda"},
        {0x0000564c, "NCP"},
        {0x47504653, "GPFS"},
        {0x01161970, "GFS2"},
        {0x7461636f, "OCFS2"},
        {0x19830326, "BeeGFS"},
        {0x20030528, "OrangeFS"},
        {0xaad7aaea, "PanFS"},
        {0x786f4256, "VirtualBox shared folder"},
        {0xbacbacbc, "VMware shared folder"},
    };
    struct statfs status;
    if (!statfs_of_existing(path, &status))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
        if ((uint32_t)status.f_type == networks[i].magic) {
            if (ret_name)
                *ret_name = networks[i].name;
            return true;
        }
    }
    return false;
}

char *path_home(void)
{
    const char *home = getenv("HOME");
    if (home && home[0] == '/')
        return xstrdup(home);
    struct passwd entry, *found = NULL;
    char strings[16384];
    if (getpwuid_r(getuid(), &entry, strings, sizeof(strings), &found) != 0 || !found ||
        found->pw_dir[0] != '/')
        return NULL;
    return xstrdup(found->pw_dir);
}

char *path_user_data(void)
{
    /* A relative name is to be ignored (XDG Base Directory Specification). */
    const char *data = getenv("XDG_DATA_HOME");
    if (data && data[0] == '/')
        return path_join(data, "rscn");
    AUTO_FREE char *home = path_home();
    return home ? path_join(home, ".local/share/rscn") : NULL;
}
