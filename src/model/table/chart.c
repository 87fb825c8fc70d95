/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chart: the values go into the specification under the keys x, y and color, because Vega-Lite reads
 * dots and brackets in a field's name as a path; the columns' names are the titles.
 */
#include "model/table/chart.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/near_name.h"
#include "base/utf8.h"
#include "model/table/result_value.h"

#define WIDTH 480
#define HEIGHT 280
#define BARS_SHOWN 40u   /* in plain text */
#define POINTS_SHOWN 20u /* in plain text */
#define BAR_WIDTH 40
#define LABEL_WIDTH 24u
#define TEXT_SHOWN 200u /* characters of a value: a picture shows no more, and is recorded */
#define BINS 10

static const char *const kind_words[] = {"bar", "line", "scatter", "hist"};

bool chart_kind_find(const char *word, enum chart_kind *ret_kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kind_words); i++) {
        if (strcasecmp(kind_words[i], word) == 0) {
            *ret_kind = (enum chart_kind)i;
            return true;
        }
    }
    return false;
}

/* --- Columns --------------------------------------------------------------------------------- */

struct axis {
    const char *key;  /* in the data */
    const char *name; /* NULL: not there */
    size_t column;
    const char *type; /* of Vega-Lite */
};

struct chart {
    const struct result_table *table;
    const struct chart_request *request;
    size_t rows;
    struct axis x, y, color;
};

static bool find_column(const struct chart *chart, const char *name, struct axis *axis,
                        struct error *error)
{
    size_t count = result_table_columns(chart->table), found = count;
    const char **names = xcalloc(count + 1, sizeof(*names));
    AUTO_STRBUF near = STRBUF_INIT;

    for (size_t i = 0; i < count; i++) {
        names[i] = result_table_column_name(chart->table, i);
        if (strcmp(names[i], name) == 0 || (found == count && strcasecmp(names[i], name) == 0))
            found = i;
    }
    if (found == count && near_name_list(&near, name, names, count, 3) == 0) {
        for (size_t i = 0; i < count && i < 8; i++)
            strbuf_addf(&near, "%s%s", i > 0 ? ", " : "", names[i]);
        error_set(error, ERROR_NOT_FOUND, "the last result has no column %s; it has %s", name,
                  strbuf_text(&near));
    } else if (found == count) {
        error_set(error, ERROR_NOT_FOUND, "the last result has no column %s; did you mean %s?",
                  name, strbuf_text(&near));
    } else {
        axis->column = found;
        axis->name = names[found];
    }
    free(names);
    return found < count;
}

static bool are_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return true;
}

/* YYYY-MM-DD, and perhaps a time after a blank or T, as SQLite's date functions make them. */
static bool is_date(const struct result_value *value)
{
    const char *text = value->bytes;

    if (value->size < 10 || !are_digits(text, 4) || text[4] != '-' || !are_digits(text + 5, 2) ||
        text[7] != '-' || !are_digits(text + 8, 2))
        return false;
    return value->size == 10 || (value->size >= 16 && (text[10] == ' ' || text[10] == 'T') &&
                                 are_digits(text + 11, 2) && text[13] == ':');
}

static void find_type(const struct chart *chart, struct axis *axis)
{
    size_t numbers = 0, dates = 0, others = 0;
    struct result_value value;

    for (size_t row = 0; row < chart->rows; row++) {
        result_table_value(chart->table, row, axis->column, &value);
        if (value.type == RESULT_INTEGER || value.type == RESULT_REAL)
            numbers++;
        else if (value.type == RESULT_TEXT && is_date(&value))
            dates++;
        else if (value.type != RESULT_NULL)
            others++;
    }
    if (others > 0 || (numbers > 0 && dates > 0))
        axis->type = "nominal";
    else if (dates > 0)
        axis->type = "temporal";
    else
        axis->type = numbers > 0 ? "quantitative" : "nominal";
}

static bool find_axis(const struct chart *chart, const char *key, const char *name,
                      struct axis *axis, struct error *error)
{
    axis->key = key;
    if (name == NULL)
        return true;
    if (!find_column(chart, name, axis, error))
        return false;
    find_type(chart, axis);
    return true;
}

static bool is_quantitative(const struct axis *axis)
{
    return axis->name != NULL && strcmp(axis->type, "quantitative") == 0;
}

static bool check(struct chart *chart, struct error *error)
{
    enum chart_kind kind = chart->request->kind;

    if (chart->y.name == NULL && (kind == CHART_LINE || kind == CHART_SCATTER))
        return error_set(error, ERROR_INVALID, "a %s chart needs two columns: X and Y",
                         kind_words[kind]);
    if (chart->y.name != NULL && kind != CHART_SCATTER && !is_quantitative(&chart->y))
        return error_set(error, ERROR_INVALID,
                         "the column %s holds no numbers alone; a %s chart needs them for its "
                         "second column",
                         chart->y.name, kind_words[kind]);
    /* Each bar stands for a value, also where the values are numbers. */
    if (kind == CHART_BAR && is_quantitative(&chart->x))
        chart->x.type = "ordinal";
    return true;
}

/* --- The specification ----------------------------------------------------------------------- */

static json_t *value_json(const struct result_value *value)
{
    switch (value->type) {
    case RESULT_INTEGER:
        return json_integer(value->integer);
    case RESULT_REAL:
        return isfinite(value->real) ? json_real(value->real) : json_null();
    case RESULT_TEXT:
        return json_text(value->bytes, utf8_offset(value->bytes, value->size, TEXT_SHOWN));
    case RESULT_BLOB:
        return json_string("(BLOB)");
    case RESULT_NULL:
        break;
    }
    return json_null();
}

static void add_value(const struct chart *chart, json_t *object, const struct axis *axis,
                      size_t row)
{
    struct result_value value;

    if (axis->name == NULL)
        return;
    result_table_value(chart->table, row, axis->column, &value);
    json_object_set_new(object, axis->key, value_json(&value));
}

static json_t *values_json(const struct chart *chart)
{
    json_t *values = json_array();

    for (size_t row = 0; row < chart->rows; row++) {
        json_t *object = json_object();
        add_value(chart, object, &chart->x, row);
        add_value(chart, object, &chart->y, row);
        add_value(chart, object, &chart->color, row);
        json_array_append_new(values, object);
    }
    return values;
}

static json_t *channel(const struct axis *axis)
{
    json_t *json = json_pack("{s:s, s:s}", "field", axis->key, "type", axis->type);

    json_object_set_new(json, "title", json_text(axis->name, strlen(axis->name)));
    return json;
}

static json_t *encoding(const struct chart *chart)
{
    enum chart_kind kind = chart->request->kind;
    json_t *json = json_object(), *x = channel(&chart->x);

    if (kind == CHART_HIST && is_quantitative(&chart->x))
        json_object_set_new(x, "bin", json_true());
    else if (kind == CHART_BAR)
        json_object_set_new(x, "sort", json_null()); /* the order of the rows */
    json_object_set_new(json, "x", x);
    if (chart->y.name != NULL)
        json_object_set_new(json, "y", channel(&chart->y));
    else
        json_object_set_new(json, "y", json_pack("{s:s, s:s}", "aggregate", "count", "title",
                                                 "rows"));
    if (chart->color.name != NULL)
        json_object_set_new(json, "color", channel(&chart->color));
    return json;
}

static json_t *specification(const struct chart *chart)
{
    static const char *const marks[] = {"bar", "line", "point", "bar"};
    const struct chart_request *request = chart->request;
    json_t *json = json_pack("{s:s}", "$schema", "https://vega.github.io/schema/vega-lite/v5.json");

    if (request->title != NULL)
        json_object_set_new(json, "title", json_text(request->title, strlen(request->title)));
    json_object_set_new(json, "data", json_pack("{s:o}", "values", values_json(chart)));
    json_object_set_new(json, "mark", json_pack("{s:s, s:b}", "type", marks[request->kind],
                                                "tooltip", 1));
    json_object_set_new(json, "encoding", encoding(chart));
    /* Bars of single values have a width of their own each. */
    if (request->kind != CHART_BAR || strcmp(chart->x.type, "temporal") == 0)
        json_object_set_new(json, "width", json_integer(WIDTH));
    json_object_set_new(json, "height", json_integer(HEIGHT));
    return json;
}

/* --- Plain text ------------------------------------------------------------------------------ */

static double number_of(const struct result_value *value)
{
    double number = value->type == RESULT_INTEGER ? (double)value->integer
                    : value->type == RESULT_REAL  ? value->real
                                                  : 0;

    return isfinite(number) ? number : 0;
}

static void add_label(const struct result_value *value, struct strbuf *text)
{
    AUTO_JSON *json = value_json(value);

    if (json_is_string(json)) {
        utf8_add_line(text, json_string_value(json), json_string_length(json), LABEL_WIDTH);
    } else if (json_is_null(json)) {
        strbuf_add_text(text, "NULL");
    } else {
        AUTO_FREE char *number = json_format(json);
        strbuf_add_text(text, number);
    }
}

static void add_bar_label(struct strbuf *text, const char *label)
{
    size_t width = utf8_width(label, strlen(label));

    strbuf_addf(text, "\n%s", label);
    strbuf_add_repeated(text, ' ', width < LABEL_WIDTH ? LABEL_WIDTH - width : 0);
    strbuf_add_char(text, ' ');
}

/* A row without a value is no row with 0. */
static void add_no_bar(struct strbuf *text, const char *label)
{
    add_bar_label(text, label);
    strbuf_add_text(text, "NULL");
}

/* label ████ value */
static void add_bar(struct strbuf *text, const char *label, double value, double largest)
{
    int length = largest > 0 ? (int)(fabs(value) / largest * BAR_WIDTH + 0.5) : 0;

    add_bar_label(text, label);
    for (int i = 0; i < length; i++)
        strbuf_add_text(text, value < 0 ? "\xe2\x96\x92" : "\xe2\x96\x88");
    strbuf_addf(text, "%s%.6g", length > 0 ? " " : "", value);
}

/* One bar per row. */
static void add_bars(const struct chart *chart, struct strbuf *text)
{
    struct result_value x, y;
    double largest = 1;
    size_t shown = chart->rows < BARS_SHOWN ? chart->rows : BARS_SHOWN;

    for (size_t row = 0; row < shown && chart->y.name != NULL; row++) {
        result_table_value(chart->table, row, chart->y.column, &y);
        if (row == 0 || fabs(number_of(&y)) > largest)
            largest = fabs(number_of(&y));
    }
    for (size_t row = 0; row < shown; row++) {
        AUTO_STRBUF label = STRBUF_INIT;
        result_table_value(chart->table, row, chart->x.column, &x);
        result_table_value(chart->table, row, chart->y.column, &y);
        add_label(&x, &label);
        if (y.type == RESULT_NULL)
            add_no_bar(text, strbuf_text(&label));
        else
            add_bar(text, strbuf_text(&label), number_of(&y), largest);
    }
    if (shown < chart->rows)
        strbuf_addf(text, "\n(%zu more)", chart->rows - shown);
}

struct group {
    char *label;
    size_t count;
};

static int compare_groups(const void *left, const void *right)
{
    return strcmp(((const struct group *)left)->label, ((const struct group *)right)->label);
}

/* How many rows each value has. */
static void add_counts(const struct chart *chart, struct strbuf *text)
{
    struct group *groups = xcalloc(chart->rows + 1, sizeof(*groups));
    size_t count = 0, largest = 1;

    for (size_t row = 0; row < chart->rows; row++) {
        AUTO_STRBUF label = STRBUF_INIT;
        struct result_value x;
        result_table_value(chart->table, row, chart->x.column, &x);
        add_label(&x, &label);
        groups[row] = (struct group){strbuf_take(&label), 1};
    }
    qsort(groups, chart->rows, sizeof(*groups), compare_groups);
    for (size_t i = 0; i < chart->rows; i++) {
        if (count > 0 && strcmp(groups[count - 1].label, groups[i].label) == 0) {
            groups[count - 1].count++;
            free(groups[i].label);
        } else {
            groups[count++] = groups[i];
        }
        largest = groups[count - 1].count > largest ? groups[count - 1].count : largest;
    }
    for (size_t i = 0; i < count; i++) {
        if (i < BARS_SHOWN)
            add_bar(text, groups[i].label, (double)groups[i].count, (double)largest);
        free(groups[i].label);
    }
    if (count > BARS_SHOWN)
        strbuf_addf(text, "\n(%zu more)", count - BARS_SHOWN);
    free(groups);
}

/* Is it a number that has a place on an axis? */
static bool has_place(const struct result_value *value)
{
    return value->type == RESULT_INTEGER || (value->type == RESULT_REAL && isfinite(value->real));
}

static int bin_of(double number, double low, double step)
{
    double bin = step > 0 ? number / step - low / step : 0;

    return bin < 1 ? 0 : bin >= BINS ? BINS - 1 : (int)bin;
}

static void add_histogram(const struct chart *chart, struct strbuf *text)
{
    double low = DBL_MAX, high = -DBL_MAX, counts[BINS] = {0}, largest = 1;
    struct result_value x;

    for (size_t row = 0; row < chart->rows; row++) {
        result_table_value(chart->table, row, chart->x.column, &x);
        if (has_place(&x)) {
            low = fmin(low, number_of(&x));
            high = fmax(high, number_of(&x));
        }
    }
    /* The range alone may be larger than a double holds, or too small to be divided: 0. */
    double step = high / BINS - low / BINS;
    for (size_t row = 0; row < chart->rows; row++) {
        result_table_value(chart->table, row, chart->x.column, &x);
        if (has_place(&x))
            largest = fmax(largest, ++counts[bin_of(number_of(&x), low, step)]);
    }
    for (int bin = 0; bin < (step > 0 ? BINS : 1) && high >= low; bin++) {
        double end = bin + 1 < BINS && step > 0 ? fma(bin + 1, step, low) : high;
        AUTO_FREE char *label = high > low ? xasprintf("%.4g to %.4g", fma(bin, step, low), end)
                                           : xasprintf("%.4g", low);
        add_bar(text, label, counts[bin], largest);
    }
}

static void add_points(const struct chart *chart, struct strbuf *text)
{
    for (size_t row = 0; row < chart->rows && row < POINTS_SHOWN; row++) {
        struct result_value value;
        result_table_value(chart->table, row, chart->x.column, &value);
        strbuf_add_char(text, '\n');
        add_label(&value, text);
        strbuf_add_text(text, "  ");
        result_table_value(chart->table, row, chart->y.column, &value);
        add_label(&value, text);
    }
    if (chart->rows > POINTS_SHOWN)
        strbuf_addf(text, "\n(%zu more)", chart->rows - POINTS_SHOWN);
}

static void add_text(const struct chart *chart, struct strbuf *text)
{
    const struct chart_request *request = chart->request;

    if (request->title != NULL)
        utf8_add_line(text, request->title, strlen(request->title), WIDTH);
    strbuf_addf(text, "%s%s chart of ", request->title != NULL ? ": " : "",
                kind_words[request->kind]);
    utf8_add_line(text, chart->x.name, strlen(chart->x.name), LABEL_WIDTH);
    if (chart->y.name != NULL) {
        strbuf_add_text(text, " and ");
        utf8_add_line(text, chart->y.name, strlen(chart->y.name), LABEL_WIDTH);
    }
    if (request->kind == CHART_LINE || request->kind == CHART_SCATTER)
        add_points(chart, text);
    else if (chart->y.name != NULL)
        add_bars(chart, text);
    else if (request->kind == CHART_HIST && is_quantitative(&chart->x))
        add_histogram(chart, text);
    else
        add_counts(chart, text);
}

json_t *chart_build(const struct result_table *table, const struct chart_request *request,
                    struct strbuf *text, struct error *error)
{
    struct chart chart = {.table = table, .request = request, .rows = result_table_rows(table)};

    if (chart.rows > request->max_rows)
        chart.rows = request->max_rows;
    if (!find_axis(&chart, "x", request->x, &chart.x, error) ||
        !find_axis(&chart, "y", request->y, &chart.y, error) ||
        !find_axis(&chart, "color", request->color, &chart.color, error) ||
        !check(&chart, error))
        return NULL;
    add_text(&chart, text);
    return specification(&chart);
}
