/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_parameters: %param: values for :name, $name and @name in SQL (R-30).
 */
#include "kernel/magic/magic_call.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "engine/sqlite_engine.h"
#include "kernel/executor.h"

#define PARAMETER_NAME_MAX 200

/* The name without its sigil; NULL with an error when it is no name. Borrowed from `text`. */
static const char *parameter_name(const char *text, struct error *error)
{
    const char *name = text + (text[0] != '\0' && strchr(":$@", text[0]) != NULL);
    bool valid = name[0] != '\0' && (name[0] < '0' || name[0] > '9');
    for (const char *c = name; *c != '\0' && valid; c++)
        valid = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
                (*c >= '0' && *c <= '9');
    if (valid && strlen(name) <= PARAMETER_NAME_MAX)
        return name;
    error_set(error, ERROR_INVALID,
              "'%s' is no name for a parameter; take a letter or _, then letters, digits and _",
              text);
    return NULL;
}

/* The text inside '…' with '' for a quote, NULL when it is not quoted like that as a whole. */
static char *unquoted(const char *text)
{
    size_t size = strlen(text);
    if (size < 2 || text[0] != '\'' || text[size - 1] != '\'')
        return NULL;
    AUTO_STRBUF inner = STRBUF_INIT;
    for (size_t i = 1; i < size - 1; i++) {
        if (text[i] == '\'' && (text[++i] != '\'' || i == size - 1))
            return NULL;
        strbuf_add_char(&inner, text[i]);
    }
    return strbuf_take(&inner);
}

/* A JSON scalar, else the plain text: never an SQL expression, so that a value cannot do anything.
 */
static json_t *parameter_value(const char *text)
{
    AUTO_FREE char *inner = unquoted(text);
    if (inner != NULL)
        return json_text(inner, strlen(inner));
    json_t *value = json_parse(text, strlen(text), NULL);
    if (value != NULL && !json_is_object(value) && !json_is_array(value))
        return value;
    json_decref(value);
    return json_text(text, strlen(text));
}

static const char *json_type_word(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "integer";
    case JSON_REAL:
        return "real";
    case JSON_NULL:
        return "null";
    default:
        return "boolean";
    }
}

static void show_parameter(const struct magic_call *call, const char *name, const json_t *value)
{
    AUTO_FREE char *text = json_format(value);
    AUTO_FREE char *line = xasprintf("%s = %s", name, text);
    magic_show_text(call, line);
}

static void list_parameters(struct magic_call *call, const json_t *parameters)
{
    if (json_object_size(parameters) == 0) {
        magic_show_text(call, "No parameters are set; %param NAME VALUE sets one.");
        return;
    }
    struct result_table *table = result_table_new();
    result_table_add_column(table, "name", NULL);
    result_table_add_column(table, "value", NULL);
    result_table_add_column(table, "type", NULL);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)parameters, name, value)
    {
        magic_add_text(table, name);
        magic_add_json(table, value);
        magic_add_text(table, json_type_word(value));
    }
    magic_show_table(call, table);
    result_table_free(table);
}

static bool show_one_parameter(struct magic_call *call, const json_t *parameters, const char *name,
                               struct error *error)
{
    const json_t *value = json_object_get(parameters, name);
    if (value != NULL) {
        show_parameter(call, name, value);
        return true;
    }
    size_t count = 0;
    const char **names = xcalloc(json_object_size(parameters) + 1, sizeof(*names));
    const char *key;
    json_t *unused;
    json_object_foreach((json_t *)parameters, key, unused) names[count++] = key;
    AUTO_STRBUF near = STRBUF_INIT;
    if (near_name_list(&near, name, names, count, 3) > 0)
        error_set(error, ERROR_NOT_FOUND, "no parameter %s is set; did you mean %s?", name,
                  strbuf_text(&near));
    else
        error_set(error, ERROR_NOT_FOUND, "no parameter %s is set; %%param %s VALUE sets it", name,
                  name);
    free(names);
    return false;
}

static void clear_parameters(struct magic_call *call, const json_t *parameters)
{
    size_t count = json_object_size(parameters);
    while (json_object_size(parameters) > 0) {
        /* The name belongs to the object that loses it. */
        AUTO_FREE char *name =
            xstrdup(json_object_iter_key(json_object_iter((json_t *)parameters)));
        executor_set_parameter(call->executor, name, NULL);
    }
    AUTO_FREE char *text = xasprintf("%zu parameter%s removed", count, count == 1 ? "" : "s");
    magic_show_text(call, text);
}

bool magic_param(struct magic_call *call, struct error *error)
{
    struct magic_arguments *arguments = &call->arguments;
    const json_t *parameters = sqlite_engine_parameters(executor_engine(call->executor));
    bool unset = magic_arguments_take_flag(arguments, "--unset");
    bool clear = magic_arguments_take_flag(arguments, "--clear");
    if (clear && unset)
        return error_set(error, ERROR_INVALID,
                         "--unset and --clear exclude each other; leave one out");
    if (!magic_arguments_check(arguments, unset, clear ? 0 : unset ? 1 : 2, call->usage, error))
        return false;
    if (clear) {
        clear_parameters(call, parameters);
        return true;
    }
    if (arguments->count == 0) {
        list_parameters(call, parameters);
        return true;
    }
    const char *name = parameter_name(arguments->words[0].text, error);
    if (name == NULL)
        return false;
    if (unset) {
        bool was_set = json_object_get(parameters, name) != NULL;
        executor_set_parameter(call->executor, name, NULL);
        AUTO_FREE char *text = xasprintf(was_set ? "%s removed" : "%s was not set", name);
        magic_show_text(call, text);
        return true;
    }
    if (arguments->count == 1)
        return show_one_parameter(call, parameters, name, error);
    AUTO_JSON *value = parameter_value(arguments->words[1].text);
    executor_set_parameter(call->executor, name, value);
    show_parameter(call, name, value);
    return true;
}
