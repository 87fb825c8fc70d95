/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: what every engine is given and gives back. An engine runs one cell at a time on one
 * thread and knows nothing of the store: where a cell of the store begins and ends is told to it by
 * the target's functions.
 */
#ifndef RSCN_ENGINE_ENGINE_H
#define RSCN_ENGINE_ENGINE_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/states.h"
#include "model/sql/touched_objects.h"

struct sqlite3;
struct sqlite_guard;

/* The database a cell runs on. */
struct engine_target {
    const char *
        name; /* "store", an absolute real path, ":memory:" or a file: URI: the JSON key `target` */
    const char *label; /* for messages: "the store (/p/rssd.db)", "shop.db" */
    bool is_store;
    struct sqlite3 *connection;
    struct sqlite_guard *guard; /* its authorizer */
    /* The store only, NULL elsewhere: take the lock and BEGIN IMMEDIATE (waits; ERROR_INTERRUPTED,
     * ERROR_CLOSING, ERROR_BUSY …); and undo everything since, keeping the lock. The commit is the
     * recorder's: it goes with the record (K-15, ARCHITECTURE.md). */
    bool (*write_begin)(void *context, struct error *error);
    void (*write_undo)(void *context);
    /* The store only: a cell that does not write is about to read the record, so what ran before it
     * has to be there. */
    void (*before_record_read)(void *context);
    void *context;
};

/* What a directive does with the database in use. */
enum engine_need {
    ENGINE_NEED_NOTHING, /* it may come before the database is settled */
    ENGINE_NEED_TARGET,
    ENGINE_NEED_WRITE, /* it may write there, as a statement does */
};

/* How far a statement is that takes longer than a second. */
struct engine_progress {
    enum { PROGRESS_RUNNING, PROGRESS_DONE, PROGRESS_STOPPED } stage;
    int64_t elapsed_us;
    uint64_t rows;                /* read so far */
    size_t statement, statements; /* number `statement` of `statements` in the cell */
};

/* Where the output of a running cell goes; called on the thread that runs the cell. */
struct engine_sink {
    void *context;
    /* A display: MIME bundle and metadata (may be NULL), both borrowed. */
    void (*display)(void *context, const json_t *data, const json_t *metadata);
    /* Text for "stdout" or "stderr". */
    void (*stream)(void *context, const char *name, const char *text);
    /* A `%…` line between statements, without its line end. False ends the cell as FAILED. */
    bool (*directive)(void *context, const char *line, size_t size, struct error *error);
    /* What such a line will need, known before anything runs; NULL = nothing. */
    enum engine_need (*need)(const char *line, size_t size);
    /* Called about twice a second during a long statement, and when it has ended and showed nothing
     * that takes the place of this. NULL: nobody watches. Must not touch the connection. */
    void (*progress)(void *context, const struct engine_progress *progress);
};

enum engine_mode {
    ENGINE_RUN,
    ENGINE_EXPLAIN, /* show each statement's query plan, run nothing */
    ENGINE_TIME,    /* run, and show what each statement took */
};

struct engine_limits {
    int64_t max_rows;  /* rows shown per result, -1 = all */
    int64_t max_width; /* characters shown of one text, -1 = all */
    size_t max_bytes;  /* shown output of the whole cell */
    int timeout_ms;    /* waiting for a database that another program has locked */
    bool with_times;   /* each statement's time is said below it */
};

struct engine_cell {
    const char *code;
    size_t size;
    size_t start; /* byte offset to begin at: what stands before was run by the caller (leading
                     directives) */
    const json_t *arguments; /* object: parameters that go before the session's; NULL = none.
                                Borrowed */
    bool needs_write; /* take the store's lock even if all statements only read (run-once cells) */
    enum engine_mode mode;
    bool is_quiet;    /* show nothing (silent executions still run) */
    const atomic_bool
        *is_interrupted; /* set by another thread; looked at between statements and while waiting */
    struct engine_limits limits;
};

enum engine_effect {
    EFFECT_NONE,      /* nothing changed, or all was undone */
    EFFECT_COMMITTED, /* everything the cell did is in (store: will be, with the record) */
    EFFECT_PARTIAL,   /* some statements took effect and stay */
    EFFECT_OPEN,      /* a transaction of the user is open at the end */
};
const char *
engine_effect_word(enum engine_effect effect); /* "none", "committed", "partial", "open" */

/* What became of the transaction that earlier cells left open. */
enum engine_earlier {
    EARLIER_NONE, /* there was none, or it is still open */
    EARLIER_COMMITTED,
    EARLIER_ROLLED_BACK,
};

/* How a cell ended. */
struct engine_outcome {
    enum cell_state state; /* EXECUTED, FAILED or INTERRUPTED */
    enum engine_effect effect;
    enum engine_earlier earlier;
    char *ename;        /* NULL unless failed or interrupted: "OperationalError", "IntegrityError",
                           "Interrupted" … owned */
    char *evalue;       /* one line, owned */
    json_t *traceback;  /* array of strings, owned */
    size_t statements;  /* that ran to their end */
    size_t failed_line; /* line of the cell of the failed statement, 0 = none */
    int64_t rows;       /* of all results together, counted as far as known */
    int64_t changes;    /* rows inserted, updated, deleted by the cell's statements */
    bool is_read_only;  /* no statement of the cell could write */
    bool in_write;      /* target->write_begin was called and succeeded: the lock is held */
    struct touched_objects touched; /* of the statements that ran, the failed one included */
    bool is_undone; /* target->write_undo was called: the caller begins a new transaction for the
                       record */
};
void engine_outcome_release(struct engine_outcome *outcome);

#endif
