/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn init: makes a store for a folder.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/report.h"
#include "store/store.h"

static const struct option options[] = {
    OPTION_END,
};

static int run(const struct call *call)
{
    struct error error = ERROR_INIT;
    const char *directory = call_operand(call, 0);
    AUTO_FREE char *path = NULL;
    output_start(false);
    if (!store_init(directory ? directory : ".", &path, &error))
        return error.code == ERROR_EXISTS ? report(STATUS_NOT_DONE, "%s", error.message)
                                          : report_store_error(&error);
    output_text("Made the store ");
    output_stored(path, strlen(path));
    output_text("\n");
    return output_finish(STATUS_DONE);
}

const struct command command_init = {
    .name = "init",
    .operands = "[DIR]",
    .most_operands = 1,
    .summary = "make a store for a folder",
    .description =
        "Makes the store `rssd.db`, readable by its owner alone, in the folder DIR, or in the "
        "working directory. The folder is made if it is missing. All notebooks in it and below it "
        "are recorded there from now on.\n"
        "A store that is there already is left as it is, and so is any other file of that name; "
        "the exit status is then 1 or 3.\n",
    .examples = "  rscn init ~/projects/sales\n",
    .options = options,
    .run = run,
};
