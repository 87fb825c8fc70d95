/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_call: how magics show what they found.
 */
#include "kernel/magic/magic_call.h"

#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"

#define EXECUTION_SHOWN 8 /* characters */

void magic_show_text(const struct magic_call *call, const char *text)
{
    AUTO_JSON *data = json_object();
    json_object_set_new(data, "text/plain", json_text(text, strlen(text)));
    call->sink->display(call->sink->context, data, NULL);
}

void magic_show_table(const struct magic_call *call, const struct result_table *table)
{
    struct result_total total = {.rows = result_table_rows(table), .is_exact = true};
    AUTO_STRBUF text = STRBUF_INIT, html = STRBUF_INIT;
    result_table_text(table, &total, &text);
    result_table_html(table, &total, &html);
    AUTO_JSON *data = json_object();
    json_object_set_new(data, "text/plain", json_text(strbuf_text(&text), text.size));
    json_object_set_new(data, "text/html", json_text(strbuf_text(&html), html.size));
    call->sink->display(call->sink->context, data, NULL);
}

const char *magic_execution_id(const json_t *object)
{
    const char *id = json_member_text(object, "execution", "");
    size_t size = strlen(id);
    return id + (size > EXECUTION_SHOWN ? size - EXECUTION_SHOWN : 0);
}

void magic_execution_started(const json_t *object, char ret_started[TIMESTAMP_SIZE])
{
    timestamp_us time;
    ret_started[0] = '\0';
    if (timestamp_parse(json_member_text(object, "started_at", ""), &time))
        timestamp_format_local(time, ret_started);
}

void magic_add_text(struct result_table *table, const char *text)
{
    if (text != NULL)
        result_table_add_text(table, text, strlen(text));
    else
        result_table_add_null(table);
}

void magic_add_json(struct result_table *table, const json_t *value)
{
    if (json_is_integer(value)) {
        result_table_add_integer(table, json_integer_value(value));
    } else if (json_is_real(value)) {
        result_table_add_real(table, json_real_value(value));
    } else if (json_is_string(value)) {
        result_table_add_text(table, json_string_value(value), json_string_length(value));
    } else if (json_is_null(value) || value == NULL) {
        result_table_add_null(table);
    } else {
        AUTO_FREE char *text = json_format(value);
        magic_add_text(table, text);
    }
}
