/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn show: everything about one execution, or a version of a notebook.
 */
#include <string.h>

#include "base/ident.h"
#include "base/json_util.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/present.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "cli/show_html.h"
#include "cli/show_version.h"
#include "model/output/nbformat_output.h"

#define INDENT "    "

static const struct option options[] = {
    OPTION_JSON("Print one JSON object, with all outputs."),
    {0, "html", NULL,
     "Print a page of its own for a browser, with tables and pictures. Nothing in it runs or is "
     "fetched.",
     false, false, false},
    OPTION_STORE,
    OPTION_END,
};

static void print_stored(const char *text)
{
    output_indented("", text, strlen(text));
}

/* `name  text` if there is a text. */
static void print_fact(const char *name, const char *text)
{
    if (!text || !text[0])
        return;
    output_style(STYLE_TITLE);
    output_format("%-12s", name);
    output_style(STYLE_PLAIN);
    print_stored(text);
}

static void print_member(const char *name, const json_t *execution, const char *key)
{
    AUTO_FREE char *text = present_member(execution, key);
    print_fact(name, text);
}

static void print_time(const char *name, const json_t *execution, const char *key)
{
    AUTO_FREE char *text = present_member(execution, key);
    AUTO_FREE char *shown = output_is_terminal() ? present_time(text) : xstrdup(text);
    print_fact(name, shown);
}

/* Words of an array with commas. Caller frees. */
static char *joined(const json_t *array)
{
    AUTO_STRBUF text = STRBUF_INIT;
    size_t index;
    json_t *word;
    json_array_foreach(array, index, word)
    {
        if (json_is_string(word))
            strbuf_addf(&text, "%s%s", text.size > 0 ? ", " : "", json_string_value(word));
    }
    return strbuf_take(&text);
}

static void print_what(const json_t *execution)
{
    AUTO_FREE char *cell = present_cell(execution);
    AUTO_FREE char *identified = joined(json_object_get(execution, "identified_by"));
    print_member("execution", execution, "execution");
    print_member("notebook", execution, "notebook");
    print_fact("cell", cell);
    print_fact("found by", identified);
    const char *state = json_member_text(execution, "state", "");
    output_style(STYLE_TITLE);
    output_format("%-12s", "state");
    output_style(STYLE_PLAIN);
    output_style(present_state_style(state));
    output_indented("", state, strlen(state));
    output_style(STYLE_PLAIN);
    print_member("reason", execution, "reason");
    print_member("effect", execution, "effect");
    print_member("rows", execution, "rows");
    print_member("changes", execution, "changes");
}

static void print_where(const json_t *execution)
{
    AUTO_FREE char *duration = present_duration_member(execution);
    AUTO_FREE char *run = present_member(execution, "run");
    AUTO_FREE char *client = present_member(execution, "client");
    AUTO_FREE char *user = present_member(execution, "user");
    AUTO_FREE char *host = present_member(execution, "host");
    AUTO_FREE char *engine = present_member(execution, "engine");
    AUTO_FREE char *version = present_member(execution, "engine_version");
    AUTO_FREE char *runs = xasprintf("%s%s%s", run, client[0] ? ", " : "", client);
    AUTO_FREE char *whom = xasprintf("%s%s%s", user, host[0] ? "@" : "", host);
    AUTO_FREE char *what = xasprintf("%s%s%s", engine, version[0] ? " " : "", version);
    print_time("started", execution, "started_at");
    print_time("ended", execution, "ended_at");
    print_fact("time", duration);
    print_member("database", execution, "target");
    print_fact("engine", what);
    print_fact("run", runs);
    print_fact("user", whom);
    print_member("claimed", execution, "user_claimed");
    print_member("arguments", execution, "arguments");
    print_member("code hash", execution, "code_hash");
    if (json_member_bool(execution, "silent", false))
        print_fact("silent", "yes");
    print_time("recovered", execution, "recovered_at");
}

static void print_heading(const char *text)
{
    output_text("\n");
    output_style(STYLE_TITLE);
    output_text(text);
    output_style(STYLE_PLAIN);
    output_text("\n");
}

static void print_transitions(const json_t *transitions)
{
    size_t index;
    json_t *step;
    if (json_array_size(transitions) > 0)
        print_heading("states");
    json_array_foreach(transitions, index, step)
    {
        AUTO_FREE char *at = present_member(step, "at");
        AUTO_FREE char *shown = output_is_terminal() ? present_time(at) : xstrdup(at);
        const char *reason = json_member_text(step, "reason", "");
        AUTO_FREE char *line =
            xasprintf("%-12s -> %-12s  %s%s%s", json_member_text(step, "from", ""),
                      json_member_text(step, "to", ""), shown, reason[0] ? "  " : "", reason);
        output_indented(INDENT, line, strlen(line));
    }
}

static void print_touched(const json_t *objects)
{
    size_t index, count = json_array_size(objects);
    json_t *object;
    if (count > 0)
        print_heading("touched");
    json_array_foreach(objects, index, object)
    {
        if (index == TOUCHED_SHOWN)
            break;
        AUTO_FREE char *line = present_touched(object);
        output_indented(INDENT, line, strlen(line));
    }
    if (count > TOUCHED_SHOWN) {
        AUTO_FREE char *line = xasprintf("and %zu more; --json has all", count - TOUCHED_SHOWN);
        output_indented(INDENT, line, strlen(line));
    }
}

/* The text of one output; without a text/plain the names of what is there. */
static void print_output(const json_t *output)
{
    const char *type = json_member_text(output, "output_type", "");
    AUTO_FREE char *text = nbformat_output_text(output);
    if (!text) {
        AUTO_STRBUF types = STRBUF_INIT;
        const char *name;
        json_t *value;
        json_object_foreach(json_object_get(output, "data"), name, value)
            strbuf_addf(&types, " %s", name);
        text = xasprintf("(%s:%s)", type, strbuf_text(&types));
    }
    bool is_error = strcmp(type, "error") == 0;
    if (is_error)
        output_style(STYLE_BAD);
    output_indented(INDENT, text, strlen(text));
    output_style(STYLE_PLAIN);
}

static void print_outputs(const json_t *execution)
{
    const json_t *outputs = json_object_get(execution, "outputs");
    size_t index;
    json_t *output;
    if (json_array_size(outputs) > 0)
        print_heading("outputs");
    json_array_foreach(outputs, index, output)
    {
        if (index > 0)
            output_text("\n");
        print_output(output);
    }
    /* Nothing said means complete. */
    if (json_is_false(json_object_get(execution, "outputs_complete")))
        output_text("\nSome outputs are lost: the kernel ended before they could be kept.\n");
}

static void print_execution(const json_t *execution)
{
    const json_t *code = json_object_get(execution, "code");
    print_what(execution);
    print_where(execution);
    if (json_is_string(code)) {
        print_heading("code");
        output_indented(INDENT, json_string_value(code), json_string_length(code));
    }
    print_transitions(json_object_get(execution, "transitions"));
    print_touched(json_object_get(execution, "objects"));
    print_outputs(execution);
}

static void print_page(const json_t *execution)
{
    AUTO_STRBUF page = STRBUF_INIT;
    show_html(&page, execution);
    output_bytes(strbuf_text(&page), page.size);
}

static int show_execution(const struct reading *reading, const struct call *call, const char *id)
{
    struct error error = ERROR_INIT;
    AUTO_JSON *execution = store_execution(reading->connection, id, &error);
    if (!execution)
        return report_error(&error);
    bool is_html = call_option(call, "html") != NULL;
    output_start(!is_html);
    if (call_option(call, "json"))
        output_json(execution);
    else if (is_html)
        print_page(execution);
    else
        print_execution(execution);
    return output_finish(STATUS_DONE);
}

/* Whether the text can only mean a notebook: ids are letters and digits. */
static bool is_notebook_name(const char *text)
{
    return strpbrk(text, "@./ ") != NULL;
}

static int run(const struct call *call)
{
    AUTO_READING reading = READING_INIT;
    AUTO_FREE char *notebook = NULL;
    AUTO_FREE char *directory = working_directory();
    struct error error = ERROR_INIT;
    char id[ULID_SIZE];
    int64_t version;
    const char *text = call_operand(call, 0);
    bool is_json = call_option(call, "json") != NULL;
    bool is_html = call_option(call, "html") != NULL;
    if (is_json && is_html)
        return report_usage(call->command, "take --json or --html, not both");
    int status = reading_open(&reading, call);
    if (status != STATUS_DONE)
        return status;
    if (!is_notebook_name(text)) {
        if (store_resolve_execution(reading.connection, text, id, &error))
            return show_execution(&reading, call, id);
        /* A name without a point may be a notebook's too; what is none was meant as an execution. */
        if (text[0] == '-' ||
            !store_resolve_notebook(reading.connection, text, directory, &notebook, NULL))
            return report_error(&error);
        version = 0;
    } else {
        status = reading_notebook_version(&reading, text, &notebook, &version);
        if (status != STATUS_DONE)
            return status;
    }
    if (is_html)
        return report_usage(call->command, "--html goes with an EXECUTION");
    return show_version(&reading, notebook, version, is_json);
}

const struct command command_show = {
    .name = "show",
    .operands = "EXECUTION|NOTEBOOK[@V]",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "show everything about one execution, or a version of a notebook",
    .description =
        "Shows one execution: what ran, where, by whom and with which parameters, its states with "
        "their times, its code and its outputs as text. EXECUTION is its id, any unique end of it "
        "of at least 6 characters (`rscn log` shows 8), or `-1` for the last one, `-2` for the one "
        "before it.\n"
        "The object of --json has the members that `rscn log --json` has, and `code`, `arguments`, "
        "`transitions` (an array of `from`, `to`, `at`, `reason`) and `outputs` (an array of "
        "outputs as in a notebook file, in order), and `objects`: what each statement touched, as in "
        "`rscn log --object`.\n"
        "With `NOTEBOOK@V` shows version V of a notebook that was taken in as a file (NOTEBOOK alone: "
        "the newest): when and how it came, and its cells in order with their names, versions and "
        "texts. The object of --json has `notebook`, `version`, `parent`, `created_at`, `origin` "
        "(`import`, `execution`, `edit` or `restore`), `user`, `host`, `path`, `run_id`, `size`, "
        "`sha256` and `cells`, an array of `cell_key`, `position`, `type`, `cell`, `cell_version`, "
        "`source`, `lineage` (an array of `from`, a cell_key, and `how`: `split`, `merge` or "
        "`copy`), `kernel`, `file_id`, `code_hash`, `outputs` (how many are in the file), and "
        "`matched_by` and `score`: how it was known to be this cell.\n"
        "Works on a store that is in use, and on a read-only one.\n",
    .examples = "  rscn show -1\n"
                "  rscn show tour.ipynb@3\n"
                "  rscn show 7Q2M4ZKD --html >what-ran.html\n"
                "  rscn show 7Q2M4ZKD --json | jq -r '.outputs[].data[\"text/html\"] // empty'\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
