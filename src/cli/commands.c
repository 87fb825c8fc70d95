/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands: the table of all commands.
 */
#include "cli/commands.h"

const struct command *const commands[] = {
    &command_init,      &command_install,
    &command_uninstall, &command_kernel,
    &command_run,       &command_import,
    &command_mv,        &command_rm,
    &command_status,    &command_ls,
    &command_log,       &command_show,
    &command_cat,       &command_export,
    &command_restore,   &command_diff,
    &command_grep,      &command_runs,
    &command_ps,        &command_doctor,
    &command_help,      NULL,
};
