/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/headless.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/ident.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "kernel/execution.h"
#include "kernel/executor_private.h"
#include "kernel/executor_run.h"

struct headless {
    struct headless_options options;
    struct executor *executor; /* of one notebook; another notebook gets a new one */
    char *notebook;
    char session[UUID_SIZE];
    char *directory;
    pthread_mutex_t mutex; /* guards what follows, and the executor against headless_interrupt */
    pthread_cond_t changed;
    bool is_done;
    enum cell_state state;
    char execution_id[ULID_SIZE];
    struct error failure; /* the record could not be made */
};

static void show(struct headless *headless, const char *stream, const char *text)
{
    if (headless->options.text)
        headless->options.text(headless->options.context, stream, text);
}

static void show_lines(struct headless *headless, const json_t *lines)
{
    AUTO_STRBUF text = STRBUF_INIT;
    const json_t *line;
    size_t index;

    json_array_foreach((json_t *)lines, index, line)
    {
        strbuf_add(&text, json_string_value(line), json_string_length(line));
        strbuf_add_char(&text, '\n');
    }
    show(headless, "stderr", strbuf_text(&text));
}

static void on_output(void *context, const char *msg_type, const json_t *content,
                      const char *json_text)
{
    struct headless *headless = context;
    const char *text;

    (void)json_text;
    if (strcmp(msg_type, "stream") == 0) {
        show(headless, json_member_text(content, "name", "stdout"),
             json_member_text(content, "text", ""));
    } else if (strcmp(msg_type, "error") == 0) {
        show_lines(headless, json_object_get(content, "traceback"));
    } else {
        text = json_member_text(json_object_get(content, "data"), "text/plain", NULL);
        if (!text)
            return;
        show(headless, "stdout", text);
        if (*text && text[strlen(text) - 1] != '\n')
            show(headless, "stdout", "\n");
    }
}

static void on_done(void *context, const json_t *reply, const char *execution_id,
                    enum cell_state state)
{
    struct headless *headless = context;

    pthread_mutex_lock(&headless->mutex);
    headless->is_done = true;
    headless->state = state;
    snprintf(headless->execution_id, sizeof(headless->execution_id), "%s",
             execution_id ? execution_id : "");
    if (state == STATE_ENGINE_ERROR)
        error_set(&headless->failure, ERROR_IO, "%s", json_member_text(reply, "evalue", ""));
    pthread_cond_broadcast(&headless->changed);
    pthread_mutex_unlock(&headless->mutex);
}

static void drop_executor(struct headless *headless)
{
    struct executor *executor;

    pthread_mutex_lock(&headless->mutex);
    executor = headless->executor;
    headless->executor = NULL;
    pthread_mutex_unlock(&headless->mutex);
    executor_free(executor);
}

static bool use_database(struct headless *headless, struct error *error)
{
    struct executor *executor = headless->executor;
    AUTO_FREE char *working = path_resolve(".");
    struct use_options options = {.directory = working,
                                  .timeout_ms = executor->limits.timeout_ms,
                                  .is_interrupted = &executor->is_interrupted};

    if (!headless->options.use)
        return true;
    executor_note_use(executor);
    return sqlite_engine_use(executor_engine(executor), headless->options.use, &options, error);
}

/* A new process-like life for each notebook: its own run, its own connections. */
static bool make_executor(struct headless *headless, const char *notebook, struct error *error)
{
    struct executor_options options = {.store = headless->options.store,
                                       .directory = headless->directory,
                                       .notebook = notebook,
                                       .client = "rscn run"};
    struct executor *executor;

    if (headless->executor && strcmp(headless->notebook, notebook) == 0)
        return true;
    drop_executor(headless);
    free(headless->notebook);
    headless->notebook = xstrdup(notebook);
    executor = executor_new(&options);
    executor_set_recorder(executor, recorder_new(NULL, NULL));
    if (headless->options.parameters && json_object_size(headless->options.parameters))
        executor_add_run_parameters(executor, headless->options.parameters);
    pthread_mutex_lock(&headless->mutex);
    headless->executor = executor;
    pthread_mutex_unlock(&headless->mutex);
    return executor_open_store(executor, error) && use_database(headless, error);
}

struct headless *headless_new(const struct headless_options *options, struct error *error)
{
    struct headless *headless = xcalloc(1, sizeof(*headless));
    AUTO_FREE char *path = NULL;
    bool is_users;

    headless->options = *options;
    headless->directory = path_resolve(options->directory ? options->directory : ".");
    uuid_new(headless->session);
    pthread_mutex_init(&headless->mutex, NULL);
    pthread_cond_init(&headless->changed, NULL);
    if (!store_locate(options->store, headless->directory, &path, &is_users, error)) {
        headless_free(headless);
        return NULL;
    }
    return headless;
}

static bool run(struct headless *headless, const char *notebook, const char *cell, const char *code,
                size_t size, struct error *error)
{
    struct execution_listener listener = {
        .context = headless, .output = on_output, .done = on_done};
    char msg_id[UUID_SIZE];
    struct execute_request request = {.code = code,
                                      .size = size,
                                      .store_history = true,
                                      .arguments = headless->options.parameters,
                                      .cell_name = cell,
                                      .client_session = headless->session,
                                      .msg_id = msg_id,
                                      .client_user = "",
                                      .received_at = timestamp_now()};

    if (!make_executor(headless, notebook, error))
        return false;
    uuid_new(msg_id);
    headless->is_done = false;
    headless->failure = (struct error)ERROR_INIT;
    executor_execute(headless->executor, &request, &listener);
    pthread_mutex_lock(&headless->mutex);
    while (!headless->is_done)
        pthread_cond_wait(&headless->changed, &headless->mutex);
    pthread_mutex_unlock(&headless->mutex);
    return true;
}

bool headless_run(struct headless *headless, const char *notebook, const char *cell,
                  const char *code, size_t size, enum cell_state *ret_state, char ret_execution[27],
                  struct error *error)
{
    if (!run(headless, notebook, cell, code, size, error))
        return false;
    if (headless->failure.code != ERROR_NONE)
        return error_copy(error, &headless->failure);
    *ret_state = headless->state;
    memcpy(ret_execution, headless->execution_id, ULID_SIZE);
    return true;
}

/* --- stored cells ----------------------------------------------------------------------------- */

struct stored_text {
    char *cell, *kernel, *code;
    size_t size;
};

static bool take_cell(void *context, const json_t *object)
{
    struct stored_text *text = context;
    const json_t *code = json_object_get(object, "code");

    text->cell = xstrdup(json_member_text(object, "cell", ""));
    text->kernel = xstrdup(json_member_text(object, "kernel", ""));
    text->size = json_string_length(code);
    text->code = xmemdup(json_string_value(code) ? json_string_value(code) : "", text->size + 1);
    return false;
}

/* "CELL@V" into the name and the number, 0 without one. */
static void split_version(const char *text, char **ret_cell, int64_t *ret_version)
{
    const char *at = strrchr(text, '@');
    char *end = NULL;

    *ret_version = at && at[1] ? strtoll(at + 1, &end, 10) : 0;
    if (*ret_version >= 1 && *end == '\0') {
        *ret_cell = xstrndup(text, (size_t)(at - text));
    } else {
        *ret_version = 0; /* a name that has an @ */
        *ret_cell = xstrdup(text);
    }
}

bool headless_run_cell(struct headless *headless, const char *notebook, const char *cell,
                       enum cell_state *ret_state, char ret_execution[27], struct error *error)
{
    struct stored_text text = {0};
    struct store_connection *connection;
    AUTO_FREE char *name = NULL;
    AUTO_FREE char *wanted = NULL;
    AUTO_FREE char *working = path_resolve(".");
    int64_t version;
    bool is_ok = false;

    if (!make_executor(headless, notebook, error))
        return false;
    connection = executor_store_connection(headless->executor, error);
    store_target_own(headless->executor->target, true);
    split_version(cell, &wanted, &version);
    is_ok = store_resolve_notebook(connection, notebook, working, &name, error) &&
            store_cat(connection, name, wanted, version, take_cell, &text, error);
    store_target_own(headless->executor->target, false);
    if (is_ok && !text.code)
        is_ok = error_set(error, ERROR_NOT_FOUND, "%s: no cell %s in the record", notebook, cell);
    if (is_ok && strcmp(text.kernel, "SQL") != 0)
        is_ok = error_set(error, ERROR_UNSUPPORTED,
                          "%s: cells of the kernel %s can't be run here; rscn cat shows its text",
                          text.cell, text.kernel);
    if (is_ok)
        is_ok = headless_run(headless, name, text.cell, text.code, text.size, ret_state,
                             ret_execution, error);
    free(text.cell);
    free(text.kernel);
    free(text.code);
    return is_ok;
}

char *headless_notebook_name(struct headless *headless, const char *path)
{
    AUTO_FREE char *store = NULL;
    AUTO_FREE char *directory = NULL;
    AUTO_FREE char *resolved = path_resolve(path);
    struct error ignored = ERROR_INIT;
    bool is_users;

    if (!store_locate(headless->options.store, headless->directory, &store, &is_users, &ignored))
        return xstrdup(resolved);
    directory = path_directory(store);
    return path_relative_inside(resolved, directory);
}

void headless_interrupt(struct headless *headless)
{
    pthread_mutex_lock(&headless->mutex);
    if (headless->executor)
        executor_interrupt(headless->executor);
    pthread_mutex_unlock(&headless->mutex);
}

void headless_free(struct headless *headless)
{
    if (!headless)
        return;
    drop_executor(headless);
    pthread_cond_destroy(&headless->changed);
    pthread_mutex_destroy(&headless->mutex);
    free(headless->notebook);
    free(headless->directory);
    free(headless);
}
