/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known_cells: the cells of a notebook in the order in which they stand in it, as far as the record
 * can tell.
 *
 * The order of first appearance is wrong as soon as a cell was moved or put in between. A run that
 * goes through the file shows the file's order, so the latest run counts; what it did not reach
 * keeps its place from the runs before: in front of the cell that it stood in front of, else at the
 * end. Over all of that counts the order of the file's newest version, when the store has one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "store/cells.h"
#include "store/statement.h"

/* Older runs say nothing new, and the first cell of a kernel must not wait for a long history. */
#define RUNS_MAX 8

struct cell_list {
    struct stored_cell *cells;
    size_t count, capacity;
    size_t in_file; /* the first ones are those of the file's newest version, in its order */
};

/* Indexes into a cell_list. */
struct cell_order {
    size_t *items;
    size_t count;
};

static bool read_cells(struct store_connection *connection, const char *notebook,
                       struct cell_list *list, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    struct cell_row row;
    int next;

    if (!cells_open(&statement, connection, notebook, error))
        return false;
    while ((next = cells_next(&statement, &row, error)) > 0) {
        if (!row.is_code)
            continue;
        list->in_file += row.place > 0;
        if (list->count == list->capacity) {
            list->capacity = list->capacity ? 2 * list->capacity : 16;
            list->cells = xreallocarray(list->cells, list->capacity, sizeof(*list->cells));
        }
        struct stored_cell *cell = &list->cells[list->count++];
        *cell = (struct stored_cell){
            .cell_key = xstrdup(row.cell_key),
            .cell_name = xstrdup(row.cell_name),
            .nbformat_id = xstrdup_or_null(row.nbformat_id),
            .code = xmalloc(row.code_size + 1),
            .code_size = row.code_size,
        };
        memcpy(cell->code, row.code, row.code_size);
        cell->code[row.code_size] = '\0';
    }
    return next == 0;
}

/* The older order with the run's order laid over it: what the run did not have goes in front of the
 * cell that it stood in front of; when they have no cell in common, the run's come last.
 * `ret_order` has room for all `total` cells. */
static void merge_orders(const struct cell_order *older, const struct cell_order *run, size_t total,
                         struct cell_order *ret_order)
{
    AUTO_FREE size_t *place = xcalloc(total + 1, sizeof(*place)); /* in older, from 1 */
    AUTO_FREE bool *in_run = xcalloc(total + 1, sizeof(*in_run));
    size_t start, shared = 0;

    for (size_t i = 0; i < older->count; i++)
        place[older->items[i]] = i + 1;
    for (size_t i = 0; i < run->count; i++)
        in_run[run->items[i]] = true;
    for (size_t i = 0; i < run->count; i++)
        shared += place[run->items[i]] > 0;
    ret_order->count = 0;
    for (size_t i = 0; shared == 0 && i < older->count; i++)
        ret_order->items[ret_order->count++] = older->items[i];
    for (size_t i = 0; i <= run->count; i++) {
        size_t end = i == run->count ? (shared ? older->count : 0) : place[run->items[i]];

        if (i < run->count && end > 0)
            end--;
        for (start = end; start > 0 && !in_run[older->items[start - 1]]; start--)
            ;
        for (; start < end; start++)
            ret_order->items[ret_order->count++] = older->items[start];
        if (i < run->count)
            ret_order->items[ret_order->count++] = run->items[i];
    }
}

/* The cells of one run in the order in which they ran first. `index` is key to place in the list.
 */
static bool read_run(struct store_connection *connection, const char *run_id, int64_t number,
                     const json_t *index, struct cell_list *list, struct cell_order *run,
                     struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;

    run->count = 0;
    if (!statement_open(&statement, connection, SQL_RUN_CELLS, "reading the order of cells", error))
        return false;
    statement_text(&statement, run_id);
    while ((next = statement_next(&statement, error)) > 0) {
        const json_t *item = json_object_get(index, statement_column(&statement, 0, NULL));

        if (!item)
            continue; /* soft-deleted */
        run->items[run->count] = (size_t)json_integer_value(item);
        list->cells[run->items[run->count++]].last_run = number;
    }
    return next == 0;
}

struct run_row {
    char run_id[ULID_SIZE];
    int64_t number;
};

/* The latest runs, newest first. */
static bool read_runs(struct store_connection *connection, const char *notebook,
                      struct run_row runs[RUNS_MAX], size_t *ret_count, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next = 0;

    *ret_count = 0;
    if (!statement_open(&statement, connection, SQL_LATEST_RUNS, "reading the latest runs", error))
        return false;
    statement_text(&statement, notebook);
    statement_integer(&statement, RUNS_MAX);
    while (*ret_count < RUNS_MAX && (next = statement_next(&statement, error)) > 0) {
        struct run_row *run = &runs[(*ret_count)++];
        const char *id = statement_column(&statement, 0, NULL);
        size_t size = strnlen(id, ULID_SIZE - 1);

        memcpy(run->run_id, id, size);
        run->run_id[size] = '\0';
        run->number = statement_column_integer(&statement, 1);
    }
    return *ret_count == RUNS_MAX || next == 0;
}

/* Lays an order over the one that is known so far; `older` has room for it. */
static void lay_over(struct cell_order *order, const struct cell_order *newer, size_t total,
                     struct cell_order *older)
{
    if (order->count)
        memcpy(older->items, order->items, order->count * sizeof(*older->items));
    older->count = order->count;
    merge_orders(older, newer, total, order);
}

static bool read_order(struct store_connection *connection, const char *notebook,
                       struct cell_list *list, struct cell_order *order, struct error *error)
{
    AUTO_JSON *index = json_object();
    AUTO_FREE size_t *items = xcalloc(2 * list->count + 1, sizeof(*items));
    struct cell_order run = {.items = items}, older = {.items = items + list->count};
    struct run_row runs[RUNS_MAX];
    size_t count;

    for (size_t i = 0; i < list->count; i++)
        json_object_set_new(index, list->cells[i].cell_key, json_integer((json_int_t)i));
    if (!read_runs(connection, notebook, runs, &count, error))
        return false;
    while (count-- > 0) {
        if (!read_run(connection, runs[count].run_id, runs[count].number, index, list, &run, error))
            return false;
        lay_over(order, &run, list->count, &older);
    }
    for (run.count = 0; run.count < list->in_file; run.count++)
        run.items[run.count] = run.count;
    if (run.count)
        lay_over(order, &run, list->count, &older);
    return true;
}

static bool sort_cells(struct store_connection *connection, const char *notebook,
                       struct cell_list *list, struct error *error)
{
    AUTO_FREE size_t *items = xcalloc(list->count + 1, sizeof(*items));
    AUTO_FREE bool *is_placed = xcalloc(list->count + 1, sizeof(*is_placed));
    struct cell_order order = {.items = items};
    struct stored_cell *sorted;

    if (!read_order(connection, notebook, list, &order, error))
        return false;
    for (size_t i = 0; i < order.count; i++)
        is_placed[order.items[i]] = true;
    for (size_t i = 0; i < list->count; i++)
        if (!is_placed[i])
            order.items[order.count++] = i;
    sorted = xcalloc(list->count + 1, sizeof(*sorted));
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = list->cells[order.items[i]];
    free(list->cells);
    list->cells = sorted;
    return true;
}

bool store_known_cells(struct store_connection *connection, const char *notebook,
                       struct stored_cell **ret_cells, size_t *ret_count, struct error *error)
{
    struct cell_list list = {0};
    bool is_read = read_cells(connection, notebook, &list, error) &&
                   sort_cells(connection, notebook, &list, error);

    if (!is_read) {
        store_cells_free(list.cells, list.count);
        list = (struct cell_list){0};
    }
    *ret_cells = list.cells;
    *ret_count = list.count;
    return is_read;
}

void store_cells_free(struct stored_cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(cells[i].cell_key);
        free(cells[i].cell_name);
        free(cells[i].nbformat_id);
        free(cells[i].code);
    }
    free(cells);
}
