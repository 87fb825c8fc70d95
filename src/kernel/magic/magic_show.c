/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_show: %show: recorded outputs once more. Nothing runs: what a closed tab lost is back.
 */
#include "kernel/magic/magic_call.h"

#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "kernel/executor.h"
#include "kernel/executor_run.h"
#include "model/output/nbformat_output.h"
#include "model/sql/sql_scan.h"
#include "store/store.h"

#define CANDIDATES 50 /* executions with outputs that are looked at */

struct candidates {
    char ids[CANDIDATES][ULID_SIZE];
    size_t count;
};

static bool add_candidate(void *context, const json_t *object)
{
    struct candidates *found = context;
    const char *id = json_member_text(object, "execution", "");

    if (json_member_integer(object, "outputs", 0) > 0 && strlen(id) < ULID_SIZE)
        memcpy(found->ids[found->count++], id, strlen(id) + 1);
    return found->count < CANDIDATES;
}

/* True for a cell that shows outputs of others: they would be shown instead of the last ones. */
static bool is_show(const json_t *execution)
{
    static const char word[] = "%show";
    const json_t *code = json_object_get(execution, "code");
    const char *text = json_string_value(code);
    size_t size = json_string_length(code);
    size_t start = text ? sql_scan_skip(text, size, 0) : 0;

    return text && size - start >= strlen(word) && memcmp(text + start, word, strlen(word)) == 0;
}

/* The last execution of the notebook, or of one cell of it, that has outputs. NULL and no error
 * when there is none. */
static json_t *last_with_outputs(struct store_connection *connection, const char *notebook,
                                 const char *cell, struct error *error)
{
    struct log_filter filter = {.notebook = notebook, .cell = cell, .limit = -1};
    struct candidates found = {.count = 0};

    if (!store_log(connection, &filter, add_candidate, &found, error))
        return NULL;
    for (size_t i = 0; i < found.count; i++) {
        json_t *execution = store_execution(connection, found.ids[i], error);
        if (!execution || cell || !is_show(execution))
            return execution;
        json_decref(execution);
    }
    return NULL;
}

static json_t *find(struct store_connection *connection, const char *notebook, const char *word,
                    struct error *error)
{
    char id[ULID_SIZE];
    json_t *execution = last_with_outputs(connection, notebook, word, error);

    if (execution || error->code != ERROR_NONE)
        return execution;
    if (!word) {
        error_set(error, ERROR_NOT_FOUND,
                  "no execution of this notebook has outputs in the record; %%log --all lists "
                  "those of all notebooks");
        return NULL;
    }
    if (store_resolve_execution(connection, word, id, error))
        return store_execution(connection, id, error);
    if (error->code == ERROR_NOT_FOUND)
        error_set(error, ERROR_NOT_FOUND,
                  "%s: no cell of this notebook with outputs, and no execution whose id ends so; "
                  "%%log lists them",
                  word);
    return NULL;
}

static void show_heading(const struct magic_call *call, const json_t *execution)
{
    json_int_t version = json_member_integer(execution, "cell_version", 0);
    char started[TIMESTAMP_SIZE];
    AUTO_STRBUF text = STRBUF_INIT;

    magic_execution_started(execution, started);
    strbuf_addf(&text, "%s %s", magic_execution_id(execution),
                json_member_text(execution, "cell", ""));
    if (version > 0)
        strbuf_addf(&text, "@%lld", (long long)version);
    strbuf_addf(&text, " %s, %s\n", started, json_member_text(execution, "state", ""));
    call->sink->stream(call->sink->context, "stdout", strbuf_text(&text));
}

/* A bundle of the protocol: texts in one piece. New object. */
static json_t *display_bundle(const json_t *data)
{
    json_t *bundle = json_object();
    const char *type;
    json_t *value;

    json_object_foreach((json_t *)data, type, value)
    {
        if (json_is_array(value) && !strstr(type, "json")) {
            AUTO_FREE char *text = nbformat_text(value);
            json_object_set_new(bundle, type, json_text(text, strlen(text)));
        } else {
            json_object_set(bundle, type, value);
        }
    }
    return bundle;
}

/* An error is shown as text: the cell that shows it did not fail. */
static void show_output(const struct magic_call *call, const json_t *output)
{
    const struct engine_sink *sink = call->sink;
    const char *type = json_member_text(output, "output_type", "");

    if (strcmp(type, "stream") == 0) {
        AUTO_FREE char *text = nbformat_text(json_object_get(output, "text"));
        bool is_error = strcmp(json_member_text(output, "name", "stdout"), "stderr") == 0;
        sink->stream(sink->context, is_error ? "stderr" : "stdout", text);
    } else if (strcmp(type, "error") == 0) {
        AUTO_FREE char *text = nbformat_error_text(output);
        sink->stream(sink->context, "stderr", text);
    } else if (json_is_object(json_object_get(output, "data"))) {
        AUTO_JSON *bundle = display_bundle(json_object_get(output, "data"));
        sink->display(sink->context, bundle, json_object_get(output, "metadata"));
    }
}

bool magic_show(struct magic_call *call, struct error *error)
{
    struct error failure = ERROR_INIT;
    size_t index;
    json_t *output;

    if (!magic_arguments_check(&call->arguments, 0, 1, call->usage, error))
        return false;
    struct store_connection *connection = executor_store_connection(call->executor, error);
    if (connection == NULL)
        return false;
    executor_flush(call->executor);
    AUTO_JSON *execution =
        find(connection, executor_notebook(call->executor),
             call->arguments.count == 1 ? call->arguments.words[0].text : NULL, &failure);
    if (execution == NULL)
        return error_set(error, failure.code, "%s", failure.message);
    show_heading(call, execution);
    json_array_foreach(json_object_get(execution, "outputs"), index, output)
        show_output(call, output);
    if (json_is_false(json_object_get(execution, "outputs_complete")))
        call->sink->stream(call->sink->context, "stderr",
                           "Some outputs are lost: the kernel ended before they could be kept.\n");
    return true;
}
