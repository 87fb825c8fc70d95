/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_print: differences as `rscn diff` shows them.
 */
#include "cli/diff_print.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/report.h"
#include "model/line_diff.h"

#define INDENT "    "
/* Columns of one line of an output. */
#define MOST_COLUMNS 500

int diff_trouble(const struct error *error)
{
    int status = report_error(error);
    return status == STATUS_NOT_DONE ? STATUS_USAGE : status;
}

static void print_line(const struct strbuf *text)
{
    AUTO_STRBUF line = STRBUF_INIT;
    utf8_add_line(&line, strbuf_text(text), text->size, SIZE_MAX);
    output_text(strbuf_text(&line));
}

void diff_print_title(const char *format, ...)
{
    AUTO_STRBUF text = STRBUF_INIT;
    va_list arguments;
    va_start(arguments, format);
    strbuf_vaddf(&text, format, arguments);
    va_end(arguments);
    output_style(STYLE_TITLE);
    print_line(&text);
    output_style(STYLE_PLAIN);
    output_text("\n");
}

void diff_print_fact(const char *name, const char *format, ...)
{
    AUTO_STRBUF text = STRBUF_INIT;
    va_list arguments;
    strbuf_addf(&text, INDENT "%-10s", name);
    va_start(arguments, format);
    strbuf_vaddf(&text, format, arguments);
    va_end(arguments);
    print_line(&text);
    output_text("\n");
}

/* One line. A carriage return at its end is shown: it may be the difference. */
static void print_text(char sign, const char *text, size_t size, bool is_cut)
{
    const char indent[2] = {sign, '\0'};
    output_style(sign == '+' ? STYLE_GOOD : sign == '-' ? STYLE_BAD : STYLE_PLAIN);
    if (size > 0 && !is_cut) {
        output_indented(indent, text, size);
    } else {
        AUTO_STRBUF line = STRBUF_INIT;
        utf8_add_line(&line, text, size, MOST_COLUMNS);
        output_format("%s%s\n", indent, strbuf_text(&line));
    }
    output_style(STYLE_PLAIN);
}

static char sign_of(enum line_change change)
{
    return change == LINE_ADDED ? '+' : change == LINE_REMOVED ? '-' : ' ';
}

/* Where the hunk that begins at `start` ends: after the last change that is not more than twice the
 * context away from the one before. */
static size_t hunk_end(const struct line_diff *diff, size_t start, size_t context)
{
    size_t last = start;
    for (size_t i = start; i < diff->count && i - last <= 2 * context + 1; i++) {
        if (diff->edits[i].change != LINE_SAME)
            last = i;
    }
    return last + 1;
}

static void print_hunk_header(const char *what, const struct line_diff *diff, size_t start,
                              size_t end)
{
    size_t before = 0, after = 0;
    for (size_t i = start; i < end; i++) {
        before += diff->edits[i].change != LINE_ADDED;
        after += diff->edits[i].change != LINE_REMOVED;
    }
    output_style(STYLE_PLACE);
    output_format("@@ -%zu,%zu +%zu,%zu @@", diff->edits[start].from_line + (before > 0 ? 1 : 0),
                  before, diff->edits[start].to_line + (after > 0 ? 1 : 0), after);
    output_style(STYLE_PLAIN);
    output_format(" %s\n", what);
}

/* Whether the ends of both texts differ, so that it must be said which has one. */
static bool ends_differ(struct diff_text from, struct diff_text to)
{
    bool from_ends = from.size > 0 && from.text[from.size - 1] == '\n';
    bool to_ends = to.size > 0 && to.text[to.size - 1] == '\n';
    return from_ends != to_ends && from.size > 0 && to.size > 0;
}

struct printing {
    bool says_end, is_cut;
    size_t left; /* lines that may still be shown */
};

static void print_hunk(const struct line_diff *diff, size_t start, size_t end,
                       struct printing *printing)
{
    for (size_t i = start; i < end && printing->left > 0; i++, printing->left--) {
        const struct line_edit *edit = &diff->edits[i];
        print_text(sign_of(edit->change), edit->text, edit->size, printing->is_cut);
        if (printing->says_end && !edit->has_end && edit->change != LINE_SAME)
            output_text("\\ No newline at the end\n");
    }
}

void diff_print_texts(const char *what, struct diff_text from, struct diff_text to, size_t context,
                      size_t most)
{
    struct line_diff diff;
    struct printing printing = {ends_differ(from, to), most > 0, most > 0 ? most : SIZE_MAX};
    size_t shown = 0;
    line_diff(from.text ? from.text : "", from.size, to.text ? to.text : "", to.size, &diff);
    for (size_t i = 0; i < diff.count && printing.left > 0 && !output_is_lost(); i++) {
        if (diff.edits[i].change == LINE_SAME)
            continue;
        size_t end = hunk_end(&diff, i, context);
        size_t start = i > shown + context ? i - context : shown;
        size_t stop = diff.count - end > context ? end + context : diff.count;
        print_hunk_header(what, &diff, start, stop);
        print_hunk(&diff, start, stop, &printing);
        shown = stop;
        i = stop - 1;
    }
    if (printing.left == 0)
        output_format(INDENT "%zu lines differ; --full shows all\n", diff.removed + diff.added);
    line_diff_release(&diff);
}

void diff_print_whole(char sign, struct diff_text text)
{
    const char *line = text.text;
    size_t left = text.size;
    while (left > 0 && !output_is_lost()) {
        const char *end = memchr(line, '\n', left);
        size_t size = end ? (size_t)(end - line) : left;
        print_text(sign, line, size, false);
        size += end ? 1 : 0;
        line += size;
        left -= size;
    }
}

json_t *diff_json_texts(struct diff_text from, struct diff_text to)
{
    struct line_diff diff;
    json_t *lines = json_array();
    line_diff(from.text ? from.text : "", from.size, to.text ? to.text : "", to.size, &diff);
    for (size_t i = 0; i < diff.count; i++) {
        const struct line_edit *edit = &diff.edits[i];
        bool is_added = edit->change == LINE_ADDED;
        if (edit->change == LINE_SAME)
            continue;
        json_t *line = json_object();
        json_object_set_new(line, "change", json_string(is_added ? "added" : "removed"));
        json_object_set_new(
            line, "line",
            json_integer((json_int_t)(is_added ? edit->to_line : edit->from_line) + 1));
        json_object_set_new(line, "text", json_text(edit->text, edit->size));
        json_array_append_new(lines, line);
    }
    line_diff_release(&diff);
    return lines;
}
