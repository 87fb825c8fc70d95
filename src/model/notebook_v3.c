/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_v3: notebooks of nbformat 3 as nbformat's upgrade makes 4.5 of them (N-61, N-62, N-72,
 * N-76). The one idea: nothing is converted in memory; the members of an object are renamed, moved
 * and dropped just before they are written.
 */
#include <stdlib.h>

#include "model/notebook_private.h"

/* A heading of more levels is no text that anybody wrote. */
#define MOST_LEVELS 1000

void notebook_v3_heading(int64_t level, struct strbuf *text)
{
    AUTO_STRBUF line = STRBUF_INIT;
    size_t hashes = level <= 0 ? 0 : level < MOST_LEVELS ? (size_t)level : MOST_LEVELS;
    strbuf_add_repeated(&line, '#', hashes);
    strbuf_add_char(&line, ' ');
    for (size_t start = 0, end, next; start < text->size; start = next) {
        next = notebook_line_end(text->text, text->size, start, &end);
        if (start > 0)
            strbuf_add_char(&line, ' ');
        strbuf_add(&line, text->text + start, end - start);
    }
    strbuf_clear(text);
    strbuf_add(text, line.text, line.size);
}
