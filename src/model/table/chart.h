/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chart: a result as a Vega-Lite 5 specification, and as plain text for where that can't be shown.
 */
#ifndef RSCN_MODEL_CHART_H
#define RSCN_MODEL_CHART_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/table/result_table.h"

enum chart_kind { CHART_BAR, CHART_LINE, CHART_SCATTER, CHART_HIST };

struct chart_request {
    enum chart_kind kind;
    const char *x;     /* a column's name */
    const char *y;     /* NULL: a bar chart counts the rows */
    const char *color; /* NULL = none */
    const char *title; /* NULL = none */
    size_t max_rows;   /* of the table that are drawn */
};

/* "bar", "line", "scatter", "hist"; false when it is none of these. */
bool chart_kind_find(const char *word, enum chart_kind *ret_kind);
/* The specification, with its data inside; appends the same as text. NULL with near names for a
 * column that is not there, and when the values can't be drawn so. Caller decrefs. */
json_t *chart_build(const struct result_table *table, const struct chart_request *request,
                    struct strbuf *text, struct error *error);

#endif
