/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writing: the store as the commands that change the record use it.
 */
#include "cli/writing.h"

#include <unistd.h>

#include "base/files.h"
#include "base/person.h"
#include "base/timestamp.h"
#include "cli/output.h"
#include "cli/report.h"

int writing_open(struct reading *writing, const struct call *call)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *path = NULL;
    bool is_users;
    if (!reading_locate(call, &path, &is_users, &error))
        return report_store_error(&error);
    writing->store = store_open(path, is_users ? STORE_CREATE : STORE_WRITE, &error);
    writing->connection = writing->store ? store_connect(writing->store, &error) : NULL;
    if (!writing->connection)
        return report_store_error(&error);
    reading_say_notice(writing);
    AUTO_FREE char *user = person_login();
    AUTO_FREE char *holder =
        xasprintf("rscn %s %ld of %s", call->command->name, (long)getpid(), user);
    store_set_holder_name(writing->store, holder);
    return STATUS_DONE;
}

int writing_run(const struct call *call,
                int (*work)(const struct reading *writing, const struct call *call))
{
    AUTO_READING writing = READING_INIT;
    output_start(false);
    int status = writing_open(&writing, call);
    if (status == STATUS_DONE)
        status = work(&writing, call);
    return output_finish(status);
}

static void say_waiting(void *context, const struct store_holder *holder)
{
    const struct reading *writing = context;
    char since[TIMESTAMP_SIZE] = "";
    if (holder->since)
        timestamp_format_local(holder->since, since);
    report(STATUS_DONE, "%s: waiting for its lock: held by %s%s%s", store_path(writing->store),
           holder->name[0] ? holder->name : "another process", since[0] ? " since " : "", since);
}

bool writing_begin(const struct reading *writing, const atomic_bool *is_cancelled,
                   struct error *error)
{
    const struct store_waiter waiter = {
        .is_cancelled = is_cancelled, .on_wait = say_waiting, .context = (void *)writing};
    return store_begin(writing->connection, &waiter, error);
}

bool writing_end(const struct reading *writing, bool is_done, struct error *error)
{
    bool is_committed = is_done && store_commit(writing->connection, error);
    store_release(writing->connection);
    return is_committed;
}

char *stored_name(const struct reading *reading, const char *path)
{
    AUTO_FREE char *resolved = path_resolve(path);
    return path_relative_inside(resolved, store_directory(reading->store));
}
