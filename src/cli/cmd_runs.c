/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn runs: the runs of the store's notebooks.
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
    {"notebook", "NOTEBOOK", false, true},
    {"run", "RUN", true, false},
    {"started_at", "STARTED", false, false},
    {"ended_at", "TIME", true, false},
    {"client", "CLIENT", false, true},
    {"executions", "CELLS", true, false},
    {"states", "ENDED AS", false, true},
    {"user", "USER", false, true},
    {"host", NULL, false, false},
    {"parameters", "PARAMETERS", false, true},
};

/* How long the run took; "" while it goes on, or when its kernel was killed. Caller frees. */
static char *time_taken(const json_t *object)
{
    timestamp_us start, end;
    if (!timestamp_parse(json_member_text(object, "started_at", ""), &start) ||
        !timestamp_parse(json_member_text(object, "ended_at", ""), &end) || end < start)
        return xstrdup("");
    return present_duration((double)(end - start) / 1000);
}

static void add_field(struct listing *listing, const json_t *object, const char *key)
{
    AUTO_FREE char *text = present_member(object, key);
    AUTO_FREE char *shown = NULL;
    if (strcmp(key, "started_at") == 0)
        shown = present_time(text);
    else if (strcmp(key, "ended_at") == 0)
        shown = time_taken(object);
    else if (strcmp(key, "states") == 0)
        shown = present_states(json_object_get(object, key));
    else if (strcmp(key, "parameters") == 0 && strcmp(text, "{}") == 0)
        shown = xstrdup("");
    listing_add_both(listing, text, shown ? shown : text, STYLE_PLAIN);
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

static int run(const struct call *call)
{
    AUTO_READING reading = READING_INIT;
    AUTO_FREE char *notebook = NULL;
    struct error error = ERROR_INIT;
    int status = reading_open(&reading, call);
    if (status == STATUS_DONE && call_operand(call, 0))
        status = reading_notebook(&reading, call_operand(call, 0), &notebook);
    if (status != STATUS_DONE)
        return status;
    output_start(true);
    struct listing *listing =
        call_option(call, "json") ? NULL : listing_new(columns, ARRAY_SIZE(columns));
    bool is_done = store_runs(reading.connection, notebook, add_row, listing, &error);
    if (listing)
        listing_finish(listing, "no runs yet");
    return output_finish(is_done ? STATUS_DONE : report_error(&error));
}

const struct command command_runs = {
    .name = "runs",
    .operands = "[NOTEBOOK]",
    .most_operands = 1,
    .summary = "list the runs of notebooks, newest first",
    .description =
        "A run is everything that one kernel process executed for one notebook. Lists the runs of "
        "the store, or of one notebook: its number within the notebook, when it started and how "
        "long it took, the client (JupyterLab, nbconvert, papermill, console …), how many cells "
        "were executed and in which states they ended, and the parameters. A run without an end "
        "still goes on, or its kernel was killed.\n"
        "Works on a store that is in use, and on a read-only one.\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
