/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_versions: the versions of a notebook for `rscn log`.
 */
#include "cli/log_versions.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "model/notebook_diff.h"

struct loading {
    json_t *rows;
    char since[TIMESTAMP_SIZE];
};

/* RFC 3339 with microseconds in UTC: the texts sort as the times do. */
static bool keep_row(void *context, const json_t *object)
{
    struct loading *loading = context;
    if (strcmp(json_member_text(object, "created_at", ""), loading->since) < 0)
        return false;
    json_array_append_new(loading->rows, json_deep_copy(object));
    return true;
}

bool log_versions_open(struct log_versions *versions, struct store_connection *connection,
                       const char *notebook, timestamp_us since, struct error *error)
{
    struct loading loading = {json_array(), ""};
    if (since)
        timestamp_format_rfc3339(since, loading.since);
    *versions =
        (struct log_versions){.connection = connection, .notebook = notebook, .rows = loading.rows};
    return store_versions(connection, notebook, keep_row, &loading, error);
}

void log_versions_close(struct log_versions *versions)
{
    json_decref(versions->rows);
    version_cells_release(&versions->kept);
    *versions = (struct log_versions)LOG_VERSIONS_INIT;
}

/* Texts are compared by their hashes. */
static struct notebook_diff_cell *compared(const struct version_cells *cells)
{
    struct notebook_diff_cell *compared = xcalloc(cells->count + 1, sizeof(*compared));
    for (size_t i = 0; i < cells->count; i++) {
        const struct version_cell *cell = &cells->cells[i];
        compared[i] = (struct notebook_diff_cell){.key = cell->cell_key,
                                                  .type = cell->type,
                                                  .source = cell->code_hash,
                                                  .source_size = strlen(cell->code_hash),
                                                  .outputs = cell->outputs_hash};
    }
    return compared;
}

static json_t *changes_between(const struct version_cells *from, const struct version_cells *to)
{
    AUTO_FREE struct notebook_diff_cell *before = compared(from);
    AUTO_FREE struct notebook_diff_cell *after = compared(to);
    struct notebook_diff diff;
    json_t *changes = json_object();
    notebook_diff(before, from->count, after, to->count, &diff);
    for (unsigned bit = 0; bit < NOTEBOOK_CHANGE_BITS; bit++) {
        if (diff.tally[bit] > 0)
            json_object_set_new(changes, notebook_change_word(bit),
                                json_integer((json_int_t)diff.tally[bit]));
    }
    notebook_diff_release(&diff);
    return changes;
}

/* Sets `changes`, and keeps the parent's cells: it is most often the version that comes next. */
static bool add_changes(struct log_versions *versions, json_t *row, struct error *error)
{
    int64_t number = json_member_integer(row, "version", 0);
    int64_t parent = json_member_integer(row, "parent", 0);
    struct version_cells cells = {0}, before = {0};
    json_object_set_new(row, "changes", json_null());
    if (parent == 0)
        return true;
    if (versions->kept_version == number) {
        cells = versions->kept;
        versions->kept = (struct version_cells){0};
    } else if (!store_version_cells(versions->connection, versions->notebook, number, &cells,
                                    error)) {
        return false;
    }
    version_cells_release(&versions->kept);
    versions->kept_version = 0;
    bool is_done =
        store_version_cells(versions->connection, versions->notebook, parent, &before, error);
    if (is_done) {
        json_object_set_new(row, "changes", changes_between(&before, &cells));
        versions->kept = before;
        versions->kept_version = parent;
    }
    version_cells_release(&cells);
    return is_done;
}

bool log_versions_next(struct log_versions *versions, const char *since, json_t **ret_version,
                       struct error *error)
{
    json_t *row = json_array_get(versions->rows, versions->next);
    *ret_version = NULL;
    if (!row || (since && strcmp(json_member_text(row, "created_at", ""), since) < 0))
        return true;
    if (!add_changes(versions, row, error))
        return false;
    versions->next++;
    *ret_version = json_incref(row);
    return true;
}

char *log_versions_summary(const json_t *version)
{
    AUTO_STRBUF text = STRBUF_INIT;
    json_t *changes = json_object_get(version, "changes");
    json_int_t cells = json_member_integer(version, "cells", 0);
    const char *word;
    json_t *count;
    strbuf_addf(&text, "version %lld, %s", (long long)json_member_integer(version, "version", 0),
                json_member_text(version, "origin", ""));
    if (!json_is_object(changes))
        strbuf_addf(&text, ", %lld cell%s", (long long)cells, cells == 1 ? "" : "s");
    else if (json_object_size(changes) == 0)
        strbuf_add_text(&text, ", no cell changed");
    json_object_foreach(changes, word, count)
    {
        bool is_part = strcmp(word, "outputs") == 0 || strcmp(word, "type") == 0;
        strbuf_addf(&text, ", %lld %s%s", (long long)json_integer_value(count),
                    is_part ? "with other " : "", word);
    }
    const char *user = json_member_text(version, "user", "");
    if (user[0])
        strbuf_addf(&text, ", by %s", user);
    return strbuf_take(&text);
}
