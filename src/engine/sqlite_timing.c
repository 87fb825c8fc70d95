/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_timing: see the header.
 */
#include "engine/sqlite_timing.h"

#include <string.h>
#include <time.h>

#include "base/strbuf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "engine/sqlite_output.h"
#include "model/table/result_table.h"

#define LINES_MAX 200       /* statements with a line of their own; all are in the total */
#define STATEMENT_SHOWN 50u /* columns of a statement's text */

static int64_t processor_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

void sqlite_timing_start(struct sqlite_timing *timing)
{
    timing->wall_us = monotonic_us();
    timing->cpu_us = processor_us();
}

static void add_row(struct sqlite_timing *timing, const char *name, const char *line, int64_t wall,
                    int64_t cpu)
{
    AUTO_FREE char *wall_text = xasprintf("%.3f ms", (double)wall / 1000);
    AUTO_FREE char *cpu_text = xasprintf("%.3f ms", (double)cpu / 1000);

    if (line)
        result_table_add_text(timing->table, line, strlen(line));
    else
        result_table_add_null(timing->table);
    result_table_add_text(timing->table, name, strlen(name));
    result_table_add_text(timing->table, wall_text, strlen(wall_text));
    result_table_add_text(timing->table, cpu_text, strlen(cpu_text));
}

void sqlite_timing_stop(struct sqlite_timing *timing, size_t line, const char *text, size_t size)
{
    int64_t wall = monotonic_us() - timing->wall_us, cpu = processor_us() - timing->cpu_us;
    static const char *const columns[] = {"line", "statement", "wall", "CPU"};
    AUTO_STRBUF name = STRBUF_INIT;
    AUTO_FREE char *number = xasprintf("%zu", line);

    timing->total_wall_us += wall;
    timing->total_cpu_us += cpu;
    if (!timing->table) {
        timing->table = result_table_new();
        for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
            result_table_add_column(timing->table, columns[i], NULL);
    }
    if (timing->count++ >= LINES_MAX)
        return;
    const char *end = memchr(text, '\n', size);
    utf8_add_line(&name, text, end ? (size_t)(end - text) : size, STATEMENT_SHOWN);
    add_row(timing, strbuf_text(&name), number, wall, cpu);
}

void sqlite_timing_show(struct sqlite_timing *timing, struct sqlite_output *output)
{
    if (!timing->table)
        return;
    AUTO_FREE char *total = xasprintf("total of %zu statement%s", timing->count,
                                      timing->count == 1 ? "" : "s");
    add_row(timing, total, NULL, timing->total_wall_us, timing->total_cpu_us);
    struct sqlite_rows rows = {.table = timing->table,
                               .total = result_table_rows(timing->table),
                               .is_exact = true};
    sqlite_output_rows(output, &rows, NULL);
    sqlite_rows_release(&rows);
    timing->table = NULL;
}
