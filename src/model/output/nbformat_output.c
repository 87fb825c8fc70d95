/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbformat_output: the texts in an output as notebook files have it.
 */
#include "model/output/nbformat_output.h"

#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"

void nbformat_add_text(const json_t *value, struct strbuf *buffer)
{
    size_t index;
    json_t *part;

    if (json_is_string(value))
        strbuf_add(buffer, json_string_value(value), json_string_length(value));
    json_array_foreach(value, index, part)
    {
        if (json_is_string(part))
            strbuf_add(buffer, json_string_value(part), json_string_length(part));
    }
}

char *nbformat_text(const json_t *value)
{
    AUTO_STRBUF text = STRBUF_INIT;
    nbformat_add_text(value, &text);
    return strbuf_take(&text);
}

char *nbformat_error_text(const json_t *output)
{
    AUTO_STRBUF text = STRBUF_INIT;
    size_t index;
    json_t *line;

    json_array_foreach(json_object_get(output, "traceback"), index, line)
    {
        if (!json_is_string(line))
            continue;
        strbuf_add(&text, json_string_value(line), json_string_length(line));
        strbuf_add_char(&text, '\n');
    }
    if (text.size > 0 && !memchr(text.text, '\033', text.size))
        return strbuf_take(&text);
    return xasprintf("%s: %s", json_member_text(output, "ename", "error"),
                     json_member_text(output, "evalue", ""));
}

char *nbformat_output_text(const json_t *output)
{
    const char *type = json_member_text(output, "output_type", "");
    if (strcmp(type, "stream") == 0)
        return nbformat_text(json_object_get(output, "text"));
    if (strcmp(type, "error") == 0 || strcmp(type, "pyerr") == 0)
        return nbformat_error_text(output);
    const json_t *data = json_object_get(output, "data");
    const json_t *plain = json_object_get(data ? data : output, data ? "text/plain" : "text");
    return plain ? nbformat_text(plain) : NULL;
}
