/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn uninstall: takes back what install did.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/kernelspec.h"
#include "cli/output.h"
#include "cli/report.h"

static const struct option options[] = {
    OPTIONS_KERNELSPEC,
    OPTION_END,
};

static int run(const struct call *call)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *folder = NULL;
    int status = kernelspec_folder(call, &folder);
    if (status != STATUS_DONE)
        return status;
    switch (kernelspec_look(folder, NULL)) {
    case KERNELSPEC_NONE:
        return report(
            STATUS_NOT_DONE,
            "%s: no kernel is installed there; \"rscn doctor\" shows where there are some", folder);
    case KERNELSPEC_OTHERS:
        return report(STATUS_NOT_DONE,
                      "%s: a kernel of another program; remove it with that program", folder);
    case KERNELSPEC_OURS:
        break;
    }
    if (!kernelspec_remove(folder, &error))
        return report(STATUS_NOT_DONE, "%s", error.message);
    output_start(false);
    output_text("Removed the kernel in ");
    output_stored(folder, strlen(folder));
    output_text("\n");
    return output_finish(STATUS_DONE);
}

const struct command command_uninstall = {
    .name = "uninstall",
    .operands = "",
    .summary = "remove the kernel from Jupyter",
    .description = "Removes the kernelspec that `rscn install` wrote with the same options. A "
                   "kernel of another program is never removed, and neither are this program and "
                   "any store.\n",
    .options = options,
    .run = run,
};
