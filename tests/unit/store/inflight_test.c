/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In-flight files: what is written, what others see of it, and what becomes of it when the kernel
 * died at that point. A dead kernel is a child that ends with _exit in the middle.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/database.h"
#include "store/inflight.h"
#include "store/inflight_record.h"
#include "store_fixture.h"

static const char *store_file;

static struct store *open_store(enum store_mode mode)
{
    struct error error = ERROR_INIT;
    struct store *store = store_open(store_file, mode, &error);
    if (!store)
        bail_out("%s", error.message);
    return store;
}

/* Number of files in the -run folder with this end. */
static int count_files(const char *end)
{
    char name[PATH_MAX];
    snprintf(name, sizeof(name), "%s-run", store_file);
    DIR *folder = opendir(name);
    int count = 0;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        size_t size = strlen(entry->d_name), end_size = strlen(end);
        count += entry->d_name[0] != '.' && size >= end_size &&
                 strcmp(entry->d_name + size - end_size, end) == 0;
    }
    if (folder)
        closedir(folder);
    return count;
}

/* Path of the only file; "" when there is none. */
static const char *only_file(void)
{
    static char path[PATH_MAX + 300];
    char name[PATH_MAX];
    snprintf(name, sizeof(name), "%s-run", store_file);
    path[0] = '\0';
    DIR *folder = opendir(name);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
    if (folder)
        closedir(folder);
    return path;
}

/* Column of the execution with this msg_id. */
static const char *recorded(const struct fixture_execution *execution, const char *column)
{
    AUTO_FREE char *sql = xasprintf("SELECT %s FROM rscn_execution WHERE execution_id = '%s'",
                                    column, execution->record.execution_id);
    return plain_text(store_file, sql);
}

/* --- a kernel's life, in a child that dies ---------------------------------------------------- */

typedef void (*life)(struct store *store, void *context);

static void in_dead_kernel(life live, void *context)
{
    pid_t child = fork();
    if (child == 0) {
        live(open_store(STORE_WRITE), context);
        _exit(0);
    }
    int status = 1;
    waitpid(child, &status, 0);
    if (status != 0)
        bail_out("the child failed");
}

static void must(bool is_done, const struct error *error)
{
    if (!is_done) {
        fprintf(stderr, "%s\n", error->message);
        _exit(1);
    }
}

static void live_begin(struct store *store, void *context)
{
    struct error error = ERROR_INIT;
    must(store_inflight_begin(store, &((struct fixture_execution *)context)->record, &error),
         &error);
}

static void live_end(struct store *store, void *context)
{
    struct fixture_execution *execution = context;
    struct error error = ERROR_INIT;
    struct execution_output output = {"stream", "{\"name\":\"stdout\",\"text\":\"hi\"}",
                                      timestamp_now()};
    struct touched_objects touched = {0};
    touched_objects_add(&touched, OBJECT_WRITE, "o", "t", "a", NULL);
    touched_objects_add(&touched, OBJECT_WRITE, "o", "t", "b", NULL);
    touched.items[0].file = xstrdup("/data/o.db");
    touched_objects_settle(&touched, 2, 3, 4);
    execution->record.touched = &touched;
    must(store_inflight_begin(store, &execution->record, &error), &error);
    fixture_finish(execution, STATE_INTERRUPTED, "partial");
    execution->record.reason = "by the user";
    execution->record.outputs = &output;
    execution->record.output_count = 1;
    must(store_inflight_end(store, &execution->record, true, &error), &error);
}

static bool record_it(struct store *store, struct fixture_execution *execution, struct error *error)
{
    struct store_connection *connection = store_connect(store, error);
    int64_t version;
    bool is_done = connection && store_begin(connection, NULL, error) &&
                   store_record(connection, &execution->record, &version, error) &&
                   store_commit(connection, error);
    store_disconnect(connection);
    return is_done;
}

/* Recorded and committed, but the entry was not yet closed. */
static void live_recorded(struct store *store, void *context)
{
    struct fixture_execution *execution = context;
    struct error error = ERROR_INIT;
    must(store_inflight_begin(store, &execution->record, &error), &error);
    fixture_finish(execution, STATE_EXECUTED, "committed");
    must(record_it(store, execution, &error), &error);
}

static void test_unknown(void)
{
    struct fixture_execution execution;
    fixture_execution(&execution, "UPDATE elsewhere SET a = 1");
    execution.record.target = "/data/other.db";
    in_dead_kernel(live_begin, &execution);
    is_int(count_files(""), 1, "a file is left");

    struct store *store = open_store(STORE_WRITE);
    contains(store_notice(store), "1 execution of a kernel that died", "the open says so");
    store_close(store);
    is_str(recorded(&execution, "state"), "UNKNOWN", "begun on another database: unknown");
    is_str(recorded(&execution, "effect"), "", "no effect is guessed");
    is_str(recorded(&execution, "ended_at"), "", "no end is guessed");
    is_str(recorded(&execution, "outputs_complete"), "0", "its outputs are lost, and it says so");
    contains(recorded(&execution, "recovered_at"), "20", "marked as recovered");
    contains(recorded(&execution, "reason"), "the kernel ended", "with a reason");
    is_str(plain_text(store_file, "SELECT interpretable_code FROM code_notebook_cell"),
           "UPDATE elsewhere SET a = 1", "with its code");
    is_str(plain_text(store_file, "SELECT group_concat(to_state) FROM rscn_transition"),
           "PENDING,RUNNING,UNKNOWN", "with its steps");
    is_int(count_files(""), 0, "the file is gone");
    store = open_store(STORE_WRITE);
    is_str(store_notice(store), NULL, "nothing more to recover");
    store_close(store);
    is_str(plain_text(store_file, "SELECT count(*) FROM rscn_execution"), "1", "once");
}

static void test_no_effect(void)
{
    struct fixture_execution execution;
    fixture_execution(&execution, "INSERT INTO t VALUES (1)");
    execution.record.effect_is_recorded = true;
    in_dead_kernel(live_begin, &execution);
    store_close(open_store(STORE_READ));
    is_str(recorded(&execution, "state"), "FAILED", "on the store, not recorded: failed");
    is_str(recorded(&execution, "effect"), "none", "without effect");
}

static void test_not_run(void)
{
    struct fixture_execution execution;
    fixture_execution(&execution, "SELECT 1");
    execution.record.step_count = 1;
    execution.record.started_at = 0;
    in_dead_kernel(live_begin, &execution);
    store_close(open_store(STORE_WRITE));
    is_str(recorded(&execution, "state"), "CANCELED", "never begun: canceled");
}

static void test_true_end(void)
{
    struct fixture_execution execution;
    fixture_execution(&execution, "SELECT '\xff'"); /* no UTF-8 */
    in_dead_kernel(live_end, &execution);
    store_close(open_store(STORE_WRITE));
    is_str(recorded(&execution, "state"), "INTERRUPTED", "its true end");
    is_str(recorded(&execution, "effect"), "partial", "its effect");
    is_str(recorded(&execution, "reason"), "by the user", "its reason");
    is_str(recorded(&execution, "outputs"), "1", "its outputs");
    is_str(recorded(&execution, "outputs_complete"), "1", "all of them");
    is_str(plain_text(store_file,
                      "SELECT action || database || file || name || columns || statement || line ||"
                      " changes FROM rscn_object"),
           "writeo/data/o.dbt[\"a\",\"b\"]234", "what it touched");
    is_str(plain_text(store_file, "SELECT hex(interpretable_code) FROM code_notebook_cell ORDER "
                                  "BY rowid DESC LIMIT 1"),
           "53454C4543542027FF27", "its code byte for byte");
}

static void test_store_wins(void)
{
    struct fixture_execution execution;
    fixture_execution(&execution, "SELECT 2");
    in_dead_kernel(live_recorded, &execution);
    struct store *store = open_store(STORE_WRITE);
    is_str(store_notice(store), NULL, "nothing was recovered");
    store_close(store);
    is_str(recorded(&execution, "state"), "EXECUTED", "what is in the store wins");
    is_str(recorded(&execution, "recovered_at"), "", "and is left alone");
    is_int(count_files(""), 0, "the file is gone");
}

/* --- the living ------------------------------------------------------------------------------- */

static void test_living(void)
{
    struct fixture_execution first, second;
    struct error error = ERROR_INIT;
    struct store *store = open_store(STORE_WRITE);
    fixture_execution(&first, "SELECT 'first'");
    fixture_execution(&second, "SELECT 'second'");
    ok(store_inflight_begin(store, &first.record, &error), "first begins");
    ok(store_inflight_begin(store, &second.record, &error), "second begins");

    struct store *other = open_store(STORE_WRITE);
    is_str(store_notice(other), NULL, "a living kernel's file is left alone");
    json_t *running = store_running(other, &error);
    is_int(json_array_size(running), 2, "both are running");
    const json_t *object = json_array_get(running, 0);
    is_str(json_string_value(json_object_get(object, "code")), "SELECT 'first'", "code");
    is_str(json_string_value(json_object_get(object, "notebook")), "tour.ipynb", "notebook");
    is_str(json_string_value(json_object_get(object, "cell")), "first", "cell");
    is_str(json_string_value(json_object_get(object, "execution")), first.record.execution_id,
           "execution");
    is_int(json_integer_value(json_object_get(object, "pid")), 4711, "pid");
    contains(json_string_value(json_object_get(object, "started_at")), "T", "started_at");
    json_decref(running);

    store_inflight_done(store, first.record.execution_id);
    running = store_running(other, &error);
    is_int(json_array_size(running), 1, "one is done");
    json_decref(running);
    struct stat status;
    store_inflight_done(store, second.record.execution_id);
    ok(stat(only_file(), &status) == 0 && status.st_size == 0, "emptied when nothing is open");
    ok((status.st_mode & 0777) == 0600, "0600");
    running = store_running(other, &error);
    is_int(json_array_size(running), 0, "nothing is running");
    json_decref(running);
    store_close(other);
    store_close(store);
    is_int(count_files(""), 0, "removed at an orderly end");
    ok(!path_exists(in_folder("rssd.db-run")), "and its folder");
}

static void test_kept_at_close(void)
{
    struct fixture_execution execution;
    struct error error = ERROR_INIT;
    struct store *store = open_store(STORE_WRITE);
    fixture_execution(&execution, "SELECT 'owed'");
    fixture_finish(&execution, STATE_EXECUTED, "none");
    ok(store_inflight_end(store, &execution.record, true, &error), "an end without a beginning");
    store_close(store);
    is_int(count_files(""), 1, "what could not be recorded is kept");
    store_close(open_store(STORE_WRITE));
    is_str(recorded(&execution, "state"), "EXECUTED", "and recorded by the next");
}

/* --- damage ----------------------------------------------------------------------------------- */

struct torn {
    struct fixture_execution whole, torn;
    off_t cut; /* bytes taken off, or 0: a byte is changed */
};

static void live_two(struct store *store, void *context)
{
    struct torn *torn = context;
    live_begin(store, &torn->whole);
    live_begin(store, &torn->torn);
}

static void test_torn(off_t cut, const char *name)
{
    struct torn torn = {.cut = cut};
    struct stat status;
    fixture_execution(&torn.whole, "SELECT 'whole'");
    fixture_execution(&torn.torn, "SELECT 'torn'");
    in_dead_kernel(live_two, &torn);
    char path[PATH_MAX + 300];
    snprintf(path, sizeof(path), "%s", only_file());
    stat(path, &status);
    int descriptor = open(path, O_RDWR);
    if (cut ? ftruncate(descriptor, status.st_size - cut) < 0
            : pwrite(descriptor, "#", 1, status.st_size - 20) < 0)
        bail_out("can't damage");
    close(descriptor);
    store_close(open_store(STORE_WRITE));
    is_str(recorded(&torn.whole, "state"), "UNKNOWN", "%s: what is whole is recovered", name);
    is_str(recorded(&torn.torn, "state"), "", "%s: what is not is never guessed", name);
    is_int(count_files(INFLIGHT_DAMAGED), 1, "%s: the file is kept aside", name);
    store_close(open_store(STORE_WRITE));
    is_int(count_files(""), 1, "%s: and not looked at again", name);
    unlink(only_file());
}

static void test_rubbish(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s-run", store_file);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s-run/1-RUBBISH", store_file);
    write_text(path, "this is none of ours, whatever it is");
    snprintf(path, sizeof(path), "%s-run/2-LINK", store_file);
    ok(symlink("/etc/passwd", path) == 0, "a link");
    snprintf(path, sizeof(path), "%s-run/3-PIPE", store_file);
    ok(mkfifo(path, 0600) == 0, "a pipe");
    store_close(open_store(STORE_WRITE));
    is_int(count_files(INFLIGHT_DAMAGED), 1, "rubbish is kept aside");
    is_int(count_files(""), 3, "link and pipe are left alone");
    fixture_remove(in_folder("rssd.db-run"));
}

/* JSON that the store's checks refuse must not stop what stands behind it. */
static void live_refused(struct store *store, void *context)
{
    struct torn *torn = context;
    torn->torn.record.arguments = "no JSON";
    live_begin(store, &torn->torn);
    live_begin(store, &torn->whole);
}

static void test_refused(void)
{
    struct torn torn = {.cut = 0};
    fixture_execution(&torn.whole, "SELECT 'behind'");
    fixture_execution(&torn.torn, "SELECT 'refused'");
    in_dead_kernel(live_refused, &torn);
    store_close(open_store(STORE_WRITE));
    is_str(recorded(&torn.whole, "state"), "UNKNOWN", "what stands behind it is recovered");
    is_int(count_files(INFLIGHT_DAMAGED), 1, "what the store refuses is kept aside");
    unlink(only_file());
}

static void test_round_trip(void)
{
    struct fixture_execution execution;
    struct execution_output output = {"stream", "{}", 5};
    fixture_execution(&execution, "SELECT 'a\nb'");
    fixture_finish(&execution, STATE_FAILED, "partial");
    execution.record.rows = 7;
    execution.record.is_silent = true;
    execution.record.has_target_facts = true;
    execution.record.target_size = 1LL << 40;
    execution.record.target_modified_at = 123456789;
    execution.record.target_schema_hash = "abc";
    execution.record.arguments = "{\"a\":1}";
    execution.record.outputs = &output;
    execution.record.output_count = 1;
    AUTO_STRBUF text = STRBUF_INIT, again = STRBUF_INIT;
    inflight_record_add(&text, &execution.record, true);
    struct inflight_record back;
    ok(inflight_record_parse(json_loads(text.text, 0, NULL), &back), "parsed");
    inflight_record_add(&again, &back.record, true);
    is_str(strbuf_text(&again), strbuf_text(&text), "everything comes back");
    is_int(back.record.changes, -1, "unknown stays unknown");
    inflight_record_release(&back);
    ok(!inflight_record_parse(json_loads("{\"execution\":5,\"run\":[]}", 0, NULL), &back),
       "another shape is refused");
    inflight_record_release(&back);
    ok(!inflight_record_parse(json_loads("[1]", 0, NULL), &back), "an array too");
    inflight_record_release(&back);
}

/* A write that fails leaves the whole entries readable, and the next one works. */
static void test_full_disk(void)
{
    struct fixture_execution first, second;
    struct error error = ERROR_INIT;
    struct store *store = open_store(STORE_WRITE);
    fixture_execution(&first, "SELECT 'small'");
    fixture_execution(&second, "SELECT 'next'");
    ok(store_inflight_begin(store, &first.record, &error), "one entry");
    struct stat status;
    stat(only_file(), &status);
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = (rlim_t)status.st_size + 100;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    bool is_written = store_inflight_begin(store, &second.record, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    ok(!is_written && error.message[0], "no room: an error");
    struct stat after;
    ok(stat(only_file(), &after) == 0 && after.st_size == status.st_size, "nothing torn is left");
    ok(store_inflight_begin(store, &second.record, &error), "works again");
    json_t *running = store_running(store, &error);
    is_int(json_array_size(running), 2, "both are there");
    json_decref(running);
    store_inflight_done(store, first.record.execution_id);
    store_inflight_done(store, second.record.execution_id);
    store_close(store);
}

/* Requests that never stop coming must not make it grow for ever. */
static void test_long(void)
{
    static const size_t size = (size_t)65 * 1024 * 1024;
    struct fixture_execution large, small;
    struct error error = ERROR_INIT;
    struct store *store = open_store(STORE_WRITE);
    char *code = xmalloc(size + 1);
    memset(code, 'x', size);
    code[size] = '\0';
    fixture_execution(&large, "SELECT 'large'");
    fixture_execution(&small, "SELECT 'small'");
    large.record.code = code;
    large.record.code_size = size;
    ok(!store_inflight_is_long(store), "nothing is not long");
    ok(store_inflight_begin(store, &large.record, &error) &&
           store_inflight_begin(store, &small.record, &error),
       "two begin");
    ok(store_inflight_is_long(store), "long");
    store_inflight_done(store, large.record.execution_id);
    ok(store_inflight_is_long(store), "as long as one is open");
    store_inflight_done(store, small.record.execution_id);
    ok(!store_inflight_is_long(store), "emptied");
    store_close(store);
    free(code);
}

static void test_removed_folder(void)
{
    struct fixture_execution execution;
    struct error error = ERROR_INIT;
    struct store *store = open_store(STORE_WRITE);
    fixture_execution(&execution, "SELECT 1");
    ok(store_inflight_begin(store, &execution.record, &error), "begins");
    store_inflight_done(store, execution.record.execution_id);
    fixture_remove(in_folder("rssd.db-run"));
    ok(store_inflight_begin(store, &execution.record, &error), "made anew when it was removed");
    is_int(count_files(""), 1, "is there");
    store_inflight_done(store, execution.record.execution_id);
    store_close(store);
}

/* Several processes that recover the same files at once. */
static void test_recovered_once(void)
{
    struct fixture_execution executions[6];
    for (int i = 0; i < 6; i++) {
        fixture_execution(&executions[i], "SELECT 'left'");
        in_dead_kernel(live_begin, &executions[i]);
        if (i == 0)
            is_int(count_files(""), 1, "a file each");
    }
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            store_close(open_store(STORE_WRITE));
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status;
        waitpid(children[i], &status, 0);
        is_int(status, 0, "recoverer %d", i);
    }
    store_close(open_store(STORE_WRITE));
    for (int i = 0; i < 6; i++)
        is_str(recorded(&executions[i], "count(*)"), "1", "exactly once");
    is_int(count_files(""), 0, "no file is left");
}

int main(void)
{
    char *path;
    struct error error = ERROR_INIT;
    fixture_start();
    if (!store_init(fixture_folder, &path, &error))
        bail_out("%s", error.message);
    store_file = path;
    test_unknown();
    test_no_effect();
    test_not_run();
    test_true_end();
    test_store_wins();
    test_living();
    test_kept_at_close();
    test_torn(1, "one byte short");
    test_torn(700, "much short");
    test_torn(0, "a byte changed");
    test_rubbish();
    test_refused();
    test_round_trip();
    test_full_disk();
    test_long();
    test_removed_folder();
    test_recovered_once();
    is_str(plain_text(store_file, "PRAGMA integrity_check"), "ok", "integrity");
    free(path);
    return done_testing();
}
