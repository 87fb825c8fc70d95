/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_files: folders are walked with the real path of each, so that only links cost a
 * resolution.
 */
#include "cli/notebook_files.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/memory.h"

/* Far beyond what a path may be long. */
#define MOST_DEPTH 2048

struct walk {
    struct notebook_files *files;
    size_t capacity;
    json_t *seen; /* keys: paths of files, device:inode of folders */
};

/* Whether the key is new. */
static bool see(struct walk *walk, const char *key)
{
    if (json_object_get(walk->seen, key))
        return false;
    json_object_set_new_nocheck(walk->seen, key, json_true());
    return true;
}

/* Takes path, shown and problem over. */
static void add(struct walk *walk, char *path, char *shown, char *problem)
{
    struct notebook_files *files = walk->files;
    if (!see(walk, path)) {
        free(path);
        free(shown);
        free(problem);
        return;
    }
    if (files->count == walk->capacity) {
        walk->capacity = walk->capacity ? 2 * walk->capacity : 64;
        files->files = xreallocarray(files->files, walk->capacity, sizeof(*files->files));
    }
    files->files[files->count++] =
        (struct notebook_file){.path = path, .shown = shown, .problem = problem};
}

static void add_problem(struct walk *walk, const char *path, const char *shown, const char *what)
{
    add(walk, xstrdup(path), xstrdup(shown), xstrdup(what));
}

static void add_errno(struct walk *walk, const char *path, const char *shown, int number)
{
    struct error error = ERROR_INIT;
    if (number == ENOENT)
        error_set(&error, ERROR_NOT_FOUND, "no such file or folder; check the name");
    else
        error_set_errno(&error, number, "can't be read");
    add_problem(walk, path, shown, error.message);
}

/* NULL for a file that has bytes to read. */
static const char *special(mode_t mode)
{
    if (S_ISFIFO(mode))
        return "is a pipe, no file; \"-\" reads standard input";
    if (S_ISSOCK(mode))
        return "is a socket, no file; name a notebook file";
    return S_ISREG(mode) ? NULL : "is a device, no file; name a notebook file";
}

static bool is_notebook_name(const char *name)
{
    static const char end[] = ".ipynb";
    size_t size = strlen(name);
    return size >= strlen(end) && strcmp(name + size - strlen(end), end) == 0;
}

static void walk_folder(struct walk *walk, const char *path, const char *shown, unsigned depth);

/* An entry whose own kind is not known yet, or that is a link. `path` is below a real folder. */
static void walk_entry(struct walk *walk, const char *path, const char *shown, unsigned depth)
{
    struct stat status;
    const bool is_notebook = is_notebook_name(path);
    if (stat(path, &status) < 0) {
        int number = errno;
        bool is_link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
        if (is_notebook && is_link && (number == ENOENT || number == ELOOP))
            add_problem(walk, path, shown, "is a link to nothing; put back what it led to");
        else if (is_notebook)
            add_errno(walk, path, shown, number);
        return;
    }
    AUTO_FREE char *real = path_resolve(path);
    if (S_ISDIR(status.st_mode)) {
        walk_folder(walk, real, shown, depth + 1);
    } else if (is_notebook) {
        const char *problem = special(status.st_mode);
        add(walk, xstrdup(real), xstrdup(shown), xstrdup_or_null(problem));
    }
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int is_not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void walk_folder(struct walk *walk, const char *path, const char *shown, unsigned depth)
{
    struct stat status;
    struct dirent **entries = NULL;
    if (stat(path, &status) < 0) {
        add_errno(walk, path, shown, errno);
        return;
    }
    AUTO_FREE char *key = xasprintf("%llu:%llu", (unsigned long long)status.st_dev,
                                    (unsigned long long)status.st_ino);
    if (!see(walk, key))
        return;
    int count = depth < MOST_DEPTH ? scandir(path, &entries, is_not_hidden, by_name) : -1;
    if (count < 0)
        add_errno(walk, path, shown, depth < MOST_DEPTH ? errno : ENAMETOOLONG);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        const unsigned char type = entries[i]->d_type;
        AUTO_FREE char *below = path_join(path, name);
        AUTO_FREE char *below_shown =
            strcmp(shown, ".") == 0 ? xstrdup(name) : path_join(shown, name);
        if (type == DT_DIR)
            walk_folder(walk, below, below_shown, depth + 1);
        else if (type == DT_REG && is_notebook_name(name))
            add(walk, xstrdup(below), xstrdup(below_shown), NULL);
        else if (type != DT_REG)
            walk_entry(walk, below, below_shown, depth);
        free(entries[i]);
    }
    free(entries);
}

static void walk_named(struct walk *walk, const char *path)
{
    struct stat status;
    AUTO_FREE char *real = path_resolve(path);
    if (stat(path, &status) < 0)
        add_errno(walk, real, path, errno);
    else if (S_ISDIR(status.st_mode))
        walk_folder(walk, real, path, 0);
    else
        add(walk, xstrdup(real), xstrdup(path), xstrdup_or_null(special(status.st_mode)));
}

void notebook_files_find(const char *const *paths, size_t count, struct notebook_files *ret_files)
{
    AUTO_JSON *seen = json_object();
    struct walk walk = {.files = ret_files, .seen = seen};
    *ret_files = (struct notebook_files){NULL, 0};
    for (size_t i = 0; i < count; i++)
        walk_named(&walk, paths[i]);
}

void notebook_files_release(struct notebook_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->files[i].path);
        free(files->files[i].shown);
        free(files->files[i].problem);
    }
    free(files->files);
    *files = (struct notebook_files){NULL, 0};
}
