/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernelspec: the folder through which Jupyter finds a kernel.
 */
#include "cli/kernelspec.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/strbuf.h"
#include "cli/programs.h"
#include "cli/report.h"
#include "config.h"

#define MOST_SPEC_BYTES ((size_t)1024 * 1024)

/* --- where ------------------------------------------------------------------------------------ */

/* Jupyter's data folder of the user; NULL without a home. Caller frees. */
static char *user_data(void)
{
    const char *data = getenv("JUPYTER_DATA_DIR");
    if (data && data[0])
        return path_resolve(data);
    data = getenv("XDG_DATA_HOME");
    if (data && data[0] == '/')
        return path_join(data, "jupyter");
    AUTO_FREE char *home = path_home();
    return home ? path_join(home, ".local/share/jupyter") : NULL;
}

/* The active environment's folder, borrowed; NULL if there is none. */
static const char *environment_prefix(void)
{
    const char *prefix = getenv("VIRTUAL_ENV");
    if (!prefix || !prefix[0])
        prefix = getenv("CONDA_PREFIX");
    return prefix && prefix[0] ? prefix : NULL;
}

/* Jupyter's rule for names, which it compares without case (J-81). */
static bool name_is_valid(const char *name)
{
    if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strlen(name) > 100)
        return false;
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
            return false;
    }
    return true;
}

static int data_folder(const struct call *call, char **ret_data)
{
    const char *prefix = call_option(call, "prefix");
    const bool in_environment = call_option(call, "sys-prefix") != NULL;
    const bool for_user = call_option(call, "user") != NULL;
    if ((prefix != NULL) + in_environment + for_user > 1)
        return report_usage(call->command, "only one of --user, --prefix and --sys-prefix at once");
    if (prefix && !prefix[0])
        return report_usage(call->command, "--prefix is empty");
    if (in_environment) {
        prefix = environment_prefix();
        if (!prefix)
            return report(STATUS_NOT_DONE,
                          "%s: no environment is active (VIRTUAL_ENV and CONDA_PREFIX are not "
                          "set); activate one or use --prefix",
                          call->command->name);
    }
    if (prefix) {
        AUTO_FREE char *path = path_resolve(prefix);
        *ret_data = path_join(path, "share/jupyter");
        return STATUS_DONE;
    }
    *ret_data = user_data();
    if (!*ret_data)
        return report(STATUS_NOT_DONE,
                      "%s: this user has no home folder; set JUPYTER_DATA_DIR or use --prefix",
                      call->command->name);
    return STATUS_DONE;
}

int kernelspec_folder(const struct call *call, char **ret_folder)
{
    const char *name = call_option(call, "name");
    AUTO_FREE char *data = NULL;
    AUTO_FREE char *lower = xstrdup(name ? name : KERNELSPEC_NAME);
    if (!name_is_valid(lower))
        return report_usage(call->command,
                            "--name %s is no kernel name: letters, digits, dot, minus and "
                            "underscore, at most 100",
                            lower);
    for (char *letter = lower; *letter; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    int status = data_folder(call, &data);
    if (status != STATUS_DONE)
        return status;
    AUTO_FREE char *kernels = path_join(data, "kernels");
    *ret_folder = path_join(kernels, lower);
    return STATUS_DONE;
}

static void add_place(char **places, size_t *count, size_t most, const char *data)
{
    AUTO_FREE char *path = path_resolve(data);
    char *place = path_join(path, "kernels");
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(places[i], place) == 0) {
            free(place);
            return;
        }
    }
    if (*count < most)
        places[(*count)++] = place;
    else
        free(place);
}

char **kernelspec_places(void)
{
    const size_t most = 64;
    char **places = xcalloc(most + 1, sizeof(*places));
    size_t count = 0;
    for (const char *rest = getenv("JUPYTER_PATH"); rest && *rest;) {
        size_t size = strcspn(rest, ":");
        AUTO_FREE char *folder = xstrndup(rest, size);
        if (folder[0])
            add_place(places, &count, most, folder);
        rest += size + (rest[size] == ':');
    }
    AUTO_FREE char *data = user_data();
    if (data)
        add_place(places, &count, most, data);
    /* sys.prefix of the Jupyter that would be started, as far as one can tell from outside */
    const char *prefix = environment_prefix();
    AUTO_FREE char *jupyter = program_find("jupyter");
    AUTO_FREE char *folder = jupyter ? path_directory(jupyter) : NULL;
    AUTO_FREE char *above = folder ? path_directory(folder) : NULL;
    for (int i = 0; i < 2; i++) {
        const char *from = i == 0 ? prefix : above;
        AUTO_FREE char *share = from ? path_join(from, "share/jupyter") : NULL;
        if (share)
            add_place(places, &count, most, share);
    }
    add_place(places, &count, most, "/usr/local/share/jupyter");
    add_place(places, &count, most, "/usr/share/jupyter");
    return places;
}

void kernelspec_places_free(char **places)
{
    for (size_t i = 0; places && places[i]; i++)
        free(places[i]);
    free(places);
}

/* --- looking ---------------------------------------------------------------------------------- */

static bool folder_is_empty(const char *folder)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return errno == ENOENT;
    bool is_empty = true;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            is_empty = false;
    }
    closedir(directory);
    return is_empty;
}

enum kernelspec_kind kernelspec_look(const char *folder, char **ret_program)
{
    AUTO_FREE char *path = path_join(folder, "kernel.json");
    AUTO_STRBUF text = STRBUF_INIT;
    if (ret_program)
        *ret_program = NULL;
    if (folder_is_empty(folder))
        return KERNELSPEC_NONE;
    if (!file_read(path, MOST_SPEC_BYTES, &text, NULL))
        return KERNELSPEC_OTHERS;
    AUTO_JSON *spec = json_parse(strbuf_text(&text), text.size, NULL);
    const json_t *argv = json_object_get(spec, "argv");
    const char *program = json_string_value(json_array_get(argv, 0));
    const char *command = json_string_value(json_array_get(argv, 1));
    if (!program || !command || strcmp(command, "kernel") != 0)
        return KERNELSPEC_OTHERS;
    /* The one that `make install` writes has no metadata. */
    AUTO_FREE char *base = path_base(program);
    bool is_marked = json_object_get(json_object_get(spec, "metadata"), PROGRAM_NAME) != NULL;
    if (!is_marked && strcmp(base, PROGRAM_NAME) != 0)
        return KERNELSPEC_OTHERS;
    if (ret_program)
        *ret_program = xstrdup(program);
    return KERNELSPEC_OURS;
}

/* --- writing and removing --------------------------------------------------------------------- */

static json_t *spec_json(const struct kernelspec *spec)
{
    json_t *argv = json_array();
    json_array_append_new(argv, json_text(spec->program, strlen(spec->program)));
    json_array_append_new(argv, json_string("kernel"));
    /* VS Code looks for an element with {connection_file} (J-79). */
    json_array_append_new(argv, json_string("-f"));
    json_array_append_new(argv, json_string("{connection_file}"));
    if (spec->store) {
        json_array_append_new(argv, json_string("--store"));
        json_array_append_new(argv, json_text(spec->store, strlen(spec->store)));
    }
    /* What is ours stands under metadata: other keys may fail in the client (BD-39). */
    return json_pack("{s:o, s:o, s:s, s:s, s:{s:[s], s:{s:s}}}", "argv", argv, "display_name",
                     json_text(spec->display_name, strlen(spec->display_name)), "language", "sql",
                     "interrupt_mode", "message", "metadata", "supported_encryption", "curve",
                     PROGRAM_NAME, "version", PACKAGE_VERSION);
}

/* Files that a spec may consist of; kernel.json first: without it there is no kernel. */
static const char *const spec_files[] = {"kernel.json",    "kernel.js",      "kernel.css",
                                         "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"};

static bool remove_files(const char *folder, struct error *error)
{
    for (size_t i = 0; i < ARRAY_SIZE(spec_files); i++) {
        AUTO_FREE char *path = path_join(folder, spec_files[i]);
        if (unlink(path) < 0 && errno != ENOENT)
            return error_set_errno(error, errno, "%s: cannot be removed", path);
    }
    return true;
}

bool kernelspec_write(const char *folder, const struct kernelspec *spec, struct error *error)
{
    if (!path_make_directories(folder, 0755, error) || !remove_files(folder, error))
        return false;
    for (size_t i = 0; i < logos_count; i++) {
        AUTO_FREE char *path = path_join(folder, logos[i].name);
        if (!file_write_atomic(path, logos[i].bytes, logos[i].size, 0644, error))
            return false;
    }
    AUTO_JSON *json = spec_json(spec);
    char *text = json_dumps(json, JSON_INDENT(2));
    AUTO_FREE char *content = xasprintf("%s\n", text);
    free(text);
    AUTO_FREE char *path = path_join(folder, "kernel.json");
    return file_write_atomic(path, content, strlen(content), 0644, error);
}

bool kernelspec_remove(const char *folder, struct error *error)
{
    if (!remove_files(folder, error))
        return false;
    if (rmdir(folder) < 0)
        return error_set_errno(error, errno, "%s: the kernel is removed but the folder is not",
                               folder);
    return true;
}
