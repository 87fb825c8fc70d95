/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn rm: hides a notebook or a cell; its history stays.
 */
#include <stdlib.h>
#include <string.h>

#include "base/person.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/writing.h"
#include "store/notebooks.h"

static const struct option options[] = {
    OPTION_STORE,
    OPTION_END,
};

static bool remove_it(const struct reading *writing, const char *key, const char *cell,
                      struct error *error)
{
    AUTO_FREE char *user = person_login();
    return writing_begin(writing, NULL, error) &&
           writing_end(writing, store_remove(writing->connection, key, cell, user, error), error);
}

static int remove_operands(const struct reading *writing, const struct call *call)
{
    struct error error = ERROR_INIT;
    const char *cell = call_operand(call, 1);
    AUTO_FREE char *key = NULL;
    int status = reading_notebook(writing, call_operand(call, 0), &key);
    if (status != STATUS_DONE)
        return status;
    AUTO_FREE char *name = store_notebook_name(writing->connection, key);
    if (!remove_it(writing, key, cell, &error))
        return report_error(&error);
    AUTO_FREE char *line =
        cell ? xasprintf("%s: cell %s is hidden; its history stays. A version or a run that has it "
                         "brings it back",
                         name, cell)
             : xasprintf("%s is hidden; its history stays. \"" PROGRAM_NAME
                         " import\" of its file, or running it, brings it back",
                         name);
    output_line(line);
    return STATUS_DONE;
}

static int run(const struct call *call)
{
    return writing_run(call, remove_operands);
}

const struct command command_rm = {
    .name = "rm",
    .operands = "NOTEBOOK [CELL]",
    .least_operands = 1,
    .most_operands = 2,
    .summary = "hide a notebook or a cell of the store",
    .description =
        "Hides a NOTEBOOK, or one CELL of it, from lists. Nothing that was recorded is deleted: "
        "versions, executions and outputs stay and can be asked for by name. Taking the notebook "
        "in again or running it brings it back. The file itself is not touched.\n",
    .examples = "  rscn rm scratch.ipynb\n"
                "  rscn rm tour.ipynb load\n",
    .options = options,
    .run = run,
};
