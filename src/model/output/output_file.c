/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_file: the outputs in a notebook file as jansson has them.
 */
#include "model/output/output_file.h"

#include "base/json_util.h"

#define DEEPEST 100

static json_t *number_from_file(const struct raw_json *json, raw_ref value)
{
    int64_t number;
    size_t size = 0;
    if (raw_json_integer(json, value, &number))
        return json_integer(number);
    const char *bytes = raw_json_bytes(json, value, &size);
    json_t *real = bytes ? json_parse(bytes, size, NULL) : NULL;
    return real ? real : json_null();
}

static json_t *text_from_file(const struct raw_json *json, raw_ref value)
{
    AUTO_STRBUF text = STRBUF_INIT;
    raw_json_add_text(json, value, &text);
    return json_text(strbuf_text(&text), text.size);
}

static json_t *value_from_file(const struct raw_json *json, raw_ref value, unsigned depth)
{
    enum raw_kind kind = raw_json_kind(json, value);
    json_t *container = NULL;
    switch (kind) {
    case RAW_TRUE:
    case RAW_FALSE:
        return json_boolean(kind == RAW_TRUE);
    case RAW_NUMBER:
        return number_from_file(json, value);
    case RAW_STRING:
        return text_from_file(json, value);
    case RAW_ARRAY:
        container = json_array();
        break;
    case RAW_OBJECT:
        container = json_object();
        break;
    case RAW_NULL:
        return json_null();
    }
    raw_ref part = depth < DEEPEST ? raw_json_first(json, value) : 0;
    for (; part; part = raw_json_next(json, part)) {
        json_t *child = value_from_file(json, part, depth + 1);
        AUTO_JSON *key = kind == RAW_OBJECT ? text_from_file(json, raw_json_key(json, part)) : NULL;
        if (key)
            json_object_set_new_nocheck(container, json_string_value(key), child);
        else
            json_array_append_new(container, child);
    }
    return container;
}

json_t *output_file_read(const struct raw_json *json, raw_ref outputs)
{
    return outputs ? value_from_file(json, outputs, 0) : json_array();
}
