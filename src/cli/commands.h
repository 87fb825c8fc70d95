/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands: the entry of each command, defined in cmd_NAME.c.
 */
#ifndef RSCN_CLI_COMMANDS_H
#define RSCN_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_cat;
extern const struct command command_diff;
extern const struct command command_doctor;
extern const struct command command_grep;
extern const struct command command_export;
extern const struct command command_help;
extern const struct command command_import;
extern const struct command command_init;
extern const struct command command_install;
extern const struct command command_kernel;
extern const struct command command_log;
extern const struct command command_ls;
extern const struct command command_mv;
extern const struct command command_ps;
extern const struct command command_restore;
extern const struct command command_rm;
extern const struct command command_run;
extern const struct command command_runs;
extern const struct command command_show;
extern const struct command command_status;
extern const struct command command_uninstall;

#endif
