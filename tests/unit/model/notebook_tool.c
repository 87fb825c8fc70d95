/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_tool: notebooks for the tests that compare with Python's nbformat, many in one process.
 *
 * Standard input: for each notebook its size in decimal, a line feed and its bytes. Standard
 * output: for each notebook blocks of the same form with a word before the size: `refused` with the
 * reason, or `cells` (JSON: type, id, text and count of each), `fault` (empty = valid) and, if it
 * can be written, `canonical`. With an argument the texts are any JSON: `refused` or `canonical`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/notebook/notebook_check.h"
#include "model/notebook/notebook_write.h"

/* What every new id looks like; nbformat's are made the same by the test. */
#define NEW_ID "rscnNEW-0"

static void put_block(const char *word, const char *bytes, size_t size)
{
    printf("%s %zu\n", word, size);
    fwrite(bytes, 1, size, stdout);
}

static void add_string(struct strbuf *line, const char *bytes, size_t size)
{
    if (bytes)
        raw_json_write_string(bytes, size, line);
    else
        strbuf_add_text(line, "null");
}

static void put_cells(const struct notebook *notebook)
{
    AUTO_STRBUF line = STRBUF_INIT;
    strbuf_add_char(&line, '[');
    for (size_t i = 0; i < notebook->count; i++) {
        const struct notebook_cell *cell = &notebook->cells[i];
        const char *type = notebook_cell_type_word(cell->type);
        strbuf_add_text(&line, i ? ",[" : "[");
        add_string(&line, type, strlen(type));
        strbuf_add_char(&line, ',');
        add_string(&line, cell->id_is_colab ? NULL : cell->id, cell->id ? strlen(cell->id) : 0);
        strbuf_add_char(&line, ',');
        add_string(&line, cell->source, cell->source_size);
        strbuf_addf(&line, ",%" PRId64 "]", cell->execution_count);
    }
    strbuf_add_char(&line, ']');
    put_block("cells", line.text, line.size);
}

static void put_notebook(const char *text, size_t size)
{
    struct error error = ERROR_INIT;
    struct notebook *notebook = notebook_parse(text, size, &error);
    if (!notebook) {
        put_block("refused", error.message, strlen(error.message));
        return;
    }
    AUTO_FREE char *fault = NULL;
    AUTO_STRBUF canonical = STRBUF_INIT;
    AUTO_FREE const char **ids = xcalloc(notebook->count + 1, sizeof *ids);
    for (size_t i = 0; i < notebook->count; i++)
        ids[i] = NEW_ID;
    struct notebook_changes changes = {.ids = ids};
    put_cells(notebook);
    size_t faults = notebook_check(notebook, &fault);
    if ((faults == 0) != (fault == NULL))
        abort();
    put_block("fault", fault ? fault : "", fault ? strlen(fault) : 0);
    if (notebook_write(notebook, &changes, &canonical, &error))
        put_block("canonical", canonical.text, canonical.size);
    notebook_free(notebook);
}

static void put_json(const char *text, size_t size)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF canonical = STRBUF_INIT;
    struct raw_json *json = raw_json_parse(text, size, &error);
    if (!json) {
        put_block("refused", error.message, strlen(error.message));
        return;
    }
    raw_json_write(json, raw_json_root(json), 0, &canonical);
    put_block("canonical", canonical.text, canonical.size);
    raw_json_free(json);
}

int main(int argc, char **argv)
{
    (void)argv;
    size_t size;
    while (scanf("%zu", &size) == 1 && getchar() == '\n') {
        /* Exactly as much memory as there are bytes: reading beyond them is seen by the sanitizers.
         */
        AUTO_FREE char *text = xmalloc(size ? size : 1);
        if (fread(text, 1, size, stdin) != size)
            return 1;
        if (argc > 1)
            put_json(text, size);
        else
            put_notebook(text, size);
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
