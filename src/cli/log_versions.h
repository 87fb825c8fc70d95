/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_versions: the versions of a notebook for `rscn log`, each with what changed in it.
 */
#ifndef RSCN_CLI_LOG_VERSIONS_H
#define RSCN_CLI_LOG_VERSIONS_H

#include <jansson.h>

#include "store/notebooks.h"

struct log_versions {
    struct store_connection *connection;
    const char *notebook; /* key */
    json_t *rows;         /* objects of store_versions, newest first */
    size_t next;
    struct version_cells kept; /* of version kept_version: the parent of the one taken last */
    int64_t kept_version;      /* 0 = none */
};
#define LOG_VERSIONS_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, NULL, 0, {NULL, 0}, 0                                                          \
    }
#define AUTO_LOG_VERSIONS __attribute__((cleanup(log_versions_close))) struct log_versions

/* `notebook` is borrowed. Versions before `since` (0 = none) are left out. */
bool log_versions_open(struct log_versions *versions, struct store_connection *connection,
                       const char *notebook, timestamp_us since, struct error *error) NODISCARD;
void log_versions_close(struct log_versions *versions);
/* The newest version that was not given yet and came at `since` or later (RFC 3339; NULL = any):
 * an object of store_versions with `changes`, an object of words of model/notebook_diff and how
 * many cells, null for the first version. *ret_version NULL: there is none. Caller decrefs. */
bool log_versions_next(struct log_versions *versions, const char *since, json_t **ret_version,
                       struct error *error) NODISCARD;
/* "version 3, edit, 2 edited, 1 added, by bob". Caller frees. */
char *log_versions_summary(const json_t *version);

#endif
