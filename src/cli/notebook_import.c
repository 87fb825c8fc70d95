/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_import: what is ready is gathered without the lock, then written in one transaction that
 * ends before kernels would notice that they wait.
 */
#include "cli/notebook_import.h"

#include <stdlib.h>
#include <string.h>

#include "cli/writing.h"

/* Of one transaction; a notebook that is larger alone has one of its own. */
#define MOST_NOTEBOOKS 100
#define MOST_BYTES ((size_t)16 << 20)
#define MOST_HELD_US 200000
/* How long the first of a batch waits for others. */
#define GATHER_US 20000

struct entry {
    struct input_item *item;
    struct notebook_taken taken;
    bool is_taken;
};

struct notebook_import {
    struct import_options options;
    struct notebook_taker taker;
    struct input_pool *pool;
    struct import_totals totals;
    struct entry entries[MOST_NOTEBOOKS]; /* the batch */
    size_t count;
};

/* --- what became of them --------------------------------------------------------------------- */

static void refuse(struct input_item *item, const struct error *error)
{
    item->is_failed = true;
    error_copy(&item->error, error);
}

static void count_result(struct import_totals *totals, const struct entry *entry)
{
    if (entry->item->is_failed) {
        totals->refused++;
    } else if (!entry->is_taken || (entry->taken.is_unchanged && !entry->taken.renamed_from)) {
        totals->unchanged++;
    } else {
        totals->notebooks++;
        totals->added += entry->taken.is_new;
        totals->renamed += entry->taken.renamed_from != NULL;
        totals->cells += entry->taken.cells;
        totals->bytes_added += entry->taken.bytes_added;
    }
}

static void finish_entry(struct notebook_import *import, struct entry *entry)
{
    const struct import_result result = {
        .item = entry->item,
        .taken = entry->is_taken ? &entry->taken : NULL,
        .is_refused = entry->item->is_failed,
        .reason = entry->item->error.message,
    };
    count_result(&import->totals, entry);
    import->options.result(import->options.context, &result);
}

static void release_taken(struct entry *entry)
{
    if (entry->is_taken)
        notebook_taken_release(&entry->taken);
    entry->is_taken = false;
}

static void drop_entry(struct notebook_import *import, struct entry *entry)
{
    release_taken(entry);
    input_pool_return(import->pool, entry->item);
}

/* The batch is over. */
static void drop_entries(struct notebook_import *import, size_t first)
{
    for (size_t i = first; i < import->count; i++)
        drop_entry(import, &import->entries[i]);
    import->count = 0;
}

/* --- writing -------------------------------------------------------------------------------- */

static bool needs_writing(const struct entry *entry)
{
    return !entry->item->is_failed && !entry->item->is_unchanged;
}

/* What is wrong with one notebook, and not with the store. */
static bool is_about_notebook(const struct error *error)
{
    return error->code == ERROR_INVALID || error->code == ERROR_EXISTS ||
           error->code == ERROR_NOT_FOUND;
}

/* Takes in what is in the batch from `first` on, as far as the time goes. False when one could not
 * be taken in: *ret_end is its number then, else the first one that is left. */
static bool take_entries(struct notebook_import *import, size_t first, size_t *ret_end,
                         struct error *error)
{
    const int64_t until = monotonic_us() + MOST_HELD_US;
    bool has_any = false;
    size_t i = first;
    for (; i < import->count && !(has_any && monotonic_us() > until); i++) {
        struct entry *entry = &import->entries[i];
        *ret_end = i;
        if (!needs_writing(entry))
            continue;
        entry->is_taken =
            notebook_input_take(&entry->item->input, import->options.writing->connection,
                                ORIGIN_IMPORT, &import->taker, &entry->taken, error);
        if (!entry->is_taken)
            return false;
        has_any = true;
    }
    *ret_end = i;
    return true;
}

/* One transaction from `first` on; *ret_end is the first one that is left. One that can't be taken
 * in is refused and the others begin anew without it. False when the store can't go on. */
static bool write_transaction(struct notebook_import *import, size_t first, size_t *ret_end,
                              struct error *error)
{
    const struct reading *writing = import->options.writing;
    for (;;) {
        size_t end = first;
        if (!writing_begin(writing, import->options.is_interrupted, error))
            return false;
        bool is_taken = take_entries(import, first, &end, error);
        const bool is_refused = !is_taken && is_about_notebook(error);
        if (writing_end(writing, is_taken, error)) {
            *ret_end = end;
            return true;
        }
        for (size_t i = first; i < import->count; i++)
            release_taken(&import->entries[i]);
        if (!is_refused)
            return false;
        refuse(import->entries[end].item, error);
    }
}

static bool has_writing(const struct notebook_import *import, size_t first)
{
    for (size_t i = first; i < import->count; i++) {
        if (needs_writing(&import->entries[i]))
            return true;
    }
    return false;
}

static bool is_interrupted(const struct notebook_import *import, struct error *error)
{
    if (!atomic_load(import->options.is_interrupted))
        return false;
    error_set(error, ERROR_INTERRUPTED, "interrupted");
    return true;
}

static bool write_batch(struct notebook_import *import, struct error *error)
{
    size_t done = 0;
    bool can_go_on = !is_interrupted(import, error);
    while (can_go_on && done < import->count) {
        size_t end = import->count;
        can_go_on = !has_writing(import, done) || write_transaction(import, done, &end, error);
        for (; can_go_on && done < end; done++) {
            finish_entry(import, &import->entries[done]);
            drop_entry(import, &import->entries[done]);
        }
        can_go_on = can_go_on && (done == import->count || !is_interrupted(import, error));
    }
    drop_entries(import, done);
    return can_go_on;
}

/* --- gathering ------------------------------------------------------------------------------ */

static void check_strict(const struct notebook_import *import, struct input_item *item)
{
    struct error error = ERROR_INIT;
    if (item->is_failed || !import->options.is_strict || item->input.faults == 0)
        return;
    error_set(&error, ERROR_INVALID, "%s; mend it, or leave --strict out", item->input.first_fault);
    refuse(item, &error);
}

/* Waits for the next one and adds what comes with it. None: the end, or the store could not be
 * asked. */
static bool gather(struct notebook_import *import, struct error *error)
{
    int64_t timeout = -1;
    size_t bytes = 0;
    while (import->count < MOST_NOTEBOOKS && bytes < MOST_BYTES) {
        struct input_item *item = input_pool_next(import->pool, timeout);
        if (!item)
            break;
        if (item->is_store_failure) {
            error_copy(error, &item->error);
            input_pool_return(import->pool, item);
            drop_entries(import, 0);
            return false;
        }
        check_strict(import, item);
        bytes += item->input.size;
        import->entries[import->count++] = (struct entry){.item = item};
        timeout = GATHER_US;
    }
    return true;
}

/* --- the whole ------------------------------------------------------------------------------ */

struct notebook_import *notebook_import_new(const struct import_options *options,
                                            struct error *error)
{
    struct notebook_import *import = xcalloc(1, sizeof(*import));
    const struct input_pool_options pool = {
        .files = options->files,
        .store = options->writing->store,
        .jobs = options->jobs,
        .name = options->name,
        .check_all = options->is_strict,
    };
    import->options = *options;
    notebook_taker_init(&import->taker);
    if (store_expect_notebooks(options->writing->connection, error))
        import->pool = input_pool_start(&pool, error);
    if (import->pool)
        return import;
    notebook_import_free(import);
    return NULL;
}

bool notebook_import_run(struct notebook_import *import, struct import_totals *ret_totals,
                         struct error *error)
{
    const struct import_totals *totals = &import->totals;
    bool is_done = true;
    while (is_done &&
           totals->notebooks + totals->unchanged + totals->refused < import->options.files->count)
        is_done = gather(import, error) && write_batch(import, error);
    *ret_totals = *totals;
    return is_done;
}

void notebook_import_stop(void *context)
{
    struct notebook_import *import = context;
    input_pool_stop(import->pool);
    store_wake(import->options.writing->store);
}

void notebook_import_free(struct notebook_import *import)
{
    if (!import)
        return;
    input_pool_free(import->pool);
    notebook_taker_release(&import->taker);
    free(import);
}
