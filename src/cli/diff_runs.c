/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_runs: what two runs of a notebook did differently.
 *
 * Cells are compared by their last execution in each run. They are looked at twice, because what is
 * most telling (same code, other output) comes first, and outputs of a whole run may be large: the
 * first pass keeps how each cell differs, the second one shows it.
 */
#include "cli/diff_runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/near_name.h"
#include "base/strbuf.h"
#include "cli/diff_print.h"
#include "cli/output.h"
#include "cli/present.h"
#include "cli/report.h"
#include "model/output/output_diff.h"
#include "store/notebooks.h"

#define MOST_NEAR 3

enum run_bit {
    RUN_CODE = 1 << 0,
    RUN_ARGUMENTS = 1 << 1,
    RUN_TARGET = 1 << 2,
    RUN_ENGINE = 1 << 3,
    RUN_STATE = 1 << 4,
    RUN_ROWS = 1 << 5,
    RUN_OUTPUTS = 1 << 6,
};
static const char *const bit_words[] = {"code",  "arguments", "database", "engine",
                                        "state", "rows",      "outputs"};

/* In the order in which they are shown. */
enum pair_class { CLASS_OTHER_OUTPUT, CLASS_CHANGED, CLASS_ONLY_FROM, CLASS_ONLY_TO, CLASS_SAME };
#define CLASS_COUNT 5
static const char *const class_words[CLASS_COUNT] = {"same-code-other-output", "changed",
                                                     "only-from", "only-to", "same"};

struct pair {
    const char *cell_key;
    const char *execution[2]; /* from, to; NULL = did not run there */
    json_int_t executions[2];
    unsigned differs;
    enum pair_class class;
};

struct comparison {
    const struct reading *reading;
    const struct diff_runs_request *request;
    json_t *runs[2];  /* objects of store_runs */
    json_t *cells[2]; /* arrays of objects of store_run_cells, which the pairs borrow from */
    struct pair *pairs;
    size_t count, tally[CLASS_COUNT];
};
#define AUTO_COMPARISON __attribute__((cleanup(comparison_release))) struct comparison

static void comparison_release(struct comparison *comparison)
{
    for (size_t side = 0; side < 2; side++) {
        json_decref(comparison->runs[side]);
        json_decref(comparison->cells[side]);
    }
    free(comparison->pairs);
}

/* --- which runs ------------------------------------------------------------------------------- */

struct run_search {
    int64_t numbers[2]; /* 0 = any */
    json_t *found[2];
    int64_t newest;
};

static bool look_at_run(void *context, const json_t *object)
{
    struct run_search *search = context;
    json_int_t number = json_member_integer(object, "run", 0);
    if (!search->newest)
        search->newest = number;
    for (size_t side = 2; side-- > 0;) {
        bool is_wanted = search->numbers[side] ? search->numbers[side] == number
                                               : json_member_integer(object, "executions", 0) > 0;
        if (search->found[side] || !is_wanted)
            continue;
        search->found[side] = json_deep_copy(object);
        /* Newest first: the newer one of any is the second. The same number may be both. */
        if (!search->numbers[side])
            break;
    }
    return !search->found[0] || !search->found[1];
}

static int find_runs(struct comparison *comparison)
{
    const struct diff_runs_request *request = comparison->request;
    struct store_connection *connection = comparison->reading->connection;
    struct run_search search = {.numbers = {request->from, request->to}};
    struct error error = ERROR_INIT;
    AUTO_FREE char *name = store_notebook_name(connection, request->notebook);
    bool is_done = store_runs(connection, request->notebook, look_at_run, &search, &error);
    comparison->runs[0] = search.found[0];
    comparison->runs[1] = search.found[1];
    if (!is_done)
        return diff_trouble(&error);
    if (search.found[0] && search.found[1])
        return STATUS_DONE;
    if (!request->from)
        return report(STATUS_USAGE,
                      "%s: has %s; two are needed to compare, \"" PROGRAM_NAME " runs\" lists them",
                      name, search.found[1] ? "one run" : "no runs");
    if (!search.newest)
        return report(STATUS_USAGE, "%s: has no runs; \"" PROGRAM_NAME " runs\" lists those there are",
                      name);
    return report(STATUS_USAGE, "%s: no run %lld; they are 1 to %lld", name,
                  (long long)(search.found[0] ? request->to : request->from),
                  (long long)search.newest);
}

/* --- which cells ------------------------------------------------------------------------------ */

static bool keep_cell(void *context, const json_t *object)
{
    json_array_append_new(context, json_deep_copy(object));
    return true;
}

/* In the order of the newer run; those that ran only in the older one at the end, where their class
 * puts them anyway. */
static void add_pairs(struct comparison *comparison, json_t *known, size_t side)
{
    size_t index;
    json_t *cell;
    json_array_foreach(comparison->cells[side], index, cell)
    {
        const char *key = json_member_text(cell, "cell_key", "");
        json_int_t place = json_member_integer(known, key, (json_int_t)comparison->count);
        struct pair *pair = &comparison->pairs[place];
        if ((size_t)place == comparison->count) {
            *pair = (struct pair){.cell_key = key};
            json_object_set_new_nocheck(known, key, json_integer(place));
            comparison->count++;
        }
        pair->execution[side] = json_member_text(cell, "execution", NULL);
        pair->executions[side] = json_member_integer(cell, "executions", 0);
    }
}

static int find_cells(struct comparison *comparison)
{
    struct error error = ERROR_INIT;
    for (size_t side = 0; side < 2; side++) {
        comparison->cells[side] = json_array();
        int64_t number = json_member_integer(comparison->runs[side], "run", 0);
        if (!store_run_cells(comparison->reading->connection, comparison->request->notebook, number,
                             keep_cell, comparison->cells[side], &error))
            return diff_trouble(&error);
    }
    size_t most = json_array_size(comparison->cells[0]) + json_array_size(comparison->cells[1]);
    comparison->pairs = xcalloc(most + 1, sizeof(*comparison->pairs));
    AUTO_JSON *known = json_object(); /* place in pairs, by key */
    add_pairs(comparison, known, 1);
    add_pairs(comparison, known, 0);
    return STATUS_DONE;
}

/* --- how they differ -------------------------------------------------------------------------- */

static bool member_differs(json_t *const sides[2], const char *key)
{
    return !json_equal(json_object_get(sides[0], key), json_object_get(sides[1], key));
}

static bool arguments_differ(json_t *const sides[2])
{
    const json_t *from = json_object_get(sides[0], "arguments");
    const json_t *to = json_object_get(sides[1], "arguments");
    if (json_object_size(from) == 0 && json_object_size(to) == 0)
        return false;
    return !json_equal(from, to);
}

static bool outputs_differ(json_t *const sides[2])
{
    AUTO_JSON *from = output_diff_content(json_object_get(sides[0], "outputs"));
    AUTO_JSON *to = output_diff_content(json_object_get(sides[1], "outputs"));
    return !json_equal(from, to);
}

static unsigned compare(json_t *const sides[2])
{
    unsigned differs = 0;
    if (member_differs(sides, "code_hash"))
        differs |= RUN_CODE;
    if (arguments_differ(sides))
        differs |= RUN_ARGUMENTS;
    if (member_differs(sides, "target"))
        differs |= RUN_TARGET;
    if (member_differs(sides, "engine") || member_differs(sides, "engine_version"))
        differs |= RUN_ENGINE;
    if (member_differs(sides, "state") || member_differs(sides, "reason"))
        differs |= RUN_STATE;
    if (member_differs(sides, "rows") || member_differs(sides, "changes"))
        differs |= RUN_ROWS;
    if (outputs_differ(sides))
        differs |= RUN_OUTPUTS;
    return differs;
}

static bool load(const struct comparison *comparison, const struct pair *pair, json_t *ret_sides[2],
                 struct error *error)
{
    for (size_t side = 0; side < 2; side++) {
        if (!pair->execution[side])
            continue;
        ret_sides[side] =
            store_execution(comparison->reading->connection, pair->execution[side], error);
        if (!ret_sides[side])
            return false;
    }
    return true;
}

static void unload(json_t *sides[2])
{
    json_decref(sides[0]);
    json_decref(sides[1]);
}

static const char *name_of(json_t *const sides[2])
{
    return json_member_text(sides[1] ? sides[1] : sides[0], "cell", "");
}

static enum pair_class class_of(const struct pair *pair)
{
    if (!pair->execution[0])
        return CLASS_ONLY_TO;
    if (!pair->execution[1])
        return CLASS_ONLY_FROM;
    if (!pair->differs)
        return CLASS_SAME;
    bool is_same_code = !(pair->differs & RUN_CODE);
    return is_same_code && pair->differs & RUN_OUTPUTS ? CLASS_OTHER_OUTPUT : CLASS_CHANGED;
}

static bool is_cell(const char *wanted, const struct pair *pair, json_t *const sides[2])
{
    if (!wanted || strcmp(pair->cell_key, wanted) == 0)
        return true;
    for (size_t side = 0; side < 2; side++) {
        if (strcmp(json_member_text(sides[side], "cell", ""), wanted) == 0)
            return true;
    }
    return false;
}

static int no_such_cell(const struct comparison *comparison, json_t *names)
{
    AUTO_STRBUF near = STRBUF_INIT;
    AUTO_FREE const char **texts = xcalloc(json_array_size(names) + 1, sizeof(*texts));
    size_t index;
    json_t *name;
    const char *cell = comparison->request->cell;
    json_array_foreach(names, index, name) texts[index] = json_string_value(name);
    if (near_name_list(&near, cell, texts, index, MOST_NEAR) > 0)
        return report(STATUS_USAGE, "%s: ran in neither run; did you mean %s?", cell,
                      strbuf_text(&near));
    return report(STATUS_USAGE, "%s: ran in neither run", cell);
}

static int compare_pairs(struct comparison *comparison)
{
    struct error error = ERROR_INIT;
    AUTO_JSON *names = json_array();
    size_t kept = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        struct pair *pair = &comparison->pairs[i];
        json_t *sides[2] = {NULL, NULL};
        bool is_loaded = load(comparison, pair, sides, &error);
        if (is_loaded && is_cell(comparison->request->cell, pair, sides)) {
            pair->differs = sides[0] && sides[1] ? compare(sides) : 0;
            pair->class = class_of(pair);
            comparison->tally[pair->class]++;
            comparison->pairs[kept++] = *pair;
        } else if (is_loaded) {
            json_array_append_new(names, json_string(name_of(sides)));
        }
        unload(sides);
        if (!is_loaded)
            return diff_trouble(&error);
    }
    comparison->count = kept;
    return kept == 0 && comparison->request->cell ? no_such_cell(comparison, names) : STATUS_DONE;
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static struct diff_text code_of(const json_t *execution)
{
    const json_t *code = json_object_get(execution, "code");
    return (struct diff_text){json_string_value(code), json_string_length(code)};
}

static struct diff_text text_of(const struct strbuf *buffer)
{
    return (struct diff_text){strbuf_text(buffer), buffer->size};
}

/* The outputs of both sides as lines that differ where the outputs do. */
static void output_texts(json_t *const sides[2], struct strbuf texts[2])
{
    AUTO_JSON *from = output_diff_content(json_object_get(sides[0], "outputs"));
    AUTO_JSON *to = output_diff_content(json_object_get(sides[1], "outputs"));
    output_diff_texts(from, to, &texts[0], &texts[1]);
}

static json_t *json_side(const json_t *execution, json_int_t executions)
{
    static const char *const keys[] = {"execution", "cell_version",   "code_hash",   "state",
                                       "reason",    "rows",           "changes",     "target",
                                       "engine",    "engine_version", "duration_ms", "arguments"};
    if (!execution)
        return json_null();
    json_t *side = json_object();
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        json_object_set(side, keys[i], json_object_get(execution, keys[i]));
    json_object_set_new(side, "executions", json_integer(executions));
    json_object_set_new(
        side, "outputs",
        json_integer((json_int_t)json_array_size(json_object_get(execution, "outputs"))));
    return side;
}

static json_t *json_pair(const struct pair *pair, json_t *const sides[2])
{
    json_t *object = json_object();
    json_t *differs = json_array();
    struct strbuf texts[2] = {STRBUF_INIT, STRBUF_INIT};
    for (size_t bit = 0; bit < ARRAY_SIZE(bit_words); bit++) {
        if (pair->differs >> bit & 1)
            json_array_append_new(differs, json_string(bit_words[bit]));
    }
    if (pair->differs & RUN_OUTPUTS)
        output_texts(sides, texts);
    json_object_set_new(object, "cell_key", json_string(pair->cell_key));
    json_object_set_new(object, "cell", json_string(name_of(sides)));
    json_object_set_new(object, "class", json_string(class_words[pair->class]));
    json_object_set_new(object, "differs", differs);
    json_object_set_new(object, "from", json_side(sides[0], pair->executions[0]));
    json_object_set_new(object, "to", json_side(sides[1], pair->executions[1]));
    json_object_set_new(object, "code",
                        pair->differs & RUN_CODE
                            ? diff_json_texts(code_of(sides[0]), code_of(sides[1]))
                            : json_null());
    json_object_set_new(object, "outputs",
                        pair->differs & RUN_OUTPUTS
                            ? diff_json_texts(text_of(&texts[0]), text_of(&texts[1]))
                            : json_null());
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
    return object;
}

/* --- for people ------------------------------------------------------------------------------- */

/* `3`, `3 -> 4` or `3 -> none`. Caller frees. */
static char *change_of(json_t *const sides[2], const char *key)
{
    AUTO_FREE char *from = present_member(sides[0], key);
    AUTO_FREE char *to = present_member(sides[1], key);
    if (strcmp(from, to) == 0)
        return xstrdup(from);
    return xasprintf("%s -> %s", from[0] ? from : "none", to[0] ? to : "none");
}

static void print_change(const char *name, json_t *const sides[2], const char *key, bool is_shown)
{
    if (!is_shown)
        return;
    AUTO_FREE char *change = change_of(sides, key);
    diff_print_fact(name, "%s", change);
}

static void print_which(const struct pair *pair, json_t *const sides[2])
{
    AUTO_FREE char *from = present_duration_member(sides[0]);
    AUTO_FREE char *to = present_duration_member(sides[1]);
    diff_print_fact("execution", "%s -> %s", present_short_id(pair->execution[0]),
                    present_short_id(pair->execution[1]));
    diff_print_fact("time", "%s -> %s", from, to);
    if (pair->executions[0] > 1 || pair->executions[1] > 1)
        diff_print_fact("ran", "%lld times -> %lld times; the last ones are compared",
                        (long long)pair->executions[0], (long long)pair->executions[1]);
}

static void print_both(const struct comparison *comparison, const struct pair *pair,
                       json_t *const sides[2])
{
    const struct diff_runs_request *request = comparison->request;
    AUTO_STRBUF words = STRBUF_INIT;
    for (size_t bit = 0; bit < ARRAY_SIZE(bit_words); bit++) {
        if (pair->differs >> bit & 1)
            strbuf_addf(&words, "%s%s", words.size > 0 ? ", " : "", bit_words[bit]);
    }
    diff_print_title("=== %s: %s", name_of(sides), strbuf_text(&words));
    print_which(pair, sides);
    print_change("arguments", sides, "arguments", pair->differs & RUN_ARGUMENTS);
    print_change("database", sides, "target", pair->differs & RUN_TARGET);
    print_change("engine", sides, "engine", pair->differs & RUN_ENGINE);
    print_change("version", sides, "engine_version", pair->differs & RUN_ENGINE);
    print_change("state", sides, "state", pair->differs & RUN_STATE);
    print_change("reason", sides, "reason",
                 pair->differs & RUN_STATE && member_differs(sides, "reason"));
    print_change("rows", sides, "rows", pair->differs & RUN_ROWS && member_differs(sides, "rows"));
    print_change("changed", sides, "changes",
                 pair->differs & RUN_ROWS && member_differs(sides, "changes"));
    if (pair->differs & RUN_CODE)
        diff_print_texts("code", code_of(sides[0]), code_of(sides[1]), request->context, 0);
    if (pair->differs & RUN_OUTPUTS) {
        struct strbuf texts[2] = {STRBUF_INIT, STRBUF_INIT};
        output_texts(sides, texts);
        diff_print_texts("outputs", text_of(&texts[0]), text_of(&texts[1]), request->context,
                         request->most_outputs);
        strbuf_release(&texts[0]);
        strbuf_release(&texts[1]);
    }
}

static long long run_number(const struct comparison *comparison, size_t side)
{
    return json_member_integer(comparison->runs[side], "run", 0);
}

static void print_one(const struct comparison *comparison, const struct pair *pair,
                      json_t *const sides[2])
{
    size_t side = sides[0] ? 0 : 1;
    AUTO_FREE char *duration = present_duration_member(sides[side]);
    diff_print_title("=== %s: only in run %lld", name_of(sides), run_number(comparison, side));
    diff_print_fact("execution", "%s, %s, %s", present_short_id(pair->execution[side]),
                    json_member_text(sides[side], "state", ""), duration);
    diff_print_whole(side == 0 ? '-' : '+', code_of(sides[side]));
}

static void print_run(char sign, const json_t *run)
{
    AUTO_FREE char *started = present_member(run, "started_at");
    AUTO_FREE char *shown = output_is_terminal() ? present_time(started) : xstrdup(started);
    AUTO_FREE char *client = present_member(run, "client");
    AUTO_FREE char *parameters = present_member(run, "parameters");
    bool has_parameters = parameters[0] && strcmp(parameters, "{}") != 0;
    diff_print_title("%c%c%c run %lld, %s%s%s%s%s", sign, sign, sign,
                     (long long)json_member_integer(run, "run", 0), shown, client[0] ? ", " : "",
                     client, has_parameters ? ", " : "", has_parameters ? parameters : "");
}

static void print_summary(const struct comparison *comparison)
{
    static const char *const words[CLASS_COUNT] = {"same code and other output", "changed",
                                                   "only in run", "only in run", "the same"};
    AUTO_STRBUF line = STRBUF_INIT;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        if (comparison->tally[i] == 0)
            continue;
        strbuf_addf(&line, "%s%zu %s", line.size > 0 ? ", " : "", comparison->tally[i], words[i]);
        if (i == CLASS_ONLY_FROM || i == CLASS_ONLY_TO)
            strbuf_addf(&line, " %lld", run_number(comparison, i == CLASS_ONLY_TO));
    }
    output_format("%s\n", line.size > 0 ? strbuf_text(&line) : "no cells ran");
}

/* --- both ------------------------------------------------------------------------------------- */

/* Prints or collects the pairs of all classes but CLASS_SAME, class by class. */
static bool show_pairs(const struct comparison *comparison, json_t *array, struct error *error)
{
    for (int class = 0; class < CLASS_SAME; class ++) {
        for (size_t i = 0; i < comparison->count && !output_is_lost(); i++) {
            const struct pair *pair = &comparison->pairs[i];
            json_t *sides[2] = {NULL, NULL};
            if ((int)pair->class != class)
                continue;
            bool is_loaded = load(comparison, pair, sides, error);
            if (is_loaded && array)
                json_array_append_new(array, json_pair(pair, sides));
            else if (is_loaded && sides[0] && sides[1])
                print_both(comparison, pair, sides);
            else if (is_loaded)
                print_one(comparison, pair, sides);
            unload(sides);
            if (!is_loaded)
                return false;
        }
    }
    return true;
}

static bool show_json(const struct comparison *comparison, struct error *error)
{
    AUTO_JSON *object = json_object();
    AUTO_FREE char *name =
        store_notebook_name(comparison->reading->connection, comparison->request->notebook);
    json_t *cells = json_array();
    json_object_set_new(object, "notebook", json_text_or_null(name));
    json_object_set(object, "from", comparison->runs[0]);
    json_object_set(object, "to", comparison->runs[1]);
    json_object_set_new(object, "cells", cells);
    json_object_set_new(object, "same", json_integer((json_int_t)comparison->tally[CLASS_SAME]));
    if (!show_pairs(comparison, cells, error))
        return false;
    output_json(object);
    return true;
}

static bool show_people(const struct comparison *comparison, struct error *error)
{
    print_run('-', comparison->runs[0]);
    print_run('+', comparison->runs[1]);
    if (!show_pairs(comparison, NULL, error))
        return false;
    print_summary(comparison);
    return true;
}

int diff_runs(const struct reading *reading, const struct diff_runs_request *request)
{
    AUTO_COMPARISON comparison = {.reading = reading, .request = request};
    struct error error = ERROR_INIT;
    int status = find_runs(&comparison);
    if (status == STATUS_DONE)
        status = find_cells(&comparison);
    if (status == STATUS_DONE)
        status = compare_pairs(&comparison);
    if (status != STATUS_DONE)
        return status;
    output_start(true);
    bool is_done =
        request->is_json ? show_json(&comparison, &error) : show_people(&comparison, &error);
    if (!is_done)
        return output_finish(diff_trouble(&error));
    bool is_same = comparison.tally[CLASS_SAME] == comparison.count;
    return output_finish(is_same ? STATUS_DONE : STATUS_NOT_DONE);
}
