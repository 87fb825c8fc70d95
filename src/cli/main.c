/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main: finds the command and calls it.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/report.h"
#include "cli/version.h"
#include "store/store.h"

/* A closed standard descriptor would be given to the next file that is opened: messages would go
 * into the store (J-242). */
static bool reopen_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDWR) != descriptor)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!reopen_standard_descriptors())
        return STATUS_NOT_DONE;
    /* A reader that goes away is noticed where it is written to; the record is still made. */
    signal(SIGPIPE, SIG_IGN);
    ident_init();
    log_init();
    store_prepare_process();
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name)
        return report(STATUS_USAGE, "no command given; \"" PROGRAM_NAME " help\" lists them");
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help_overview();
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return version_call(argc - 2, argv + 2);
    if (name[0] == '-')
        return report(STATUS_USAGE,
                      "%s: unknown option before the command; see \"" PROGRAM_NAME " help\"", name);
    const struct command *command = command_find(name);
    return command ? command_call(command, argc - 2, argv + 2) : command_unknown(name);
}
