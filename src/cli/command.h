/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: what a subcommand is: one static table entry and one function per file cmd_NAME.c.
 *
 * The entry is the only source of the command line: parsing, --help, the man page and `rscn help
 * --list-options` all read it. To add a command: write cmd_NAME.c, name it in commands.c and
 * local.mk, and add tests/cli/NAME.sh.
 */
#ifndef RSCN_CLI_COMMAND_H
#define RSCN_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_NAME "rscn"

/* Exit status (rscn(1)). */
enum exit_status {
    STATUS_DONE = 0,
    STATUS_NOT_DONE = 1,         /* done in part or not */
    STATUS_USAGE = 2,            /* the call was wrong */
    STATUS_STORE = 3,            /* the store can't be used */
    STATUS_INTERRUPTED = 128 + 2 /* as a shell says it of SIGINT */
};

struct option {
    char letter;       /* 0 = none */
    const char *name;  /* long name without -- */
    const char *value; /* placeholder of its value; NULL = a flag */
    const char *help;
    bool is_required;
    bool is_repeatable;
    bool is_hidden;
};
#define OPTION_END                                                                                 \
    {                                                                                              \
        0, NULL, NULL, NULL, false, false, false                                                   \
    }
#define OPTION_STORE                                                                               \
    {                                                                                              \
        0, "store", "FILE",                                                                        \
            "The store to use, instead of the one that would be found (see rscn(1)).", false,      \
            false, false                                                                           \
    }
#define OPTION_JSON(text)                                                                          \
    {                                                                                              \
        0, "json", NULL, (text), false, false, false                                               \
    }

struct call;

/*
 * Texts (description, examples) are paragraphs, one per line. A line that begins with a blank is
 * printed as it is; TERM<tab>TEXT is an entry of a list; what stands between back quotes is bold.
 */
struct command {
    const char *name;
    const char *operands; /* as in the synopsis: "[NOTEBOOK [CELL]]"; "" = none */
    size_t least_operands, most_operands;
    const char *summary; /* one line, lower case, no full stop */
    const char *description;
    const char *examples;         /* NULL = none */
    const char *statuses;         /* further exit statuses as a list, NULL = none */
    const struct option *options; /* without --help; ends with OPTION_END */
    bool uses_pager;              /* PAGER and NO_COLOR count */
    int (*run)(const struct call *call);
};

/* All commands in the order of the overview; ends with NULL. */
extern const struct command *const commands[];
/* NULL if there is none. */
const struct command *command_find(const char *name);

/* One call of a command, parsed. All texts are borrowed from argv. */
struct call {
    const struct command *command;
    const struct given_option *given;
    size_t given_count;
    const char *const *operands;
    size_t operand_count;
};
struct given_option {
    const struct option *option;
    const char *value; /* "" for a flag */
};

/* The value of the option with this long name (the last one given), "" for a flag; NULL when not
 * given. The name must stand in the command's table. */
const char *call_option(const struct call *call, const char *name);
/* Operand number `index`, or NULL. */
const char *call_operand(const struct call *call, size_t index);

/* Parses argv (without the program's and the command's name) and runs the command; --help prints
 * the help instead. Options may stand anywhere before `--`; a lone `-` and what begins with a minus
 * and a digit are operands. Returns the exit status. */
int command_call(const struct command *command, int argc, char **argv);
/* Says that the name is none, with near ones. Returns STATUS_USAGE. */
int command_unknown(const char *name);

#endif
