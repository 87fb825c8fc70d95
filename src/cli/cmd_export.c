/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn export: notebooks as files: as they came, with the outputs from the record, or as scripts.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/unique_names.h"
#include "cli/commands.h"
#include "cli/file_out.h"
#include "cli/notebook_input.h"
#include "cli/output.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "store/export.h"

static const struct option options[] = {
    {'o', "output", "FILE",
     "Write to this file, or into this folder when it is one or ends in `/`; to standard output if "
     "not given, or if it is `-`. Folders that are missing are made.",
     false, false, false},
    {0, "at", "TIME",
     "The version that was the newest then, and recorded outputs up to then: a date or a time like "
     "`2026-01-31 08:00` (local time without a zone), `10m`, `2h`, `3d` or `1w` ago, `yesterday`.",
     false, false, false},
    {0, "outputs", "WHICH",
     "`original`: those of the file (default); `recorded`: of each code cell that ran with exactly "
     "its text those of the last time; `none`.",
     false, false, false},
    {0, "canonical", NULL, "Write as nbformat writes, also where nothing else is changed.", false,
     false, false},
    {0, "to", "FORM",
     "`ipynb` (default); `py` or `sql`: a script with cells between `# %%` or `-- %%` lines, which "
     "jupytext and editors know.",
     false, false, false},
    {0, "force", NULL, "Write over a file that the store does not have.", false, false, false},
    OPTION_STORE,
    OPTION_END,
};

struct exporting {
    const struct call *call;
    struct reading reading;
    struct export_request request;
    const char *output; /* NULL = standard output */
    bool into_folder;   /* output is a folder */
    struct store_files store_files;
    struct unique_names *targets;
    size_t written, unchanged, failed;
};

/* --- options ---------------------------------------------------------------------------------- */

static int parse_form(struct exporting *exporting)
{
    const char *form = call_option(exporting->call, "to");
    struct export_request *request = &exporting->request;
    if (!form || strcmp(form, "ipynb") == 0)
        return STATUS_DONE;
    request->is_script = true;
    if (strcmp(form, "py") == 0)
        request->language = PERCENT_PYTHON;
    else if (strcmp(form, "sql") == 0)
        request->language = PERCENT_SQL;
    else
        return report_usage(exporting->call->command, "--to %s is none of ipynb, py, sql", form);
    if (call_option(exporting->call, "outputs") || call_option(exporting->call, "canonical"))
        return report_usage(
            exporting->call->command,
            "a script has no outputs and one form: --outputs and --canonical do not "
            "go with --to %s",
            form);
    return STATUS_DONE;
}

static int parse_outputs(struct exporting *exporting)
{
    static const char *const words[] = {
        [EXPORT_ORIGINAL] = "original", [EXPORT_RECORDED] = "recorded", [EXPORT_NONE] = "none"};
    const char *which = call_option(exporting->call, "outputs");
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!which || strcmp(which, words[i]) == 0) {
            exporting->request.outputs = (enum export_outputs)i;
            return STATUS_DONE;
        }
    }
    return report_usage(exporting->call->command,
                        "--outputs %s is none of original, recorded, none", which);
}

static int parse_options(struct exporting *exporting)
{
    const struct call *call = exporting->call;
    struct error error = ERROR_INIT;
    const char *at = call_option(call, "at");
    if (at && !timestamp_parse_since(at, timestamp_now(), &exporting->request.until, &error))
        return report_usage(call->command, "--at %s", error.message);
    exporting->request.canonical = call_option(call, "canonical") != NULL;
    int status = parse_outputs(exporting);
    return status == STATUS_DONE ? parse_form(exporting) : status;
}

/* --- one notebook ----------------------------------------------------------------------------- */

/* What a notebook holds is no fault of the store's. */
static int fail(struct exporting *exporting, const struct error *error)
{
    exporting->failed++;
    bool is_notebooks = error->code == ERROR_UNSUPPORTED || error->code == ERROR_INVALID;
    return is_notebooks ? report(STATUS_NOT_DONE, "%s", error->message) : report_error(error);
}

/* What is there must be what the store can give again. */
static bool may_replace(struct exporting *exporting, const char *path, const struct strbuf *present,
                        struct error *error)
{
    bool is_ours;
    if (call_option(exporting->call, "force"))
        return true;
    if (!store_is_export(exporting->reading.connection, &exporting->request, strbuf_text(present),
                         present->size, &is_ours, error))
        return false;
    return is_ours || error_set(error, ERROR_EXISTS,
                                "%s: holds no version of the notebook: it has changed since it was "
                                "imported, or is another file; import it first or use --force",
                                path);
}

static int write_file(struct exporting *exporting, const char *path, const struct strbuf *text)
{
    struct error error = ERROR_INIT;
    AUTO_STRBUF present = STRBUF_INIT;
    bool is_there = false;
    if (store_files_have(&exporting->store_files, path)) {
        exporting->failed++;
        return report(STATUS_NOT_DONE, "%s: is the store itself; write to another file", path);
    }
    if (!file_out_is_stream(path) && !file_out_read(path, &present, &is_there, &error)) {
        exporting->failed++;
        return report(STATUS_NOT_DONE, "%s", error.message);
    }
    if (is_there && present.size == text->size &&
        memcmp(strbuf_text(&present), strbuf_text(text), text->size) == 0) {
        exporting->unchanged++;
        return STATUS_DONE;
    }
    if ((is_there && !may_replace(exporting, path, &present, &error)) ||
        !file_out_write(path, text, &error)) {
        exporting->failed++;
        return report(STATUS_NOT_DONE, "%s", error.message);
    }
    exporting->written++;
    return STATUS_DONE;
}

static int make_text(struct exporting *exporting, int64_t version, struct strbuf *ret_text)
{
    struct error error = ERROR_INIT;
    struct export_request *request = &exporting->request;
    struct store_connection *connection = exporting->reading.connection;
    request->version = version;
    request->with_unsaved = version == 0;
    if (version == 0 && request->until != 0 &&
        !store_version_at(connection, request->key, request->until, &request->version, &error))
        return fail(exporting, &error);
    if (!store_export(connection, request, ret_text, &error))
        return fail(exporting, &error);
    return STATUS_DONE;
}

/* Says when the notebook's file is not what the newest version has. `path`: the file just written,
 * or NULL. */
static void warn_of_changed_file(const struct exporting *exporting,
                                 const struct notebook_version *newest, const char *path)
{
    const char *directory = store_directory(exporting->reading.store);
    AUTO_FREE char *named = path_join(directory, newest->name);
    AUTO_FREE char *written = path ? path_resolve(path) : NULL;
    AUTO_NOTEBOOK_INPUT file = NOTEBOOK_INPUT_INIT;
    if (!newest->path)
        return;
    file.name = xstrdup(newest->name);
    file.path = path_resolve(path_exists(named) ? named : newest->path);
    if ((written && strcmp(written, file.path) == 0) || !path_is_file(file.path) ||
        !notebook_input_read(&file, &exporting->store_files, NULL) ||
        !notebook_input_convert(&file, exporting->reading.connection, NULL) ||
        strcmp(file.sha256, newest->sha256) == 0)
        return;
    report(STATUS_DONE,
           "%s: its file has changed since version %" PRId64
           " was taken in; rscn import takes it in",
           newest->name, newest->version);
}

/* Says what the newest version lacks of what the notebook is by now. */
static void warn_of_newer(const struct exporting *exporting, const char *key, const char *path)
{
    struct notebook_version newest;
    struct store_connection *connection = exporting->reading.connection;
    int64_t cells = 0, here = 0;
    if (!store_version(connection, key, 0, &newest, NULL))
        return;
    warn_of_changed_file(exporting, &newest, path);
    if (exporting->request.outputs == EXPORT_RECORDED &&
        store_count_unsaved(connection, key, newest.created_at, &cells, &here, NULL)) {
        if (here > 0)
            report(STATUS_DONE,
                   "%s: in %" PRId64 " cell%s a text ran last that no version has: it is put in "
                   "with its outputs; name version %" PRId64 " to get the saved text",
                   newest.name, here, here == 1 ? "" : "s", newest.version);
        if (cells > here)
            report(STATUS_DONE,
                   "%s: %" PRId64 " cell%s ran that %s in no version, so the outputs have no place "
                   "here; rscn log %s lists what ran, rscn show shows it",
                   newest.name, cells - here, cells - here == 1 ? "" : "s",
                   cells - here == 1 ? "was" : "were", newest.name);
    }
    notebook_version_release(&newest);
}

static int export_one(struct exporting *exporting, const char *key, int64_t version,
                      const char *path)
{
    AUTO_STRBUF text = STRBUF_INIT;
    exporting->request.key = key;
    int status = make_text(exporting, version, &text);
    if (status == STATUS_DONE && path)
        status = write_file(exporting, path, &text);
    else if (status == STATUS_DONE && output_is_terminal())
        output_stored(strbuf_text(&text), text.size);
    else if (status == STATUS_DONE)
        output_bytes(strbuf_text(&text), text.size);
    if (status == STATUS_DONE && version == 0 && exporting->request.until == 0)
        warn_of_newer(exporting, key, path);
    return status;
}

/* --- names of files --------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size > end_size && strcmp(text + size - end_size, end) == 0;
}

/* The notebook's file name with the end that the form has. Caller frees. */
static char *file_name(const struct exporting *exporting, const char *name)
{
    static const char *const ends[] = {".ipynb", ".py", ".sql"};
    const char *wanted =
        exporting->request.is_script ? percent_extension(exporting->request.language) : ".ipynb";
    size_t size = strlen(name);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        if (ends_with(name, ends[i])) {
            size -= strlen(ends[i]);
            break;
        }
    }
    return xasprintf("%.*s%s", (int)size, name, wanted);
}

/* A name from a store must not lead out of the folder that was named. */
static bool leads_out(const char *name)
{
    for (const char *at = name; *at;) {
        size_t size = strcspn(at, "/");
        if (size == 2 && strncmp(at, "..", 2) == 0)
            return true;
        at += size;
        at += *at == '/';
    }
    return name[0] == '/' || name[0] == '\0';
}

/* Exports into the output's folder under `name`. */
static int export_into(struct exporting *exporting, const char *key, int64_t version,
                       const char *name)
{
    AUTO_FREE char *file = file_name(exporting, name);
    AUTO_FREE char *unique = unique_names_add(exporting->targets, file, strlen(file));
    AUTO_FREE char *path = path_join(exporting->output, file);
    if (leads_out(name) || strcmp(unique, file) != 0) {
        exporting->failed++;
        return leads_out(name)
                   ? report(STATUS_NOT_DONE,
                            "%s: its name leads out of the folder; export it with -o FILE", name)
                   : report(STATUS_NOT_DONE,
                            "%s: %s was written already, of another notebook or version; export it "
                            "with -o FILE",
                            name, file);
    }
    return export_one(exporting, key, version, path);
}

/* --- operands --------------------------------------------------------------------------------- */

struct folder {
    struct exporting *exporting;
    char *path; /* absolute */
    int status;
    size_t found;
};

/* The path from the folder of a notebook in it; NULL: it is not there. Caller frees. */
static char *inside_folder(const struct folder *folder, const char *name)
{
    const char *directory = store_directory(folder->exporting->reading.store);
    AUTO_FREE char *path = path_join(directory, name);
    char *inside = path_relative_inside(path, folder->path);
    if (inside[0] != '/' && strcmp(inside, ".") != 0)
        return inside;
    free(inside);
    return NULL;
}

static bool find_in_folder(void *context, const char *key, const char *name)
{
    struct folder *folder = context;
    AUTO_FREE char *inside = inside_folder(folder, name);
    (void)key;
    folder->found += inside != NULL;
    return folder->found == 0;
}

/* Whether the operand is a folder, or was one: a folder that is gone is what one wants to have
 * back. */
static bool names_folder(struct exporting *exporting, const char *operand)
{
    if (ends_with(operand, "/") || path_is_directory(operand))
        return true;
    if (path_exists(operand))
        return false;
    struct folder folder = {exporting, path_resolve(operand), STATUS_DONE, 0};
    bool is_read = store_exportable(exporting->reading.connection, find_in_folder, &folder, NULL);
    free(folder.path);
    return is_read && folder.found > 0;
}

static bool export_in_folder(void *context, const char *key, const char *name)
{
    struct folder *folder = context;
    AUTO_FREE char *inside = inside_folder(folder, name);
    if (!inside)
        return true;
    folder->found++;
    int status = export_into(folder->exporting, key, 0, inside);
    if (status > folder->status)
        folder->status = status;
    return true;
}

static int export_folder(struct exporting *exporting, const char *operand)
{
    struct error error = ERROR_INIT;
    struct folder folder = {exporting, path_resolve(operand), STATUS_DONE, 0};
    bool is_done =
        store_exportable(exporting->reading.connection, export_in_folder, &folder, &error);
    free(folder.path);
    if (!is_done)
        return report_error(&error);
    if (folder.found == 0) {
        exporting->failed++;
        return report(STATUS_NOT_DONE, "%s: the store has no version of a notebook in this folder",
                      operand);
    }
    return folder.status;
}

static int export_notebook(struct exporting *exporting, const char *operand)
{
    AUTO_FREE char *key = NULL;
    int64_t version;
    int status = reading_notebook_version(&exporting->reading, operand, &key, &version);
    if (status != STATUS_DONE) {
        exporting->failed++;
        return status;
    }
    AUTO_FREE char *name = store_notebook_name(exporting->reading.connection, key);
    if (!exporting->into_folder)
        return export_one(exporting, key, version, exporting->output);
    AUTO_FREE char *base = path_base(name);
    return export_into(exporting, key, version, base);
}

static int export_all(struct exporting *exporting)
{
    const struct call *call = exporting->call;
    int result = STATUS_DONE;
    for (size_t i = 0; i < call->operand_count; i++) {
        const char *operand = call_operand(call, i);
        int status = names_folder(exporting, operand) ? export_folder(exporting, operand)
                                                      : export_notebook(exporting, operand);
        if (status > result)
            result = status;
    }
    if (exporting->into_folder)
        output_format("%zu written, %zu unchanged, %zu failed\n", exporting->written,
                      exporting->unchanged, exporting->failed);
    return result;
}

static int find_output(struct exporting *exporting)
{
    const struct call *call = exporting->call;
    bool has_folder = false;
    for (size_t i = 0; i < call->operand_count; i++)
        has_folder = has_folder || names_folder(exporting, call_operand(call, i));
    bool is_many = has_folder || call->operand_count > 1;
    exporting->output = call_option(call, "output");
    if (exporting->output && strcmp(exporting->output, "-") == 0)
        exporting->output = NULL;
    if (is_many && !exporting->output)
        return report_usage(call->command, "several notebooks need a folder: -o FOLDER/");
    if (exporting->output && !*exporting->output)
        return report_usage(call->command, "-o needs the name of a file or a folder");
    exporting->into_folder = exporting->output && (is_many || ends_with(exporting->output, "/") ||
                                                   path_is_directory(exporting->output));
    if (exporting->into_folder && path_exists(exporting->output) &&
        !path_is_directory(exporting->output))
        return report_usage(call->command, "%s is no folder; several notebooks need one",
                            exporting->output);
    return STATUS_DONE;
}

static int run(const struct call *call)
{
    struct exporting exporting = {.call = call, .reading = READING_INIT};
    int status = parse_options(&exporting);
    if (status == STATUS_DONE)
        status = reading_open(&exporting.reading, call);
    if (status == STATUS_DONE)
        status = find_output(&exporting);
    if (status == STATUS_DONE) {
        output_start(exporting.output == NULL);
        store_files_find(exporting.reading.store, &exporting.store_files);
        exporting.targets = unique_names_new(false);
        status = output_finish(export_all(&exporting));
        unique_names_free(exporting.targets);
    }
    reading_close(&exporting.reading);
    return status;
}

const struct command command_export = {
    .name = "export",
    .operands = "NOTEBOOK[@V]|FOLDER...",
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .summary = "write notebooks out of the store as files",
    .description =
        "Writes the newest version of a notebook, or its version V, to standard output or to a "
        "file: byte for byte as it came, unless something else is asked for. Of a FOLDER, which "
        "need not exist any more, writes all notebooks that the store has in it and below it, with "
        "their paths from there, into the folder that -o names; of several notebooks each under "
        "its base name.\n"
        "With `--outputs recorded` each code cell that ran here with exactly its present text gets "
        "the outputs and the count of its last execution, so that what ran after the browser was "
        "closed is there; a cell that never ran here keeps what it had. A text that ran since "
        "the newest version and was never saved, because the tab was closed, is put in with its "
        "outputs unless a version is named. A cell that was never saved has no place: `rscn log`, "
        "`rscn show` and `rscn grep` have it. Standard error tells of such texts and cells, and of "
        "a file that has changed since its newest version. With `--outputs none` outputs and counts "
        "are gone and the metadata is as it was. A notebook that this changes is written as "
        "nbformat writes, one of version 3 as version 4.5 with the same cell ids at every export; "
        "one that it does not change stays as it came.\n"
        "A script has the cells, their metadata, the kernel, and `#!` and encoding lines; `rscn "
        "import` reads it. Further settings of jupytext in a header are not kept. What jupytext "
        "would read as another cell is refused; one line end at the end of a code cell is lost. "
        "`--to py` is for notebooks in Python, `--to sql` for SQL.\n"
        "A file is written as a whole or not at all, also when the program is killed. One that is "
        "there is replaced if it holds a version of the notebook, and never without --force "
        "otherwise; a link stays a link, and a file keeps its mode.\n"
        "Works on a store that is in use, and on a read-only one.\n",
    .examples = "  rscn export tour.ipynb --outputs recorded -o tour-with-results.ipynb\n"
                "  rscn export tour.ipynb@3 | diff - tour.ipynb\n"
                "  rscn export . -o copy/\n"
                "  rscn export tour.ipynb --to sql -o tour.sql\n",
    .options = options,
    .uses_pager = true,
    .run = run,
};
