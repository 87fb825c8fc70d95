/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn ps: what runs now on all kernels of the store.
 */
#include <string.h>

#include "base/json_util.h"
#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/present.h"
#include "cli/reading.h"
#include "cli/report.h"

static const struct option options[] = {
    OPTION_JSON("Print one JSON object per line."),
    OPTION_STORE,
    OPTION_END,
};

static const struct listing_column columns[] = {
    {"execution", "EXECUTION", false, false},
    {"started_at", "SINCE", true, false},
    {"pid", "PID", true, false},
    {"notebook", "NOTEBOOK", false, true},
    {"cell", "CELL", false, true},
    {"target", "DATABASE", false, true},
    {"client", "CLIENT", false, true},
    {"user", "USER", false, true},
    {"host", NULL, false, false},
    {"code", "CODE", false, true},
};

/* How long it has been running. Caller frees. */
static char *time_since(const char *started_at)
{
    timestamp_us start;
    if (!timestamp_parse(started_at, &start))
        return xstrdup("");
    timestamp_us now = timestamp_now();
    return present_duration(now > start ? (double)(now - start) / 1000 : 0);
}

static void add_field(struct listing *listing, const json_t *object, const char *key)
{
    AUTO_FREE char *text = present_member(object, key);
    AUTO_FREE char *shown = NULL;
    if (strcmp(key, "execution") == 0)
        shown = xstrdup(present_short_id(text));
    else if (strcmp(key, "started_at") == 0)
        shown = time_since(text);
    else if (strcmp(key, "code") == 0)
        shown = present_first_line(text);
    listing_add_both(listing, text, shown ? shown : text, STYLE_PLAIN);
}

static int run(const struct call *call)
{
    AUTO_READING reading = READING_INIT;
    struct error error = ERROR_INIT;
    int status = reading_open(&reading, call);
    if (status != STATUS_DONE)
        return status;
    AUTO_JSON *running = store_running(reading.store, &error);
    if (!running)
        return report_error(&error);
    output_start(false);
    struct listing *listing =
        call_option(call, "json") ? NULL : listing_new(columns, ARRAY_SIZE(columns));
    size_t index;
    json_t *object;
    json_array_foreach(running, index, object)
    {
        if (!listing)
            output_json(object);
        for (size_t i = 0; listing && i < ARRAY_SIZE(columns); i++)
            add_field(listing, object, columns[i].key);
        if (listing ? !listing_end_row(listing) : output_is_lost())
            break;
    }
    if (listing)
        listing_finish(listing, "nothing runs");
    return output_finish(STATUS_DONE);
}

const struct command command_ps = {
    .name = "ps",
    .operands = "",
    .summary = "list what runs now on all kernels of the store",
    .description =
        "Lists the cells that run at this moment on any kernel that uses the store: since when, "
        "in which process, which notebook and cell, on which database, for whom, and the first "
        "line of the code. To end one, use the interrupt of its notebook, or `kill -INT PID`.\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
