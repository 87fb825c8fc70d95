/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_database: see the header.
 */
#include "engine/sqlite_database.h"

#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "engine/look/schema_snapshot.h"
#include "engine/sqlite_guard.h"
#include "engine/sqlite_name.h"

#define MILLISECOND 1000
#define LOOK_END_US 300000  /* a look-up has read what it can by then */
#define NEAR_FILES_MAX 5000 /* files of a folder that are looked at */

/* ------------------------------------------------------------------------------------------------
 * names
 */

void sqlite_place_release(struct sqlite_place *place)
{
    free(place->name);
    free(place->open_name);
    free(place->path);
    free(place->given);
    memset(place, 0, sizeof *place);
}

/* Absolute, `~/` and the notebook's folder applied, links followed. */
static char *resolve(const char *path, const char *directory)
{
    AUTO_FREE char *home = strncmp(path, "~/", 2) == 0 ? path_home() : NULL;
    AUTO_FREE char *joined =
        home ? path_join(home, path + 2) : path_join(directory ? directory : ".", path);
    return path_resolve(joined);
}

/* What SQLite keeps beside a database is none. */
static bool is_side_file(const char *name)
{
    static const char *const sides[] = {"-wal", "-shm", "-journal"};
    size_t size = strlen(name);

    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        size_t side = strlen(sides[i]);
        if (size > side && strcmp(name + size - side, sides[i]) == 0)
            return true;
    }
    return false;
}

static bool fail_missing(const char *given, const char *path, struct error *error)
{
    AUTO_FREE char *word = sqlite_name_word(given);
    AUTO_FREE char *folder = path_directory(path);
    AUTO_FREE char *base = path_base(path);
    AUTO_STRBUF near = STRBUF_INIT;
    char **names = NULL;
    size_t count = 0;
    struct dirent *entry;

    DIR *directory = opendir(folder);
    if (!directory && errno == ENOENT)
        return error_set(error, ERROR_NOT_FOUND, "%s: the folder %s does not exist", given, folder);
    while (directory && count < NEAR_FILES_MAX && (entry = readdir(directory))) {
        if (entry->d_type == DT_DIR || entry->d_name[0] == '.' || is_side_file(entry->d_name))
            continue;
        names = xreallocarray(names, count + 1, sizeof *names);
        names[count++] = xstrdup(entry->d_name);
    }
    if (directory)
        closedir(directory);
    near_name_list(&near, base, (const char *const *)names, count, 3);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return error_set(error, ERROR_NOT_FOUND,
                     "%s: no such file in %s%s%s; `%%use --create %s` makes it", given, folder,
                     near.size ? "; near: " : "", strbuf_text(&near), word);
}

/* The file as it is now: missing, folder, device. */
static bool check_file(const struct sqlite_place *place, struct error *error)
{
    struct stat status;

    if (stat(place->path, &status) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return error_set_errno(error, errno, "%s", place->given);
        return place->create || fail_missing(place->given, place->path, error);
    }
    if (S_ISDIR(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s: is a folder; name a database file",
                         place->given);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s: is not a regular file", place->given);
    return true;
}

static bool check_part(struct sqlite_place *place, const struct sqlite_name *parsed,
                       const char *store_path, struct error *error)
{
    switch (sqlite_name_part(store_path, place->path)) {
    case NAME_STORE:
    case NAME_STORE_LINK:
        if (parsed->is_unusual)
            return error_set(error, ERROR_DENIED,
                             "%s: is the store; open it without vfs, immutable and nolock",
                             place->given);
        place->is_store = true;
        free(place->name);
        place->name = xstrdup("store");
        return true;
    case NAME_STORE_SIDE:
        return error_set(error, ERROR_DENIED, "%s: belongs to the store and can't be opened",
                         place->given);
    case NAME_OTHER:
        break;
    }
    return check_file(place, error);
}

bool sqlite_place_find(const char *name, const char *store_path, const struct use_options *options,
                       struct sqlite_place *ret_place, struct error *error)
{
    struct sqlite_name parsed;
    struct sqlite_place place = {.given = xstrdup(name),
                                 .create = options->create && !options->read_only,
                                 .read_only = options->read_only};
    bool found = true;

    sqlite_name_parse(name, &parsed);
    if (strcmp(name, "store") == 0) {
        place.is_store = true;
        place.name = xstrdup("store");
    } else if (!*name) {
        found = error_set(error, ERROR_INVALID, "%%use: the name is empty; name a database file");
    } else if (!parsed.path) {
        place.is_memory_default = !parsed.is_uri;
        place.name = xstrdup(name);
        place.open_name = xstrdup(name);
    } else {
        place.path = resolve(parsed.path, options->directory);
        place.create = place.create || parsed.wants_create;
        place.read_only = place.read_only || parsed.wants_read_only;
        place.open_name =
            parsed.is_uri ? sqlite_name_uri(place.path, parsed.query) : xstrdup(place.path);
        place.name = xstrdup(place.open_name);
        found = check_part(&place, &parsed, store_path, error);
    }
    sqlite_name_release(&parsed);
    if (found)
        *ret_place = place;
    else
        sqlite_place_release(&place);
    return found;
}

/* ------------------------------------------------------------------------------------------------
 * waiting, functions, hooks
 */

static bool is_interrupted(const struct sqlite_database *database)
{
    return database->is_interrupted && atomic_load(database->is_interrupted);
}

/* SQLite's busy handler: another program has locked the file. SQLite offers nothing to sleep on, so
 * this asks again, at most 50 ms apart. */
static int wait_for_lock(void *context, int count)
{
    static const int delays_ms[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50};
    struct sqlite_database *database = context;
    size_t index =
        (size_t)count < ARRAY_SIZE(delays_ms) ? (size_t)count : ARRAY_SIZE(delays_ms) - 1;
    int64_t now = monotonic_us();

    if (count == 0)
        database->waiting_since = now;
    int64_t left = database->waiting_since + (int64_t)database->timeout_ms * 1000 - now;
    bool is_looked_at = database->board && schema_board_want_files(database->board);
    /* Who does not want to wait for others still waits for a look-up of our own. */
    if (is_looked_at && database->is_interrupted && left > -LOOK_END_US && left < MILLISECOND)
        left = MILLISECOND;
    if (left <= 0 || is_interrupted(database))
        return 0;
    int64_t delay = (int64_t)delays_ms[index] * 1000;
    if (delay > left)
        delay = left;
    struct timespec pause = {.tv_sec = 0, .tv_nsec = (long)delay * 1000};
    nanosleep(&pause, NULL);
    return !is_interrupted(database);
}

void sqlite_database_wait_with(struct sqlite_database *database, int timeout_ms,
                               const atomic_bool *interrupted)
{
    database->timeout_ms = timeout_ms;
    database->is_interrupted = interrupted;
    sqlite3_busy_handler(database->target.connection, wait_for_lock, database);
}

static void count_rollback(void *context)
{
    struct sqlite_database *database = context;
    database->rollbacks++;
}

static void function_ulid(sqlite3_context *context, int count, sqlite3_value **values)
{
    char ulid[ULID_SIZE];

    (void)count;
    (void)values;
    ulid_new(ulid);
    sqlite3_result_text(context, ulid, -1, SQLITE_TRANSIENT);
}

void sqlite_database_add_functions(struct sqlite3 *connection)
{
    sqlite3_create_function_v2(connection, "ulid", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL,
                               function_ulid, NULL, NULL, NULL);
}

/* ------------------------------------------------------------------------------------------------
 * opening
 */

static bool fail_open(const struct sqlite_database *database, const char *given, int code,
                      struct error *error)
{
    struct sqlite3 *connection = database->target.connection;
    const char *text = connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
    int number = connection ? sqlite3_system_errno(connection) : 0;

    switch (code & 0xff) {
    case SQLITE_NOTADB:
        return error_set(error, ERROR_INVALID, "%s: is not an SQLite database", given);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        if (is_interrupted(database))
            return error_set(error, ERROR_INTERRUPTED, "%s: interrupted while waiting for it",
                             given);
        return error_set(error, ERROR_BUSY,
                         "%s: another program has locked it (waited %.1f s); try again when it is "
                         "done, or wait longer with `%%set timeout SECONDS`",
                         given, database->timeout_ms / 1000.0);
    case SQLITE_CANTOPEN:
        if (number)
            return error_set_errno(error, number, "%s: can't be opened", given);
        return error_set(error, ERROR_IO, "%s: %s", given, text);
    case SQLITE_CORRUPT:
        return error_set(error, ERROR_DAMAGED, "%s: %s", given, text);
    case SQLITE_FULL:
        return error_set(error, ERROR_FULL, "%s: %s", given, text);
    default:
        return error_set(error, ERROR_IO, "%s: %s", given, text);
    }
}

static void remember_file(struct sqlite_database *database)
{
    struct stat status;
    const char *file = sqlite3_db_filename(database->target.connection, "main");

    if (!file || !*file || stat(file, &status) != 0)
        return;
    database->path = xstrdup(file);
    database->device = status.st_dev;
    database->inode = status.st_ino;
}

struct sqlite_database *sqlite_database_open(const struct sqlite_place *place,
                                             const char *store_path,
                                             const struct use_options *options, struct error *error)
{
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (place->read_only && place->path)
        flags |= SQLITE_OPEN_READONLY;
    else
        flags |= SQLITE_OPEN_READWRITE | (place->create || !place->path ? SQLITE_OPEN_CREATE : 0);

    struct sqlite_database *database = xcalloc(1, sizeof *database);
    struct engine_target *target = &database->target;
    target->name = xstrdup(place->name);
    target->label = place->path ? path_base(place->path) : xstrdup(place->name);
    database->is_read_only = place->read_only;

    int code = sqlite3_open_v2(place->open_name, &target->connection, flags, NULL);
    if (code == SQLITE_OK) {
        sqlite_database_wait_with(database, options->timeout_ms, options->is_interrupted);
        /* Reads the header and the schema: whatever is wrong shows now, not in a later cell. */
        code = sqlite3_exec(target->connection, "SELECT count(*) FROM sqlite_schema", NULL, NULL,
                            NULL);
    }
    if (code == SQLITE_OK && place->path &&
        sqlite_name_part(store_path, sqlite3_db_filename(target->connection, "main")) != NAME_OTHER)
        code = SQLITE_CANTOPEN; /* became the store since it was looked at */
    if (code == SQLITE_OK) {
        struct error cause = ERROR_INIT;
        target->guard = sqlite_guard_install(target->connection, store_path, false, &cause);
        if (!target->guard)
            code = cause.detail ? cause.detail : SQLITE_ERROR;
    }
    if (code != SQLITE_OK) {
        fail_open(database, place->given, code, error);
        sqlite_database_close(database);
        return NULL;
    }
    sqlite_database_add_functions(target->connection);
    sqlite3_rollback_hook(target->connection, count_rollback, database);
    remember_file(database);
    sqlite_database_wait_with(database, options->timeout_ms, NULL);
    return database;
}

void sqlite_database_close(struct sqlite_database *database)
{
    struct engine_target *target = &database->target;

    sqlite3_close_v2(target->connection);
    sqlite_guard_free(target->guard);
    free((char *)target->name);
    free((char *)target->label);
    free(database->path);
    free(database);
}

bool sqlite_database_is_current(const struct sqlite_database *database)
{
    struct stat status;

    return !database->path ||
           (stat(database->path, &status) == 0 && status.st_dev == database->device &&
            status.st_ino == database->inode);
}
