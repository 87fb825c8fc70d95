/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recent: a small table with one place per cell name; see recent.h.
 */
#include "store/recent.h"

#include <stdlib.h>
#include <string.h>

#include "store/statement.h"

#define PLACES 128 /* a power of two; two names of one place take turns */

struct known_cell {
    char *texts;            /* owns all that follows */
    const char *notebook;   /* NULL: the place is empty */
    const char *cell_name;
    const char *cell_key;
    const char *nbformat_id; /* NULL: none was recorded */
    const char *version_id;
    char code_hash[SHA256_HEX_SIZE];
    int64_t number;
};

struct recent {
    int64_t data_version;
    bool is_checked; /* in the present transaction */
    char run_id[ULID_SIZE];
    struct known_cell cells[PLACES];
};

struct recent *recent_new(void)
{
    return xcalloc(1, sizeof(struct recent));
}

static void clear_cell(struct known_cell *cell)
{
    free(cell->texts);
    *cell = (struct known_cell){.notebook = NULL};
}

void recent_forget(struct recent *recent)
{
    recent->run_id[0] = '\0';
    for (size_t i = 0; i < PLACES; i++)
        if (recent->cells[i].notebook)
            clear_cell(&recent->cells[i]);
}

void recent_free(struct recent *recent)
{
    if (!recent)
        return;
    recent_forget(recent);
    free(recent);
}

void recent_begin(struct recent *recent)
{
    recent->is_checked = false;
}

/* The number is another one when another connection has committed since. */
static bool check(struct store_connection *connection, struct error *error)
{
    struct recent *recent = connection->recent;
    if (recent->is_checked)
        return true;
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_DATA_VERSION, "looking for changes", error) ||
        statement_next(&statement, error) <= 0)
        return false;
    int64_t data_version = statement_column_integer(&statement, 0);
    if (data_version != recent->data_version) {
        recent_forget(recent);
        guard_doubt(&connection->guard);
    }
    recent->data_version = data_version;
    recent->is_checked = true;
    return true;
}

static struct known_cell *place_of(struct recent *recent, const struct execution_record *record)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = record->run->notebook; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    for (const char *at = record->cell_name; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return &recent->cells[(hash ^ hash >> 16) & (PLACES - 1)];
}

static bool is_same(const struct known_cell *cell, const struct execution_record *record)
{
    return cell->notebook && strcmp(cell->code_hash, record->code_hash) == 0 &&
           strcmp(cell->cell_name, record->cell_name) == 0 &&
           strcmp(cell->cell_key, record->cell_key) == 0 &&
           strcmp(cell->notebook, record->run->notebook) == 0 &&
           (!record->nbformat_id ||
            (cell->nbformat_id && strcmp(cell->nbformat_id, record->nbformat_id) == 0));
}

bool recent_find(struct store_connection *connection, const struct execution_record *record,
                 struct recent_version *ret_version, struct error *error)
{
    struct recent *recent = connection->recent;
    if (!check(connection, error) || strcmp(recent->run_id, record->run->run_id) != 0)
        return false;
    const struct known_cell *cell = place_of(recent, record);
    *ret_version = (struct recent_version){cell->version_id, cell->number};
    return is_same(cell, record);
}

void recent_note(struct recent *recent, const struct execution_record *record,
                 const char *version_id, int64_t number, bool is_latest)
{
    const char *texts[] = {record->run->notebook, record->cell_name, record->cell_key, version_id,
                           record->nbformat_id};
    const char *copies[ARRAY_SIZE(texts)] = {NULL};
    struct known_cell *cell = place_of(recent, record);
    size_t size = 0;
    memcpy(recent->run_id, record->run->run_id, ULID_SIZE);
    clear_cell(cell);
    if (!is_latest)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        size += texts[i] ? strlen(texts[i]) + 1 : 0;
    char *end = cell->texts = xmalloc(size);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (!texts[i])
            continue;
        size = strlen(texts[i]) + 1;
        copies[i] = memcpy(end, texts[i], size);
        end += size;
    }
    cell->notebook = copies[0];
    cell->cell_name = copies[1];
    cell->cell_key = copies[2];
    cell->version_id = copies[3];
    cell->nbformat_id = copies[4];
    memcpy(cell->code_hash, record->code_hash, SHA256_HEX_SIZE);
    cell->number = number;
}
