/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_version: a version of a notebook, to read or as JSON.
 */
#include "cli/show_version.h"

#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/present.h"
#include "cli/report.h"
#include "store/notebooks.h"

#define INDENT "    "

struct shown {
    struct notebook_version version;
    struct version_cells cells;
};
#define AUTO_SHOWN __attribute__((cleanup(shown_release))) struct shown

static void shown_release(struct shown *shown)
{
    version_cells_release(&shown->cells);
    notebook_version_release(&shown->version);
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static json_t *json_time(timestamp_us time)
{
    char text[TIMESTAMP_SIZE];
    timestamp_format_rfc3339(time, text);
    return json_string(text);
}

static json_t *json_cell(const struct version_cell *cell, size_t index)
{
    json_t *object = json_object();
    json_object_set_new(object, "cell_key", json_text_or_null(cell->cell_key));
    json_object_set_new(object, "position", json_integer((json_int_t)index + 1));
    json_object_set_new(object, "type", json_string(notebook_cell_type_word(cell->type)));
    json_object_set_new(object, "cell", json_text_or_null(cell->cell_name));
    json_object_set_new(object, "cell_version",
                        cell->cell_version > 0 ? json_integer(cell->cell_version) : json_null());
    json_object_set_new(object, "source",
                        json_text(cell->source ? cell->source : "", cell->source_size));
    json_object_set_new(object, "lineage",
                        cell->lineage ? json_incref(cell->lineage) : json_array());
    json_object_set_new(object, "kernel", json_text_or_null(cell->kernel));
    json_object_set_new(object, "file_id", json_text_or_null(cell->file_id));
    json_object_set_new(object, "code_hash", json_text_or_null(cell->code_hash));
    json_object_set_new(object, "outputs", json_integer(cell->outputs));
    json_object_set_new(object, "matched_by", json_string(version_match_word(cell->matched_by)));
    json_object_set_new(object, "score", json_real(cell->score));
    return object;
}

static void show_json(const struct shown *shown)
{
    const struct notebook_version *version = &shown->version;
    AUTO_JSON *object = json_object();
    json_t *cells = json_array();
    json_object_set_new(object, "notebook", json_text_or_null(version->name));
    json_object_set_new(object, "version", json_integer(version->version));
    json_object_set_new(object, "parent",
                        version->parent ? json_integer(version->parent) : json_null());
    json_object_set_new(object, "created_at", json_time(version->created_at));
    json_object_set_new(object, "origin", json_string(version_origin_word(version->origin)));
    json_object_set_new(object, "user", json_text_or_null(version->user));
    json_object_set_new(object, "host", json_text_or_null(version->host));
    json_object_set_new(object, "path", json_text_or_null(version->path));
    json_object_set_new(object, "run_id", json_text_or_null(version->run_id));
    json_object_set_new(object, "size", json_integer(version->size));
    json_object_set_new(object, "sha256", json_text_or_null(version->sha256));
    json_object_set_new(object, "cells", cells);
    for (size_t i = 0; i < shown->cells.count; i++)
        json_array_append_new(cells, json_cell(&shown->cells.cells[i], i));
    output_json(object);
}

/* --- for people ------------------------------------------------------------------------------- */

static void print_line(enum output_style style, const struct strbuf *text)
{
    AUTO_STRBUF line = STRBUF_INIT;
    utf8_add_line(&line, strbuf_text(text), text->size, SIZE_MAX);
    output_style(style);
    output_text(strbuf_text(&line));
    output_style(STYLE_PLAIN);
    output_text("\n");
}

static void print_heading(const struct notebook_version *version)
{
    AUTO_STRBUF line = STRBUF_INIT;
    AUTO_FREE char *size = present_size(version->size);
    char at[TIMESTAMP_SIZE];
    if (output_is_terminal())
        timestamp_format_local(version->created_at, at);
    else
        timestamp_format_rfc3339(version->created_at, at);
    strbuf_addf(&line, "%s@%lld", version->name, (long long)version->version);
    print_line(STYLE_TITLE, &line);
    strbuf_clear(&line);
    strbuf_addf(&line, "%s, %s by %s@%s, ", at, version_origin_word(version->origin),
                version->user ? version->user : "", version->host ? version->host : "");
    if (version->parent)
        strbuf_addf(&line, "from version %lld, ", (long long)version->parent);
    strbuf_addf(&line, "%lld cell%s, %s", (long long)version->cells, version->cells == 1 ? "" : "s",
                size);
    print_line(STYLE_PLAIN, &line);
}

static void add_lineage(struct strbuf *line, const struct version_cells *cells,
                        const struct version_cell *cell)
{
    size_t index;
    json_t *step;
    json_array_foreach(cell->lineage, index, step)
    {
        const char *from = json_member_text(step, "from", "");
        const char *name = version_cells_name(cells, from);
        strbuf_addf(line, ", %s %s", present_lineage(json_member_text(step, "how", "")),
                    name ? name : from);
    }
}

/* `[3] second@2 (0a1b2c3d), markdown, 2 outputs, split from load` */
static void print_cell(const struct version_cells *cells, size_t index)
{
    const struct version_cell *cell = &cells->cells[index];
    AUTO_STRBUF line = STRBUF_INIT;
    strbuf_addf(&line, "[%zu] %s", index + 1, cell->cell_name);
    if (cell->cell_version > 0)
        strbuf_addf(&line, "@%lld", (long long)cell->cell_version);
    if (strcmp(cell->cell_name, cell->cell_key) != 0)
        strbuf_addf(&line, " (%s)", cell->cell_key);
    if (cell->type != NOTEBOOK_CODE)
        strbuf_addf(&line, ", %s", notebook_cell_type_word(cell->type));
    if (cell->outputs > 0)
        strbuf_addf(&line, ", %lld output%s", (long long)cell->outputs,
                    cell->outputs == 1 ? "" : "s");
    add_lineage(&line, cells, cell);
    output_text("\n");
    print_line(STYLE_TITLE, &line);
    if (cell->source_size > 0)
        output_indented(INDENT, cell->source, cell->source_size);
}

int show_version(const struct reading *reading, const char *notebook, int64_t version, bool is_json)
{
    AUTO_SHOWN shown = {0};
    struct error error = ERROR_INIT;
    if (!store_version(reading->connection, notebook, version, &shown.version, &error) ||
        !store_version_cells(reading->connection, notebook, shown.version.version, &shown.cells,
                             &error))
        return report_error(&error);
    output_start(true);
    if (is_json) {
        show_json(&shown);
        return output_finish(STATUS_DONE);
    }
    print_heading(&shown.version);
    for (size_t i = 0; i < shown.cells.count && !output_is_lost(); i++)
        print_cell(&shown.cells, i);
    return output_finish(STATUS_DONE);
}
