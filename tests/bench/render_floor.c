/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render_floor: what showing many rows costs, beside what it costs at the least.
 *
 *     render_floor [ROWS [ROUNDS]]
 *
 * floor  sqlite3_step, an HTML table with everything escaped and an aligned plain text, in two
 *        buffers: no measuring of wide characters, no limits, no types, no message
 * rscn   what a cell with `%set maxrows all` does up to the finished MIME bundle
 *
 * Both run the same query in turn; the medians of one run are compared, as a row of the table that
 * tests/bench/run prints.
 */
#include <inttypes.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "engine/sqlite_output.h"
#include "floor_render.h"

#define ROUNDS_MAX 1000

static const char QUERY[] =
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT ?)"
    " SELECT i, i * 2 AS b, 'row ' || i AS t FROM c";

/* The bytes of both texts. */
static size_t render_both(sqlite3_stmt *statement)
{
    struct bytes html = {0}, text = {0};

    floor_render(statement, &html, &text);
    size_t size = html.size + text.size;
    free(html.data);
    free(text.data);
    return size;
}

static void on_display(void *context, const json_t *data, const json_t *metadata)
{
    size_t *size = context;

    (void)metadata;
    *size += json_string_length(json_object_get(data, "text/html")) +
             json_string_length(json_object_get(data, "text/plain"));
}

static size_t own_render(sqlite3_stmt *statement)
{
    size_t size = 0;
    struct engine_sink sink = {.context = &size, .display = on_display};
    struct engine_limits limits = {.max_rows = -1, .max_width = 200, .max_bytes = 256 << 20};
    struct sqlite_output output;
    struct sqlite_rows rows;

    sqlite_output_init(&output, &sink, &limits, false);
    sqlite_output_begin(&output, 1);
    if (sqlite_output_read(&output, statement, &rows) == SQLITE_DONE)
        sqlite_output_rows(&output, &rows, NULL);
    sqlite_output_end(&output, true);
    sqlite_rows_release(&rows);
    return size;
}

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return a < b ? -1 : a > b;
}

static int64_t timed(sqlite3_stmt *statement, size_t (*render)(sqlite3_stmt *statement),
                     size_t *ret_size)
{
    int64_t started = monotonic_us();

    *ret_size = render(statement);
    sqlite3_reset(statement);
    return monotonic_us() - started;
}

int main(int argc, char **argv)
{
    int rows = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100000;
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 15;
    int64_t floors[ROUNDS_MAX], owns[ROUNDS_MAX];
    size_t floor_size = 0, own_size = 0;
    sqlite3 *database;
    sqlite3_stmt *statement;

    if (rows < 1 || rounds < 1 || rounds > ROUNDS_MAX ||
        sqlite3_open(":memory:", &database) != SQLITE_OK ||
        sqlite3_prepare_v2(database, QUERY, -1, &statement, NULL) != SQLITE_OK) {
        fprintf(stderr, "usage: render_floor [ROWS [ROUNDS]]; at most %d rounds\n", ROUNDS_MAX);
        return 2;
    }
    sqlite3_bind_int(statement, 1, rows);
    for (int i = 0; i < rounds; i++) {
        floors[i] = timed(statement, render_both, &floor_size);
        owns[i] = timed(statement, own_render, &own_size);
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    qsort(floors, (size_t)rounds, sizeof *floors, by_size);
    qsort(owns, (size_t)rounds, sizeof *owns, by_size);
    double floor_ms = (double)floors[rounds / 2] / 1000, own_ms = (double)owns[rounds / 2] / 1000;
    printf("| %d rows x 3 shown (%.1f MB), ms | %.1f | %.1f | %.2f | ≤ 1.4 |\n", rows,
           (double)own_size / 1e6, floor_ms, own_ms, own_ms / floor_ms);
    return 0;
}
