/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn help: the overview or one command's text; hidden: man pages and lists for the build, the
 * completions and the tests.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/report.h"

static const struct option options[] = {
    {0, "man", "NAME", "Print the man page of the command, or of `rscn`.", false, false, true},
    {0, "list-commands", NULL, "Print the names of all commands.", false, false, true},
    {0, "list-options", "COMMAND", "Print the options of the command.", false, false, true},
    OPTION_END,
};

static int list_commands(void)
{
    output_start(false);
    for (size_t i = 0; commands[i]; i++)
        output_format("%s\n", commands[i]->name);
    return output_finish(STATUS_DONE);
}

static int run(const struct call *call)
{
    const char *man = call_option(call, "man");
    const char *listed = call_option(call, "list-options");
    const char *name = call_operand(call, 0);
    if (call_option(call, "list-commands"))
        return list_commands();
    if (man && strcmp(man, PROGRAM_NAME) == 0)
        return help_man_page(NULL);
    name = man ? man : listed ? listed : name;
    if (!name)
        return help_overview();
    const struct command *command = command_find(name);
    if (!command)
        return command_unknown(name);
    return man      ? help_man_page(command)
           : listed ? help_list_options(command)
                    : help_command(command);
}

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .most_operands = 1,
    .summary = "say what the commands do",
    .description = "Without an argument lists all commands; with one says what that command does "
                   "and which options it has, as `rscn COMMAND --help` does.\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
