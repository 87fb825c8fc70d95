/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_input: a file is read once, into one buffer, to which everything that is made of it
 * points. It is not mapped: a mapped file that somebody shortens ends the process.
 */
#include "cli/notebook_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/person.h"
#include "base/strbuf.h"
#include "cli/script_file.h"
#include "model/notebook/notebook_check.h"

/* How often a file that changes while it is read is read again. */
#define MOST_READINGS 5

void store_files_find(const struct store *store, struct store_files *ret_files)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
    ret_files->count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        struct stat status;
        AUTO_FREE char *path = xasprintf("%s%s", store_path(store), suffixes[i]);
        if (stat(path, &status) < 0)
            continue;
        ret_files->files[ret_files->count].device = status.st_dev;
        ret_files->files[ret_files->count++].inode = status.st_ino;
    }
}

int64_t notebook_input_size(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (int64_t)status.st_size : -1;
}

static bool is_store_file(const struct store_files *files, const struct stat *status)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->files[i].device == status->st_dev && files->files[i].inode == status->st_ino)
            return true;
    }
    return false;
}

bool store_files_have(const struct store_files *files, const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && is_store_file(files, &status);
}

/* --- reading ------------------------------------------------------------------------------- */

static bool too_large(struct error *error)
{
    return error_set(error, ERROR_INVALID,
                     "is larger than %zu MiB, the most that can be taken in; clear its largest "
                     "outputs",
                     RAW_JSON_MAX_BYTES >> 20);
}

static bool check_file(const struct stat *status, const struct store_files *store_files,
                       struct error *error)
{
    if (S_ISDIR(status->st_mode))
        return error_set(error, ERROR_INVALID, "is a folder; name a file");
    if (!S_ISREG(status->st_mode))
        return error_set(error, ERROR_INVALID, "is no regular file; name a notebook file");
    if (is_store_file(store_files, status))
        return error_set(error, ERROR_INVALID, "is the store itself; name a notebook file");
    if ((uintmax_t)status->st_size > RAW_JSON_MAX_BYTES)
        return too_large(error);
    return true;
}

static bool is_same(const struct stat *before, const struct stat *after)
{
    return before->st_size == after->st_size && before->st_ino == after->st_ino &&
           before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
           before->st_mtim.tv_nsec == after->st_mtim.tv_nsec &&
           before->st_ctim.tv_sec == after->st_ctim.tv_sec &&
           before->st_ctim.tv_nsec == after->st_ctim.tv_nsec;
}

/* Reads what the descriptor has, up to `size` bytes. */
static bool read_bytes(int descriptor, char *text, size_t size, size_t *ret_size,
                       struct error *error)
{
    *ret_size = 0;
    while (*ret_size < size) {
        ssize_t count = read(descriptor, text + *ret_size, size - *ret_size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(error, errno, "can't be read");
        if (count == 0)
            break;
        *ret_size += (size_t)count;
    }
    return true;
}

/* One reading; *ret_is_whole is false when the file was another one afterwards. */
static bool read_once(struct notebook_input *input, const struct store_files *store_files,
                      bool *ret_is_whole, struct error *error)
{
    struct stat before, after;
    /* Asked before it is opened: opening a device can have effects, and the store's files must not
     * be opened at all. */
    if (stat(input->path, &before) < 0)
        return error_set_errno(error, errno, "can't be read");
    if (!check_file(&before, store_files, error))
        return false;
    AUTO_CLOSE int descriptor = open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &before) < 0)
        return error_set_errno(error, errno, "can't be read");
    if (!check_file(&before, store_files, error))
        return false;
    free(input->text);
    input->text = xmalloc((size_t)before.st_size + 1);
    if (!read_bytes(descriptor, input->text, (size_t)before.st_size, &input->size, error))
        return false;
    input->text[input->size] = '\0';
    if (fstat(descriptor, &after) < 0)
        return error_set_errno(error, errno, "can't be read");
    *ret_is_whole = is_same(&before, &after) && input->size == (size_t)before.st_size;
    return true;
}

static bool read_file(struct notebook_input *input, const struct store_files *store_files,
                      struct error *error)
{
    for (int i = 0; i < MOST_READINGS; i++) {
        bool is_whole;
        if (!read_once(input, store_files, &is_whole, error))
            return false;
        if (is_whole)
            return true;
    }
    return error_set(error, ERROR_BUSY,
                     "changes while it is read; take it in again when it is written no more");
}

static bool read_standard_input(struct notebook_input *input, struct error *error)
{
    AUTO_STRBUF text = STRBUF_INIT;
    if (!file_read_descriptor(STDIN_FILENO, "standard input", RAW_JSON_MAX_BYTES, &text, error))
        return error && error->code == ERROR_INVALID ? too_large(error) : false;
    input->size = text.size;
    input->text = strbuf_take(&text);
    return true;
}

bool notebook_input_read(struct notebook_input *input, const struct store_files *store_files,
                         struct error *error)
{
    if (!(input->path ? read_file(input, store_files, error) : read_standard_input(input, error)))
        return false;
    sha256_hex(input->text, input->size, input->sha256);
    return true;
}

/* --- what it is ---------------------------------------------------------------------------- */

bool notebook_input_convert(struct notebook_input *input, struct store_connection *connection,
                            struct error *error)
{
    const char *path = input->path ? input->path : input->name;
    AUTO_STRBUF text = STRBUF_INIT;
    bool is_script;
    if (!script_file_check(path, input->text, input->size, &is_script, error))
        return false;
    if (!is_script)
        return true;
    if (!script_file_convert(connection, input->name, path, input->text, input->size, &text, error))
        return false;
    free(input->text);
    input->size = text.size;
    input->text = strbuf_take(&text);
    sha256_hex(input->text, input->size, input->sha256);
    return true;
}

bool notebook_input_parse(struct notebook_input *input, struct error *error)
{
    input->notebook = notebook_parse(input->text, input->size, error);
    if (!input->notebook)
        return false;
    input->faults = notebook_check(input->notebook, &input->first_fault);
    return true;
}

void notebook_taker_init(struct notebook_taker *taker)
{
    taker->user = person_login();
    taker->host = person_host();
}

void notebook_taker_release(struct notebook_taker *taker)
{
    free(taker->user);
    free(taker->host);
}

bool notebook_input_take(const struct notebook_input *input, struct store_connection *connection,
                         enum version_origin origin, const struct notebook_taker *taker,
                         struct notebook_taken *ret_taken, struct error *error)
{
    const struct notebook_taking taking = {
        .name = input->name,
        .path = input->has_given_name ? NULL : input->path,
        .text = input->text,
        .size = input->size,
        .sha256 = input->sha256,
        .notebook = input->notebook,
        .origin = origin,
        .user = taker->user,
        .host = taker->host,
        .at = timestamp_now(),
    };
    return store_take_notebook(connection, &taking, ret_taken, error);
}

void notebook_input_release(struct notebook_input *input)
{
    notebook_free(input->notebook);
    free(input->path);
    free(input->name);
    free(input->text);
    free(input->first_fault);
    *input = (struct notebook_input)NOTEBOOK_INPUT_INIT;
}
