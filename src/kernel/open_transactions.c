/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_transactions: see open_transactions.h. The list is a JSON object: database to array of ids.
 */
#include "kernel/open_transactions.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "kernel/executor_private.h"

#define OWED "\nowed" /* after a database's name: rolled back, but not yet in the record */

static void forget_database(struct executor *executor, const char *target)
{
    json_t *id;
    size_t i;

    json_array_foreach(json_object_get(executor->open, target), i, id)
    {
        store_inflight_done(executor->store, json_string_value(id));
    }
    json_object_del(executor->open, target);
}

/* ROLLED_BACK for the executions of one database, in a transaction of the store. */
static bool roll_back(struct store_connection *connection, const json_t *executions,
                      const char *reason, struct error *error)
{
    json_t *id;
    size_t i;

    json_array_foreach(executions, i, id)
    {
        if (!store_roll_back(connection, json_string_value(id), timestamp_now(), reason, error))
            return false;
    }
    return true;
}

/* False when the store could not be had: they stay in the in-flight file. */
static bool record_rolled_back(struct executor *executor, const struct execution_record *record)
{
    struct store_waiter waiter = {.is_cancelled = &executor->is_interrupted};
    struct error error = ERROR_INIT;
    AUTO_FREE char *reason =
        xasprintf("%s ended the transaction on %s", record->execution_id, record->target);
    bool done = false;

    store_target_own(executor->target, true);
    struct store_connection *connection = store_target_connection(executor->target);
    if (store_begin(connection, &waiter, &error)) {
        done = roll_back(connection, json_object_get(executor->open, record->target), reason,
                         &error) &&
               store_commit(connection, &error);
        store_release(connection);
    }
    store_target_own(executor->target, false);
    if (!done)
        log_info("that a transaction was rolled back is not recorded yet: %s", error.message);
    return done;
}

/* The executions of a transaction whose rollback is owed to the record: until the kernel ends, or
 * until the next open of the store after it died. */
static void keep_owed(struct executor *executor, const char *target)
{
    AUTO_FREE char *owed = xasprintf("%s" OWED, target);
    json_t *ids = json_object_get(executor->open, owed);

    if (ids)
        json_array_extend(ids, json_object_get(executor->open, target));
    else
        json_object_set(executor->open, owed, json_object_get(executor->open, target));
    json_object_del(executor->open, target);
}

static void end_earlier(struct executor *executor, const struct execution_record *record,
                        enum engine_earlier earlier)
{
    recorder_flush(executor->recorder); /* all of them have settled */
    if (earlier == EARLIER_ROLLED_BACK && !record_rolled_back(executor, record))
        keep_owed(executor, record->target);
    else
        forget_database(executor, record->target);
}

void open_transactions_note(struct executor *executor, const struct execution *execution,
                            const struct engine_outcome *outcome)
{
    const struct execution_record *record = &execution->record;
    json_t *open = executor->open;

    if (record->effect_is_recorded)
        return;
    if (outcome->earlier != EARLIER_NONE && json_object_get(open, record->target))
        end_earlier(executor, record, outcome->earlier);
    if (outcome->effect == EFFECT_OPEN && record->state == STATE_EXECUTED) {
        if (!json_object_get(open, record->target))
            json_object_set_new(open, record->target, json_array());
        json_array_append_new(json_object_get(open, record->target),
                              json_string(record->execution_id));
    }
}

bool open_transactions_is_in(const struct execution *execution)
{
    const struct execution_record *record = &execution->record;

    return record->state == STATE_EXECUTED && record->effect &&
           strcmp(record->effect, engine_effect_word(EFFECT_OPEN)) == 0;
}

void open_transactions_keep(struct store *store, const struct execution *execution)
{
    struct execution_record kept = execution->record;
    struct error error = ERROR_INIT;

    kept.output_count = 0; /* they are in the record */
    if (!store_inflight_end(store, &kept, false, &error))
        log_warning("%s", error.message);
}

bool open_transactions_end(struct executor *executor, struct store_connection *connection,
                           struct error *error)
{
    const char *target;
    json_t *executions;

    json_object_foreach(executor->open, target, executions)
    {
        const char *owed = strstr(target, OWED);
        AUTO_FREE char *reason =
            owed ? xasprintf("the transaction on %.*s was rolled back", (int)(owed - target),
                             target)
                 : xasprintf("the kernel ended with the transaction on %s open", target);

        if (!roll_back(connection, executions, reason, error))
            return false;
    }
    return true;
}

void open_transactions_forget(struct executor *executor)
{
    const char *target;
    json_t *executions;
    void *next;

    json_object_foreach_safe(executor->open, next, target, executions)
    {
        AUTO_FREE char *name = xstrdup(target);

        forget_database(executor, name);
    }
}
