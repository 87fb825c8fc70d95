/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn status: which notebook files differ from the store. Times and sizes are not trusted: the
 * bytes of each file are compared by their SHA-256.
 */
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/json_util.h"
#include "cli/commands.h"
#include "cli/input_pool.h"
#include "cli/listing.h"
#include "cli/present.h"
#include "cli/progress_line.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "store/notebooks.h"

#define JOBS 4

static const struct option options[] = {
    {'a', "all", NULL, "List also what is unchanged or hidden.", false, false, false},
    OPTION_JSON("Print one JSON object per line."),
    OPTION_STORE,
    OPTION_END,
};

/* A notebook that the store has versions of. */
struct known {
    char *name, *path; /* path: of the file as it was taken in; NULL = none */
    int64_t version;
    char sha256[SHA256_HEX_SIZE];
    bool is_hidden; /* by `rscn rm` */
    bool is_seen;   /* its file is there */
};

struct status {
    const struct call *call;
    struct reading reading;
    struct known *known;
    size_t known_count;
    json_t *by_name, *by_path; /* to the index in known */
    json_t *rows;              /* what differs, and with --all what doesn't */
    size_t unchanged, different;
    struct error error;
};

/* --- what the store has ------------------------------------------------------------------------
 */

static bool add_known(void *context, const struct notebook_version *version)
{
    struct status *status = context;
    status->known = xreallocarray(status->known, status->known_count + 1, sizeof(*status->known));
    struct known *known = &status->known[status->known_count++];
    *known = (struct known){.name = xstrdup(version->name),
                            .path = xstrdup_or_null(version->path),
                            .version = version->version,
                            .is_hidden = version->is_removed};
    memcpy(known->sha256, version->sha256, sizeof(known->sha256));
    return true;
}

static void index_known(struct status *status)
{
    for (size_t i = 0; i < status->known_count; i++) {
        const struct known *known = &status->known[i];
        json_object_set_new_nocheck(status->by_name, known->name, json_integer((json_int_t)i));
        if (known->path)
            json_object_set_new_nocheck(status->by_path, known->path, json_integer((json_int_t)i));
    }
}

/* Whose file the path is: of the notebook with that name, else of the one that was last taken from
 * there (it may have been renamed in the store). NULL: of none. */
static struct known *find_known(const struct status *status, const char *path)
{
    AUTO_FREE char *name = path_relative_inside(path, store_directory(status->reading.store));
    const json_t *index = json_object_get(status->by_name, name);
    if (!index)
        index = json_object_get(status->by_path, path);
    return index ? &status->known[json_integer_value(index)] : NULL;
}

/* --- what differs ------------------------------------------------------------------------------
 */

static void add_row(struct status *status, const char *state, const char *name, const char *path,
                    const struct known *known, const char *former)
{
    const bool is_unchanged = strcmp(state, "unchanged") == 0;
    const bool is_different = !is_unchanged && strcmp(state, "hidden") != 0;
    status->unchanged += is_unchanged;
    status->different += is_different;
    if (!is_different && !call_option(status->call, "all"))
        return;
    json_t *row = json_object();
    json_object_set_new(row, "state", json_text_or_null(state));
    json_object_set_new(row, "notebook", json_text_or_null(name));
    json_object_set_new(row, "path", json_text_or_null(path));
    json_object_set_new(row, "version", known ? json_integer(known->version) : json_null());
    json_object_set_new(row, "renamed_from", json_text_or_null(former));
    json_array_append_new(status->rows, row);
}

/* A notebook whose file is gone and had these bytes. */
static struct known *find_gone(const struct status *status, const char *sha256)
{
    for (size_t i = 0; i < status->known_count; i++) {
        struct known *known = &status->known[i];
        if (!known->is_seen && known->path && strcmp(known->sha256, sha256) == 0)
            return known;
    }
    return NULL;
}

static void compare(struct status *status, const struct input_item *item)
{
    const char *path = item->file->path;
    struct known *known = find_known(status, path);
    if (known && known->is_hidden) {
        add_row(status, "hidden", known->name, path, known, NULL);
    } else if (item->is_failed) {
        report(STATUS_NOT_DONE, "%s: %s", item->file->shown, item->error.message);
        add_row(status, "unreadable", known ? known->name : item->input.name, path, known, NULL);
    } else if (known) {
        add_row(status, strcmp(known->sha256, item->input.sha256) == 0 ? "unchanged" : "modified",
                known->name, path, known, NULL);
    } else {
        struct known *gone = find_gone(status, item->input.sha256);
        add_row(status, gone ? "renamed" : "new", item->input.name, path, gone,
                gone ? gone->name : NULL);
        if (gone)
            gone->is_seen = true;
    }
}

/* The files that are there must be known before the first is compared: what is gone may be one of
 * them under another name. */
static void mark_seen(const struct status *status, const struct notebook_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        struct known *known = find_known(status, files->files[i].path);
        if (known)
            known->is_seen = true;
    }
    for (size_t i = 0; i < status->known_count; i++) {
        struct known *known = &status->known[i];
        AUTO_FREE char *path = path_join(store_directory(status->reading.store), known->name);
        known->is_seen = known->is_seen || known->is_hidden || !known->path || path_exists(path) ||
                         path_exists(known->path);
    }
}

static bool compare_files(struct status *status, const struct notebook_files *files)
{
    struct progress_line progress;
    const struct input_pool_options pool_options = {
        .files = files, .store = status->reading.store, .jobs = JOBS, .only_hashed = true};
    struct input_item *item;
    size_t done = 0;
    struct input_pool *pool = input_pool_start(&pool_options, &status->error);
    if (!pool)
        return false;
    progress_line_start(&progress, "comparing", files->count);
    while ((item = input_pool_next(pool, -1))) {
        if (item->is_failed)
            progress_line_hide(&progress);
        compare(status, item);
        progress_line_show(&progress, ++done, item->file->shown);
        input_pool_return(pool, item);
    }
    progress_line_hide(&progress);
    input_pool_free(pool);
    return true;
}

/* --- which files -------------------------------------------------------------------------------
 */

/* Whether the path is the folder or file `place`, or below it. */
static bool is_inside(const char *path, const char *place)
{
    size_t size = strlen(place);
    return strncmp(path, place, size) == 0 &&
           (path[size] == '\0' || path[size] == '/' || strcmp(place, "/") == 0);
}

/* The known notebooks' files below `place` (NULL = anywhere) that the walk does not come to: those
 * that are gone, and those that were named, not found in a folder. */
static void add_known_files(struct status *status, const char *place, char ***paths, size_t *count)
{
    for (size_t i = 0; i < status->known_count; i++) {
        struct known *known = &status->known[i];
        AUTO_FREE char *named = path_join(store_directory(status->reading.store), known->name);
        const char *path = path_exists(named) || !known->path ? named : known->path;
        if (place && !is_inside(path, place))
            continue;
        if (path_exists(path)) {
            *paths = xreallocarray(*paths, *count + 1, sizeof(**paths));
            (*paths)[(*count)++] = xstrdup(path);
        }
    }
}

/* Whether a known notebook's file is or was there or below. */
static bool knows_inside(const struct status *status, const char *place)
{
    for (size_t i = 0; i < status->known_count; i++) {
        const struct known *known = &status->known[i];
        AUTO_FREE char *named = path_join(store_directory(status->reading.store), known->name);
        if (is_inside(named, place) || (known->path && is_inside(known->path, place)))
            return true;
    }
    return false;
}

static void add_missing(struct status *status, const char *place)
{
    for (size_t i = 0; i < status->known_count; i++) {
        const struct known *known = &status->known[i];
        if (!known->is_seen && (!place || is_inside(known->path, place)))
            add_row(status, "missing", known->name, known->path, known, NULL);
    }
}

static int look(struct status *status)
{
    const char *operand = call_operand(status->call, 0);
    AUTO_FREE char *place = operand ? path_resolve(operand) : NULL;
    AUTO_FREE char *data = path_user_data();
    AUTO_FREE char *working = working_directory();
    AUTO_NOTEBOOK_FILES files = {NULL, 0};
    char **paths = xcalloc(1, sizeof(*paths));
    size_t count = 0;
    /* Nobody keeps notebooks beside the user's own store. */
    const char *folder = store_directory(status->reading.store);
    const char *top = operand ? operand : data && strcmp(folder, data) == 0 ? working : folder;
    if (!operand || path_exists(operand) || !knows_inside(status, place))
        paths[count++] = xstrdup(!operand && strcmp(top, working) == 0 ? "." : top);
    add_known_files(status, place, &paths, &count);
    notebook_files_find((const char *const *)paths, count, &files);
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
    mark_seen(status, &files);
    if (!compare_files(status, &files))
        return report_error(&status->error);
    add_missing(status, place);
    return STATUS_DONE;
}

/* --- showing -----------------------------------------------------------------------------------
 */

static const struct listing_column columns[] = {
    {"state", "STATE", false, false},    {"notebook", "NOTEBOOK", false, true},
    {"version", "VERSION", true, false}, {"renamed_from", "RENAMED FROM", false, true},
    {"path", NULL, false, false},
};

static enum output_style state_style(const char *state)
{
    if (strcmp(state, "missing") == 0 || strcmp(state, "unreadable") == 0)
        return STYLE_BAD;
    bool is_same = strcmp(state, "unchanged") == 0 || strcmp(state, "hidden") == 0;
    return is_same ? STYLE_PLAIN : STYLE_NOTE;
}

static void show_rows(const struct status *status)
{
    struct listing *listing = listing_new(columns, ARRAY_SIZE(columns));
    size_t index;
    json_t *row;
    json_array_foreach(status->rows, index, row)
    {
        for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
            AUTO_FREE char *text = present_member(row, columns[i].key);
            listing_add(listing, text, i == 0 ? state_style(text) : STYLE_PLAIN);
        }
        if (!listing_end_row(listing))
            break;
    }
    listing_finish(listing, "nothing differs");
    if (output_is_terminal())
        output_format("%zu unchanged\n", status->unchanged);
}

static void show(const struct status *status)
{
    size_t index;
    json_t *row;
    if (!call_option(status->call, "json")) {
        show_rows(status);
        return;
    }
    json_array_foreach(status->rows, index, row) output_json(row);
}

static void status_release(struct status *status)
{
    for (size_t i = 0; i < status->known_count; i++) {
        free(status->known[i].name);
        free(status->known[i].path);
    }
    free(status->known);
    json_decref(status->by_name);
    json_decref(status->by_path);
    json_decref(status->rows);
    reading_close(&status->reading);
}

static int run(const struct call *call)
{
    struct status status = {.call = call,
                            .reading = READING_INIT,
                            .by_name = json_object(),
                            .by_path = json_object(),
                            .rows = json_array(),
                            .error = ERROR_INIT};
    int ended = reading_open(&status.reading, call);
    if (ended == STATUS_DONE) {
        struct error error = ERROR_INIT;
        output_start(true);
        if (!store_newest_versions(status.reading.connection, add_known, &status, &error))
            ended = report_error(&error);
    }
    if (ended == STATUS_DONE) {
        index_known(&status);
        ended = look(&status);
        if (ended == STATUS_DONE)
            show(&status);
        if (ended == STATUS_DONE && status.different > 0)
            ended = STATUS_NOT_DONE;
        ended = output_finish(ended);
    }
    status_release(&status);
    return ended;
}

const struct command command_status = {
    .name = "status",
    .operands = "[PATH]",
    .most_operands = 1,
    .summary = "say which notebook files differ from the store",
    .description =
        "Compares the bytes of notebook files with the newest versions in the store: those of all "
        "notebooks that the store knows, and every `*.ipynb` in the store's folder and below it "
        "(in the working directory, when the store is the user's own). With a PATH only that file, "
        "or what is in that folder. Each that differs is\n"
        "`modified`\tthe file has other bytes than the newest version;\n"
        "`new`\tthe store has no version of it;\n"
        "`renamed`\tnew, with the bytes of a notebook whose file is gone;\n"
        "`missing`\tits file is gone;\n"
        "`unreadable`\tits file can't be read.\n"
        "A notebook that `rscn rm` has hidden is no difference, whatever its file holds; --all lists "
        "it as `hidden`.\n"
        "`rscn import` takes in what is modified, new or renamed. Nothing is changed by looking.\n",
    .examples = "  rscn status\n"
                "  rscn status reports --json\n",
    .statuses = "`1`\tSomething differs.\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
