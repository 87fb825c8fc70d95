/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execution: one execute request from its arrival to its record. Owns every text that its record
 * points to. Made by the executor's thread, handed to the recorder's thread, freed there: it
 * belongs to one thread at a time.
 */
#ifndef RSCN_KERNEL_EXECUTION_H
#define RSCN_KERNEL_EXECUTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "engine/engine.h"
#include "store/store.h"

/* What a client asks for. Borrowed for the time of executor_execute. */
struct execute_request {
    const char *code;
    size_t size;
    bool silent, store_history, stop_on_error;
    bool allow_stdin;               /* a person is there */
    bool is_aborted;                /* withdrawn: only recorded, as CANCELED */
    bool has_followers;             /* more requests wait: records may share one commit */
    const json_t *user_expressions; /* object or NULL */
    const json_t *metadata;         /* cell metadata of the client, object or NULL */
    const json_t *arguments;        /* object or NULL: outrank all other parameters */
    const char *cell_name;          /* given by the caller, NULL */
    const char *client_session, *msg_id, *client_user;
    timestamp_us received_at;
};

/*
 * Who listens to an execution. All functions may be NULL. `done` is called exactly once, on the
 * executor's or the recorder's thread, after the record is committed (or could not be: then the
 * reply is an error reply), and ends the listener's life.
 */
struct execution_listener {
    void *context;
    void (*input)(void *context, const char *code, size_t size, json_int_t execution_count);
    /* `text` is the content as JSON text, borrowed: what is recorded is also what is sent. */
    void (*output)(void *context, const char *msg_type, const json_t *content, const char *text);
    void (*done)(void *context, const json_t *reply, const char *execution_id,
                 enum cell_state state);
};

#define EXECUTION_MAX_STEPS 4

struct execution {
    struct execution_record record;
    struct run_facts run; /* as they were when it ran: the recorder reads them on its own thread */
    struct execution_listener listener;
    json_t *reply;    /* content of the execute_reply; owned */
    bool is_answered; /* done was called: only the record is still owed */
    bool has_intent;  /* stands in the in-flight file */
    bool is_watched;  /* somebody is there and sees progress */
    size_t line;      /* number of the output that is the open line of progress, from 1; 0 = none */
    const char *line_last; /* what is left of it if nothing takes its place; NULL = what it says */
    struct execution_step steps[EXECUTION_MAX_STEPS];
    struct touched_objects touched; /* owned */
    struct execution_output *outputs; /* owned, contents too */
    size_t output_capacity;
    void **owned; /* texts to free */
    size_t owned_count;
    struct execution *next; /* in the recorder's lists */
};

struct execution *execution_new(const struct execute_request *request,
                                const struct execution_listener *listener);
/* NULL is fine. */
void execution_free(struct execution *execution);
/* Takes ownership of a text and gives it back as a borrowed one. */
const char *execution_own(struct execution *execution, char *text);
/* Appends the next transition. `reason` is borrowed for the execution's life, or NULL. */
void execution_step(struct execution *execution, enum cell_state to, timestamp_us at,
                    const char *reason);
/* Keeps an output for the record and shows it to the listener. */
void execution_output(struct execution *execution, const char *msg_type, const json_t *content);
/* For the record alone; for the listener alone. */
void execution_keep(struct execution *execution, const char *msg_type, const json_t *content);
void execution_publish(struct execution *execution, const char *msg_type, const json_t *content);
/* Output number `index` is to have this content in the record. */
void execution_keep_again(struct execution *execution, size_t index, const json_t *content);
/* Sets the end from an engine's outcome: state, effect, counts, error. Does not touch the reply. */
void execution_finish(struct execution *execution, const struct engine_outcome *outcome);
/* Takes over what the cell touched, for the record. */
void execution_take_touched(struct execution *execution, struct touched_objects *touched);
/* Ends it without an engine: FAILED, SKIPPED, CANCELED, ENGINE_ERROR … with ename and evalue (may
 * be NULL). */
void execution_end(struct execution *execution, enum cell_state state, const char *ename,
                   const char *evalue, const char *reason);
/* Builds the reply from the end; user_expressions may be NULL. Publishes the `error` output for a
 * failed one that is not silent. */
void execution_build_reply(struct execution *execution, json_t *user_expressions);
/* Calls done once. With `error`: the record could not be made, the client gets an error that says
 * so. */
void execution_answer(struct execution *execution, const struct error *error);

/* Answer a request that has no execution: with an error that is published too unless it is silent,
 * or as withdrawn. */
void execution_refuse(const struct execution_listener *listener, bool is_silent,
                      json_int_t execution_count, const char *ename, const char *evalue);
void execution_withdraw(const struct execution_listener *listener, json_int_t execution_count);

/* Content of an `error` message or of an error reply. New object. */
json_t *execution_error_content(const char *ename, const char *evalue, const json_t *traceback);

#endif
