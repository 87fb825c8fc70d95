/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_timing: what each statement of a cell took, on the clock and of the processor.
 */
#ifndef RSCN_ENGINE_SQLITE_TIMING_H
#define RSCN_ENGINE_SQLITE_TIMING_H

#include <stddef.h>
#include <stdint.h>

struct result_table;
struct sqlite_output;

struct sqlite_timing {
    struct result_table *table; /* NULL until the first statement has ended */
    size_t count;
    int64_t wall_us, cpu_us; /* while a statement runs: when it began */
    int64_t total_wall_us, total_cpu_us;
};

/* Around one statement; `line` is where it begins. The processor's time is this thread's. */
void sqlite_timing_start(struct sqlite_timing *timing);
void sqlite_timing_stop(struct sqlite_timing *timing, size_t line, const char *text, size_t size);
/* Shows the table, if there is one, and frees it. */
void sqlite_timing_show(struct sqlite_timing *timing, struct sqlite_output *output);

#endif
