/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: everything the rest of the program may do with the RSSD, and no SQL (ARCHITECTURE.md).
 *
 * A `struct store` is one store file as this process sees it: its path, its lock, its in-flight
 * file. It may be shared by threads. A `struct store_connection` is one SQLite connection with its
 * prepared statements and belongs to one thread at a time. All writing goes between store_begin and
 * store_release.
 *
 * Errors: ERROR_NOT_FOUND (no file), ERROR_DAMAGED, ERROR_NEWER, ERROR_UNSUPPORTED (G0, network
 * file system), ERROR_DENIED, ERROR_FULL, ERROR_BUSY, ERROR_IO, each with one line that names the
 * file and says what to do; nothing is overwritten. ERROR_INTERRUPTED when a wait was cancelled.
 */
#ifndef RSCN_STORE_STORE_H
#define RSCN_STORE_STORE_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/ident.h"
#include "base/timestamp.h"
#include "model/states.h"
#include "model/sql/touched_objects.h"

struct sqlite3;
struct store;
struct store_connection;

/* --- finding, making, opening ----------------------------------------------------------------- */

#define STORE_FILE_NAME "rssd.db"

/* `explicit_path` (--store, may be NULL), else RSCN_STORE, else the nearest rssd.db in
 * `start_directory` or above it, else the user's own. Caller frees *ret_path, an absolute path.
 * *ret_is_users is true for the user's own store, which is made on first use. */
bool store_locate(const char *explicit_path, const char *start_directory, char **ret_path,
                  bool *ret_is_users, struct error *error) NODISCARD;
/* Settings of SQLite for the whole process; before its first use, by the program. SQLite then does
 * not count its memory. */
void store_prepare_process(void);
/* Makes DIRECTORY/rssd.db (0600, folder made if missing). ERROR_EXISTS if a store is there already
 * (nothing changed), a clear error if another file is. */
bool store_init(const char *directory, char **ret_path, struct error *error) NODISCARD;

enum store_mode {
    STORE_LOOK,   /* look at what is there and change nothing: no lock, no recovery, no waiting */
    STORE_READ,   /* look only: works on a read-only medium (K-24) and beside running kernels;
                     recovers dead kernels' entries if it may write */
    STORE_WRITE,  /* the file must be there */
    STORE_CREATE, /* made when missing */
};
/* Opens, checks (SQLite file, our schema version, generation G1/G3 left alone: D-2, R-1; G0
 * refused), migrates under the lock, upserts kernel rows, recovers what dead kernels left in
 * flight. On a file of another tool in another journal mode switches to WAL before the first write.
 */
struct store *store_open(const char *path, enum store_mode mode, struct error *error) NODISCARD;
/* Closes in order: a TRUNCATE checkpoint if the lock is free at once and no other connection holds
 * it back. All connections must be closed. NULL is fine. */
void store_close(struct store *store);
const char *store_path(const struct store *store); /* real path */
const char *
store_directory(const struct store *store); /* its folder: notebook names are relative to it */
/* A line for the user when something about the file was noticed or done at open ("switched from
 * journal mode delete to WAL"), else NULL. */
const char *store_notice(const struct store *store);
/* False when the file at the path is no longer the one that was opened (removed or replaced): close
 * and open again. */
bool store_is_current(const struct store *store);

/* A connection of its own for a thread. For the user's cells, `handle` below; ulid() is registered,
 * foreign keys are on, busy_timeout is set (K-23), NO_CKPT_ON_CLOSE. */
struct store_connection *store_connect(struct store *store, struct error *error) NODISCARD;
void store_disconnect(struct store_connection *connection);
/* What runs on the connection ends with ERROR_INTERRUPTED when *is_stopped (borrowed) becomes true. */
void store_stop_when(struct store_connection *connection, const atomic_bool *is_stopped);
/* The one door: the SQLite handle, for the kernel's target on which the user's cells run. Borrowed.
 * From then on all checks and triggers stay on, before it is used. */
struct sqlite3 *store_connection_handle(struct store_connection *connection);
/* Finds what a failed operation was about when the cause may be outside (full disk, file gone,
 * permissions): refreshes nothing, only words. */

/* --- the lock (L-1) --------------------------------------------------------------------------- */

/* Who holds the lock, as far as it says so. */
struct store_holder {
    char name[200]; /* "kernel 1234 of alice (tour.ipynb)" */
    timestamp_us since;
};
struct store_waiter {
    const atomic_bool *is_cancelled; /* looked at when woken by store_wake; NULL = never */
    void (*on_wait)(
        void *context,
        const struct store_holder *holder); /* called once, after one second; NULL = not */
    void *context;
};
/* What others see as holder while this process holds the lock. Copied. */
void store_set_holder_name(struct store *store, const char *name);
/* Takes the lock (sleeping in the operating system, first come first served; between threads of
 * this process too), checks that the file is still ours, BEGIN IMMEDIATE. waiter may be NULL. */
bool store_begin(struct store_connection *connection, const struct store_waiter *waiter,
                 struct error *error) NODISCARD;
/* COMMIT; the lock stays. On failure everything is rolled back (K-7: whoever must know asks
 * store_has_execution). */
bool store_commit(struct store_connection *connection, struct error *error) NODISCARD;
/* ROLLBACK if a transaction is open; the lock stays. A new one may be begun with store_begin_again.
 */
void store_rollback(struct store_connection *connection);
bool store_begin_again(struct store_connection *connection, struct error *error) NODISCARD;
/* Gives the lock back, after a checkpoint if one is due. Rolls back what is open. */
void store_release(struct store_connection *connection);
/* Wakes all waiting threads of this process so that they look at is_cancelled. Any thread. */
void store_wake(struct store *store);

/* --- recording -------------------------------------------------------------------------------- */

struct execution_step {
    enum cell_state to;
    timestamp_us at;    /* 0 = not known */
    const char *reason; /* NULL = none */
};
struct execution_output {
    const char *msg_type;
    const char *content; /* JSON text */
    timestamp_us at;
};
/* What a run is; the row is made with the first execution of it. */
struct run_facts {
    char run_id[ULID_SIZE];
    const char *notebook;
    const char *client;     /* NULL = not known */
    const char *parameters; /* JSON object or NULL */
    const char *user;
    const char *host;
    int64_t pid;
    timestamp_us started_at;
};
/* Everything known about one execution. All texts are borrowed for the call. */
struct execution_record {
    char execution_id[ULID_SIZE];
    const struct run_facts *run;
    const char *cell_key;
    const char *cell_name;
    const char *nbformat_id; /* NULL = none */
    const char *kernel_id;   /* code_notebook_kernel_id, "SQL" */
    const char *code;
    size_t code_size;
    char code_hash[SHA256_HEX_SIZE];
    const char *arguments; /* JSON object or NULL */
    const char *engine, *engine_version, *target;
    /* at the target's first use in the run, else has_target_facts is false */
    bool has_target_facts;
    int64_t target_size;
    timestamp_us target_modified_at;
    const char *target_schema_hash;
    enum cell_state state;       /* the end; STATE_RUNNING only in the in-flight file */
    const char *reason, *effect; /* NULL = none, not known */
    int64_t rows, changes;       /* -1 = not known */
    const char *error;           /* JSON or NULL */
    const char *reply;           /* JSON or NULL */
    int64_t execution_count;     /* 0 = none */
    bool is_silent, in_history;
    bool effect_is_recorded; /* the effect is in the store, in the transaction of the record: no
                                record means no effect */
    const char *client_session, *msg_id, *client_user;
    const char *user, *user_claimed, *host;
    const char *identified_by;                      /* JSON array */
    const char *client_cell;                        /* JSON or NULL */
    timestamp_us received_at, started_at, ended_at; /* 0 = not known */
    bool outputs_complete;
    const struct execution_step *steps;
    size_t step_count;
    const struct touched_objects *touched; /* NULL = nothing */
    const struct execution_output *outputs;
    size_t output_count;
};
/* Inside store_begin … store_commit: run, cell, version, execution, steps, RSCN state rows,
 * outputs. ERROR_EXISTS when (client_session, msg_id) is recorded already. Gives the version
 * number. */
bool store_record(struct store_connection *connection, const struct execution_record *record,
                  int64_t *ret_version, struct error *error) NODISCARD;
/* An EXECUTED execution whose transaction on another database was rolled back later (its effect was
 * `open`): ROLLED_BACK is added to its transitions. Inside a transaction. */
bool store_roll_back(struct store_connection *connection, const char *execution_id, timestamp_us at,
                     const char *reason, struct error *error) NODISCARD;
/* Sets the end of a run, and its parameters (JSON object or NULL). Inside a transaction. */
bool store_end_run(struct store_connection *connection, const char *run_id, timestamp_us ended_at,
                   const char *parameters, struct error *error) NODISCARD;
bool store_has_execution(struct store_connection *connection, const char *execution_id);

/* --- the in-flight file (ARCHITECTURE.md) ---------------------------------------------------- */

/* One per kernel process, made on the first store_inflight_begin. Any thread. */
/* Writes the intent; not synced. */
bool store_inflight_begin(struct store *store, const struct execution_record *record,
                          struct error *error) NODISCARD;
/* Writes the true end (with outputs) of an execution that could not be recorded yet, and syncs if
 * asked. */
bool store_inflight_end(struct store *store, const struct execution_record *record, bool sync,
                        struct error *error) NODISCARD;
/* The execution is recorded: its entry is no longer needed. */
void store_inflight_done(struct store *store, const char *execution_id);
/* Whether the file has become so long that it should be emptied: that happens when nothing is open
 * any more, which with requests that always wait is never. */
bool store_inflight_is_long(struct store *store);
/* What runs now on all kernels of this store, for `rscn ps`: array of objects with execution,
 * notebook, cell, started_at, pid, host, user, client, target, code. Caller decrefs. */
json_t *store_running(struct store *store, struct error *error) NODISCARD;

/* --- questions -------------------------------------------------------------------------------- */

struct recorded_message {
    char execution_id[ULID_SIZE];
    char code_hash[SHA256_HEX_SIZE];
    char *reply; /* JSON or NULL; caller frees */
};
/* The execution of this request, if it was recorded. False and ERROR_NONE in error: none. */
bool store_find_message(struct store_connection *connection, const char *client_session,
                        const char *msg_id, struct recorded_message *ret_found,
                        struct error *error);

/* Whether any request of this client session was recorded; true when that can't be known. */
bool store_has_session(struct store_connection *connection, const char *client_session);

struct stored_cell {
    char *cell_key, *cell_name, *nbformat_id, *code;
    size_t code_size;
    int64_t last_run; /* number of the run that had it last; 0: none of the latest runs */
};
/* The cells of a notebook that the record knows with their newest code, in the order of the latest
 * run, in which those that it did not reach keep their place. Caller frees with store_cells_free.
 */
bool store_known_cells(struct store_connection *connection, const char *notebook,
                       struct stored_cell **ret_cells, size_t *ret_count,
                       struct error *error) NODISCARD;
void store_cells_free(struct stored_cell *cells, size_t count);

enum once_answer { ONCE_NEVER, ONCE_SAME_VERSION, ONCE_OTHER_VERSION };
struct once_facts {
    char execution_id[ULID_SIZE]; /* "" if the row was written by another tool */
    char executed_at[TIMESTAMP_SIZE];
    int64_t executed_version; /* number of the version that is EXECUTED */
    int64_t this_version;     /* number that this text has or would get */
};
/* Whether a run-once cell was applied on `target`: EXECUTED state of byte-identical code of
 * (notebook, cell_name) on any row (R-6, R-52, R-53; rows of other tools count for the store). */
bool store_once(struct store_connection *connection, const char *notebook, const char *cell_name,
                const char *code, size_t code_size, const char *target,
                enum once_answer *ret_answer, struct once_facts *ret_facts,
                struct error *error) NODISCARD;
/* Target of the last execution of the notebook in a run other than `run_id` that was not silent and
 * ran; NULL if none. Caller frees. */
char *store_last_target(struct store_connection *connection, const char *notebook,
                        const char *run_id);
/* Stored `arguments` of the newest version of a cell, JSON text or NULL. Caller frees. */
char *store_cell_arguments(struct store_connection *connection, const char *notebook,
                           const char *cell_name);

struct history_request {
    enum { HISTORY_TAIL, HISTORY_RANGE, HISTORY_SEARCH } access;
    int64_t session; /* range: 0 = the run `run_id`, -1 = the one before … , > 0 as given (J-244) */
    int64_t start, stop; /* range: lines from start to before stop; stop < 0 = to the end */
    int64_t n;           /* tail, search: at most n, the newest */
    const char *pattern; /* search: * and ? */
    bool unique, output;
    const char *run_id, *notebook;
};
/* Array of [session, line, input] or [session, line, [input, output]], oldest first. Tail and
 * search look at all runs of the notebook's store. Caller decrefs. */
json_t *store_history(struct store_connection *connection, const struct history_request *request,
                      struct error *error) NODISCARD;

/* Objects below have the keys of rscn(1). Each callback gets a borrowed object and returns
 * false to stop. */
typedef bool (*store_row)(void *context, const json_t *object);

struct log_filter {
    const char *notebook; /* stored name or NULL */
    const char *cell;     /* cell name or key, or NULL */
    int64_t limit;        /* -1 = all */
    bool has_state;
    enum cell_state state;
    timestamp_us since; /* 0 = no limit */
    bool with_silent;
};
/* Executions, newest first: the keys that other programs rely on (doc: rscn-log), and rows, changes
 * and error (object or null). */
bool store_log(struct store_connection *connection, const struct log_filter *filter, store_row row,
               void *context, struct error *error) NODISCARD;
struct object_filter {
    const char *name;   /* table, view, index or trigger; its former names are followed */
    const char *target; /* database it is in: store, a real path, :memory: */
    bool is_temporary;  /* one of the connection's own, not of the database */
    bool has_action;
    enum object_action action;
    bool with_reads; /* without has_action: also what only read it */
    int64_t limit;   /* -1 = all */
};
/* What touched an object, newest first: objects of store_log with object, database, file, action,
 * statement, line, columns, through, renamed_from, object_changes, effect (what is left of it), and
 * text (the line of the code that the statement begins on). */
bool store_object_log(struct store_connection *connection, const struct object_filter *filter,
                      store_row row, void *context, struct error *error) NODISCARD;
/* Whether a recorded execution made it, under this name or a former one: the one that is there now, or
 * that was there last. What was taken back does not count. */
bool store_object_is_made(struct store_connection *connection, const struct object_filter *filter,
                          bool *ret_made, struct error *error) NODISCARD;
/* False with ERROR_NOT_FOUND and near names when no recorded execution touched it. */
bool store_object_known(struct store_connection *connection, const struct object_filter *filter,
                        struct error *error) NODISCARD;
/* `text`: ULID, unique end of at least 6 characters, or -1 for the last one, -2 … ERROR_NOT_FOUND,
 * ERROR_INVALID (ambiguous: names some). */
bool store_resolve_execution(struct store_connection *connection, const char *text,
                             char ret_id[ULID_SIZE], struct error *error) NODISCARD;
/* One execution with code, arguments, transitions, outputs (as nbformat outputs), objects, effect, rows,
 * changes, error, user_claimed … Caller decrefs. */
json_t *store_execution(struct store_connection *connection, const char *execution_id,
                        struct error *error) NODISCARD;
/* `text`: a path from `directory`, a present name, a former one, or a unique base name. *ret_key is
 * what the functions here take; caller frees. ERROR_NOT_FOUND with near names. */
bool store_resolve_notebook(struct store_connection *connection, const char *text,
                            const char *directory, char **ret_key, struct error *error) NODISCARD;
/* Per notebook: notebook (present name), cells, versions, executions, runs, file_versions (0 = no file
 * was taken in), last_at, last_state. Removed notebooks and soft-deleted rows are hidden. Also
 * notebooks that only plain SQL inserted. */
bool store_notebooks(struct store_connection *connection, store_row row, void *context,
                     struct error *error) NODISCARD;
/* Per cell of a notebook, in order: cell, cell_key, kernel, versions (distinct code), executions,
 * last_at, last_state, last_execution, code (newest). */
bool store_cells(struct store_connection *connection, const char *notebook, store_row row,
                 void *context, struct error *error) NODISCARD;
/* Newest code, or version `version` (0 = newest), of one cell (name or key) or of all cells in
 * order (cell NULL): objects with cell, cell_key, cell_version, kernel, code, code_hash, arguments.
 * ERROR_NOT_FOUND with near names. */
bool store_cat(struct store_connection *connection, const char *notebook, const char *cell,
               int64_t version, store_row row, void *context, struct error *error) NODISCARD;
/* Runs, newest first (notebook NULL = all): notebook, run, started_at, ended_at, client, user,
 * host, parameters, executions, states (object of state to count). */
bool store_runs(struct store_connection *connection, const char *notebook, store_row row,
                void *context, struct error *error) NODISCARD;
/* The cells that a run (its number within the notebook) executed, in the order in which they were
 * first executed, silent executions left out: objects with cell_key, execution (the last one) and
 * executions (how many). */
bool store_run_cells(struct store_connection *connection, const char *notebook, int64_t run,
                     store_row row, void *context, struct error *error) NODISCARD;
/* For `doctor` and `--version --verbose`: path, schema_version, schema_changed
 * (numbers of applied schema files that are others in this program, null: none), journal_mode,
 * sqlite_version, generation ("rscn", "G1", "G3"), size_bytes, wal_bytes, executions, notebooks, integrity ("ok" or
 * what quick_check said, if asked). Caller decrefs. */
json_t *store_facts(struct store_connection *connection, bool check_integrity,
                    struct error *error) NODISCARD;

#endif
