/* SPDX-License-Identifier: Apache-2.0 */
/*
 * History as Jupyter asks for it: tail, range and search; sessions as in J-244.
 */
#include "record_fixture.h"

static struct run_facts runs[2];

static void line(const struct run_facts *run, int64_t count, const char *code, const char *shown)
{
    struct fixture_execution e;
    char contents[2][200];
    struct execution_output outputs[2] = {{"stream", "{\"name\":\"stdout\",\"text\":\"x\"}", 1},
                                          {"execute_result", contents[1], 2}};
    executed(&e, "k1", code);
    snprintf(contents[1], sizeof(contents[1]), "{\"data\":{\"text/plain\":\"%s\"}}",
             shown ? shown : "");
    e.record.run = run;
    e.record.execution_count = count;
    e.record.outputs = outputs;
    e.record.output_count = shown ? 2 : 1;
    if (!record(&e))
        bail_out("no history");
}

/* Two runs; the second is the present one. */
static void prepare(void)
{
    struct fixture_execution e;
    new_store("history.db");
    for (size_t i = 0; i < 2; i++) {
        fixture_execution(&e, "");
        runs[i] = e.run;
    }
    line(&runs[0], 1, "SELECT 'a'", "a");
    line(&runs[0], 2, "SELECT 'b[1]'", NULL);
    line(&runs[1], 1, "SELECT 'a'", "A");
    line(&runs[1], 2, "DELETE FROM t", NULL);
    executed(&e, "k1", "SELECT 'silent'");
    e.record.is_silent = true;
    e.record.run = &runs[1];
    record(&e);
    executed(&e, "k1", "SELECT 'not kept'");
    e.record.in_history = false;
    e.record.run = &runs[1];
    record(&e);
    executed(&e, "k1", "SELECT 'never ran'");
    e.record.execution_count = 0;
    e.record.run = &runs[1];
    record(&e);
}

static json_t *history;

/* The answer as compact JSON. */
static const char *answer(struct history_request request)
{
    struct error error = ERROR_INIT;
    request.run_id = request.run_id ? request.run_id : runs[1].run_id;
    request.notebook = "tour.ipynb";
    json_decref(history);
    history = store_history(connection, &request, &error);
    if (!history)
        diag("%s", error.message);
    return at(history, "");
}

#define ASK(...) answer((struct history_request){__VA_ARGS__})

static void test_tail(void)
{
    ASK(.access = HISTORY_TAIL, .n = 2);
    is_int(json_array_size(history), 2, "at most n");
    is_str(at(history, "0.2"), "SELECT 'a'", "the newest, oldest first");
    is_str(at(history, "1.2"), "DELETE FROM t",
           "without silent ones, unkept ones and such that never ran");
    is_str(at(history, "1.0"), "2", "the real session number (J-244)");
    is_str(at(history, "1.1"), "2", "the line");
    ASK(.access = HISTORY_TAIL, .n = 100);
    is_int(json_array_size(history), 4, "over all runs");
    ASK(.access = HISTORY_TAIL, .n = 0);
    is_int(json_array_size(history), 0, "none asked for");
    ASK(.access = HISTORY_TAIL, .n = 2, .output = true);
    is_str(at(history, "0.2.0"), "SELECT 'a'", "with output: the input");
    is_str(at(history, "0.2.1"), "A", "and what was shown");
    is_str(at(history, "1.2.1"), "null", "or null");
}

static void test_range(void)
{
    ASK(.access = HISTORY_RANGE, .session = 0, .start = 1, .stop = 2);
    is_int(json_array_size(history), 1, "the present run, one line");
    is_str(at(history, "0.0"), "2", "with its real number");
    is_str(at(history, "0.2"), "SELECT 'a'", "the line");
    ASK(.access = HISTORY_RANGE, .session = -1, .start = 0, .stop = -1);
    is_int(json_array_size(history), 2, "the run before, to the end");
    is_str(at(history, "1.2"), "SELECT 'b[1]'", "in order");
    ASK(.access = HISTORY_RANGE, .session = 1, .start = 2, .stop = -1);
    is_int(json_array_size(history), 1, "a session by its number");
    ASK(.access = HISTORY_RANGE, .session = -2, .start = 0, .stop = -1);
    is_int(json_array_size(history), 0, "there is none before");
    ASK(.access = HISTORY_RANGE, .session = 99, .start = 0, .stop = -1);
    is_int(json_array_size(history), 0, "nor with that number");
    ASK(.access = HISTORY_RANGE, .session = INT64_MIN, .start = 0, .stop = -1);
    is_int(json_array_size(history), 0, "an absurd one");
    ASK(.access = HISTORY_RANGE, .session = 0, .stop = -1, .run_id = "not yet recorded");
    is_int(json_array_size(history), 0, "a run without executions");
    ASK(.access = HISTORY_RANGE, .session = -1, .stop = -1, .run_id = "not yet recorded");
    is_str(at(history, "0.0"), "2", "before it comes the last recorded one");
}

static void test_search(void)
{
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "*'a'");
    is_int(json_array_size(history), 2, "a pattern with *");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "*'a'", .unique = true);
    is_int(json_array_size(history), 1, "each text once");
    is_str(at(history, "0.0"), "2", "the newest");
    ASK(.access = HISTORY_SEARCH, .n = 1, .pattern = "SELECT*");
    is_str(at(history, "0.0"), "2", "at most n, the newest");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "SELECT '?[1]'");
    is_int(json_array_size(history), 1, "? is any character, [ is itself");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "*[ab]*");
    is_int(json_array_size(history), 0, "no sets of characters");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = NULL);
    is_int(json_array_size(history), 4, "no pattern is everything");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "select*");
    is_int(json_array_size(history), 0, "case counts");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "*b[[]1]*");
    is_int(json_array_size(history), 1, "[[] is a [, as in IPython's patterns");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "SELECT[*]*");
    is_int(json_array_size(history), 0, "[*] is a *");
    ASK(.access = HISTORY_SEARCH, .n = 100, .pattern = "*", .unique = true);
    is_int(json_array_size(history), 3, "every text once");
    is_str(at(history, "0.2"), "SELECT 'b[1]'", "in the order of their newest run");
    is_str(at(history, "2.2"), "DELETE FROM t", "the newest last");
    ASK(.access = HISTORY_SEARCH, .n = 1, .pattern = "*'a'", .output = true);
    is_str(at(history, "0.2.1"), "A", "with what was shown");
    ASK(.access = HISTORY_SEARCH, .n = 0, .pattern = "*");
    is_int(json_array_size(history), 0, "none asked for");
    ASK(.access = HISTORY_TAIL, .n = 100, .unique = true);
    is_int(json_array_size(history), 3, "a tail without doubles");
}

int main(void)
{
    fixture_start();
    prepare();
    test_tail();
    test_range();
    test_search();
    json_decref(history);
    close_store();
    free(store_file);
    return done_testing();
}
