/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_target: the store as the database that cells run on. The one door between engine and store:
 * here a cell of the store begins (lock, BEGIN IMMEDIATE), is undone, and is committed together
 * with its record.
 */
#ifndef RSCN_KERNEL_STORE_TARGET_H
#define RSCN_KERNEL_STORE_TARGET_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/engine.h"
#include "store/store.h"

struct execution;
struct store_target;

struct store_target_hooks {
    void *context;
    /* Before the lock is taken, and right after it: false with an error refuses the cell. */
    bool (*before_lock)(void *context, struct error *error);
    bool (*after_lock)(void *context, struct error *error);
    /* A cell that does not write is about to read the record. */
    void (*before_record_read)(void *context);
    /* The wait has lasted one second. */
    void (*on_wait)(void *context, const struct store_holder *holder);
    const atomic_bool *is_interrupted;
};

struct store_target *store_target_open(struct store *store, const struct store_target_hooks *hooks,
                                       struct error *error) NODISCARD;
/* NULL is fine. */
void store_target_close(struct store_target *target);
const struct engine_target *store_target_engine(const struct store_target *target);
/* The connection, for questions of ours. Only between store_target_own(target, true) and (target,
 * false). */
struct store_connection *store_target_connection(struct store_target *target);
void store_target_own(struct store_target *target, bool own);
/* A writing cell has ended: its record and its effect are committed together, then the lock is
 * given back after `answer` was called. is_undone: the effect was undone, only the record is
 * written. On failure nothing is committed and the lock is given back. */
bool store_target_commit(struct store_target *target, struct execution *execution, bool is_undone,
                         struct error *error) NODISCARD;

/* Tells the user of an execution who holds the store's lock and since when. */
void store_target_say_waiting(struct execution *execution, const struct store_holder *holder);

#endif
