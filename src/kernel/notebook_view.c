/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_view: the file is opened without waiting for anybody (a pipe of that name must not hold
 * the kernel up), and read again when it changed meanwhile.
 */
#include "kernel/notebook_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/timestamp.h"

#define READ_TRIES 3
/* File systems stamp changes with a clock that ticks every 4 to 10 ms: of two changes within a tick
 * the second one may not show. */
#define FRESH_US 20000

static bool same_status(const struct stat *left, const struct stat *right)
{
    return left->st_dev == right->st_dev && left->st_ino == right->st_ino &&
           left->st_size == right->st_size && left->st_mtim.tv_sec == right->st_mtim.tv_sec &&
           left->st_mtim.tv_nsec == right->st_mtim.tv_nsec;
}

static timestamp_us modified_at(const struct stat *status)
{
    return (timestamp_us)status->st_mtim.tv_sec * 1000000 + status->st_mtim.tv_nsec / 1000;
}

/* *ret_is_whole: the file did not change while it was read. */
static bool read_once(const char *path, struct notebook_view *view, bool *ret_is_whole,
                      struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat after;
    bool is_read;

    *ret_is_whole = true;
    strbuf_clear(&view->text);
    if (file < 0 || fstat(file, &view->status) < 0) {
        is_read = error_set_errno(error, errno, "%s: cannot be read", path);
    } else if (view->status.st_size > (off_t)NOTEBOOK_VIEW_MAX_BYTES) {
        is_read =
            error_set(error, ERROR_INVALID,
                      "%s: more than %zu MiB; a kernel does not take it in, `rscn import` does",
                      path, NOTEBOOK_VIEW_MAX_BYTES >> 20);
    } else {
        strbuf_reserve(&view->text, (size_t)view->status.st_size + 1);
        is_read = file_read_descriptor(file, path, NOTEBOOK_VIEW_MAX_BYTES, &view->text, error);
        *ret_is_whole = is_read && fstat(file, &after) == 0 && same_status(&after, &view->status);
    }
    if (file >= 0)
        close(file);
    return is_read;
}

static bool read_text(const char *path, struct notebook_view *view, struct error *error)
{
    bool is_whole = false;

    for (int i = 0; i < READ_TRIES && !is_whole; i++)
        if (!read_once(path, view, &is_whole, error))
            return false;
    if (!is_whole)
        return error_set(error, ERROR_BUSY, "%s: changes all the while; it is read later", path);
    return true;
}

struct notebook_view *notebook_view_read(const char *path, struct error *error)
{
    struct notebook_view *view;
    struct error cause = ERROR_INIT;
    struct stat status;

    if (stat(path, &status) < 0 || !S_ISREG(status.st_mode)) {
        error_set(error, ERROR_NOT_FOUND, "%s: there is no such file", path);
        return NULL;
    }
    view = xcalloc(1, sizeof(*view));
    atomic_init(&view->references, 1);
    view->status = status;
    if (read_text(path, view, error)) {
        view->is_fresh = modified_at(&view->status) > timestamp_now() - FRESH_US;
        view->notebook = notebook_parse(strbuf_text(&view->text), view->text.size, &cause);
        if (!view->notebook)
            error_set(error, ERROR_INVALID, "%s: %s", path, cause.message);
    }
    if (!view->notebook)
        strbuf_release(&view->text);
    return view;
}

bool notebook_view_is_of(const struct notebook_view *view, const struct stat *status)
{
    return same_status(&view->status, status);
}

void notebook_view_slim(struct notebook_view *view)
{
    if (!view->notebook)
        return;
    raw_json_free(view->notebook->json);
    view->notebook->json = NULL;
    strbuf_release(&view->text);
}

struct notebook_view *notebook_view_ref(struct notebook_view *view)
{
    atomic_fetch_add(&view->references, 1);
    return view;
}

void notebook_view_unref(struct notebook_view *view)
{
    if (!view || atomic_fetch_sub(&view->references, 1) > 1)
        return;
    notebook_free(view->notebook);
    strbuf_release(&view->text);
    if (view->cells)
        version_cells_release(view->cells);
    free(view->cells);
    free(view);
}
