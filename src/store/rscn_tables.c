/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn_tables: the RSCN tables; see rscn_tables.h. Names, columns, types, checks and keys are those
 * of the data model (rscn facts, section 3), but for the unique key on code_notebook_state, which
 * stores of ours do not have: every execution leaves its own rows (D-1).
 */
#include "store/rscn_tables.h"

#include <string.h>
#include <strings.h>

/* clang-format off: SQL keeps its own lines */
#define JSON_CHECK(column) "CHECK (" column " IS NULL OR json_valid(" column "))"

/* Section 3.1. Times are text with a space, never a T or a number. */
#define HOUSEKEEPING \
    "    created_at   TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP, -- when the row was made, UTC\n" \
    "    created_by   TEXT DEFAULT 'UNKNOWN',                -- by whom\n" \
    "    updated_at   TIMESTAMPTZ, -- last change; the newest touched version is the latest\n" \
    "    updated_by   TEXT,        -- by whom\n" \
    "    deleted_at   TIMESTAMPTZ, -- soft delete: hidden from lists, history stays\n" \
    "    deleted_by   TEXT,        -- by whom\n" \
    "    activity_log TEXT         -- earlier snapshots of the row, a JSON array by convention\n"

static const char tables_sql[] =
    "CREATE TABLE main.code_notebook_kernel (\n"
    "    -- The languages that code of a cell can be in. Truth.\n"
    "    code_notebook_kernel_id VARCHAR PRIMARY KEY NOT NULL, -- label: SQL, Documentation\n"
    "    kernel_name  TEXT NOT NULL UNIQUE, -- name for people\n"
    "    description  TEXT,                 -- what it is\n"
    "    mime_type    TEXT,                 -- media type of the code\n"
    "    file_extn    TEXT,                 -- usual file extension with the dot\n"
    "    elaboration  TEXT " JSON_CHECK("elaboration") ", -- properties\n"
    "    governance   TEXT " JSON_CHECK("governance") ", -- policy\n"
    HOUSEKEEPING ");\n"
    "CREATE TABLE main.code_notebook_cell (\n"
    "    -- One row per version of a cell: changed code is a new row, the old one stays. Truth.\n"
    "    code_notebook_cell_id VARCHAR PRIMARY KEY NOT NULL, -- identifies the version\n"
    "    notebook_kernel_id VARCHAR NOT NULL REFERENCES code_notebook_kernel"
    " (code_notebook_kernel_id), -- what runs it\n"
    "    notebook_name TEXT NOT NULL, -- path from the store's folder, or any name\n"
    "    cell_name     TEXT NOT NULL, -- name inside the notebook\n"
    "    cell_governance TEXT " JSON_CHECK("cell_governance") ", -- policy\n"
    "    interpretable_code TEXT NOT NULL,      -- the code, byte for byte\n"
    "    interpretable_code_hash TEXT NOT NULL, -- SHA-256 of its bytes in rows of ours (D-4)\n"
    "    description   TEXT, -- what it is for\n"
    "    arguments     TEXT " JSON_CHECK("arguments") ", -- object of parameter name to value\n"
    HOUSEKEEPING
    "    , UNIQUE (notebook_name, cell_name, interpretable_code_hash)\n"
    ");\n"
    "CREATE TABLE main.code_notebook_state (\n"
    "    -- One row per state transition of a version of a cell. Truth; ours are append-only.\n"
    "    code_notebook_state_id VARCHAR PRIMARY KEY NOT NULL, -- identifies the transition\n"
    "    code_notebook_cell_id VARCHAR NOT NULL REFERENCES code_notebook_cell"
    " (code_notebook_cell_id), -- the version\n"
    "    from_state TEXT NOT NULL, -- INITIAL for the first transition of an execution\n"
    "    to_state   TEXT NOT NULL, -- EXECUTED is the only success\n"
    "    transition_result TEXT " JSON_CHECK("transition_result") ", -- what came of it\n"
    "    transition_reason TEXT,     -- why, as a phrase\n"
    "    transitioned_at TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP, -- when, UTC\n"
    "    elaboration TEXT " JSON_CHECK("elaboration")
    ", -- with `execution` (rscn_execution) when the row is ours\n"
    HOUSEKEEPING ");\n"
    "CREATE INDEX main.code_notebook_state_cell ON code_notebook_state (code_notebook_cell_id);\n"
    "CREATE TABLE main.assurance_schema (\n"
    "    -- Schemas that validate data (JSON Schema, XML Schema …). Truth.\n"
    "    assurance_schema_id VARCHAR PRIMARY KEY NOT NULL, -- readable label\n"
    "    assurance_type TEXT NOT NULL, -- JSON Schema …\n"
    "    code       TEXT NOT NULL,     -- the schema\n"
    "    code_json  TEXT " JSON_CHECK("code_json") ", -- the same as JSON, if it is\n"
    "    governance TEXT " JSON_CHECK("governance") ", -- policy\n"
    HOUSEKEEPING ");\n";

#define IS_OURS(row) "json_extract(" row "elaboration, '$." RSCN_STATE_EXECUTION "') IS NOT NULL"
#define REFUSE                                                                                     \
    "\nBEGIN SELECT RAISE(ABORT,"                                                                  \
    " 'code_notebook_state: rows of an execution are append-only'); END;\n"

/* Housekeeping and soft delete stay writable (L-31), and so do rows that people or other tools
 * wrote. The third one because REPLACE fires no DELETE trigger (K-20). */
static const char triggers_sql[] =
    "CREATE TRIGGER main.code_notebook_state_no_update\n"
    "BEFORE UPDATE OF code_notebook_state_id, code_notebook_cell_id, from_state, to_state,"
    " transition_result, transition_reason, transitioned_at, elaboration ON code_notebook_state\n"
    "WHEN " IS_OURS("OLD.") REFUSE
    "CREATE TRIGGER main.code_notebook_state_no_delete BEFORE DELETE ON code_notebook_state\n"
    "WHEN " IS_OURS("OLD.") REFUSE
    "CREATE TRIGGER main.code_notebook_state_no_replace BEFORE INSERT ON code_notebook_state\n"
    "WHEN EXISTS (SELECT 1 FROM code_notebook_state WHERE code_notebook_state_id ="
    " NEW.code_notebook_state_id AND " IS_OURS("") ")" REFUSE;

/* clang-format on */

bool rscn_tables_create(struct store_connection *connection, struct error *error)
{
    return database_execute(connection, tables_sql, "making the RSCN tables", error) &&
           database_execute(connection, triggers_sql, "making the RSCN tables", error);
}

/* --- what is there -------------------------------------------------------------------------- */

/* A statement without parameters that gives one number. */
static bool ask_count(struct store_connection *connection, enum statement_id id, int *ret_count,
                      struct error *error)
{
    AUTO_RESET *statement = database_statement(connection, id, error);
    if (!statement || database_step(connection, statement, "reading the schema", error) < 0)
        return false;
    *ret_count = sqlite3_column_int(statement, 0);
    return true;
}

bool rscn_tables_exist(struct store_connection *connection, bool *ret_exist, struct error *error)
{
    int count;
    if (!ask_count(connection, SQL_OPEN_RSCN_TABLES, &count, error))
        return false;
    *ret_exist = count == 3;
    return true;
}

bool rscn_tables_state_key(struct store_connection *connection, bool *ret_has_key,
                           struct error *error)
{
    int count;
    if (!ask_count(connection, SQL_OPEN_STATE_KEY, &count, error))
        return false;
    *ret_has_key = count > 0;
    return true;
}

bool rscn_tables_has_triggers(struct store_connection *connection, bool *ret_has,
                              struct error *error)
{
    int count;
    if (!ask_count(connection, SQL_OPEN_STATE_TRIGGERS, &count, error))
        return false;
    *ret_has = count > 0;
    return true;
}

bool rscn_tables_drop_triggers(struct store_connection *connection, struct error *error)
{
    return database_execute(connection,
                            "DROP TRIGGER IF EXISTS main.code_notebook_state_no_update;"
                            "DROP TRIGGER IF EXISTS main.code_notebook_state_no_replace",
                            "dropping triggers", error);
}

static const struct {
    const char *table;
    const char *column;
} needed_columns[] = {
    {"code_notebook_kernel", "code_notebook_kernel_id"},
    {"code_notebook_kernel", "kernel_name"},
    {"code_notebook_kernel", "mime_type"},
    {"code_notebook_kernel", "file_extn"},
    {"code_notebook_kernel", "created_at"},
    {"code_notebook_kernel", "created_by"},
    {"code_notebook_cell", "code_notebook_cell_id"},
    {"code_notebook_cell", "notebook_kernel_id"},
    {"code_notebook_cell", "notebook_name"},
    {"code_notebook_cell", "cell_name"},
    {"code_notebook_cell", "interpretable_code"},
    {"code_notebook_cell", "interpretable_code_hash"},
    {"code_notebook_cell", "arguments"},
    {"code_notebook_cell", "created_at"},
    {"code_notebook_cell", "created_by"},
    {"code_notebook_cell", "updated_at"},
    {"code_notebook_cell", "updated_by"},
    {"code_notebook_cell", "deleted_at"},
    {"code_notebook_state", "code_notebook_state_id"},
    {"code_notebook_state", "code_notebook_cell_id"},
    {"code_notebook_state", "from_state"},
    {"code_notebook_state", "to_state"},
    {"code_notebook_state", "transition_result"},
    {"code_notebook_state", "transition_reason"},
    {"code_notebook_state", "transitioned_at"},
    {"code_notebook_state", "elaboration"},
    {"code_notebook_state", "created_at"},
    {"code_notebook_state", "created_by"},
    {"code_notebook_state", "updated_at"},
    {"code_notebook_state", "updated_by"},
    {"code_notebook_state", "deleted_at"},
};

bool rscn_tables_check(struct store_connection *connection, struct error *error)
{
    const char *path = connection->store->path;
    AUTO_RESET *statement = database_statement(connection, SQL_OPEN_COLUMNS, error);
    if (!statement)
        return false;
    bool is_there[ARRAY_SIZE(needed_columns)] = {false};
    bool is_first_generation = false;
    int row;
    while ((row = database_step(connection, statement, "reading the schema", error)) > 0) {
        const char *table = (const char *)sqlite3_column_text(statement, 0);
        const char *column = (const char *)sqlite3_column_text(statement, 1);
        const char *type = (const char *)sqlite3_column_text(statement, 2);
        is_first_generation |= strcasecmp(type, "TIMESTAMP") == 0;
        for (size_t i = 0; i < ARRAY_SIZE(needed_columns); i++)
            is_there[i] |= strcasecmp(needed_columns[i].table, table) == 0 &&
                           strcasecmp(needed_columns[i].column, column) == 0;
    }
    if (row < 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(needed_columns); i++) {
        if (is_first_generation || (strcmp(needed_columns[i].column, "transition_result") == 0 &&
                                    !is_there[i]))
            return error_set(error, ERROR_UNSUPPORTED,
                             "%s: its RSCN tables are of the first generation (November 2023), "
                             "which is not supported; update it with the tool that made it", path);
    }
    for (size_t i = 0; i < ARRAY_SIZE(needed_columns); i++) {
        if (!is_there[i])
            return error_set(error, ERROR_UNSUPPORTED,
                             "%s: its table %s has no column %s; update it with the tool that made "
                             "it", path, needed_columns[i].table, needed_columns[i].column);
    }
    return true;
}

const char *rscn_tables_generation(struct store_connection *connection)
{
    if (!connection->store->is_foreign)
        return "rscn";
    AUTO_RESET *statement = database_statement(connection, SQL_OPEN_STATE_TABLE, NULL);
    if (!statement || sqlite3_step(statement) != SQLITE_ROW)
        return "G1";
    const char *sql = (const char *)sqlite3_column_text(statement, 0);
    return sql && strchr(sql, '`') ? "G3" : "G1";
}

/* --- kernel rows (section 7) ---------------------------------------------------------------- */

static const struct kernel_row {
    const char *id, *name, *mime_type, *extension;
} kernel_rows[] = {
    {"SQL", "SQLite SQL Statements", "application/sql", ".sql"}, /* must be the first */
    {"AI LLM Prompt", "Generative AI Large Language Model Prompt", "text/plain", ".llm-prompt.txt"},
    {"Documentation", "Documentation", "text/plain", ".txt"},
    {"Text Asset (.puml)", "Text Asset (.puml)", "text/plain", ".puml"},
    {"Text Asset (.rs)", "Text Asset (.rs)", "text/plain", ".rs"},
};

static size_t kernel_row_count(const struct store_connection *connection)
{
    return connection->store->is_foreign ? 1 : ARRAY_SIZE(kernel_rows);
}

static bool has_kernel(struct store_connection *connection, const char *id, bool *ret_has,
                       struct error *error)
{
    AUTO_RESET *statement = database_statement(connection, SQL_OPEN_KERNEL, error);
    if (!statement)
        return false;
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    int row = database_step(connection, statement, "reading the kernels", error);
    *ret_has = row > 0;
    return row >= 0;
}

bool rscn_tables_lacks_kernels(struct store_connection *connection, bool *ret_lacks,
                               struct error *error)
{
    *ret_lacks = false;
    for (size_t i = 0; i < kernel_row_count(connection) && !*ret_lacks; i++) {
        bool is_there;
        if (!has_kernel(connection, kernel_rows[i].id, &is_there, error))
            return false;
        *ret_lacks = !is_there;
    }
    return true;
}

static bool add_kernel(struct store_connection *connection, const struct kernel_row *kernel,
                       const char *name, struct error *error)
{
    sqlite3_stmt *statement = database_statement(connection, SQL_OPEN_ADD_KERNEL, error);
    if (!statement)
        return false;
    char now[TIMESTAMP_SIZE];
    timestamp_format_store(timestamp_now(), now);
    sqlite3_bind_text(statement, 1, kernel->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, kernel->mime_type, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, kernel->extension, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, now, -1, SQLITE_STATIC);
    return database_run(connection, statement, "adding a kernel", error);
}

bool rscn_tables_add_kernels(struct store_connection *connection, struct error *error)
{
    for (size_t i = 0; i < kernel_row_count(connection); i++) {
        const struct kernel_row *kernel = &kernel_rows[i];
        bool is_there;
        /* The name may be taken by a row with another id; the second name is made unique. */
        AUTO_FREE char *other_name = xasprintf("%s (%s)", kernel->name, kernel->id);
        if (!add_kernel(connection, kernel, kernel->name, error) ||
            !has_kernel(connection, kernel->id, &is_there, error) ||
            (!is_there && !add_kernel(connection, kernel, other_name, error)))
            return false;
    }
    return true;
}
