/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_text ROUNDS < NOTEBOOKS: seconds that one round over all notebooks takes in memory:
 * read, check, write. Standard input is as notebook_tool's: sizes and bytes. The best round counts,
 * because what makes another one slower is the machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/notebook/notebook_check.h"
#include "model/notebook/notebook_write.h"

struct text {
    char *bytes;
    size_t size;
};

struct times {
    double read, check, write;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void run(const struct text *text, struct times *times)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF written = STRBUF_INIT;
    AUTO_FREE char *fault = NULL;
    double start = now();
    struct notebook *notebook = notebook_parse(text->bytes, text->size, &error);
    double is_read = now();
    times->read += is_read - start;
    if (!notebook)
        return;
    size_t faults = notebook_check(notebook, &fault);
    (void)faults;
    double is_checked = now();
    if (!notebook_write(notebook, NULL, &written, &error))
        abort();
    times->check += is_checked - is_read;
    times->write += now() - is_checked;
    notebook_free(notebook);
}

static struct text *read_texts(size_t *ret_count)
{
    struct text *texts = NULL;
    size_t count = 0, size;
    while (scanf("%zu", &size) == 1 && getchar() == '\n') {
        texts = xreallocarray(texts, count + 1, sizeof *texts);
        texts[count].bytes = xmalloc(size + 1);
        texts[count].size = fread(texts[count].bytes, 1, size, stdin);
        count++;
    }
    *ret_count = count;
    return texts;
}

int main(int argc, char **argv)
{
    size_t count;
    struct text *texts = read_texts(&count);
    struct times best = {1e9, 1e9, 1e9};
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 10;
    for (long round = 0; round < rounds; round++) {
        struct times times = {0, 0, 0};
        for (size_t i = 0; i < count; i++)
            run(&texts[i], &times);
        if (times.read + times.check + times.write < best.read + best.check + best.write)
            best = times;
    }
    printf("%.6f %.6f %.6f\n", best.read, best.check, best.write);
    for (size_t i = 0; i < count; i++)
        free(texts[i].bytes);
    free(texts);
    return 0;
}
