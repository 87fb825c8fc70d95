/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn install: makes the kernel known to Jupyter.
 */
#include <string.h>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/kernelspec.h"
#include "cli/output.h"
#include "cli/programs.h"
#include "cli/report.h"

static const struct option options[] = {
    OPTIONS_KERNELSPEC,
    {0, "display-name", "D", "What front ends show; \"SQL (rscn)\" if not given.", false, false,
     false},
    {0, "store", "FILE", "The kernel always uses this store.", false, false, false},
    {0, "replace", NULL, "Put it in the place of another program's kernel of the same name.", false,
     false, false},
    OPTION_END,
};

/* What front ends show: two kernels must not look the same. Caller frees. */
static char *display_name(const struct call *call)
{
    const char *display = call_option(call, "display-name");
    const char *name = call_option(call, "name");
    if (display)
        return xstrdup(display);
    return name && strcmp(name, KERNELSPEC_NAME) != 0 ? xasprintf("SQL (%s)", name)
                                                      : xstrdup(KERNELSPEC_DISPLAY_NAME);
}

static int run(const struct call *call)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *folder = NULL;
    int status = kernelspec_folder(call, &folder);
    if (status != STATUS_DONE)
        return status;
    AUTO_FREE char *name = display_name(call);
    if (!name[0])
        return report_usage(call->command, "--display-name is empty");
    AUTO_FREE char *program = program_self();
    if (!program)
        return report(STATUS_NOT_DONE, "install: the system does not say where this program is; "
                                       "mount /proc");
    if (kernelspec_look(folder, NULL) == KERNELSPEC_OTHERS && !call_option(call, "replace"))
        return report(STATUS_NOT_DONE,
                      "%s: a kernel of another program is there; --name gives ours another name, "
                      "--replace puts ours in its place",
                      folder);
    const char *store = call_option(call, "store");
    AUTO_FREE char *store_path = store ? path_resolve(store) : NULL;
    const struct kernelspec spec = {.program = program, .display_name = name, .store = store_path};
    if (!kernelspec_write(folder, &spec, &error))
        return report(STATUS_NOT_DONE, "%s", error.message);
    output_start(false);
    output_format("Installed the kernel \"%s\" in ", name);
    output_stored(folder, strlen(folder));
    output_text("\n");
    return output_finish(STATUS_DONE);
}

const struct command command_install = {
    .name = "install",
    .operands = "",
    .summary = "make the kernel known to Jupyter",
    .description =
        "Writes a kernelspec: a folder `kernels/rscn` with `kernel.json` and the logos, through "
        "which Jupyter finds the kernel and shows it as \"SQL (rscn)\". The kernelspec names this "
        "program by its present path: install again after moving it. A kernelspec of ours that is "
        "there is written anew, one of another program only with --replace.\n"
        "With --name and --store several kernels can stand side by side, each with a store of its "
        "own.\n",
    .examples = "  rscn install --user\n"
                "  rscn install --sys-prefix --name audit --store /srv/audit/rssd.db\n",
    .options = options,
    .run = run,
};
