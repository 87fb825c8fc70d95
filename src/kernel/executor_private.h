/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executor_private: the executor's state, shared by executor.c (life, store, questions) and
 * executor_run.c (one request).
 */
#ifndef RSCN_KERNEL_EXECUTOR_PRIVATE_H
#define RSCN_KERNEL_EXECUTOR_PRIVATE_H

#include <pthread.h>

#include "kernel/cell_tracker.h"
#include "kernel/execution.h"
#include "kernel/executor.h"
#include "kernel/notebook_identity.h"
#include "kernel/notebook_watch.h"
#include "kernel/recorder.h"
#include "kernel/session_board.h"
#include "kernel/store_target.h"

enum once_verdict { ONCE_RUN, ONCE_SKIP, ONCE_REFUSE };

struct executor {
    char *store_option; /* --store or NULL */
    char *store_path;   /* decided at the first need */
    bool is_users_store;
    struct notebook_identity identity;
    bool is_headless;
    char *user, *user_claimed, *host;

    struct store *store; /* NULL while it can't be used */
    bool is_suspect;     /* an operation failed so that it should be opened anew */
    struct store_target *target;
    struct sqlite_engine *engine;
    struct engine_limits limits;
    struct recorder *recorder;
    struct notebook_watch *watch;
    struct session_board *board; /* NULL = nobody looks */
    struct cell_tracker *tracker;

    char *notebook;      /* key in the record, with the first cell */
    char *notebook_name; /* as found out at that time */
    struct run_facts run;
    bool is_run_decided; /* its notebook is known for good */
    /* the run of what the client asked silently before its first cell told the notebook, or NULL */
    char *early_notebook;
    char early_run_id[ULID_SIZE];
    json_t *run_parameters; /* what %param set in this run */
    char *parameters_text;
    json_t
        *open; /* per database with an open transaction of the user: ids of the executions in it */
    json_t *targets;   /* array of names whose facts this run has recorded */
    char *last_target; /* of the run before, until %use was said */
    bool is_use_said, is_last_target_known;
    bool has_recorded; /* something of this run went to the recorder */
    json_int_t execution_count;
    struct seen_requests *seen;

    /* the cell that runs */
    bool in_statements;
    bool past_first_line;
    enum engine_mode mode;
    enum once_verdict once;
    struct once_facts once_facts;
    atomic_bool is_interrupted;
    pthread_mutex_t mutex; /* guards what follows: other threads look at it */
    bool is_expected;      /* clients see a cell as running that the executor has yet to begin */
    bool is_running;
    struct execution *current; /* has its intent in the in-flight file */
};

/* What the store's target asks the executor; in executor_run.c. */
struct store_target_hooks executor_run_hooks(struct executor *executor);
/* Opens the store if it isn't, or isn't the same file any more. */
bool executor_open_store(struct executor *executor, struct error *error) NODISCARD;
/* After an error of the store: whether it must be opened anew. */
void executor_note_store_error(struct executor *executor, const struct error *error);
/* Parameters that the whole run was started with. */
void executor_add_run_parameters(struct executor *executor, const json_t *parameters);
/* Names the run; with the first cell. What was asked silently before has a run of its own, unless
 * its name is the same. */
bool executor_start_run(struct executor *executor, struct error *error) NODISCARD;

#endif
