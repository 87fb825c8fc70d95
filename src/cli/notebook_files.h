/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_files: which files are meant by the paths of a command line: files as they are named,
 * folders with all notebooks in them and below them.
 */
#ifndef RSCN_CLI_NOTEBOOK_FILES_H
#define RSCN_CLI_NOTEBOOK_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct notebook_file {
    char *path;    /* absolute, through all links */
    char *shown;   /* as the user would say it: what was named, and the way below it */
    char *problem; /* why it can't be read: "what is wrong; what to do"; NULL = it may be */
};
struct notebook_files {
    struct notebook_file *files;
    size_t count;
};
#define AUTO_NOTEBOOK_FILES __attribute__((cleanup(notebook_files_release))) struct notebook_files

/* Collects what the paths mean, in their order and in a folder by name; each file once, also when
 * several ways lead to it. In a folder that is every regular file *.ipynb, but nothing whose name
 * begins with a dot (checkpoints, and the files that Jupyter writes before it renames them); links
 * are followed, each real folder once. What can't be read is in the list with its problem. */
void notebook_files_find(const char *const *paths, size_t count, struct notebook_files *ret_files);
void notebook_files_release(struct notebook_files *files);

#endif
