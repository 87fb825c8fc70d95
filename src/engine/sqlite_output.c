/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_output: see the header.
 */
#include "engine/sqlite_output.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "engine/sqlite_export.h"
#include "model/table/result_table.h"

#define COUNT_US 1000000 /* for counting rows that are not shown, whole cell (K-22) */
#define CHANGE_LINES 20  /* DML statements that get a line of their own */
#define PROGRESS_AFTER_US 1000000
#define PROGRESS_EVERY_US 500000
#define ROWS_PER_LOOK 64 /* rows between two looks at the clock: each may be dear */

void sqlite_output_init(struct sqlite_output *output, const struct engine_sink *sink,
                        const struct engine_limits *limits, bool is_quiet)
{
    memset(output, 0, sizeof *output);
    output->sink = sink;
    output->limits = *limits;
    output->is_quiet = is_quiet || !sink->display;
    output->count_left_us = COUNT_US;
}

bool sqlite_output_is_late(const struct sqlite_output *output)
{
    return output->count_until && monotonic_us() >= output->count_until;
}

/* ------------------------------------------------------------------------------------------------
 * progress
 */

void sqlite_output_begin(struct sqlite_output *output, size_t number)
{
    int64_t now = monotonic_us();

    output->statement = (struct sqlite_output_statement){
        .number = number,
        .started = now,
        .due = output->sink->progress && !output->is_quiet ? now + PROGRESS_AFTER_US : 0,
    };
}

static void report(struct sqlite_output *output, int stage)
{
    struct sqlite_output_statement *statement = &output->statement;

    if (!statement->count && output->count_statements)
        statement->count = output->count_statements(output->count_context);
    struct engine_progress progress = {
        .stage = stage,
        .elapsed_us = monotonic_us() - statement->started,
        .rows = statement->work_rows ? (uint64_t)*statement->work_rows : statement->rows,
        .statement = statement->number,
        .statements = statement->count < statement->number ? statement->number : statement->count,
    };
    output->sink->progress(output->sink->context, &progress);
}

void sqlite_output_tick(struct sqlite_output *output)
{
    struct sqlite_output_statement *statement = &output->statement;
    int64_t now;

    if (!statement->due || (now = monotonic_us()) < statement->due)
        return;
    statement->due = now + PROGRESS_EVERY_US;
    statement->is_reported = true;
    report(output, PROGRESS_RUNNING);
}

void sqlite_output_end(struct sqlite_output *output, bool is_done)
{
    if (output->statement.is_reported) {
        report(output, is_done ? PROGRESS_DONE : PROGRESS_STOPPED);
        output->has_shown = true;
    }
    memset(&output->statement, 0, sizeof output->statement);
}

static size_t bytes_left(const struct sqlite_output *output)
{
    return output->shown_bytes < output->limits.max_bytes
               ? output->limits.max_bytes - output->shown_bytes
               : 0;
}

/* ------------------------------------------------------------------------------------------------
 * reading
 */

static void add_columns(struct result_table *table, sqlite3_stmt *statement, int columns)
{
    for (int i = 0; i < columns; i++) {
        const char *name = sqlite3_column_name(statement, i);
        result_table_add_column(table, name ? name : "", sqlite3_column_decltype(statement, i));
    }
}

static void add_value(struct result_table *table, sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        result_table_add_integer(table, sqlite3_column_int64(statement, column));
        break;
    case SQLITE_FLOAT:
        result_table_add_real(table, sqlite3_column_double(statement, column));
        break;
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(statement, column);
        size_t size = (size_t)sqlite3_column_bytes(statement, column);
        result_table_add_text(table, text ? text : "", text ? size : 0);
        break;
    }
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(statement, column);
        result_table_add_blob(table, bytes ? bytes : "",
                              (size_t)sqlite3_column_bytes(statement, column));
        break;
    }
    default:
        result_table_add_null(table);
        break;
    }
}

/* Takes the row into the table, or notes that the table is cut. */
static void take_row(struct sqlite_output *output, sqlite3_stmt *statement, int columns,
                     struct sqlite_rows *rows)
{
    int64_t max_rows = output->limits.max_rows;

    if (rows->is_cut || !rows->table)
        return;
    if (max_rows >= 0 && result_table_rows(rows->table) >= (size_t)max_rows) {
        rows->is_cut = true;
    } else {
        for (int i = 0; i < columns; i++)
            add_value(rows->table, statement, i);
        if (result_table_size(rows->table) > bytes_left(output)) {
            rows->is_cut = rows->cut_by_bytes = true;
            if (result_table_rows(rows->table) > 1) /* a row that is too large alone is cut later */
                result_table_drop_row(rows->table);
        }
    }
}

static struct result_table *new_table(const struct sqlite_output *output)
{
    struct result_table *table = result_table_new();
    int64_t max_width = output->limits.max_width;

    result_table_limit(table, max_width < 0 ? SIZE_MAX : (size_t)max_width, bytes_left(output));
    return table;
}

int sqlite_output_read(struct sqlite_output *output, struct sqlite3_stmt *statement,
                       struct sqlite_rows *ret_rows)
{
    int columns = sqlite3_column_count(statement);
    struct row_file *file = columns ? output->file : NULL;
    bool may_stop = sqlite3_stmt_readonly(statement) && !file;
    int64_t started = 0;
    bool is_late = false;
    int code;

    memset(ret_rows, 0, sizeof *ret_rows);
    ret_rows->is_exact = true;
    if (file)
        sqlite_export_columns(file, statement);
    if (columns && !output->is_quiet && !file) {
        ret_rows->table = new_table(output);
        add_columns(ret_rows->table, statement, columns);
    }
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        ret_rows->total++;
        output->statement.rows = ret_rows->total;
        if (ret_rows->total % ROWS_PER_LOOK == 0)
            sqlite_output_tick(output);
        take_row(output, statement, columns, ret_rows);
        if (file && !sqlite_export_row(file, statement, columns))
            return SQLITE_DONE; /* what went wrong is said by its commit */
        bool is_enough = ret_rows->is_cut || !ret_rows->table;
        if (!started && may_stop && is_enough) {
            started = monotonic_us();
            output->count_until = started + output->count_left_us;
        }
    }
    if (started) {
        is_late = sqlite_output_is_late(output);
        output->count_left_us -= monotonic_us() - started;
        if (output->count_left_us < 0)
            output->count_left_us = 0;
        output->count_until = 0;
    }
    if ((code & 0xff) == SQLITE_INTERRUPT && is_late) {
        ret_rows->is_exact = false;
        return SQLITE_DONE;
    }
    return code;
}

void sqlite_rows_release(struct sqlite_rows *rows)
{
    result_table_free(rows->table);
    rows->table = NULL;
}

/* ------------------------------------------------------------------------------------------------
 * showing
 */

static void display(struct sqlite_output *output, json_t *data, size_t size)
{
    output->has_shown = true;
    output->statement.is_reported = false;
    output->shown_bytes += size;
    output->sink->display(output->sink->context, data, NULL);
    json_decref(data);
}

/* False when nothing more is to be shown; the first time that is said. */
static bool has_room(struct sqlite_output *output)
{
    if (output->is_quiet || output->is_full)
        return false;
    if (bytes_left(output))
        return true;
    AUTO_FREE char *text = xasprintf("(more output is not shown: the limit of %zu bytes for one "
                                     "cell is reached; `%%set maxbytes` changes it)",
                                     output->limits.max_bytes);
    output->is_full = true;
    json_t *data = json_object();
    json_object_set_new(data, "text/plain", json_text(text, strlen(text)));
    display(output, data, strlen(text));
    return false;
}

/* What still does not fit loses its end, at a line's end, and says so. */
static void cut_text(struct strbuf *text, size_t size)
{
    if (text->size <= size)
        return;
    size_t whole = text->size;
    while (size && text->text[size - 1] != '\n')
        size--;
    strbuf_truncate(text, size);
    strbuf_addf(text, "(cut here: the text has %zu bytes; `%%set maxbytes` shows more)", whole);
}

void sqlite_output_rows(struct sqlite_output *output, const struct sqlite_rows *rows,
                        const char *note)
{
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_STRBUF html = STRBUF_INIT;
    struct result_total total = {.rows = rows->total,
                                 .is_exact = rows->is_exact,
                                 .cut_by_bytes = rows->cut_by_bytes,
                                 .note = note};

    if (!has_room(output) || !rows->table)
        return;
    size_t left = bytes_left(output);
    result_table_text(rows->table, &total, &text);
    result_table_html(rows->table, &total, &html);
    json_t *resource = result_table_data_resource(rows->table);
    size_t resource_size = resource ? json_dumpb(resource, NULL, 0, JSON_COMPACT) : 0;

    /* The richest forms go first: the plain text can always be read. */
    json_t *data = json_object();
    cut_text(&text, left);
    size_t size = text.size;
    json_object_set_new(data, "text/plain", json_stringn_nocheck(strbuf_text(&text), text.size));
    if (size + html.size <= left) {
        json_object_set_new(data, "text/html", json_stringn_nocheck(strbuf_text(&html), html.size));
        size += html.size;
        if (resource && size + resource_size <= left) {
            json_object_set(data, "application/vnd.dataresource+json", resource);
            size += resource_size;
        }
    }
    json_decref(resource);
    display(output, data, size);
}

void sqlite_output_add_time(const struct sqlite_output *output, struct strbuf *note)
{
    if (output->limits.with_times)
        strbuf_addf(note, "%sRun time: %.3f s", note->size ? "\n" : "",
                    (double)(monotonic_us() - output->statement.started) / 1e6);
}

void sqlite_output_text(struct sqlite_output *output, const char *text)
{
    if (!has_room(output))
        return;
    json_t *data = json_object();
    json_object_set_new(data, "text/plain", json_text(text, strlen(text)));
    display(output, data, strlen(text));
}

void sqlite_output_changes(struct sqlite_output *output, int64_t changes, const char *note)
{
    if (output->change_lines == CHANGE_LINES) {
        output->hidden_changes += (uint64_t)changes;
        output->hidden_statements++;
        return;
    }
    output->change_lines++;
    AUTO_FREE char *text = xasprintf("%" PRId64 " row%s changed%s%s", changes,
                                     changes == 1 ? "" : "s", note ? "\n" : "", note ? note : "");
    sqlite_output_text(output, text);
}

void sqlite_output_finish(struct sqlite_output *output)
{
    if (!output->hidden_statements)
        return;
    AUTO_FREE char *text =
        xasprintf("%" PRIu64 " row%s changed by %" PRIu64 " more statement%s",
                  output->hidden_changes, output->hidden_changes == 1 ? "" : "s",
                  output->hidden_statements, output->hidden_statements == 1 ? "" : "s");
    output->hidden_statements = 0;
    sqlite_output_text(output, text);
}
