/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_transactions: see open_transactions.h. The list is a JSON object: database to array of ids.
 */
#include "kernel/open_transactions.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "kernel/executor_private.h"

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

void open_transactions_note(struct executor *executor, const struct execution *execution,
                            enum engine_effect effect)
{
    const struct execution_record *record = &execution->record;
    json_t *open = executor->open;

    if (record->effect_is_recorded)
        return;
    if (effect != EFFECT_OPEN && json_object_get(open, record->target)) {
        recorder_flush(executor->recorder); /* all of them have settled */
        forget_database(executor, record->target);
    } else if (effect == EFFECT_OPEN && record->state == STATE_EXECUTED) {
        if (!json_object_get(open, record->target))
            json_object_set_new(open, record->target, json_array());
        json_array_append_new(json_object_get(open, record->target),
                              json_string(record->execution_id));
    }
}

void open_transactions_settle(struct store *store, const struct execution *execution)
{
    struct execution_record kept = execution->record;
    struct error error = ERROR_INIT;

    if (kept.state != STATE_EXECUTED || !kept.effect ||
        strcmp(kept.effect, engine_effect_word(EFFECT_OPEN)) != 0) {
        store_inflight_done(store, kept.execution_id);
        return;
    }
    kept.output_count = 0; /* they are in the record */
    if (!store_inflight_end(store, &kept, false, &error))
        log_warning("%s", error.message);
}

bool open_transactions_end(struct executor *executor, struct store_connection *connection,
                           struct error *error)
{
    const char *target;
    json_t *executions, *id;
    size_t i;

    json_object_foreach(executor->open, target, executions)
    {
        AUTO_FREE char *reason =
            xasprintf("the kernel ended with the transaction on %s open", target);

        json_array_foreach(executions, i, id)
        {
            if (!store_roll_back(connection, json_string_value(id), timestamp_now(), reason, error))
                return false;
        }
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
