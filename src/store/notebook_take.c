/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_take: a notebook file becomes the newest version of a notebook.
 */
#include "store/notebook_take.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/guard.h"
#include "store/notebook_names.h"
#include "store/notebook_renamed.h"
#include "store/recent.h"
#include "store/statement.h"

/* SQLite's cache of pages, 2 MiB otherwise: the pages of a transaction that do not fit are written
 * to the write-ahead log early, and again when they change once more. */
#define TAKING_CACHE_KIB "32768"

static const char doing[] = "recording a version of a notebook";

/* The newest version that the store has. */
struct newest {
    int64_t version, cells; /* version 0: none */
    char sha256[SHA256_HEX_SIZE];
};

static bool read_newest(struct store_connection *connection, const char *key,
                        struct newest *ret_newest, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    *ret_newest = (struct newest){0};
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_NEWEST, doing, error))
        return false;
    statement_text(&statement, key);
    int next = statement_next(&statement, error);
    if (next <= 0)
        return next == 0;
    ret_newest->version = statement_column_integer(&statement, 0);
    snprintf(ret_newest->sha256, sizeof(ret_newest->sha256), "%s",
             statement_column(&statement, 2, NULL));
    ret_newest->cells = statement_column_integer(&statement, 3);
    return true;
}

/* --- which notebook it is --------------------------------------------------------------------- */

static bool set_row(struct store_connection *connection, const char *key,
                    const struct notebook_taking *facts, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_SET, doing, error))
        return false;
    statement_text(&statement, key);
    statement_text(&statement, facts->name);
    statement_text(&statement, facts->path);
    return statement_run(&statement, error);
}

static bool is_path_of(const struct notebook_row *row, const char *path)
{
    return row->path && path ? strcmp(row->path, path) == 0 : row->path == path;
}

/* A name that the store does not know: a notebook whose file is gone, or a new one. */
static bool find_unknown(struct store_connection *connection, const struct notebook_taking *facts,
                         const char *sha256, struct notebook_taken *taken, struct error *error)
{
    AUTO_NOTEBOOK_ROW former = NOTEBOOK_ROW_INIT;
    int64_t snapshot = 0;
    bool is_known;
    if (!store_notebook_key(connection, facts->name, &taken->key, error) ||
        !notebook_is_known(connection, taken->key, &is_known, error) ||
        !snapshot_find(connection, sha256, &snapshot, error))
        return false;
    if (!is_known && facts->path &&
        !notebook_renamed(connection, facts->name, facts->notebook, snapshot, &former, error))
        return false;
    if (!former.key) {
        taken->is_new = !is_known;
        return notebook_insert(connection, taken->key, facts->name, facts->path, facts->at, error);
    }
    free(taken->key);
    taken->key = xstrdup(former.key);
    taken->renamed_from = xstrdup(former.name);
    return set_row(connection, taken->key, facts, error);
}

static bool find_notebook(struct store_connection *connection, const struct notebook_taking *facts,
                          const char *sha256, struct notebook_taken *taken, struct error *error)
{
    AUTO_NOTEBOOK_ROW row = NOTEBOOK_ROW_INIT;
    if (!notebook_by_name(connection, facts->name, &row, error))
        return false;
    if (!row.key)
        return find_unknown(connection, facts, sha256, taken, error);
    taken->key = xstrdup(row.key);
    taken->is_back = row.is_removed;
    if (!row.is_removed && is_path_of(&row, facts->path))
        return true;
    return set_row(connection, taken->key, facts, error);
}

/* --- its version ------------------------------------------------------------------------------ */

/* Over the keys and normal forms of the code cells in order (W-31). */
static void hash_code(const struct taking *taking, char ret_hash[SHA256_HEX_SIZE])
{
    AUTO_STRBUF text = STRBUF_INIT;
    for (size_t i = 0; i < taking->notebook->count; i++)
        if (taking->notebook->cells[i].type == NOTEBOOK_CODE)
            strbuf_addf(&text, "%s %s\n", taking->cells[i].key, taking->cells[i].normal_hash);
    sha256_hex(strbuf_text(&text), text.size, ret_hash);
}

static bool insert_version(const struct taking *taking, int64_t snapshot, struct error *error)
{
    const struct notebook_taking *facts = taking->facts;
    AUTO_STATEMENT statement = STATEMENT_INIT;
    enum version_origin origin = facts->origin;
    char code_hash[SHA256_HEX_SIZE];
    if (facts->by_kernel)
        origin = place_is_unchanged(taking) ? ORIGIN_EXECUTION : ORIGIN_EDIT;
    if (!statement_open(&statement, taking->connection, SQL_NOTEBOOK_VERSION_INSERT, doing, error))
        return false;
    hash_code(taking, code_hash);
    statement_text(&statement, taking->key);
    statement_integer(&statement, taking->version);
    statement_count(&statement, taking->parent ? taking->parent : -1);
    statement_integer(&statement, snapshot);
    statement_text(&statement, version_origin_word(origin));
    statement_text(&statement, facts->run_id);
    statement_text(&statement, facts->path);
    statement_integer(&statement, (int64_t)taking->notebook->count);
    statement_text(&statement, code_hash);
    statement_time(&statement, facts->at);
    statement_text(&statement, facts->user);
    statement_text(&statement, facts->host);
    return statement_run(&statement, error);
}

static bool write_version(struct taking *taking, const char *sha256, int64_t *ret_bytes,
                          struct error *error)
{
    const struct notebook_taking *facts = taking->facts;
    AUTO_SNAPSHOT_PIECES pieces = SNAPSHOT_PIECES_INIT;
    int64_t snapshot;
    if (!snapshot_find(taking->connection, sha256, &snapshot, error))
        return false;
    snapshot_cut(taking->notebook, facts->text, facts->size, &pieces);
    return (snapshot || snapshot_add(taking->connection, facts->text, facts->size, sha256, &pieces,
                                     &snapshot, ret_bytes, error)) &&
           past_before(taking->connection, taking->key, taking->parent, &taking->before, error) &&
           past_earlier(taking->connection, taking->key, taking->parent, taking->before.count,
                        &taking->earlier, error) &&
           place_cells(taking, error) && insert_version(taking, snapshot, error) &&
           place_write(taking, &pieces, error);
}

static bool take(struct store_connection *connection, const struct notebook_taking *facts,
                 struct notebook_taken *taken, struct error *error)
{
    char sha256[SHA256_HEX_SIZE];
    struct newest newest;
    if (facts->sha256)
        memcpy(sha256, facts->sha256, sizeof(sha256));
    else
        sha256_hex(facts->text, facts->size, sha256);
    if (!guard_set(connection, true, error) ||
        !find_notebook(connection, facts, sha256, taken, error) ||
        !read_newest(connection, taken->key, &newest, error))
        return false;
    taken->version = newest.version;
    taken->cells = (size_t)newest.cells;
    taken->is_unchanged = newest.version > 0 && strcmp(newest.sha256, sha256) == 0;
    if (taken->is_unchanged)
        return true;
    struct taking taking = {
        .connection = connection,
        .facts = facts,
        .notebook = facts->notebook,
        .key = taken->key,
        .parent = newest.version,
        .version = newest.version + 1,
    };
    bool is_written = write_version(&taking, sha256, &taken->bytes_added, error);
    place_release(&taking);
    /* Another text of a cell may be the latest one now. */
    recent_forget(connection->recent);
    taken->version = taking.version;
    taken->cells = facts->notebook->count;
    return is_written;
}

bool store_expect_notebooks(struct store_connection *connection, struct error *error)
{
    return database_execute(connection, "PRAGMA main.cache_size = -" TAKING_CACHE_KIB, doing,
                            error);
}

bool store_take_notebook(struct store_connection *connection, const struct notebook_taking *taking,
                         struct notebook_taken *ret_taken, struct error *error)
{
    *ret_taken = (struct notebook_taken){0};
    if (!*taking->name)
        return error_set(error, ERROR_INVALID, "a notebook's name can't be empty; give one");
    if (take(connection, taking, ret_taken, error))
        return true;
    notebook_taken_release(ret_taken);
    return false;
}

void notebook_taken_release(struct notebook_taken *taken)
{
    free(taken->key);
    free(taken->renamed_from);
    *taken = (struct notebook_taken){0};
}

bool store_has_newest(struct store_connection *connection, const char *name, const char *sha256,
                      bool *ret_has, struct error *error)
{
    AUTO_NOTEBOOK_ROW row = NOTEBOOK_ROW_INIT;
    struct newest newest = {0};
    *ret_has = false;
    if (!notebook_by_name(connection, name, &row, error) ||
        (row.key && !row.is_removed && !read_newest(connection, row.key, &newest, error)))
        return false;
    *ret_has = newest.version > 0 && strcmp(newest.sha256, sha256) == 0;
    return true;
}
