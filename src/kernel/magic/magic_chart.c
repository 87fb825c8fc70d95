/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_chart: %chart: the last result as a picture.
 */
#include "kernel/magic/magic_call.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_util.h"
#include "base/strbuf.h"
#include "engine/sqlite_engine.h"
#include "kernel/executor.h"
#include "model/table/chart.h"

#define ROWS_MAX 5000

static void show_chart(struct magic_call *call, json_t *specification, const struct strbuf *text)
{
    AUTO_JSON *data = json_object();
    json_object_set(data, "application/vnd.vegalite.v5+json", specification);
    json_object_set_new(data, "text/plain", json_text(strbuf_text(text), text->size));
    call->sink->display(call->sink->context, data, NULL);
}

static bool take_request(struct magic_call *call, struct chart_request *request,
                         struct error *error)
{
    const struct magic_arguments *arguments = &call->arguments;
    if (!magic_arguments_check(arguments, 2, 4, call->usage, error))
        return false;
    if (!chart_kind_find(arguments->words[0].text, &request->kind))
        return error_set(error, ERROR_INVALID,
                         "'%s' is no kind of chart; take bar, line, scatter or hist",
                         arguments->words[0].text);
    request->x = arguments->words[1].text;
    /* A histogram has no Y of its own. */
    const char *second = arguments->count > 2 ? arguments->words[2].text : NULL;
    if (request->kind == CHART_HIST)
        request->color = second;
    else
        request->y = second;
    if (arguments->count > 3 && request->kind == CHART_HIST)
        return error_set(error, ERROR_INVALID, "hist takes X and COLOR; it is: %s", call->usage);
    if (arguments->count > 3)
        request->color = arguments->words[3].text;
    return true;
}

bool magic_chart(struct magic_call *call, struct error *error)
{
    struct chart_request request = {.max_rows = ROWS_MAX};
    AUTO_FREE char *title = NULL;
    if (!magic_arguments_take_value(&call->arguments, "--title", &title, error) ||
        !take_request(call, &request, error))
        return false;
    request.title = title;
    struct result_total total;
    const struct result_table *table =
        sqlite_engine_last_result(executor_engine(call->executor), &total);
    if (table == NULL)
        return error_set(error, ERROR_INVALID, "there is no result yet; run a SELECT first");
    if (result_table_rows(table) == 0)
        return error_set(error, ERROR_INVALID, "the last result has no rows");
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_JSON *specification = chart_build(table, &request, &text, error);
    if (specification == NULL)
        return false;
    size_t drawn = result_table_rows(table) < ROWS_MAX ? result_table_rows(table) : ROWS_MAX;
    if (total.rows > drawn) {
        AUTO_FREE char *note =
            xasprintf("drawn from the first %zu rows of %s%" PRIu64, drawn,
                      total.is_exact ? "" : "more than ", total.rows);
        strbuf_addf(&text, "\n(%s)", note);
        json_t *heading = json_object();
        json_object_set_new(heading, "text", json_text(title != NULL ? title : "",
                                                       title != NULL ? strlen(title) : 0));
        json_object_set_new(heading, "subtitle", json_string(note));
        json_object_set_new(specification, "title", heading);
    }
    show_chart(call, specification, &text);
    return true;
}
