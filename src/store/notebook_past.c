/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_past: reads the cells that a notebook had; see notebook_past.h.
 */
#include "store/notebook_past.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/statement.h"

#define EARLIER_MAX 2000

static const char doing[] = "reading the cells of a notebook";

enum past_column {
    PAST_KEY,
    PAST_NAME,
    PAST_TYPE,
    PAST_ID,
    PAST_UUID,
    PAST_VERSION,
    PAST_TEXT,
    PAST_LATEST,
    PAST_LAST_ID,
    PAST_LATEST_TEXT,
};

static void add_cell(struct statement *row, struct past_cells *cells)
{
    if (cells->count == cells->capacity) {
        cells->capacity = cells->capacity ? 2 * cells->capacity : 16;
        cells->cells = xreallocarray(cells->cells, cells->capacity, sizeof(*cells->cells));
    }
    struct past_cell *cell = &cells->cells[cells->count++];
    *cell = (struct past_cell){
        .key = statement_copy(row, PAST_KEY, NULL),
        .name = statement_copy(row, PAST_NAME, NULL),
        .id = statement_copy(row, PAST_ID, NULL),
        .uuid = statement_copy(row, PAST_UUID, NULL),
        .last_id = statement_copy(row, PAST_LAST_ID, NULL),
        .version_id = statement_copy(row, PAST_VERSION, NULL),
        .is_latest = statement_column_integer(row, PAST_LATEST),
    };
    cell->text = statement_copy(row, PAST_TEXT, &cell->size);
    cell->latest = statement_copy(row, PAST_LATEST_TEXT, &cell->latest_size);
    if (!cell->text) {
        cell->text = xstrdup("");
        cell->size = 0;
    }
    const char *type = statement_column(row, PAST_TYPE, NULL);
    if (!type || !notebook_cell_type_from_word(type, &cell->type))
        cell->type = NOTEBOOK_OTHER;
}

static bool read_cells(struct statement *statement, struct past_cells *cells, struct error *error)
{
    int next;
    while ((next = statement_next(statement, error)) > 0)
        add_cell(statement, cells);
    if (next < 0)
        past_cells_release(cells);
    return next == 0;
}

bool past_before(struct store_connection *connection, const char *key, int64_t version,
                 struct past_cells *ret_cells, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    *ret_cells = (struct past_cells)PAST_CELLS_INIT;
    if (!statement_open(&statement, connection, SQL_PAST_BEFORE, doing, error))
        return false;
    statement_text(&statement, key);
    statement_integer(&statement, version);
    return read_cells(&statement, ret_cells, error);
}

bool past_earlier(struct store_connection *connection, const char *key, int64_t version,
                  size_t before, struct past_cells *ret_cells, struct error *error)
{
    AUTO_STATEMENT count = STATEMENT_INIT, statement = STATEMENT_INIT;
    *ret_cells = (struct past_cells)PAST_CELLS_INIT;
    if (!statement_open(&count, connection, SQL_CELL_COUNT, doing, error))
        return false;
    statement_text(&count, key);
    if (statement_next(&count, error) < 0)
        return false;
    if (statement_column_integer(&count, 0) <= (int64_t)before)
        return true;
    if (!statement_open(&statement, connection, SQL_PAST_EARLIER, doing, error))
        return false;
    statement_text(&statement, key);
    statement_integer(&statement, version);
    statement_integer(&statement, EARLIER_MAX);
    return read_cells(&statement, ret_cells, error);
}

void past_cells_release(struct past_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        struct past_cell *cell = &cells->cells[i];
        free(cell->key);
        free(cell->name);
        free(cell->id);
        free(cell->uuid);
        free(cell->last_id);
        free(cell->version_id);
        free(cell->text);
        free(cell->latest);
    }
    free(cells->cells);
    *cells = (struct past_cells)PAST_CELLS_INIT;
}

/* --- for matching ----------------------------------------------------------------------------- */

struct text {
    const char *bytes;
    size_t size;
};

static int by_bytes(const void *left, const void *right)
{
    const struct text *a = left, *b = right;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return a->size ? memcmp(a->bytes, b->bytes, a->size) : 0;
}

/* The texts of a file's cells, sorted; caller frees. */
static struct text *texts_of(const struct notebook *notebook)
{
    struct text *texts = xcalloc(notebook->count + 1, sizeof(*texts));
    for (size_t i = 0; i < notebook->count; i++)
        texts[i] = (struct text){notebook->cells[i].source, notebook->cells[i].source_size};
    qsort(texts, notebook->count, sizeof(*texts), by_bytes);
    return texts;
}

static bool has_text(const struct text *texts, size_t count, const char *bytes, size_t size)
{
    const struct text wanted = {bytes, size};
    return bsearch(&wanted, texts, count, sizeof(*texts), by_bytes) != NULL;
}

struct version_match_cell *past_match_cells(const struct past_cells *cells,
                                            const struct notebook *now)
{
    struct version_match_cell *match = xcalloc(cells->count + 1, sizeof(*match));
    AUTO_FREE struct text *texts = texts_of(now);
    for (size_t i = 0; i < cells->count; i++) {
        const struct past_cell *cell = &cells->cells[i];
        bool by_latest = cell->latest && !has_text(texts, now->count, cell->text, cell->size) &&
                         has_text(texts, now->count, cell->latest, cell->latest_size);
        match[i] = (struct version_match_cell){
            .type = cell->type,
            .text = by_latest ? cell->latest : cell->text,
            .size = by_latest ? cell->latest_size : cell->size,
            .id = cell->id,
            .name = strcmp(cell->name, cell->key) == 0 ? NULL : cell->name,
            .uuid = cell->uuid,
            .key = cell->key,
        };
    }
    return match;
}
