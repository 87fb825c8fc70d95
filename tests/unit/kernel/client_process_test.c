/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_process: which client and which notebook a command line tells (J-90).
 */
#include "kernel/client_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "tap.h"

static char folder[] = "/tmp/rscn-client-process-XXXXXX";

static void make_file(const char *name)
{
    AUTO_FREE char *path = path_join(folder, name);
    FILE *file = fopen(path, "w");
    if (!file)
        bail_out("%s can't be made", path);
    fclose(file);
}

/* `line` has blanks between the arguments; `expected` names the files found, "" for none. */
static void check(const char *line, const char *directory, const char *client,
                  const char *expected)
{
    AUTO_FREE char *arguments = xstrdup(line);
    AUTO_FREE char *in = path_join(folder, directory);
    AUTO_FREE char *found = xstrdup("");
    struct client_process process;
    size_t size = strlen(arguments) + 1;
    for (size_t i = 0; i < size; i++)
        if (arguments[i] == ' ')
            arguments[i] = '\0';
    client_process_parse(arguments, size, in, folder, &process);
    is_str(process.name, client, "%s", line);
    for (size_t i = 0; i < process.notebook_count; i++) {
        char *both = xasprintf("%s%s%s", found, *found ? " " : "",
                               process.notebooks[i] + strlen(folder) + 1);
        free(found);
        found = both;
    }
    is_str(found, expected, "finds '%s'", expected);
    client_process_release(&process);
}

static void clean(void)
{
    static const char *const names[] = {"in.ipynb", "out.ipynb", "sub/in.ipynb", "sub", ""};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        AUTO_FREE char *path = path_join(folder, names[i]);
        if (remove(path) < 0)
            diag("%s stays", path);
    }
}

int main(void)
{
    if (!mkdtemp(folder))
        bail_out("no temporary folder");
    AUTO_FREE char *sub = path_join(folder, "sub");
    if (mkdir(sub, 0700) < 0)
        bail_out("no folder");
    make_file("in.ipynb");
    make_file("out.ipynb");
    make_file("sub/in.ipynb");
    check("python3 -m papermill in.ipynb out.ipynb", ".", "papermill", "in.ipynb");
    check("/usr/bin/papermill - out.ipynb", ".", "papermill", "");
    check("papermill s3://far/in.ipynb out.ipynb", ".", "papermill", "");
    check("papermill -p x out.ipynb -k rscn in.ipynb -", ".", "papermill", "in.ipynb");
    check("papermill in.ipynb out.ipynb --cwd sub", "sub", "papermill", "in.ipynb");
    check("papermill --cwd=sub/ out.ipynb in.ipynb", "sub", "papermill", "out.ipynb");
    check("papermill in.ipynb out.ipynb --cwd /nowhere", "sub", "papermill", "in.ipynb");
    check("jupyter nbconvert --execute in.ipynb --output out.ipynb", ".", "nbconvert", "in.ipynb");
    check("jupyter nbconvert --execute in", ".", "nbconvert", "in.ipynb");
    check("jupyter-execute sub/in", ".", "nbclient", "sub/in.ipynb");
    check("python -c code in", ".", "python", "");
    clean();
    return done_testing();
}
