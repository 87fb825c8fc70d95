/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_fold: messages to outputs; see output_fold.h.
 */
#include "model/output/output_fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "model/notebook/raw_json.h"

enum output_kind { OUTPUT_STREAM, OUTPUT_DISPLAY, OUTPUT_RESULT, OUTPUT_ERROR };

struct folded {
    enum output_kind kind;
    char *display_id;   /* NULL: none */
    char *name;         /* of a stream, as it stands in JSON text */
    struct strbuf text; /* of a stream, not escaped yet */
    /* JSON texts of the others' members */
    char *data, *metadata, *execution_count;
    char *ename, *evalue, *traceback;
};

struct output_fold {
    struct folded *outputs;
    size_t count, capacity;
    bool clears_next; /* clear_output said to wait for the next output */
};

struct output_fold *output_fold_new(void)
{
    return xcalloc(1, sizeof(struct output_fold));
}

static void clear(struct output_fold *fold)
{
    for (size_t i = 0; i < fold->count; i++) {
        struct folded *output = &fold->outputs[i];
        free(output->display_id);
        free(output->name);
        strbuf_release(&output->text);
        free(output->data);
        free(output->metadata);
        free(output->execution_count);
        free(output->ename);
        free(output->evalue);
        free(output->traceback);
    }
    fold->count = 0;
    fold->clears_next = false;
}

void output_fold_free(struct output_fold *fold)
{
    if (!fold)
        return;
    clear(fold);
    free(fold->outputs);
    free(fold);
}

/* --- messages --------------------------------------------------------------------------------- */

/* A member in one line; `otherwise` when it is missing. */
static char *member_json(const struct raw_json *json, raw_ref object, const char *name,
                         const char *otherwise)
{
    AUTO_STRBUF text = STRBUF_INIT;
    raw_ref value = raw_json_member(json, object, name);
    if (!value)
        return xstrdup(otherwise);
    raw_json_write_compact(json, value, &text);
    return strbuf_take(&text);
}

static char *display_id_of(const struct raw_json *json, raw_ref content)
{
    raw_ref transient = raw_json_member(json, content, "transient");
    raw_ref id = transient ? raw_json_member(json, transient, "display_id") : 0;
    return id ? raw_json_text(json, id, NULL) : NULL;
}

static struct folded *add_output(struct output_fold *fold, enum output_kind kind)
{
    if (fold->clears_next)
        clear(fold);
    if (fold->count == fold->capacity) {
        fold->capacity = fold->capacity ? 2 * fold->capacity : 8;
        fold->outputs = xreallocarray(fold->outputs, fold->capacity, sizeof(*fold->outputs));
    }
    struct folded *output = &fold->outputs[fold->count++];
    *output = (struct folded){.kind = kind, .text = STRBUF_INIT};
    return output;
}

/* Front ends save what follows on the same stream as one output. */
static void add_stream(struct output_fold *fold, const struct raw_json *json, raw_ref content)
{
    AUTO_FREE char *name = member_json(json, content, "name", "\"stdout\"");
    if (fold->clears_next)
        clear(fold);
    struct folded *last = fold->count ? &fold->outputs[fold->count - 1] : NULL;
    if (!last || last->kind != OUTPUT_STREAM || strcmp(last->name, name) != 0) {
        last = add_output(fold, OUTPUT_STREAM);
        last->name = name;
        name = NULL;
    }
    raw_ref text = raw_json_member(json, content, "text");
    if (text)
        raw_json_add_text(json, text, &last->text);
}

static void add_display(struct output_fold *fold, enum output_kind kind,
                        const struct raw_json *json, raw_ref content)
{
    struct folded *output = add_output(fold, kind);
    output->display_id = display_id_of(json, content);
    output->data = member_json(json, content, "data", "{}");
    output->metadata = member_json(json, content, "metadata", "{}");
    output->execution_count = member_json(json, content, "execution_count", "null");
}

static void update_displays(struct output_fold *fold, const struct raw_json *json, raw_ref content)
{
    AUTO_FREE char *id = display_id_of(json, content);
    for (size_t i = 0; id && i < fold->count; i++) {
        struct folded *output = &fold->outputs[i];
        if (!output->display_id || strcmp(output->display_id, id) != 0)
            continue;
        free(output->data);
        free(output->metadata);
        output->data = member_json(json, content, "data", "{}");
        output->metadata = member_json(json, content, "metadata", "{}");
    }
}

static void add_error(struct output_fold *fold, const struct raw_json *json, raw_ref content)
{
    struct folded *output = add_output(fold, OUTPUT_ERROR);
    output->ename = member_json(json, content, "ename", "\"\"");
    output->evalue = member_json(json, content, "evalue", "\"\"");
    output->traceback = member_json(json, content, "traceback", "[]");
}

static void clear_output(struct output_fold *fold, const struct raw_json *json, raw_ref content)
{
    raw_ref wait = raw_json_member(json, content, "wait");
    if (wait && raw_json_kind(json, wait) == RAW_TRUE)
        fold->clears_next = true;
    else
        clear(fold);
}

void output_fold_add(struct output_fold *fold, const char *msg_type, const char *content,
                     size_t size)
{
    struct raw_json *json = raw_json_parse(content, size, NULL);
    raw_ref root = json ? raw_json_root(json) : 0;
    if (!json || raw_json_kind(json, root) != RAW_OBJECT) {
        raw_json_free(json);
        return;
    }
    if (strcmp(msg_type, "stream") == 0)
        add_stream(fold, json, root);
    else if (strcmp(msg_type, "display_data") == 0)
        add_display(fold, OUTPUT_DISPLAY, json, root);
    else if (strcmp(msg_type, "execute_result") == 0)
        add_display(fold, OUTPUT_RESULT, json, root);
    else if (strcmp(msg_type, "error") == 0)
        add_error(fold, json, root);
    else if (strcmp(msg_type, "update_display_data") == 0)
        update_displays(fold, json, root);
    else if (strcmp(msg_type, "clear_output") == 0)
        clear_output(fold, json, root);
    raw_json_free(json);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static void write_output(const struct folded *output, struct strbuf *text)
{
    switch (output->kind) {
    case OUTPUT_STREAM:
        strbuf_addf(text, "{\"name\": %s, \"output_type\": \"stream\", \"text\": ", output->name);
        raw_json_write_string(strbuf_text(&output->text), output->text.size, text);
        strbuf_add_char(text, '}');
        return;
    case OUTPUT_ERROR:
        strbuf_addf(text, "{\"ename\": %s, \"evalue\": ", output->ename);
        strbuf_add_text(text, output->evalue);
        strbuf_add_text(text, ", \"output_type\": \"error\", \"traceback\": ");
        strbuf_add_text(text, output->traceback);
        strbuf_add_char(text, '}');
        return;
    case OUTPUT_DISPLAY:
    case OUTPUT_RESULT:
        strbuf_add_text(text, "{\"data\": ");
        strbuf_add_text(text, output->data);
        if (output->kind == OUTPUT_RESULT)
            strbuf_addf(text, ", \"execution_count\": %s", output->execution_count);
        strbuf_add_text(text, ", \"metadata\": ");
        strbuf_add_text(text, output->metadata);
        strbuf_addf(text, ", \"output_type\": \"%s\"}",
                    output->kind == OUTPUT_RESULT ? "execute_result" : "display_data");
        return;
    }
}

char *output_fold_json(const struct output_fold *fold)
{
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_add_char(&text, '[');
    for (size_t i = 0; i < fold->count; i++) {
        if (i > 0)
            strbuf_add_text(&text, ", ");
        write_output(&fold->outputs[i], &text);
    }
    strbuf_add_char(&text, ']');
    return strbuf_take(&text);
}
