/* SPDX-License-Identifier: Apache-2.0 */
/*
 * man_page: the texts of the commands as man pages: roff with the macros of man(7).
 */
#include "cli/help.h"

#include <ctype.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "config.h"

/* Appends text of the running line: what roff would obey is escaped, back quotes make bold. */
static void add_roff(struct strbuf *buffer, const char *text, size_t size)
{
    bool is_bold = false;
    for (size_t i = 0; i < size; i++) {
        uint32_t code_point;
        size_t length = utf8_decode(text + i, size - i, &code_point);
        if (length > 1) {
            strbuf_addf(buffer, "\\[u%04X]", (unsigned)code_point);
            i += length - 1;
            continue;
        }
        switch (text[i]) {
        case '`':
            is_bold = !is_bold;
            strbuf_add_text(buffer, is_bold ? "\\fB" : "\\fR");
            break;
        case '\\':
            strbuf_add_text(buffer, "\\e");
            break;
        case '-':
            strbuf_add_text(buffer, "\\-");
            break;
        case '~':
            strbuf_add_text(buffer, "\\(ti");
            break;
        case '^':
            strbuf_add_text(buffer, "\\(ha");
            break;
        case '\'':
            strbuf_add_text(buffer, "\\(aq");
            break;
        case '"':
            strbuf_add_text(buffer, "\\(dq");
            break;
        case '.':
            /* A request only at the start of a line. */
            strbuf_add_text(buffer, i == 0 ? "\\&." : ".");
            break;
        default:
            strbuf_add_char(buffer, text[i]);
        }
    }
}

static void add_text(struct strbuf *buffer, const char *text)
{
    bool in_example = false, is_first = true;
    while (*text) {
        size_t size = strcspn(text, "\n");
        const char *tab = memchr(text, '\t', size);
        bool is_example = text[0] == ' ';
        if (is_example && !in_example)
            strbuf_add_text(buffer, is_first ? ".nf\n" : ".PP\n.nf\n");
        if (!is_example && in_example)
            strbuf_add_text(buffer, ".fi\n");
        in_example = is_example;
        if (tab) {
            strbuf_add_text(buffer, ".TP\n");
            add_roff(buffer, text, (size_t)(tab - text));
            strbuf_add_char(buffer, '\n');
            add_roff(buffer, tab + 1, size - (size_t)(tab - text) - 1);
        } else {
            if (!is_example && !is_first)
                strbuf_add_text(buffer, ".PP\n");
            add_roff(buffer, text, size);
        }
        strbuf_add_char(buffer, '\n');
        is_first = false;
        text += size + (text[size] == '\n');
    }
    if (in_example)
        strbuf_add_text(buffer, ".fi\n");
}

static void add_section(struct strbuf *buffer, const char *title)
{
    strbuf_addf(buffer, ".SH %s\n", title);
}

static void add_title(struct strbuf *buffer, const char *name, const char *summary)
{
    strbuf_add_text(buffer,
                    ".\\\" Printed by \"" PROGRAM_NAME " help --man\". Do not edit.\n.TH \"");
    for (const char *letter = name; *letter; letter++)
        strbuf_add_char(buffer, (char)toupper((unsigned char)*letter));
    strbuf_add_text(buffer, "\" 1 \"\" \"" PROGRAM_NAME " " PACKAGE_VERSION "\" \"rscn manual\"\n");
    add_section(buffer, "NAME");
    add_roff(buffer, name, strlen(name));
    strbuf_add_text(buffer, " \\- ");
    add_roff(buffer, summary, strlen(summary));
    strbuf_add_char(buffer, '\n');
}

static void add_option(struct strbuf *buffer, const struct option *option)
{
    strbuf_add_text(buffer, ".TP\n");
    if (option->letter)
        strbuf_addf(buffer, "\\fB\\-%c\\fR, ", option->letter);
    strbuf_add_text(buffer, "\\fB\\-\\-");
    add_roff(buffer, option->name, strlen(option->name));
    strbuf_add_text(buffer, "\\fR");
    if (option->value)
        strbuf_addf(buffer, " \\fI%s\\fR", option->value);
    strbuf_add_char(buffer, '\n');
    add_roff(buffer, option->help, strlen(option->help));
    strbuf_add_char(buffer, '\n');
}

static void add_options(struct strbuf *buffer, const struct command *command)
{
    static const struct option help = {'h',   "help", NULL, "Show a summary of this page.",
                                       false, false,  false};
    add_section(buffer, "OPTIONS");
    for (const struct option *option = command->options; option->name; option++) {
        if (!option->is_hidden)
            add_option(buffer, option);
    }
    add_option(buffer, &help);
}

static bool has_store(const struct command *command)
{
    for (const struct option *option = command->options; option->name; option++) {
        if (strcmp(option->name, "store") == 0)
            return true;
    }
    return false;
}

/* Those of all commands; what a command says of its own about one of them stands in its place. */
static void add_statuses(struct strbuf *buffer, const char *own)
{
    AUTO_STRBUF text = STRBUF_INIT;
    for (const char *line = help_statuses; *line;) {
        size_t size = strcspn(line, "\n") + 1;
        AUTO_FREE char *term = xstrndup(line, strcspn(line, "\t") + 1);
        size_t own_size = own && strncmp(own, term, strlen(term)) == 0 ? strcspn(own, "\n") + 1 : 0;
        strbuf_add(&text, own_size ? own : line, own_size ? own_size : size);
        if (own_size)
            own += own_size;
        line += size;
    }
    if (own)
        strbuf_add_text(&text, own);
    add_text(buffer, strbuf_text(&text));
}

static void command_page(struct strbuf *buffer, const struct command *command)
{
    AUTO_FREE char *name = xasprintf(PROGRAM_NAME "-%s", command->name);
    add_title(buffer, name, command->summary);
    add_section(buffer, "SYNOPSIS");
    strbuf_addf(buffer, "\\fB" PROGRAM_NAME " %s\\fR", command->name);
    AUTO_STRBUF synopsis = STRBUF_INIT;
    help_add_synopsis(&synopsis, command);
    add_roff(buffer, strbuf_text(&synopsis), synopsis.size);
    strbuf_add_char(buffer, '\n');
    add_section(buffer, "DESCRIPTION");
    add_text(buffer, command->description);
    add_options(buffer, command);
    add_section(buffer, "EXIT STATUS");
    add_statuses(buffer, command->statuses);
    if (has_store(command) || command->uses_pager) {
        add_section(buffer, "ENVIRONMENT");
        if (has_store(command))
            add_text(buffer, help_store_environment);
        if (command->uses_pager)
            add_text(buffer, help_pager_environment);
    }
    if (has_store(command)) {
        add_section(buffer, "FILES");
        add_text(buffer, "`rssd.db`\tThe store, with its companions as in rscn(1).");
    }
    if (command->examples) {
        add_section(buffer, "EXAMPLES");
        add_text(buffer, command->examples);
    }
    add_section(buffer, "SEE ALSO");
    strbuf_add_text(buffer, "\\fBrscn\\fR(1)\n");
}

static void program_page(struct strbuf *buffer)
{
    add_title(buffer, PROGRAM_NAME, "a SQL kernel for Jupyter that keeps the record");
    add_section(buffer, "SYNOPSIS");
    strbuf_add_text(buffer, "\\fB" PROGRAM_NAME "\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
                            "[\\fIARGUMENT\\fR]...\n.br\n"
                            "\\fB" PROGRAM_NAME " \\-\\-version\\fR [\\fB\\-\\-verbose\\fR]\n");
    add_section(buffer, "DESCRIPTION");
    add_text(buffer, help_sections[0].text);
    add_section(buffer, "COMMANDS");
    for (size_t i = 0; commands[i]; i++) {
        strbuf_addf(buffer, ".TP\n\\fB%s\\fR\n", commands[i]->name);
        add_roff(buffer, commands[i]->summary, strlen(commands[i]->summary));
        strbuf_add_char(buffer, '\n');
    }
    add_section(buffer, "EXIT STATUS");
    add_text(buffer, help_statuses);
    for (const struct help_section *section = help_sections + 1; section->title; section++) {
        add_section(buffer, section->title);
        add_text(buffer, section->text);
    }
    add_section(buffer, "SEE ALSO");
    for (size_t i = 0; commands[i]; i++)
        strbuf_addf(buffer, "\\fB" PROGRAM_NAME "\\-%s\\fR(1),\n", commands[i]->name);
    strbuf_add_text(buffer, "\\fBjupyter\\fR(1),\n\\fBsqlite3\\fR(1)\n");
}

int help_man_page(const struct command *command)
{
    output_start(false);
    AUTO_STRBUF text = STRBUF_INIT;
    if (command)
        command_page(&text, command);
    else
        program_page(&text);
    output_bytes(text.text, text.size);
    return output_finish(STATUS_DONE);
}
