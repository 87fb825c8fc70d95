/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading: opening the store for looking, and the names of the command line.
 */
#include "cli/reading.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "cli/report.h"

/* Digits of a version number: what fits without overflow. */
#define MOST_VERSION_DIGITS 9

char *working_directory(void)
{
    char path[PATH_MAX];
    return xstrdup(getcwd(path, sizeof(path)) ? path : "/");
}

bool reading_open_path(struct reading *reading, const char *path, struct error *error)
{
    reading->store = store_open(path, STORE_READ, error);
    if (!reading->store)
        return false;
    reading->connection = store_connect(reading->store, error);
    return reading->connection != NULL;
}

bool reading_locate(const struct call *call, char **ret_path, bool *ret_is_users,
                    struct error *error)
{
    AUTO_FREE char *directory = working_directory();
    return store_locate(call_option(call, "store"), directory, ret_path, ret_is_users, error);
}

void reading_say_notice(const struct reading *reading)
{
    const char *notice = store_notice(reading->store);
    if (notice)
        log_info("%s", notice);
}

int reading_open(struct reading *reading, const struct call *call)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *path = NULL;
    bool is_users;
    if (!reading_locate(call, &path, &is_users, &error))
        return report_store_error(&error);
    if (is_users && !path_exists(path))
        return report(STATUS_STORE,
                      "%s: no store yet; \"" PROGRAM_NAME
                      " init\" makes one for this folder, the first cell that runs makes this one",
                      path);
    if (!reading_open_path(reading, path, &error))
        return report_store_error(&error);
    reading_say_notice(reading);
    return STATUS_DONE;
}

void reading_close(struct reading *reading)
{
    store_disconnect(reading->connection);
    store_close(reading->store);
    reading->connection = NULL;
    reading->store = NULL;
}

int reading_notebook(const struct reading *reading, const char *text, char **ret_name)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *directory = working_directory();
    if (!store_resolve_notebook(reading->connection, text, directory, ret_name, &error))
        return report_error(&error);
    return STATUS_DONE;
}

int reading_notebook_version(const struct reading *reading, const char *text, char **ret_name,
                             int64_t *ret_version)
{
    AUTO_FREE char *directory = working_directory();
    AUTO_FREE char *notebook = NULL;
    split_version(text, &notebook, ret_version);
    if (*ret_version > 0 &&
        store_resolve_notebook(reading->connection, text, directory, ret_name, NULL)) {
        *ret_version = 0;
        return STATUS_DONE;
    }
    return reading_notebook(reading, notebook, ret_name);
}

void split_version(const char *text, char **ret_cell, int64_t *ret_version)
{
    const char *at = strrchr(text, '@');
    size_t digits = at ? strspn(at + 1, "0123456789") : 0;
    if (!at || at == text || digits == 0 || digits > MOST_VERSION_DIGITS || at[1 + digits] ||
        at[1] == '0') {
        *ret_cell = xstrdup(text);
        *ret_version = 0;
        return;
    }
    *ret_cell = xstrndup(text, (size_t)(at - text));
    *ret_version = strtoll(at + 1, NULL, 10);
}
