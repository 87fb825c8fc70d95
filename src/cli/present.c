/* SPDX-License-Identifier: Apache-2.0 */
/*
 * present: how the values of the record's JSON objects look to people.
 */
#include "cli/present.h"

#include <string.h>

#include "base/ident.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "model/states.h"

const char *present_short_id(const char *execution)
{
    size_t size = strlen(execution);
    return size > SHORT_EXECUTION ? execution + size - SHORT_EXECUTION : execution;
}

char *present_member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value))
        return xstrdup("");
    if (json_is_string(value))
        return xstrdup(json_string_value(value));
    return json_format(value);
}

char *present_time(const char *rfc3339)
{
    timestamp_us time;
    char local[TIMESTAMP_SIZE];
    if (!rfc3339 || !rfc3339[0])
        return xstrdup("");
    if (!timestamp_parse(rfc3339, &time))
        return xstrdup(rfc3339);
    timestamp_format_local(time, local);
    return xstrdup(local);
}

char *present_duration(double milliseconds)
{
    if (milliseconds < 0)
        return xstrdup("");
    if (milliseconds < 10)
        return xasprintf("%.1f ms", milliseconds);
    if (milliseconds < 1000)
        return xasprintf("%.0f ms", milliseconds);
    if (milliseconds < 60000)
        return xasprintf("%.2f s", milliseconds / 1000);
    long long seconds = (long long)(milliseconds / 1000);
    if (seconds < 3600)
        return xasprintf("%lld min %lld s", seconds / 60, seconds % 60);
    return xasprintf("%lld h %lld min", seconds / 3600, seconds / 60 % 60);
}

char *present_duration_member(const json_t *object)
{
    const json_t *value = json_object_get(object, "duration_ms");
    return present_duration(json_is_number(value) ? json_number_value(value) : -1);
}

char *present_size(int64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024)
        return xasprintf("%lld bytes", (long long)bytes);
    double size = (double)bytes / 1024;
    size_t unit = 0;
    for (; size >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
        size /= 1024;
    return xasprintf("%.1f %s", size, units[unit]);
}

char *present_cell(const json_t *object)
{
    const char *cell = json_member_text(object, "cell", "");
    const json_t *version = json_object_get(object, "cell_version");
    if (!json_is_integer(version))
        return xstrdup(cell);
    return xasprintf("%s@%lld", cell, (long long)json_integer_value(version));
}

char *present_touched(const json_t *object)
{
    AUTO_STRBUF text = STRBUF_INIT;
    const char *action = json_member_text(object, "action", "");
    const char *database = json_member_text(object, "database", "main");
    const char *through = json_member_text(object, "through", NULL);
    const char *former = json_member_text(object, "renamed_from", NULL);
    const char *file = json_member_text(object, "file", NULL);
    json_int_t changes = json_member_integer(object, "object_changes", -1);
    size_t index;
    json_t *column;

    strbuf_addf(&text, "line %lld  %-6s  ", (long long)json_member_integer(object, "line", 0),
                action);
    if (strcmp(database, "main") != 0)
        strbuf_addf(&text, "%s.", database);
    strbuf_add_text(&text, json_member_text(object, "object", ""));
    json_array_foreach(json_object_get(object, "columns"), index, column)
        strbuf_addf(&text, "%s%s", index ? ", " : " (",
                    json_is_string(column) ? json_string_value(column) : "");
    strbuf_add_text(&text, index > 0 ? ")" : "");
    if (former)
        strbuf_addf(&text, ", formerly %s", former);
    if (changes >= 0)
        strbuf_addf(&text, ", %lld row%s", (long long)changes, changes == 1 ? "" : "s");
    if (through)
        strbuf_addf(&text, ", through %s", through);
    if (file)
        strbuf_addf(&text, ", in %s", file);
    if (strcmp(action, "read") != 0 && strcmp(json_member_text(object, "effect", ""), "none") == 0)
        strbuf_add_text(&text, ", undone");
    return strbuf_take(&text);
}

char *present_first_line(const char *code)
{
    static const char blanks[] = " \t\r\n";
    if (!code)
        return xstrdup("");
    code += strspn(code, blanks);
    return xstrndup(code, strcspn(code, "\r\n"));
}

char *present_states(const json_t *states)
{
    AUTO_STRBUF text = STRBUF_INIT;
    /* Good ones first, as in the table of states. */
    for (int state = 0; state < STATE_COUNT; state++) {
        const char *name = state_name((enum cell_state)state);
        json_int_t count = json_integer_value(json_object_get(states, name));
        if (count > 0)
            strbuf_addf(&text, "%s%lld %s", text.size > 0 ? ", " : "", (long long)count, name);
    }
    return strbuf_take(&text);
}

enum output_style present_state_style(const char *state)
{
    enum cell_state parsed;
    if (!state_parse(state, &parsed))
        return STYLE_PLAIN;
    switch (parsed) {
    case STATE_EXECUTED:
        return STYLE_GOOD;
    case STATE_FAILED:
    case STATE_ENGINE_ERROR:
    case STATE_REJECTED:
    case STATE_TIMED_OUT:
    case STATE_UNKNOWN:
        return STYLE_BAD;
    case STATE_INTERRUPTED:
    case STATE_CANCELED:
    case STATE_SKIPPED:
    case STATE_ROLLED_BACK:
    case STATE_RUNNING:
        return STYLE_NOTE;
    case STATE_INITIAL:
    case STATE_PENDING:
    case STATE_COUNT:
        break;
    }
    return STYLE_PLAIN;
}

char *present_execution_field(const json_t *execution, const char *key, const char *text,
                              enum output_style *ret_style)
{
    *ret_style = strcmp(key, "state") == 0 ? present_state_style(text) : STYLE_PLAIN;
    if (strcmp(key, "execution") == 0)
        return xstrdup(present_short_id(text));
    if (strcmp(key, "started_at") == 0)
        return present_time(text);
    if (strcmp(key, "cell") == 0)
        return present_cell(execution);
    if (strcmp(key, "duration_ms") == 0)
        return present_duration_member(execution);
    return xstrdup(text);
}

const char *present_lineage(const char *how)
{
    return strcmp(how, "split") == 0   ? "split from"
           : strcmp(how, "merge") == 0 ? "merged from"
                                       : "copy of";
}
