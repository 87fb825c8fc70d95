/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help: the texts about the commands, all made from their tables: --help, the man pages and the
 * lists for completions and tests.
 */
#ifndef RSCN_CLI_HELP_H
#define RSCN_CLI_HELP_H

#include "base/strbuf.h"
#include "cli/command.h"

/* Prints what `rscn NAME --help` says. Returns the exit status. */
int help_command(const struct command *command);
/* Prints the overview of all commands. Returns the exit status. */
int help_overview(void);
/* Prints the man page (roff with man(7)'s macros) of a command, or of the whole program when
 * command is NULL. Returns the exit status. */
int help_man_page(const struct command *command);
/* Prints the options, one per line: letter, long name, value and help between tabs. Returns the
 * exit status. */
int help_list_options(const struct command *command);

/* Appends the synopsis behind `rscn NAME`: options with brackets and operands. */
void help_add_synopsis(struct strbuf *buffer, const struct command *command);

/* Texts about the whole program, in the form that command.h describes. */
struct help_section {
    const char *title; /* "ENVIRONMENT" */
    const char *text;
};
/* For rscn(1), after the list of commands; ends with a NULL title. */
extern const struct help_section help_sections[];
/* Exit statuses that all commands share, as a list. */
extern const char help_statuses[];
/* Environment of commands that use a store, and of those that use the pager, as lists. */
extern const char help_store_environment[];
extern const char help_pager_environment[];

#endif
