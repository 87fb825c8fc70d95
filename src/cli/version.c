/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version: rscn --version, and with --verbose everything that a report of an error should name.
 */
#include "cli/version.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "base/files.h"
#include "base/json_util.h"
#include "cli/output.h"
#include "cli/programs.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "config.h"
#include "engine/sqlite_engine.h"
#include "store/store.h"
#include "wire/version.h"

static void print_fact(const char *name, const char *text)
{
    AUTO_FREE char *line = xasprintf("%-12s%s", name, text);
    output_indented("", line, strlen(line));
}

/* What the store says, or why it says nothing: no error here. Caller frees. */
static char *store_line(const char *path)
{
    struct error error = ERROR_INIT;
    AUTO_READING reading = READING_INIT;
    if (!path_exists(path))
        return xasprintf("%s (not made yet)", path);
    AUTO_JSON *facts = reading_open_path(&reading, path, &error)
                           ? store_facts(reading.connection, false, &error)
                           : NULL;
    if (!facts)
        return xstrdup(error.message);
    return xasprintf("%s (schema version %lld)", path,
                     (long long)json_member_integer(facts, "schema_version", 0));
}

static void print_store(void)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *directory = working_directory();
    AUTO_FREE char *path = NULL;
    bool is_users;
    bool is_located = store_locate(NULL, directory, &path, &is_users, &error);
    AUTO_FREE char *line = is_located ? store_line(path) : NULL;
    print_fact("store", line ? line : error.message);
}

static void print_all(void)
{
    AUTO_FREE char *program = program_self();
    print_fact("program", program ? program : "not known");
    print_fact("SQLite", sqlite_engine_version());
    print_fact("ZeroMQ", wire_versions());
    print_fact("jansson", jansson_version_str());
    print_fact("libsodium", sodium_version_string());
    print_store();
}

int version_call(int argc, char **argv)
{
    bool is_verbose = false;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--verbose") != 0)
            return report(STATUS_USAGE,
                          "--version: \"%s\" is one argument too many; see \"" PROGRAM_NAME
                          " help\"",
                          argv[i]);
        is_verbose = true;
    }
    output_start(false);
    output_text(PROGRAM_NAME " " PACKAGE_VERSION "\n");
    if (is_verbose)
        print_all();
    return output_finish(STATUS_DONE);
}
