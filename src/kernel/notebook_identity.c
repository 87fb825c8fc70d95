/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/notebook_identity.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "kernel/client_process.h"
#include "kernel/notebook_view.h"

#define MAX_CANDIDATES 64
#define VSCODE_PREFIX "vscode-notebook-cell:"

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static bool has_notebook_suffix(const char *path)
{
    size_t size = strlen(path);

    return size > 6 && strcasecmp(path + size - 6, ".ipynb") == 0;
}

static void decide(struct notebook_identity *identity, const char *path, const char *evidence)
{
    json_array_append_new(identity->evidence, json_string(evidence));
    identity->is_decided = true;
    if (!path)
        return;
    identity->path = path_resolve(path);
    free(identity->directory);
    identity->directory = path_directory(identity->path);
}

/* JPY_SESSION_NAME of a notebook is its path; of a console it is a name (J-87). */
static bool decide_by_session(struct notebook_identity *identity, const char *session,
                              const char *evidence)
{
    if (!session || !has_notebook_suffix(session))
        return false;
    decide(identity, session, evidence);
    return true;
}

static void add_candidate(struct notebook_identity *identity, const char *path)
{
    if (identity->candidate_count == MAX_CANDIDATES)
        return;
    identity->candidates = xreallocarray(identity->candidates, identity->candidate_count + 1,
                                         sizeof(*identity->candidates));
    identity->candidates[identity->candidate_count++] = xstrdup(path);
}

/* Only servers start kernels in the notebook's folder without naming it (J-89). */
static bool is_server(const char *client)
{
    return client && (strcmp(client, "Notebook") == 0 || strcmp(client, "nbclassic") == 0 ||
                      strcmp(client, "JupyterLab") == 0 || strcmp(client, "jupyter_server") == 0);
}

static void add_folder(struct notebook_identity *identity)
{
    DIR *folder = opendir(identity->directory);
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        AUTO_FREE char *path = path_join(identity->directory, entry->d_name);

        if (entry->d_name[0] != '.' && has_notebook_suffix(entry->d_name))
            add_candidate(identity, path);
    }
    if (folder)
        closedir(folder);
}

static void gather_candidates(struct notebook_identity *identity,
                              const struct client_process *process)
{
    /* What a server's command line names is only the first page that it opened. */
    if (is_server(identity->client)) {
        identity->candidate_evidence = "working-directory";
        add_folder(identity);
        return;
    }
    for (size_t i = 0; i < process->notebook_count; i++)
        add_candidate(identity, process->notebooks[i]);
    identity->candidate_evidence = "command-line";
    if (identity->candidate_count == 1)
        decide(identity, identity->candidates[0], "command-line");
}

void notebook_identity_start(struct notebook_identity *identity, const char *jupyter_session,
                             const char *name, const char *client)
{
    const char *parent = environment("JPY_PARENT_PID");
    const char *given = name ? name : environment("RSCN_NOTEBOOK");
    const char *session = environment("JPY_SESSION_NAME");
    struct client_process process = { 0 };

    *identity = (struct notebook_identity){ .evidence = json_array() };
    identity->directory = path_resolve(".");
    if (parent)
        client_process_read((pid_t)strtol(parent, NULL, 10), &process);
    identity->client = xstrdup_or_null(client ? client : process.name);
    if (!name && given && has_notebook_suffix(given) && path_is_file(given)) {
        /* However the path of a file is written, its name is the one that import gives it. */
        decide(identity, given, "RSCN_NOTEBOOK");
        return client_process_release(&process);
    }
    if (!decide_by_session(identity, session, "JPY_SESSION_NAME") &&
        !decide_by_session(identity, jupyter_session, "jupyter_session") && !name && !session)
        gather_candidates(identity, &process); /* a session that is no notebook is a console */
    if (given) {
        /* The name is given, but the file that was found still tells the cells' ids. */
        identity->name = xstrdup(given);
        json_array_insert_new(identity->evidence, 0,
                              json_string(name ? "given" : "RSCN_NOTEBOOK"));
    }
    client_process_release(&process);
}

/* 2: the first code cell is this text; 1: some code cell is; 0: none. */
static int candidate_rank(const char *path, const char *code, size_t size)
{
    struct error ignored = ERROR_INIT;
    struct notebook_view *view = notebook_view_read(path, &ignored);
    const struct notebook *notebook = view ? view->notebook : NULL;
    bool is_first = true;
    int rank = 0;

    for (size_t i = 0; notebook && i < notebook->count && rank == 0; i++) {
        const struct notebook_cell *cell = &notebook->cells[i];

        if (cell->type != NOTEBOOK_CODE || cell->source_size == 0)
            continue;
        if (cell->source_size == size && memcmp(cell->source, code, size) == 0)
            rank = is_first ? 2 : 1;
        is_first = false;
    }
    notebook_view_unref(view);
    return rank;
}

/* `vscode-notebook-cell:/path/to/nb.ipynb#W0s…`, percent-encoded (J-88). Behind `//` stands the
 * machine that the editor thinks the file is on: this one, if the file is here. */
static char *vscode_path(const json_t *metadata)
{
    const char *uri = json_member_text(metadata, "cellId", "");
    AUTO_STRBUF path = STRBUF_INIT;
    size_t prefix = strlen(VSCODE_PREFIX);
    bool has_machine;

    if (strncmp(uri, VSCODE_PREFIX, prefix) != 0)
        return NULL;
    uri += prefix;
    has_machine = strncmp(uri, "//", 2) == 0;
    if (has_machine)
        uri += 2 + strcspn(uri + 2, "/?#");
    for (const char *at = uri; *at && *at != '#' && *at != '?'; at++) {
        char digits[3] = { 0 };

        if (*at == '%' && at[1] && at[2]) {
            memcpy(digits, at + 1, 2);
            strbuf_add_char(&path, (char)strtol(digits, NULL, 16));
            at += 2;
        } else {
            strbuf_add_char(&path, *at);
        }
    }
    if (!has_notebook_suffix(strbuf_text(&path)) ||
        (has_machine && access(strbuf_text(&path), F_OK) != 0))
        return NULL;
    return strbuf_take(&path);
}

void notebook_identity_decide(struct notebook_identity *identity, const char *code, size_t size,
                              const json_t *metadata, bool is_silent)
{
    AUTO_FREE char *vscode = NULL;
    const char *best = NULL;
    int best_rank = 0;
    bool is_unique = true;

    if (identity->is_decided)
        return;
    vscode = vscode_path(metadata);
    if (vscode) {
        decide(identity, vscode, "cell-uri");
        return;
    }
    if (is_silent)
        return;
    for (size_t i = 0; i < identity->candidate_count; i++) {
        int rank = candidate_rank(identity->candidates[i], code, size);

        if (rank > best_rank) {
            best = identity->candidates[i];
            best_rank = rank;
            is_unique = true;
        } else if (rank > 0 && rank == best_rank) {
            is_unique = false;
        }
    }
    if (best) {
        decide(identity, best, identity->candidate_evidence);
        json_array_append_new(identity->evidence,
                              json_string(is_unique ? "text-in-file" : "text-in-several-files"));
    } else if (identity->candidate_count == 1) {
        decide(identity, identity->candidates[0], identity->candidate_evidence);
    } else {
        decide(identity, NULL, "no-file");
    }
}

char *notebook_identity_name(const struct notebook_identity *identity, const char *store_directory,
                             const char *user)
{
    if (identity->name)
        return xstrdup(identity->name);
    if (identity->path)
        return path_relative_inside(identity->path, store_directory);
    return xasprintf("console/%s", user);
}

void notebook_identity_release(struct notebook_identity *identity)
{
    for (size_t i = 0; i < identity->candidate_count; i++)
        free(identity->candidates[i]);
    free(identity->candidates);
    free(identity->name);
    free(identity->path);
    free(identity->directory);
    free(identity->client);
    json_decref(identity->evidence);
    *identity = (struct notebook_identity){ 0 };
}
