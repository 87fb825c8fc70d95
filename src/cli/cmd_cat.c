/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn cat: the code of cells as it is, so that it can be run by another program.
 */
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "model/sql/sql_scan.h"

static const struct option options[] = {
    {'s', "separators", NULL, "Print a comment line `-- NOTEBOOK::CELL (KERNEL)` before each cell.",
     false, false, false},
    OPTION_STORE,
    OPTION_END,
};

struct context {
    const char *notebook;
    bool with_names;
    size_t count;
    /* What the cell before needs so that the next one does not become part of it. */
    bool needs_line_end, needs_semicolon;
};

/* Whether the last statement of the text has no end of its own. */
static bool is_open_statement(const char *code, size_t size)
{
    bool is_open = false;
    size_t offset = sql_scan_skip(code, size, 0);
    while (offset < size) {
        size_t end;
        if (sql_scan_is_directive(code, size, offset)) {
            end = sql_scan_directive_end(code, size, offset, &(size_t){0});
            is_open = false;
        } else {
            end = sql_scan_statement_end(code, size, offset);
            is_open = end == offset || code[end - 1] != ';';
        }
        offset = sql_scan_skip(code, size, end > offset ? end : offset + 1);
    }
    return is_open;
}

static void print_name(const struct context *context, const json_t *object)
{
    AUTO_STRBUF line = STRBUF_INIT;
    AUTO_FREE char *text =
        xasprintf("-- %s::%s (%s)", context->notebook, json_member_text(object, "cell", ""),
                  json_member_text(object, "kernel", ""));
    /* One line, whatever the names hold: what follows must not become code. */
    for (char *byte = text; *byte; byte++) {
        if (*byte == '\n' || *byte == '\r')
            *byte = ' ';
    }
    strbuf_addf(&line, "%s\n", text);
    output_stored(line.text, line.size);
}

static bool print_cell(void *data, const json_t *object)
{
    struct context *context = data;
    const json_t *value = json_object_get(object, "code");
    const char *code = json_is_string(value) ? json_string_value(value) : "";
    size_t size = json_string_length(value);
    bool is_sql = strcmp(json_member_text(object, "kernel", "SQL"), "SQL") == 0;
    if (context->count++ > 0) {
        if (context->needs_line_end)
            output_text("\n");
        if (context->needs_semicolon)
            output_text(";\n");
    }
    if (context->with_names)
        print_name(context, object);
    output_stored(code, size);
    context->needs_line_end = size > 0 && code[size - 1] != '\n';
    context->needs_semicolon = is_sql && is_open_statement(code, size);
    return !output_is_lost();
}

static int run(const struct call *call)
{
    AUTO_READING reading = READING_INIT;
    AUTO_FREE char *notebook = NULL;
    AUTO_FREE char *cell = NULL;
    int64_t version = 0;
    struct error error = ERROR_INIT;
    int status = reading_open(&reading, call);
    if (status == STATUS_DONE)
        status = reading_notebook(&reading, call_operand(call, 0), &notebook);
    if (status != STATUS_DONE)
        return status;
    if (call_operand(call, 1))
        split_version(call_operand(call, 1), &cell, &version);
    struct context context = {.notebook = notebook,
                              .with_names = call_option(call, "separators") != NULL};
    output_start(true);
    bool is_done =
        store_cat(reading.connection, notebook, cell, version, print_cell, &context, &error);
    if (context.needs_line_end)
        output_text("\n");
    return output_finish(is_done ? STATUS_DONE : report_error(&error));
}

const struct command command_cat = {
    .name = "cat",
    .operands = "NOTEBOOK [CELL[@V]]",
    .least_operands = 1,
    .most_operands = 2,
    .summary = "print the code of a notebook's cells",
    .description =
        "Prints the newest code of a cell, or that of its version V, and nothing else. Without a "
        "CELL prints the newest code of all cells of the notebook in their order, each on lines of "
        "its own and with a semicolon after it where a statement of SQL would run into the next "
        "cell. Lines that begin with `%` are for the kernel; other programs do not know them.\n"
        "Works on a store that is in use, and on a read-only one.\n",
    .examples = "  rscn cat tour.ipynb load | sqlite3 other.db\n"
                "  diff <(rscn cat tour.ipynb load@1) <(rscn cat tour.ipynb load)\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
