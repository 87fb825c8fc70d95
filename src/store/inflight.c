/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflight: writing the own in-flight file and reading any; see inflight.h.
 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "store/inflight.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "store/inflight_record.h"

#define HEADER_SIZE 20
#define CHECKED_SIZE 12 /* of the header: what the checksum covers */
#define CHECKSUM_SIZE 8
#define USUAL_SIZE 2048
#define ENTRY_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define FILE_MAX_BYTES ((size_t)1024 * 1024 * 1024)
#define LONG_BYTES ((size_t)64 * 1024 * 1024)
#define MAKE_TRIES 20

static const char magic[4] = {'R', 'S', 'C', '2'};

struct inflight {
    int descriptor;
    char *path;
    size_t size;             /* of the whole entries in the file */
    char (*open)[ULID_SIZE]; /* executions that are not done */
    size_t open_count;
    size_t open_capacity;
    bool is_folder_synced;
};

/* --- the file -------------------------------------------------------------------------------- */

char *inflight_directory(const struct store *store)
{
    return xasprintf("%s-run", store->path);
}

static int lock_command(int descriptor, int command, short type, struct flock *ret_range)
{
    *ret_range = (struct flock){.l_type = type, .l_whence = SEEK_SET};
    return fcntl(descriptor, command, ret_range);
}

bool inflight_lock(int descriptor)
{
    struct flock range;
    return lock_command(descriptor, F_OFD_SETLK, F_WRLCK, &range) == 0;
}

bool inflight_is_locked(int descriptor)
{
    struct flock range;
    return lock_command(descriptor, F_OFD_GETLK, F_WRLCK, &range) == 0 && range.l_type != F_UNLCK;
}

/* Whoever may write the store may read what its kernels left. */
static bool make_directory(const struct store *store, const char *directory)
{
    mode_t mode = store->file_mode | (store->file_mode & 0444) >> 2;
    if (mkdir(directory, 0700) < 0)
        return errno == EEXIST;
    return chmod(directory, mode) == 0;
}

static bool is_unlinked(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 && status.st_nlink == 0;
}

/* Makes the file and locks it. Another process may take the new, still unlocked file for a dead
 * kernel's, and the folder may be removed by one that closes: then once more. */
static int make_file(const struct store *store, const char *directory, char **ret_path)
{
    for (int i = 0; i < MAKE_TRIES; i++) {
        if (!make_directory(store, directory)) {
            if (errno != ENOENT)
                return -1;
            continue;
        }
        char id[ULID_SIZE];
        ulid_new(id);
        char *path = xasprintf("%s/%ld-%s", directory, (long)getpid(), id);
        int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        int number = errno;
        if (descriptor >= 0 && fchmod(descriptor, store->file_mode) == 0 &&
            inflight_lock(descriptor) && !is_unlinked(descriptor)) {
            *ret_path = path;
            return descriptor;
        }
        if (descriptor >= 0) {
            unlink(path);
            close(descriptor);
        }
        free(path);
        if (descriptor < 0 && number != ENOENT && number != EEXIST) {
            errno = number;
            return -1;
        }
    }
    errno = EAGAIN;
    return -1;
}

static void drop_file(struct inflight *inflight)
{
    if (inflight->descriptor >= 0)
        close(inflight->descriptor);
    inflight->descriptor = -1;
    free(inflight->path);
    inflight->path = NULL;
    inflight->size = 0;
    inflight->open_count = 0;
    inflight->is_folder_synced = false;
}

static bool open_error(const char *path, int number, struct error *error)
{
    if (number == ENOSPC || number == EDQUOT)
        return error_set(error, ERROR_FULL, "%s: the disk is full; free some space and try again",
                         path);
    return error_set_errno(error, number, "%s: can't write what is about to run", path);
}

static bool ensure_file(struct store *store, struct error *error)
{
    if (!store->can_write || store->is_copy)
        return error_set(error, ERROR_DENIED,
                         "%s: is read-only; make the file and its folder writable for you",
                         store->path);
    if (!store->inflight) {
        store->inflight = xcalloc(1, sizeof(*store->inflight));
        store->inflight->descriptor = -1;
    }
    struct inflight *inflight = store->inflight;
    if (inflight->descriptor >= 0 && !is_unlinked(inflight->descriptor))
        return true;
    drop_file(inflight);
    AUTO_FREE char *directory = inflight_directory(store);
    inflight->descriptor = make_file(store, directory, &inflight->path);
    return inflight->descriptor >= 0 || open_error(directory, errno, error);
}

/* --- writing --------------------------------------------------------------------------------- */

static void checksum(const unsigned char *header, const char *payload, size_t size,
                     unsigned char ret_checksum[CHECKSUM_SIZE])
{
    /* The header is part of what is checked: a kind or length that changed is found. */
    unsigned char both[CHECKED_SIZE + CHECKSUM_SIZE];
    memcpy(both, header, CHECKED_SIZE);
    damage_checksum(payload, size, both + CHECKED_SIZE);
    damage_checksum(both, sizeof(both), ret_checksum);
}

/* An entry begins with room for its header, so that it is one write. */
static void begin_entry(struct strbuf *entry)
{
    strbuf_reserve(entry, USUAL_SIZE);
    strbuf_add_repeated(entry, '\0', HEADER_SIZE);
}

static void fill_header(struct strbuf *entry, enum inflight_kind kind)
{
    unsigned char *header = (unsigned char *)entry->text;
    size_t size = entry->size - HEADER_SIZE;
    memcpy(header, magic, sizeof(magic));
    header[4] = (unsigned char)kind;
    for (int i = 0; i < 4; i++)
        header[8 + i] = (unsigned char)(size >> (8 * i));
    checksum(header, entry->text + HEADER_SIZE, size, header + CHECKED_SIZE);
}

static bool write_at(int descriptor, const char *bytes, size_t size, off_t offset)
{
    while (size > 0) {
        ssize_t written = pwrite(descriptor, bytes, size, offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written < 0 ? errno : ENOSPC;
            return false;
        }
        bytes += written;
        size -= (size_t)written;
        offset += written;
    }
    return true;
}

static bool append(struct inflight *inflight, enum inflight_kind kind, struct strbuf *entry,
                   struct error *error)
{
    if (entry->size > ENTRY_MAX_BYTES || inflight->size + entry->size > FILE_MAX_BYTES)
        return error_set(error, ERROR_FULL,
                         "%s: too much waits to be recorded; wait until the store is free",
                         inflight->path);
    fill_header(entry, kind);
    if (!write_at(inflight->descriptor, entry->text, entry->size, (off_t)inflight->size)) {
        int number = errno;
        /* Should this fail too, the next entry is written over the torn one. */
        int result = ftruncate(inflight->descriptor, (off_t)inflight->size);
        (void)result;
        return open_error(inflight->path, number, error);
    }
    inflight->size += entry->size;
    return true;
}

bool store_inflight_is_long(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    bool is_long = store->inflight && store->inflight->size > LONG_BYTES;
    pthread_mutex_unlock(&store->mutex);
    return is_long;
}

static size_t find_open(const struct inflight *inflight, const char *execution_id)
{
    size_t i = 0;
    while (i < inflight->open_count && memcmp(inflight->open[i], execution_id, ULID_SIZE) != 0)
        i++;
    return i;
}

static void add_open(struct inflight *inflight, const char *execution_id)
{
    if (find_open(inflight, execution_id) < inflight->open_count)
        return;
    if (inflight->open_count == inflight->open_capacity) {
        inflight->open_capacity = inflight->open_capacity * 2 + 8;
        inflight->open =
            xreallocarray(inflight->open, inflight->open_capacity, sizeof(*inflight->open));
    }
    memcpy(inflight->open[inflight->open_count++], execution_id, ULID_SIZE);
}

bool store_inflight_begin(struct store *store, const struct execution_record *record,
                          struct error *error)
{
    AUTO_STRBUF entry = STRBUF_INIT;
    begin_entry(&entry);
    inflight_record_add(&entry, record, false);
    pthread_mutex_lock(&store->mutex);
    bool is_written =
        ensure_file(store, error) && append(store->inflight, INFLIGHT_BEGIN, &entry, error);
    if (is_written)
        add_open(store->inflight, record->execution_id);
    pthread_mutex_unlock(&store->mutex);
    return is_written;
}

/* The name of the file must last as well as what is in it. */
static bool sync_file(struct store *store, struct error *error)
{
    struct inflight *inflight = store->inflight;
    if (fdatasync(inflight->descriptor) < 0)
        return open_error(inflight->path, errno, error);
    if (inflight->is_folder_synced)
        return true;
    AUTO_FREE char *directory = inflight_directory(store);
    AUTO_CLOSE int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_CLOSE int above = open(store->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || above < 0 || fsync(folder) < 0 || fsync(above) < 0)
        return open_error(directory, errno, error);
    inflight->is_folder_synced = true;
    return true;
}

bool store_inflight_end(struct store *store, const struct execution_record *record, bool sync,
                        struct error *error)
{
    AUTO_STRBUF entry = STRBUF_INIT;
    begin_entry(&entry);
    inflight_record_add(&entry, record, true);
    if (entry.size > ENTRY_MAX_BYTES) {
        strbuf_truncate(&entry, HEADER_SIZE);
        inflight_record_add(&entry, record, false);
    }
    pthread_mutex_lock(&store->mutex);
    bool is_written =
        ensure_file(store, error) && append(store->inflight, INFLIGHT_END, &entry, error);
    if (is_written)
        add_open(store->inflight, record->execution_id);
    is_written = is_written && (!sync || sync_file(store, error));
    pthread_mutex_unlock(&store->mutex);
    return is_written;
}

static void close_entry(struct inflight *inflight, const char *execution_id)
{
    size_t place = find_open(inflight, execution_id);
    if (place == inflight->open_count)
        return;
    memmove(inflight->open + place, inflight->open + place + 1,
            (inflight->open_count - place - 1) * sizeof(*inflight->open));
    inflight->open_count--;
    if (inflight->open_count == 0 && ftruncate(inflight->descriptor, 0) == 0) {
        inflight->size = 0;
        return;
    }
    /* Only for those who look: for recovery it is enough that the store has the execution. */
    AUTO_STRBUF entry = STRBUF_INIT;
    begin_entry(&entry);
    strbuf_addf(&entry, "{\"execution\":\"%s\"}", execution_id);
    struct error error = ERROR_INIT;
    if (!append(inflight, INFLIGHT_DONE, &entry, &error))
        log_debug("%s", error.message);
}

void store_inflight_done(struct store *store, const char *execution_id)
{
    pthread_mutex_lock(&store->mutex);
    if (store->inflight && store->inflight->descriptor >= 0)
        close_entry(store->inflight, execution_id);
    pthread_mutex_unlock(&store->mutex);
}

void inflight_close(struct store *store)
{
    struct inflight *inflight = store->inflight;
    if (!inflight)
        return;
    /* Unlinked before the lock goes: nobody may take it for a dead kernel's. */
    if (inflight->descriptor >= 0 && inflight->open_count == 0)
        unlink(inflight->path);
    drop_file(inflight);
    AUTO_FREE char *directory = inflight_directory(store);
    rmdir(directory); /* fails while other kernels have files there */
    free(inflight->open);
    free(inflight);
    store->inflight = NULL;
}

/* --- reading --------------------------------------------------------------------------------- */

static int compare_paths(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

void inflight_list(const struct store *store, char ***ret_paths, size_t *ret_count)
{
    *ret_paths = NULL;
    *ret_count = 0;
    AUTO_FREE char *directory = inflight_directory(store);
    DIR *folder = opendir(directory);
    if (!folder)
        return;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || ends_with(entry->d_name, INFLIGHT_DAMAGED))
            continue;
        *ret_paths = xreallocarray(*ret_paths, *ret_count + 1, sizeof(**ret_paths));
        (*ret_paths)[(*ret_count)++] = path_join(directory, entry->d_name);
    }
    closedir(folder);
    if (*ret_count)
        qsort(*ret_paths, *ret_count, sizeof(**ret_paths), compare_paths);
}

/* Takes the reference; false when it names no execution. */
static bool add_entry(struct inflight_content *content, enum inflight_kind kind, json_t *json)
{
    const char *id = json_member_text(json, "execution", NULL);
    size_t place = content->count;
    while (id && place > 0 &&
           strcmp(json_member_text(content->items[place - 1].json, "execution", ""), id) != 0)
        place--;
    if (!id) {
        json_decref(json);
        return false;
    }
    if (place == 0) {
        content->items = xreallocarray(content->items, content->count + 1, sizeof(*content->items));
        content->items[content->count++] = (struct inflight_item){kind, json};
        return true;
    }
    json_decref(content->items[place - 1].json);
    content->items[place - 1] = (struct inflight_item){kind, json};
    return true;
}

/* One entry at `bytes`; returns its size, 0 when it is torn or damaged. */
static size_t read_entry(const char *bytes, size_t left, struct inflight_content *content)
{
    if (left < HEADER_SIZE || memcmp(bytes, magic, sizeof(magic)) != 0)
        return 0;
    unsigned char header[HEADER_SIZE], expected[CHECKSUM_SIZE];
    memcpy(header, bytes, HEADER_SIZE);
    size_t size = 0;
    for (int i = 3; i >= 0; i--)
        size = size << 8 | header[8 + i];
    if (size > ENTRY_MAX_BYTES || size > left - HEADER_SIZE)
        return 0;
    checksum(header, bytes + HEADER_SIZE, size, expected);
    if (memcmp(header + CHECKED_SIZE, expected, sizeof(expected)) != 0 ||
        header[4] < INFLIGHT_BEGIN || header[4] > INFLIGHT_DONE)
        return 0;
    json_t *json = json_parse(bytes + HEADER_SIZE, size, NULL);
    if (!json || !add_entry(content, header[4], json))
        return 0;
    return HEADER_SIZE + size;
}

static void drop_done(struct inflight_content *content)
{
    size_t kept = 0;
    for (size_t i = 0; i < content->count; i++) {
        if (content->items[i].kind == INFLIGHT_DONE)
            json_decref(content->items[i].json);
        else
            content->items[kept++] = content->items[i];
    }
    content->count = kept;
}

bool inflight_read(int descriptor, const char *path, struct inflight_content *ret_content,
                   struct error *error)
{
    *ret_content = (struct inflight_content)INFLIGHT_CONTENT_INIT;
    AUTO_STRBUF bytes = STRBUF_INIT;
    if (lseek(descriptor, 0, SEEK_SET) < 0)
        return error_set_errno(error, errno, "%s: can't be read", path);
    if (!file_read_descriptor(descriptor, path, FILE_MAX_BYTES, &bytes, error))
        return false;
    size_t offset = 0;
    while (offset < bytes.size) {
        size_t size = read_entry(bytes.text + offset, bytes.size - offset, ret_content);
        if (size == 0) {
            ret_content->is_damaged = true;
            break;
        }
        offset += size;
    }
    drop_done(ret_content);
    return true;
}

void inflight_content_release(struct inflight_content *content)
{
    for (size_t i = 0; i < content->count; i++)
        json_decref(content->items[i].json);
    free(content->items);
    *content = (struct inflight_content)INFLIGHT_CONTENT_INIT;
}
