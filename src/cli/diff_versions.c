/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_versions: what became of each cell between two versions of a notebook.
 *
 * The store says which cell is which, and has the texts; metadata, attachments and outputs are read
 * from the notebooks themselves.
 */
#include "cli/diff_versions.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "cli/diff_print.h"
#include "cli/output.h"
#include "cli/present.h"
#include "cli/report.h"
#include "model/notebook_diff.h"
#include "model/output/output_diff.h"
#include "model/output/output_file.h"
#include "store/notebooks.h"

#define MOST_NEAR 3

/* One version; all zero for "before the first one". */
struct side {
    struct notebook_version version;
    struct version_cells cells;
    struct strbuf text;
    struct notebook *notebook;
    struct notebook_diff_cell *compared; /* one per cell */
    char **texts;                        /* that they borrow: metadata, attachments of each */
};

struct comparison {
    const struct reading *reading;
    const struct diff_versions_request *request;
    char *name;
    struct side sides[2];
    struct notebook_diff diff;
    json_t *lineage;       /* object of cell_key to array of {from, how, score} */
    bool notebook_differs; /* its own metadata or format */
};
#define AUTO_COMPARISON __attribute__((cleanup(comparison_release))) struct comparison

static void side_release(struct side *side)
{
    for (size_t i = 0; side->texts && i < 2 * side->cells.count; i++)
        free(side->texts[i]);
    free(side->texts);
    free(side->compared);
    notebook_free(side->notebook);
    strbuf_release(&side->text);
    version_cells_release(&side->cells);
    notebook_version_release(&side->version);
}

static void comparison_release(struct comparison *comparison)
{
    side_release(&comparison->sides[0]);
    side_release(&comparison->sides[1]);
    notebook_diff_release(&comparison->diff);
    json_decref(comparison->lineage);
    free(comparison->name);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The canonical text of a value, on one line where it would be little but indentation; NULL when
 * there is none. Caller frees. */
static char *canonical(const struct notebook *notebook, raw_ref value)
{
    AUTO_STRBUF text = STRBUF_INIT;
    if (!value)
        return NULL;
    if (raw_json_is_steep(notebook->json))
        raw_json_write_compact(notebook->json, value, &text);
    else
        raw_json_write(notebook->json, value, 0, &text);
    return xmemdup(strbuf_text(&text), text.size + 1); /* the buffer has much room */
}

/* The times at which a client ran the cell are no part of it (N-13). Caller frees. */
static char *canonical_metadata(struct notebook *notebook, raw_ref metadata)
{
    raw_json_remove(notebook->json, metadata, "execution");
    return canonical(notebook, metadata);
}

/* What stands in the notebook beside the cells' texts. */
static bool prepare_side(struct side *side, const char *name, struct error *error)
{
    const struct version_cells *cells = &side->cells;
    side->compared = xcalloc(cells->count + 1, sizeof(*side->compared));
    side->texts = xcalloc(2 * cells->count + 1, sizeof(*side->texts));
    if (side->version.version > 0) {
        side->notebook = notebook_parse(strbuf_text(&side->text), side->text.size, error);
        if (!side->notebook)
            return error_prefix(error, "%s@%lld", name, (long long)side->version.version);
        if (side->notebook->count != cells->count)
            return error_set(error, ERROR_DAMAGED,
                             "%s@%lld: its file has %zu cells and its record %zu; rscn doctor "
                             "says what is wrong with the store",
                             name, (long long)side->version.version, side->notebook->count,
                             cells->count);
    }
    for (size_t i = 0; i < cells->count; i++) {
        const struct version_cell *cell = &cells->cells[i];
        const struct notebook_cell *in_file = &side->notebook->cells[i];
        side->texts[2 * i] = canonical_metadata(side->notebook, in_file->metadata);
        side->texts[2 * i + 1] = canonical(side->notebook, in_file->attachments);
        side->compared[i] = (struct notebook_diff_cell){.key = cell->cell_key,
                                                        .type = cell->type,
                                                        .source = cell->source,
                                                        .source_size = cell->source_size,
                                                        .metadata = side->texts[2 * i],
                                                        .attachments = side->texts[2 * i + 1],
                                                        .outputs = cell->outputs_hash};
    }
    return true;
}

static bool load_side(const struct comparison *comparison, struct side *side, int64_t version,
                      struct error *error)
{
    struct store_connection *connection = comparison->reading->connection;
    const char *key = comparison->request->notebook;
    return store_version(connection, key, version, &side->version, error) &&
           store_version_cells(connection, key, side->version.version, &side->cells, error) &&
           store_version_text(connection, key, side->version.version, &side->text, error);
}

static bool load(struct comparison *comparison, struct error *error)
{
    const struct diff_versions_request *request = comparison->request;
    struct side *sides = comparison->sides;
    if (!load_side(comparison, &sides[1], request->to, error))
        return false;
    int64_t from = request->from ? request->from : sides[1].version.parent;
    return (from == 0 || load_side(comparison, &sides[0], from, error)) &&
           prepare_side(&sides[0], comparison->name, error) &&
           prepare_side(&sides[1], comparison->name, error);
}

/* Where the cells of the newer version came from, in it and in the versions on the way from the
 * older one. */
static bool find_lineage(struct comparison *comparison, struct error *error)
{
    const int64_t to = comparison->sides[1].version.version;
    const int64_t from = comparison->sides[0].version.version;
    return store_lineage(comparison->reading->connection, comparison->request->notebook,
                         from < to ? from : to - 1, to, &comparison->lineage, error);
}

/* --- comparing -------------------------------------------------------------------------------- */

static const struct version_cell *cell_of(const struct comparison *comparison, size_t side,
                                          const struct notebook_change *change)
{
    size_t index = side == 0 ? change->from : change->to;
    return index == NOTEBOOK_DIFF_NONE ? NULL : &comparison->sides[side].cells.cells[index];
}

/* The outputs of a cell in the file, as content. Caller decrefs. */
static json_t *outputs_of(const struct comparison *comparison, size_t side,
                          const struct notebook_change *change)
{
    size_t index = side == 0 ? change->from : change->to;
    const struct notebook *notebook = comparison->sides[side].notebook;
    if (index == NOTEBOOK_DIFF_NONE)
        return json_array();
    AUTO_JSON *outputs = output_file_read(notebook->json, notebook->cells[index].outputs);
    return output_diff_content(outputs);
}

/* Outputs whose bytes differ may still say the same: other counts, other pieces. */
static void drop_same_outputs(struct comparison *comparison)
{
    struct notebook_diff *diff = &comparison->diff;
    unsigned outputs_bit = 0;
    while (1U << outputs_bit != CHANGE_OUTPUTS)
        outputs_bit++;
    for (size_t i = 0; i < diff->count; i++) {
        struct notebook_change *change = &diff->cells[i];
        if (!(change->what & CHANGE_OUTPUTS))
            continue;
        AUTO_JSON *from = outputs_of(comparison, 0, change);
        AUTO_JSON *to = outputs_of(comparison, 1, change);
        if (!json_equal(from, to))
            continue;
        change->what &= ~(unsigned)CHANGE_OUTPUTS;
        diff->tally[outputs_bit]--;
        diff->changed -= change->what == 0;
        diff->unchanged += change->what == 0;
    }
}

/* Format and metadata of the notebook itself, as one text. Caller frees. */
static char *own_text(const struct side *side)
{
    if (!side->notebook)
        return xstrdup("");
    const struct raw_json *json = side->notebook->json;
    raw_ref metadata = raw_json_member(json, raw_json_root(json), "metadata");
    AUTO_FREE char *text = canonical(side->notebook, metadata);
    return xasprintf("nbformat %d.%d\n%s\n", side->notebook->major, side->notebook->minor,
                     text ? text : "");
}

static bool is_named(const struct version_cell *cell, const char *name)
{
    return cell && (strcmp(cell->cell_key, name) == 0 || strcmp(cell->cell_name, name) == 0);
}

static int no_such_cell(const struct comparison *comparison)
{
    const struct side *sides = comparison->sides;
    const char *cell = comparison->request->cell;
    AUTO_STRBUF near = STRBUF_INIT;
    AUTO_FREE const char **names =
        xcalloc(sides[0].cells.count + sides[1].cells.count + 1, sizeof(*names));
    size_t count = 0;
    for (size_t side = 2; side-- > 0;) {
        for (size_t i = 0; i < sides[side].cells.count; i++)
            names[count++] = sides[side].cells.cells[i].cell_name;
    }
    if (near_name_list(&near, cell, names, count, MOST_NEAR) > 0)
        return report(STATUS_USAGE, "%s: no such cell in these versions of %s; did you mean %s?",
                      cell, comparison->name, strbuf_text(&near));
    return report(STATUS_USAGE,
                  "%s: no such cell in these versions of %s; \"" PROGRAM_NAME
                  " show %s@%lld\" lists them",
                  cell, comparison->name, comparison->name, (long long)sides[1].version.version);
}

/* Leaves one cell alone in the diff. */
static int keep_cell(struct comparison *comparison)
{
    struct notebook_diff *diff = &comparison->diff;
    const char *cell = comparison->request->cell;
    for (size_t i = 0; i < diff->count; i++) {
        struct notebook_change change = diff->cells[i];
        if (!is_named(cell_of(comparison, 0, &change), cell) &&
            !is_named(cell_of(comparison, 1, &change), cell))
            continue;
        struct notebook_change *cells = diff->cells;
        *diff = (struct notebook_diff){.cells = cells, .count = 1};
        cells[0] = change;
        diff->changed = change.what != 0;
        diff->unchanged = change.what == 0;
        for (unsigned bit = 0; bit < NOTEBOOK_CHANGE_BITS; bit++)
            diff->tally[bit] = change.what >> bit & 1;
        comparison->notebook_differs = false;
        return STATUS_DONE;
    }
    return no_such_cell(comparison);
}

static int compare(struct comparison *comparison)
{
    const struct side *sides = comparison->sides;
    AUTO_FREE char *from = own_text(&sides[0]);
    AUTO_FREE char *to = own_text(&sides[1]);
    comparison->notebook_differs = sides[0].notebook && strcmp(from, to) != 0;
    notebook_diff(sides[0].compared, sides[0].cells.count, sides[1].compared, sides[1].cells.count,
                  &comparison->diff);
    drop_same_outputs(comparison);
    return comparison->request->cell ? keep_cell(comparison) : STATUS_DONE;
}

/* --- as text ---------------------------------------------------------------------------------- */

/* The name that a key has in one of the versions, else the key. Borrowed. */
static const char *name_of_key(const struct comparison *comparison, const char *key)
{
    const char *name = version_cells_name(&comparison->sides[1].cells, key);
    if (!name)
        name = version_cells_name(&comparison->sides[0].cells, key);
    return name ? name : key;
}

static void add_lineage(struct strbuf *line, const struct comparison *comparison, const char *key)
{
    size_t index;
    json_t *step;
    json_array_foreach(json_object_get(comparison->lineage, key), index, step)
    {
        strbuf_addf(line, ", %s %s", present_lineage(json_member_text(step, "how", "")),
                    name_of_key(comparison, json_member_text(step, "from", "")));
    }
}

/* `name (key) 3 -> 5: moved, edited, split from other` */
static void print_header(const struct comparison *comparison, const struct notebook_change *change)
{
    const struct version_cell *from = cell_of(comparison, 0, change);
    const struct version_cell *to = cell_of(comparison, 1, change);
    const struct version_cell *cell = to ? to : from;
    AUTO_STRBUF line = STRBUF_INIT;
    const char *comma = "";
    strbuf_add_text(&line, cell->cell_name);
    if (strcmp(cell->cell_name, cell->cell_key) != 0)
        strbuf_addf(&line, " (%s)", cell->cell_key);
    if (!from || !to)
        strbuf_addf(&line, " at %zu: ", (to ? change->to : change->from) + 1);
    else if (change->from == change->to)
        strbuf_addf(&line, " %zu: ", change->to + 1);
    else
        strbuf_addf(&line, " %zu -> %zu: ", change->from + 1, change->to + 1);
    for (unsigned bit = 0; bit < NOTEBOOK_CHANGE_BITS; bit++) {
        if (!(change->what >> bit & 1))
            continue;
        strbuf_addf(&line, "%s%s", comma, notebook_change_word(bit));
        if (1U << bit == CHANGE_TYPE)
            strbuf_addf(&line, " %s -> %s", notebook_cell_type_word(from->type),
                        notebook_cell_type_word(to->type));
        comma = ", ";
    }
    if ((!from || !to) && cell->type != NOTEBOOK_CODE)
        strbuf_addf(&line, " %s", notebook_cell_type_word(cell->type));
    add_lineage(&line, comparison, cell->cell_key);
    diff_print_title("=== %s", strbuf_text(&line));
}

static struct diff_text source_of(const struct version_cell *cell)
{
    return cell ? (struct diff_text){cell->source, cell->source_size} : (struct diff_text){NULL, 0};
}

static struct diff_text plain_text(const char *text)
{
    return (struct diff_text){text, text ? strlen(text) : 0};
}

static struct diff_text text_of(const struct strbuf *buffer)
{
    return (struct diff_text){strbuf_text(buffer), buffer->size};
}

/* The outputs of both versions as lines that differ where the outputs do. */
static void output_texts(const struct comparison *comparison, const struct notebook_change *change,
                         struct strbuf texts[2])
{
    AUTO_JSON *from = outputs_of(comparison, 0, change);
    AUTO_JSON *to = outputs_of(comparison, 1, change);
    output_diff_texts(from, to, &texts[0], &texts[1]);
}

static void attachment_texts(const struct comparison *comparison,
                             const struct notebook_change *change, struct strbuf texts[2])
{
    for (size_t side = 0; side < 2; side++) {
        const struct notebook *notebook = comparison->sides[side].notebook;
        size_t index = side == 0 ? change->from : change->to;
        AUTO_JSON *attachments =
            output_file_read(notebook->json, notebook->cells[index].attachments);
        output_diff_attachments(attachments, &texts[side]);
    }
}

static void print_changed(const struct comparison *comparison, const struct notebook_change *change)
{
    const struct diff_versions_request *request = comparison->request;
    const struct notebook_diff_cell *from = &comparison->sides[0].compared[change->from];
    const struct notebook_diff_cell *to = &comparison->sides[1].compared[change->to];
    if (change->what & CHANGE_EDITED)
        diff_print_texts("source", source_of(cell_of(comparison, 0, change)),
                         source_of(cell_of(comparison, 1, change)), request->context, 0);
    if (change->what & CHANGE_METADATA)
        diff_print_texts("metadata", plain_text(from->metadata), plain_text(to->metadata),
                         request->context, request->most_outputs);
    struct strbuf texts[2] = {STRBUF_INIT, STRBUF_INIT};
    if (change->what & CHANGE_ATTACHMENTS) {
        attachment_texts(comparison, change, texts);
        diff_print_texts("attachments", text_of(&texts[0]), text_of(&texts[1]), request->context,
                         request->most_outputs);
        strbuf_clear(&texts[0]);
        strbuf_clear(&texts[1]);
    }
    if (change->what & CHANGE_OUTPUTS) {
        output_texts(comparison, change, texts);
        diff_print_texts("outputs", text_of(&texts[0]), text_of(&texts[1]), request->context,
                         request->most_outputs);
    }
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
}

static void print_cell(const struct comparison *comparison, const struct notebook_change *change)
{
    print_header(comparison, change);
    if (comparison->request->is_stat)
        return;
    if (change->what & CHANGE_ADDED)
        diff_print_whole('+', source_of(cell_of(comparison, 1, change)));
    else if (change->what & CHANGE_DELETED)
        diff_print_whole('-', source_of(cell_of(comparison, 0, change)));
    else
        print_changed(comparison, change);
}

static void print_summary(const struct comparison *comparison)
{
    const struct notebook_diff *diff = &comparison->diff;
    const struct side *sides = comparison->sides;
    AUTO_STRBUF line = STRBUF_INIT;
    for (unsigned bit = 0; bit < NOTEBOOK_CHANGE_BITS; bit++) {
        if (diff->tally[bit] > 0)
            strbuf_addf(&line, "%s%zu %s%s", line.size > 0 ? ", " : "", diff->tally[bit],
                        1U << bit > CHANGE_EDITED ? "with other " : "", notebook_change_word(bit));
    }
    if (comparison->notebook_differs)
        strbuf_addf(&line, "%snotebook metadata", line.size > 0 ? ", " : "");
    bool is_same = line.size == 0;
    bool same_bytes = strcmp(sides[0].version.sha256, sides[1].version.sha256) == 0;
    output_format("%s; %zu unchanged%s\n", is_same ? "no differences" : strbuf_text(&line),
                  diff->unchanged,
                  !is_same || same_bytes || comparison->request->cell
                      ? ""
                      : "; the files' bytes differ: layout, ids or execution counts");
}

static void print_side(char sign, const struct comparison *comparison, const struct side *side)
{
    char at[TIMESTAMP_SIZE];
    if (side->version.version == 0) {
        diff_print_title("%c%c%c nothing", sign, sign, sign);
        return;
    }
    if (output_is_terminal())
        timestamp_format_local(side->version.created_at, at);
    else
        timestamp_format_rfc3339(side->version.created_at, at);
    diff_print_title("%c%c%c %s@%lld, %s", sign, sign, sign, comparison->name,
                     (long long)side->version.version, at);
}

static void show_people(const struct comparison *comparison)
{
    const struct side *sides = comparison->sides;
    print_side('-', comparison, &sides[0]);
    print_side('+', comparison, &sides[1]);
    if (comparison->notebook_differs) {
        AUTO_FREE char *from = own_text(&sides[0]);
        AUTO_FREE char *to = own_text(&sides[1]);
        diff_print_title("=== notebook: metadata");
        if (!comparison->request->is_stat)
            diff_print_texts("metadata", plain_text(from), plain_text(to),
                             comparison->request->context, comparison->request->most_outputs);
    }
    for (size_t i = 0; i < comparison->diff.count && !output_is_lost(); i++) {
        if (comparison->diff.cells[i].what)
            print_cell(comparison, &comparison->diff.cells[i]);
    }
    print_summary(comparison);
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static json_t *position_of(size_t index)
{
    return index == NOTEBOOK_DIFF_NONE ? json_null() : json_integer((json_int_t)index + 1);
}

static json_t *words_of(unsigned what)
{
    json_t *words = json_array();
    for (unsigned bit = 0; bit < NOTEBOOK_CHANGE_BITS; bit++) {
        if (what >> bit & 1)
            json_array_append_new(words, json_string(notebook_change_word(bit)));
    }
    return words;
}

static json_t *output_lines(const struct comparison *comparison,
                            const struct notebook_change *change)
{
    struct strbuf texts[2] = {STRBUF_INIT, STRBUF_INIT};
    output_texts(comparison, change, texts);
    json_t *lines = diff_json_texts(text_of(&texts[0]), text_of(&texts[1]));
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
    return lines;
}

static json_t *metadata_lines(const struct comparison *comparison,
                              const struct notebook_change *change)
{
    return diff_json_texts(plain_text(comparison->sides[0].compared[change->from].metadata),
                           plain_text(comparison->sides[1].compared[change->to].metadata));
}

static json_t *json_cell(const struct comparison *comparison, const struct notebook_change *change)
{
    const struct version_cell *from = cell_of(comparison, 0, change);
    const struct version_cell *to = cell_of(comparison, 1, change);
    const struct version_cell *cell = to ? to : from;
    const unsigned with_source = CHANGE_EDITED | CHANGE_ADDED | CHANGE_DELETED;
    json_t *object = json_object();
    json_t *lineage = json_object_get(comparison->lineage, cell->cell_key);
    json_object_set_new(object, "cell_key", json_text_or_null(cell->cell_key));
    json_object_set_new(object, "cell", json_text_or_null(cell->cell_name));
    json_object_set_new(object, "changes", words_of(change->what));
    json_object_set_new(object, "from", position_of(change->from));
    json_object_set_new(object, "to", position_of(change->to));
    json_object_set_new(object, "from_type",
                        json_text_or_null(from ? notebook_cell_type_word(from->type) : NULL));
    json_object_set_new(object, "to_type",
                        json_text_or_null(to ? notebook_cell_type_word(to->type) : NULL));
    json_object_set_new(object, "lineage", lineage ? json_deep_copy(lineage) : json_array());
    json_object_set_new(object, "source",
                        change->what & with_source ? diff_json_texts(source_of(from), source_of(to))
                                                   : json_array());
    json_object_set_new(object, "outputs",
                        change->what & CHANGE_OUTPUTS ? output_lines(comparison, change)
                                                      : json_array());
    json_object_set_new(object, "metadata",
                        change->what & CHANGE_METADATA ? metadata_lines(comparison, change)
                                                       : json_array());
    return object;
}

static void show_json(const struct comparison *comparison)
{
    AUTO_JSON *object = json_object();
    json_t *cells = json_array();
    json_int_t from = comparison->sides[0].version.version;
    json_object_set_new(object, "notebook", json_text_or_null(comparison->name));
    json_object_set_new(object, "from", from ? json_integer(from) : json_null());
    json_object_set_new(object, "to", json_integer(comparison->sides[1].version.version));
    json_object_set_new(object, "metadata_differs", json_boolean(comparison->notebook_differs));
    json_object_set_new(object, "cells", cells);
    for (size_t i = 0; i < comparison->diff.count; i++) {
        if (comparison->diff.cells[i].what)
            json_array_append_new(cells, json_cell(comparison, &comparison->diff.cells[i]));
    }
    json_object_set_new(object, "unchanged", json_integer((json_int_t)comparison->diff.unchanged));
    output_json(object);
}

int diff_versions(const struct reading *reading, const struct diff_versions_request *request)
{
    AUTO_COMPARISON comparison = {.reading = reading, .request = request};
    struct error error = ERROR_INIT;
    comparison.name = store_notebook_name(reading->connection, request->notebook);
    if (!load(&comparison, &error) || !find_lineage(&comparison, &error))
        return diff_trouble(&error);
    int status = compare(&comparison);
    if (status != STATUS_DONE)
        return status;
    output_start(true);
    if (request->is_json)
        show_json(&comparison);
    else
        show_people(&comparison);
    bool is_same = comparison.diff.changed == 0 && !comparison.notebook_differs;
    return output_finish(is_same ? STATUS_DONE : STATUS_NOT_DONE);
}
