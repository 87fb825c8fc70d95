/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_object: `rscn log --object`: which text made or changed a table, when, by whom, with what
 * result.
 */
#include "cli/log_object.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "cli/listing.h"
#include "cli/present.h"
#include "cli/reading.h"
#include "cli/report.h"

static const struct listing_column columns[] = {
    {"execution", "EXECUTION", false, false},
    {"started_at", "STARTED", false, false},
    {"user", "USER", false, true},
    {"notebook", "NOTEBOOK", false, true},
    {"cell", "CELL", false, true},
    {"cell_version", NULL, false, false},
    {"line", "LINE", true, false},
    {"action", "ACTION", false, false},
    {"object_changes", "ROWS", true, false},
    {"state", "STATE", false, false},
    {"effect", "EFFECT", false, false},
    {"object", NULL, false, false},
    {"through", NULL, false, false},
    {"renamed_from", NULL, false, false},
    {"text", "TEXT", false, true},
    {"columns", NULL, false, false},
};

static void add_field(struct listing *listing, const json_t *object, const char *key)
{
    AUTO_FREE char *text = present_member(object, key);
    enum output_style style;
    AUTO_FREE char *shown = present_execution_field(object, key, text, &style);

    listing_add_both(listing, text, shown, style);
}

static bool add_row(void *context, const json_t *object)
{
    struct listing *listing = context;

    if (!listing) {
        output_json(object);
        return !output_is_lost();
    }
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
        add_field(listing, object, columns[i].key);
    return listing_end_row(listing);
}

/* The database as the record names it. Caller frees. */
static char *target_of(const struct call *call, const struct reading *reading)
{
    const char *use = call_option(call, "use");

    if (!use || strcmp(use, "store") == 0)
        return xstrdup("store");
    if (strcmp(use, ":memory:") == 0)
        return xstrdup(use);
    char *path = path_resolve(use);
    AUTO_FREE char *store = path_resolve(store_path(reading->store));
    if (strcmp(path, store) != 0)
        return path;
    free(path);
    return xstrdup("store");
}

static int parse_filter(const struct call *call, struct object_filter *filter)
{
    const char *action = call_option(call, "action");
    const char *name = call_option(call, "object");

    if (call->operand_count > 0)
        return report_usage(call->command, "--object asks all notebooks; leave %s out",
                            call_operand(call, 0));
    filter->is_temporary = strncasecmp(name, "temp.", 5) == 0;
    filter->name = name;
    if (filter->is_temporary || strncasecmp(name, "main.", 5) == 0)
        filter->name += 5;
    filter->with_reads = action && strcasecmp(action, "any") == 0;
    filter->has_action = action && !filter->with_reads;
    if (filter->has_action && !object_action_parse(action, &filter->action))
        return report_usage(call->command,
                            "--action %s is none of create, alter, drop, write, read, any", action);
    return STATUS_DONE;
}

/* What the record does not know, it must not seem to know. */
static int tell_maker(const struct reading *reading, const struct object_filter *filter)
{
    struct error error = ERROR_INIT;
    bool is_made;

    if (!store_object_is_made(reading->connection, filter, &is_made, &error))
        return report_error(&error);
    if (!is_made)
        report(STATUS_DONE, "%s: no recorded execution made it in %s%s", filter->name,
               strcmp(filter->target, "store") == 0 ? "the " : "", filter->target);
    return STATUS_DONE;
}

int log_object_run(const struct call *call, int64_t limit)
{
    AUTO_READING reading = READING_INIT;
    struct object_filter filter = {.limit = limit};
    struct error error = ERROR_INIT;
    int status = parse_filter(call, &filter);

    if (status == STATUS_DONE)
        status = reading_open(&reading, call);
    if (status != STATUS_DONE)
        return status;
    AUTO_FREE char *target = target_of(call, &reading);
    filter.target = target;
    if (!store_object_known(reading.connection, &filter, &error))
        return report_error(&error);
    status = tell_maker(&reading, &filter);
    if (status != STATUS_DONE)
        return status;
    output_start(true);
    struct listing *listing =
        call_option(call, "json") ? NULL : listing_new(columns, ARRAY_SIZE(columns));
    bool is_done = store_object_log(reading.connection, &filter, add_row, listing, &error);
    if (listing)
        listing_finish(listing, "nothing of this kind recorded");
    return output_finish(is_done ? STATUS_DONE : report_error(&error));
}
