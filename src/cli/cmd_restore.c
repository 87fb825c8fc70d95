/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rscn restore: a former state of a notebook back into its file, after the present one was taken
 * in.
 */
#include <inttypes.h>
#include <string.h>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/file_out.h"
#include "cli/notebook_input.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/writing.h"
#include "store/export.h"

static const struct option options[] = {
    OPTION_STORE,
    OPTION_END,
};

struct restoring {
    struct reading writing;
    struct store_files store_files;
    char *key, *name, *path;
    int64_t version;
    struct strbuf text;    /* of the version, as a notebook */
    struct strbuf content; /* what its file will hold */
    int64_t kept;          /* version that the present state became; 0 = it was one already */
};

/* The notebook as the newest version, unless it is that already. *ret_version gets the new one's
 * number or 0. */
static bool take(const struct restoring *restoring, struct notebook_input *input,
                 enum version_origin origin, int64_t *ret_version, struct error *error)
{
    struct notebook_taken taken = {0};
    AUTO_NOTEBOOK_TAKER taker;
    notebook_taker_init(&taker);
    if (!notebook_input_parse(input, error))
        return error_prefix(error, "%s", restoring->path);
    bool is_taken = writing_begin(&restoring->writing, NULL, error);
    if (is_taken) {
        is_taken = notebook_input_take(input, restoring->writing.connection, origin, &taker, &taken,
                                       error);
        is_taken = writing_end(&restoring->writing, is_taken, error);
    }
    *ret_version = is_taken && !taken.is_unchanged ? taken.version : 0;
    notebook_taken_release(&taken);
    return is_taken;
}

/* The present state must not be lost: it becomes a version, if it is none yet. *ret_is_same: the
 * file holds already what it shall. */
static bool keep_present(struct restoring *restoring, bool *ret_is_same, struct error *error)
{
    AUTO_NOTEBOOK_INPUT present = NOTEBOOK_INPUT_INIT;
    const struct strbuf *content = &restoring->content;
    *ret_is_same = false;
    if (!path_exists(restoring->path))
        return true;
    present.path = xstrdup(restoring->path);
    present.name = xstrdup(restoring->name);
    if (!notebook_input_read(&present, &restoring->store_files, error))
        return error_prefix(error, "%s", restoring->path);
    *ret_is_same = present.size == content->size &&
                   memcmp(present.text, strbuf_text(content), present.size) == 0;
    if (*ret_is_same)
        return true;
    if (!notebook_input_convert(&present, restoring->writing.connection, error))
        return error_prefix(error, "%s", restoring->path);
    return take(restoring, &present, ORIGIN_IMPORT, &restoring->kept, error);
}

static bool take_restored(const struct restoring *restoring, int64_t *ret_version,
                          struct error *error)
{
    AUTO_NOTEBOOK_INPUT input = NOTEBOOK_INPUT_INIT;
    input.path = xstrdup(restoring->path);
    input.name = xstrdup(restoring->name);
    input.size = restoring->text.size;
    input.text = xstrndup(strbuf_text(&restoring->text), input.size);
    sha256_hex(input.text, input.size, input.sha256);
    return take(restoring, &input, ORIGIN_RESTORE, ret_version, error);
}

static bool restore(struct restoring *restoring, int64_t *ret_version, bool *ret_is_same,
                    struct error *error)
{
    return keep_present(restoring, ret_is_same, error) &&
           (*ret_is_same || file_out_write(restoring->path, &restoring->content, error)) &&
           take_restored(restoring, ret_version, error);
}

static void say(const struct restoring *restoring, int64_t version, bool is_same)
{
    AUTO_STRBUF line = STRBUF_INIT;
    strbuf_addf(&line, "%s: ", restoring->name);
    if (restoring->kept)
        strbuf_addf(&line, "what was there is version %" PRId64 "; ", restoring->kept);
    strbuf_addf(&line, is_same ? "is version %" PRId64 " already" : "version %" PRId64 " is back",
                restoring->version);
    if (version)
        strbuf_addf(&line, ", as version %" PRId64, version);
    output_line(strbuf_text(&line));
}

static bool version_has_path(const struct restoring *restoring, int64_t number, bool *ret_has,
                             struct error *error)
{
    struct notebook_version version;
    if (!store_version(restoring->writing.connection, restoring->key, number, &version, error))
        return false;
    *ret_has = version.path != NULL;
    notebook_version_release(&version);
    return true;
}

/* Where the notebook's file is: its name is its path, unless both this version and the newest came
 * without one. */
static bool find_path(struct restoring *restoring, struct error *error)
{
    bool has_path = false;
    if (!version_has_path(restoring, restoring->version, &has_path, error) ||
        (!has_path && !version_has_path(restoring, 0, &has_path, error)))
        return false;
    if (!has_path)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: has no file, it was taken in under a name; rscn export %s@%" PRId64
                         " -o FILE writes it to one",
                         restoring->name, restoring->name, restoring->version);
    AUTO_FREE char *path = path_join(store_directory(restoring->writing.store), restoring->name);
    restoring->path = path_resolve(path);
    return true;
}

/* What the file will hold: of a notebook whose file is a script the script. */
static bool make_content(struct restoring *restoring, struct error *error)
{
    struct export_request request = {.key = restoring->key, .version = restoring->version};
    struct store_connection *connection = restoring->writing.connection;
    if (!store_export(connection, &request, &restoring->text, error))
        return false;
    request.is_script = percent_language_of(restoring->path, &request.language);
    return store_export(connection, &request, &restoring->content, error);
}

static int find(struct restoring *restoring, const struct call *call, struct error *error)
{
    const char *operand = call_operand(call, 0);
    int status = reading_notebook_version(&restoring->writing, operand, &restoring->key,
                                          &restoring->version);
    if (status != STATUS_DONE)
        return status;
    if (restoring->version == 0)
        return report_usage(call->command, "%s: which version? NOTEBOOK@V; rscn log lists them",
                            operand);
    restoring->name = store_notebook_name(restoring->writing.connection, restoring->key);
    return find_path(restoring, error) && make_content(restoring, error) ? STATUS_DONE
                                                                         : report_error(error);
}

static int run(const struct call *call)
{
    struct restoring restoring = {
        .writing = READING_INIT, .text = STRBUF_INIT, .content = STRBUF_INIT};
    struct error error = ERROR_INIT;
    int64_t version = 0;
    bool is_same = false;
    output_start(false);
    int status = writing_open(&restoring.writing, call);
    if (status == STATUS_DONE) {
        store_files_find(restoring.writing.store, &restoring.store_files);
        status = find(&restoring, call, &error);
    }
    if (status == STATUS_DONE && !restore(&restoring, &version, &is_same, &error))
        status = error.code == ERROR_INVALID || error.code == ERROR_IO
                     ? report(STATUS_NOT_DONE, "%s; nothing was restored%s", error.message,
                              error.code == ERROR_INVALID ? ", move the file away first" : "")
                     : report_error(&error);
    else if (status == STATUS_DONE)
        say(&restoring, version, is_same);
    reading_close(&restoring.writing);
    auto_free_release(&restoring.key);
    auto_free_release(&restoring.name);
    auto_free_release(&restoring.path);
    strbuf_release(&restoring.text);
    strbuf_release(&restoring.content);
    return output_finish(status);
}

const struct command command_restore = {
    .name = "restore",
    .operands = "NOTEBOOK@V",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "write a former version of a notebook back to its file",
    .description =
        "Writes version V of a notebook back to its file, byte for byte, and records it as a new "
        "version, which `rscn log` shows as restored. A script is made anew, as `rscn export --to` "
        "does it. What the file held until then is taken in as a version first, so that nothing is "
        "lost; when that is not possible, because it is no notebook, nothing is restored. Works "
        "also when the file is gone.\n"
        "An editor that has the notebook open does not know of this: reload it there.\n",
    .examples = "  rscn restore tour.ipynb@3\n",
    .options = options,
    .run = run,
};
