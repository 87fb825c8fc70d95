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

static bool has_client(const struct client_process *process, const char *name)
{
    return strcmp(process->name, name) == 0;
}

static bool add_notebook(struct client_process *process, const char *argument,
                         const char *directory)
{
    AUTO_FREE char *joined = path_join(directory, argument);

    if (!path_exists(joined))
        return false;
    process->notebooks =
        xreallocarray(process->notebooks, process->notebook_count + 1, sizeof(*process->notebooks));
    process->notebooks[process->notebook_count++] = path_resolve(joined);
    return true;
}

/* How many arguments after this option of papermill belong to it. */
static size_t papermill_values(const char *option)
{
    static const char *const PAIRS[] = {"-p", "--parameters", "-r", "--parameters_raw"};
    static const char *const SINGLES[] = {
        "-f", "--parameters_file", "-y", "--parameters_yaml", "-b", "--parameters_base64",
        "-k", "--kernel", "-l", "--language", "--engine", "--autosave-cell-every", "--cwd",
        "--stdout-file", "--stderr-file", "--log-level", "--start-timeout", "--start_timeout",
        "--execution-timeout"};

    for (size_t i = 0; i < ARRAY_SIZE(PAIRS); i++)
        if (strcmp(option, PAIRS[i]) == 0)
            return 2;
    for (size_t i = 0; i < ARRAY_SIZE(SINGLES); i++)
        if (strcmp(option, SINGLES[i]) == 0)
            return 1;
    return 0;
}

/* The folder in which papermill was before `--cwd FOLDER` took it to `directory`; NULL if that
 * can't be told. Caller frees. */
static char *directory_before(const char *directory, const char *folder)
{
    size_t size = strlen(directory), suffix = strlen(folder);

    while (suffix > 1 && folder[suffix - 1] == '/')
        suffix--;
    if (folder[0] == '/' || suffix == 0 || size <= suffix + 1 ||
        directory[size - suffix - 1] != '/' ||
        strncmp(directory + size - suffix, folder, suffix) != 0)
        return NULL;
    return xstrndup(directory, size - suffix - 1);
}

/* papermill's input is the first argument that is no option; the output never counts. */
static void add_papermill_input(struct client_process *process, char *const *arguments,
                                size_t count, const char *directory, const char *started_in)
{
    AUTO_FREE char *before = NULL;
    const char *input = NULL;
    bool has_moved = false;

    for (size_t i = 0; i < count; i++) {
        const char *argument = arguments[i];

        if (argument[0] != '-' || strcmp(argument, "-") == 0) {
            input = input ? input : argument;
            continue;
        }
        has_moved = has_moved || strncmp(argument, "--cwd", 5) == 0;
        if (strcmp(argument, "--cwd") == 0 && i + 1 < count)
            before = directory_before(directory, arguments[i + 1]);
        else if (strncmp(argument, "--cwd=", 6) == 0)
            before = directory_before(directory, argument + 6);
        i += papermill_values(argument);
    }
    if (!input || !is_notebook(input) || (before && add_notebook(process, input, before)) ||
        (has_moved && started_in && add_notebook(process, input, started_in)))
        return;
    add_notebook(process, input, directory);
}

/* nbconvert and jupyter execute add the ending themselves. */
static bool add_without_ending(struct client_process *process, const char *argument,
                               const char *directory)
{
    AUTO_FREE char *completed = xasprintf("%s.ipynb", argument);

    return argument[0] != '-' && add_notebook(process, completed, directory);
}

void client_process_parse(const char *arguments, size_t size, const char *directory,
                          const char *started_in, struct client_process *ret_process)
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
    if (has_client(ret_process, "papermill")) {
        add_papermill_input(ret_process, list + program + 1, count - program - 1, directory,
                            started_in);
        return;
    }
    for (size_t i = program + 1; i < count; i++) {
        /* What follows --output is written, not run. */
        if (is_output_option(list[i - 1]))
            continue;
        if (is_notebook(list[i]))
            add_notebook(ret_process, list[i], directory);
        else if (has_client(ret_process, "nbconvert") || has_client(ret_process, "nbclient"))
            add_without_ending(ret_process, list[i], directory);
    }
}

/* $PWD of a process, as it was when the process began; NULL if unknown. Caller frees. */
static char *read_started_in(pid_t pid)
{
    AUTO_STRBUF environment = STRBUF_INIT;
    AUTO_FREE char *path = xasprintf("/proc/%ld/environ", (long)pid);
    struct error ignored = ERROR_INIT;
    const char *text;

    if (!file_read(path, MAX_COMMAND_LINE, &environment, &ignored))
        return NULL;
    text = strbuf_text(&environment);
    for (size_t at = 0; at < environment.size; at += strlen(text + at) + 1)
        if (strncmp(text + at, "PWD=/", 5) == 0)
            return xstrdup(text + at + 4);
    return NULL;
}

void client_process_read(pid_t pid, struct client_process *ret_process)
{
    AUTO_STRBUF arguments = STRBUF_INIT;
    AUTO_FREE char *path = xasprintf("/proc/%ld/cmdline", (long)pid);
    AUTO_FREE char *link = xasprintf("/proc/%ld/cwd", (long)pid);
    AUTO_FREE char *directory = xcalloc(1, 4097);
    AUTO_FREE char *started_in = read_started_in(pid);
    struct error ignored = ERROR_INIT;

    *ret_process = (struct client_process){0};
    if (pid <= 0 || !file_read(path, MAX_COMMAND_LINE, &arguments, &ignored))
        return;
    if (readlink(link, directory, 4096) < 0)
        directory[0] = '\0';
    client_process_parse(strbuf_text(&arguments), arguments.size, directory, started_in,
                         ret_process);
}

void client_process_release(struct client_process *process)
{
    for (size_t i = 0; i < process->notebook_count; i++)
        free(process->notebooks[i]);
    free(process->notebooks);
    free(process->name);
    *process = (struct client_process){0};
}
