/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflight_record: the fields of an execution record as one table, written and read the same way.
 */
#include "store/inflight_record.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/utf8.h"

enum field_type { TEXT, INTEGER, COUNT, TIME, FLAG };

struct field {
    const char *key;
    enum field_type type;
    size_t offset;
};

#define FIELD(type, name)                                                                          \
    {                                                                                              \
#name, type, offsetof(struct execution_record, name)                                       \
    }
static const struct field record_fields[] = {
    FIELD(TEXT, cell_key),
    FIELD(TEXT, cell_name),
    FIELD(TEXT, nbformat_id),
    FIELD(TEXT, kernel_id),
    FIELD(TEXT, arguments),
    FIELD(TEXT, engine),
    FIELD(TEXT, engine_version),
    FIELD(TEXT, target),
    FIELD(FLAG, has_target_facts),
    FIELD(INTEGER, target_size),
    FIELD(TIME, target_modified_at),
    FIELD(TEXT, target_schema_hash),
    FIELD(TEXT, reason),
    FIELD(TEXT, effect),
    FIELD(COUNT, rows),
    FIELD(COUNT, changes),
    FIELD(TEXT, error),
    FIELD(TEXT, reply),
    FIELD(INTEGER, execution_count),
    FIELD(FLAG, is_silent),
    FIELD(FLAG, in_history),
    FIELD(FLAG, effect_is_recorded),
    FIELD(TEXT, client_session),
    FIELD(TEXT, msg_id),
    FIELD(TEXT, client_user),
    FIELD(TEXT, user),
    FIELD(TEXT, user_claimed),
    FIELD(TEXT, host),
    FIELD(TEXT, identified_by),
    FIELD(TEXT, client_cell),
    FIELD(TIME, received_at),
    FIELD(TIME, started_at),
    FIELD(TIME, ended_at),
    FIELD(FLAG, outputs_complete), /* the last one: see inflight_record_add */
};
#undef FIELD
#define FIELD(type, name)                                                                          \
    {                                                                                              \
#name, type, offsetof(struct run_facts, name)                                              \
    }
static const struct field run_fields[] = {
    FIELD(TEXT, notebook), FIELD(TEXT, client), FIELD(TEXT, parameters), FIELD(TEXT, user),
    FIELD(TEXT, host),     FIELD(INTEGER, pid), FIELD(TIME, started_at),
};
#undef FIELD

/* Without these the store refuses the row, or the code would follow a NULL. */
static const char *const needed_texts[] = {
    "cell_key",       "cell_name", "kernel_id", "engine", "engine_version", "target",
    "client_session", "msg_id",    "user",      "host",   "identified_by",
};

/* --- writing --------------------------------------------------------------------------------- */

/* The entry is written before every cell: as text at once, not by way of JSON values. */
static void add_key(struct strbuf *buffer, const char *key)
{
    char last = buffer->text[buffer->size - 1];
    strbuf_add_text(buffer, last == '{' || last == '[' ? "\"" : ",\"");
    strbuf_add_text(buffer, key);
    strbuf_add_text(buffer, "\":");
}

static void add_text(struct strbuf *buffer, const char *text)
{
    if (text)
        json_add_text(buffer, text, strlen(text));
    else
        strbuf_add_text(buffer, "null");
}

static void add_member(struct strbuf *buffer, const char *key, const char *text)
{
    add_key(buffer, key);
    add_text(buffer, text);
}

/* What parse_fields takes a missing member for is left out. */
static void add_fields(struct strbuf *buffer, const struct field *fields, size_t count,
                       const void *from)
{
    for (size_t i = 0; i < count; i++) {
        const char *place = (const char *)from + fields[i].offset;
        const char *text = NULL;
        int64_t number = 0;
        switch (fields[i].type) {
        case TEXT:
            memcpy(&text, place, sizeof(text));
            if (text)
                add_member(buffer, fields[i].key, text);
            break;
        case INTEGER:
        case COUNT:
        case TIME:
            memcpy(&number, place, sizeof(number));
            if (number == (fields[i].type == COUNT ? -1 : 0))
                break;
            add_key(buffer, fields[i].key);
            json_add_integer(buffer, number);
            break;
        case FLAG:
            if (!*(const bool *)place)
                break;
            add_key(buffer, fields[i].key);
            strbuf_add_text(buffer, "true");
            break;
        }
    }
}

/* Code is kept byte for byte (D-3), also where it is no UTF-8. */
static void add_code(struct strbuf *buffer, const struct execution_record *record)
{
    if (utf8_is_valid(record->code, record->code_size)) {
        add_key(buffer, "code");
        json_add_text(buffer, record->code, record->code_size);
        return;
    }
    add_key(buffer, "code_hex");
    strbuf_add_char(buffer, '"');
    for (size_t i = 0; i < record->code_size; i++)
        strbuf_addf(buffer, "%02x", (unsigned char)record->code[i]);
    strbuf_add_char(buffer, '"');
}

static void add_steps(struct strbuf *buffer, const struct execution_record *record)
{
    add_key(buffer, "steps");
    strbuf_add_char(buffer, '[');
    for (size_t i = 0; i < record->step_count; i++) {
        const struct execution_step *step = &record->steps[i];
        strbuf_add_text(buffer, i == 0 ? "[" : ",[");
        add_text(buffer, state_name(step->to));
        strbuf_add_char(buffer, ',');
        json_add_integer(buffer, step->at);
        strbuf_add_char(buffer, ',');
        add_text(buffer, step->reason);
        strbuf_add_char(buffer, ']');
    }
    strbuf_add_char(buffer, ']');
}

static void add_outputs(struct strbuf *buffer, const struct execution_record *record)
{
    add_key(buffer, "outputs");
    strbuf_add_char(buffer, '[');
    for (size_t i = 0; i < record->output_count; i++) {
        const struct execution_output *output = &record->outputs[i];
        strbuf_add_text(buffer, i == 0 ? "[" : ",[");
        add_text(buffer, output->msg_type);
        strbuf_add_char(buffer, ',');
        add_text(buffer, output->content);
        strbuf_add_char(buffer, ',');
        json_add_integer(buffer, output->at);
        strbuf_add_char(buffer, ']');
    }
    strbuf_add_char(buffer, ']');
}

static json_t *format_objects(const struct touched_objects *objects)
{
    json_t *array = json_array();
    for (size_t i = 0; i < objects->count; i++) {
        const struct touched_object *object = &objects->items[i];
        json_t *columns = json_array();
        for (size_t k = 0; k < object->column_count; k++)
            json_array_append_new(columns, json_text_or_null(object->columns[k]));
        json_t *members = json_pack("[s, I, I, I, o]", object_action_name(object->action),
                                    (json_int_t)object->statement, (json_int_t)object->line,
                                    (json_int_t)object->changes, columns);
        const char *const texts[] = {object->schema, object->file, object->name, object->through,
                                     object->renamed_from};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            json_array_append_new(members, json_text_or_null(texts[k]));
        json_array_append_new(members, json_integer(object->effect));
        json_array_append_new(array, members);
    }
    return array;
}

void inflight_record_add(struct strbuf *buffer, const struct execution_record *record,
                         bool with_outputs)
{
    /* The last field is outputs_complete. */
    size_t count = ARRAY_SIZE(record_fields) - (with_outputs ? 0 : 1);
    strbuf_add_char(buffer, '{');
    add_fields(buffer, record_fields, count, record);
    add_key(buffer, "run");
    strbuf_add_char(buffer, '{');
    add_fields(buffer, run_fields, ARRAY_SIZE(run_fields), record->run);
    add_member(buffer, "run_id", record->run->run_id);
    strbuf_add_char(buffer, '}');
    add_member(buffer, "execution", record->execution_id);
    add_member(buffer, "code_hash", record->code_hash);
    add_member(buffer, "state", state_name(record->state));
    add_steps(buffer, record);
    add_code(buffer, record);
    if (record->touched && record->touched->count) {
        AUTO_JSON *objects = format_objects(record->touched);
        add_key(buffer, "objects");
        json_add(buffer, objects);
    }
    if (with_outputs)
        add_outputs(buffer, record);
    strbuf_add_char(buffer, '}');
}

/* --- reading --------------------------------------------------------------------------------- */

static void parse_fields(const struct field *fields, size_t count, const json_t *object, void *to)
{
    for (size_t i = 0; i < count; i++) {
        char *place = (char *)to + fields[i].offset;
        const char *text;
        int64_t number;
        switch (fields[i].type) {
        case TEXT:
            text = json_member_text(object, fields[i].key, NULL);
            memcpy(place, &text, sizeof(text));
            break;
        case INTEGER:
        case COUNT:
        case TIME:
            number = json_member_integer(object, fields[i].key, fields[i].type == COUNT ? -1 : 0);
            memcpy(place, &number, sizeof(number));
            break;
        case FLAG:
            *(bool *)place = json_member_bool(object, fields[i].key, false);
            break;
        }
    }
}

static bool parse_id(const json_t *object, const char *key, char *ret_id, size_t size)
{
    const char *text = json_member_text(object, key, "");
    if (strlen(text) != size - 1)
        return false;
    memcpy(ret_id, text, size);
    return true;
}

static int hex_digit(char character)
{
    const char *digits = "0123456789abcdef";
    const char *found = character ? strchr(digits, character) : NULL;
    return found ? (int)(found - digits) : -1;
}

static bool parse_code(struct inflight_record *record)
{
    const json_t *code = json_object_get(record->json, "code");
    if (json_is_string(code)) {
        record->record.code = json_string_value(code);
        record->record.code_size = json_string_length(code);
        return true;
    }
    const char *hex = json_member_text(record->json, "code_hex", NULL);
    size_t size = hex ? strlen(hex) : 1;
    if (size % 2)
        return false;
    record->code = xmalloc(size / 2 + 1);
    for (size_t i = 0; i < size / 2; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        record->code[i] = (char)(high * 16 + low);
    }
    record->code[size / 2] = '\0';
    record->record.code = record->code;
    record->record.code_size = size / 2;
    return true;
}

static bool parse_steps(struct inflight_record *record)
{
    const json_t *steps = json_object_get(record->json, "steps");
    size_t count = json_array_size(steps);
    record->steps = xcalloc(count + 2, sizeof(*record->steps));
    for (size_t i = 0; i < count; i++) {
        const json_t *array = json_array_get(steps, i);
        const char *state = json_string_value(json_array_get(array, 0));
        if (!state || !state_parse(state, &record->steps[i].to))
            return false;
        record->steps[i].at = json_integer_value(json_array_get(array, 1));
        record->steps[i].reason = json_string_value(json_array_get(array, 2));
    }
    record->record.steps = record->steps;
    record->record.step_count = count;
    return true;
}

static bool parse_outputs(struct inflight_record *record)
{
    const json_t *outputs = json_object_get(record->json, "outputs");
    size_t count = json_array_size(outputs);
    record->outputs = xcalloc(count + 1, sizeof(*record->outputs));
    for (size_t i = 0; i < count; i++) {
        const json_t *array = json_array_get(outputs, i);
        struct execution_output *output = &record->outputs[i];
        output->msg_type = json_string_value(json_array_get(array, 0));
        output->content = json_string_value(json_array_get(array, 1));
        output->at = json_integer_value(json_array_get(array, 2));
        if (!output->msg_type || !output->content)
            return false;
    }
    record->record.outputs = record->outputs;
    record->record.output_count = count;
    return true;
}

static bool parse_object(struct touched_objects *objects, const json_t *members)
{
    enum object_action action;
    const char *word = json_string_value(json_array_get(members, 0));
    const char *schema = json_string_value(json_array_get(members, 5));
    const char *name = json_string_value(json_array_get(members, 7));
    size_t index;
    json_t *column;
    if (!word || !object_action_parse(word, &action) || !schema || !name)
        return false;
    const char *through = json_string_value(json_array_get(members, 8));
    if (json_array_size(json_array_get(members, 4)) == 0)
        touched_objects_add(objects, action, schema, name, NULL, through);
    json_array_foreach(json_array_get(members, 4), index, column)
        touched_objects_add(objects, action, schema, name, json_string_value(column), through);
    if (objects->count == objects->settled)
        return false;
    struct touched_object *object = &objects->items[objects->count - 1];
    object->file = xstrdup_or_null(json_string_value(json_array_get(members, 6)));
    object->renamed_from = xstrdup_or_null(json_string_value(json_array_get(members, 9)));
    touched_objects_settle(objects, (size_t)json_integer_value(json_array_get(members, 1)),
                           (size_t)json_integer_value(json_array_get(members, 2)),
                           json_integer_value(json_array_get(members, 3)));
    json_int_t effect = json_integer_value(json_array_get(members, 10));
    object->effect = effect == OBJECT_KEPT || effect == OBJECT_OPEN ? (enum object_effect)effect
                                                                    : OBJECT_NO_EFFECT;
    return true;
}

static bool parse_objects(struct inflight_record *record)
{
    size_t index;
    json_t *members;
    json_array_foreach(json_object_get(record->json, "objects"), index, members)
    {
        if (!parse_object(&record->touched, members))
            return false;
    }
    record->record.touched = &record->touched;
    return true;
}

static bool has_needed(const struct inflight_record *record)
{
    for (size_t i = 0; i < ARRAY_SIZE(needed_texts); i++) {
        if (!json_member_text(record->json, needed_texts[i], NULL))
            return false;
    }
    return record->run.notebook && record->run.user && record->run.host;
}

bool inflight_record_parse(json_t *json, struct inflight_record *ret_record)
{
    memset(ret_record, 0, sizeof(*ret_record));
    ret_record->json = json;
    struct execution_record *record = &ret_record->record;
    struct run_facts *run = &ret_record->run;
    const json_t *run_json = json_object_get(json, "run");
    parse_fields(record_fields, ARRAY_SIZE(record_fields), json, record);
    parse_fields(run_fields, ARRAY_SIZE(run_fields), run_json, run);
    record->run = run;
    return parse_id(json, "execution", record->execution_id, ULID_SIZE) &&
           parse_id(run_json, "run_id", run->run_id, ULID_SIZE) &&
           parse_id(json, "code_hash", record->code_hash, SHA256_HEX_SIZE) &&
           state_parse(json_member_text(json, "state", ""), &record->state) &&
           has_needed(ret_record) && parse_code(ret_record) && parse_steps(ret_record) &&
           parse_outputs(ret_record) && parse_objects(ret_record);
}

void inflight_record_release(struct inflight_record *record)
{
    json_decref(record->json);
    free(record->code);
    free(record->steps);
    free(record->outputs);
    touched_objects_release(&record->touched);
    memset(record, 0, sizeof(*record));
}
