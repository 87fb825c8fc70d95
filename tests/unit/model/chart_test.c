/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chart: types from values, names of columns, and values that JSON does not have.
 */
#include "model/table/chart.h"

#include <math.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "tap.h"

static struct result_table *sample(void)
{
    struct result_table *table = result_table_new();
    static const char *const names[] = {"day", "amount", "region", "mixed", "when"};
    static const char *const days[] = {"2024-01-01", "2024-01-02 10:30", "2024-01-03T11:00:00Z"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        result_table_add_column(table, names[i], NULL);
    for (size_t i = 0; i < 3; i++) {
        result_table_add_text(table, days[i], strlen(days[i]));
        if (i == 1)
            result_table_add_real(table, -2.5);
        else
            result_table_add_integer(table, 10 * (int64_t)i);
        result_table_add_text(table, i == 1 ? "it's <b>" : "north", i == 1 ? 8 : 5);
        if (i == 0)
            result_table_add_null(table);
        else if (i == 1)
            result_table_add_real(table, INFINITY);
        else
            result_table_add_blob(table, "\0\1", 2);
        result_table_add_text(table, i == 2 ? "20240103" : days[i], i == 2 ? 8 : strlen(days[i]));
    }
    return table;
}

static struct error error;

/* Two members deep of the specification as text; the caller frees. */
static char *part(enum chart_kind kind, const char *x, const char *y, const char *color,
                  const char *first, const char *second, struct strbuf *text)
{
    struct result_table *table = sample();
    struct chart_request request = {kind, x, y, color, NULL, 100};
    error = (struct error)ERROR_INIT;
    strbuf_clear(text);
    AUTO_JSON *json = chart_build(table, &request, text, &error);
    result_table_free(table);
    const json_t *member = json_object_get(json_object_get(json, first), second);
    return member != NULL ? json_format(member) : NULL;
}

static void test_specification(void)
{
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_FREE char *x = part(CHART_LINE, "DAY", "amount", NULL, "encoding", "x", &text);
    is_str(x, "{\"field\":\"x\",\"type\":\"temporal\",\"title\":\"day\"}", "dates");
    AUTO_FREE char *values =
        part(CHART_SCATTER, "amount", "mixed", "region", "data", "values", &text);
    is_str(values,
           "[{\"x\":0,\"y\":null,\"color\":\"north\"},"
           "{\"x\":-2.5,\"y\":null,\"color\":\"it's <b>\"},"
           "{\"x\":20,\"y\":\"(BLOB)\",\"color\":\"north\"}]",
           "values");
    AUTO_FREE char *when = part(CHART_BAR, "when", "amount", NULL, "encoding", "x", &text);
    contains(when, "nominal", "not all are dates");
    contains(strbuf_text(&text), "▒", "a value below zero");
    AUTO_FREE char *bins = part(CHART_HIST, "amount", NULL, NULL, "encoding", "x", &text);
    contains(bins, "\"bin\":true", "a histogram of numbers has bins");
    contains(strbuf_text(&text), "-2.5 to -0.25", "and in plain text too");
    AUTO_FREE char *counts = part(CHART_BAR, "region", NULL, NULL, "encoding", "y", &text);
    contains(counts, "count", "without Y the rows are counted");
    contains(strbuf_text(&text), "north                    █", "in plain text too");
}

/* A histogram in plain text of the numbers, with a NULL and infinities that are in no bin. */
static void is_histogram(double first, double second, const char *expected, const char *name)
{
    AUTO_STRBUF text = STRBUF_INIT;
    struct result_table *table = result_table_new();
    struct chart_request request = {CHART_HIST, "n", NULL, NULL, NULL, 100};
    const double numbers[] = {first, second, INFINITY, -INFINITY};
    result_table_add_column(table, "n", NULL);
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        result_table_add_real(table, numbers[i]);
    result_table_add_null(table);
    json_decref(chart_build(table, &request, &text, &error));
    result_table_free(table);
    contains(strbuf_text(&text), expected, "%s", name);
}

static void test_histograms(void)
{
    is_histogram(-1e308, 1e308, "8e+307 to 1e+308         █", "a range larger than any double");
    is_histogram(0, 5e-324, "0 to 4.941e-324          █", "a range too small to be divided");
    is_histogram(7, 7, "\n7                        █", "one value");
}

/* No value is not 0. */
static void test_no_value(void)
{
    AUTO_STRBUF text = STRBUF_INIT;
    struct result_table *table = result_table_new();
    struct chart_request request = {CHART_BAR, "x", "y", NULL, NULL, 100};
    result_table_add_column(table, "x", NULL);
    result_table_add_column(table, "y", NULL);
    result_table_add_text(table, "a", 1);
    result_table_add_integer(table, 0);
    result_table_add_text(table, "b", 1);
    result_table_add_null(table);
    json_decref(chart_build(table, &request, &text, &error));
    result_table_free(table);
    contains(strbuf_text(&text), "\nb                        NULL", "NULL is no bar of 0");
}

static void fails(enum chart_kind kind, const char *x, const char *y, const char *says)
{
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_FREE char *nothing = part(kind, x, y, NULL, "encoding", "x", &text);
    ok(nothing == NULL, "%s fails", x);
    contains(error.message, says, "and says why");
}

/* A chart is part of the record: a text of any length is not. */
static void test_long_text(void)
{
    struct result_table *table = result_table_new();
    struct chart_request request = {CHART_BAR, "t", NULL, NULL, NULL, 100};
    AUTO_STRBUF value = STRBUF_INIT, text = STRBUF_INIT;
    strbuf_add_repeated(&value, 'x', 60000);
    result_table_add_column(table, "t", NULL);
    result_table_add_text(table, strbuf_text(&value), value.size);
    AUTO_JSON *json = chart_build(table, &request, &text, &error);
    AUTO_FREE char *all = json_format(json);
    ok(strlen(all) < 2000 && text.size < 500, "a long text is cut");
    result_table_free(table);
}

int main(void)
{
    enum chart_kind kind;
    test_long_text();
    test_specification();
    test_histograms();
    test_no_value();
    fails(CHART_BAR, "regoin", "amount", "did you mean region?");
    fails(CHART_BAR, "qqqqq", "amount", "it has day, amount, region");
    fails(CHART_LINE, "day", NULL, "needs two columns");
    fails(CHART_BAR, "day", "region", "holds no numbers alone");
    ok(chart_kind_find("HIST", &kind) && kind == CHART_HIST, "a kind in capitals");
    ok(!chart_kind_find("pie", &kind), "no such kind");
    return done_testing();
}
