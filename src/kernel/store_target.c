/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/store_target.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "engine/sqlite_guard.h"
#include "kernel/execution.h"
#include "kernel/progress.h"

struct store_target {
    struct engine_target target;
    struct store_connection *connection;
    struct store *store;
    struct sqlite_guard *guard;
    struct store_target_hooks hooks;
    struct store_waiter waiter;
    char *label;
};

static bool write_begin(void *context, struct error *error)
{
    struct store_target *target = context;
    bool is_begun;

    sqlite_guard_own(target->guard, true);
    is_begun = target->hooks.before_lock(target->hooks.context, error) &&
               store_begin(target->connection, &target->waiter, error);
    if (is_begun && !target->hooks.after_lock(target->hooks.context, error)) {
        store_release(target->connection);
        is_begun = false;
    }
    sqlite_guard_own(target->guard, false);
    return is_begun;
}

static void write_undo(void *context)
{
    struct store_target *target = context;

    sqlite_guard_own(target->guard, true);
    store_rollback(target->connection);
    sqlite_guard_own(target->guard, false);
}

static void before_record_read(void *context)
{
    struct store_target *target = context;

    target->hooks.before_record_read(target->hooks.context);
}

struct store_target *store_target_open(struct store *store, const struct store_target_hooks *hooks,
                                       struct error *error)
{
    struct store_target *target = xcalloc(1, sizeof(*target));

    target->store = store;
    target->hooks = *hooks;
    target->waiter = (struct store_waiter){ .is_cancelled = hooks->is_interrupted,
                                            .on_wait = hooks->on_wait,
                                            .context = hooks->context };
    target->label = xasprintf("the store (%s)", store_path(store));
    target->connection = store_connect(store, error);
    if (target->connection)
        target->guard = sqlite_guard_install(store_connection_handle(target->connection),
                                             store_path(store), true, error);
    if (!target->guard) {
        store_target_close(target);
        return NULL;
    }
    target->target = (struct engine_target){
        .name = "store",
        .label = target->label,
        .is_store = true,
        .connection = store_connection_handle(target->connection),
        .guard = target->guard,
        .write_begin = write_begin,
        .write_undo = write_undo,
        .before_record_read = before_record_read,
        .context = target,
    };
    return target;
}

void store_target_close(struct store_target *target)
{
    if (!target)
        return;
    if (target->guard)
        sqlite_guard_own(target->guard, true);
    if (target->connection)
        store_disconnect(target->connection);
    sqlite_guard_free(target->guard);
    free(target->label);
    free(target);
}

const struct engine_target *store_target_engine(const struct store_target *target)
{
    return &target->target;
}

struct store_connection *store_target_connection(struct store_target *target)
{
    return target->connection;
}

void store_target_own(struct store_target *target, bool own)
{
    sqlite_guard_own(target->guard, own);
}

bool store_target_commit(struct store_target *target, struct execution *execution, bool is_undone,
                         struct error *error)
{
    struct store_connection *connection = target->connection;
    int64_t version;
    bool is_done;

    sqlite_guard_own(target->guard, true);
    is_done = (!is_undone || store_begin_again(connection, error)) &&
              store_record(connection, &execution->record, &version, error) &&
              store_commit(connection, error);
    if (!is_done) {
        store_rollback(connection);
        /* K-7: an error from COMMIT does not prove that nothing was committed. */
        is_done = store_has_execution(connection, execution->record.execution_id);
    }
    if (is_done) {
        store_inflight_done(target->store, execution->record.execution_id);
        execution_answer(execution, NULL);
    }
    store_release(connection);
    sqlite_guard_own(target->guard, false);
    return is_done;
}

void store_target_say_waiting(struct execution *execution, const struct store_holder *holder)
{
    char since[TIMESTAMP_SIZE];
    const char *name = holder->name[0] ? holder->name : "another process";
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *last = NULL;
    AUTO_JSON *content = NULL;

    timestamp_format_local(holder->since, since);
    text = xasprintf("waiting for the store: %s has been writing since %s\n", name, since);
    if (execution->is_watched) {
        last = xasprintf("waited for the store: %s had been writing since %s", name, since);
        text[strlen(text) - 1] = '\0';
        progress_say(execution, text, last);
        return;
    }
    content = json_pack("{s:s, s:s}", "name", "stderr", "text", text);
    execution_output(execution, "stream", content);
}
