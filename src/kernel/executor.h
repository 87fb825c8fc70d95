/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executor: runs execute requests one after the other: who is it, on which database, run, record.
 * Server and headless runs both use it; it knows no socket.
 *
 * Used by one thread, except executor_interrupt and executor_abandon.
 */
#ifndef RSCN_KERNEL_EXECUTOR_H
#define RSCN_KERNEL_EXECUTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/ident.h"
#include "base/timestamp.h"
#include "engine/engine.h"
#include "engine/sqlite_engine.h"
#include "store/store.h"

struct executor;
struct execution;
struct recorder;
struct session_board;

struct executor_options {
    const char *store;           /* --store or NULL */
    const char *jupyter_session; /* of the connection file, NULL */
    const char *notebook;        /* name given by the caller (headless), NULL = found out */
    const char *directory;       /* given by the caller (headless), NULL = found out */
    const char *client;          /* name given by the caller, NULL = found out */
};
struct executor *executor_new(const struct executor_options *options);
/* The recorder that ends every execution; before the first request. The executor frees it. */
void executor_set_recorder(struct executor *executor, struct recorder *recorder);
/* Where others are told which store, notebook and database it is; borrowed, before the first
 * request. */
void executor_set_board(struct executor *executor, struct session_board *board);
/* Ends the recorder and the run, closes databases and the store. NULL is fine. */
void executor_free(struct executor *executor);

/* Line for the banner: where the store is, as far as known now. Caller frees. */
char *executor_banner(const struct executor *executor);

/* --- for the magics --- */
struct sqlite_engine *executor_engine(struct executor *executor);
struct engine_limits *
executor_limits(struct executor *executor); /* %set changes them; they hold for the session */
/* Opens the store if need be. NULL with an error while it can't be used. */
struct store_connection *executor_store_connection(struct executor *executor, struct error *error);
const char *
executor_notebook(const struct executor *executor); /* name, NULL before the first cell */
const char *executor_directory(
    const struct executor *executor); /* the notebook's folder, else the working directory */
const atomic_bool *executor_interrupted(const struct executor *executor);
/* %use was said: from now on writes go where the user said. */
void executor_note_use(struct executor *executor);
/* True while a statement of the cell ran already (then %use is refused). */
bool executor_in_statements(const struct executor *executor);
/* True when a line or statement of the cell ran already (then %cell comes too late). */
bool executor_past_first_line(const struct executor *executor);
/* %%explain, %%time: how this cell runs; false when another way was said before. Before the first
 * statement. */
bool executor_set_mode(struct executor *executor, enum engine_mode mode) NODISCARD;
/* True for a cell that runs once by its name. */
bool executor_is_once(const struct executor *executor);
/* %param: a JSON scalar, NULL removes; also recorded with the run. */
void executor_set_parameter(struct executor *executor, const char *name, const json_t *value);
/* For %info: object of facts (notebook, identified_by, run, client, store, database, user, host,
 * version, execution_count). Caller decrefs. */
json_t *executor_facts(struct executor *executor);

#endif
