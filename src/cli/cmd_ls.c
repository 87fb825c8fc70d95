/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn ls: the notebooks of the store, or the cells of one.
 */
#include <string.h>

#include "base/json_util.h"
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

static const struct listing_column notebook_columns[] = {
    {"notebook", "NOTEBOOK", false, true}, {"cells", "CELLS", true, false},
    {"versions", "VERSIONS", true, false}, {"executions", "EXECUTIONS", true, false},
    {"runs", "RUNS", true, false},         {"last_at", "LAST RUN", false, false},
    {"last_state", "STATE", false, false},
};

static const struct listing_column cell_columns[] = {
    {"cell", "CELL", false, true},
    {"cell_key", NULL, false, false},
    {"kernel", "KERNEL", false, false},
    {"versions", "VERSIONS", true, false},
    {"executions", "EXECUTIONS", true, false},
    {"last_at", "LAST RUN", false, false},
    {"last_state", "STATE", false, false},
    {"last_execution", "EXECUTION", false, false},
    {"code", "CODE", false, true},
};

struct context {
    struct listing *listing; /* NULL with --json */
    const struct listing_column *columns;
    size_t count;
};

static void add_member(struct listing *listing, const json_t *object, const char *key)
{
    AUTO_FREE char *text = present_member(object, key);
    AUTO_FREE char *shown = NULL;
    enum output_style style = STYLE_PLAIN;
    if (strcmp(key, "last_at") == 0)
        shown = present_time(text);
    else if (strcmp(key, "last_execution") == 0)
        shown = xstrdup(present_short_id(text));
    else if (strcmp(key, "code") == 0)
        shown = present_first_line(text);
    else if (strcmp(key, "last_state") == 0)
        style = present_state_style(text);
    listing_add_both(listing, text, shown ? shown : text, style);
}

static bool add_row(void *context, const json_t *object)
{
    const struct context *rows = context;
    if (!rows->listing) {
        output_json(object);
        return !output_is_lost();
    }
    for (size_t i = 0; i < rows->count; i++)
        add_member(rows->listing, object, rows->columns[i].key);
    return listing_end_row(rows->listing);
}

static int run(const struct call *call)
{
    AUTO_READING reading = READING_INIT;
    AUTO_FREE char *notebook = NULL;
    int status = reading_open(&reading, call);
    if (status == STATUS_DONE && call_operand(call, 0))
        status = reading_notebook(&reading, call_operand(call, 0), &notebook);
    if (status != STATUS_DONE)
        return status;
    struct context context = {.columns = notebook ? cell_columns : notebook_columns,
                              .count = notebook ? ARRAY_SIZE(cell_columns)
                                                : ARRAY_SIZE(notebook_columns)};
    struct error error = ERROR_INIT;
    output_start(true);
    if (!call_option(call, "json"))
        context.listing = listing_new(context.columns, context.count);
    bool is_done = notebook ? store_cells(reading.connection, notebook, add_row, &context, &error)
                            : store_notebooks(reading.connection, add_row, &context, &error);
    if (context.listing)
        listing_finish(context.listing, notebook ? "no cells" : "no notebooks yet");
    return output_finish(is_done ? STATUS_DONE : report_error(&error));
}

const struct command command_ls = {
    .name = "ls",
    .operands = "[NOTEBOOK]",
    .most_operands = 1,
    .summary = "list the notebooks of the store, or the cells of one",
    .description =
        "Lists the notebooks that the record knows, with how many cells, versions of cells, "
        "executions and runs each has, and how the last execution ended. With a NOTEBOOK lists its "
        "cells in order, with the first line of their newest code. Notebooks and cells that "
        "another program put into the store are listed too.\n"
        "Works on a store that is in use, and on a read-only one.\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
