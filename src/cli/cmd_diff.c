/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn diff: what differs between two versions of a notebook, or between two of its runs.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/diff_print.h"
#include "cli/diff_runs.h"
#include "cli/diff_versions.h"
#include "cli/reading.h"
#include "cli/report.h"

#define MOST_DIGITS 9

static const struct option options[] = {
    {0, "from", "V", "The older version; the parent of the newer one if not given.", false, false,
     false},
    {0, "to", "V", "The newer version; the newest one if not given.", false, false, false},
    {0, "cell", "CELL", "Compare this cell alone, by its name or key.", false, false, false},
    {0, "runs", NULL,
     "Compare two runs instead, R1 with R2 (numbers as in `rscn runs`); the last two that executed "
     "something if none are given.",
     false, false, false},
    {0, "stat", NULL, "Print one line per cell and the summary, no lines of texts.", false, false,
     false},
    {'U', "unified", "N", "Show N lines around what differs instead of 3.", false, false, false},
    {0, "full", NULL, "Show differences of outputs and metadata whole instead of 40 lines of each.",
     false, false, false},
    OPTION_JSON("Print one JSON object."),
    OPTION_STORE,
    OPTION_END,
};

/* A number from 1, with or without @ before it. */
static bool parse_positive(const char *text, int64_t *ret_number)
{
    const char *digits = text[0] == '@' ? text + 1 : text;
    size_t size = strspn(digits, "0123456789");
    if (size == 0 || size > MOST_DIGITS || digits[size] || digits[0] == '0')
        return false;
    *ret_number = strtoll(digits, NULL, 10);
    return true;
}

/* A second operand must be another version of the same notebook. */
static int parse_second(const struct reading *reading, const struct call *call,
                        struct diff_versions_request *ret_request)
{
    AUTO_FREE char *notebook = NULL;
    int64_t named = 0;
    const char *text = call_operand(call, 1);
    if (call_operand(call, 2) || (text[0] != '@' && !strchr(text, '@')))
        return report_usage(call->command, "%s: no version of the notebook; runs go with --runs",
                            text);
    if (!ret_request->to || call_option(call, "from"))
        return report_usage(call->command,
                            "take NOTEBOOK@V NOTEBOOK@V or --from and --to, not both");
    ret_request->from = ret_request->to;
    if (parse_positive(text, &ret_request->to))
        return STATUS_DONE;
    int status = reading_notebook_version(reading, text, &notebook, &named);
    if (status != STATUS_DONE)
        return status == STATUS_NOT_DONE ? STATUS_USAGE : status;
    if (!named || strcmp(notebook, ret_request->notebook) != 0)
        return report_usage(call->command, "%s: no version of the same notebook", text);
    ret_request->to = named;
    return STATUS_DONE;
}

static int parse_versions(const struct reading *reading, const struct call *call, int64_t named,
                          struct diff_versions_request *ret_request)
{
    const char *from = call_option(call, "from");
    const char *to = call_option(call, "to");
    if (from && !parse_positive(from, &ret_request->from))
        return report_usage(call->command, "--from %s is no version; they count from 1", from);
    if (to && !parse_positive(to, &ret_request->to))
        return report_usage(call->command, "--to %s is no version; they count from 1", to);
    if (named && to)
        return report_usage(call->command, "take NOTEBOOK@V or --to V, not both");
    if (named)
        ret_request->to = named;
    return call_operand(call, 1) ? parse_second(reading, call, ret_request) : STATUS_DONE;
}

static int parse_runs(const struct call *call, int64_t named, struct diff_runs_request *ret_request)
{
    const char *from = call_operand(call, 1);
    const char *to = call_operand(call, 2);
    if (named || call_option(call, "from") || call_option(call, "to"))
        return report_usage(call->command, "take versions or --runs, not both");
    if (call_option(call, "stat"))
        return report_usage(call->command, "--stat goes with versions, not with --runs");
    if (from && !to)
        return report_usage(call->command, "--runs takes two runs or none");
    if (from && !parse_positive(from, &ret_request->from))
        return report_usage(call->command, "%s is no run; they count from 1", from);
    if (to && !parse_positive(to, &ret_request->to))
        return report_usage(call->command, "%s is no run; they count from 1", to);
    return STATUS_DONE;
}

static int parse_context(const struct call *call, size_t *ret_context)
{
    const char *text = call_option(call, "unified");
    int64_t number = 0;
    *ret_context = DIFF_CONTEXT;
    if (!text)
        return STATUS_DONE;
    if (strcmp(text, "0") != 0 && !parse_positive(text, &number))
        return report_usage(call->command, "-U %s is no number of lines", text);
    *ret_context = (size_t)number;
    return STATUS_DONE;
}

static int run_versions(const struct reading *reading, struct diff_versions_request *request,
                        const struct call *call)
{
    request->is_json = call_option(call, "json") != NULL;
    request->is_stat = call_option(call, "stat") != NULL;
    request->cell = call_option(call, "cell");
    request->most_outputs = call_option(call, "full") ? 0 : DIFF_OUTPUT_LINES;
    return diff_versions(reading, request);
}

static int run_runs(const struct reading *reading, struct diff_runs_request *request,
                    const struct call *call)
{
    request->is_json = call_option(call, "json") != NULL;
    request->cell = call_option(call, "cell");
    request->most_outputs = call_option(call, "full") ? 0 : DIFF_OUTPUT_LINES;
    return diff_runs(reading, request);
}

static int run(const struct call *call)
{
    struct diff_versions_request versions = {0};
    struct diff_runs_request runs = {0};
    AUTO_READING reading = READING_INIT;
    AUTO_FREE char *notebook = NULL;
    int64_t named = 0;
    size_t context;
    bool with_runs = call_option(call, "runs") != NULL;
    int status = reading_open(&reading, call);
    if (status == STATUS_DONE)
        status = reading_notebook_version(&reading, call_operand(call, 0), &notebook, &named);
    /* 1 says that something differs, and nothing else. */
    if (status == STATUS_NOT_DONE)
        return STATUS_USAGE;
    versions.notebook = runs.notebook = notebook;
    if (status == STATUS_DONE)
        status = parse_context(call, &context);
    if (status == STATUS_DONE)
        status = with_runs ? parse_runs(call, named, &runs)
                           : parse_versions(&reading, call, named, &versions);
    if (status != STATUS_DONE)
        return status;
    versions.context = runs.context = context;
    return with_runs ? run_runs(&reading, &runs, call) : run_versions(&reading, &versions, call);
}

const struct command command_diff = {
    .name = "diff",
    .operands = "NOTEBOOK[@V] [NOTEBOOK@W|R1 R2]",
    .least_operands = 1,
    .most_operands = 3,
    .summary = "show what differs between versions or runs of a notebook",
    .description =
        "Compares two versions of a notebook cell by cell: cells that were added, deleted, moved "
        "(those only that really changed their place among the others), edited, with the lines "
        "that "
        "differ, that became another type, or whose outputs in the file, metadata or attachments "
        "are "
        "others. The header of a cell says its name (and key), its place from and to, what "
        "happened to it, and where it came from: split from, merged from or copy of another cell. "
        "Without --from and --to it compares the newest version with the one it was made from; "
        "`NOTEBOOK@V` means `--to V`, `NOTEBOOK@V NOTEBOOK@W` from V to W.\n"
        "With --runs compares two runs: for each cell the code, arguments, database, engine "
        "version, "
        "state, rows and outputs of its last execution in both, and which cells ran in one of them "
        "only. Cells with the same code and other output come first. Times are shown and are no "
        "difference.\n"
        "Outputs are compared as content: execution counts, how the client cut a stream into "
        "pieces, "
        "the times of `%%time` and `%set timer on` are no difference, nor are the times in a cell's "
        "metadata at which a client ran it. What is no text is shown as "
        "its "
        "type, size and the beginning of its SHA-256.\n"
        "The object of --json has `notebook`, `from`, `to`, `metadata_differs` (the notebook's "
        "own), `cells` and `unchanged` (how many); each cell `cell_key`, `cell`, `changes`, `from` "
        "and `to` (its places), `from_type`, `to_type`, `lineage`, `source`, `outputs` and "
        "`metadata` (arrays of `change`, `line` and `text`). With --runs it has `notebook`, `from` "
        "and `to` (the runs), `cells` and `same` (how many); each cell `cell_key`, `cell`, `class` "
        "(`same-code-other-output`, `changed`, `only-from` or `only-to`), `differs`, `from` and "
        "`to` (its executions), `code` and `outputs`.\n"
        "The exit status is 0 when nothing differs, 1 when something does, and 2 or 3 when they "
        "can't be compared.\n",
    .examples = "  rscn diff tour.ipynb\n"
                "  rscn diff tour.ipynb --from 3 --to 7 --cell load\n"
                "  rscn diff tour.ipynb --runs\n"
                "  rscn diff report.ipynb --runs 12 15 --json | jq -r '.cells[].cell'\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
