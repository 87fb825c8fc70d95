/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_names: what notebooks are called: keys, present names, renaming and removing.
 */
#include "store/notebook_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "store/guard.h"
#include "store/recent.h"
#include "store/statement.h"

static const char doing_find[] = "looking for a notebook";
static const char doing_note[] = "recording a notebook";

/* --- rows ------------------------------------------------------------------------------------- */

void notebook_row_release(struct notebook_row *row)
{
    free(row->key);
    free(row->name);
    free(row->path);
    *row = (struct notebook_row)NOTEBOOK_ROW_INIT;
}

static bool find_row(struct store_connection *connection, enum statement_id id, const char *text,
                     struct notebook_row *ret_row, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    *ret_row = (struct notebook_row)NOTEBOOK_ROW_INIT;
    if (!statement_open(&statement, connection, id, doing_find, error))
        return false;
    statement_text(&statement, text);
    int next = statement_next(&statement, error);
    if (next > 0)
        *ret_row = (struct notebook_row){
            .key = statement_copy(&statement, 0, NULL),
            .name = statement_copy(&statement, 1, NULL),
            .path = statement_copy(&statement, 2, NULL),
            .is_removed = statement_column_integer(&statement, 3),
        };
    return next >= 0;
}

bool notebook_by_name(struct store_connection *connection, const char *name,
                      struct notebook_row *ret_row, struct error *error)
{
    return find_row(connection, SQL_NOTEBOOK_BY_NAME, name, ret_row, error);
}

bool notebook_by_key(struct store_connection *connection, const char *key,
                     struct notebook_row *ret_row, struct error *error)
{
    return find_row(connection, SQL_NOTEBOOK_BY_KEY, key, ret_row, error);
}

bool notebook_is_known(struct store_connection *connection, const char *key, bool *ret_is_known,
                       struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_EXISTS, doing_find, error))
        return false;
    statement_text(&statement, key);
    int next = statement_next(&statement, error);
    *ret_is_known = next > 0;
    return next >= 0;
}

bool notebook_insert(struct store_connection *connection, const char *key, const char *name,
                     const char *path, timestamp_us at, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_INSERT, doing_note, error))
        return false;
    statement_text(&statement, key);
    statement_text(&statement, name);
    statement_text(&statement, path);
    statement_time(&statement, at);
    return statement_run(&statement, error);
}

bool notebook_holder(struct store_connection *connection, const char *name, char **ret_key,
                     struct error *error)
{
    AUTO_NOTEBOOK_ROW holder = NOTEBOOK_ROW_INIT, former = NOTEBOOK_ROW_INIT;
    bool is_known = false;
    *ret_key = NULL;
    if (!notebook_by_name(connection, name, &holder, error) ||
        !notebook_by_key(connection, name, &former, error) ||
        !notebook_is_known(connection, name, &is_known, error))
        return false;
    if (holder.key)
        *ret_key = xstrdup(holder.key);
    else if (!former.key && is_known)
        *ret_key = xstrdup(name);
    return true;
}

/* --- keys ------------------------------------------------------------------------------------- */

bool store_notebook_key(struct store_connection *connection, const char *name, char **ret_key,
                        struct error *error)
{
    AUTO_NOTEBOOK_ROW holder = NOTEBOOK_ROW_INIT, former = NOTEBOOK_ROW_INIT;
    bool is_known = true;
    *ret_key = NULL;
    if (!notebook_by_name(connection, name, &holder, error) ||
        (!holder.key && !notebook_by_key(connection, name, &former, error)))
        return false;
    if (holder.key || !former.key) {
        *ret_key = xstrdup(holder.key ? holder.key : name);
        return true;
    }
    for (unsigned number = 2; is_known; number++) {
        free(*ret_key);
        *ret_key = xasprintf("%s//%u", name, number);
        if (notebook_is_known(connection, *ret_key, &is_known, error))
            continue;
        free(*ret_key);
        *ret_key = NULL;
        return false;
    }
    return true;
}

/* The name that a key which is not one was made from; NULL: it is one. */
static char *name_in_key(const char *key)
{
    const char *end = strrchr(key, '/');
    bool is_made = end && end > key && end[-1] == '/' && end[1] &&
                   strspn(end + 1, "0123456789") == strlen(end + 1);
    return is_made ? xstrndup(key, (size_t)(end - 1 - key)) : NULL;
}

/* Whether a notebook without a row of its own has this key because another one had its name. */
static bool is_heir(struct store_connection *connection, const char *name, struct error *error)
{
    AUTO_NOTEBOOK_ROW former = NOTEBOOK_ROW_INIT, holder = NOTEBOOK_ROW_INIT;
    return notebook_by_key(connection, name, &former, error) && former.key &&
           strcmp(former.name, name) != 0 && notebook_by_name(connection, name, &holder, error) &&
           !holder.key;
}

char *store_notebook_name(struct store_connection *connection, const char *key)
{
    AUTO_NOTEBOOK_ROW row = NOTEBOOK_ROW_INIT;
    struct error ignored = ERROR_INIT;
    if (!notebook_by_key(connection, key, &row, &ignored))
        return xstrdup(key);
    if (row.key)
        return xstrdup(row.name);
    char *name = name_in_key(key);
    if (name && is_heir(connection, name, &ignored))
        return name;
    free(name);
    return xstrdup(key);
}

bool notebook_note_name(struct store_connection *connection, const char *key, struct error *error)
{
    AUTO_FREE char *in_key = name_in_key(key);
    if (!in_key)
        return true;
    AUTO_NOTEBOOK_ROW row = NOTEBOOK_ROW_INIT;
    AUTO_FREE char *name = store_notebook_name(connection, key);
    if (!notebook_by_key(connection, key, &row, error))
        return false;
    return row.key || strcmp(name, key) == 0 ||
           notebook_insert(connection, key, name, NULL, timestamp_now(), error);
}

/* --- renaming and removing -------------------------------------------------------------------- */

/* Where a notebook of this name is, if it is a file at all. */
static char *path_of(struct store_connection *connection, const char *name)
{
    AUTO_FREE char *joined = path_join(connection->store->directory, name);
    return path_resolve(joined);
}

static bool ensure_row(struct store_connection *connection, const char *key, struct error *error)
{
    AUTO_NOTEBOOK_ROW row = NOTEBOOK_ROW_INIT;
    if (!notebook_by_key(connection, key, &row, error))
        return false;
    AUTO_FREE char *name = row.key ? NULL : store_notebook_name(connection, key);
    return row.key || notebook_insert(connection, key, name, NULL, timestamp_now(), error);
}

bool store_rename_notebook(struct store_connection *connection, const char *key,
                           const char *new_name, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_FREE char *holder = NULL;
    AUTO_FREE char *path = path_of(connection, new_name);
    bool is_known;
    if (!*new_name)
        return error_set(error, ERROR_INVALID, "a notebook's name can't be empty; give one");
    if (!guard_set(connection, false, error) ||
        !notebook_is_known(connection, key, &is_known, error) ||
        !notebook_holder(connection, new_name, &holder, error))
        return false;
    if (!is_known)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: no such notebook in the record; rscn ls lists them", key);
    if (holder && strcmp(holder, key) != 0)
        return error_set(error, ERROR_EXISTS,
                         "%s: another notebook has this name; take another name, or rename that "
                         "one first",
                         new_name);
    if (!ensure_row(connection, key, error) ||
        !statement_open(&statement, connection, SQL_NOTEBOOK_RENAME, doing_note, error))
        return false;
    statement_text(&statement, key);
    statement_text(&statement, new_name);
    /* As long as its file is not there, no other file is taken for it. */
    statement_text(&statement, path_exists(path) ? path : NULL);
    return statement_run(&statement, error);
}

bool notebook_return(struct store_connection *connection, const char *key, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_NOTEBOOK_RETURN, doing_note, error))
        return false;
    statement_text(&statement, key);
    return statement_run(&statement, error);
}

static bool remove_notebook(struct store_connection *connection, const char *key, const char *user,
                            struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    bool is_known;
    if (!notebook_is_known(connection, key, &is_known, error))
        return false;
    if (!is_known)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: no such notebook in the record; rscn ls lists them", key);
    if (!ensure_row(connection, key, error) ||
        !statement_open(&statement, connection, SQL_NOTEBOOK_REMOVE, "removing a notebook", error))
        return false;
    statement_text(&statement, key);
    statement_time(&statement, timestamp_now());
    statement_text(&statement, user);
    return statement_run(&statement, error);
}

/* Key and name of a cell; a cell of plain SQL has its name as key. */
static bool find_cell(struct store_connection *connection, const char *key, const char *cell,
                      char **ret_key, char **ret_name, struct error *error)
{
    static const enum statement_id ids[] = {SQL_CELL_BY_NAME, SQL_CELL_BY_KEY};
    int next = 0;
    for (size_t i = 0; i < ARRAY_SIZE(ids) && next == 0; i++) {
        AUTO_STATEMENT statement = STATEMENT_INIT;
        if (!statement_open(&statement, connection, ids[i], "looking for a cell", error))
            return false;
        statement_text(&statement, key);
        statement_text(&statement, cell);
        next = statement_next(&statement, error);
        if (next > 0) {
            *ret_key = statement_copy(&statement, 0, NULL);
            *ret_name = statement_copy(&statement, 1, NULL);
        }
    }
    if (next == 0) {
        *ret_key = xstrdup(cell);
        *ret_name = xstrdup(cell);
    }
    return next >= 0;
}

static bool remove_cell(struct store_connection *connection, const char *key, const char *cell,
                        const char *user, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    AUTO_FREE char *cell_key = NULL, *cell_name = NULL;
    if (!find_cell(connection, key, cell, &cell_key, &cell_name, error) ||
        !statement_open(&statement, connection, SQL_CELL_REMOVE, "removing a cell", error))
        return false;
    statement_text(&statement, key);
    statement_text(&statement, cell_key);
    statement_text(&statement, cell_name);
    statement_time(&statement, timestamp_now());
    statement_text(&statement, user);
    if (!statement_run(&statement, error))
        return false;
    if (sqlite3_changes(connection->handle) > 0)
        return true;
    AUTO_FREE char *name = store_notebook_name(connection, key);
    return error_set(error, ERROR_NOT_FOUND, "%s: no such cell in %s; rscn ls %s lists them", cell,
                     name, name);
}

bool store_remove(struct store_connection *connection, const char *key, const char *cell,
                  const char *user, struct error *error)
{
    recent_forget(connection->recent);
    if (!guard_set(connection, false, error))
        return false;
    return cell ? remove_cell(connection, key, cell, user, error)
                : remove_notebook(connection, key, user, error);
}
