/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_import: see the header. Values are bound as text: the columns' affinity makes the numbers,
 * so that a table that is there keeps what its own types say.
 */
#include "engine/sqlite_import.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/unique_names.h"
#include "base/utf8.h"
#include "engine/csv_reader.h"
#include "engine/sqlite_engine.h"
#include "engine/sqlite_error.h"
#include "engine/sqlite_guard.h"
#include "model/table/csv_guess.h"

#define COLUMNS_SHOWN 20
#define NAME_SHOWN 60 /* columns of a name */
#define NAME_MAX_BYTES 256u /* of a column */

struct import {
    const struct import_options *options;
    const struct engine_target *target;
    struct csv_reader *reader;
    char **names;
    struct csv_column *columns;
    size_t column_count;
    bool is_started, has_header, is_in_doubt;
    size_t line; /* of the row that is being inserted */
    sqlite3_stmt *insert;
    int64_t rows, *changes; /* changes: those that a trigger or rule of the table let in */
    struct strbuf *said;
};

/* --- Errors ---------------------------------------------------------------------------------- */

/* The connection's last error; with the line of the row that was being inserted. */
static bool fail(struct import *import, int code, struct error *error)
{
    const struct engine_target *target = import->target;
    const char *refusal = sqlite_guard_refusal(target->guard);
    AUTO_STRBUF message = STRBUF_INIT;

    if ((code & 0xff) == SQLITE_INTERRUPT)
        return error_set(error, ERROR_INTERRUPTED, "interrupted");
    if (refusal != NULL)
        return error_set(error, ERROR_DENIED, "%s", refusal);
    sqlite_guard_own(target->guard, true);
    sqlite_error_message(target, code, 0, "", 0, &message);
    sqlite_guard_own(target->guard, false);
    enum error_code kind = (code & 0xff) == SQLITE_BUSY   ? ERROR_BUSY
                           : (code & 0xff) == SQLITE_FULL ? ERROR_FULL
                                                          : ERROR_INVALID;
    if (import->line > 0)
        return error_set(error, kind, "%s, line %zu: %s", import->options->name, import->line,
                         strbuf_text(&message));
    return error_set(error, kind, "%s", strbuf_text(&message));
}

static bool execute(struct import *import, const char *sql, bool is_own, struct error *error)
{
    sqlite_guard_own(import->target->guard, is_own);
    int code = sqlite3_exec(import->target->connection, sql, NULL, NULL, NULL);
    sqlite_guard_own(import->target->guard, false);
    return code == SQLITE_OK || fail(import, code, error);
}

static void add_identifier(struct strbuf *sql, const char *name)
{
    strbuf_add_char(sql, '"');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"')
            strbuf_add_char(sql, '"');
        strbuf_add_char(sql, *c);
    }
    strbuf_add_char(sql, '"');
}

/* --- Names and types ------------------------------------------------------------------------- */

/* The field without blanks around it, else cN; a name that is there already gets a number. */
static char *column_name(struct unique_names *names, size_t index, const char *field)
{
    const char *start = field != NULL ? field : "";
    while (*start == ' ' || *start == '\t' || *start == '\n' || *start == '\r')
        start++;
    size_t size = strnlen(start, NAME_MAX_BYTES);
    while (size > 0 && (start[size - 1] == ' ' || start[size - 1] == '\t' ||
                        ((unsigned char)start[size - 1] & 0xC0) == 0x80) &&
           (size == NAME_MAX_BYTES || start[size - 1] == ' ' || start[size - 1] == '\t'))
        size--;
    if (size > 0)
        return unique_names_add(names, start, size);
    AUTO_FREE char *number = xasprintf("c%zu", index + 1);
    return unique_names_add(names, number, strlen(number));
}

/* From the fields, or numbered if they are NULL. */
static void name_columns(struct import *import, char *const *fields)
{
    struct unique_names *names = unique_names_new(true);

    for (size_t i = 0; i < import->column_count; i++) {
        free(import->names[i]);
        import->names[i] = column_name(names, i, fields != NULL ? fields[i] : NULL);
    }
    unique_names_free(names);
}

static void start(struct import *import, char *const *fields, size_t count)
{
    const char **texts = xcalloc(count + 1, sizeof(*texts));

    for (size_t i = 0; i < count; i++)
        texts[i] = fields[i] != NULL ? fields[i] : "";
    enum csv_header guess = csv_guess_header(texts, count);
    bool may_guess = import->options->header == IMPORT_HEADER_GUESS;
    free(texts);
    import->has_header =
        import->options->header == IMPORT_HEADER_YES || (may_guess && guess != CSV_HEADER_NONE);
    import->is_in_doubt = may_guess && guess == CSV_HEADER_DOUBTFUL;
    import->column_count = count;
    import->columns = xcalloc(count, sizeof(*import->columns));
    import->names = xcalloc(count, sizeof(*import->names));
    name_columns(import, import->has_header ? fields : NULL);
    import->is_started = true;
}

/* The first line has names twice: they are names if there are numbers below. If not, all columns
 * are texts, with that line or without it. */
static void settle_doubt(struct import *import)
{
    bool has_numbers = false;

    for (size_t i = 0; i < import->column_count && !has_numbers; i++)
        has_numbers = strcmp(csv_column_type(&import->columns[i]), "TEXT") != 0;
    if (!import->is_in_doubt || has_numbers)
        return;
    import->has_header = false;
    name_columns(import, NULL);
}

static bool learn_row(void *context, char *const *fields, const size_t *sizes, size_t count,
                      size_t line, struct error *error)
{
    struct import *import = context;

    if (!import->is_started) {
        start(import, fields, count);
        if (import->has_header)
            return true;
    }
    if (count != import->column_count)
        return error_set(error, ERROR_INVALID,
                         "%s, line %zu: it has %zu field%s and the first line has %zu; nothing was "
                         "imported",
                         import->options->name, line, count, count == 1 ? "" : "s",
                         import->column_count);
    for (size_t i = 0; i < count; i++) {
        if (fields[i] != NULL && sizes[i] > 0)
            csv_column_add(&import->columns[i], fields[i], sizes[i]);
        else if (fields[i] != NULL)
            csv_column_add(&import->columns[i], "", 0);
    }
    return true;
}

/* --- The table ------------------------------------------------------------------------------- */

/* "table", "view" or NULL in *ret_kind. */
static bool find_table(struct import *import, bool *ret_there, bool *ret_view, struct error *error)
{
    static const char sql[] = "SELECT type FROM main.sqlite_schema WHERE type IN ('table', 'view')"
                              " AND name = ?1 COLLATE NOCASE";
    sqlite3_stmt *statement = NULL;

    sqlite_guard_own(import->target->guard, true);
    int code = sqlite3_prepare_v3(import->target->connection, sql, sizeof sql, 0, &statement, NULL);
    sqlite3_bind_text(statement, 1, import->options->table, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *ret_there = code == SQLITE_ROW;
    *ret_view = *ret_there && strcmp((const char *)sqlite3_column_text(statement, 0), "view") == 0;
    sqlite3_finalize(statement);
    sqlite_guard_own(import->target->guard, false);
    return code == SQLITE_ROW || code == SQLITE_DONE || fail(import, code, error);
}

static bool create_table(struct import *import, struct error *error)
{
    AUTO_STRBUF sql = STRBUF_INIT;

    strbuf_add_text(&sql, "CREATE TABLE main.");
    add_identifier(&sql, import->options->table);
    for (size_t i = 0; i < import->column_count; i++) {
        strbuf_add_text(&sql, i == 0 ? "(" : ", ");
        add_identifier(&sql, import->names[i]);
        strbuf_addf(&sql, " %s", csv_column_type(&import->columns[i]));
    }
    strbuf_add_char(&sql, ')');
    return execute(import, strbuf_text(&sql), false, error);
}

static bool drop_table(struct import *import, struct error *error)
{
    AUTO_STRBUF sql = STRBUF_INIT;

    strbuf_add_text(&sql, "DROP TABLE main.");
    add_identifier(&sql, import->options->table);
    return execute(import, strbuf_text(&sql), false, error);
}

static bool prepare_table(struct import *import, bool *ret_made, struct error *error)
{
    const struct import_options *options = import->options;
    bool is_there, is_view;

    if (!find_table(import, &is_there, &is_view, error))
        return false;
    *ret_made = !is_there || options->replace;
    if (is_there && is_view)
        return error_set(error, ERROR_EXISTS, "%s is a view; AS t imports into another table",
                         options->table);
    if (is_there && !options->append && !options->replace)
        return error_set(error, ERROR_EXISTS,
                         "the table %s exists; --append adds the rows to it, --replace makes it "
                         "anew, AS t imports into another one",
                         options->table);
    if (is_there && options->replace && !drop_table(import, error))
        return false;
    return !*ret_made || create_table(import, error);
}

/* Into a table that is there by the header's names if it has one, else by position. */
static bool prepare_insert(struct import *import, bool is_made, struct error *error)
{
    AUTO_STRBUF sql = STRBUF_INIT;

    strbuf_add_text(&sql, "INSERT INTO main.");
    add_identifier(&sql, import->options->table);
    for (size_t i = 0; i < import->column_count && import->has_header && !is_made; i++) {
        strbuf_add_text(&sql, i == 0 ? "(" : ", ");
        add_identifier(&sql, import->names[i]);
    }
    strbuf_add_text(&sql, import->has_header && !is_made ? ") VALUES (" : " VALUES (");
    for (size_t i = 0; i < import->column_count; i++)
        strbuf_add_text(&sql, i == 0 ? "?" : ", ?");
    strbuf_add_char(&sql, ')');
    int code = sqlite3_prepare_v3(import->target->connection, strbuf_text(&sql), (int)sql.size + 1,
                                  SQLITE_PREPARE_PERSISTENT, &import->insert, NULL);
    return code == SQLITE_OK || fail(import, code, error);
}

static bool insert_row(void *context, char *const *fields, const size_t *sizes, size_t count,
                       size_t line, struct error *error)
{
    struct import *import = context;

    if (import->has_header && !import->is_started) {
        import->is_started = true;
        return true;
    }
    import->is_started = true;
    import->line = line;
    if (count != import->column_count)
        return error_set(error, ERROR_INVALID, "%s: it was changed while it was read; try again",
                         import->options->name);
    for (size_t i = 0; i < count; i++) {
        if (fields[i] != NULL)
            sqlite3_bind_text64(import->insert, (int)i + 1, fields[i], sizes[i], SQLITE_STATIC,
                                SQLITE_UTF8);
        else
            sqlite3_bind_null(import->insert, (int)i + 1);
    }
    const struct engine_target *target = import->target;
    sqlite3_step(import->insert);
    int code = sqlite3_reset(import->insert);
    if (code != SQLITE_OK)
        return fail(import, code, error);
    import->rows++;
    *import->changes += sqlite3_changes64(target->connection) > 0;
    return true;
}

static bool import_rows(struct import *import, struct error *error)
{
    bool is_made;

    if (!prepare_table(import, &is_made, error) || !prepare_insert(import, is_made, error))
        return false;
    import->is_started = false;
    bool done = csv_reader_read(import->reader, insert_row, import, error);
    sqlite3_finalize(import->insert);
    return done;
}

/* --- What was done ---------------------------------------------------------------------------- */

static void add_number(struct strbuf *buffer, int64_t number)
{
    AUTO_FREE char *digits = xasprintf("%" PRId64, number);
    size_t size = strlen(digits);

    for (size_t i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            strbuf_add_char(buffer, ',');
        strbuf_add_char(buffer, digits[i]);
    }
}

static void say(struct import *import)
{
    char delimiter = csv_reader_delimiter(import->reader);

    utf8_add_line(import->said, import->options->table, strlen(import->options->table), NAME_SHOWN);
    strbuf_add_text(import->said, ": ");
    if (*import->changes < import->rows) {
        add_number(import->said, *import->changes);
        strbuf_add_text(import->said, " of ");
    }
    add_number(import->said, import->rows);
    strbuf_addf(import->said, " row%s, %zu column%s: ", import->rows == 1 ? "" : "s",
                import->column_count, import->column_count == 1 ? "" : "s");
    for (size_t i = 0; i < import->column_count && i < COLUMNS_SHOWN; i++) {
        strbuf_add_text(import->said, i > 0 ? ", " : "");
        utf8_add_line(import->said, import->names[i], strlen(import->names[i]), NAME_SHOWN);
        strbuf_addf(import->said, " %s", csv_column_type(&import->columns[i]));
    }
    if (import->column_count > COLUMNS_SHOWN)
        strbuf_add_text(import->said, " \xe2\x80\xa6");
    strbuf_addf(import->said, "; %s, delimiter ", csv_reader_encoding(import->reader));
    if (delimiter == '\t')
        strbuf_add_text(import->said, "tab");
    else
        strbuf_addf(import->said, "'%c'", delimiter);
    strbuf_add_text(import->said, import->has_header ? ", names from the first line"
                                                     : ", no line with names (--header yes: the "
                                                       "first line has them)");
}

/* --- The work -------------------------------------------------------------------------------- */

static bool learn(struct import *import, struct error *error)
{
    if (!csv_reader_read(import->reader, learn_row, import, error))
        return false;
    settle_doubt(import);
    return import->is_started || error_set(error, ERROR_INVALID, "%s: it holds no row",
                                           import->options->name);
}

/* An interrupted INSERT has rolled back the whole transaction already, and the savepoint with it. */
static void take_back(struct import *import)
{
    if (sqlite3_get_autocommit(import->target->connection))
        return;
    (void)execute(import, "ROLLBACK TO rscn_import", true, NULL);
    (void)execute(import, "RELEASE rscn_import", true, NULL);
}

static bool work(void *context, const struct engine_target *target,
                 const atomic_bool *is_interrupted, int64_t *ret_changes, struct error *error)
{
    struct import *import = context;
    const struct import_options *options = import->options;
    int columns = sqlite3_limit(target->connection, SQLITE_LIMIT_COLUMN, -1);
    int variables = sqlite3_limit(target->connection, SQLITE_LIMIT_VARIABLE_NUMBER, -1);
    struct csv_reader_options reading = {.encoding = options->encoding,
                                         .delimiter = options->delimiter,
                                         .max_fields =
                                             (size_t)(columns < variables ? columns : variables),
                                         .is_interrupted = is_interrupted};

    import->target = target;
    import->changes = ret_changes;
    import->reader = csv_reader_open(options->path, options->name, &reading, error);
    if (import->reader == NULL || !learn(import, error) ||
        !execute(import, "SAVEPOINT rscn_import", true, error))
        return false;
    bool done = import_rows(import, error);
    import->line = 0;
    done = done && execute(import, "RELEASE rscn_import", true, error);
    if (!done) {
        take_back(import);
        return false;
    }
    say(import);
    return true;
}

bool sqlite_import(struct sqlite_engine *engine, const struct import_options *options,
                   struct strbuf *said, struct error *error)
{
    struct import import = {.options = options, .said = said};
    struct engine_work job = {.run = work, .context = &import};

    if (sqlite_engine_has_open(engine, options->path))
        return error_set(error, ERROR_INVALID, "%s is a database in use here, not a CSV file",
                         options->name);
    bool done = sqlite_engine_work(engine, &job, error);
    csv_reader_close(import.reader);
    for (size_t i = 0; i < import.column_count; i++)
        free(import.names[i]);
    free(import.names);
    free(import.columns);
    return done;
}
