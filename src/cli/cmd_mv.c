/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn mv: another name for a notebook of the store.
 */
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/writing.h"
#include "store/notebooks.h"

static const struct option options[] = {
    OPTION_STORE,
    OPTION_END,
};

/* The path that the new name stands for: into a folder that is there under the old base name, as
 * mv(1) does. Caller frees. */
static char *new_path(const char *old_name, const char *text)
{
    if (!path_is_directory(text))
        return xstrdup(text);
    AUTO_FREE char *base = path_base(old_name);
    return path_join(text, base);
}

static bool rename_notebook(const struct reading *writing, const char *key, const char *new_name,
                            struct error *error)
{
    return writing_begin(writing, NULL, error) &&
           writing_end(writing, store_rename_notebook(writing->connection, key, new_name, error),
                       error);
}

static int move(const struct reading *writing, const struct call *call)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *key = NULL;
    int status = reading_notebook(writing, call_operand(call, 0), &key);
    if (status != STATUS_DONE)
        return status;
    AUTO_FREE char *old_name = store_notebook_name(writing->connection, key);
    AUTO_FREE char *path = new_path(old_name, call_operand(call, 1));
    AUTO_FREE char *new_name = stored_name(writing, path);
    if (strcmp(old_name, new_name) == 0)
        return report(STATUS_NOT_DONE, "%s: that is its name already; nothing was changed",
                      new_name);
    if (!rename_notebook(writing, key, new_name, &error))
        return report_error(&error);
    AUTO_FREE char *line = xasprintf("%s is now %s", old_name, new_name);
    output_line(line);
    AUTO_FREE char *old_path = path_join(store_directory(writing->store), old_name);
    AUTO_FREE char *named_path = path_join(store_directory(writing->store), new_name);
    if (path_is_file(old_path) && !path_exists(named_path)) {
        AUTO_FREE char *note = xasprintf(
            "The file is still %s: move it too, or it will be another notebook", old_path);
        output_line(note);
    }
    return STATUS_DONE;
}

static int run(const struct call *call)
{
    return writing_run(call, move);
}

const struct command command_mv = {
    .name = "mv",
    .operands = "NOTEBOOK NEW",
    .least_operands = 2,
    .most_operands = 2,
    .summary = "give a notebook of the store another name",
    .description =
        "Renames a NOTEBOOK in the store, with all its versions and executions. NEW is a path from "
        "the working directory, and stands in the store as the path from the store's folder; in a "
        "folder that is there the notebook keeps its base name.\n"
        "The file itself is not touched: this is for a file that was moved, when `rscn import` or "
        "a kernel could not see that it was (they do when its content is the same, or most of its "
        "cells are). A name that another notebook has is refused.\n",
    .examples = "  mv a.ipynb report.ipynb && rscn mv a.ipynb report.ipynb\n",
    .options = options,
    .run = run,
};
