/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn import: notebook files into the store.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/notebook_import.h"
#include "cli/output.h"
#include "cli/present.h"
#include "cli/progress_line.h"
#include "cli/report.h"
#include "cli/writing.h"

#define MOST_JOBS 256
#define MOST_NAME 4096
/* Up to so many files each has a line of its own. */
#define FEW_FILES 20

static const struct option options[] = {
    {0, "name", "NAME",
     "The notebook's name in the store, instead of the path of its file. For one file alone.",
     false, false, false},
    {'j', "jobs", "N",
     "How many files are read and checked at the same time; the number of processors if not given.",
     false, false, false},
    {0, "strict", NULL, "Refuse what the format's schema rejects, instead of warning.", false,
     false, false},
    {'q', "quiet", NULL, "Say only what went wrong.", false, false, false},
    OPTION_JSON("Print what became of each file as one JSON object per line."),
    OPTION_STORE,
    OPTION_END,
};

struct importing {
    const struct call *call;
    bool is_json, is_quiet, is_each_said;
    size_t done;
    struct progress_line progress;
};

/* --- what is said ---------------------------------------------------------------------------- */

static void warn(const struct import_result *result)
{
    const struct notebook_input *input = &result->item->input;
    const char *shown = result->item->file->shown;
    if (input->notebook->has_mark)
        report(STATUS_DONE,
               "%s: begins with a byte-order mark, which Jupyter refuses; it is taken in as it is",
               shown);
    if (input->faults == 1)
        report(STATUS_DONE, "%s: %s; it is taken in as it is", shown, input->first_fault);
    else if (input->faults > 1)
        report(STATUS_DONE, "%s: %s (and %zu more); it is taken in as it is", shown,
               input->first_fault, input->faults - 1);
}

static const char *result_word(const struct import_result *result)
{
    if (result->is_refused)
        return "refused";
    if (!result->taken || (result->taken->is_unchanged && !result->taken->renamed_from))
        return "unchanged";
    if (result->taken->renamed_from)
        return "renamed";
    return result->taken->is_new ? "new" : "changed";
}

static void print_json(const struct import_result *result)
{
    const struct notebook_taken *taken = result->taken;
    const struct notebook_input *input = &result->item->input;
    AUTO_JSON *object = json_object();
    json_object_set_new(object, "path", json_text_or_null(input->path));
    json_object_set_new(object, "notebook", json_text_or_null(input->name));
    json_object_set_new(object, "result", json_text_or_null(result_word(result)));
    json_object_set_new(object, "version", taken ? json_integer(taken->version) : json_null());
    json_object_set_new(object, "cells",
                        taken ? json_integer((json_int_t)taken->cells) : json_null());
    json_object_set_new(object, "bytes_added",
                        json_integer(taken ? (json_int_t)taken->bytes_added : 0));
    json_object_set_new(object, "renamed_from",
                        json_text_or_null(taken ? taken->renamed_from : NULL));
    json_object_set_new(object, "faults", json_integer((json_int_t)input->faults));
    json_object_set_new(object, "first_fault", json_text_or_null(input->first_fault));
    json_object_set_new(object, "error",
                        json_text_or_null(result->is_refused ? result->reason : NULL));
    output_json(object);
}

static void print_line(const struct importing *importing, const struct import_result *result)
{
    const struct notebook_taken *taken = result->taken;
    const char *name = result->item->input.name;
    const char *former = taken ? taken->renamed_from : NULL;
    const bool is_back = taken && taken->is_back;
    if (result->is_refused || importing->is_quiet ||
        !(importing->is_each_said || former || is_back))
        return;
    AUTO_STRBUF line = STRBUF_INIT;
    strbuf_add_text(&line, name);
    if (!taken || taken->is_unchanged)
        strbuf_add_text(&line, ": unchanged");
    else
        strbuf_addf(&line, ": version %lld, %zu cell%s", (long long)taken->version, taken->cells,
                    taken->cells == 1 ? "" : "s");
    if (former)
        strbuf_addf(&line, ", renamed: it was %s", former);
    if (is_back)
        strbuf_add_text(&line, ", not hidden any more");
    output_line(strbuf_text(&line));
}

static void say_result(void *context, const struct import_result *result)
{
    struct importing *importing = context;
    importing->done++;
    const bool is_warned =
        !result->is_refused && result->taken && !result->taken->is_unchanged &&
        (result->item->input.faults > 0 || result->item->input.notebook->has_mark);
    const bool is_told = result->taken && (result->taken->renamed_from || result->taken->is_back);
    if (result->is_refused || is_warned || is_told || importing->is_each_said ||
        importing->is_json)
        progress_line_hide(&importing->progress);
    if (result->is_refused)
        report(STATUS_NOT_DONE, "%s: %s", result->item->file->shown, result->reason);
    else if (is_warned)
        warn(result);
    if (importing->is_json)
        print_json(result);
    else
        print_line(importing, result);
    progress_line_show(&importing->progress, importing->done, result->item->file->shown);
}

static void say_totals(const struct reading *writing, const struct import_totals *totals)
{
    AUTO_FREE char *bytes = present_size(totals->bytes_added);
    AUTO_STRBUF line = STRBUF_INIT;
    strbuf_addf(&line, "%s: %zu notebook%s taken in", store_path(writing->store), totals->notebooks,
                totals->notebooks == 1 ? "" : "s");
    if (totals->notebooks > 0)
        strbuf_addf(&line, " (%zu new)", totals->added);
    strbuf_addf(&line, ", %llu cell%s, %s added, %zu refused", (unsigned long long)totals->cells,
                totals->cells == 1 ? "" : "s", bytes, totals->refused);
    strbuf_addf(&line, ", %zu unchanged", totals->unchanged);
    if (totals->renamed > 0)
        strbuf_addf(&line, ", %zu renamed", totals->renamed);
    output_line(strbuf_text(&line));
}

/* --- the call -------------------------------------------------------------------------------- */

static int parse_jobs(const struct call *call, size_t *ret_jobs)
{
    const char *text = call_option(call, "jobs");
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *ret_jobs = processors > 0 && processors <= MOST_JOBS ? (size_t)processors : 1;
    if (!text)
        return STATUS_DONE;
    size_t digits = strspn(text, "0123456789");
    unsigned long jobs = digits > 0 && digits <= 3 && !text[digits] ? strtoul(text, NULL, 10) : 0;
    if (jobs < 1 || jobs > MOST_JOBS)
        return report_usage(call->command, "--jobs %s is no number from 1 to %d", text, MOST_JOBS);
    *ret_jobs = jobs;
    return STATUS_DONE;
}

static bool has_standard_input(const struct call *call)
{
    for (size_t i = 0; i < call->operand_count; i++) {
        if (strcmp(call_operand(call, i), "-") == 0)
            return true;
    }
    return false;
}

static int check_name(const struct call *call)
{
    const char *name = call_option(call, "name");
    if (name && call->operand_count > 1)
        return report_usage(call->command, "--name is for one PATH alone");
    if (name && (!name[0] || strlen(name) > MOST_NAME))
        return report_usage(call->command, "--name: a name has 1 to %d bytes", MOST_NAME);
    if (has_standard_input(call) && !name)
        return report_usage(call->command,
                            "standard input has no name and comes alone: --name NAME -");
    return STATUS_DONE;
}

/* What is to be read. */
static int find_files(const struct call *call, struct notebook_files *ret_files)
{
    if (has_standard_input(call)) {
        ret_files->files = xcalloc(1, sizeof(*ret_files->files));
        ret_files->files[ret_files->count++] = (struct notebook_file){
            .path = xstrdup("-"), .shown = xstrdup("standard input"), .problem = NULL};
        return STATUS_DONE;
    }
    notebook_files_find(call->operands, call->operand_count, ret_files);
    if (call_option(call, "name") && ret_files->count != 1)
        return report_usage(call->command, "--name is for one file; %s has %zu notebooks",
                            call_operand(call, 0), ret_files->count);
    return STATUS_DONE;
}

static int end_status(const struct importing *importing, size_t files, const struct error *error)
{
    if (error->code == ERROR_INTERRUPTED)
        return report(
            STATUS_INTERRUPTED,
            "import: interrupted after %zu of %zu files; the same call again takes in the "
            "rest",
            importing->done, files);
    return report(STATUS_STORE,
                  "%s; %zu of %zu files were done, the same call again takes in the rest",
                  error->message, importing->done, files);
}

static int import_files(struct importing *importing, const struct reading *writing,
                        struct interrupt *interrupt, const struct notebook_files *files,
                        size_t jobs)
{
    const struct call *call = importing->call;
    struct error error = ERROR_INIT;
    struct import_totals totals = {0};
    const struct import_options import_options = {
        .writing = writing,
        .files = files,
        .jobs = jobs,
        .name = call_option(call, "name"),
        .is_strict = call_option(call, "strict") != NULL,
        .is_interrupted = &interrupt->is_received,
        .context = importing,
        .result = say_result,
    };
    importing->is_each_said = files->count <= FEW_FILES;
    struct notebook_import *import = notebook_import_new(&import_options, &error);
    if (!import)
        return report(STATUS_NOT_DONE, "%s", error.message);
    progress_line_start(&importing->progress, "importing", files->count);
    interrupt_set(interrupt, notebook_import_stop, import);
    bool is_done = notebook_import_run(import, &totals, &error);
    interrupt_set(interrupt, NULL, NULL);
    notebook_import_free(import);
    progress_line_hide(&importing->progress);
    if (!importing->is_json && !importing->is_quiet)
        say_totals(writing, &totals);
    output_flush();
    if (!is_done)
        return end_status(importing, files->count, &error);
    return totals.refused > 0 ? STATUS_NOT_DONE : STATUS_DONE;
}

static int run(const struct call *call)
{
    struct importing importing = {.call = call,
                                  .is_json = call_option(call, "json") != NULL,
                                  .is_quiet = call_option(call, "quiet") != NULL};
    AUTO_NOTEBOOK_FILES files = {NULL, 0};
    AUTO_READING writing = READING_INIT;
    struct interrupt interrupt;
    size_t jobs;
    int status = parse_jobs(call, &jobs);
    if (status == STATUS_DONE)
        status = check_name(call);
    if (status == STATUS_DONE)
        status = find_files(call, &files);
    if (status != STATUS_DONE)
        return status;
    if (!interrupt_start(&interrupt))
        return STATUS_NOT_DONE;
    output_start(false);
    status = writing_open(&writing, call);
    if (status == STATUS_DONE)
        status = import_files(&importing, &writing, &interrupt, &files, jobs);
    reading_close(&writing);
    interrupt_end(&interrupt);
    return output_finish(status);
}

const struct command command_import = {
    .name = "import",
    .operands = "PATH...|-",
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .summary = "take notebook files into the store, byte for byte",
    .description =
        "Takes each notebook file in as the newest version of its notebook, with its cells and the "
        "outputs that it has. `rscn export` gives the same bytes back. A folder is taken in whole: "
        "every `*.ipynb` in it and below it, but nothing whose name begins with a dot (such as "
        "`.ipynb_checkpoints`); links are followed, and what several ways lead to is taken once. "
        "`-` is standard input, which needs --name.\n"
        "A notebook's name is the path of its file from the folder of the store, or the absolute "
        "path outside of it. The same path again is the same notebook; the bytes of its newest "
        "version are passed by as unchanged, any other bytes are a new version, also those of an "
        "older one. A new path with the bytes or most cells of a notebook whose file is gone is "
        "that notebook renamed. A notebook that was removed comes back.\n"
        "What Jupyter reads but its schema rejects is taken in with a warning that says where the "
        "fault is. A file that is no notebook is refused, with its reason, and leaves nothing in "
        "the store; the others go on. Formats 3 and 4 are read, and `.py` and `.sql` files that "
        "are "
        "named, in the form in which `rscn export` writes them: of a script the notebook that it "
        "stands for is kept.\n"
        "Several notebooks go into one transaction, each of them whole or not at all, and kernels "
        "have their turn in between. An interrupt ends after the transaction that is open; the "
        "same call again takes in the rest.\n",
    .examples = "  rscn import analysis.ipynb\n"
                "  rscn import ~/projects/sales\n"
                "  curl -s https://example.org/a.ipynb | rscn import --name a.ipynb -\n",
    .statuses = "`1`\tSome files were refused; the others are in the store.\n"
                "`130`\tInterrupted.\n",
    .options = options,
    .run = run,
};
