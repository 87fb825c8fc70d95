/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_database: a database of the user, opened by `%use` and kept open until the kernel ends.
 *
 * Nothing of ours is written into it: its journal mode, its settings and its checkpoints are the
 * user's.
 */
#ifndef RSCN_ENGINE_SQLITE_DATABASE_H
#define RSCN_ENGINE_SQLITE_DATABASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/sqlite_engine.h"

struct sqlite_database {
    struct engine_target target; /* name, label, connection, guard */
    char *path;                  /* real path, NULL for memory */
    dev_t device;
    ino_t inode;
    bool is_read_only;
    uint64_t parameters_at; /* generation of the parameters in temp.sqlite_parameters, 0 = none */
    unsigned rollbacks;     /* transactions that ended with a rollback, counted by SQLite's hook */
    struct sqlite_database *next;
    /* while a statement runs */
    struct schema_board *board; /* of those who look meanwhile; NULL = nobody */
    const atomic_bool *is_interrupted;
    int timeout_ms;
    int64_t waiting_since;
};

/* What a name given to %use stands for. */
struct sqlite_place {
    bool is_store;
    bool is_memory_default; /* ":memory:" */
    char *name;             /* engine_target.name, owned */
    char *open_name;        /* for sqlite3_open_v2, owned */
    char *path;             /* resolved path, NULL for memory, owned */
    char *given;            /* as the user said it, owned */
    bool create, read_only;
};
/* Only looks: a missing file is ERROR_NOT_FOUND with near names. The store's side files, folders
 * and devices are refused. */
bool sqlite_place_find(const char *name, const char *store_path, const struct use_options *options,
                       struct sqlite_place *ret_place, struct error *error) NODISCARD;
void sqlite_place_release(struct sqlite_place *place);

/* Opens it, waits for a lock of another program (ERROR_BUSY after options->timeout_ms,
 * ERROR_INTERRUPTED), checks that it is a database (ERROR_INVALID), installs guard, busy handler
 * and ulid(). NULL on failure. */
struct sqlite_database *sqlite_database_open(const struct sqlite_place *place,
                                             const char *store_path,
                                             const struct use_options *options,
                                             struct error *error) NODISCARD;
void sqlite_database_close(struct sqlite_database *database);

/* False when another file, or none, is at the path now: what is written would be lost. */
bool sqlite_database_is_current(const struct sqlite_database *database);
/* From now on waits for locks so long at most, or until *is_interrupted (may be NULL). Also takes
 * back what a PRAGMA busy_timeout changed. */
void sqlite_database_wait_with(struct sqlite_database *database, int timeout_ms,
                               const atomic_bool *is_interrupted);

/* Registers ulid(): a new id for each call. */
void sqlite_database_add_functions(struct sqlite3 *connection);

#endif
