/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/client_process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/strbuf.h"

#define MAX_COMMAND_LINE (1024u * 1024)
#define MAX_ARGUMENTS 4096

static const struct {
    const char *word; /* base name of a script, or module after -m; also as `jupyter WORD` */
    const char *name;
} known_clients[] = {
    {"jupyter-nbconvert", "nbconvert"},
    {"nbconvert", "nbconvert"},
    {"papermill", "papermill"},
    {"jupyter-execute", "nbclient"},
    {"nbclient", "nbclient"},
    {"execute", "nbclient"},
    {"jupyter-lab", "JupyterLab"},
    {"jupyterlab", "JupyterLab"},
    {"lab", "JupyterLab"},
    {"jupyter-notebook", "Notebook"},
    {"notebook", "Notebook"},
    {"jupyter-server", "jupyter_server"},
    {"jupyter_server", "jupyter_server"},
    {"server", "jupyter_server"},
    {"jupyter-labhub", "JupyterLab"},
    {"jupyter-console", "console"},
    {"jupyter_console", "console"},
    {"console", "console"},
    {"jupyter-qtconsole", "qtconsole"},
    {"qtconsole", "qtconsole"},
    {"jupyter-nbclassic", "nbclassic"},
    {"nbclassic", "nbclassic"},
    {"jupyter-run", "jupyter_client"},
    {"voila", "Voila"},
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const char *known_client(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(known_clients); i++)
        if (strcmp(known_clients[i].word, word) == 0)
            return known_clients[i].name;
    return NULL;
}

static bool is_interpreter(const char *word)
{
    return strncmp(word, "python", 6) == 0 || strncmp(word, "pypy", 4) == 0;
}

/* Index of the argument that says what runs: the program, or an interpreter's script or module. */
static size_t program_index(char *const *arguments, size_t count)
{
    if (count == 0 || !is_interpreter(base_of(arguments[0])))
        return 0;
    for (size_t i = 1; i < count; i++) {
        if (strcmp(arguments[i], "-m") == 0 && i + 1 < count)
            return i + 1;
        if (strcmp(arguments[i], "-c") == 0)
            return 0;
        if (strcmp(arguments[i], "-W") == 0 || strcmp(arguments[i], "-X") == 0)
            i++;
        else if (arguments[i][0] != '-')
            return i;
    }
    return 0;
}

static char *client_name(char *const *arguments, size_t count, size_t program)
{
    AUTO_FREE char *word = xstrdup(base_of(arguments[program]));
    size_t size = strlen(word);
    const char *name;

    if (size > 3 && strcmp(word + size - 3, ".py") == 0 && known_client(word) == NULL)
        return xstrdup(word);
    if ((strcmp(word, "jupyter") == 0) && program + 1 < count) {
        name = known_client(arguments[program + 1]);
        if (name)
            return xstrdup(name);
    }
    name = known_client(word);
    return xstrdup(name ? name : word);
}

static bool is_notebook(const char *argument)
{
    size_t size = strlen(argument);

    return argument[0] != '-' && size > 6 && strcasecmp(argument + size - 6, ".ipynb") == 0;
}

static bool is_output_option(const char *argument)
{
    return strcmp(argument, "--output") == 0 || strcmp(argument, "-o") == 0;
}

static void add_notebook(struct client_process *process, const char *argument,
                         const char *directory)
{
    AUTO_FREE char *joined = path_join(directory, argument);

    if (!path_exists(joined))
        return;
    process->notebooks =
        xreallocarray(process->notebooks, process->notebook_count + 1, sizeof(*process->notebooks));
    process->notebooks[process->notebook_count++] = path_resolve(joined);
}

void client_process_parse(const char *arguments, size_t size, const char *directory,
                          struct client_process *ret_process)
{
    char *list[MAX_ARGUMENTS];
    AUTO_FREE char *copy = xmalloc(size + 1);
    size_t count = 0, program;

    *ret_process = (struct client_process){0};
    memcpy(copy, arguments, size); /* with the NULs between the arguments */
    copy[size] = '\0';
    for (size_t at = 0; at < size && count < MAX_ARGUMENTS; at += strlen(copy + at) + 1)
        list[count++] = copy + at;
    if (count == 0)
        return;
    program = program_index(list, count);
    ret_process->name = client_name(list, count, program);
    for (size_t i = program + 1; i < count; i++) {
        /* What follows --output is written, not run. */
        if (!is_notebook(list[i]) || is_output_option(list[i - 1]))
            continue;
        add_notebook(ret_process, list[i], directory);
        if (strcmp(ret_process->name, "papermill") == 0)
            break; /* what follows is the output */
    }
}

void client_process_read(pid_t pid, struct client_process *ret_process)
{
    AUTO_STRBUF arguments = STRBUF_INIT;
    AUTO_FREE char *path = xasprintf("/proc/%ld/cmdline", (long)pid);
    AUTO_FREE char *link = xasprintf("/proc/%ld/cwd", (long)pid);
    AUTO_FREE char *directory = xcalloc(1, 4097);
    struct error ignored = ERROR_INIT;

    *ret_process = (struct client_process){0};
    if (pid <= 0 || !file_read(path, MAX_COMMAND_LINE, &arguments, &ignored))
        return;
    if (readlink(link, directory, 4096) < 0)
        directory[0] = '\0';
    client_process_parse(strbuf_text(&arguments), arguments.size, directory, ret_process);
}

void client_process_release(struct client_process *process)
{
    for (size_t i = 0; i < process->notebook_count; i++)
        free(process->notebooks[i]);
    free(process->notebooks);
    free(process->name);
    *process = (struct client_process){0};
}
