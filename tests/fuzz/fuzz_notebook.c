/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_notebook: any bytes as a notebook file. What must hold: read or refused with one bounded
 * line; a fault has a line too; what is written can be read again with as many cells, and written
 * again it is the same. (Halves of a surrogate pair may meet when lists are joined, and 3.x keeps
 * lists that 4.x joins: those texts settle at the second writing.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/notebook/notebook_check.h"
#include "model/notebook/notebook_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void expect_line(const char *line, size_t most)
{
    expect(line[0] != '\0' && strlen(line) < most);
    for (const char *at = line; *at; at++)
        expect((unsigned char)*at >= 0x20 && *at != 0x7f);
}

/* The canonical text, in memory of exactly its size. NULL when the bytes are no notebook, or one
 * that can't be written. */
static char *rewrite(const char *text, size_t size, bool with_ids, size_t *ret_cells,
                     size_t *ret_size)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF written = STRBUF_INIT;
    AUTO_FREE char *fault = NULL;
    struct notebook *notebook = notebook_parse(text, size, &error);
    if (!notebook) {
        expect_line(error.message, sizeof error.message);
        return NULL;
    }
    AUTO_FREE const char **ids = xcalloc(notebook->count + 1, sizeof *ids);
    for (size_t i = 0; i < notebook->count; i++) {
        ids[i] = "new";
        expect(strlen(notebook->cells[i].source) <= notebook->cells[i].source_size);
    }
    struct notebook_changes changes = {.ids = ids};
    expect((notebook_check(notebook, &fault) > 0) == (fault != NULL));
    if (fault)
        expect_line(fault, 4096);
    bool is_written = notebook_write(notebook, with_ids ? &changes : NULL, &written, &error);
    expect(is_written != raw_json_is_steep(notebook->json));
    if (!is_written)
        expect_line(error.message, sizeof error.message);
    *ret_cells = notebook->count;
    *ret_size = written.size;
    notebook_free(notebook);
    return is_written ? xmemdup(written.text, written.size) : NULL;
}

/* The same cells with outputs from the input. */
static void change_outputs(const char *text, size_t size)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF written = STRBUF_INIT;
    struct notebook *notebook = notebook_parse(text, size, &error);
    if (!notebook)
        return;
    AUTO_FREE struct notebook_cell_change *cells = xcalloc(notebook->count + 1, sizeof *cells);
    for (size_t i = 0; i < notebook->count; i++) {
        raw_ref outputs = notebook->cells[i].outputs;
        cells[i].has_outputs = i % 3 != 2;
        if (outputs && i % 2)
            cells[i].outputs = raw_json_bytes(notebook->json, outputs, &cells[i].outputs_size);
    }
    struct notebook_changes changes = {.cells = cells};
    notebook_would_change(notebook, &changes);
    if (!notebook_write(notebook, &changes, &written, &error))
        expect_line(error.message, sizeof error.message);
    notebook_free(notebook);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = xmalloc(size > 0 ? size : 1);
    size_t cells[3], sizes[3];
    bool with_ids = size % 2;
    if (size > 0)
        memcpy(text, data, size);
    change_outputs(text, size);
    AUTO_FREE char *first = rewrite(text, size, with_ids, &cells[0], &sizes[0]);
    if (!first)
        return 0;
    AUTO_FREE char *second = rewrite(first, sizes[0], with_ids, &cells[1], &sizes[1]);
    expect(second && cells[0] == cells[1]);
    AUTO_FREE char *third = rewrite(second, sizes[1], with_ids, &cells[2], &sizes[2]);
    expect(third && sizes[1] == sizes[2] && memcmp(second, third, sizes[1]) == 0);
    return 0;
}
