/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_output: what is shown within which limits, and when progress is said.
 */
#include "engine/sqlite_output.h"

#include <sqlite3.h>
#include <string.h>

#include "base/json_util.h"
#include "model/table/result_table.h"
#include "tap.h"

#define ROWS                                                                                       \
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT %d)"                     \
    " SELECT i, i * 2 AS b, 'row ' || i AS t FROM c"

struct shown {
    json_t *last;
    size_t displays, reports;
    struct engine_progress progress;
};

static sqlite3 *database;
static struct shown shown;
static struct sqlite_output output;
static struct engine_limits limits = {.max_rows = 1000, .max_width = 200, .max_bytes = 16 << 20};

static void on_display(void *context, const json_t *data, const json_t *metadata)
{
    (void)metadata;
    struct shown *to = context;
    json_decref(to->last);
    to->last = json_deep_copy(data);
    to->displays++;
}

static void on_progress(void *context, const struct engine_progress *progress)
{
    struct shown *to = context;
    to->progress = *progress;
    to->reports++;
}

static size_t count_statements(const void *context)
{
    (void)context;
    return 3;
}

static void start(bool is_watched)
{
    static struct engine_sink sink;
    json_decref(shown.last);
    shown = (struct shown){0};
    sink = (struct engine_sink){
        .context = &shown, .display = on_display, .progress = is_watched ? on_progress : NULL};
    sqlite_output_init(&output, &sink, &limits, false);
    output.count_statements = count_statements;
}

/* As the engine runs a statement; is_slow: its progress is due at once. */
static void show(const char *sql, bool is_slow)
{
    struct sqlite_rows rows;
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        bail_out("%s: %s", sql, sqlite3_errmsg(database));
    sqlite_output_begin(&output, 2);
    if (is_slow && output.statement.due)
        output.statement.due = 1;
    int code = sqlite_output_read(&output, statement, &rows);
    sqlite3_finalize(statement);
    if (code == SQLITE_DONE && rows.table)
        sqlite_output_rows(&output, &rows, NULL);
    sqlite_output_end(&output, code == SQLITE_DONE);
    sqlite_rows_release(&rows);
}

static const char *text(const char *type)
{
    return json_member_text(shown.last, type, "");
}

static void show_rows(int count, bool is_slow)
{
    AUTO_FREE char *sql = xasprintf(ROWS, count);
    show(sql, is_slow);
}

static void test_many(void)
{
    limits.max_rows = -1;
    start(false);
    show_rows(100000, false);
    contains(text("text/plain"), "\n100000  200000  row 100000\n(100000 rows)",
             "100,000 rows are shown within the limit that is set at first");
    contains(text("text/html"), "<tr><td>100000</td><td>200000</td>", "in HTML too");
    ok(output.shown_bytes <= limits.max_bytes, "%zu bytes", output.shown_bytes);
    limits.max_rows = 1000;
    start(false);
    show_rows(1001, false);
    contains(text("text/plain"), "(1000 of 1001 rows shown; %set maxrows all", "cut by rows");
}

static void test_bytes(void)
{
    size_t most = 0;
    bool is_held = true;
    limits.max_rows = -1;
    for (size_t max = 1024; max < 200000; max = max * 5 / 4) {
        limits.max_bytes = max;
        start(false);
        show_rows(2000, false);
        bool has_html = text("text/html")[0] != '\0';
        is_held = is_held && output.shown_bytes <= max && (has_html || max < 3000);
        size_t rows = (size_t)strtol(strrchr(text("text/plain"), '(') + 1, NULL, 10);
        is_held = is_held && rows >= most;
        most = rows;
    }
    ok(is_held, "a table is cut so that both its texts fit");
    ok(most > 1000, "and as many rows as fit are shown: %zu", most);
    limits.max_bytes = 4096;
    limits.max_width = -1;
    start(false);
    show("SELECT printf('%.*c', 100000, 'x') AS t", false);
    ok(output.shown_bytes < 5000, "a text without limit ends at the cell's: %zu bytes",
       output.shown_bytes);
    limits = (struct engine_limits){.max_rows = 1000, .max_width = 200, .max_bytes = 16 << 20};
}

static void test_width(void)
{
    limits.max_width = 5;
    start(false);
    show("SELECT 'abcdefg' AS t", false);
    contains(text("text/plain"), "\nabcde… (7 characters)\n", "cut");
    contains(text("text/html"), ">abcde<span style=\"opacity:.6\">… (7 characters)</span>", "both");
    contains(text("text/plain"), "(1 row)", "and whole otherwise");
    limits.max_width = 200;
}

static void test_progress(void)
{
    start(true);
    show_rows(200, false);
    is_int(shown.reports, 0, "a short statement: nothing");
    show_rows(200, true);
    is_int(shown.reports, 1, "a long one: said once, the next is due later");
    is_int(shown.progress.stage, PROGRESS_RUNNING, "while it ran");
    is_int(shown.progress.rows, 64, "with the rows so far");
    is_int(shown.progress.statement, 2, "which statement");
    is_int(shown.progress.statements, 3, "of how many");
    is_int(shown.displays, 2, "the result takes its place: no word of its end");

    start(true);
    sqlite_output_begin(&output, 1);
    output.statement.due = 1;
    sqlite_output_tick(&output);
    is_int(shown.progress.stage, PROGRESS_RUNNING, "a statement without result");
    sqlite_output_end(&output, true);
    is_int(shown.progress.stage, PROGRESS_DONE, "its end is said");
    ok(output.has_shown, "and no OK is needed");
    sqlite_output_begin(&output, 1);
    output.statement.due = 1;
    sqlite_output_tick(&output);
    sqlite_output_end(&output, false);
    is_int(shown.progress.stage, PROGRESS_STOPPED, "one that fails was stopped");
    size_t reports = shown.reports;
    sqlite_output_tick(&output);
    is_int(shown.reports, reports, "between statements there is no progress");

    start(false);
    show_rows(200, true);
    is_int(output.statement.due, 0, "nobody watches: never");
}

static void test_time(void)
{
    AUTO_STRBUF note = STRBUF_INIT;
    start(false);
    sqlite_output_begin(&output, 1);
    sqlite_output_add_time(&output, &note);
    is_str(strbuf_text(&note), "", "not asked for");
    limits.with_times = true;
    start(false);
    sqlite_output_begin(&output, 1);
    strbuf_add_text(&note, "unbound");
    sqlite_output_add_time(&output, &note);
    contains(strbuf_text(&note), "unbound\nRun time: 0.", "a line of its own");
    limits.with_times = false;
}

int main(void)
{
    if (sqlite3_open(":memory:", &database) != SQLITE_OK)
        bail_out("no database");
    test_many();
    test_bytes();
    test_width();
    test_progress();
    test_time();
    json_decref(shown.last);
    sqlite3_close(database);
    return done_testing();
}
