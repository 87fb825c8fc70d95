/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_identity: which notebook it is, and by what evidence (ARCHITECTURE.md, J-8, J-86 to
 * J-94).
 *
 * Gathered once at the start of the process; decided at the first cell, because sometimes only its
 * text tells which of several files it is. Then it stays for the life of the process.
 */
#ifndef RSCN_KERNEL_NOTEBOOK_IDENTITY_H
#define RSCN_KERNEL_NOTEBOOK_IDENTITY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct notebook_identity {
    char *name;       /* set only by the caller or RSCN_NOTEBOOK (unless that is the path of a file):
                         outranks everything; NULL */
    char *path;       /* absolute path of the file, NULL if there is none */
    char *directory;  /* folder of the file, else the working directory */
    char *client;     /* "nbconvert", "JupyterLab" …; NULL = not known */
    json_t *evidence; /* array of words: what decided */
    bool is_decided;
    char **candidates; /* files it may be */
    size_t candidate_count;
    const char *candidate_evidence; /* "command-line", "working-directory" */
};

/* Environment, connection file (its jupyter_session, may be NULL), the client's command line, the
 * working directory. `name` and `client` given by the caller outrank what is found; NULL = find
 * out. */
void notebook_identity_start(struct notebook_identity *identity, const char *jupyter_session,
                             const char *name, const char *client);
/* Decides with the text of the first cell and the client's metadata (VS Code's cellId is a URI with
 * the path). What a client runs silently is no cell: its text decides nothing. Later calls change
 * nothing. */
void notebook_identity_decide(struct notebook_identity *identity, const char *code, size_t size,
                              const json_t *metadata, bool is_silent);
/* Name in the record: as given; else the path relative to the store's folder, absolute if outside;
 * else console/USER. Caller frees. */
char *notebook_identity_name(const struct notebook_identity *identity, const char *store_directory,
                             const char *user);
void notebook_identity_release(struct notebook_identity *identity);

#endif
