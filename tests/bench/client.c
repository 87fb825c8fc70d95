/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client FOLDER ROUNDS TRIPS PIPELINED STARTS (NAME CODE ENDLESS UNFINISHED INTERRUPT COMMAND)...:
 * starts the kernels, measures all of them in turn, ROUNDS times, so that whatever else the machine
 * does hits all alike, and prints the rows of one Markdown table: a column for each kernel, the
 * first of which is the yardstick, and the second the one that is compared with it.
 *
 * CODE is the cell of the round trips; ENDLESS one that does not end, and UNFINISHED a text to be
 * completed at its end meanwhile (- for a kernel that can do neither); INTERRUPT is message or
 * signal. A NAME that begins with + is measured for its round trips alone, as a row of its own.
 */
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/timestamp.h"
#include "exchange.h"
#include "kernels.h"

#define MAX_KERNELS 8
#define WARM_UP 200
#define INTERRUPTS 10
#define COMPLETIONS 200
#define COMPLETION_TIMEOUT_MS 1500
#define ANSWER_TIMEOUT_MS 30000
#define ARGUMENTS 6

struct values {
    double *items;
    size_t count, capacity;
};

struct measured {
    struct values trips, rates, starts, interrupts, completions; /* ms; rates: requests per second */
    double cpu_ms;                                               /* of all measured round trips */
    double memory;                                               /* MiB after the first cell */
};

static struct kernel kernels[MAX_KERNELS];
static struct measured measured[MAX_KERNELS];
static size_t kernel_count; /* all */
static size_t shown_count;  /* those with a column, which stand first */

static void add(struct values *values, double value)
{
    if (values->count == values->capacity) {
        values->capacity = values->capacity * 2 + 64;
        values->items = xreallocarray(values->items, values->capacity, sizeof(double));
    }
    values->items[values->count++] = value;
}

static int compare(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double quantile(struct values *values, double part)
{
    if (values->count == 0)
        return NAN;
    qsort(values->items, values->count, sizeof(double), compare);
    return values->items[(size_t)(part * (double)(values->count - 1) + 0.5)];
}

/* --- measuring -------------------------------------------------------------------------------- */

/* From the fork to the reply; the request waits at the port. */
static void measure_start(size_t index)
{
    struct kernel *kernel = &kernels[index];
    const struct timespec moment = {.tv_nsec = 500000000};
    int64_t start = monotonic_us();

    kernel_start(kernel);
    unsigned long batch = kernel_ask(kernel, kernel->shell, "kernel_info_request", "{}", 1);
    if (!kernel_wait_for(kernel, batch, "kernel_info_reply", 1, 0, false, ANSWER_TIMEOUT_MS))
        die("%s did not start: see the .log beside %s", kernel->name, kernel->path);
    add(&measured[index].starts, (double)(monotonic_us() - start) / 1e3);
    kernel_wait_until_ready(kernel);
    kernel_run(kernel, 1);
    nanosleep(&moment, NULL);
    measured[index].memory = kernel_memory(kernel);
    kernel_kill(kernel);
}

static void measure_trips(size_t index, size_t trips, size_t pipelined)
{
    struct measured *into = &measured[index];
    double cpu = kernel_cpu_ms(&kernels[index]);

    for (size_t i = 0; i < trips; i++)
        add(&into->trips, kernel_run(&kernels[index], 1) * 1e3);
    into->cpu_ms += kernel_cpu_ms(&kernels[index]) - cpu;
    if (index < shown_count)
        add(&into->rates, (double)pipelined / kernel_run(&kernels[index], pipelined));
}

static void complete(struct kernel *kernel, struct values *times)
{
    json_t *content = json_pack("{s:s, s:I}", "code", kernel->unfinished, "cursor_pos",
                                (json_int_t)strlen(kernel->unfinished));
    char *text = json_dumps(content, JSON_COMPACT);

    for (size_t i = 0; i < COMPLETIONS; i++) {
        int64_t start = monotonic_us();
        unsigned long batch = kernel_ask(kernel, kernel->shell, "complete_request", text, 1);

        if (!kernel_wait_for(kernel, batch, "complete_reply", 1, 0, false, COMPLETION_TIMEOUT_MS))
            break; /* it waits for the cell */
        add(times, (double)(monotonic_us() - start) / 1e3);
    }
    free(text);
    json_decref(content);
}

/* While a cell runs that does not end: completions, then an interrupt. */
static void measure_busy(size_t index, bool with_completions)
{
    struct kernel *kernel = &kernels[index];
    const struct timespec moment = {.tv_nsec = 50000000};
    char *content = execute_content(kernel->endless);
    unsigned long batch = kernel_ask(kernel, kernel->shell, "execute_request", content, 1);

    if (!kernel_wait_busy(kernel, batch, ANSWER_TIMEOUT_MS))
        die("%s: is not busy", kernel->name);
    if (with_completions && kernel->unfinished)
        complete(kernel, &measured[index].completions);
    nanosleep(&moment, NULL); /* so that the cell is in the middle of its work */
    int64_t start = monotonic_us();
    if (kernel->by_signal)
        kill(kernel->pid, SIGINT);
    else
        kernel_ask(kernel, kernel->control, "interrupt_request", "{}", 1);
    if (!kernel_wait_for(kernel, batch, "execute_reply", 1, 0, true, ANSWER_TIMEOUT_MS))
        die("%s: was not interrupted", kernel->name);
    add(&measured[index].interrupts, (double)(monotonic_us() - start) / 1e3);
    free(content);
    kernel_wait_until_ready(kernel);
}

/* --- the table -------------------------------------------------------------------------------- */

static void print_value(double value, int digits)
{
    if (isnan(value))
        printf(" - |");
    else
        printf(" %.*f |", digits, value);
}

/* `ratio` compares the second kernel with the first; `goal` is of that ratio, or of the value when
 * it names a unit. */
static void print_row(const char *name, const double *values, int digits, const char *goal)
{
    printf("| %s |", name);
    for (size_t i = 0; i < shown_count; i++)
        print_value(values[i], digits);
    print_value(values[1] / values[0], 2);
    printf(" %s |\n", goal);
}

static void print_quantiles(const char *name, size_t offset, double part, int digits,
                            const char *goal)
{
    double values[MAX_KERNELS];

    for (size_t i = 0; i < shown_count; i++)
        values[i] = quantile((struct values *)(void *)((char *)&measured[i] + offset), part);
    print_row(name, values, digits, goal);
}

static void print_table(size_t trips, size_t pipelined)
{
    double cpu[MAX_KERNELS], memory[MAX_KERNELS];
    char name[100];

    printf("| |");
    for (size_t i = 0; i < shown_count; i++) {
        printf(" %s |", kernels[i].name);
        cpu[i] = measured[i].cpu_ms / (double)trips;
        memory[i] = measured[i].memory;
    }
    printf(" %s : %s | goal |\n| --- |", kernels[1].name, kernels[0].name);
    for (size_t i = 0; i < shown_count; i++)
        printf(" ---: |");
    printf(" ---: | --- |\n");
#define QUANTILES(name, member, part, digits, goal)                                                \
    print_quantiles(name, offsetof(struct measured, member), part, digits, goal)
    QUANTILES("round trip p50, ms", trips, 0.5, 3, "≤ 1.15");
    QUANTILES("round trip p99, ms", trips, 0.99, 3, "");
    print_row("CPU per execution, ms", cpu, 3, "");
    snprintf(name, sizeof(name), "%zu pipelined, requests/s", pipelined);
    QUANTILES(name, rates, 0.5, 0, "≥ 0.65");
    QUANTILES("cold start to kernel_info, ms", starts, 0.5, 1, "≤ 1.1");
    print_row("memory after the first cell, MiB", memory, 1, "≤ 11 MiB");
    QUANTILES("interrupt to reply, ms", interrupts, 0.5, 1, "≤ 20 ms");
    QUANTILES("completion while busy p50, ms", completions, 0.5, 2, "");
    QUANTILES("completion while busy p99, ms", completions, 0.99, 2, "≤ 20 ms");
    for (size_t i = shown_count; i < kernel_count; i++) {
        double both[] = {quantile(&measured[1].trips, 0.5), quantile(&measured[i].trips, 0.5)};
        printf("| %s, round trip p50, ms |  | %.3f |", kernels[i].name, both[1]);
        for (size_t k = 2; k < shown_count; k++)
            printf(" |");
        printf(" %.2f of %.3f | ≤ 1.10 |\n", both[1] / both[0], both[0]);
    }
}

/* --- main ------------------------------------------------------------------------------------- */

static size_t number(const char *text)
{
    unsigned long value = strtoul(text, NULL, 10);

    if (value == 0 || value > 1000000)
        die("%s: a number from 1 to 1000000 was expected", text);
    return value;
}

static const char *unless_dash(const char *text)
{
    return strcmp(text, "-") == 0 ? NULL : text;
}

static void read_kernel(char **arguments)
{
    struct kernel *kernel = &kernels[kernel_count++];
    bool is_shown = arguments[0][0] != '+';

    kernel->name = arguments[0] + !is_shown;
    kernel->content = execute_content(arguments[1]);
    kernel->endless = unless_dash(arguments[2]);
    kernel->unfinished = unless_dash(arguments[3]);
    kernel->by_signal = strcmp(arguments[4], "signal") == 0;
    kernel->command = arguments[5];
    if (is_shown && shown_count++ != kernel_count - 1)
        die("%s: kernels with + stand last", kernel->name);
}

int main(int argc, char **argv)
{
    size_t rounds, trips, pipelined, starts;

    if (argc < 6 + 2 * ARGUMENTS || (argc - 6) % ARGUMENTS != 0 ||
        (argc - 6) / ARGUMENTS > MAX_KERNELS)
        die("usage: client FOLDER ROUNDS TRIPS PIPELINED STARTS (NAME CODE ENDLESS UNFINISHED "
            "INTERRUPT COMMAND)...");
    rounds = number(argv[2]);
    trips = number(argv[3]);
    pipelined = number(argv[4]);
    starts = number(argv[5]);
    for (int i = 6; i < argc; i += ARGUMENTS)
        read_kernel(argv + i);
    kernels_init(argv[1], kernels, kernel_count);
    for (size_t i = 0; i < starts; i++)
        for (size_t k = 0; k < shown_count; k++)
            measure_start(k);
    for (size_t i = 0; i < kernel_count; i++) {
        kernel_start(&kernels[i]);
        kernel_wait_until_ready(&kernels[i]);
        for (size_t j = 0; j < WARM_UP; j++)
            kernel_run(&kernels[i], 1);
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < kernel_count; i++)
            measure_trips((round + i) % kernel_count, trips, pipelined);
    for (size_t i = 0; i < INTERRUPTS; i++)
        for (size_t k = 0; k < shown_count; k++)
            if (kernels[k].endless)
                measure_busy(k, i == 0);
    print_table(rounds * trips, pipelined);
    return 0;
}
