/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_follow: a renamed file is found again by its inode in its folder, or by the name that
 * whoever took it in elsewhere told the store.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "kernel/notebook_watch_private.h"

/* A renamed file is still the same one to the file system. NULL if it is not in its folder any
 * more; caller frees. */
static char *find_moved(const char *path, const struct stat *status)
{
    AUTO_FREE char *folder_path = path_directory(path);
    DIR *folder = opendir(folder_path);
    struct dirent *entry;
    struct stat other;
    char *found = NULL;

    while (folder && !found && (entry = readdir(folder))) {
        size_t size = strlen(entry->d_name);
        AUTO_FREE char *candidate = path_join(folder_path, entry->d_name);

        if (entry->d_ino == status->st_ino && entry->d_name[0] != '.' && size > 6 &&
            strcmp(entry->d_name + size - 6, ".ipynb") == 0 && stat(candidate, &other) == 0 &&
            other.st_dev == status->st_dev && other.st_ino == status->st_ino)
            found = xstrdup(candidate);
    }
    if (folder)
        closedir(folder);
    return found;
}

/* The path is gone: who took the file in under another name told the store. NULL if nobody did;
 * caller frees. */
static char *find_renamed(struct turn *turn)
{
    struct notebook_watch *watch = turn->watch;
    AUTO_FREE char *name = NULL;
    char *path;

    if (!turn->known_key || watch->is_named)
        return NULL;
    name = store_notebook_name(turn->connection, turn->known_key);
    if (!name || strcmp(name, watch->name) == 0)
        return NULL;
    path = path_join(store_directory(watch->store), name);
    if (path_is_file(path))
        return path;
    free(path);
    return NULL;
}

static void set_path(struct notebook_watch *watch, char *path)
{
    pthread_mutex_lock(&watch->mutex);
    free(watch->path);
    watch->path = path;
    if (!watch->is_named) {
        free(watch->name);
        watch->name = path_relative_inside(path, store_directory(watch->store));
    }
    pthread_mutex_unlock(&watch->mutex);
}

bool notebook_follow(struct turn *turn, bool *ret_is_moved)
{
    struct notebook_watch *watch = turn->watch;
    char *moved;

    *ret_is_moved = false;
    if (path_exists(watch->path))
        return true;
    moved = turn->before ? find_moved(watch->path, &turn->before->status) : NULL;
    if (!moved)
        moved = find_renamed(turn);
    if (!moved)
        return false;
    set_path(watch, moved);
    *ret_is_moved = true;
    return true;
}
