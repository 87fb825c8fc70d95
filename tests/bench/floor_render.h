/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor_render: the rows of a statement as an HTML table with everything escaped and an aligned plain
 * text: no measuring of wide characters, no limits, no types. What showing rows costs at the least.
 */
#ifndef RSCN_BENCH_FLOOR_RENDER_H
#define RSCN_BENCH_FLOOR_RENDER_H

#include <sqlite3.h>
#include <stddef.h>

#define FLOOR_COLUMNS_MAX 16

struct bytes {
    char *data;
    size_t size, capacity;
};

/* Room for so many more bytes. */
char *bytes_room(struct bytes *bytes, size_t size);
void bytes_put(struct bytes *bytes, const char *text, size_t size);
/* Steps the statement to its end; both texts are added and belong to the caller. */
void floor_render(sqlite3_stmt *statement, struct bytes *html, struct bytes *text);

#endif
