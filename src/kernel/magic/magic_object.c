/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_object: %log TABLE: which text made or changed a table of the database in use.
 */
#include "kernel/magic/magic_call.h"

#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "kernel/executor.h"
#include "store/store.h"

static bool add_row(void *context, const json_t *object)
{
    struct result_table *table = context;
    static const char *const keys[] = {"user",   "notebook",       "cell",  "cell_version", "line",
                                       "action", "object_changes", "state", "effect", "text"};
    char started[TIMESTAMP_SIZE];

    magic_execution_started(object, started);
    magic_add_text(table, magic_execution_id(object));
    magic_add_text(table, started[0] ? started : NULL);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        magic_add_json(table, json_object_get(object, keys[i]));
    return true;
}

static void say_unmade(const struct magic_call *call, const struct object_filter *filter)
{
    AUTO_FREE char *text =
        xasprintf("%s: no recorded execution made it in %s%s\n", filter->name,
                  strcmp(filter->target, "store") == 0 ? "the " : "", filter->target);

    call->sink->stream(call->sink->context, "stdout", text);
}

bool magic_object_log(struct magic_call *call, struct store_connection *connection,
                      const char *name, int64_t limit, struct error *error)
{
    static const char *const columns[] = {"execution", "started", "user",   "notebook",
                                          "cell",      "version", "line",   "action",
                                          "rows",      "state",   "effect", "text"};
    const struct engine_target *target = sqlite_engine_target(executor_engine(call->executor));
    struct object_filter filter = {.name = name, .target = "store", .limit = limit};
    bool is_made;

    if (target)
        filter.target = target->name;
    filter.is_temporary = strncasecmp(name, "temp.", 5) == 0;
    if (filter.is_temporary || strncasecmp(name, "main.", 5) == 0)
        filter.name += 5;
    if (!store_object_known(connection, &filter, error) ||
        !store_object_is_made(connection, &filter, &is_made, error))
        return false;
    struct result_table *table = result_table_new();
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
        result_table_add_column(table, columns[i], NULL);
    bool done = store_object_log(connection, &filter, add_row, table, error);
    if (done && !is_made)
        say_unmade(call, &filter);
    if (done)
        magic_show_table(call, table);
    result_table_free(table);
    return done;
}
