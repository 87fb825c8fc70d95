/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_renamed: finds the former name of a notebook file; see notebook_renamed.h.
 *
 * Whatever the store holds (ten thousand copies of a template), a bounded number of candidates is
 * looked at. Those that kept the last part of their name come first: of a folder of copies that was
 * moved, each stays what it was.
 */
#include "store/notebook_renamed.h"

#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "store/statement.h"

#define SAME_BASE_MAX 64  /* notebooks with the same base name */
#define BASES_MAX 8       /* of them, those that are gone */
#define SAME_BYTES_MAX 64 /* notebooks with the same bytes */
#define IDS_ASKED 8       /* of the file, evenly */
#define SAME_ID_MAX 32    /* notebooks with a cell of the same id */
#define CANDIDATES_MAX 16

static const char doing[] = "looking for a renamed notebook";

/* Neither at its path nor where its name says: the folder of the store may have been moved. */
static bool is_gone(struct store_connection *connection, const struct notebook_row *row)
{
    AUTO_FREE char *by_name = path_join(connection->store->directory, row->name);
    return !path_exists(row->path) && !path_exists(by_name);
}

static void read_row(struct statement *statement, struct notebook_row *ret_row)
{
    *ret_row = (struct notebook_row){
        .key = statement_copy(statement, 0, NULL),
        .name = statement_copy(statement, 1, NULL),
        .path = statement_copy(statement, 2, NULL),
    };
}

/* --- candidates ------------------------------------------------------------------------------- */

struct candidates {
    struct notebook_row rows[CANDIDATES_MAX];
    int64_t snapshots[BASES_MAX]; /* of the first ones, by base name */
    size_t count;
};

static void candidates_release(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++)
        notebook_row_release(&candidates->rows[i]);
}
#define AUTO_CANDIDATES __attribute__((cleanup(candidates_release))) struct candidates

static void note_candidate(struct store_connection *connection, struct statement *statement,
                           struct candidates *candidates)
{
    const char *key = statement_column(statement, 0, NULL);
    for (size_t i = 0; i < candidates->count; i++)
        if (strcmp(candidates->rows[i].key, key) == 0)
            return;
    struct notebook_row row;
    read_row(statement, &row);
    if (is_gone(connection, &row))
        candidates->rows[candidates->count++] = row;
    else
        notebook_row_release(&row);
}

/* Notes those whose file is gone and had the same base name as `name`. */
static bool ask_base(struct store_connection *connection, const char *name,
                     struct candidates *candidates, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_FREE char *base = path_base(name);
    int next = 0;
    if (!statement_open(&statement, connection, SQL_RENAMED_BY_BASE, doing, error))
        return false;
    statement_text(&statement, base);
    statement_integer(&statement, SAME_BASE_MAX);
    while (candidates->count < BASES_MAX && (next = statement_next(&statement, error)) > 0) {
        candidates->snapshots[candidates->count] = statement_column_integer(&statement, 3);
        note_candidate(connection, &statement, candidates);
    }
    return next >= 0;
}

static void take_candidate(struct candidates *candidates, size_t index,
                           struct notebook_row *ret_row)
{
    *ret_row = candidates->rows[index];
    candidates->rows[index] = (struct notebook_row)NOTEBOOK_ROW_INIT;
}

/* --- by bytes --------------------------------------------------------------------------------- */

static bool by_bytes(struct store_connection *connection, int64_t snapshot,
                     struct candidates *candidates, struct notebook_row *ret_row,
                     struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->snapshots[i] == snapshot) {
            take_candidate(candidates, i, ret_row);
            return true;
        }
    }
    if (!statement_open(&statement, connection, SQL_RENAMED_BY_SNAPSHOT, doing, error))
        return false;
    statement_integer(&statement, snapshot);
    statement_integer(&statement, SAME_BYTES_MAX);
    while ((next = statement_next(&statement, error)) > 0) {
        read_row(&statement, ret_row);
        if (is_gone(connection, ret_row))
            return true;
        notebook_row_release(ret_row);
    }
    return next == 0;
}

/* --- by ids ----------------------------------------------------------------------------------- */

static bool ask_id(struct store_connection *connection, const char *id,
                   struct candidates *candidates, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next = 0;
    if (!statement_open(&statement, connection, SQL_RENAMED_BY_ID, doing, error))
        return false;
    statement_text(&statement, id);
    statement_integer(&statement, SAME_ID_MAX);
    while (candidates->count < CANDIDATES_MAX && (next = statement_next(&statement, error)) > 0)
        note_candidate(connection, &statement, candidates);
    return next >= 0;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* How many of the newest version's ids are in the sorted `ids`, and of how many. */
static bool count_shared(struct store_connection *connection, const char *key,
                         const char *const *ids, size_t id_count, size_t *ret_shared,
                         size_t *ret_all, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    *ret_shared = *ret_all = 0;
    if (!statement_open(&statement, connection, SQL_NEWEST_IDS, doing, error))
        return false;
    statement_text(&statement, key);
    while ((next = statement_next(&statement, error)) > 0) {
        const char *id = statement_column(&statement, 0, NULL);
        *ret_shared += bsearch(&id, ids, id_count, sizeof(*ids), by_text) != NULL;
        (*ret_all)++;
    }
    return next == 0;
}

static bool by_ids(struct store_connection *connection, const char *const *ids, size_t id_count,
                   struct candidates *candidates, struct notebook_row *ret_row, struct error *error)
{
    size_t asked = id_count < IDS_ASKED ? id_count : IDS_ASKED, best_shared = 0, best = 0;
    for (size_t i = 0; i < asked; i++)
        if (!ask_id(connection, ids[i * id_count / asked], candidates, error))
            return false;
    for (size_t i = 0; i < candidates->count; i++) {
        size_t shared, all;
        if (!count_shared(connection, candidates->rows[i].key, ids, id_count, &shared, &all, error))
            return false;
        if (2 * shared > all && shared > best_shared) {
            best_shared = shared;
            best = i;
        }
    }
    if (best_shared > 0)
        take_candidate(candidates, best, ret_row);
    return true;
}

bool notebook_renamed(struct store_connection *connection, const char *name,
                      const struct notebook *notebook, int64_t snapshot,
                      struct notebook_row *ret_row, struct error *error)
{
    AUTO_CANDIDATES candidates = {.count = 0};
    AUTO_FREE const char **ids = xcalloc(notebook->count + 1, sizeof(*ids));
    size_t count = 0;
    *ret_row = (struct notebook_row)NOTEBOOK_ROW_INIT;
    /* Without cells there is nothing that two notebooks could have in common. */
    if (notebook->count == 0)
        return true;
    if (!ask_base(connection, name, &candidates, error) ||
        (snapshot && !by_bytes(connection, snapshot, &candidates, ret_row, error)))
        return false;
    if (ret_row->key)
        return true;
    for (size_t i = 0; i < notebook->count; i++)
        if (notebook->cells[i].id && *notebook->cells[i].id)
            ids[count++] = notebook->cells[i].id;
    if (count == 0)
        return true;
    qsort(ids, count, sizeof(*ids), by_text);
    return by_ids(connection, ids, count, &candidates, ret_row, error);
}
