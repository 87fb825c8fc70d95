/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version: rscn --version.
 */
#ifndef RSCN_CLI_VERSION_H
#define RSCN_CLI_VERSION_H

/* argc and argv begin after --version. Returns the exit status. */
int version_call(int argc, char **argv);

#endif
