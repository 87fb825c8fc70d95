/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn log: what ran, newest first; of one notebook its versions too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/log_object.h"
#include "cli/log_versions.h"
#include "cli/present.h"
#include "cli/reading.h"
#include "cli/report.h"

static const struct option options[] = {
    {'n', "number", "N", "Show at most the N newest lines.", false, false, false},
    {0, "state", "STATE",
     "Show only executions that ended in this state: `executed`, `failed`, `interrupted`, "
     "`canceled`, `skipped` …; Jupyter's `ok`, `error` and `aborted` are understood.",
     false, false, false},
    {0, "since", "TIME",
     "Show only executions since then: `10m`, `2h`, `3d` or `1w` ago, `today`, `yesterday`, a date "
     "or a time like `2026-01-31 08:00` (local time without a zone).",
     false, false, false},
    {0, "all", NULL, "Show also silent executions: what clients ran for themselves.", false, false,
     false},
    {0, "object", "TABLE",
     "Show what made, changed or wrote this table, view, index or trigger instead, under its former "
     "names too; `temp.NAME` for a temporary one.",
     false, false, false},
    {0, "use", "FILE", "With --object: the database it is in; the store if not given.", false, false,
     false},
    {0, "action", "ACTION",
     "With --object: only what did this: `create`, `alter`, `drop`, `write` or `read`; `any` shows "
     "also what only read it.",
     false, false, false},
    {0, "versions", NULL,
     "With --json: print the versions of the notebook too, as objects with `version` and without "
     "`execution`.",
     false, false, false},
    {0, "executions", NULL, "Show no versions of the notebook, only what ran.", false, false, false},
    OPTION_JSON("Print one JSON object per line, with everything that is known."),
    OPTION_STORE,
    OPTION_END,
};

static const struct listing_column columns[] = {
    {"execution", "EXECUTION", false, false},
    {"started_at", "STARTED", false, false},
    {"notebook", "NOTEBOOK", false, true},
    {"cell", "CELL", false, true},
    {"cell_version", NULL, false, false},
    {"state", "STATE", false, false},
    {"duration_ms", "TIME", true, false},
    {"result", "RESULT", false, true},
    {"ended_at", NULL, false, false},
    {"target", NULL, false, false},
    {"run", NULL, false, false},
    {"client", NULL, false, false},
    {"user", NULL, false, false},
    {"host", NULL, false, false},
    {"code_hash", NULL, false, false},
    {"version", NULL, false, false},
};

struct log {
    struct listing *listing;       /* NULL with --json */
    struct log_versions *versions; /* NULL: executions only */
    const char *name;              /* present name of the notebook, when there are versions */
    int64_t left;                  /* rows that may still be shown; -1 = all */
    struct error error;            /* of the versions */
};

/* The error in short, else the reason of the end, else how many rows. Caller frees. */
static char *result_of(const json_t *object)
{
    const char *evalue = json_member_text(json_object_get(object, "error"), "evalue", NULL);
    const char *reason = json_member_text(object, "reason", NULL);
    json_int_t changes = json_member_integer(object, "changes", 0);
    json_int_t rows = json_member_integer(object, "rows", 0);
    if (evalue || reason)
        return xstrdup(evalue ? evalue : reason);
    if (changes > 0)
        return xasprintf("%lld row%s changed", (long long)changes, changes == 1 ? "" : "s");
    return rows > 0 ? xasprintf("%lld row%s", (long long)rows, rows == 1 ? "" : "s") : xstrdup("");
}

static void add_field(const struct log *log, const json_t *object, const char *key)
{
    bool is_result = strcmp(key, "result") == 0;
    AUTO_FREE char *text = is_result ? result_of(object) : present_member(object, key);
    enum output_style style;
    AUTO_FREE char *shown = present_execution_field(object, key, text, &style);
    listing_add_both(log->listing, text, shown, style);
}

static bool end_row(struct log *log)
{
    bool is_open = log->listing ? listing_end_row(log->listing) : !output_is_lost();
    log->left -= log->left > 0;
    return is_open && log->left != 0;
}

/* What a version has in the columns of executions. Caller frees. */
static char *version_field(const struct log *log, const json_t *version, const char *key)
{
    if (strcmp(key, "started_at") == 0)
        return present_member(version, "created_at");
    if (strcmp(key, "notebook") == 0)
        return xstrdup(log->name);
    if (strcmp(key, "result") == 0)
        return log_versions_summary(version);
    if (strcmp(key, "version") == 0 || strcmp(key, "user") == 0 || strcmp(key, "host") == 0)
        return present_member(version, key);
    return xstrdup("");
}

static bool add_version(struct log *log, const json_t *version)
{
    if (!log->listing) {
        output_json(version);
        return end_row(log);
    }
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        const char *key = columns[i].key;
        AUTO_FREE char *text = version_field(log, version, key);
        AUTO_FREE char *shown = strcmp(key, "started_at") == 0 ? present_time(text)
                                : strcmp(key, "execution") == 0
                                    ? xasprintf("@%lld", (long long)json_member_integer(
                                                             version, "version", 0))
                                    : xstrdup(text);
        listing_add_both(log->listing, text, shown,
                         strcmp(key, "result") == 0 ? STYLE_NOTE : STYLE_PLAIN);
    }
    return end_row(log);
}

/* Shows the versions that came at `since` or later (NULL: all that are left). False: no more rows. */
static bool add_versions(struct log *log, const char *since)
{
    json_t *version = NULL;
    while (log->versions) {
        if (!log_versions_next(log->versions, since, &version, &log->error))
            return false;
        if (!version)
            return true;
        bool is_open = add_version(log, version);
        json_decref(version);
        if (!is_open)
            return false;
    }
    return true;
}

static bool add_row(void *context, const json_t *object)
{
    struct log *log = context;
    const char *started_at = json_member_text(object, "started_at", NULL);
    if (started_at && !add_versions(log, started_at))
        return false;
    if (!log->listing) {
        output_json(object);
        return end_row(log);
    }
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
        add_field(log, object, columns[i].key);
    return end_row(log);
}

static int parse_number(const struct call *call, int64_t *ret_number)
{
    const char *text = call_option(call, "number");
    *ret_number = -1;
    if (!text)
        return STATUS_DONE;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end || number < 0)
        return report_usage(call->command, "-n %s is no number", text);
    *ret_number = number;
    return STATUS_DONE;
}

static int parse_filter(const struct call *call, struct log_filter *ret_filter)
{
    struct error error = ERROR_INIT;
    const char *state = call_option(call, "state");
    const char *since = call_option(call, "since");
    ret_filter->with_silent = call_option(call, "all") != NULL;
    ret_filter->has_state = state != NULL;
    int status = parse_number(call, &ret_filter->limit);
    if (status != STATUS_DONE)
        return status;
    if (state && !state_parse(state, &ret_filter->state))
        return report_usage(call->command,
                            "--state %s is none of executed, failed, interrupted, timed_out, "
                            "canceled, rejected, engine_error, skipped, unknown, rolled_back",
                            state);
    if (since && !timestamp_parse_since(since, timestamp_now(), &ret_filter->since, &error))
        return report_usage(call->command, "--since %s", error.message);
    return STATUS_DONE;
}

/* The cell's name or key must be one of the notebook's: a misspelt one has no empty log. */
static bool is_any(void *context, const json_t *object)
{
    (void)object;
    *(bool *)context = true;
    return false;
}

static int check_cell(const struct reading *reading, const char *notebook, const char *cell)
{
    struct error error = ERROR_INIT;
    bool is_found = false;
    if (!store_cat(reading->connection, notebook, cell, 0, is_any, &is_found, &error))
        return report_error(&error);
    return STATUS_DONE;
}

/* Whether versions stand among the executions. A reader of --json gets them when asked for alone:
 * its objects are executions. */
static bool wants_versions(const struct call *call)
{
    return call_operand(call, 0) && !call_operand(call, 1) && !call_option(call, "state") &&
           !call_option(call, "executions") &&
           (!call_option(call, "json") || call_option(call, "versions"));
}

static int parse_kinds(const struct call *call)
{
    bool with_versions = call_option(call, "versions") != NULL;
    if (call_option(call, "use") || call_option(call, "action"))
        return report_usage(call->command, "--use and --action go with --object TABLE");
    if (with_versions && (call_option(call, "executions") || call_option(call, "state")))
        return report_usage(call->command, "versions have no state and are no executions: leave "
                                           "--versions or --state and --executions out");
    if (with_versions && (!call_operand(call, 0) || call_operand(call, 1)))
        return report_usage(call->command, "--versions goes with one NOTEBOOK");
    return STATUS_DONE;
}

static int print_log(const struct reading *reading, const struct call *call,
                     const struct log_filter *filter)
{
    struct error error = ERROR_INIT;
    struct log log = {.left = filter->limit, .error = ERROR_INIT};
    AUTO_LOG_VERSIONS versions = LOG_VERSIONS_INIT;
    AUTO_FREE char *name = NULL;
    if (wants_versions(call)) {
        if (!log_versions_open(&versions, reading->connection, filter->notebook, filter->since,
                               &error))
            return report_error(&error);
        name = store_notebook_name(reading->connection, filter->notebook);
        log.versions = &versions;
        log.name = name;
    }
    output_start(true);
    if (!call_option(call, "json"))
        log.listing = listing_new(columns, ARRAY_SIZE(columns));
    bool is_done = store_log(reading->connection, filter, add_row, &log, &error);
    if (is_done && log.left != 0 && log.error.code == ERROR_NONE && !output_is_lost())
        add_versions(&log, NULL);
    if (log.listing)
        listing_finish(log.listing, "nothing recorded");
    if (log.error.code != ERROR_NONE)
        return output_finish(report_error(&log.error));
    return output_finish(is_done ? STATUS_DONE : report_error(&error));
}

static int run(const struct call *call)
{
    struct log_filter filter = {0};
    int status = parse_filter(call, &filter);
    if (status != STATUS_DONE)
        return status;
    if (call_option(call, "object"))
        return log_object_run(call, filter.limit);
    status = parse_kinds(call);
    if (status != STATUS_DONE)
        return status;
    AUTO_READING reading = READING_INIT;
    AUTO_FREE char *notebook = NULL;
    status = reading_open(&reading, call);
    if (status == STATUS_DONE && call_operand(call, 0))
        status = reading_notebook(&reading, call_operand(call, 0), &notebook);
    if (status == STATUS_DONE && call_operand(call, 1))
        status = check_cell(&reading, notebook, call_operand(call, 1));
    if (status != STATUS_DONE)
        return status;
    filter.notebook = notebook;
    filter.cell = call_operand(call, 1);
    return print_log(&reading, call, &filter);
}

const struct command command_log = {
    .name = "log",
    .operands = "[NOTEBOOK [CELL]]",
    .most_operands = 2,
    .summary = "list what ran and how a notebook changed, newest first",
    .description =
        "Lists the executions of the store, of one notebook or of one cell, newest first: the end "
        "of its id (which `rscn show` takes), when it started, the cell and which version of it "
        "ran, the state it ended in, how long it took, and its error or the reason of another end. "
        "Silent executions are left out without --all.\n"
        "The log of a NOTEBOOK has its versions in the same order of time: `@3` on a terminal; in a "
        "pipe a line whose `execution`, `cell` and `state` are empty and whose last field `version` "
        "has its number; its result says how it came and what changed. --executions leaves them out, "
        "as do CELL and --state. The objects of --json are executions alone without --versions; that "
        "of a version has `version`, `notebook`, `parent`, `created_at`, `origin`, `user`, `host`, "
        "`run`, `run_id`, `path`, `size`, `sha256`, `cells` and `changes` (an object of `added`, `deleted`, `moved`, "
        "`edited`, `type` and `outputs`: how many cells; null for the first version).\n"
        "The objects of --json have the members `execution`, `notebook`, `cell`, `cell_version`, "
        "`code_hash`, `kernel`, `engine`, `target` (the database), `state`, `reason`, "
        "`started_at`, `ended_at`, `duration_ms`, `execution_count`, `silent`, `client_session`, "
        "`msg_id`, `run`, `client`, `identified_by`, `outputs`, `user` and `host`. What is not "
        "known is null.\n"
        "With --object lists the statements that made, changed or wrote a table, whichever notebook "
        "they are in: who, when, on which line of which version of a cell, and how that ended; the "
        "objects of --json have `object`, `database`, `file`, `action`, `statement`, `line`, "
        "`columns`, `through` (the view, trigger, index or table it was reached by), `renamed_from`, "
        "`object_changes`, `effect` and `text` besides. When no recorded execution made it, that is said.\n"
        "Works on a store that is in use, and on a read-only one.\n",
    .examples = "  rscn log tour.ipynb -n 20\n"
                "  rscn log --object customer --action write\n"
                "  rscn log --state failed --since 2d\n"
                "  rscn log --json | jq -r 'select(.duration_ms > 1000) | .cell'\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
