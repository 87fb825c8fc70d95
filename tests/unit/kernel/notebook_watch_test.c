/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_watch: what it takes in and when; that a cell stops it, and the lock of others holds up
 * neither a first cell nor the end for long.
 */
#include "kernel/notebook_watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_util.h"
#include "base/memory.h"
#include "../store/store_fixture.h"
#include "kernel/cell_tracker.h"
#include "tap.h"

#define NOTEBOOK "n.ipynb"
#define MAX_WAITS 4000

static char path[PATH_MAX]; /* of the notebook */

static void write_file(const char *text)
{
    struct error error = ERROR_INIT;

    ok(file_write_atomic(path, text, strlen(text), 0600, &error), "the file is written: %s",
       error.message);
}

/* A 4.5 file with one code cell per text, up to NULL; ids a, b, c … unless they are left out. */
static void write_cells(bool has_ids, const char *const *texts)
{
    AUTO_STRBUF text = STRBUF_INIT;

    strbuf_add_text(&text, "{\"cells\": [");
    for (size_t i = 0; texts[i]; i++) {
        strbuf_addf(&text,
                    "%s{\"cell_type\": \"code\", \"source\": \"%s\", \"metadata\": {},"
                    " \"outputs\": [], \"execution_count\": null",
                    i ? ", " : "", texts[i]);
        if (has_ids)
            strbuf_addf(&text, ", \"id\": \"%c\"", (char)('a' + i));
        strbuf_add_char(&text, '}');
    }
    strbuf_addf(&text, "], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": %d}",
                has_ids ? 5 : 4);
    write_file(strbuf_text(&text));
}

#define WRITE(has_ids, ...) write_cells(has_ids, (const char *const[]){__VA_ARGS__, NULL})

static struct store *open_store(void)
{
    struct error error = ERROR_INIT;
    struct store *store = store_open(in_folder(STORE_FILE_NAME), STORE_WRITE, &error);

    ok(store != NULL, "the store opens: %s", error.message);
    return store;
}

static struct notebook_watch *start(struct store *store, char **ret_key)
{
    struct notebook_watch *watch = notebook_watch_new(NULL);
    struct notebook_facts facts = {
        .path = path, .name = NOTEBOOK, .run_id = "r", .user = "u", .host = "h"};

    notebook_watch_attach(watch, store);
    notebook_watch_start(watch, &facts, ret_key);
    return watch;
}

/* Makes the file so old that no change of it can be hidden. */
static bool age(void)
{
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

    return utimensat(AT_FDCWD, path, times, 0) == 0;
}

static int64_t newest(struct store_connection *connection)
{
    struct notebook_version version;
    struct error ignored = ERROR_INIT;
    int64_t number;

    if (!store_version(connection, NOTEBOOK, 0, &version, &ignored))
        return 0;
    number = version.version;
    notebook_version_release(&version);
    return number;
}

/* Waits for the version in other threads' time. */
static int64_t wait_for(struct store_connection *connection, int64_t wanted)
{
    const struct timespec moment = {.tv_nsec = 5000000};

    for (int i = 0; i < MAX_WAITS && newest(connection) < wanted; i++)
        nanosleep(&moment, NULL);
    return newest(connection);
}

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_age(int64_t seconds)
{
    struct timespec times[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};

    if (utimensat(AT_FDCWD, path, times, 0) < 0)
        bail_out("%s: can't set its time", path);
}

static void test_views(void)
{
    struct error error = ERROR_INIT;
    struct notebook_view *view;
    struct stat status;

    WRITE(true, "SELECT 1", "SELECT 2");
    set_age(3600);
    view = notebook_view_read(path, &error);
    ok(view && !view->is_fresh, "a file that is old");
    notebook_view_unref(view);
    set_age(-3600);
    view = notebook_view_read(path, &error);
    ok(view && view->notebook && view->notebook->count == 2, "a notebook is read");
    ok(stat(path, &status) == 0 && notebook_view_is_of(view, &status), "it is of that file");
    ok(view->is_fresh, "which is so young that a change may not show");
    notebook_view_slim(view);
    is_str(view->notebook->cells[1].source, "SELECT 2", "a slim one keeps the cells' texts");
    is_int(view->text.size, 0, "and not the file's");
    write_file("no notebook\x1b");
    ok(stat(path, &status) == 0 && !notebook_view_is_of(view, &status), "a new file is another");
    notebook_view_unref(view);
    view = notebook_view_read(path, &error);
    ok(view && !view->notebook, "a text that is no notebook");
    ok(strstr(error.message, path) && !strchr(error.message, '\x1b'), "is said: %s", error.message);
    notebook_view_unref(view);
    unlink(path);
    error = (struct error)ERROR_INIT;
    ok(!notebook_view_read(path, &error) && error.code == ERROR_NOT_FOUND, "no file");
    ok(mkfifo(path, 0600) == 0 && !notebook_view_read(path, &error), "a pipe is not waited for");
    unlink(path);
    ok(mkdir(path, 0700) == 0 && !notebook_view_read(path, &error), "a folder is no file");
    rmdir(path);
    WRITE(true, "SELECT 1");
    ok(truncate(path, (off_t)NOTEBOOK_VIEW_MAX_BYTES + 1) == 0, "a file that is too long");
    view = notebook_view_read(path, &error);
    ok(view && !view->notebook && strstr(error.message, "MiB"), "is not read: %s", error.message);
    notebook_view_unref(view);
    unlink(path);
}

static void test_taking(struct store_connection *look)
{
    struct store *store = open_store();
    const struct version_cells *cells;
    struct notebook_watch *watch;
    struct notebook_view *view;
    AUTO_FREE char *key = NULL;

    WRITE(true, "SELECT 1", "SELECT 2");
    watch = start(store, &key);
    is_str(key, NOTEBOOK, "the first cell gets the key");
    is_int(newest(look), 1, "the file is taken in before it");
    view = notebook_watch_view(watch, false, &cells);
    ok(view && cells && cells->count == 2, "its cells are known");
    is_str(cells->cells[1].cell_key, "b", "with their keys");
    notebook_view_unref(view);
    WRITE(true, "SELECT 1", "SELECT 2", "SELECT 3");
    view = notebook_watch_view(watch, false, &cells);
    ok(view && view->notebook->count == 2, "a cell whose id is known needs no look at the file");
    notebook_view_unref(view);
    view = notebook_watch_view(watch, true, &cells);
    ok(view && view->notebook->count == 3 && !cells, "another one sees it as it is");
    notebook_view_unref(view);
    ok(age() && (view = notebook_watch_view(watch, true, &cells)), "also when it is not young");
    notebook_view_unref(view);
    is_int(newest(look), 1, "while a cell runs nothing is taken in");
    notebook_watch_cell_ends(watch);
    is_int(wait_for(look, 2), 2, "in the pause it is");
    notebook_watch_cell_begins(watch);
    view = notebook_watch_view(watch, true, &cells);
    ok(view && cells && cells->count == 3, "and its cells are known to the next cell");
    notebook_view_unref(view);
    notebook_watch_cell_ends(watch);
    WRITE(true, "SELECT 4");
    notebook_watch_pause(watch);
    notebook_watch_free(watch);
    is_int(newest(look), 3, "what was saved last is taken in at the end");
    store_close(store);
}

/* Each cell stops what is under way; in the end all is there. */
static void test_stopped(struct store_connection *look)
{
    struct store *store = open_store();
    struct notebook_watch *watch;
    AUTO_FREE char *key = NULL;
    const struct timespec moment = {.tv_nsec = 300000};
    int64_t before = newest(look);

    watch = start(store, &key);
    for (int i = 0; i < 200; i++) {
        AUTO_FREE char *text = xasprintf("SELECT 'stopped %d'", i);

        notebook_watch_cell_ends(watch);
        nanosleep(&moment, NULL);
        if (i % 20 == 0)
            WRITE(true, text);
        notebook_watch_cell_begins(watch);
    }
    is_int(newest(look), before, "between cells in a row there is no pause");
    notebook_watch_cell_ends(watch);
    is_int(wait_for(look, before + 1), before + 1, "after them there is");
    notebook_watch_free(watch);
    store_close(store);
}

static void test_locked(struct store_connection *look)
{
    struct error error = ERROR_INIT;
    struct store *store = open_store(), *other = open_store();
    struct store_connection *holder = store_connect(other, &error);
    struct notebook_watch *watch;
    AUTO_FREE char *key = NULL;
    int64_t before = newest(look), begin;

    ok(holder && store_begin(holder, NULL, &error), "somebody has the lock");
    WRITE(true, "SELECT 'locked'");
    begin = milliseconds();
    watch = start(store, &key);
    ok(milliseconds() - begin < 5000, "the first cell waits for a second");
    ok(!key, "and goes on without");
    notebook_watch_set_key(watch, NOTEBOOK);
    notebook_watch_cell_ends(watch);
    begin = milliseconds();
    notebook_watch_pause(watch);
    notebook_watch_free(watch);
    ok(milliseconds() - begin < 3000, "the end does not wait for it either");
    store_release(holder);
    store_disconnect(holder);
    store_close(other);
    is_int(newest(look), before, "nothing was taken in");
    watch = start(store, &key);
    is_int(newest(look), before + 1, "the next kernel does it");
    notebook_watch_free(watch);
    store_close(store);
}

/* --- with the tracker ------------------------------------------------------------------------- */

static const char *key_of(struct cell_tracker *tracker, struct notebook_watch *watch,
                          const char *code, const char *page_id)
{
    static char keys[8][80];
    static int next;
    AUTO_JSON *metadata = page_id ? json_pack("{s:s}", "cellId", page_id) : NULL;
    struct tracked_cell cell;
    char *key = keys[next++ % 8];

    cell_tracker_identify(tracker, watch, code, strlen(code), metadata, NULL, false, &cell);
    snprintf(key, sizeof(keys[0]), "%s", cell.cell_key);
    json_decref(cell.client_cell);
    return key;
}

/* A file without ids, saved with an edited and a moved cell: before it is taken in the cells are
 * what they will be after that. */
static void test_tracked(struct store_connection *look)
{
    const char *long_text = "SELECT title, year FROM book WHERE year > 1900 ORDER BY year";
    struct store *store = open_store();
    struct cell_tracker *tracker = cell_tracker_new();
    struct notebook_watch *watch;
    AUTO_FREE char *key = NULL;
    int64_t before = newest(look);
    const char *first, *second, *third;

    unlink(path);
    WRITE(false, "SELECT 'a'", long_text, "SELECT 'a'");
    watch = start(store, &key);
    is_int(newest(look), before + 1, "taken in");
    first = key_of(tracker, watch, "SELECT 'a'", NULL);
    second = key_of(tracker, watch, long_text, "page-1");
    third = key_of(tracker, watch, "SELECT 'a'", NULL);
    ok(strcmp(first, third) != 0, "doubled cells are two");
    is_str(key_of(tracker, watch, long_text, "page-1"), second, "a page's id stays");
    WRITE(false, "SELECT title, year, id FROM book WHERE year > 1900 ORDER BY year", "SELECT 'a'",
          "SELECT 'a'");
    is_str(key_of(tracker, watch,
                  "SELECT title, year, id FROM book WHERE year > 1900 ORDER BY year", "page-2"),
           second, "an edited and moved one is itself before it is taken in");
    is_str(key_of(tracker, watch, "SELECT 'a'", NULL), third, "and so is the one behind it");
    is_str(key_of(tracker, watch, "SELECT 'a'", NULL), first, "and the one that was moved");
    notebook_watch_cell_ends(watch);
    is_int(wait_for(look, before + 2), before + 2, "taken in again");
    notebook_watch_cell_begins(watch);
    is_str(key_of(tracker, watch, "SELECT 'a'", NULL), third, "after that they are the same");
    is_str(key_of(tracker, watch, "SELECT 'a'", NULL), first, "each");
    notebook_watch_cell_ends(watch);
    notebook_watch_free(watch);
    cell_tracker_free(tracker);
    store_close(store);
}

int main(void)
{
    struct error error = ERROR_INIT;
    AUTO_FREE char *store_path = NULL;
    struct store *store;
    struct store_connection *look;

    fixture_start();
    snprintf(path, sizeof(path), "%s", in_folder(NOTEBOOK));
    ok(store_init(fixture_folder, &store_path, &error), "a store is made: %s", error.message);
    store = open_store();
    look = store_connect(store, &error);
    test_views();
    test_taking(look);
    test_stopped(look);
    test_locked(look);
    test_tracked(look);
    store_disconnect(look);
    store_close(store);
    return done_testing();
}
