/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "kernel/executor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/person.h"
#include "kernel/executor_private.h"
#include "kernel/executor_run.h"
#include "kernel/open_transactions.h"
#include "kernel/seen_requests.h"
#include "model/table/result_table.h"
#include "store/notebooks.h"

#define DEFAULT_MAX_ROWS 1000
#define DEFAULT_MAX_BYTES (16u * 1024 * 1024)
#define DEFAULT_TIMEOUT_MS 5000

/* What the environment claims stands beside the login (J-94). */
static char *user_claims(void)
{
    static const char *const names[] = {"JUPYTERHUB_USER", "SUDO_USER", "KERNEL_USERNAME"};
    AUTO_JSON *claims = json_object();

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            json_object_set_new(claims, names[i], json_text(value, strlen(value)));
    }
    return json_object_size(claims) ? json_format(claims) : NULL;
}

struct executor *executor_new(const struct executor_options *options)
{
    struct executor *executor = xcalloc(1, sizeof(*executor));

    pthread_mutex_init(&executor->mutex, NULL);
    executor->store_option = xstrdup_or_null(options->store);
    executor->is_headless = options->notebook != NULL;
    notebook_identity_start(&executor->identity, options->jupyter_session, options->notebook,
                            options->client);
    if (options->directory) {
        free(executor->identity.directory);
        executor->identity.directory = path_resolve(options->directory);
    }
    executor->user = person_login();
    executor->user_claimed = user_claims();
    executor->host = person_host();
    executor->limits = (struct engine_limits){.max_rows = DEFAULT_MAX_ROWS,
                                              .max_width = RESULT_TABLE_MAX_WIDTH,
                                              .max_bytes = DEFAULT_MAX_BYTES,
                                              .timeout_ms = DEFAULT_TIMEOUT_MS};
    executor->tracker = cell_tracker_new();
    executor->seen = seen_requests_new();
    executor->run_parameters = json_object();
    executor->targets = json_array();
    executor->open = json_object();
    return executor;
}

/* Where the store is, decided at the first need and then kept: engine and record must agree. */
static const char *locate(struct executor *executor, struct error *error)
{
    if (!executor->store_path &&
        !store_locate(executor->store_option, executor->identity.directory, &executor->store_path,
                      &executor->is_users_store, error))
        return NULL;
    if (executor->board)
        session_board_set_store(executor->board, executor->store_path);
    return executor->store_path;
}

struct sqlite_engine *executor_engine(struct executor *executor)
{
    struct error ignored = ERROR_INIT;
    const char *path;

    if (executor->engine)
        return executor->engine;
    path = locate(executor, &ignored);
    pthread_mutex_lock(&executor->mutex);
    executor->engine = sqlite_engine_new(path ? path : "", NULL);
    pthread_mutex_unlock(&executor->mutex);
    if (executor->board)
        sqlite_engine_set_board(executor->engine, session_board_schemas(executor->board));
    return executor->engine;
}

static void close_store(struct executor *executor)
{
    if (!executor->store)
        return;
    notebook_watch_attach(executor->watch, NULL);
    recorder_attach(executor->recorder, NULL);
    sqlite_engine_set_store(executor->engine, NULL);
    store_target_close(executor->target);
    executor->target = NULL;
    store_close(executor->store);
    pthread_mutex_lock(&executor->mutex);
    executor->store = NULL;
    pthread_mutex_unlock(&executor->mutex);
}

static void show_notice(struct executor *executor)
{
    const char *notice = store_notice(executor->store);

    if (notice)
        log_warning("%s", notice);
}

bool executor_open_store(struct executor *executor, struct error *error)
{
    struct store_target_hooks hooks = executor_run_hooks(executor);
    const char *path = locate(executor, error);
    struct store *store;

    if (!path)
        return false;
    if (executor->store && !executor->is_suspect && store_is_current(executor->store))
        return true;
    close_store(executor);
    store = store_open(path, executor->is_users_store ? STORE_CREATE : STORE_WRITE, error);
    if (!store)
        return false;
    executor->target = store_target_open(store, &hooks, error);
    if (!executor->target) {
        store_close(store);
        return false;
    }
    pthread_mutex_lock(&executor->mutex);
    executor->store = store;
    pthread_mutex_unlock(&executor->mutex);
    executor->is_suspect = false;
    sqlite_engine_set_store(executor_engine(executor), store_target_engine(executor->target));
    recorder_attach(executor->recorder, store);
    notebook_watch_attach(executor->watch, store);
    seen_requests_forget_sessions(executor->seen);
    show_notice(executor);
    if (!executor->notebook)
        return true;
    return cell_tracker_load(executor->tracker, executor_store_connection(executor, error),
                             executor->notebook, error);
}

void executor_note_store_error(struct executor *executor, const struct error *error)
{
    /* A full disk or a held lock passes; TEMP tables would be lost by opening anew. */
    if (error->code == ERROR_DAMAGED || error->code == ERROR_IO || error->code == ERROR_NOT_FOUND)
        executor->is_suspect = true;
}

/* The key under which the store has the notebook. Of one with a file the file is taken in first: it
 * may be another notebook that was renamed, and then it has that one's key. Caller frees. */
static bool find_notebook(struct executor *executor, char **ret_key, struct error *error)
{
    const struct notebook_identity *identity = &executor->identity;
    struct notebook_facts facts = {.path = identity->path,
                                   .name = executor->notebook_name,
                                   .is_named = identity->name != NULL,
                                   .run_id = executor->run.run_id,
                                   .user = executor->user,
                                   .host = executor->host};
    struct store_connection *connection = executor_store_connection(executor, error);

    *ret_key = NULL;
    if (executor->is_run_decided && identity->path)
        notebook_watch_start(executor->watch, &facts, ret_key);
    if (!*ret_key && (!connection || !store_notebook_key(connection, executor->notebook_name,
                                                         ret_key, error)))
        return false;
    if (executor->is_run_decided)
        notebook_watch_set_key(executor->watch, *ret_key);
    return true;
}

static void begin_run(struct executor *executor)
{
    if (executor->notebook) {
        /* Kept: what the recorder has yet to record still names it. */
        executor->early_notebook = executor->notebook;
        executor->notebook = NULL;
        memcpy(executor->early_run_id, executor->run.run_id, ULID_SIZE);
        json_array_clear(executor->targets);
    }
    ulid_new(executor->run.run_id);
    executor->run.client = executor->identity.client;
    executor->run.user = executor->user;
    executor->run.host = executor->host;
    executor->run.pid = getpid();
    executor->run.started_at = timestamp_now();
}

bool executor_start_run(struct executor *executor, struct error *error)
{
    AUTO_FREE char *holder = NULL;
    AUTO_FREE char *name = NULL;
    bool is_same;

    if (executor->is_run_decided && executor->notebook)
        return true;
    executor->is_run_decided = executor->identity.is_decided;
    name = notebook_identity_name(&executor->identity, store_directory(executor->store),
                                  executor->user);
    is_same = executor->notebook && strcmp(executor->notebook_name, name) == 0;
    if (is_same && !(executor->is_run_decided && executor->identity.path))
        return true;
    if (!is_same)
        begin_run(executor);
    free(executor->notebook_name);
    executor->notebook_name = xstrdup(name);
    if (is_same) {
        AUTO_FREE char *key = NULL;

        return find_notebook(executor, &key, error);
    }
    if (!find_notebook(executor, &executor->notebook, error))
        return false;
    executor->run.notebook = executor->notebook;
    holder = xasprintf("kernel %ld of %s (%s)", (long)getpid(), executor->user, name);
    store_set_holder_name(executor->store, holder);
    if (executor->board)
        session_board_set_run(executor->board, executor->notebook, executor->run.run_id,
                              executor_directory(executor));
    return cell_tracker_load(executor->tracker, executor_store_connection(executor, error),
                             executor->notebook, error);
}

/* The end of the run goes into the record if the lock is free in time; the process must not wait
 * for it. */
static void end_run(struct executor *executor)
{
    struct store_connection *connection;
    struct error error = ERROR_INIT;
    atomic_bool never = true; /* no wait at all */
    struct store_waiter waiter = {.is_cancelled = &never};

    if (!executor->store || !executor->notebook || !executor->has_recorded)
        return;
    store_target_own(executor->target, true);
    connection = store_target_connection(executor->target);
    if (store_begin(connection, &waiter, &error)) {
        if (open_transactions_end(executor, connection, &error) &&
            store_end_run(connection, executor->run.run_id, timestamp_now(),
                          executor->run.parameters, &error) &&
            (!executor->early_notebook ||
             store_end_run(connection, executor->early_run_id, timestamp_now(), NULL, &error)) &&
            store_commit(connection, &error))
            open_transactions_forget(executor);
        else
            log_info("the end of the run is not recorded: %s", error.message);
        store_release(connection);
    }
    store_target_own(executor->target, false);
}

/* Look-ups of a kernel that ran nothing can't remove the empty -wal that they opened: who opens the
 * store and closes it in order can. */
static void tidy_after_looks(struct executor *executor)
{
    struct session_facts facts = {0};
    struct error ignored = ERROR_INIT;
    struct stat status;
    AUTO_FREE char *wal = NULL;

    if (!executor->board || executor->store)
        return;
    session_board_get(executor->board, &facts);
    wal = xasprintf("%s-wal", facts.store_path ? facts.store_path : "");
    if (facts.store_path && stat(wal, &status) == 0 && status.st_size == 0)
        store_close(store_open(facts.store_path, STORE_READ, &ignored));
    session_facts_release(&facts);
}

void executor_free(struct executor *executor)
{
    if (!executor)
        return;
    tidy_after_looks(executor);
    notebook_watch_pause(executor->watch);
    recorder_free(executor->recorder);
    notebook_watch_free(executor->watch);
    end_run(executor);
    if (executor->engine)
        sqlite_engine_set_store(executor->engine, NULL);
    store_target_close(executor->target);
    store_close(executor->store);
    sqlite_engine_free(executor->engine);
    cell_tracker_free(executor->tracker);
    seen_requests_free(executor->seen);
    notebook_identity_release(&executor->identity);
    json_decref(executor->run_parameters);
    json_decref(executor->targets);
    json_decref(executor->open);
    free(executor->parameters_text);
    free(executor->notebook);
    free(executor->notebook_name);
    free(executor->early_notebook);
    free(executor->last_target);
    free(executor->store_option);
    free(executor->store_path);
    free(executor->user);
    free(executor->user_claimed);
    free(executor->host);
    pthread_mutex_destroy(&executor->mutex);
    free(executor);
}

struct engine_limits *executor_limits(struct executor *executor)
{
    return &executor->limits;
}

struct store_connection *executor_store_connection(struct executor *executor, struct error *error)
{
    if (!executor->store && !executor_open_store(executor, error))
        return NULL;
    return store_target_connection(executor->target);
}

const char *executor_notebook(const struct executor *executor)
{
    return executor->notebook;
}

const char *executor_directory(const struct executor *executor)
{
    return executor->identity.directory;
}

const atomic_bool *executor_interrupted(const struct executor *executor)
{
    return &executor->is_interrupted;
}

void executor_note_use(struct executor *executor)
{
    executor->is_use_said = true;
}

bool executor_in_statements(const struct executor *executor)
{
    return executor->in_statements;
}

bool executor_past_first_line(const struct executor *executor)
{
    return executor->past_first_line;
}

bool executor_set_mode(struct executor *executor, enum engine_mode mode)
{
    if (executor->mode != ENGINE_RUN && executor->mode != mode)
        return false;
    executor->mode = mode;
    return true;
}

bool executor_is_once(const struct executor *executor)
{
    return executor->current && cell_name_is_once(executor->current->record.cell_name);
}

static void note_run_parameters(struct executor *executor)
{
    free(executor->parameters_text);
    executor->parameters_text = json_format(executor->run_parameters);
    executor->run.parameters = executor->parameters_text;
}

void executor_set_parameter(struct executor *executor, const char *name, const json_t *value)
{
    sqlite_engine_set_parameter(executor_engine(executor), name, value);
    if (value)
        json_object_set_new(executor->run_parameters, name, json_deep_copy(value));
    else
        json_object_del(executor->run_parameters, name);
    note_run_parameters(executor);
}

void executor_add_run_parameters(struct executor *executor, const json_t *parameters)
{
    json_object_update(executor->run_parameters, (json_t *)parameters);
    note_run_parameters(executor);
}

struct run_number {
    const char *run_id;
    json_t *number;
};

static bool take_number(void *context, const json_t *object)
{
    struct run_number *wanted = context;

    if (strcmp(json_member_text(object, "run_id", ""), wanted->run_id) != 0)
        return true;
    wanted->number = json_incref(json_object_get(object, "run"));
    return false;
}

/* The run's number, which the record gives with its first execution; null before. New value. */
static json_t *run_number(struct executor *executor)
{
    struct run_number wanted = {executor->run.run_id, NULL};
    struct error ignored = ERROR_INIT;

    if (!executor->store || !executor->notebook)
        return json_null();
    recorder_flush(executor->recorder);
    store_target_own(executor->target, true);
    if (!store_runs(store_target_connection(executor->target), executor->notebook, take_number,
                    &wanted, &ignored))
        log_info("%s", ignored.message);
    store_target_own(executor->target, false);
    return wanted.number ? wanted.number : json_null();
}

/* What people call the notebook now, and where it is: both change when the file is renamed. New
 * values. */
static json_t *present_name(struct executor *executor)
{
    AUTO_FREE char *name = NULL;

    if (!executor->store || !executor->notebook)
        return json_text_or_null(executor->notebook);
    store_target_own(executor->target, true);
    name = store_notebook_name(store_target_connection(executor->target), executor->notebook);
    store_target_own(executor->target, false);
    return json_text_or_null(name ? name : executor->notebook);
}

static json_t *present_path(struct executor *executor)
{
    AUTO_FREE char *path = notebook_watch_path(executor->watch);

    return json_text_or_null(path ? path : executor->identity.path);
}

json_t *executor_facts(struct executor *executor)
{
    const struct engine_target *target = sqlite_engine_target(executor_engine(executor));
    json_t *facts = json_object();

    json_object_set_new(facts, "notebook", present_name(executor));
    json_object_set_new(facts, "path", present_path(executor));
    json_object_set(facts, "identified_by", executor->identity.evidence);
    json_object_set_new(facts, "run", run_number(executor));
    json_object_set_new(facts, "client", json_text_or_null(executor->identity.client));
    json_object_set_new(facts, "store", json_text_or_null(executor->store_path));
    json_object_set_new(facts, "database", json_text_or_null(target ? target->label : NULL));
    json_object_set_new(facts, "user", json_text_or_null(executor->user));
    json_object_set_new(facts, "host", json_text_or_null(executor->host));
    json_object_set_new(facts, "version", json_string(PACKAGE_VERSION));
    json_object_set_new(facts, "sqlite", json_string(sqlite_engine_version()));
    json_object_set_new(facts, "execution_count", json_integer(executor->execution_count));
    return facts;
}

char *executor_banner(const struct executor *executor)
{
    AUTO_FREE char *path = NULL;
    struct error error = ERROR_INIT;
    bool is_users;

    if (!store_locate(executor->store_option, executor->identity.directory, &path, &is_users,
                      &error))
        return xasprintf("rscn %s, SQLite %s\n%s", PACKAGE_VERSION, sqlite_engine_version(),
                         error.message);
    return xasprintf("rscn %s, SQLite %s; the record is kept in %s\n%%help lists what a line with "
                     "%% can do",
                     PACKAGE_VERSION, sqlite_engine_version(), path);
}

void executor_set_recorder(struct executor *executor, struct recorder *recorder)
{
    executor->recorder = recorder;
    executor->watch = notebook_watch_new(recorder);
}

/* Before the first cell nothing is open, but completion knows already what is in the store. */
void executor_set_board(struct executor *executor, struct session_board *board)
{
    AUTO_FREE char *path = NULL;
    AUTO_FREE char *label = NULL;
    struct error ignored = ERROR_INIT;
    bool is_users;

    executor->board = board;
    if (!store_locate(executor->store_option, executor->identity.directory, &path, &is_users,
                      &ignored))
        return;
    label = xasprintf("the store (%s)", path);
    session_board_set_store(board, path);
    schema_board_put(session_board_schemas(board), schema_snapshot_of_file(label, path, true));
}
