/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn grep: lines of all versions of the code, and of outputs, that a pattern fits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/present.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "model/line_search.h"
#include "store/notebooks.h"

/* Columns of a line that are shown in a pipe, and bytes of it before the match when it is cut. */
#define PIPE_COLUMNS 500
#define BEFORE_MATCH 30

static const struct option options[] = {
    {'i', "ignore-case", NULL, "Upper and lower case are the same.", false, false, false},
    {'E', "extended-regexp", NULL, "PATTERN is an extended regular expression.", false, false,
     false},
    {'F', "fixed-strings", NULL, "PATTERN is text, no regular expression.", false, false, false},
    {'w', "word-regexp", NULL, "Only whole words.", false, false, false},
    {'n', "line-number", NULL, "The number of the line is always shown; as in `git grep`.", false,
     false, false},
    {'l', "files-with-matches", NULL, "Print only the names of notebooks, one per line.", false,
     false, false},
    {'c', "count", NULL, "Print only how many lines fit, per notebook: `NOTEBOOK:COUNT`.", false,
     false, false},
    {0, "outputs", NULL, "Search what was shown too: recorded outputs and those in files.", false,
     false, false},
    OPTION_JSON("Print one JSON object per line that fits."),
    OPTION_STORE,
    OPTION_END,
};

static const struct listing_column columns[] = {
    {"notebook", "NOTEBOOK", false, true},
    {"cell", "CELL", false, true},
    {"cell_version", NULL, false, false},
    {"line", "LINE", true, false},
    {"last_run_at", "LAST RUN", false, false},
    {"text", "TEXT", false, true},
    {"in", NULL, false, false},
    {"first_version", NULL, false, false},
    {"last_version", NULL, false, false},
    {"cell_key", NULL, false, false},
};

enum grep_form { GREP_LINES, GREP_JSON, GREP_NAMES, GREP_COUNTS };

struct grep {
    const struct line_search *search;
    enum grep_form form;
    struct listing *listing;
    bool is_found;
    json_t *counts; /* with -l and -c: object of notebook to lines that fit */
};

/* --- one line --------------------------------------------------------------------------------- */

/* The line, or what stands around the match when it is long. Caller frees. */
static char *shown_line(const struct line_found *found, size_t width)
{
    AUTO_STRBUF text = STRBUF_INIT;
    size_t start = 0;
    if (utf8_width(found->line, found->size < 4 * width ? found->size : 4 * width) > width &&
        found->match > BEFORE_MATCH) {
        start = found->match - BEFORE_MATCH;
        while (start < found->match && ((unsigned char)found->line[start] & 0xc0) == 0x80)
            start++;
        strbuf_add_text(&text, "…");
    }
    size_t size = found->size - start < 4 * width ? found->size - start : 4 * width;
    utf8_add_line(&text, found->line + start, size, width - (start > 0 ? 1 : 0));
    return strbuf_take(&text);
}

static json_t *json_version(int64_t number)
{
    return number > 0 ? json_integer(number) : json_null();
}

static void print_json(const struct found_text *text, const struct line_found *found)
{
    AUTO_JSON *object = json_object();
    AUTO_FREE char *line = shown_line(found, PIPE_COLUMNS);
    json_object_set_new(object, "notebook", json_text_or_null(text->notebook));
    json_object_set_new(object, "cell", json_text_or_null(text->cell));
    json_object_set_new(object, "cell_key", json_text_or_null(text->cell_key));
    json_object_set_new(object, "cell_version", json_version(text->cell_version));
    json_object_set_new(object, "first_version", json_version(text->first_version));
    json_object_set_new(object, "last_version", json_version(text->last_version));
    json_object_set_new(object, "in", json_string(text->is_output ? "outputs" : "code"));
    json_object_set_new(object, "line", json_integer((json_int_t)found->number));
    json_object_set_new(object, "last_run_at", json_text_or_null(text->last_run_at));
    json_object_set_new(object, "text", json_text_or_null(line));
    output_json(object);
}

static void add_number(struct grep *grep, int64_t number)
{
    AUTO_FREE char *text = number > 0 ? xasprintf("%lld", (long long)number) : xstrdup("");
    listing_add(grep->listing, text, STYLE_PLAIN);
}

static bool print_row(struct grep *grep, const struct found_text *text,
                      const struct line_found *found)
{
    AUTO_FREE char *cell = text->cell_version > 0
                               ? xasprintf("%s@%lld", text->cell, (long long)text->cell_version)
                               : xstrdup(text->cell);
    AUTO_FREE char *ran = present_time(text->last_run_at);
    AUTO_FREE char *whole = shown_line(found, PIPE_COLUMNS);
    AUTO_FREE char *shown = shown_line(found, output_width() / 2);
    if (!grep->listing)
        grep->listing = listing_new(columns, ARRAY_SIZE(columns));
    listing_add(grep->listing, text->notebook, STYLE_PLAIN);
    listing_add_both(grep->listing, text->cell, cell, STYLE_PLAIN);
    add_number(grep, text->cell_version);
    add_number(grep, (int64_t)found->number);
    listing_add_both(grep->listing, text->last_run_at, ran, STYLE_PLAIN);
    listing_add_both(grep->listing, whole, shown, text->is_output ? STYLE_NOTE : STYLE_PLAIN);
    listing_add(grep->listing, text->is_output ? "outputs" : "code", STYLE_PLAIN);
    add_number(grep, text->first_version);
    add_number(grep, text->last_version);
    listing_add(grep->listing, text->cell_key, STYLE_PLAIN);
    return listing_end_row(grep->listing);
}

/* --- all texts -------------------------------------------------------------------------------- */

static void count_line(struct grep *grep, const char *notebook)
{
    json_int_t count = json_integer_value(json_object_get(grep->counts, notebook));
    json_object_set_new_nocheck(grep->counts, notebook, json_integer(count + 1));
}

static bool search_text(void *context, const struct found_text *text)
{
    struct grep *grep = context;
    struct line_found found = {0};
    if (grep->form == GREP_NAMES && json_object_get(grep->counts, text->notebook))
        return true;
    while (line_search_next(grep->search, text->text, text->size, &found)) {
        bool is_open = true;
        grep->is_found = true;
        switch (grep->form) {
        case GREP_NAMES:
        case GREP_COUNTS:
            count_line(grep, text->notebook);
            break;
        case GREP_JSON:
            print_json(text, &found);
            is_open = !output_is_lost();
            break;
        case GREP_LINES:
            is_open = print_row(grep, text, &found);
            break;
        }
        if (!is_open)
            return false;
        if (grep->form == GREP_NAMES)
            return true;
    }
    return true;
}

static void print_counts(const struct grep *grep)
{
    const char *notebook;
    json_t *count;
    json_object_foreach(grep->counts, notebook, count)
    {
        AUTO_STRBUF line = STRBUF_INIT;
        if (output_is_terminal())
            strbuf_add_text(&line, notebook);
        else
            listing_escape(&line, notebook);
        if (grep->form == GREP_COUNTS)
            strbuf_addf(&line, ":%lld", (long long)json_integer_value(count));
        output_line(strbuf_text(&line));
    }
}

/* --- the call --------------------------------------------------------------------------------- */

static unsigned search_flags(const struct call *call)
{
    return (call_option(call, "ignore-case") ? LINE_SEARCH_ANY_CASE : 0) |
           (call_option(call, "extended-regexp") ? LINE_SEARCH_EXTENDED : 0) |
           (call_option(call, "fixed-strings") ? LINE_SEARCH_FIXED : 0) |
           (call_option(call, "word-regexp") ? LINE_SEARCH_WORDS : 0);
}

static int parse_form(const struct call *call, enum grep_form *ret_form)
{
    bool is_json = call_option(call, "json") != NULL;
    bool is_names = call_option(call, "files-with-matches") != NULL;
    bool is_counts = call_option(call, "count") != NULL;
    if (is_json + is_names + is_counts > 1)
        return report_usage(call->command, "take one of -l, -c and --json");
    *ret_form = is_json ? GREP_JSON : is_names ? GREP_NAMES : is_counts ? GREP_COUNTS : GREP_LINES;
    return STATUS_DONE;
}

static int search_all(struct grep *grep, const struct reading *reading, const struct call *call,
                      char *const *notebooks, size_t count)
{
    struct error error = ERROR_INIT;
    bool with_outputs = call_option(call, "outputs") != NULL;
    output_start(true);
    grep->counts = json_object();
    bool is_done = count > 0 ||
                   store_texts(reading->connection, NULL, with_outputs, search_text, grep, &error);
    for (size_t i = 0; i < count && is_done && !output_is_lost(); i++)
        is_done =
            store_texts(reading->connection, notebooks[i], with_outputs, search_text, grep, &error);
    if (grep->listing)
        listing_finish(grep->listing, "");
    print_counts(grep);
    json_decref(grep->counts);
    /* 1 says that nothing fits, and nothing else. */
    int status = grep->is_found ? STATUS_DONE : STATUS_NOT_DONE;
    return output_finish(is_done ? status : report_error(&error));
}

static int run(const struct call *call)
{
    AUTO_READING reading = READING_INIT;
    AUTO_LINE_SEARCH search = LINE_SEARCH_INIT;
    struct error error = ERROR_INIT;
    struct grep grep = {.search = &search};
    size_t count = 0;
    int status = parse_form(call, &grep.form);
    if (status != STATUS_DONE)
        return status;
    if (!line_search_open(&search, call_operand(call, 0), search_flags(call), &error))
        return report_usage(call->command, "%s", error.message);
    status = reading_open(&reading, call);
    AUTO_FREE char **notebooks = xcalloc(call->operand_count, sizeof(*notebooks));
    for (; status == STATUS_DONE && count + 1 < call->operand_count; count++)
        status = reading_notebook(&reading, call_operand(call, count + 1), &notebooks[count]);
    if (status == STATUS_DONE)
        status = search_all(&grep, &reading, call, notebooks, count);
    else if (status == STATUS_NOT_DONE)
        status = STATUS_USAGE;
    for (size_t i = 0; i < count; i++)
        free(notebooks[i]);
    return status;
}

const struct command command_grep = {
    .name = "grep",
    .operands = "PATTERN [NOTEBOOK]...",
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .summary = "search all versions of the code, and outputs",
    .description =
        "Prints the lines that PATTERN fits, of every text that a cell ever had, in all notebooks "
        "or "
        "those given: the notebook, the cell and which version of it, the number of the line in "
        "the "
        "cell, when that text ran last, and the line. Each different text is searched once, "
        "however "
        "many versions of the notebook have it; in a pipe `first_version` and `last_version` say "
        "which. Markdown and raw cells of notebook files are searched too. With --outputs also "
        "what "
        "cells have shown, as text.\n"
        "PATTERN is a basic regular expression as for grep(1); with -E an extended one, with -F "
        "plain text. Write `--` before one that begins with a minus. Of long lines what stands "
        "around "
        "the match is shown; in a line of more than 64 KiB a match longer than 4 KiB may be "
        "missed.\n"
        "The objects of --json have `notebook`, `cell`, `cell_key`, `cell_version`, "
        "`first_version`, `last_version` (of the notebook that have it; null: it only ran), `in` "
        "(`code` or `outputs`), `line`, `last_run_at` and `text`.\n"
        "The exit status is 0 when a line fits, 1 when none does, and 2 or 3 when it can't be "
        "searched.\n",
    .examples = "  rscn grep customer\n"
                "  rscn grep -iw 'drop table' report.ipynb\n"
                "  rscn grep -l --outputs -E 'time ?out'\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
