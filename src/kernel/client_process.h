/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_process: what the command line of the process that started the kernel says (J-90): which
 * client it is, and which notebook files it names.
 */
#ifndef RSCN_KERNEL_CLIENT_PROCESS_H
#define RSCN_KERNEL_CLIENT_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

struct client_process {
    char *name; /* "nbconvert", "papermill", "JupyterLab", "console" …, else the script's name; NULL
                 */
    char **notebooks; /* absolute paths of existing .ipynb files on the command line, in order */
    size_t notebook_count;
};

/* Reads /proc/PID; everything empty when that can't be done. For papermill only the input file
 * counts. */
void client_process_read(pid_t pid, struct client_process *ret_process);
/* The same from an argument list and a working directory: for tests. `arguments` are NUL-terminated
 * one after the other. `started_in`: where the process was at its start, or NULL; papermill --cwd
 * leaves it before the kernel starts. */
void client_process_parse(const char *arguments, size_t size, const char *directory,
                          const char *started_in, struct client_process *ret_process);
void client_process_release(struct client_process *process);

#endif
