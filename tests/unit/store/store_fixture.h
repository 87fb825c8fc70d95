/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the store share: a folder that is removed at the end, SQL on a file as another
 * program would run it, and an execution to record.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/ident.h"
#include "store/store.h"
#include "tap.h"

static char fixture_folder[PATH_MAX];

static void fixture_remove(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        char name[PATH_MAX + 300];
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (lstat(name, &status) == 0 && S_ISDIR(status.st_mode))
            fixture_remove(name);
        else
            unlink(name);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

static void fixture_end(void)
{
    chmod(fixture_folder, 0700);
    fixture_remove(fixture_folder);
}

/* A new folder; its real path is in fixture_folder. */
__attribute__((unused)) static void fixture_start(void)
{
    char template[PATH_MAX];
    const char *base = getenv("TMPDIR");
    snprintf(template, sizeof(template), "%s/rscn-store-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(template) || !realpath(template, fixture_folder))
        bail_out("no folder for the test");
    ident_init();
    atexit(fixture_end);
}

/* A path in the folder, in one of a few static buffers. */
__attribute__((unused)) static const char *in_folder(const char *name)
{
    static char paths[8][PATH_MAX];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%.3000s/%s", fixture_folder, name);
    return path;
}

__attribute__((unused)) static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        bail_out("%s can't be written", path);
}

/* Runs SQL as a plain sqlite3 would; returns the result code. */
__attribute__((unused)) static int plain_sql(const char *path, const char *sql)
{
    sqlite3 *handle = NULL;
    char *message = NULL;
    int result = sqlite3_open(path, &handle);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(handle, 5000);
        result = sqlite3_exec(handle, sql, NULL, NULL, &message);
    }
    if (message)
        diag("%s", message);
    sqlite3_free(message);
    sqlite3_close(handle);
    return result;
}

/* First column of the first row as text, "" for NULL or none; valid until the next call. */
__attribute__((unused)) static const char *plain_text(const char *path, const char *sql)
{
    static char text[8192];
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    text[0] = '\0';
    sqlite3_open(path, &handle);
    sqlite3_busy_timeout(handle, 5000);
    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
        snprintf(text, sizeof(text), "error: %s", sqlite3_errmsg(handle));
    else if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
        snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return text;
}

/* An execution with everything that must be there; `steps` has room for 4. */
struct fixture_execution {
    struct execution_record record;
    struct run_facts run;
    struct execution_step steps[4];
};

__attribute__((unused)) static void fixture_execution(struct fixture_execution *execution,
                                                      const char *code)
{
    static int number;
    static char message_ids[64][32];
    memset(execution, 0, sizeof(*execution));
    struct execution_record *record = &execution->record;
    ulid_new(execution->run.run_id);
    execution->run.notebook = "tour.ipynb";
    execution->run.client = "nbconvert";
    execution->run.user = "alice";
    execution->run.host = "here";
    execution->run.pid = 4711;
    execution->run.started_at = timestamp_now();
    ulid_new(record->execution_id);
    record->run = &execution->run;
    record->cell_key = "cell-1";
    record->cell_name = "first";
    record->kernel_id = "SQL";
    record->code = code;
    record->code_size = strlen(code);
    sha256_hex(code, record->code_size, record->code_hash);
    record->engine = "SQLite";
    record->engine_version = sqlite3_libversion();
    record->target = "store";
    record->state = STATE_RUNNING;
    record->rows = -1;
    record->changes = -1;
    record->client_session = "session-1";
    snprintf(message_ids[number % 64], sizeof(message_ids[0]), "msg-%ld-%d", (long)getpid(),
             number);
    record->msg_id = message_ids[number++ % 64];
    record->user = "alice";
    record->host = "here";
    record->identified_by = "[\"session name\"]";
    record->received_at = timestamp_now();
    record->started_at = timestamp_now();
    record->outputs_complete = true;
    record->steps = execution->steps;
    execution->steps[0] = (struct execution_step){STATE_PENDING, record->received_at, NULL};
    execution->steps[1] = (struct execution_step){STATE_RUNNING, record->started_at, NULL};
    record->step_count = 2;
}

/* Gives it an end. */
__attribute__((unused)) static void fixture_finish(struct fixture_execution *execution,
                                                   enum cell_state state, const char *effect)
{
    struct execution_record *record = &execution->record;
    record->state = state;
    record->effect = effect;
    record->ended_at = timestamp_now();
    execution->steps[record->step_count++] = (struct execution_step){state, record->ended_at, NULL};
}

#endif
