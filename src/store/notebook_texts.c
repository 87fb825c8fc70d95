/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_texts: every text that the cells of notebooks have or had, and what these showed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "model/output/nbformat_output.h"
#include "model/output/output_file.h"
#include "store/notebook_names.h"
#include "store/outputs.h"
#include "store/statement.h"

static const char doing[] = "reading the texts of a notebook";

struct search {
    struct store_connection *connection;
    const char *key;
    store_text_row row;
    void *context;
    bool is_stopped; /* the callback wants no more */
    json_t *seen;    /* set of "KEY HASH HASH": outputs of each cell's text that were told */
};

enum text_column {
    TEXT_CELL,
    TEXT_KEY,
    TEXT_VERSION,
    TEXT_FIRST,
    TEXT_LAST,
    TEXT_CODE,
    TEXT_RUN_AT,
    TEXT_ID,
    TEXT_HASH,
};

/* A stored time as RFC 3339; NULL: none. */
static const char *time_text(struct statement *row, int column, char ret_text[TIMESTAMP_SIZE])
{
    timestamp_us time;
    const char *stored = statement_column(row, column, NULL);
    if (!stored || !timestamp_parse(stored, &time))
        return NULL;
    timestamp_format_rfc3339(time, ret_text);
    return ret_text;
}

static void tell(struct search *search, const struct found_text *text)
{
    if (!search->is_stopped)
        search->is_stopped = !search->row(search->context, text);
}

/* --- what a text showed ----------------------------------------------------------------------- */

/* Tells each output of the text with this hash once, whether it was recorded, stands in a file or
 * both. */
static void tell_outputs(struct search *search, const struct found_text *text,
                         const char *code_hash, const json_t *outputs)
{
    size_t index;
    json_t *output;
    json_array_foreach(outputs, index, output)
    {
        char hash[SHA256_HEX_SIZE];
        AUTO_FREE char *shown = nbformat_output_text(output);
        struct found_text found = *text;
        if (!shown || !*shown)
            continue;
        found.is_output = true;
        found.text = shown;
        found.size = strlen(shown);
        sha256_hex(shown, found.size, hash);
        AUTO_FREE char *place = xasprintf("%s %s %s", text->cell_key, code_hash, hash);
        if (json_object_get(search->seen, place))
            continue;
        json_object_set_new_nocheck(search->seen, place, json_true());
        tell(search, &found);
    }
}

static bool tell_executions(struct search *search, const struct found_text *text, const char *id,
                            const char *code_hash, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next = 0;
    if (!statement_open(&statement, search->connection, SQL_TEXT_EXECUTIONS, doing, error))
        return false;
    statement_text(&statement, search->key);
    statement_text(&statement, text->cell_key);
    statement_text(&statement, id);
    statement_text(&statement, code_hash);
    while (!search->is_stopped && (next = statement_next(&statement, error)) > 0) {
        char time[TIMESTAMP_SIZE];
        struct found_text shown = *text;
        AUTO_FREE char *json =
            outputs_read(search->connection, statement_column_integer(&statement, 0), error);
        if (!json)
            return false;
        AUTO_JSON *outputs = outputs_json(json);
        shown.last_run_at = time_text(&statement, 1, time);
        tell_outputs(search, &shown, code_hash, outputs);
    }
    return next >= 0;
}

/* --- texts ------------------------------------------------------------------------------------ */

static bool tell_texts(struct search *search, const char *name, bool outputs, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next = 0;
    if (!statement_open(&statement, search->connection, SQL_TEXTS, doing, error))
        return false;
    statement_text(&statement, search->key);
    while (!search->is_stopped && (next = statement_next(&statement, error)) > 0) {
        char time[TIMESTAMP_SIZE];
        struct found_text text = {
            .notebook = name,
            .cell = statement_column(&statement, TEXT_CELL, NULL),
            .cell_key = statement_column(&statement, TEXT_KEY, NULL),
            .cell_version = statement_column_integer(&statement, TEXT_VERSION),
            .first_version = statement_column_integer(&statement, TEXT_FIRST),
            .last_version = statement_column_integer(&statement, TEXT_LAST),
            .last_run_at = time_text(&statement, TEXT_RUN_AT, time),
        };
        text.text = statement_column(&statement, TEXT_CODE, &text.size);
        tell(search, &text);
        if (outputs &&
            !tell_executions(search, &text, statement_column(&statement, TEXT_ID, NULL),
                             statement_column(&statement, TEXT_HASH, NULL), error))
            return false;
    }
    return next >= 0;
}

/* --- outputs in files ------------------------------------------------------------------------- */

/* The file of the version looked at last. */
struct parsed_version {
    int64_t version;
    struct strbuf text;
    struct notebook *notebook;
};

static void parsed_release(struct parsed_version *parsed)
{
    notebook_free(parsed->notebook);
    strbuf_release(&parsed->text);
    *parsed = (struct parsed_version){.text = STRBUF_INIT};
}
#define AUTO_PARSED __attribute__((cleanup(parsed_release))) struct parsed_version

static bool parse_version(struct search *search, int64_t version, struct parsed_version *parsed,
                          struct error *error)
{
    if (parsed->version == version)
        return true;
    parsed_release(parsed);
    if (!store_version_text(search->connection, search->key, version, &parsed->text, error))
        return false;
    parsed->notebook = notebook_parse(strbuf_text(&parsed->text), parsed->text.size, error);
    parsed->version = version;
    return parsed->notebook != NULL;
}

static bool tell_imported(struct search *search, const char *name, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_PARSED parsed = {.text = STRBUF_INIT};
    int next = 0;
    if (!statement_open(&statement, search->connection, SQL_TEXTS_IMPORTED, doing, error))
        return false;
    statement_text(&statement, search->key);
    while (!search->is_stopped && (next = statement_next(&statement, error)) > 0) {
        const struct found_text text = {
            .notebook = name,
            .cell = statement_column(&statement, 3, NULL),
            .cell_key = statement_column(&statement, 4, NULL),
            .cell_version = statement_column_integer(&statement, 5),
            .first_version = statement_column_integer(&statement, 1),
            .last_version = statement_column_integer(&statement, 0),
        };
        int64_t position = statement_column_integer(&statement, 2);
        if (!parse_version(search, text.last_version, &parsed, error))
            return false;
        if (position < 1 || position > (int64_t)parsed.notebook->count)
            continue;
        AUTO_JSON *outputs =
            output_file_read(parsed.notebook->json, parsed.notebook->cells[position - 1].outputs);
        tell_outputs(search, &text, statement_column(&statement, 6, NULL), outputs);
    }
    return next >= 0;
}

/* --- notebooks -------------------------------------------------------------------------------- */

static bool search_notebook(struct search *search, bool outputs, struct error *error)
{
    AUTO_FREE char *name = store_notebook_name(search->connection, search->key);
    AUTO_JSON *seen = json_object();
    search->seen = seen;
    return tell_texts(search, name, outputs, error) &&
           (!outputs || search->is_stopped || tell_imported(search, name, error));
}

bool store_texts(struct store_connection *connection, const char *key, bool outputs,
                 store_text_row row, void *context, struct error *error)
{
    struct search search = {.connection = connection, .key = key, .row = row, .context = context};
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next = 0;
    if (key)
        return search_notebook(&search, outputs, error);
    if (!statement_open(&statement, connection, SQL_NOTEBOOKS, "reading the notebooks", error))
        return false;
    while (!search.is_stopped && (next = statement_next(&statement, error)) > 0) {
        AUTO_FREE char *present = statement_copy(&statement, 0, NULL);
        search.key = present;
        if (!search_notebook(&search, outputs, error))
            return false;
    }
    return next >= 0;
}
