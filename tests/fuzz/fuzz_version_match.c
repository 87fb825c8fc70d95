/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_version_match: any bytes as the cells of two versions and of what was there earlier. What
 * must hold: it ends, every cell goes on at most once, indexes are inside, scores are 0 to 1, and
 * the same request has the same answer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/identity/version_match.h"

#define CELLS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

struct cells {
    struct version_match_cell all[3][CELLS_MAX];
    size_t count[3];
};

/* Cells end with a byte 1 to 3, which says whose they are; the byte before it makes the marks. */
static void read_cells(const char *text, size_t size, struct cells *cells)
{
    static const char *const MARKS[] = {"a", "b", "c", "d"};
    for (size_t at = 0, begin = 0; at < size; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (byte < 1 || byte > 3)
            continue;
        size_t side = byte - 1u;
        unsigned char marks = at > begin ? (unsigned char)text[at - 1] : 0;
        if (cells->count[side] < CELLS_MAX) {
            cells->all[side][cells->count[side]++] =
                (struct version_match_cell){.type = (enum notebook_cell_type)(marks >> 6),
                                            .text = text + begin,
                                            .size = at - begin,
                                            .id = marks & 1 ? MARKS[marks >> 1 & 3] : NULL,
                                            .name = marks & 8 ? MARKS[marks >> 4 & 3] : NULL,
                                            .uuid = marks & 2 ? MARKS[marks >> 3 & 3] : NULL};
        }
        begin = at + 1;
    }
}

static void check_match(const struct version_match_request *request,
                        const struct version_match *match)
{
    bool before[CELLS_MAX] = {false}, earlier[CELLS_MAX] = {false};
    for (size_t i = 0; i < request->now_count; i++) {
        const struct version_match_result *result = &match->cells[i];
        expect(result->score >= 0 && result->score <= 1);
        expect(!(result->has_before && result->has_earlier));
        expect((result->kind == VERSION_MATCH_NEW) == !(result->has_before || result->has_earlier));
        if (!result->has_before && !result->has_earlier)
            continue;
        expect(result->from <
               (result->has_before ? request->before_count : request->earlier_count));
        bool *taken = result->has_before ? &before[result->from] : &earlier[result->from];
        expect(!*taken);
        *taken = true;
    }
    for (size_t i = 0; i < match->lineage_count; i++) {
        const struct version_lineage *lineage = &match->lineage[i];
        expect(lineage->now < request->now_count && lineage->from < request->before_count);
        expect(lineage->score > 0 && lineage->score <= 1);
        expect(!match->cells[lineage->now].has_before ||
               match->cells[lineage->now].from != lineage->from);
        for (size_t k = 0; k < i; k++) {
            expect(match->lineage[k].now != lineage->now ||
                   match->lineage[k].from != lineage->from);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = xmalloc(size > 0 ? size : 1);
    AUTO_FREE struct cells *cells = xcalloc(1, sizeof(*cells));
    if (size > 0)
        memcpy(text, data, size);
    read_cells(text, size, cells);
    struct version_match_request request = {.now = cells->all[0],
                                            .now_count = cells->count[0],
                                            .before = cells->all[1],
                                            .before_count = cells->count[1],
                                            .earlier = cells->all[2],
                                            .earlier_count = cells->count[2],
                                            .language = size % 2 == 0 ? "python" : "sql"};
    struct version_match match, again;
    version_match(&request, &match);
    check_match(&request, &match);
    version_match(&request, &again);
    for (size_t i = 0; i < request.now_count; i++) {
        expect(match.cells[i].kind == again.cells[i].kind &&
               match.cells[i].from == again.cells[i].from);
    }
    version_match_release(&match);
    version_match_release(&again);
    return 0;
}
