/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot: cutting a notebook's bytes into rows and putting them together again; see snapshot.h.
 */
#include "store/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "store/notebooks.h"
#include "store/statement.h"

static const char doing_add[] = "keeping the bytes of a notebook";
static const char doing_read[] = "reading the bytes of a notebook";

/* --- cutting ---------------------------------------------------------------------------------- */

struct cutting {
    const struct raw_json *json;
    const char *text;
    size_t size;
    struct snapshot_pieces *pieces;
};

/* Takes a value out when it is large. */
static void cut_value(struct cutting *cutting, raw_ref value)
{
    size_t size = 0;
    const char *bytes = raw_json_bytes(cutting->json, value, &size);
    struct snapshot_pieces *pieces = cutting->pieces;
    if (!bytes || size < SNAPSHOT_PIECE_BYTES)
        return;
    if (pieces->count == pieces->capacity) {
        pieces->capacity = pieces->capacity ? 2 * pieces->capacity : 16;
        pieces->items = xreallocarray(pieces->items, pieces->capacity, sizeof(*pieces->items));
    }
    struct snapshot_piece *piece = &pieces->items[pieces->count++];
    piece->offset = (size_t)(bytes - cutting->text);
    piece->size = size;
    sha256_hex(bytes, size, piece->sha256);
}

/* The members of an object, or of the objects in it, `levels` deep: a mime type's value is the same
 * in many versions when the object around it is not. */
static void cut_members(struct cutting *cutting, raw_ref object, unsigned levels)
{
    const struct raw_json *json = cutting->json;
    for (raw_ref value = raw_json_first(json, object); value; value = raw_json_next(json, value)) {
        bool is_bundle = levels > 0 && raw_json_kind(json, value) == RAW_OBJECT;
        if (is_bundle)
            cut_members(cutting, value, levels - 1);
        else
            cut_value(cutting, value);
    }
}

static void cut_output(struct cutting *cutting, raw_ref output)
{
    const struct raw_json *json = cutting->json;
    if (raw_json_kind(json, output) != RAW_OBJECT) {
        cut_value(cutting, output);
        return;
    }
    for (raw_ref value = raw_json_first(json, output); value; value = raw_json_next(json, value)) {
        bool is_data = raw_json_is_text(json, raw_json_key(json, value), "data") &&
                       raw_json_kind(json, value) == RAW_OBJECT;
        if (is_data)
            cut_members(cutting, value, 0);
        else
            cut_value(cutting, value);
    }
}

static int by_offset(const void *left, const void *right)
{
    const struct snapshot_piece *a = left, *b = right;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

void snapshot_cut(const struct notebook *notebook, const char *text, size_t size,
                  struct snapshot_pieces *ret_pieces)
{
    struct cutting cutting = {notebook->json, text, size, ret_pieces};
    *ret_pieces = (struct snapshot_pieces)SNAPSHOT_PIECES_INIT;
    for (size_t i = 0; i < notebook->count; i++) {
        const struct notebook_cell *cell = &notebook->cells[i];
        raw_ref output = cell->outputs ? raw_json_first(notebook->json, cell->outputs) : 0;
        for (; output; output = raw_json_next(notebook->json, output))
            cut_output(&cutting, output);
        if (cell->attachments)
            cut_members(&cutting, cell->attachments, 1);
    }
    if (ret_pieces->count)
        qsort(ret_pieces->items, ret_pieces->count, sizeof(*ret_pieces->items), by_offset);
}

void snapshot_pieces_release(struct snapshot_pieces *pieces)
{
    free(pieces->items);
    *pieces = (struct snapshot_pieces)SNAPSHOT_PIECES_INIT;
}

/* Adds the text from `start` to `end` with something else for each piece: its hash, or nothing. */
static void add_without_pieces(struct strbuf *buffer, const char *text, size_t start, size_t end,
                               const struct snapshot_pieces *pieces, bool with_hashes)
{
    size_t first = 0, beyond = pieces->count;
    while (first < beyond) { /* the first one at or after `start` */
        size_t middle = first + (beyond - first) / 2;
        if (pieces->items[middle].offset < start)
            first = middle + 1;
        else
            beyond = middle;
    }
    for (size_t i = first; i < pieces->count && pieces->items[i].offset < end; i++) {
        const struct snapshot_piece *piece = &pieces->items[i];
        strbuf_add(buffer, text + start, piece->offset - start);
        if (with_hashes)
            strbuf_add_text(buffer, piece->sha256);
        start = piece->offset + piece->size;
    }
    strbuf_add(buffer, text + start, end - start);
}

void snapshot_outputs_hash(const struct notebook *notebook, const struct notebook_cell *cell,
                           const char *text, const struct snapshot_pieces *pieces,
                           char ret_hash[SHA256_HEX_SIZE])
{
    AUTO_STRBUF buffer = STRBUF_INIT;
    size_t size = 0;
    ret_hash[0] = '\0';
    if (!cell->outputs || raw_json_count(notebook->json, cell->outputs) == 0)
        return;
    const char *bytes = raw_json_bytes(notebook->json, cell->outputs, &size);
    if (!bytes)
        return;
    size_t start = (size_t)(bytes - text);
    add_without_pieces(&buffer, text, start, start + size, pieces, true);
    sha256_hex(strbuf_text(&buffer), buffer.size, ret_hash);
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool find_number(struct store_connection *connection, enum statement_id id,
                        const char *sha256, int64_t *ret_number, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, id, doing_add, error))
        return false;
    statement_text(&statement, sha256);
    int next = statement_next(&statement, error);
    *ret_number = next > 0 ? statement_column_integer(&statement, 0) : 0;
    return next >= 0;
}

bool snapshot_find(struct store_connection *connection, const char *sha256, int64_t *ret_number,
                   struct error *error)
{
    return find_number(connection, SQL_SNAPSHOT_FIND, sha256, ret_number, error);
}

static bool ensure_content(struct store_connection *connection, const char *text,
                           const struct snapshot_piece *piece, int64_t *ret_number, int64_t *bytes,
                           struct error *error)
{
    if (!find_number(connection, SQL_CONTENT_FIND, piece->sha256, ret_number, error))
        return false;
    if (*ret_number)
        return true;
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_CONTENT_INSERT, doing_add, error))
        return false;
    statement_text(&statement, piece->sha256);
    statement_blob(&statement, text + piece->offset, piece->size);
    if (!statement_run(&statement, error))
        return false;
    *ret_number = sqlite3_last_insert_rowid(connection->handle);
    *bytes += (int64_t)piece->size;
    return true;
}

static bool add_part(struct store_connection *connection, int64_t snapshot, size_t offset,
                     int64_t content, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_PART_INSERT, doing_add, error))
        return false;
    statement_integer(&statement, snapshot);
    statement_integer(&statement, (int64_t)offset);
    statement_integer(&statement, content);
    return statement_run(&statement, error);
}

static bool add_rest(struct store_connection *connection, const char *text, size_t size,
                     const char *sha256, const struct snapshot_pieces *pieces, int64_t *ret_number,
                     int64_t *bytes, struct error *error)
{
    AUTO_STRBUF rest = STRBUF_INIT;
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_SNAPSHOT_INSERT, doing_add, error))
        return false;
    if (pieces->count)
        add_without_pieces(&rest, text, 0, size, pieces, false);
    statement_text(&statement, sha256);
    statement_integer(&statement, (int64_t)size);
    if (pieces->count)
        statement_blob(&statement, strbuf_text(&rest), rest.size);
    else
        statement_blob(&statement, text, size);
    if (!statement_run(&statement, error))
        return false;
    *ret_number = sqlite3_last_insert_rowid(connection->handle);
    *bytes += (int64_t)(pieces->count ? rest.size : size);
    return true;
}

bool snapshot_add(struct store_connection *connection, const char *text, size_t size,
                  const char *sha256, const struct snapshot_pieces *pieces, int64_t *ret_number,
                  int64_t *ret_bytes, struct error *error)
{
    *ret_bytes = 0;
    if (!add_rest(connection, text, size, sha256, pieces, ret_number, ret_bytes, error))
        return false;
    for (size_t i = 0; i < pieces->count; i++) {
        int64_t content;
        if (!ensure_content(connection, text, &pieces->items[i], &content, ret_bytes, error) ||
            !add_part(connection, *ret_number, pieces->items[i].offset, content, error))
            return false;
    }
    return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool damaged(struct store_connection *connection, struct error *error)
{
    return error_set(error, ERROR_DAMAGED,
                     "%s: the bytes of this version of the notebook are not those that were taken "
                     "in; rscn doctor looks for what is damaged",
                     connection->store->path);
}

/* Puts the pieces back where they stood. */
static bool join(struct store_connection *connection, int64_t number, const char *rest,
                 size_t rest_size, struct strbuf *text, size_t start, struct error *error)
{
    AUTO_STATEMENT parts = STATEMENT_INIT;
    size_t used = 0;
    int next;
    if (!statement_open(&parts, connection, SQL_PARTS_READ, doing_read, error))
        return false;
    statement_integer(&parts, number);
    while ((next = statement_next(&parts, error)) > 0) {
        size_t size, written = text->size - start;
        int64_t offset = statement_column_integer(&parts, 0);
        const char *bytes = statement_column(&parts, 1, &size);
        if (!bytes || offset < (int64_t)written || (size_t)offset - written > rest_size - used)
            return damaged(connection, error);
        strbuf_add(text, rest + used, (size_t)offset - written);
        used += (size_t)offset - written;
        strbuf_add(text, bytes, size);
    }
    if (next == 0)
        strbuf_add(text, rest + used, rest_size - used);
    return next == 0;
}

bool snapshot_read(struct store_connection *connection, int64_t number, struct strbuf *ret_text,
                   struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    char sha256[SHA256_HEX_SIZE];
    size_t start = ret_text->size, rest_size;
    if (!statement_open(&statement, connection, SQL_SNAPSHOT_READ, doing_read, error))
        return false;
    statement_integer(&statement, number);
    int next = statement_next(&statement, error);
    if (next <= 0)
        return next == 0 ? damaged(connection, error) : false;
    const char *rest = statement_column(&statement, 2, &rest_size);
    int64_t size = statement_column_integer(&statement, 1);
    if (size < (int64_t)rest_size || size > (int64_t)RAW_JSON_MAX_BYTES)
        return damaged(connection, error);
    strbuf_reserve(ret_text, (size_t)size);
    if (!join(connection, number, rest, rest_size, ret_text, start, error))
        return false;
    sha256_hex(ret_text->text ? ret_text->text + start : "", ret_text->size - start, sha256);
    const char *expected = statement_column(&statement, 0, NULL);
    return (expected && strcmp(sha256, expected) == 0) || damaged(connection, error);
}

/* --- checking --------------------------------------------------------------------------------- */

static bool check_contents(struct store_connection *connection, int64_t *ret_checked,
                           int64_t *ret_damaged, struct error *error)
{
    AUTO_STATEMENT contents = STATEMENT_INIT;
    int next;
    if (!statement_open(&contents, connection, SQL_CONTENT_ALL, doing_read, error))
        return false;
    while ((next = statement_next(&contents, error)) > 0) {
        char sha256[SHA256_HEX_SIZE];
        size_t size;
        const char *expected = statement_column(&contents, 0, NULL);
        const char *bytes = statement_column(&contents, 1, &size);
        sha256_hex(bytes ? bytes : "", bytes ? size : 0, sha256);
        *ret_damaged += !expected || strcmp(sha256, expected) != 0;
        (*ret_checked)++;
    }
    return next == 0;
}

bool store_check_bytes(struct store_connection *connection, int64_t *ret_checked,
                       int64_t *ret_damaged, struct error *error)
{
    AUTO_STATEMENT snapshots = STATEMENT_INIT;
    AUTO_STRBUF text = STRBUF_INIT;
    int next;
    *ret_checked = *ret_damaged = 0;
    if (!check_contents(connection, ret_checked, ret_damaged, error) ||
        !statement_open(&snapshots, connection, SQL_SNAPSHOT_ALL, doing_read, error))
        return false;
    while ((next = statement_next(&snapshots, error)) > 0) {
        struct error problem = ERROR_INIT;
        strbuf_clear(&text);
        if (!snapshot_read(connection, statement_column_integer(&snapshots, 0), &text, &problem)) {
            if (problem.code != ERROR_DAMAGED)
                return error_copy(error, &problem);
            (*ret_damaged)++;
        }
        (*ret_checked)++;
    }
    return next == 0;
}
