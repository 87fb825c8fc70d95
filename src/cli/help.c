/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help: --help, the overview and the lists.
 */
#include "cli/help.h"

#include <string.h>

#include "base/memory.h"
#include "cli/output.h"

#define MOST_LINE 96
#define ITEM_INDENT 4
#define TEXT_INDENT 26
#define TERM_WIDTH 16

static size_t line_width(void)
{
    return output_width() < MOST_LINE ? output_width() : MOST_LINE;
}

/* Bytes up to the next blank that is not inside brackets: [-n N] stays together. */
static size_t word_size(const char *text)
{
    size_t size = 0;
    for (int depth = 0; text[size] && (text[size] != ' ' || depth > 0); size++)
        depth += (text[size] == '[') - (text[size] == ']');
    return size;
}

/* Appends the text without its marks, broken into lines; `column` is where the cursor is. */
static void add_wrapped(struct strbuf *buffer, const char *text, size_t column, size_t indent)
{
    const size_t width = line_width();
    bool is_line_start = true;
    while (*text) {
        size_t size = word_size(text);
        AUTO_STRBUF word = STRBUF_INIT;
        for (size_t i = 0; i < size; i++) {
            if (text[i] != '`')
                strbuf_add_char(&word, text[i]);
        }
        if (!is_line_start && column + 1 + word.size > width) {
            strbuf_add_char(buffer, '\n');
            strbuf_add_repeated(buffer, ' ', indent);
            column = indent;
            is_line_start = true;
        }
        if (!is_line_start) {
            strbuf_add_char(buffer, ' ');
            column++;
        }
        strbuf_add(buffer, strbuf_text(&word), word.size);
        column += word.size;
        is_line_start = false;
        text += size;
        text += strspn(text, " ");
    }
    strbuf_add_char(buffer, '\n');
}

/* A term and its text, which stands beside it or below it. */
static void add_item(struct strbuf *buffer, const char *term, const char *text, size_t indent)
{
    size_t start = buffer->size;
    strbuf_add_repeated(buffer, ' ', ITEM_INDENT);
    for (; *term; term++) {
        if (*term != '`')
            strbuf_add_char(buffer, *term);
    }
    size_t column = buffer->size - start;
    if (column + 2 > indent) {
        strbuf_add_char(buffer, '\n');
        column = 0;
    }
    strbuf_add_repeated(buffer, ' ', indent - column);
    add_wrapped(buffer, text, indent, indent);
}

static void add_text(struct strbuf *buffer, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        AUTO_FREE char *line = xstrndup(text, size);
        char *tab = strchr(line, '\t');
        if (line[0] == ' ') {
            strbuf_addf(buffer, "%s\n", line);
        } else if (tab) {
            *tab = '\0';
            add_item(buffer, line, tab + 1, ITEM_INDENT + TERM_WIDTH);
        } else {
            add_wrapped(buffer, line, 0, 0);
        }
        text += size + (text[size] == '\n');
        /* Paragraphs stand apart; the items of a list and the lines of an example do not. */
        bool is_item = tab || line[0] == ' ';
        bool next_is_item = text[0] == ' ' || memchr(text, '\t', strcspn(text, "\n"));
        if (*text && !(is_item && next_is_item))
            strbuf_add_char(buffer, '\n');
    }
}

void help_add_synopsis(struct strbuf *buffer, const struct command *command)
{
    for (const struct option *option = command->options; option->name; option++) {
        if (option->is_hidden)
            continue;
        strbuf_add_text(buffer, option->is_required ? " " : " [");
        if (option->letter)
            strbuf_addf(buffer, "-%c", option->letter);
        else
            strbuf_addf(buffer, "--%s", option->name);
        if (option->value)
            strbuf_addf(buffer, " %s", option->value);
        strbuf_addf(buffer, "%s%s", option->is_required ? "" : "]",
                    option->is_repeatable ? "..." : "");
    }
    if (command->operands[0])
        strbuf_addf(buffer, " %s", command->operands);
}

static void add_options(struct strbuf *buffer, const struct command *command)
{
    strbuf_add_text(buffer, "\nOptions:\n");
    for (const struct option *option = command->options; option->name; option++) {
        if (option->is_hidden)
            continue;
        AUTO_STRBUF term = STRBUF_INIT;
        if (option->letter)
            strbuf_addf(&term, "-%c, ", option->letter);
        strbuf_addf(&term, "--%s%s%s", option->name, option->value ? " " : "",
                    option->value ? option->value : "");
        add_item(buffer, strbuf_text(&term), option->help, TEXT_INDENT);
    }
    add_item(buffer, "-h, --help", "Show this text.", TEXT_INDENT);
}

int help_command(const struct command *command)
{
    output_start(true);
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_addf(&text, "Usage: " PROGRAM_NAME " %s ", command->name);
    const size_t indent = text.size;
    AUTO_STRBUF synopsis = STRBUF_INIT;
    help_add_synopsis(&synopsis, command);
    add_wrapped(&text, strbuf_text(&synopsis) + (synopsis.size > 0), indent, indent);
    strbuf_add_char(&text, '\n');
    add_text(&text, command->description);
    add_options(&text, command);
    if (command->examples) {
        strbuf_add_text(&text, "\nExamples:\n");
        add_text(&text, command->examples);
    }
    if (command->statuses) {
        strbuf_add_text(&text, "\nExit status, besides those of all commands (see rscn(1)):\n");
        add_text(&text, command->statuses);
    }
    output_bytes(text.text, text.size);
    return output_finish(STATUS_DONE);
}

int help_overview(void)
{
    output_start(true);
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_add_text(&text, "Usage: " PROGRAM_NAME " COMMAND [OPTION]... [ARGUMENT]...\n"
                           "       " PROGRAM_NAME " --version [--verbose]\n\n");
    add_wrapped(&text,
                "A SQL kernel for Jupyter that keeps the record: what exactly ran, when, in "
                "which version, with which result.",
                0, 0);
    strbuf_add_text(&text, "\nCommands:\n");
    for (size_t i = 0; commands[i]; i++)
        add_item(&text, commands[i]->name, commands[i]->summary, ITEM_INDENT + 12);
    strbuf_add_char(&text, '\n');
    add_wrapped(&text,
                "`" PROGRAM_NAME " help COMMAND` says more about one of them; the manual is "
                "rscn(1).",
                0, 0);
    output_bytes(text.text, text.size);
    return output_finish(STATUS_DONE);
}

int help_list_options(const struct command *command)
{
    output_start(false);
    for (const struct option *option = command->options; option->name; option++) {
        if (option->is_hidden)
            continue;
        char letter[3] = {'-', option->letter, '\0'};
        output_format("%s\t--%s\t%s\t%s\n", option->letter ? letter : "", option->name,
                      option->value ? option->value : "", option->help);
    }
    output_text("-h\t--help\t\tShow the help of the command.\n");
    return output_finish(STATUS_DONE);
}
