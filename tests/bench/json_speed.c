/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_speed SECONDS <NAMES: how fast raw_json reads and writes the files whose names come from
 * standard input, one per line, in MiB of text for each second of processor time, and how much
 * memory the trees take. Files already canonical are written by copying: give others too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "model/notebook/raw_json_private.h"

#define MOST_FILES 20000

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static size_t read_files(struct strbuf *files)
{
    char name[4096];
    size_t count = 0;
    while (count < MOST_FILES && fgets(name, sizeof(name), stdin)) {
        struct error error = ERROR_INIT;
        name[strcspn(name, "\n")] = '\0';
        files[count] = (struct strbuf)STRBUF_INIT;
        struct raw_json *json = NULL;
        if (file_read(name, RAW_JSON_MAX_BYTES, &files[count], &error))
            json = raw_json_parse(strbuf_text(&files[count]), files[count].size, &error);
        if (json)
            count++;
        else
            fprintf(stderr, "json_speed: %s: %s\n", name, error.message);
        raw_json_free(json);
    }
    return count;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2, reading = 0, writing = 0;
    struct strbuf *files = xcalloc(MOST_FILES, sizeof(*files));
    size_t count = read_files(files), bytes = 0, tree = 0, written = 0;
    AUTO_STRBUF buffer = STRBUF_INIT;
    do {
        for (size_t i = 0; i < count; i++) {
            double start = now();
            struct raw_json *json = raw_json_parse(files[i].text, files[i].size, NULL);
            double parsed = now();
            strbuf_clear(&buffer);
            raw_json_write(json, raw_json_root(json), 0, &buffer);
            writing += now() - parsed;
            reading += parsed - start;
            bytes += files[i].size;
            tree += json->capacity * sizeof(*json->nodes);
            written += buffer.size;
            raw_json_free(json);
        }
    } while (count > 0 && reading + writing < seconds);
    double mebibytes = (double)bytes / (1 << 20);
    printf("%zu files: read %.0f MiB/s, write %.0f, both %.0f; %.2f bytes of tree per byte, "
           "%.2f bytes written\n",
           count, mebibytes / reading, mebibytes / writing, mebibytes / (reading + writing),
           (double)tree / (double)bytes, (double)written / (double)bytes);
    for (size_t i = 0; i < count; i++)
        strbuf_release(&files[i]);
    free(files);
    return count == 0;
}
