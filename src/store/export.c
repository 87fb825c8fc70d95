/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export: a version of a notebook as it leaves the store.
 */
#include "store/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "model/notebook/notebook_write.h"
#include "store/statement.h"

struct exporting {
    struct store_connection *connection;
    const struct export_request *request;
    const struct notebook *notebook;
    struct version_cells cells;
    struct notebook_cell_change *changes; /* one per cell */
    char **outputs, **sources;            /* what changes borrow */
    timestamp_us created_at;              /* of the version */
    const char **ids;                     /* one per cell */
};

/* The tab was closed before the text that ran was saved: then it is the present one. `ret_hash` is
 * its hash, "" = there is none. */
static bool find_unsaved(struct exporting *exporting, size_t index, char ret_hash[SHA256_HEX_SIZE],
                         struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    struct notebook_cell_change *change = &exporting->changes[index];
    ret_hash[0] = '\0';
    if (!exporting->request->with_unsaved)
        return true;
    if (!statement_open(&statement, exporting->connection, SQL_UNSAVED_TEXT,
                        "looking for an execution", error))
        return false;
    statement_text(&statement, exporting->request->key);
    statement_text(&statement, exporting->cells.cells[index].cell_key);
    statement_time(&statement, exporting->created_at);
    statement_time(&statement, exporting->request->until);
    int next = statement_next(&statement, error);
    const char *hash = next > 0 ? statement_column(&statement, 0, NULL) : NULL;
    if (!hash || strlen(hash) != SHA256_HEX_SIZE - 1)
        return next >= 0;
    memcpy(ret_hash, hash, SHA256_HEX_SIZE);
    exporting->sources[index] = statement_copy(&statement, 1, &change->source_size);
    change->source = exporting->sources[index];
    return true;
}

static bool find_outputs(struct exporting *exporting, size_t index, struct error *error)
{
    const struct version_cell *cell = &exporting->cells.cells[index];
    struct notebook_cell_change *change = &exporting->changes[index];
    char hash[SHA256_HEX_SIZE];
    if (!find_unsaved(exporting, index, hash, error) ||
        !store_last_outputs(exporting->connection, exporting->request->key, cell->cell_key,
                            hash[0] ? hash : cell->code_hash, exporting->request->until,
                            &exporting->outputs[index], &change->execution_count, error))
        return false;
    change->has_outputs = exporting->outputs[index] != NULL;
    change->outputs = exporting->outputs[index];
    change->outputs_size = change->outputs ? strlen(change->outputs) : 0;
    return true;
}

static bool find_changes(struct exporting *exporting, struct error *error)
{
    const struct export_request *request = exporting->request;
    for (size_t i = 0; i < exporting->notebook->count; i++) {
        exporting->ids[i] = exporting->cells.cells[i].cell_key;
        if (exporting->notebook->cells[i].type != NOTEBOOK_CODE)
            continue;
        if (request->outputs == EXPORT_NONE)
            exporting->changes[i].has_outputs = true;
        else if (request->outputs == EXPORT_RECORDED && !find_outputs(exporting, i, error))
            return false;
    }
    return true;
}

/* The text as canonical text or, where that is not asked for and nothing differs, as it came. */
static bool write_changed(struct exporting *exporting, const struct strbuf *text,
                          struct strbuf *ret_text, struct error *error)
{
    const struct export_request *request = exporting->request;
    const struct notebook *notebook = exporting->notebook;
    if (!store_version_cells(exporting->connection, request->key, request->version,
                             &exporting->cells, error))
        return false;
    if (exporting->cells.count != notebook->count)
        return error_set(
            error, ERROR_DAMAGED,
            "version %lld has %zu cells in its text and %zu in the record; restore the "
            "store from a copy",
            (long long)request->version, notebook->count, exporting->cells.count);
    exporting->changes = xcalloc(notebook->count + 1, sizeof(*exporting->changes));
    exporting->outputs = xcalloc(notebook->count + 1, sizeof(*exporting->outputs));
    exporting->sources = xcalloc(notebook->count + 1, sizeof(*exporting->sources));
    exporting->ids = xcalloc(notebook->count + 1, sizeof(*exporting->ids));
    if (!find_changes(exporting, error))
        return false;
    const struct notebook_changes outputs = {.cells = exporting->changes};
    const struct notebook_changes all = {.cells = exporting->changes, .ids = exporting->ids};
    if (request->canonical || notebook_would_change(notebook, &outputs))
        return notebook_write(notebook, &all, ret_text, error);
    strbuf_add(ret_text, strbuf_text(text), text->size);
    return true;
}

static bool export_changed(struct store_connection *connection,
                           const struct export_request *request, timestamp_us created_at,
                           const struct strbuf *text, struct strbuf *ret_text, struct error *error)
{
    struct exporting exporting = {
        .connection = connection, .request = request, .created_at = created_at};
    AUTO_FREE char *name = store_notebook_name(connection, request->key);
    struct notebook *notebook = notebook_parse(strbuf_text(text), text->size, error);
    if (!notebook)
        return error_prefix(error, "%s", name);
    exporting.notebook = notebook;
    bool is_written = request->is_script
                          ? percent_text_write(notebook, request->language, ret_text, error)
                          : write_changed(&exporting, text, ret_text, error);
    if (!is_written)
        error_prefix(error, "%s", name);
    for (size_t i = 0; exporting.outputs && i < notebook->count; i++)
        free(exporting.outputs[i]);
    for (size_t i = 0; exporting.sources && i < notebook->count; i++)
        free(exporting.sources[i]);
    free(exporting.outputs);
    free(exporting.sources);
    free(exporting.changes);
    free(exporting.ids);
    version_cells_release(&exporting.cells);
    notebook_free(notebook);
    return is_written;
}

bool store_export(struct store_connection *connection, const struct export_request *request,
                  struct strbuf *ret_text, struct error *error)
{
    struct notebook_version version;
    struct export_request exact = *request;
    AUTO_STRBUF text = STRBUF_INIT;
    if (!store_version(connection, request->key, request->version, &version, error))
        return false;
    exact.version = version.version;
    const timestamp_us created_at = version.created_at;
    notebook_version_release(&version);
    const bool is_as_it_came =
        !exact.is_script && !exact.canonical && exact.outputs == EXPORT_ORIGINAL;
    if (is_as_it_came)
        return store_version_text(connection, exact.key, exact.version, ret_text, error);
    return store_version_text(connection, exact.key, exact.version, &text, error) &&
           export_changed(connection, &exact, created_at, &text, ret_text, error);
}

/* --- whose text is it ------------------------------------------------------------------------- */

struct looking {
    struct store_connection *connection;
    struct export_request request;
    const char *text;
    size_t size;
    char sha256[SHA256_HEX_SIZE];
    json_int_t *versions; /* all of them */
    size_t count;
    bool is_found;
};

static bool look_at_version(void *context, const json_t *object)
{
    struct looking *looking = context;
    looking->is_found = strcmp(json_member_text(object, "sha256", ""), looking->sha256) == 0;
    looking->versions =
        xreallocarray(looking->versions, looking->count + 1, sizeof(*looking->versions));
    looking->versions[looking->count++] = json_member_integer(object, "version", 0);
    return !looking->is_found;
}

/* A version that can't be written as a script was not written as this one. */
static bool is_script_of(struct looking *looking, json_int_t version)
{
    AUTO_STRBUF script = STRBUF_INIT;
    looking->request.version = version;
    return store_export(looking->connection, &looking->request, &script, NULL) &&
           script.size == looking->size &&
           memcmp(strbuf_text(&script), looking->text, script.size) == 0;
}

bool store_is_export(struct store_connection *connection, const struct export_request *request,
                     const char *text, size_t size, bool *ret_is, struct error *error)
{
    struct looking looking = {
        .connection = connection, .request = *request, .text = text, .size = size};
    sha256_hex(text, size, looking.sha256);
    if (!store_versions(connection, request->key, look_at_version, &looking, error)) {
        free(looking.versions);
        return false;
    }
    for (size_t i = 0; request->is_script && !looking.is_found && i < looking.count; i++)
        looking.is_found = is_script_of(&looking, looking.versions[i]);
    free(looking.versions);
    *ret_is = looking.is_found;
    return true;
}

/* --- what is not in it ------------------------------------------------------------------------ */

bool store_count_unsaved(struct store_connection *connection, const char *key, timestamp_us since,
                         int64_t *ret_cells, int64_t *ret_here, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    *ret_cells = *ret_here = 0;
    if (!statement_open(&statement, connection, SQL_COUNT_UNSAVED, "counting executions", error))
        return false;
    statement_text(&statement, key);
    statement_time(&statement, since);
    int next = statement_next(&statement, error);
    if (next > 0) {
        *ret_cells = statement_column_integer(&statement, 0);
        *ret_here = statement_column_integer(&statement, 1);
    }
    return next >= 0;
}

/* --- which there are -------------------------------------------------------------------------- */

bool store_exportable(struct store_connection *connection, store_notebook_row row, void *context,
                      struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, SQL_NOTEBOOKS_TO_EXPORT, "reading the notebooks",
                        error))
        return false;
    while ((next = statement_next(&statement, error)) > 0) {
        const char *key = statement_column(&statement, 0, NULL);
        const char *name = statement_column(&statement, 1, NULL);
        if (!row(context, key, name))
            return true;
    }
    return next == 0;
}
