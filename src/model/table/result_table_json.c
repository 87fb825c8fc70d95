/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_table_json: the first rows as application/vnd.dataresource+json, for front ends that draw
 * and sort.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/utf8.h"
#include "model/table/result_table_private.h"

static bool type_contains(const char *declared_type, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (const char *at = declared_type; *at != '\0'; at++) {
            if (strncasecmp(at, parts[i], strlen(parts[i])) == 0)
                return true;
        }
    }
    return false;
}

/* SQLite's affinity of a declared type, for a column without values. */
static const char *declared_field_type(const char *declared_type)
{
    static const char *const INTEGERS[] = {"INT"};
    static const char *const TEXTS[] = {"CHAR", "CLOB", "TEXT"};
    static const char *const NUMBERS[] = {"REAL", "FLOA", "DOUB", "NUM", "DEC"};
    if (declared_type == NULL)
        return "any";
    if (type_contains(declared_type, INTEGERS, ARRAY_SIZE(INTEGERS)))
        return "integer";
    if (type_contains(declared_type, TEXTS, ARRAY_SIZE(TEXTS)))
        return "string";
    return type_contains(declared_type, NUMBERS, ARRAY_SIZE(NUMBERS)) ? "number" : "any";
}

static const char *field_type(const struct column *column)
{
    bool has_numbers = column->seen[VALUE_INTEGER] + column->seen[VALUE_REAL] > 0;
    bool has_texts = column->seen[VALUE_TEXT] + column->seen[VALUE_BLOB] > 0;
    if (has_numbers && has_texts)
        return "any";
    if (has_texts)
        return "string";
    if (has_numbers)
        return column->seen[VALUE_REAL] > 0 ? "number" : "integer";
    return declared_field_type(column->declared_type);
}

/* A name for each column that no other has: a doubled one gets _2, _3 … An array of strings. */
static json_t *field_names(const struct result_table *table)
{
    json_t *names = json_array();
    AUTO_JSON *last_suffix = json_object(); /* name: the last suffix given, 0 = the name itself */
    for (size_t i = 0; i < table->column_count; i++) {
        AUTO_JSON *name = json_text(table->columns[i].name, strlen(table->columns[i].name));
        json_object_set_new(last_suffix, json_string_value(name), json_integer(0));
    }
    AUTO_JSON *taken = json_copy(last_suffix);
    AUTO_JSON *seen = json_object();
    for (size_t i = 0; i < table->column_count; i++) {
        AUTO_JSON *name = json_text(table->columns[i].name, strlen(table->columns[i].name));
        const char *text = json_string_value(name);
        if (json_object_get(seen, text) == NULL) {
            json_object_set_new(seen, text, json_true());
            json_array_append(names, name);
            continue;
        }
        json_int_t suffix = json_integer_value(json_object_get(last_suffix, text));
        suffix = suffix == 0 ? 2 : suffix + 1;
        AUTO_FREE char *other = xasprintf("%s_%" JSON_INTEGER_FORMAT, text, suffix);
        while (json_object_get(taken, other) != NULL) {
            free(other);
            other = xasprintf("%s_%" JSON_INTEGER_FORMAT, text, ++suffix);
        }
        json_object_set_new(last_suffix, text, json_integer(suffix));
        json_object_set_new(taken, other, json_true());
        json_array_append_new(names, json_string(other));
    }
    return names;
}

static json_t *text_value(const struct result_table *table, const struct value *value)
{
    const char *text = value_bytes(table, value);
    if ((value->flags & VALUE_IS_CUT) == 0 || utf8_length(text, value->size) >= value->characters)
        return json_text(text, value->size);
    AUTO_STRBUF cut = STRBUF_INIT;
    strbuf_add(&cut, text, value->size);
    strbuf_addf(&cut, "… (%" PRIu32 " characters)", value->characters);
    return json_text(strbuf_text(&cut), cut.size);
}

/* The table schema has words for numbers that JSON has not. */
static json_t *real_value(const char *number)
{
    if (strcmp(number, "Inf") == 0)
        return json_string("INF");
    if (strcmp(number, "-Inf") == 0)
        return json_string("-INF");
    return strcmp(number, "NaN") == 0 ? json_string("NaN") : json_real(strtod(number, NULL));
}

static json_t *json_value(const struct result_table *table, const struct value *value)
{
    if (value->type == VALUE_NULL)
        return json_null();
    if (value->type == VALUE_TEXT)
        return text_value(table, value);
    AUTO_FREE char *shown = xstrndup(value_bytes(table, value), value->size);
    if (value->type == VALUE_INTEGER)
        return json_integer(strtoll(shown, NULL, 10));
    return value->type == VALUE_REAL ? real_value(shown) : json_text(shown, value->size);
}

json_t *result_table_data_resource(const struct result_table *table)
{
    size_t rows = result_table_rows(table);
    if (rows > RESULT_TABLE_JSON_ROWS)
        return NULL;
    AUTO_JSON *names = field_names(table);
    json_t *fields = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        json_array_append_new(fields, json_pack("{s:O, s:s}", "name", json_array_get(names, i),
                                                "type", field_type(&table->columns[i])));
    }
    json_t *data = json_array();
    for (size_t row = 0; row < rows; row++) {
        json_t *object = json_object();
        for (size_t i = 0; i < table->column_count; i++) {
            json_object_set_new(object, json_string_value(json_array_get(names, i)),
                                json_value(table, value_at(table, row, i)));
        }
        json_array_append_new(data, object);
    }
    return json_pack("{s:{s:o}, s:o}", "schema", "fields", fields, "data", data);
}
