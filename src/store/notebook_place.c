/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_place: the cells of a new version: which cell each one is
 * (model/identity/version_match), its key (W-39), its name and its text. Nothing that a file says
 * is trusted: names and ids are evidence, bounded, and never given to two cells.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/identity/normal_form.h"
#include "model/states.h"
#include "store/notebook_kernels.h"
#include "store/notebook_take.h"
#include "store/statement.h"
#include "store/versions.h"

#define ID_MAX 64 /* N-6 */
#define EVIDENCE_MAX 200

static const char doing[] = "recording the cells of a notebook";

/* --- what the file says ----------------------------------------------------------------------- */

static bool is_nbformat_id(const char *id)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t size = id ? strnlen(id, ID_MAX + 1) : 0;
    return size > 0 && size <= ID_MAX && strspn(id, allowed) == size;
}

/* An id that is worth keeping as evidence, or NULL. */
static const char *usable(const char *text)
{
    return text && *text && strnlen(text, EVIDENCE_MAX + 1) <= EVIDENCE_MAX ? text : NULL;
}

static const char *usable_name(const char *name)
{
    return name && cell_name_is_usable(name) ? name : NULL;
}

/* --- matching --------------------------------------------------------------------------------- */

static void match(struct taking *taking)
{
    const struct notebook *notebook = taking->notebook;
    AUTO_FREE struct version_match_cell *now = xcalloc(notebook->count + 1, sizeof(*now));
    AUTO_FREE struct version_match_cell *before = past_match_cells(&taking->before, notebook);
    AUTO_FREE struct version_match_cell *earlier = past_match_cells(&taking->earlier, notebook);
    for (size_t i = 0; i < notebook->count; i++) {
        const struct notebook_cell *cell = &notebook->cells[i];
        now[i] = (struct version_match_cell){
            .type = cell->type,
            .text = cell->source ? cell->source : "",
            .size = cell->source ? cell->source_size : 0,
            .id = usable(cell->id),
            .name = usable_name(cell->name),
            .uuid = usable(cell->uuid),
        };
    }
    const struct version_match_request request = {
        .now = now,
        .now_count = notebook->count,
        .before = before,
        .before_count = taking->before.count,
        .earlier = earlier,
        .earlier_count = taking->earlier.count,
        .language = notebook->language,
    };
    version_match(&request, &taking->match);
}

static const struct past_cell *past_of(const struct taking *taking, size_t index)
{
    const struct version_match_result *result = &taking->match.cells[index];
    if (result->has_before && result->from < taking->before.count)
        return &taking->before.cells[result->from];
    if (result->has_earlier && result->from < taking->earlier.count)
        return &taking->earlier.cells[result->from];
    return NULL;
}

/* --- keys and names --------------------------------------------------------------------------- */

/* Whether a text is key or name of a cell of the notebook other than `own` (NULL: of any). */
static bool is_taken(struct taking *taking, const char *text, const char *own, bool *ret_is_taken,
                     struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, taking->connection, SQL_CELL_TAKEN, doing, error))
        return false;
    statement_text(&statement, taking->key);
    statement_text(&statement, text);
    statement_text(&statement, own);
    int next = statement_next(&statement, error);
    *ret_is_taken = next > 0;
    return next >= 0;
}

static bool mint_key(struct taking *taking, const char *file_id, char **ret_key,
                     struct error *error)
{
    bool taken = true;
    *ret_key = NULL;
    if (is_nbformat_id(file_id)) {
        if (!is_taken(taking, file_id, NULL, &taken, error))
            return false;
        *ret_key = taken ? NULL : xstrdup(file_id);
    }
    while (!*ret_key) {
        AUTO_FREE char *key = xasprintf("%08x", (unsigned)randombytes_random());
        if (!is_taken(taking, key, NULL, &taken, error))
            return false;
        *ret_key = taken ? NULL : xstrdup(key);
    }
    return true;
}

/* The name that the file gives when no other cell has it; else the one it has. */
static bool choose_name(struct taking *taking, const char *file_name, const char *key,
                        const char *present, char **ret_name, struct error *error)
{
    bool taken = true;
    const char *name = usable_name(file_name);
    if (name && strcmp(name, present) != 0 && !is_taken(taking, name, key, &taken, error))
        return false;
    *ret_name = xstrdup(taken ? present : name);
    return true;
}

static bool insert_cell(struct taking *taking, const struct placed_cell *placed, const char *id,
                        struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, taking->connection, SQL_CELL_INSERT, doing, error))
        return false;
    statement_text(&statement, taking->key);
    statement_text(&statement, placed->key);
    statement_text(&statement, placed->name);
    statement_text(&statement, id);
    statement_time(&statement, taking->facts->at);
    return statement_run(&statement, error);
}

static bool set_cell(struct taking *taking, const struct placed_cell *placed, const char *id,
                     struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, taking->connection, SQL_CELL_SET, doing, error))
        return false;
    statement_text(&statement, taking->key);
    statement_text(&statement, placed->key);
    statement_text(&statement, placed->name);
    statement_text(&statement, id);
    return statement_run(&statement, error);
}

/* --- texts ------------------------------------------------------------------------------------ */

static bool kernel_of(struct taking *taking, enum notebook_cell_type type, const char **ret_kernel,
                      struct error *error)
{
    char **kernel = &taking->kernels[type];
    if (!*kernel && !notebook_kernel(taking->connection, taking->notebook, type, kernel, error))
        return false;
    *ret_kernel = *kernel;
    return true;
}

static bool is_same_text(const struct notebook_cell *cell, const struct past_cell *past)
{
    size_t size = cell->source ? cell->source_size : 0;
    return past->size == size && (size == 0 || memcmp(past->text, cell->source, size) == 0);
}

static bool write_text(struct taking *taking, const struct notebook_cell *cell,
                       const struct past_cell *past, struct placed_cell *placed,
                       struct error *error)
{
    struct version_text text = {
        .notebook = taking->key,
        .cell_key = placed->key,
        .cell_name = placed->name,
        .code = cell->source ? cell->source : "",
        .code_size = cell->source ? cell->source_size : 0,
        .user = taking->facts->user,
        .at = taking->facts->at,
    };
    int64_t number;
    bool is_latest;
    if (past && past->is_latest && is_same_text(cell, past) &&
        strcmp(past->name, placed->name) == 0) {
        placed->version_id = xstrdup(past->version_id);
        return true;
    }
    if (!kernel_of(taking, cell->type, &text.kernel_id, error))
        return false;
    return past ? versions_ensure(taking->connection, &text, &placed->version_id, &number,
                                  &is_latest, error)
                : versions_add_first(taking->connection, &text, &placed->version_id, error);
}

/* --- a cell ----------------------------------------------------------------------------------- */

static bool is_text_or_null(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static bool place_known(struct taking *taking, const struct notebook_cell *cell,
                        const struct past_cell *past, bool was_gone, struct placed_cell *placed,
                        struct error *error)
{
    const char *id = usable(cell->id);
    placed->key = xstrdup(past->key);
    if (!choose_name(taking, cell->name, past->key, past->name, &placed->name, error))
        return false;
    bool is_same = !was_gone && strcmp(placed->name, past->name) == 0 &&
                   (!id || is_text_or_null(id, past->last_id));
    return (is_same || set_cell(taking, placed, id, error)) &&
           write_text(taking, cell, past, placed, error);
}

static bool place_new(struct taking *taking, const struct notebook_cell *cell,
                      struct placed_cell *placed, struct error *error)
{
    return mint_key(taking, cell->id, &placed->key, error) &&
           choose_name(taking, cell->name, placed->key, placed->key, &placed->name, error) &&
           insert_cell(taking, placed, usable(cell->id), error) &&
           write_text(taking, cell, NULL, placed, error);
}

bool place_cells(struct taking *taking, struct error *error)
{
    const struct notebook *notebook = taking->notebook;
    taking->cells = xcalloc(notebook->count + 1, sizeof(*taking->cells));
    match(taking);
    for (size_t i = 0; i < notebook->count; i++) {
        const struct notebook_cell *cell = &notebook->cells[i];
        struct placed_cell *placed = &taking->cells[i];
        const struct past_cell *past = past_of(taking, i);
        bool was_gone = taking->match.cells[i].has_earlier;
        if (past ? !place_known(taking, cell, past, was_gone, placed, error)
                 : !place_new(taking, cell, placed, error))
            return false;
        normal_form_hash(cell->type, notebook->language, cell->source ? cell->source : "",
                         cell->source ? cell->source_size : 0, placed->normal_hash);
    }
    return true;
}

bool place_is_unchanged(const struct taking *taking)
{
    const struct notebook *notebook = taking->notebook;
    if (!taking->parent || notebook->count != taking->before.count)
        return false;
    for (size_t i = 0; i < notebook->count; i++) {
        const struct past_cell *past = &taking->before.cells[i];
        if (strcmp(taking->cells[i].key, past->key) != 0 || notebook->cells[i].type != past->type ||
            !is_same_text(&notebook->cells[i], past))
            return false;
    }
    return true;
}

/* --- the rows of a version -------------------------------------------------------------------- */

static bool write_cell(struct taking *taking, size_t index, const struct snapshot_pieces *pieces,
                       struct statement *statement, struct error *error)
{
    const struct notebook_cell *cell = &taking->notebook->cells[index];
    const struct placed_cell *placed = &taking->cells[index];
    const struct version_match_result *result = &taking->match.cells[index];
    char outputs_hash[SHA256_HEX_SIZE];
    const struct raw_json *json = taking->notebook->json;
    snapshot_outputs_hash(taking->notebook, cell, taking->facts->text, pieces, outputs_hash);
    statement_again(statement);
    statement_text(statement, taking->key);
    statement_integer(statement, taking->version);
    statement_text(statement, placed->key);
    statement_integer(statement, (int64_t)index + 1);
    statement_text(statement, notebook_cell_type_word(cell->type));
    statement_text(statement, placed->version_id);
    statement_text(statement, usable(cell->id));
    statement_text(statement, usable(cell->uuid));
    statement_text(statement, placed->normal_hash);
    statement_integer(statement, NORMAL_FORM_SCHEME);
    statement_integer(statement, cell->outputs ? (int64_t)raw_json_count(json, cell->outputs) : 0);
    statement_text(statement, outputs_hash[0] ? outputs_hash : NULL);
    statement_text(statement, version_match_word(result->kind));
    statement_real(statement, result->score);
    return statement_run(statement, error);
}

static bool write_lineage(struct taking *taking, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    const struct version_match *found = &taking->match;
    if (found->lineage_count == 0)
        return true;
    if (!statement_open(&statement, taking->connection, SQL_LINEAGE_INSERT, doing, error))
        return false;
    for (size_t i = 0; i < found->lineage_count; i++) {
        const struct version_lineage *lineage = &found->lineage[i];
        if (lineage->from >= taking->before.count || lineage->now >= taking->notebook->count)
            continue;
        statement_again(&statement);
        statement_text(&statement, taking->key);
        statement_integer(&statement, taking->version);
        statement_text(&statement, taking->cells[lineage->now].key);
        statement_text(&statement, taking->before.cells[lineage->from].key);
        statement_text(&statement, version_lineage_word(lineage->how));
        statement_real(&statement, lineage->score);
        if (!statement_run(&statement, error))
            return false;
    }
    return true;
}

/* Notes which cells of the version before are gone. */
static bool write_gone(struct taking *taking, struct error *error)
{
    AUTO_FREE bool *is_there = xcalloc(taking->before.count + 1, sizeof(*is_there));
    for (size_t i = 0; i < taking->notebook->count; i++) {
        const struct version_match_result *result = &taking->match.cells[i];
        if (result->has_before && result->from < taking->before.count)
            is_there[result->from] = true;
    }
    for (size_t i = 0; i < taking->before.count; i++) {
        AUTO_STATEMENT statement = STATEMENT_INIT;
        if (is_there[i])
            continue;
        if (!statement_open(&statement, taking->connection, SQL_CELL_GONE, doing, error))
            return false;
        statement_text(&statement, taking->key);
        statement_text(&statement, taking->before.cells[i].key);
        statement_integer(&statement, taking->version);
        if (!statement_run(&statement, error))
            return false;
    }
    return true;
}

bool place_write(struct taking *taking, const struct snapshot_pieces *pieces, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, taking->connection, SQL_NOTEBOOK_CELL_INSERT, doing, error))
        return false;
    for (size_t i = 0; i < taking->notebook->count; i++)
        if (!write_cell(taking, i, pieces, &statement, error))
            return false;
    return write_lineage(taking, error) && write_gone(taking, error);
}

void place_release(struct taking *taking)
{
    for (size_t i = 0; taking->cells && i < taking->notebook->count; i++) {
        free(taking->cells[i].key);
        free(taking->cells[i].name);
        free(taking->cells[i].version_id);
    }
    free(taking->cells);
    for (size_t i = 0; i < CELL_TYPES; i++)
        free(taking->kernels[i]);
    past_cells_release(&taking->before);
    past_cells_release(&taking->earlier);
    version_match_release(&taking->match);
}
