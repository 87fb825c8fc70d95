/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: the parser of the command line.
 */
#include "cli/command.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "cli/help.h"
#include "cli/report.h"

#define MOST_NEAR 3

/* --help belongs to every command and stands in no table. */
static const struct option help_option = {'h', "help", NULL, "", false, false, false};

struct parser {
    const struct command *command;
    char **argv;
    int argc, next;
    struct given_option *given;
    size_t given_count;
    const char **operands;
    size_t operand_count;
    bool wants_help;
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

int command_unknown(const char *name)
{
    const char *names[64];
    size_t count = 0;
    for (; commands[count]; count++) {
        assert(count < ARRAY_SIZE(names));
        names[count] = commands[count]->name;
    }
    AUTO_STRBUF near = STRBUF_INIT;
    if (near_name_list(&near, name, names, count, MOST_NEAR) > 0)
        return report(STATUS_USAGE,
                      "%s: no such command; did you mean %s? \"" PROGRAM_NAME " help\" lists all",
                      name, strbuf_text(&near));
    return report(STATUS_USAGE, "%s: no such command; \"" PROGRAM_NAME " help\" lists them", name);
}

const char *call_option(const struct call *call, const char *name)
{
    bool is_known = false;
    for (const struct option *option = call->command->options; option->name; option++)
        is_known = is_known || strcmp(option->name, name) == 0;
    assert(is_known);
    for (size_t i = call->given_count; i-- > 0;) {
        if (strcmp(call->given[i].option->name, name) == 0)
            return call->given[i].value;
    }
    return NULL;
}

const char *call_operand(const struct call *call, size_t index)
{
    return index < call->operand_count ? call->operands[index] : NULL;
}

/* `name` of `size` bytes, or the letter when name is NULL. */
static const struct option *find_option(const struct command *command, const char *name,
                                        size_t size, char letter)
{
    const struct option *option = command->options;
    for (; option->name; option++) {
        if (name ? strlen(option->name) == size && memcmp(option->name, name, size) == 0
                 : option->letter == letter)
            return option;
    }
    option = &help_option;
    if (name ? strlen(option->name) == size && memcmp(option->name, name, size) == 0
             : option->letter == letter)
        return option;
    return NULL;
}

static int unknown_option(const struct command *command, const char *name, size_t size)
{
    const char *names[64] = {help_option.name};
    size_t count = 1;
    for (const struct option *option = command->options; option->name; option++) {
        assert(count < ARRAY_SIZE(names));
        if (!option->is_hidden)
            names[count++] = option->name;
    }
    AUTO_FREE char *wrong = xstrndup(name, size);
    AUTO_STRBUF near = STRBUF_INIT;
    if (near_name_list(&near, wrong, names, count, 1) > 0)
        return report(STATUS_USAGE,
                      "%s: unknown option --%s; did you mean --%s? \"" PROGRAM_NAME
                      " %s --help\" lists all",
                      command->name, wrong, strbuf_text(&near), command->name);
    return report_usage(command, "unknown option --%s", wrong);
}

static int add_given(struct parser *parser, const struct option *option, const char *value)
{
    if (option == &help_option) {
        parser->wants_help = true;
        return STATUS_DONE;
    }
    for (size_t i = 0; i < parser->given_count; i++) {
        if (parser->given[i].option == option && !option->is_repeatable && option->value)
            return report_usage(parser->command, "--%s is given twice", option->name);
    }
    struct given_option *given = &parser->given[parser->given_count++];
    given->option = option;
    given->value = value;
    return STATUS_DONE;
}

static int parse_long(struct parser *parser, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t size = equals ? (size_t)(equals - text) : strlen(text);
    const struct option *option = find_option(parser->command, text, size, 0);
    if (!option)
        return unknown_option(parser->command, text, size);
    if (!option->value) {
        if (equals)
            return report_usage(parser->command, "--%s takes no value", option->name);
        return add_given(parser, option, "");
    }
    if (equals)
        return add_given(parser, option, equals + 1);
    if (parser->next == parser->argc)
        return report_usage(parser->command, "--%s needs a value: --%s %s", option->name,
                            option->name, option->value);
    return add_given(parser, option, parser->argv[parser->next++]);
}

/* -abc: flags in one word; the value of an option is the rest of its word or the next one. */
static int parse_letters(struct parser *parser, const char *text)
{
    for (; *text; text++) {
        const struct option *option = find_option(parser->command, NULL, 0, *text);
        if (!option)
            return report_usage(parser->command, "unknown option -%c", *text);
        int status;
        if (!option->value) {
            status = add_given(parser, option, "");
        } else if (text[1]) {
            return add_given(parser, option, text + 1);
        } else if (parser->next == parser->argc) {
            return report_usage(parser->command, "-%c needs a value: -%c %s", *text, *text,
                                option->value);
        } else {
            status = add_given(parser, option, parser->argv[parser->next++]);
        }
        if (status != STATUS_DONE)
            return status;
    }
    return STATUS_DONE;
}

static int parse(struct parser *parser)
{
    bool only_operands = false;
    while (parser->next < parser->argc) {
        const char *text = parser->argv[parser->next++];
        bool is_option =
            !only_operands && text[0] == '-' && text[1] && !(text[1] >= '0' && text[1] <= '9');
        int status = STATUS_DONE;
        if (!is_option)
            parser->operands[parser->operand_count++] = text;
        else if (strcmp(text, "--") == 0)
            only_operands = true;
        else if (text[1] == '-')
            status = parse_long(parser, text + 2);
        else
            status = parse_letters(parser, text + 1);
        if (status != STATUS_DONE)
            return status;
    }
    return STATUS_DONE;
}

/* What the table asks for and the call does not give, or gives too much of. */
static int check(const struct parser *parser)
{
    const struct command *command = parser->command;
    for (const struct option *option = command->options; option->name; option++) {
        bool is_given = false;
        for (size_t i = 0; i < parser->given_count; i++)
            is_given = is_given || parser->given[i].option == option;
        if (option->is_required && !is_given)
            return report_usage(command, "--%s %s is missing", option->name, option->value);
    }
    if (parser->operand_count < command->least_operands)
        return report_usage(command, "%s is missing", command->operands);
    if (parser->operand_count > command->most_operands)
        return report_usage(command, "\"%s\" is one argument too many",
                            parser->operands[command->most_operands]);
    return STATUS_DONE;
}

int command_call(const struct command *command, int argc, char **argv)
{
    /* A word holds at most as many options as letters. */
    size_t most = 1;
    for (int i = 0; i < argc; i++)
        most += strlen(argv[i]);
    AUTO_FREE struct given_option *given = xcalloc(most, sizeof(*given));
    AUTO_FREE const char **operands = xcalloc((size_t)argc + 1, sizeof(*operands));
    struct parser parser = {
        .command = command, .argv = argv, .argc = argc, .given = given, .operands = operands};
    int status = parse(&parser);
    if (status != STATUS_DONE)
        return status;
    if (parser.wants_help)
        return help_command(command);
    status = check(&parser);
    if (status != STATUS_DONE)
        return status;
    struct call call = {.command = command,
                        .given = given,
                        .given_count = parser.given_count,
                        .operands = operands,
                        .operand_count = parser.operand_count};
    return command->run(&call);
}
