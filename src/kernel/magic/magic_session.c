/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_session: %log, %set, %info: what ran here, and how it runs.
 */
#include "kernel/magic/magic_call.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "kernel/executor.h"
#include "kernel/executor_run.h"
#include "store/store.h"

#define LOG_ROWS 10
#define MAX_BYTES_MIN 1024
#define MAX_BYTES_MAX (256LL * 1024 * 1024)
#define TIMEOUT_MAX_S 86400

/* --- %log ------------------------------------------------------------------------------------ */

struct log_table {
    struct result_table *table;
    bool with_notebook;
};

static bool add_log_row(void *context, const json_t *object)
{
    struct log_table *log = context;
    char started[TIMESTAMP_SIZE];
    magic_execution_started(object, started);
    magic_add_text(log->table, magic_execution_id(object));
    magic_add_text(log->table, started[0] != '\0' ? started : NULL);
    if (log->with_notebook)
        magic_add_json(log->table, json_object_get(object, "notebook"));
    magic_add_json(log->table, json_object_get(object, "cell"));
    magic_add_json(log->table, json_object_get(object, "cell_version"));
    magic_add_json(log->table, json_object_get(object, "state"));
    magic_add_json(log->table, json_object_get(object, "duration_ms"));
    magic_add_json(log->table, json_object_get(object, "target"));
    magic_add_json(log->table, json_object_get(object, "reason"));
    return true;
}

static bool is_any(void *context, const json_t *object)
{
    (void)context;
    (void)object;
    return false;
}

/* A whole number of at most max; false when it is something else. */
static bool parse_number(const char *text, long long max, long long *ret_number,
                         const char **ret_end)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *ret_number = strtoll(text, &end, 10);
    *ret_end = end;
    return errno == 0 && *ret_number <= max;
}

static bool log_limit(struct magic_call *call, int64_t *ret_limit, struct error *error)
{
    AUTO_FREE char *text = NULL;
    *ret_limit = LOG_ROWS;
    if (!magic_arguments_take_value(&call->arguments, "-n", &text, error))
        return false;
    long long number;
    const char *end;
    if (text == NULL)
        return true;
    if (!parse_number(text, INT_MAX, &number, &end) || *end != '\0')
        return error_set(error, ERROR_INVALID, "-n takes a number of executions, not '%s'", text);
    *ret_limit = number;
    return true;
}

/* The word is no cell that ran: a table, else a misspelled name, which is an error with near names. */
static bool log_of_no_cell(struct magic_call *call, struct store_connection *connection,
                           const struct log_filter *filter, struct error *error)
{
    struct error not_found = ERROR_INIT;
    if (magic_object_log(call, connection, filter->cell, filter->limit, &not_found))
        return true;
    if (not_found.code != ERROR_NOT_FOUND)
        return error_set(error, not_found.code, "%s", not_found.message);
    if (filter->notebook == NULL ||
        store_cat(connection, filter->notebook, filter->cell, 0, is_any, NULL, NULL))
        return error_set(error, ERROR_NOT_FOUND, "%s", not_found.message);
    return store_cat(connection, filter->notebook, filter->cell, 0, is_any, NULL, error);
}

bool magic_log(struct magic_call *call, struct error *error)
{
    struct log_filter filter = {.notebook = executor_notebook(call->executor)};
    bool all = magic_arguments_take_flag(&call->arguments, "--all");
    bool is_object = magic_arguments_take_flag(&call->arguments, "--object");
    if (!log_limit(call, &filter.limit, error) ||
        !magic_arguments_check(&call->arguments, is_object ? 1 : 0, all && !is_object ? 0 : 1,
                               call->usage, error))
        return false;
    if (all)
        filter.notebook = NULL;
    if (call->arguments.count == 1)
        filter.cell = call->arguments.words[0].text;
    struct store_connection *connection = executor_store_connection(call->executor, error);
    if (connection == NULL)
        return false;
    executor_flush(call->executor);
    if (is_object)
        return magic_object_log(call, connection, filter.cell, filter.limit, error);
    static const char *const columns[] = {"execution", "started", "notebook", "cell",  "version",
                                          "state",     "ms",      "database", "reason"};
    struct log_table log = {result_table_new(), all};
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        if (all || strcmp(columns[i], "notebook") != 0)
            result_table_add_column(log.table, columns[i], NULL);
    }
    bool done = store_log(connection, &filter, add_log_row, &log, error);
    bool is_unknown = done && filter.cell != NULL && result_table_rows(log.table) == 0;
    if (done && !is_unknown)
        magic_show_table(call, log.table);
    result_table_free(log.table);
    return is_unknown ? log_of_no_cell(call, connection, &filter, error) : done;
}

/* --- %set ------------------------------------------------------------------------------------ */

static bool set_max_rows(struct engine_limits *limits, const char *text)
{
    long long number;
    const char *end;
    if (strcasecmp(text, "all") == 0) {
        limits->max_rows = -1;
        return true;
    }
    if (!parse_number(text, INT_MAX, &number, &end) || *end != '\0')
        return false;
    limits->max_rows = number;
    return true;
}

static bool set_max_width(struct engine_limits *limits, const char *text)
{
    long long number;
    const char *end;
    if (strcasecmp(text, "all") == 0) {
        limits->max_width = -1;
        return true;
    }
    if (!parse_number(text, INT_MAX, &number, &end) || *end != '\0' || number == 0)
        return false;
    limits->max_width = number;
    return true;
}

static bool set_timer(struct engine_limits *limits, const char *text)
{
    bool is_on = strcasecmp(text, "on") == 0;
    if (!is_on && strcasecmp(text, "off") != 0)
        return false;
    limits->with_times = is_on;
    return true;
}

static bool set_max_bytes(struct engine_limits *limits, const char *text)
{
    long long number;
    const char *unit;
    if (!parse_number(text, MAX_BYTES_MAX, &number, &unit))
        return false;
    if (strcasecmp(unit, "k") == 0)
        number *= 1024;
    else if (strcasecmp(unit, "m") == 0)
        number *= 1024 * 1024;
    else if (*unit != '\0')
        return false;
    if (number < MAX_BYTES_MIN || number > MAX_BYTES_MAX)
        return false;
    limits->max_bytes = (size_t)number;
    return true;
}

static bool set_timeout(struct engine_limits *limits, const char *text)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    double seconds = strtod(text, &end);
    if (*end != '\0' || !(seconds >= 0 && seconds <= TIMEOUT_MAX_S))
        return false;
    limits->timeout_ms = (int)(seconds * 1000);
    return true;
}

static void number_text(int64_t number, struct strbuf *buffer)
{
    if (number < 0)
        strbuf_add_text(buffer, "all");
    else
        strbuf_addf(buffer, "%lld", (long long)number);
}

static void max_rows_text(const struct engine_limits *limits, struct strbuf *buffer)
{
    number_text(limits->max_rows, buffer);
}

static void max_width_text(const struct engine_limits *limits, struct strbuf *buffer)
{
    number_text(limits->max_width, buffer);
}

static void timer_text(const struct engine_limits *limits, struct strbuf *buffer)
{
    strbuf_add_text(buffer, limits->with_times ? "on" : "off");
}

static void max_bytes_text(const struct engine_limits *limits, struct strbuf *buffer)
{
    if (limits->max_bytes % (1024 * 1024) == 0)
        strbuf_addf(buffer, "%zuM", limits->max_bytes / (1024 * 1024));
    else if (limits->max_bytes % 1024 == 0)
        strbuf_addf(buffer, "%zuk", limits->max_bytes / 1024);
    else
        strbuf_addf(buffer, "%zu", limits->max_bytes);
}

static void timeout_text(const struct engine_limits *limits, struct strbuf *buffer)
{
    strbuf_addf(buffer, "%g", limits->timeout_ms / 1000.0);
}

static const struct setting {
    const char *name, *values, *summary;
    bool (*set)(struct engine_limits *limits, const char *text);
    void (*text)(const struct engine_limits *limits, struct strbuf *buffer);
} settings[] = {
    {"maxrows", "a number or all", "rows shown of each result", set_max_rows, max_rows_text},
    {"maxwidth", "a number of characters or all", "characters shown of each text", set_max_width,
     max_width_text},
    {"maxbytes", "1k to 256M, as in 500k or 16M", "shown output of a cell", set_max_bytes,
     max_bytes_text},
    {"timeout", "seconds, 0 to 86400", "waiting for a database that another program has locked",
     set_timeout, timeout_text},
    {"timer", "on or off", "the time of each statement below its result", set_timer, timer_text},
};

static const struct setting *setting_find(const char *name, struct error *error)
{
    const char *names[ARRAY_SIZE(settings)];
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        names[i] = settings[i].name;
        if (strcasecmp(names[i], name) == 0)
            return &settings[i];
    }
    AUTO_STRBUF near = STRBUF_INIT;
    if (near_name_list(&near, name, names, ARRAY_SIZE(names), 3) > 0)
        error_set(error, ERROR_NOT_FOUND, "unknown setting %s; did you mean %s?", name,
                  strbuf_text(&near));
    else
        error_set(error, ERROR_NOT_FOUND, "unknown setting %s; %%set lists all", name);
    return NULL;
}

static void list_settings(struct magic_call *call, const struct engine_limits *limits)
{
    struct result_table *table = result_table_new();
    result_table_add_column(table, "name", NULL);
    result_table_add_column(table, "value", NULL);
    result_table_add_column(table, "what it is", NULL);
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        AUTO_STRBUF value = STRBUF_INIT;
        settings[i].text(limits, &value);
        magic_add_text(table, settings[i].name);
        magic_add_text(table, strbuf_text(&value));
        magic_add_text(table, settings[i].summary);
    }
    magic_show_table(call, table);
    result_table_free(table);
}

bool magic_set(struct magic_call *call, struct error *error)
{
    const struct magic_arguments *arguments = &call->arguments;
    struct engine_limits *limits = executor_limits(call->executor);
    if (!magic_arguments_check(arguments, 0, 2, call->usage, error))
        return false;
    if (arguments->count == 0) {
        list_settings(call, limits);
        return true;
    }
    const struct setting *setting = setting_find(arguments->words[0].text, error);
    if (setting == NULL)
        return false;
    if (arguments->count == 2 && !setting->set(limits, arguments->words[1].text))
        return error_set(error, ERROR_INVALID, "'%s' is no value for %s; it takes %s",
                         arguments->words[1].text, setting->name, setting->values);
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_addf(&text, "%s = ", setting->name);
    setting->text(limits, &text);
    magic_show_text(call, strbuf_text(&text));
    return true;
}

/* --- %info ----------------------------------------------------------------------------------- */

/* An array of words as one text. */
static void add_fact(struct result_table *table, const json_t *value)
{
    if (!json_is_array(value)) {
        magic_add_json(table, value);
        return;
    }
    AUTO_STRBUF text = STRBUF_INIT;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        AUTO_FREE char *word =
            json_is_string(item) ? xstrdup(json_string_value(item)) : json_format(item);
        strbuf_addf(&text, "%s%s", i > 0 ? ", " : "", word);
    }
    magic_add_text(table, strbuf_text(&text));
}

bool magic_info(struct magic_call *call, struct error *error)
{
    if (!magic_arguments_check(&call->arguments, 0, 0, call->usage, error))
        return false;
    AUTO_JSON *facts = executor_facts(call->executor);
    struct result_table *table = result_table_new();
    result_table_add_column(table, "fact", NULL);
    result_table_add_column(table, "value", NULL);
    const char *key;
    json_t *value;
    json_object_foreach(facts, key, value)
    {
        magic_add_text(table, key);
        add_fact(table, value);
    }
    magic_show_table(call, table);
    result_table_free(table);
    return true;
}
