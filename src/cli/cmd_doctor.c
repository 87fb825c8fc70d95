/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn doctor: what is wrong and how to mend it.
 */
#define _GNU_SOURCE /* F_OFD_GETLK */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_util.h"
#include "cli/commands.h"
#include "cli/kernelspec.h"
#include "cli/listing.h"
#include "cli/present.h"
#include "cli/programs.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "config.h"
#include "engine/sqlite_engine.h"
#include "store/notebooks.h"

/* The first SQLite without the race of K-6. */
#define SOUND_SQLITE 3051003

static const struct option options[] = {
    OPTION_STORE,
    OPTION_END,
};

static const struct listing_column columns[] = {
    {"finding", NULL, false, false},
    {"subject", NULL, false, false},
    {"what", NULL, false, false},
    {"what_to_do", NULL, false, false},
};

enum finding { FINDING_OK, FINDING_NOTE, FINDING_WRONG };

struct doctor {
    struct listing *listing; /* in a pipe */
    size_t wrong;
};

static void say_on_terminal(enum finding finding, const char *word, const char *subject,
                            const char *what, const char *remedy)
{
    static const enum output_style styles[] = {STYLE_GOOD, STYLE_NOTE, STYLE_BAD};
    output_style(styles[finding]);
    output_format("%-6s", word);
    output_style(STYLE_PLAIN);
    AUTO_FREE char *line = xasprintf("%-11s %s", subject, what);
    output_indented(" ", line, strlen(line));
    if (remedy)
        output_indented("                   -> ", remedy, strlen(remedy));
}

/* remedy may be NULL. */
static void say(struct doctor *doctor, enum finding finding, const char *subject,
                const char *remedy, const char *format, ...) PRINTF_LIKE(5, 6);
static void say(struct doctor *doctor, enum finding finding, const char *subject,
                const char *remedy, const char *format, ...)
{
    static const char *const words[] = {"ok", "note", "wrong"};
    AUTO_STRBUF what = STRBUF_INIT;
    va_list arguments;
    va_start(arguments, format);
    strbuf_vaddf(&what, format, arguments);
    va_end(arguments);
    doctor->wrong += finding == FINDING_WRONG;
    if (!doctor->listing) {
        say_on_terminal(finding, words[finding], subject, strbuf_text(&what), remedy);
        return;
    }
    listing_add(doctor->listing, words[finding], STYLE_PLAIN);
    listing_add(doctor->listing, subject, STYLE_PLAIN);
    listing_add(doctor->listing, strbuf_text(&what), STYLE_PLAIN);
    listing_add(doctor->listing, remedy, STYLE_PLAIN);
    listing_end_row(doctor->listing);
}

/* --- SQLite ----------------------------------------------------------------------------------- */

static void check_sqlite(struct doctor *doctor)
{
    const char *version = sqlite_engine_version();
    long major = 0, minor = 0, patch = 0;
    if (sscanf(version, "%ld.%ld.%ld", &major, &minor, &patch) < 2)
        say(doctor, FINDING_NOTE, "sqlite", NULL, "version %s is not understood", version);
    else if (major * 1000000 + minor * 1000 + patch >= SOUND_SQLITE)
        say(doctor, FINDING_OK, "sqlite", NULL, "version %s", version);
    else
        say(doctor, FINDING_NOTE, "sqlite",
            "write to the store with other programs only while no kernel runs, or use SQLite "
            "3.51.3 or newer",
            "version %s has a rare error when two programs write one database in WAL mode at the "
            "same moment; kernels of rscn take turns and are safe from it, other programs are not",
            version);
}

/* --- the store -------------------------------------------------------------------------------- */

static void check_permissions(struct doctor *doctor, const char *path)
{
    struct stat file;
    AUTO_FREE char *directory = path_directory(path);
    if (stat(path, &file) < 0) {
        say(doctor, FINDING_WRONG, "store", "give yourself permission to it", "%s: %s", path,
            strerror(errno));
        return;
    }
    if (file.st_mode & 07)
        say(doctor, FINDING_NOTE, "permissions", "chmod o-rwx if the record is not for everybody",
            "%s: every user of this machine may %s it", path, file.st_mode & 02 ? "write" : "read");
    else if (access(path, W_OK) == 0 && access(directory, W_OK) == 0)
        say(doctor, FINDING_OK, "permissions", NULL, "mode %04o, owner %lu", file.st_mode & 07777u,
            (unsigned long)file.st_uid);
    if (access(path, W_OK) < 0 || access(directory, W_OK) < 0)
        say(doctor, FINDING_NOTE, "permissions",
            "give yourself write permission to the file and its folder to run cells",
            "%s: the record can be read but not written: %s", path, strerror(errno));
}

static void check_network(struct doctor *doctor, const char *path)
{
    const char *name = NULL;
    if (path_is_on_network(path, &name))
        say(doctor, FINDING_WRONG, "file system", "move the store to a disk of this machine",
            "%s: on a %s file system SQLite cannot lock safely", path, name);
    else
        say(doctor, FINDING_OK, "file system", NULL, "local");
}

static void check_facts(struct doctor *doctor, const struct reading *reading)
{
    struct error error = ERROR_INIT;
    AUTO_JSON *facts = store_facts(reading->connection, true, &error);
    if (!facts) {
        say(doctor, FINDING_WRONG, "integrity", NULL, "%s", error.message);
        return;
    }
    AUTO_FREE char *size = present_size(json_member_integer(facts, "size_bytes", 0));
    AUTO_FREE char *wal = present_size(json_member_integer(facts, "wal_bytes", 0));
    AUTO_FREE char *executions = present_member(facts, "executions");
    AUTO_FREE char *notebooks = present_member(facts, "notebooks");
    AUTO_FREE char *schema = present_member(facts, "schema_version");
    const char *generation = json_member_text(facts, "generation", "rscn");
    const char *changed = json_member_text(facts, "schema_changed", NULL);
    const char *integrity = json_member_text(facts, "integrity", "not checked");
    const char *journal = json_member_text(facts, "journal_mode", "");
    say(doctor, FINDING_OK, "record", NULL, "%s executions of %s notebooks; %s, write-ahead log %s",
        executions, notebooks, size, wal);
    say(doctor, FINDING_OK, "schema", NULL, "version %s%s%s", schema,
        strcmp(generation, "rscn") == 0 ? "" : "; RSCN tables made by another tool: ",
        strcmp(generation, "rscn") == 0 ? "" : generation);
    if (changed)
        say(doctor, FINDING_NOTE, "schema", NULL,
            "file %s was applied by a program that had another text of it", changed);
    if (strcmp(integrity, "ok") == 0)
        say(doctor, FINDING_OK, "integrity", NULL, "quick check passed");
    else
        say(doctor, FINDING_WRONG, "integrity",
            "copy the file with its -wal away now; \"sqlite3 FILE .recover\" saves what can be "
            "read",
            "%s", integrity);
    if (strcmp(journal, "wal") == 0)
        say(doctor, FINDING_OK, "journal", NULL, "wal");
    else
        say(doctor, FINDING_NOTE, "journal", NULL,
            "%s; the first kernel that writes switches the file to wal", journal);
}

static void check_notebooks(struct doctor *doctor, const struct reading *reading)
{
    struct error error = ERROR_INIT;
    int64_t checked, damaged;
    if (!store_check_bytes(reading->connection, &checked, &damaged, &error))
        say(doctor, FINDING_WRONG, "notebooks", NULL, "%s", error.message);
    else if (damaged > 0)
        say(doctor, FINDING_WRONG, "notebooks",
            "take the store from a backup; \"" PROGRAM_NAME
            " export\" gives those notebooks that are whole",
            "%lld of %lld kept texts and outputs of notebook files are not what was taken in",
            (long long)damaged, (long long)checked);
    else
        say(doctor, FINDING_OK, "notebooks", NULL,
            "the bytes of notebook files are those that were taken in");
}

/* True when nobody holds a lock on the file: its kernel is dead. */
static bool is_left_behind(const char *path)
{
    AUTO_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return descriptor >= 0 && fcntl(descriptor, F_OFD_GETLK, &range) == 0 &&
           range.l_type == F_UNLCK;
}

/* Opening the store takes in what dead kernels left; what is still there could not be. */
static void check_inflight(struct doctor *doctor, const char *store_file)
{
    AUTO_FREE char *folder = xasprintf("%s-run", store_file);
    DIR *directory = opendir(folder);
    size_t left = 0, living = 0;
    if (!directory && errno != ENOENT) {
        say(doctor, FINDING_WRONG, "in flight", "give yourself permission to it", "%s: %s", folder,
            strerror(errno));
        return;
    }
    for (struct dirent *entry = directory ? readdir(directory) : NULL; entry;
         entry = readdir(directory)) {
        if (entry->d_name[0] == '.')
            continue;
        AUTO_FREE char *path = path_join(folder, entry->d_name);
        if (is_left_behind(path))
            left++;
        else
            living++;
    }
    if (directory)
        closedir(directory);
    if (left > 0)
        say(doctor, FINDING_WRONG, "in flight",
            "run any command as the store's owner where it can be written; RSCN_LOG=info says more",
            "%s: %zu file(s) of kernels that died could not be taken into the record", folder,
            left);
    else
        say(doctor, FINDING_OK, "in flight", NULL, "%zu kernel(s) at work, nothing left behind",
            living);
}

static void check_store(struct doctor *doctor, const struct call *call)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *directory = working_directory();
    AUTO_FREE char *path = NULL;
    bool is_users;
    if (!store_locate(call_option(call, "store"), directory, &path, &is_users, &error)) {
        say(doctor, FINDING_WRONG, "store", NULL, "%s", error.message);
        return;
    }
    if (is_users && !path_exists(path)) {
        say(doctor, FINDING_NOTE, "store", "\"rscn init\" makes one for this folder",
            "%s: not made yet; the first cell that runs makes it", path);
        return;
    }
    check_network(doctor, path);
    AUTO_READING reading = READING_INIT;
    if (!reading_open_path(&reading, path, &error)) {
        say(doctor, FINDING_WRONG, "store", NULL, "%s", error.message);
        return;
    }
    const char *notice = store_notice(reading.store);
    say(doctor, FINDING_OK, "store", NULL, "%s%s%s", store_path(reading.store), notice ? "; " : "",
        notice ? notice : "");
    check_permissions(doctor, store_path(reading.store));
    check_facts(doctor, &reading);
    check_notebooks(doctor, &reading);
    check_inflight(doctor, store_path(reading.store));
}

/* --- Jupyter ---------------------------------------------------------------------------------- */

static void check_program(struct doctor *doctor, const char *folder, const char *program)
{
    AUTO_FREE char *self = program_self();
    AUTO_STRBUF version = STRBUF_MAX(4096);
    if (program[0] != '/') {
        say(doctor, FINDING_NOTE, "kernel", NULL, "%s: starts %s, wherever that is", folder,
            program);
        return;
    }
    if (!program_is_executable(program)) {
        say(doctor, FINDING_WRONG, "kernel", "\"rscn install\" again, or \"rscn uninstall\"",
            "%s: its program %s is not there", folder, program);
        return;
    }
    AUTO_FREE char *real = path_resolve(program);
    if (self && strcmp(real, self) == 0) {
        say(doctor, FINDING_OK, "kernel", NULL, "%s: this program", folder);
        return;
    }
    bool has_version = program_output(program, "--version", &version);
    AUTO_FREE char *said = xstrndup(strbuf_text(&version), strcspn(strbuf_text(&version), "\n"));
    if (has_version && strcmp(said, PROGRAM_NAME " " PACKAGE_VERSION) == 0)
        say(doctor, FINDING_OK, "kernel", NULL, "%s: %s, the same version as this program", folder,
            program);
    else
        say(doctor, FINDING_WRONG, "kernel", "\"rscn install\" with the program that you mean",
            "%s: %s %s%s; this program is " PROGRAM_NAME " " PACKAGE_VERSION, folder, program,
            has_version ? "is " : "does not say its version", has_version ? said : "");
}

/* Checks the kernels of ours in one folder `kernels`. Returns how many there are. */
static size_t check_place(struct doctor *doctor, const char *place)
{
    size_t count = 0;
    struct dirent **entries = NULL;
    int entry_count = scandir(place, &entries, NULL, alphasort);
    for (int i = 0; i < entry_count; i++) {
        AUTO_FREE char *folder = path_join(place, entries[i]->d_name);
        AUTO_FREE char *program = NULL;
        if (entries[i]->d_name[0] != '.' && kernelspec_look(folder, &program) == KERNELSPEC_OURS) {
            check_program(doctor, folder, program);
            count++;
        }
        free(entries[i]);
    }
    free(entries);
    return count;
}

static void check_jupyter(struct doctor *doctor)
{
    AUTO_FREE char *jupyter = program_find("jupyter");
    char **places = kernelspec_places();
    size_t count = 0;
    for (size_t i = 0; places[i]; i++)
        count += check_place(doctor, places[i]);
    kernelspec_places_free(places);
    if (count == 0)
        say(doctor, FINDING_WRONG, "kernel", "rscn install --user",
            "no kernel of ours is installed where Jupyter looks");
    if (jupyter)
        say(doctor, FINDING_OK, "jupyter", NULL, "%s", jupyter);
    else
        say(doctor, FINDING_NOTE, "jupyter",
            "activate its environment, or install it: pip install jupyterlab",
            "no program jupyter in PATH");
}

static int run(const struct call *call)
{
    struct doctor doctor = {0};
    output_start(false);
    if (!output_is_terminal())
        doctor.listing = listing_new(columns, ARRAY_SIZE(columns));
    AUTO_FREE char *self = program_self();
    say(&doctor, FINDING_OK, "program", NULL, PROGRAM_NAME " " PACKAGE_VERSION ", %s",
        self ? self : "place not known");
    check_sqlite(&doctor);
    check_store(&doctor, call);
    check_jupyter(&doctor);
    if (doctor.listing)
        listing_finish(doctor.listing, "");
    return output_finish(doctor.wrong > 0 ? STATUS_NOT_DONE : STATUS_DONE);
}

const struct command command_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "say what is wrong and how to mend it",
    .description =
        "Checks SQLite, the store (file system, permissions, schema, integrity, what killed "
        "kernels left behind) and the kernels that Jupyter would find, and says for each what is "
        "`ok`, worth a `note` or `wrong`, and what to do. Changes nothing, except that opening the "
        "store takes in what killed kernels left behind.\n",
    .statuses = "`1`\tSomething is wrong, the store included.\n",
    .options = options,
    .run = run,
};
