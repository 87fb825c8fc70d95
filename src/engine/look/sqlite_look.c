/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_look: see the header.
 */
#include "engine/look/sqlite_look.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "engine/sqlite_database.h"
#include "engine/sqlite_name.h"
#include "engine/look/sqlite_names.h"
#include "engine/sqlite_parameters.h"

#define PROGRESS_STEPS 1000
#define BUILD_LIMIT_US 1000000 /* for the CREATE texts of a large schema */

/* A file as it was when it was opened. */
struct look_file {
    dev_t device;
    ino_t inode;
};

struct sqlite_look {
    const atomic_bool *is_stopped;
    struct schema_board *board;
    pthread_mutex_t mutex;   /* held from begin to end, and while the files are closed */
    int64_t limit;           /* monotonic; what runs then is stopped */
    uint64_t number;         /* of the snapshot that the connections are made from */
    struct sqlite3 *live;    /* files where there are any; NULL = not open */
    struct sqlite3 *copy;    /* nothing but texts; NULL = not made */
    struct look_file *files; /* per part, of `live` */
    bool live_has_rows, only_files_have; /* as in the view */
    bool is_live_begun, is_reading;
    struct sqlite_names *names; /* for the views */
};

static int is_late(void *context)
{
    const struct sqlite_look *look = context;

    return atomic_load(look->is_stopped) || monotonic_us() > look->limit;
}

/* ------------------------------------------------------------------------------------------------
 * making a connection
 */

static struct sqlite3 *open_connection(struct sqlite_look *look, const char *name)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_URI;
    struct sqlite3 *connection = NULL;

    flags |= strcmp(name, ":memory:") == 0 ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                           : SQLITE_OPEN_READONLY;
    if (sqlite3_open_v2(name, &connection, flags, NULL) != SQLITE_OK) {
        sqlite3_close(connection);
        return NULL;
    }
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite_database_add_functions(connection);
    sqlite3_progress_handler(connection, PROGRESS_STEPS, is_late, look);
    return connection;
}

/* From now on nothing is written through it, into the copies neither. */
static void close_to_writes(struct sqlite3 *connection)
{
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_exec(connection, "PRAGMA query_only=ON", NULL, NULL, NULL);
}

/* SQLite keeps CREATE texts with the bare name behind one of these. */
static size_t create_prefix(const char *text)
{
    static const char *const prefixes[] = {
        "CREATE TABLE ",        "CREATE VIEW ",    "CREATE INDEX ",
        "CREATE UNIQUE INDEX ", "CREATE TRIGGER ", "CREATE VIRTUAL TABLE ",
    };

    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (strncasecmp(text, prefixes[i], strlen(prefixes[i])) == 0)
            return strlen(prefixes[i]);
    return 0;
}

/* Runs the CREATE texts in the schema of that name. What does not work alone is left out: a shadow
 * table that its virtual table has made already. */
static void run_texts(struct sqlite3 *connection, const struct schema_part *part)
{
    for (const char *text = part->texts; part->size && text < part->texts + part->size;
         text += strlen(text) + 1) {
        size_t prefix = create_prefix(text);
        sqlite3_stmt *statement = NULL;
        if (!prefix)
            continue;
        char *sql = sqlite3_mprintf("%.*s\"%w\".%s", (int)prefix, text, part->name, text + prefix);
        if (sql && sqlite3_prepare_v3(connection, sql, -1, 0, &statement, NULL) == SQLITE_OK)
            sqlite3_step(statement);
        sqlite3_finalize(statement);
        sqlite3_free(sql);
    }
}

/* Views and triggers have no rows of their own. */
static bool makes_table(const struct schema_part *part)
{
    static const char table[] = "CREATE TABLE ", virtual[] = "CREATE VIRTUAL TABLE ";

    for (const char *text = part->texts; part->size && text < part->texts + part->size;
         text += strlen(text) + 1)
        if (strncasecmp(text, table, strlen(table)) == 0 ||
            strncasecmp(text, virtual, strlen(virtual)) == 0)
            return true;
    return false;
}

static bool is_name(const struct schema_part *part, const char *name)
{
    return strcasecmp(part->name, name) == 0;
}

static bool attach(struct sqlite3 *connection, const struct schema_part *part, bool with_files)
{
    AUTO_FREE char *uri =
        with_files && *part->file ? sqlite_name_uri(part->file, "mode=ro") : xstrdup(":memory:");
    char *sql = sqlite3_mprintf("ATTACH %Q AS \"%w\"", uri, part->name);
    bool done = sql && sqlite3_exec(connection, sql, NULL, NULL, NULL) == SQLITE_OK;

    sqlite3_free(sql);
    return done;
}

/* Every part that is not main gets its place, then what has no file is made from its texts, TEMP
 * last, whose triggers may stand on the others. */
static bool fill(struct sqlite3 *connection, const struct schema_snapshot *snapshot,
                 bool with_files)
{
    struct error ignored = ERROR_INIT;

    if (!sqlite_parameters_create(connection, &ignored))
        return false;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct schema_part *part = &snapshot->parts[i];
        if (!is_name(part, "main") && !is_name(part, "temp") &&
            !attach(connection, part, with_files))
            return false;
    }
    for (int is_temp = 0; is_temp < 2; is_temp++) {
        for (size_t i = 0; i < snapshot->count; i++) {
            const struct schema_part *part = &snapshot->parts[i];
            if (is_name(part, "temp") == is_temp && (!with_files || !*part->file))
                run_texts(connection, part);
        }
    }
    close_to_writes(connection);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * the two connections
 */

static void close_live(struct sqlite_look *look)
{
    sqlite3_close_v2(look->live);
    look->live = NULL;
    free(look->files);
    look->files = NULL;
}

static void forget(struct sqlite_look *look)
{
    close_live(look);
    sqlite3_close_v2(look->copy);
    look->copy = NULL;
}

static bool read_file(const struct schema_part *part, struct look_file *ret_file)
{
    struct stat status;

    *ret_file = (struct look_file){0};
    if (!*part->file)
        return true;
    if (stat(part->file, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    *ret_file = (struct look_file){.device = status.st_dev, .inode = status.st_ino};
    return true;
}

/* False when a file is not there; *ret_same tells whether all are the ones that were opened. */
static bool read_files(const struct sqlite_look *look, const struct schema_snapshot *snapshot,
                       struct look_file *files, bool *ret_same)
{
    *ret_same = look->files != NULL;
    for (size_t i = 0; i < snapshot->count; i++) {
        if (!read_file(&snapshot->parts[i], &files[i]))
            return false;
        if (look->files &&
            (files[i].device != look->files[i].device || files[i].inode != look->files[i].inode))
            *ret_same = false;
    }
    return true;
}

static struct sqlite3 *open_live(struct sqlite_look *look, const struct schema_snapshot *snapshot)
{
    const char *file = snapshot->parts[0].file;
    AUTO_FREE char *name = *file ? sqlite_name_uri(file, "mode=ro") : xstrdup(":memory:");
    struct sqlite3 *connection = open_connection(look, name);

    bool has_file = false;
    look->only_files_have = false;
    for (size_t i = 0; i < snapshot->count; i++) {
        bool is_file = *snapshot->parts[i].file;
        has_file = has_file || is_file;
        if (!is_file && makes_table(&snapshot->parts[i]))
            look->only_files_have = true;
    }
    look->live_has_rows = has_file || !look->only_files_have;
    if (connection && fill(connection, snapshot, true))
        return connection;
    sqlite3_close_v2(connection);
    return NULL;
}

/* The live connection is there and is on the files of the snapshot. */
static bool need_live(struct sqlite_look *look, const struct schema_snapshot *snapshot)
{
    bool is_same;

    if (!snapshot->count)
        return false;
    struct look_file *files = xcalloc(snapshot->count, sizeof *files);
    bool exist = read_files(look, snapshot, files, &is_same);
    if (!exist || !is_same)
        close_live(look);
    if (!exist || look->live) {
        free(files);
        return exist;
    }
    look->live = open_live(look, snapshot);
    if (look->live)
        look->files = files;
    else
        free(files);
    return look->live != NULL;
}

static struct sqlite3 *need_copy(struct sqlite_look *look, const struct schema_snapshot *snapshot)
{
    if (look->copy)
        return look->copy;
    look->copy = open_connection(look, ":memory:");
    if (look->copy)
        (void)fill(look->copy, snapshot, false);
    return look->copy;
}

/* ------------------------------------------------------------------------------------------------
 * looking
 */

/* The first value of the row that the query for this schema gives; false without one. */
static bool ask(struct sqlite3 *connection, const char *format, const char *schema,
                int64_t *ret_value)
{
    sqlite3_stmt *statement = NULL;
    char *sql = sqlite3_mprintf(format, schema);
    bool done = sql && sqlite3_prepare_v3(connection, sql, -1, 0, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;

    *ret_value = done ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return done;
}

/* Takes the read lock, reads the schema anew if it has changed, and tells whether the file is what
 * cells see. */
static bool is_readable(struct sqlite3 *connection, const struct schema_part *part)
{
    int64_t value;

    if (!*part->file)
        return true;
    if (!ask(connection, "SELECT count(*) FROM (SELECT 1 FROM \"%w\".sqlite_schema LIMIT 1)",
             part->name, &value))
        return false;
    return !part->is_uncommitted ||
           (ask(connection, "PRAGMA \"%w\".schema_version", part->name, &value) &&
            value == part->cookie);
}

static bool begin_live(struct sqlite_look *look, const struct schema_snapshot *snapshot)
{
    bool is_good = sqlite3_exec(look->live, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;

    for (size_t i = 0; i < snapshot->count && is_good; i++)
        is_good = is_readable(look->live, &snapshot->parts[i]);
    if (!is_good && !sqlite3_get_autocommit(look->live))
        sqlite3_exec(look->live, "ROLLBACK", NULL, NULL, NULL);
    return is_good;
}

static void end_read(struct sqlite_look *look)
{
    if (look->is_reading)
        schema_board_end_read(look->board);
    look->is_reading = false;
}

struct sqlite_view sqlite_look_begin(struct sqlite_look *look,
                                     const struct schema_snapshot *snapshot, int limit_ms)
{
    struct sqlite_view view = {.label = snapshot->label,
                               .is_store = snapshot->is_store,
                               .parameters = snapshot->parameters,
                               .names = look->names};

    pthread_mutex_lock(&look->mutex);
    look->limit = monotonic_us() + BUILD_LIMIT_US;
    if (look->number != snapshot->number)
        forget(look);
    look->number = snapshot->number;
    look->is_reading = schema_board_begin_read(look->board);
    look->is_live_begun =
        look->is_reading && need_live(look, snapshot) && begin_live(look, snapshot);
    if (!look->is_live_begun)
        end_read(look);
    view.connection = look->is_live_begun ? look->live : need_copy(look, snapshot);
    view.has_rows = look->is_live_begun && look->live_has_rows;
    view.only_files_have = look->only_files_have;
    look->limit = monotonic_us() + (int64_t)limit_ms * 1000;
    return view;
}

void sqlite_look_end(struct sqlite_look *look)
{
    /* Without the limit: a COMMIT that is stopped would leave the transaction open. */
    look->limit = INT64_MAX;
    if (look->is_live_begun && !sqlite3_get_autocommit(look->live))
        sqlite3_exec(look->live, "COMMIT", NULL, NULL, NULL);
    look->is_live_begun = false;
    end_read(look);
    pthread_mutex_unlock(&look->mutex);
}

void sqlite_look_let_go(struct sqlite_look *look)
{
    pthread_mutex_lock(&look->mutex);
    close_live(look);
    pthread_mutex_unlock(&look->mutex);
}

struct sqlite_look *sqlite_look_new(struct schema_board *board, const atomic_bool *is_stopped)
{
    struct sqlite_look *look = xcalloc(1, sizeof *look);

    look->is_stopped = is_stopped;
    look->board = board;
    pthread_mutex_init(&look->mutex, NULL);
    look->names = sqlite_names_new();
    return look;
}

void sqlite_look_free(struct sqlite_look *look)
{
    if (!look)
        return;
    forget(look);
    sqlite_names_free(look->names);
    pthread_mutex_destroy(&look->mutex);
    free(look);
}
