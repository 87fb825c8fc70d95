/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_arguments: the line of a magic, cut into its words.
 *
 * Words stand between blanks; single and double quotes keep blanks together (inside double quotes
 * \" and \\ are known), and may stand in the middle of a word. An unquoted word that begins with -
 * and has more than that is an option; after an unquoted -- nothing is. Pure; any bytes are
 * welcome.
 */
#ifndef RSCN_KERNEL_MAGIC_ARGUMENTS_H
#define RSCN_KERNEL_MAGIC_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct magic_word {
    char *text;
    bool is_option;
};

struct magic_arguments {
    char *name; /* the first word as it was typed, "%use" */
    struct magic_word *words;
    size_t count;
};

/* raw_from: number of the plain word (options not counted, from 0) that takes the rest of the line
 * as it stands, without the blanks around it; MAGIC_NO_RAW for none. It is not looked for when an
 * option came first. */
#define MAGIC_NO_RAW ((size_t)-1)

/* The name alone: whatever stands before the first blank, "" for an empty line. Caller frees. */
char *magic_arguments_name(const char *line, size_t size);
/* ERROR_INVALID for a quote that is not closed, a NUL or invalid UTF-8. Release also after a
 * failure. */
bool magic_arguments_split(const char *line, size_t size, size_t raw_from,
                           struct magic_arguments *ret_arguments, struct error *error) NODISCARD;
void magic_arguments_release(struct magic_arguments *arguments);

/* Takes the option out; true if it was there. */
bool magic_arguments_take_flag(struct magic_arguments *arguments, const char *option);
/* Takes `-n 5`, `-n5` or `--name=5` out. *ret_value is NULL when the option is not there, else a
 * new string that the caller frees. False when the value is missing. */
bool magic_arguments_take_value(struct magic_arguments *arguments, const char *option,
                                char **ret_value, struct error *error) NODISCARD;
/* What must be left in the end: no option, and from min to max words. The error shows `usage`. */
bool magic_arguments_check(const struct magic_arguments *arguments, size_t min, size_t max,
                           const char *usage, struct error *error) NODISCARD;

#endif
