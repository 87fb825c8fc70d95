/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_engine_state: the engine's inside, shared by sqlite_engine.c and sqlite_run.c only.
 */
#ifndef RSCN_ENGINE_SQLITE_ENGINE_STATE_H
#define RSCN_ENGINE_SQLITE_ENGINE_STATE_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/look/schema_snapshot.h"
#include "engine/sqlite_database.h"
#include "engine/sqlite_output.h"

struct run;

#define PARAMETERS_STALE UINT64_MAX /* temp.sqlite_parameters holds something else */

struct sqlite_engine {
    char *store_path;
    const struct engine_target *store; /* NULL while it can't be used */
    bool store_is_read_only;           /* `%use --readonly store` */
    uint64_t store_parameters_at;      /* as sqlite_database.parameters_at */
    struct sqlite_database *databases;
    struct sqlite_database *current; /* NULL = the store */
    json_t *parameters;
    uint64_t parameters_generation;
    struct schema_board *board;        /* where snapshots go, NULL = nobody looks */
    struct schema_snapshot *published; /* the newest on it, NULL = none of this engine */
    uint64_t published_parameters;     /* generation of the parameters in it */
    bool is_published_stale;           /* another database is in use, or its schema has changed */
    bool in_statements;                /* a statement of the cell ran: its target is settled */
    struct run *run;                   /* the cell that runs */
    struct sqlite_rows last; /* the last result that was shown; no table: none */
    pthread_mutex_t mutex;
    struct sqlite3 *running; /* under mutex: set while a statement of the user may be interrupted */
};

/* Brings temp.sqlite_parameters of the database up to date if it is not. */
bool sqlite_engine_sync_parameters(struct sqlite_engine *engine, const struct engine_target *target,
                                   const json_t *arguments, uint64_t *parameters_at,
                                   struct error *error) NODISCARD;

#endif
