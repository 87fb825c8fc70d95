/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete: how long a completion takes in a database of 1,000 tables with 50 columns each, its
 * JSON text included. Prints one Markdown row per place; asserts nothing.
 *
 *     make tests/bench/complete && tests/bench/complete [TABLES COLUMNS]
 */
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "engine/look/sqlite_complete.h"
#include "engine/look/sqlite_names.h"

#define ROUNDS 50

static sqlite3 *connection;
static struct sqlite_view view;

static void make(long tables, long columns)
{
    AUTO_STRBUF sql = STRBUF_INIT;
    sqlite3_open(":memory:", &connection);
    strbuf_add_text(&sql, "BEGIN;");
    for (long i = 0; i < tables; i++) {
        strbuf_addf(&sql, "CREATE TABLE %c_table_%ld (id INTEGER PRIMARY KEY", 'a' + (char)(i % 4),
                    i);
        for (long j = 1; j < columns; j++)
            strbuf_addf(&sql, ", %c_column_%ld_%ld TEXT NOT NULL DEFAULT ''", 'a' + (char)(j % 8),
                        i, j);
        strbuf_add_text(&sql, ");");
    }
    strbuf_add_text(&sql, "COMMIT");
    if (sqlite3_exec(connection, strbuf_text(&sql), NULL, NULL, NULL) != SQLITE_OK)
        fprintf(stderr, "%s\n", sqlite3_errmsg(connection));
}

/* As the kernel answers: matches, then the reply's text. */
static int64_t once(const char *code, size_t *ret_matches, size_t *ret_bytes)
{
    int64_t start = monotonic_us();
    size_t from, to, size = strlen(code);
    AUTO_JSON *matches = json_array();
    sqlite_complete(&view, code, size, size, matches, &from, &to);
    AUTO_FREE char *text = json_format(matches);
    *ret_matches = json_array_size(matches);
    *ret_bytes = strlen(text);
    return monotonic_us() - start;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void measure(const char *code)
{
    int64_t times[ROUNDS];
    size_t matches = 0, bytes = 0;
    int64_t first = once(code, &matches, &bytes);
    for (size_t i = 0; i < ROUNDS; i++)
        times[i] = once(code, &matches, &bytes);
    qsort(times, ROUNDS, sizeof(times[0]), compare);
    printf("| `%s` | %zu | %zu | %.2f | %.2f | %.2f |\n", code, matches, bytes,
           (double)first / 1000, (double)times[ROUNDS / 2] / 1000,
           (double)times[ROUNDS - 1] / 1000);
}

int main(int argc, char **argv)
{
    make(argc > 1 ? strtol(argv[1], NULL, 10) : 1000, argc > 2 ? strtol(argv[2], NULL, 10) : 50);
    AUTO_JSON *parameters = json_object();
    view = (struct sqlite_view){.connection = connection,
                                .label = "the bench",
                                .has_rows = true,
                                .parameters = parameters,
                                .names = sqlite_names_new()};
    puts("| cell | matches | bytes | first, ms | p50, ms | worst, ms |");
    puts("| --- | ---: | ---: | ---: | ---: | ---: |");
    measure("SELECT * FROM a");
    measure("SELECT a");
    measure("SELECT * FROM a_table_4 AS t WHERE t.");
    measure("SELECT * FROM a_table_4 JOIN b_table_5 ON a");
    measure("WITH w AS (SELECT * FROM a_table_4) SELECT * FROM w WHERE b");
    measure("SEL");
    sqlite_names_free(view.names);
    sqlite3_close(connection);
    return 0;
}
