/* SPDX-License-Identifier: Apache-2.0 */
/*
 * versions: finding, adding and numbering the versions of a cell; see versions.h.
 */
#include "store/versions.h"

#include <stdlib.h>
#include <string.h>

#include "store/statement.h"

static const char doing_find[] = "looking for a version of a cell";
static const char doing_add[] = "recording a version of a cell";

/* --- reading ------------------------------------------------------------------------------- */

static void version_read(struct statement *statement, struct version *ret_version)
{
    *ret_version = (struct version){
        .id = statement_copy(statement, 0, NULL),
        .kernel = statement_copy(statement, 1, NULL),
        .arguments = statement_copy(statement, 3, NULL),
        .is_deleted = statement_column_integer(statement, 4),
        .is_numbered = !statement_is_null(statement, 5),
        .number = statement_column_integer(statement, 5),
    };
    ret_version->code = statement_copy(statement, 2, &ret_version->code_size);
    sha256_hex(ret_version->code, ret_version->code_size, ret_version->hash);
}

/* Counts on from the greatest recorded number; equal code has an equal number. */
static void number_list(struct version_list *list)
{
    int64_t last = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->versions[i].number > last)
            last = list->versions[i].number;
    for (size_t i = 0; i < list->count; i++) {
        struct version *version = &list->versions[i];
        for (size_t j = 0; j < list->count && !version->number; j++)
            if (strcmp(version->hash, list->versions[j].hash) == 0)
                version->number = list->versions[j].number;
        if (!version->number)
            version->number = ++last;
    }
}

static void count_distinct(struct version_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        bool is_first = !list->versions[i].is_deleted;
        for (size_t j = 0; j < i && is_first; j++)
            is_first = list->versions[j].is_deleted ||
                       strcmp(list->versions[i].hash, list->versions[j].hash) != 0;
        list->distinct += is_first;
    }
}

bool versions_load(struct store_connection *connection, const char *notebook, const char *cell_name,
                   struct version_list *ret_list, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    *ret_list = (struct version_list)VERSION_LIST_INIT;
    if (!statement_open(&statement, connection, SQL_VERSIONS, doing_find, error))
        return false;
    statement_text(&statement, notebook);
    statement_text(&statement, cell_name);
    size_t capacity = 0;
    bool has_newest = false;
    int next;
    while ((next = statement_next(&statement, error)) > 0) {
        if (ret_list->count == capacity) {
            capacity = capacity ? 2 * capacity : 8;
            ret_list->versions =
                xreallocarray(ret_list->versions, capacity, sizeof(*ret_list->versions));
        }
        if (statement_column_integer(&statement, 6)) {
            ret_list->newest = ret_list->count;
            has_newest = true;
        }
        version_read(&statement, &ret_list->versions[ret_list->count++]);
    }
    if (!has_newest)
        ret_list->newest = ret_list->count;
    if (next < 0) {
        versions_release(ret_list);
        return false;
    }
    number_list(ret_list);
    count_distinct(ret_list);
    return true;
}

void versions_release(struct version_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->versions[i].id);
        free(list->versions[i].kernel);
        free(list->versions[i].arguments);
        free(list->versions[i].code);
    }
    free(list->versions);
    *list = (struct version_list)VERSION_LIST_INIT;
}

/* --- finding or adding --------------------------------------------------------------------- */

/* By the bytes, as text and as BLOB: compared in the file's own encoding. */
static bool find_version(struct store_connection *connection, const struct version_text *text,
                         char **ret_id, int64_t *ret_number, bool *ret_is_deleted,
                         struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_VERSION_FIND, doing_find, error))
        return false;
    statement_text(&statement, text->notebook);
    statement_text(&statement, text->cell_name);
    statement_bytes(&statement, text->code, text->code_size);
    statement_blob(&statement, text->code, text->code_size);
    int next = statement_next(&statement, error);
    if (next <= 0)
        return next == 0;
    *ret_id = statement_copy(&statement, 0, NULL);
    *ret_number = statement_column_integer(&statement, 1);
    *ret_is_deleted = statement_column_integer(&statement, 2);
    return true;
}

/* A cell of which only removed versions are left has come back. */
static bool return_cell(struct store_connection *connection, const struct version_text *text,
                        struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_CELL_RETURN, doing_add, error))
        return false;
    statement_text(&statement, text->notebook);
    statement_text(&statement, text->cell_name);
    statement_time(&statement, text->at);
    return statement_run(&statement, error);
}

static bool insert_version(struct store_connection *connection, enum statement_id insert,
                           const struct version_text *text, const char *id, const char *hash,
                           bool *ret_is_taken, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, insert, doing_add, error))
        return false;
    statement_text(&statement, id);
    statement_text(&statement, text->kernel_id);
    statement_text(&statement, text->notebook);
    statement_text(&statement, text->cell_name);
    statement_bytes(&statement, text->code, text->code_size);
    statement_text(&statement, hash);
    statement_time(&statement, text->at);
    statement_text(&statement, text->user);
    bool inserted = statement_run(&statement, error);
    *ret_is_taken = statement.result == SQLITE_CONSTRAINT_UNIQUE;
    return inserted;
}

static bool add_version(struct store_connection *connection, enum statement_id insert,
                        const struct version_text *text, char **ret_id, struct error *error)
{
    struct error problem = ERROR_INIT;
    char id[ULID_SIZE];
    char hash[SHA256_HEX_SIZE];
    bool is_taken;
    ulid_new(id);
    sha256_hex(text->code, text->code_size, hash);
    if (!insert_version(connection, insert, text, id, hash, &is_taken, &problem)) {
        if (!is_taken)
            return error_copy(error, &problem);
        /* Another row has this hash and other code: the id makes ours unique. */
        AUTO_FREE char *suffixed = xasprintf("%s~%s", hash, id);
        if (!insert_version(connection, insert, text, id, suffixed, &is_taken, error))
            return false;
    }
    *ret_id = xstrdup(id);
    return true;
}

/* Going back to an older text makes it the latest again; a version that ran before the
 * latest one came (recovered later) stays behind it. */
static bool touch_version(struct store_connection *connection, const struct version_text *text,
                          const char *id, bool *ret_is_latest, struct error *error)
{
    AUTO_STATEMENT latest = STATEMENT_INIT;
    if (!statement_open(&latest, connection, SQL_VERSION_LATEST, doing_find, error))
        return false;
    statement_text(&latest, text->notebook);
    statement_text(&latest, text->cell_name);
    statement_time(&latest, text->at);
    int next = statement_next(&latest, error);
    if (next <= 0)
        return next == 0;
    *ret_is_latest = strcmp(statement_column(&latest, 0, NULL), id) == 0;
    if (*ret_is_latest || !statement_column_integer(&latest, 1))
        return true;
    AUTO_STATEMENT touch = STATEMENT_INIT;
    if (!statement_open(&touch, connection, SQL_VERSION_TOUCH, doing_add, error))
        return false;
    statement_text(&touch, id);
    statement_time(&touch, text->at);
    statement_text(&touch, text->user);
    return statement_run(&touch, error);
}

static bool record_number(struct store_connection *connection, const struct version_text *text,
                          const char *id, int64_t number, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_VERSION_NUMBER, doing_add, error))
        return false;
    statement_text(&statement, id);
    statement_text(&statement, text->notebook);
    statement_text(&statement, text->cell_key);
    statement_integer(&statement, number);
    return statement_run(&statement, error);
}

static bool count_unnumbered(struct store_connection *connection, const struct version_text *text,
                             int64_t *ret_last, int64_t *ret_unnumbered, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_VERSION_COUNT, doing_find, error))
        return false;
    statement_text(&statement, text->notebook);
    statement_text(&statement, text->cell_name);
    if (statement_next(&statement, error) <= 0)
        return false;
    *ret_last = statement_column_integer(&statement, 0);
    *ret_unnumbered = statement_column_integer(&statement, 1);
    return true;
}

/* Numbers the row, and with it the rows of other tools under its name that are not numbered yet. */
static bool number_version(struct store_connection *connection, const struct version_text *text,
                           const char *id, bool is_new, int64_t *ret_number, struct error *error)
{
    int64_t last, unnumbered;
    if (!count_unnumbered(connection, text, &last, &unnumbered, error))
        return false;
    if (is_new && unnumbered == 1) {
        *ret_number = last + 1;
        return record_number(connection, text, id, *ret_number, error);
    }
    AUTO_VERSIONS list = VERSION_LIST_INIT;
    if (!versions_load(connection, text->notebook, text->cell_name, &list, error))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        const struct version *version = &list.versions[i];
        if (strcmp(version->id, id) == 0)
            *ret_number = version->number;
        if (!version->is_numbered &&
            !record_number(connection, text, version->id, version->number, error))
            return false;
    }
    return true;
}

bool versions_ensure(struct store_connection *connection, const struct version_text *text,
                     char **ret_id, int64_t *ret_number, bool *ret_is_latest, struct error *error)
{
    AUTO_FREE char *id = NULL;
    bool is_deleted = false;
    *ret_number = 0;
    *ret_is_latest = false;
    if (!find_version(connection, text, &id, ret_number, &is_deleted, error))
        return false;
    bool is_new = !id;
    if ((is_new || is_deleted) && !return_cell(connection, text, error))
        return false;
    if (is_new ? !add_version(connection, SQL_VERSION_INSERT, text, &id, error)
               : !touch_version(connection, text, id, ret_is_latest, error))
        return false;
    if (!*ret_number && !number_version(connection, text, id, is_new, ret_number, error))
        return false;
    *ret_id = id;
    id = NULL;
    return true;
}

bool versions_add_first(struct store_connection *connection, const struct version_text *text,
                        char **ret_id, struct error *error)
{
    AUTO_FREE char *id = NULL;
    if (!add_version(connection, SQL_VERSION_INSERT_FIRST, text, &id, error) ||
        !record_number(connection, text, id, 1, error))
        return false;
    *ret_id = id;
    id = NULL;
    return true;
}
