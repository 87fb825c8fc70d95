/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_guard: the authorizer, and the checks for what an authorizer is not told.
 *
 * The authorizer sees every table a statement writes, inside triggers, views and virtual tables
 * too. What it cannot see is checked around the statement: the new name of ALTER TABLE … RENAME,
 * foreign keys into the record (a bad one makes every later INSERT of ours fail), and what ATTACH
 * really opened.
 */
#include "engine/sqlite_guard.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "engine/sqlite_name.h"
#include "engine/sqlite_parameters.h"
#include "engine/sqlite_touched.h"

#define VALUE_LIMIT 100000000 /* bytes of one value: bounds one function call (K-16) */
#define SCHEMAS_MAX 16        /* attached databases; SQLite allows 10 */
#define OWN_DATABASE "%%use FILE for a database of its own"

struct sqlite_guard {
    struct sqlite3 *connection;
    char *store_path;
    bool is_store;
    bool is_own;
    char refusal[400];    /* "" = not refused */
    bool is_stepping;     /* the user's statement was prepared and runs */
    bool drops_or_alters; /* seen in this statement */
    bool alters;
    bool attaches;
    bool reads_record;
    bool inserts, takes_time; /* this statement */
    bool wants_alone;
    uint64_t schema_changes;  /* of all statements */
    struct touched_objects *watched; /* NULL = nobody wants to know */
    char *made_table; /* by CREATE TABLE or ALTER TABLE, as it is called before; NULL = none */
    size_t reserved_before;           /* reserved names in main and temp */
    char *store_schemas[SCHEMAS_MAX]; /* schema names under which the store is attached */
    size_t store_schema_count;
};

bool sqlite_guard_is_reserved(const char *name)
{
    static const char *const prefixes[] = {"code_notebook_", "rscn_"};
    static const char shadow[] = "sqlite_autoindex_";

    if (!name)
        return false;
    if (strncasecmp(name, shadow, strlen(shadow)) == 0)
        name += strlen(shadow);
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    static const char whole[] = "assurance_schema";
    return strncasecmp(name, whole, strlen(whole)) == 0 &&
           (name[strlen(whole)] == '\0' || name[strlen(whole)] == '_');
}

/* ------------------------------------------------------------------------------------------------
 * the authorizer
 */

/* Keeps the first reason of a statement: later ones follow from it. */
PRINTF_LIKE(2, 3) static int refuse(struct sqlite_guard *guard, const char *format, ...)
{
    if (!guard->refusal[0]) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(guard->refusal, sizeof guard->refusal, format, arguments);
        va_end(arguments);
    }
    return SQLITE_DENY;
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_name(const char *name, const char *other)
{
    return name && strcasecmp(name, other) == 0;
}

static bool is_content_write(int action)
{
    return action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
}

static bool is_schema_change(int action)
{
    switch (action) {
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_TEMP_TRIGGER:
    case SQLITE_DROP_TEMP_VIEW:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_ALTER_TABLE:
        return true;
    default:
        return false;
    }
}

static bool is_drop(int action)
{
    return action == SQLITE_DROP_TABLE || action == SQLITE_DROP_TEMP_TABLE ||
           action == SQLITE_DROP_VTABLE;
}

/* The record's tables, and the ways round the names (K-18: an index shows its table as second
 * argument). */
static int authorize_store_write(struct sqlite_guard *guard, int action, const char *first,
                                 const char *second, const char *inner)
{
    const char *reserved = NULL;

    if (is_content_write(action)) {
        /* DROP and ALTER keep it up to date themselves, outside of any trigger. */
        if (is_name(first, "sqlite_sequence") && (!guard->drops_or_alters || inner))
            return refuse(guard, "sqlite_sequence: it numbers the record's rows too and can't be "
                                 "written in the store; " OWN_DATABASE);
        if (is_name(first, "sqlite_dbpage"))
            return refuse(guard, "sqlite_dbpage: pages of the store can't be written");
        if (!sqlite_guard_is_reserved(first))
            return SQLITE_OK;
        return refuse(guard,
                      "%s: belongs to the record, which can be read but not written; keep your "
                      "data in tables of other names",
                      first);
    }
    if (action == SQLITE_CREATE_VTABLE && is_name(second, "sqlite_dbpage"))
        return refuse(guard, "sqlite_dbpage: pages of the store can't be written");
    if (sqlite_guard_is_reserved(first))
        reserved = first;
    else if (action != SQLITE_CREATE_VTABLE && sqlite_guard_is_reserved(second))
        reserved = second;
    if (!reserved)
        return SQLITE_OK;
    return refuse(guard,
                  "%s: names that begin with rscn_, code_notebook_ or assurance_schema belong to "
                  "the record: they can't be made, changed or dropped; choose another name",
                  reserved);
}

static const char *const pragmas_with_value[] = {
    "collation_list",    "compile_options",  "database_list",   "defer_foreign_keys",
    "foreign_key_check", "foreign_key_list", "function_list",   "index_info",
    "index_list",        "index_xinfo",      "integrity_check", "module_list",
    "pragma_list",       "quick_check",      "table_info",      "table_list",
    "table_xinfo",       "data_version",
};
static const char *const pragmas_to_read[] = {
    "analysis_limit",
    "application_id",
    "auto_vacuum",
    "busy_timeout",
    "cache_size",
    "encoding",
    "foreign_keys",
    "freelist_count",
    "ignore_check_constraints",
    "journal_mode",
    "journal_size_limit",
    "legacy_alter_table",
    "locking_mode",
    "mmap_size",
    "page_count",
    "page_size",
    "query_only",
    "recursive_triggers",
    "schema_version",
    "secure_delete",
    "synchronous",
    "temp_store",
    "threads",
    "trusted_schema",
    "user_version",
    "wal_autocheckpoint",
    "writable_schema",
};
/* They reach beyond the connection, or empty temp.sqlite_parameters (K-29). */
static const char *const pragmas_never_set[] = {
    "temp_store",      "temp_store_directory", "data_store_directory",
    "soft_heap_limit", "hard_heap_limit",
};
static const char *const pragmas_of_files[] = {"journal_mode", "wal_checkpoint", "locking_mode"};

static int authorize_pragma(struct sqlite_guard *guard, const char *name, const char *value)
{
    if (value && is_name(name, "journal_mode"))
        guard->wants_alone = true;
    if (value && is_one_of(name, pragmas_never_set, ARRAY_SIZE(pragmas_never_set)))
        return refuse(guard, "PRAGMA %s: would change the whole kernel, so it can only be read",
                      name);
    if (guard->is_store) {
        if (is_one_of(name, pragmas_with_value, ARRAY_SIZE(pragmas_with_value)) ||
            (!value && is_one_of(name, pragmas_to_read, ARRAY_SIZE(pragmas_to_read))))
            return SQLITE_OK;
        return refuse(guard, "PRAGMA %s%s: is not allowed in the store; " OWN_DATABASE, name,
                      value ? " with a value" : "");
    }
    if (guard->store_schema_count &&
        is_one_of(name, pragmas_of_files, ARRAY_SIZE(pragmas_of_files)))
        return refuse(guard,
                      "PRAGMA %s: is not allowed while the store is attached; DETACH %s first",
                      name, guard->store_schemas[0]);
    return SQLITE_OK;
}

static int authorize_attach(struct sqlite_guard *guard, const char *file)
{
    if (guard->is_store)
        return refuse(guard, "ATTACH and VACUUM are not allowed in the store: a cell is one "
                             "transaction there; " OWN_DATABASE ", which may ATTACH the store to "
                             "read it");
    guard->attaches = true;
    guard->schema_changes++;
    if (!file)
        return refuse(guard, "ATTACH: the file must be a plain string, so that one can see that it "
                             "is not the store");

    struct sqlite_name name;
    sqlite_name_parse(file, &name);
    enum sqlite_name_part part = sqlite_name_part(guard->store_path, name.path);
    bool is_unusual = name.is_unusual;
    sqlite_name_release(&name);
    if (part == NAME_OTHER)
        return SQLITE_OK;
    if (part == NAME_STORE_SIDE)
        return refuse(guard, "%s: belongs to the store and can't be opened", file);
    if (is_unusual)
        return refuse(guard, "%s: is the store; attach it without vfs, immutable and nolock", file);
    if (part == NAME_STORE_LINK)
        return refuse(guard,
                      "%s: is the store under another name, where its newest changes can't "
                      "be seen; attach %s",
                      file, guard->store_path);
    if (guard->is_stepping)
        return refuse(guard, "%s: is the store and can't be written", file);
    if (!sqlite3_get_autocommit(guard->connection))
        return refuse(guard,
                      "%s: is the store and can't be attached inside a transaction; COMMIT "
                      "or ROLLBACK first",
                      file);
    return SQLITE_OK;
}

/* Anything but single rows, of which CREATE TABLE writes some into SQLite's own tables. */
static void note_time(struct sqlite_guard *guard, int action, const char *table)
{
    bool is_own = table && strncasecmp(table, "sqlite_", strlen("sqlite_")) == 0;

    if (action == SQLITE_INSERT)
        guard->inserts = true;
    else if (action == SQLITE_ALTER_TABLE || action == SQLITE_CREATE_INDEX ||
             action == SQLITE_CREATE_TEMP_INDEX || (is_content_write(action) && !is_own))
        guard->takes_time = true;
}

static void note_schema_change(struct sqlite_guard *guard, int action, const char *first,
                               const char *second)
{
    const char *table = NULL;

    if (is_schema_change(action))
        guard->schema_changes++;
    note_time(guard, action, first);
    if (action == SQLITE_ALTER_TABLE) {
        guard->alters = true;
        table = second;
    } else if (action == SQLITE_CREATE_TABLE) {
        table = first;
    }
    if (action == SQLITE_ALTER_TABLE || is_drop(action))
        guard->drops_or_alters = true;
    if (table && !guard->made_table)
        guard->made_table = xstrdup(table);
}

static int authorize_change(struct sqlite_guard *guard, int action, const char *first,
                            const char *second, const char *schema, const char *inner)
{
    bool is_parameters = is_name(first, "sqlite_parameters") && is_name(schema, "temp");

    if (is_parameters && (is_content_write(action) || action == SQLITE_DROP_TEMP_TABLE))
        return refuse(guard, "temp.sqlite_parameters: shows the session's parameters and can only "
                             "be read; `%%param NAME VALUE` sets one");
    note_schema_change(guard, action, first, second);
    if (guard->is_store)
        return authorize_store_write(guard, action, first, second, inner);
    const char *where = action == SQLITE_ALTER_TABLE ? first : schema;
    for (size_t i = 0; i < guard->store_schema_count; i++)
        if (is_name(where, guard->store_schemas[i]))
            return refuse(
                guard, "%s is the store, attached to be read; `%%use store` to write there", where);
    return SQLITE_OK;
}

static int decide(struct sqlite_guard *guard, int action, const char *first, const char *second,
                  const char *schema, const char *inner)
{
    if (is_content_write(action) || is_schema_change(action))
        return authorize_change(guard, action, first, second, schema, inner);
    switch (action) {
    case SQLITE_READ:
        if (guard->is_store && sqlite_guard_is_reserved(first))
            guard->reads_record = true;
        return SQLITE_OK;
    case SQLITE_PRAGMA:
        return authorize_pragma(guard, first, second);
    case SQLITE_ATTACH:
        return authorize_attach(guard, first);
    case SQLITE_SELECT:
        guard->takes_time = true;
        return SQLITE_OK;
    case SQLITE_DETACH:
        guard->attaches = true;
        guard->schema_changes++;
        return guard->is_store ? refuse(guard, "DETACH is not allowed in the store; " OWN_DATABASE)
                               : SQLITE_OK;
    case SQLITE_TRANSACTION:
        return guard->is_store ? refuse(guard,
                                        "%s is not allowed in the store: a cell is one transaction "
                                        "there (SAVEPOINT works); " OWN_DATABASE,
                                        first)
                               : SQLITE_OK;
    case SQLITE_SAVEPOINT:
        if (is_name(first, "ROLLBACK"))
            guard->schema_changes++;
        return guard->is_store && sqlite_guard_is_reserved(second)
                   ? refuse(guard, "%s: savepoints of this name belong to the record", second)
                   : SQLITE_OK;
    case SQLITE_FUNCTION:
        return is_name(second, "load_extension")
                   ? refuse(guard, "load_extension: extensions can't be loaded")
                   : SQLITE_OK;
    default:
        return SQLITE_OK;
    }
}

static int authorize(void *context, int action, const char *first, const char *second,
                     const char *schema, const char *inner)
{
    struct sqlite_guard *guard = context;

    if (guard->is_own)
        return SQLITE_OK;
    if (guard->watched)
        guard->watched->is_running = guard->is_stepping;
    if (guard->watched)
        sqlite_touched_note(guard->watched, action, first, second, schema, inner);
    return decide(guard, action, first, second, schema, inner);
}

/* ------------------------------------------------------------------------------------------------
 * checks around a statement
 */

static bool fail_sql(const struct sqlite_guard *guard, struct error *error)
{
    int code = sqlite3_extended_errcode(guard->connection);
    error_set(error, ERROR_IO, "%s", sqlite3_errmsg(guard->connection));
    if (error)
        error->detail = code;
    return false;
}

/* Calls sqlite_guard_is_reserved on the first column of each row. `name` is bound to ?1 if not
 * NULL. */
static bool count_reserved(struct sqlite_guard *guard, const char *sql, const char *name,
                           size_t *ret_count, char **ret_last, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool was_own = guard->is_own;
    int code;

    guard->is_own = true;
    *ret_count = 0;
    code = sqlite3_prepare_v3(guard->connection, sql, -1, 0, &statement, NULL);
    if (code == SQLITE_OK && name)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *found = (const char *)sqlite3_column_text(statement, 0);
        if (sqlite_guard_is_reserved(found)) {
            ++*ret_count;
            free(*ret_last);
            *ret_last = xstrdup(found);
        }
        code = SQLITE_OK;
    }
    bool done = code == SQLITE_DONE;
    if (!done)
        fail_sql(guard, error);
    sqlite3_finalize(statement);
    guard->is_own = was_own;
    return done;
}

static const char names_sql[] =
    "SELECT name FROM main.sqlite_schema UNION ALL SELECT name FROM temp.sqlite_schema";

/* The store as an attached database must be opened for reading only: BEGIN IMMEDIATE or a
 * checkpoint by this connection would go round the store's lock (K-6). So it is attached a second
 * time, as it should be. */
static bool attach_for_reading(struct sqlite_guard *guard, const char *schema, struct error *error)
{
    AUTO_FREE char *uri = sqlite_name_uri(guard->store_path, "mode=ro");
    char *detach = sqlite3_mprintf("DETACH \"%w\"", schema);
    char *attach = sqlite3_mprintf("ATTACH %Q AS \"%w\"", uri, schema);
    int keep = 0;

    sqlite3_db_config(guard->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &keep);
    sqlite3_db_config(guard->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    guard->is_own = true;
    bool done = detach && attach &&
                sqlite3_exec(guard->connection, detach, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_exec(guard->connection, attach, NULL, NULL, NULL) == SQLITE_OK;
    guard->is_own = false;
    if (!done) {
        fail_sql(guard, error);
        error_prefix(error, "the store can't be attached for reading");
    }
    sqlite3_db_config(guard->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, NULL);
    sqlite3_free(detach);
    sqlite3_free(attach);
    return done;
}

static void forget_schemas(struct sqlite_guard *guard)
{
    for (size_t i = 0; i < guard->store_schema_count; i++)
        free(guard->store_schemas[i]);
    guard->store_schema_count = 0;
}

static bool check_attached(struct sqlite_guard *guard, struct error *error)
{
    const char *schema;

    forget_schemas(guard);
    for (int i = 2; (schema = sqlite3_db_name(guard->connection, i)); i++) {
        const char *file = sqlite3_db_filename(guard->connection, schema);
        enum sqlite_name_part part =
            sqlite_name_part(guard->store_path, file && *file ? file : NULL);
        if (part == NAME_OTHER || guard->store_schema_count == SCHEMAS_MAX)
            continue;
        guard->store_schemas[guard->store_schema_count++] = xstrdup(schema);
    }
    for (size_t i = 0; i < guard->store_schema_count; i++) {
        schema = guard->store_schemas[i];
        if (sqlite3_db_readonly(guard->connection, schema) == 0 &&
            !attach_for_reading(guard, schema, error))
            return false;
    }
    return true;
}

static bool check_names(struct sqlite_guard *guard, struct error *error)
{
    AUTO_FREE char *name = NULL;
    size_t count;

    if (guard->alters) {
        if (!count_reserved(guard, names_sql, NULL, &count, &name, error))
            return false;
        if (count != guard->reserved_before)
            return error_set(error, ERROR_DENIED,
                             "ALTER TABLE: names that begin with rscn_, code_notebook_ or "
                             "assurance_schema belong to the record; choose another name");
    }
    if (guard->made_table) {
        if (!count_reserved(guard, "SELECT \"table\" FROM pragma_foreign_key_list(?1, 'main')",
                            guard->made_table, &count, &name, error))
            return false;
        if (count)
            return error_set(error, ERROR_DENIED,
                             "%s: a foreign key can't refer to %s, which belongs to the record; "
                             "keep the id in a column without REFERENCES",
                             guard->made_table, name);
    }
    return true;
}

bool sqlite_guard_prepared(struct sqlite_guard *guard, struct error *error)
{
    AUTO_FREE char *name = NULL;

    guard->is_stepping = true;
    if (!guard->is_store || !guard->alters)
        return true;
    return count_reserved(guard, names_sql, NULL, &guard->reserved_before, &name, error);
}

bool sqlite_guard_check(struct sqlite_guard *guard, struct error *error)
{
    if (guard->is_store)
        return check_names(guard, error);
    return !guard->attaches || check_attached(guard, error);
}

/* ------------------------------------------------------------------------------------------------
 * the object
 */

struct sqlite_guard *sqlite_guard_install(struct sqlite3 *connection, const char *store_path,
                                          bool is_store, struct error *error)
{
    if (!sqlite_parameters_create(connection, error))
        return NULL;

    struct sqlite_guard *guard = xcalloc(1, sizeof *guard);
    guard->connection = connection;
    guard->store_path = xstrdup_or_null(store_path);
    guard->is_store = is_store;
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* The schema stays trusted: SQLite 3.40 takes its own JSON functions for unsafe otherwise, so
     * the record's checks and every view with JSON would fail. What that guards against elsewhere
     * (extensions, FTS3 tokenizers) is off anyway. */
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
    sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, VALUE_LIMIT);
    sqlite3_set_authorizer(connection, authorize, guard);
    return guard;
}

void sqlite_guard_free(struct sqlite_guard *guard)
{
    if (!guard)
        return;
    forget_schemas(guard);
    free(guard->made_table);
    free(guard->store_path);
    free(guard);
}

void sqlite_guard_set_store_path(struct sqlite_guard *guard, const char *store_path)
{
    free(guard->store_path);
    guard->store_path = xstrdup_or_null(store_path);
}

void sqlite_guard_own(struct sqlite_guard *guard, bool own)
{
    guard->is_own = own;
}

void sqlite_guard_clear(struct sqlite_guard *guard)
{
    guard->refusal[0] = '\0';
    guard->is_stepping = false;
    guard->drops_or_alters = false;
    guard->alters = false;
    guard->attaches = false;
    guard->reads_record = false;
    guard->inserts = false;
    guard->wants_alone = false;
    guard->takes_time = false;
    free(guard->made_table);
    guard->made_table = NULL;
}

void sqlite_guard_watch(struct sqlite_guard *guard, struct touched_objects *objects)
{
    guard->watched = objects;
}

bool sqlite_guard_reads_record(const struct sqlite_guard *guard)
{
    return guard->reads_record;
}

uint64_t sqlite_guard_schema_changes(const struct sqlite_guard *guard)
{
    return guard->schema_changes;
}

bool sqlite_guard_wants_alone(const struct sqlite_guard *guard)
{
    return guard->wants_alone;
}

bool sqlite_guard_is_quick(const struct sqlite_guard *guard)
{
    return guard->inserts && !guard->takes_time;
}

const char *sqlite_guard_refusal(const struct sqlite_guard *guard)
{
    return guard->refusal[0] ? guard->refusal : NULL;
}
