/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/magic/magic_dot.h"

#include <stdlib.h>
#include <string.h>

#include "base/near_name.h"
#include "base/strbuf.h"
#include "kernel/magic/magic_arguments.h"
#include "kernel/magic/magic_foreign.h"

static const struct command {
    const char *name, *magic;
} commands[] = {
    {".tables", "%tables"}, {".schema", "%schema"}, {".databases", "%databases"},
    {".open", "%use"},      {".read", "%read"},
};

static const struct parameter_command {
    const char *name, *magic;
} parameter_commands[] = {
    {"set", "%param"},           {"unset", "%param --unset"}, {"list", "%param"},
    {"clear", "%param --clear"}, {"init", "%param"},
};

/* The rest of the line after its first word. */
static const char *rest_of(const char *line, size_t *size)
{
    size_t start = 0;
    while (start < *size && strchr(" \t\r", line[start]) != NULL)
        start++;
    while (start < *size && strchr(" \t\r", line[start]) == NULL)
        start++;
    *size -= start;
    return line + start;
}

static char *join(const char *magic, const char *rest, size_t size)
{
    AUTO_STRBUF line = STRBUF_INIT;
    strbuf_add_text(&line, magic);
    strbuf_add(&line, rest, size);
    return strbuf_take(&line);
}

static char *translate_parameter(const char *rest, size_t size, struct error *error)
{
    AUTO_FREE char *word = magic_arguments_name(rest, size);
    const char *values = rest_of(rest, &size);
    for (size_t i = 0; i < ARRAY_SIZE(parameter_commands); i++) {
        if (strcmp(parameter_commands[i].name, word) == 0)
            return join(parameter_commands[i].magic, values, size);
    }
    error_set(error, ERROR_NOT_FOUND,
              ".parameter %s is not known; it is: .parameter set NAME VALUE, unset NAME, list or "
              "clear",
              word);
    return NULL;
}

const char *const *magic_dot_names(void)
{
    static const char *const names[] = {".databases", ".open",   ".parameter", ".read",
                                        ".schema",    ".tables", NULL};
    return names;
}

char *magic_dot_translate(const char *line, size_t size, struct error *error)
{
    AUTO_FREE char *name = magic_arguments_name(line, size);
    const char *rest = rest_of(line, &size);
    const char *names[ARRAY_SIZE(commands) + 1] = {".parameter"};
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        names[i + 1] = commands[i].name;
        if (strcmp(commands[i].name, name) == 0)
            return join(commands[i].magic, rest, size);
    }
    if (strcmp(name, ".parameter") == 0)
        return translate_parameter(rest, size, error);
    const char *advice = magic_foreign_advice(name);
    AUTO_STRBUF near = STRBUF_INIT;
    if (advice != NULL)
        error_set(error, ERROR_NOT_FOUND, "%s is not known here; %s", name, advice);
    else if (near_name_list(&near, name, names, ARRAY_SIZE(names), 3) > 0)
        error_set(error, ERROR_NOT_FOUND, "%s is not known here; did you mean %s?", name,
                  strbuf_text(&near));
    else
        error_set(error, ERROR_NOT_FOUND, "%s is not known here; %%help lists what is", name);
    return NULL;
}
