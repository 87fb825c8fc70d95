/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernelspec: the folder through which Jupyter finds a kernel (J-77 to J-85, BD-35 to BD-39).
 */
#ifndef RSCN_CLI_KERNELSPEC_H
#define RSCN_CLI_KERNELSPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "cli/command.h"

#define KERNELSPEC_NAME "rscn"
#define KERNELSPEC_DISPLAY_NAME "SQL (rscn)"

/* --user, --prefix P, --sys-prefix and --name N, which install and uninstall share. */
#define OPTIONS_KERNELSPEC                                                                         \
    {0,     "user",                                                                                \
     NULL,  "For this user: `$JUPYTER_DATA_DIR`, else `~/.local/share/jupyter`. The default.",     \
     false, false,                                                                                 \
     false},                                                                                       \
        {0, "prefix", "P", "Below this folder: `P/share/jupyter`.", false, false, false},          \
        {0,     "sys-prefix",                                                                      \
         NULL,  "In the active environment: `$VIRTUAL_ENV`, else `$CONDA_PREFIX`.",                \
         false, false,                                                                             \
         false},                                                                                   \
    {                                                                                              \
        0, "name", "N", "The kernel's name for Jupyter; `rscn` if not given.", false, false, false \
    }

/* The folder that the call's options name, DATA/kernels/NAME. Returns STATUS_DONE, or the status
 * after the message. Caller frees *ret_folder. */
int kernelspec_folder(const struct call *call, char **ret_folder);

/* What lies in a kernel's folder. */
enum kernelspec_kind {
    KERNELSPEC_NONE,   /* no folder, or an empty one */
    KERNELSPEC_OURS,   /* starts `rscn kernel` */
    KERNELSPEC_OTHERS, /* another program's, or unreadable */
};
/* *ret_program (may be NULL) gets argv[0] of one of ours, which the caller frees, else NULL. */
enum kernelspec_kind kernelspec_look(const char *folder, char **ret_program);

struct kernelspec {
    const char *program; /* absolute path of rscn */
    const char *display_name;
    const char *store; /* absolute path for --store, or NULL */
};
/* Writes kernel.json and the logos into the folder, which is made if missing. Files of the spec
 * that was there before are removed first. */
bool kernelspec_write(const char *folder, const struct kernelspec *spec,
                      struct error *error) NODISCARD;
/* Removes the files of a spec and the folder. False with an error when something is left. */
bool kernelspec_remove(const char *folder, struct error *error) NODISCARD;

/* The folders named `kernels` in Jupyter's order of search, each once (J-81); NULL-terminated.
 * Caller frees with kernelspec_places_free. */
char **kernelspec_places(void);
void kernelspec_places_free(char **places);

/* The logos, made from kernelspec/ by the build. */
struct logo {
    const char *name;
    const unsigned char *bytes;
    size_t size;
};
extern const struct logo logos[];
extern const size_t logos_count;

#endif
