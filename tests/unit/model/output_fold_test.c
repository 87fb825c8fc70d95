/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages become the outputs that a front end saves: exactly the keys of N-17, streams together,
 * what was cleared gone, what was updated changed, numbers as they were.
 */
#include "model/output/output_fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/notebook/raw_json.h"
#include "tap.h"

struct message {
    const char *type, *content;
};

/* Without the blanks between tokens. */
static const char *folded(const struct message *messages, size_t count)
{
    static struct strbuf text;
    struct output_fold *fold = output_fold_new();
    for (size_t i = 0; i < count; i++)
        output_fold_add(fold, messages[i].type, messages[i].content, strlen(messages[i].content));
    AUTO_FREE char *json = output_fold_json(fold);
    output_fold_free(fold);
    strbuf_clear(&text);
    for (const char *at = json; *at; at++)
        if (*at != ' ')
            strbuf_add_char(&text, *at);
    return strbuf_text(&text);
}

#define FOLDED(...)                                                                                \
    folded((const struct message[]){__VA_ARGS__},                                                  \
           sizeof((const struct message[]){__VA_ARGS__}) / sizeof(struct message))

static void test_streams(void)
{
    is_str(FOLDED({"stream", "{\"name\":\"stdout\",\"text\":\"a\\n\"}"},
                  {"stream", "{\"name\":\"stdout\",\"text\":\"b\",\"more\":1}"},
                  {"stream", "{\"name\":\"stderr\",\"text\":\"\\u001b[0m\"}"},
                  {"stream", "{\"name\":\"stdout\",\"text\":\"c\"}"}),
           "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"a\\nb\"},"
           "{\"name\":\"stderr\",\"output_type\":\"stream\",\"text\":\"\\u001b[0m\"},"
           "{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"c\"}]",
           "neighbours of one name are one stream");
    is_str(FOLDED({"stream", "{}"}),
           "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"\"}]", "nothing said");
}

static void test_bundles(void)
{
    is_str(FOLDED({"execute_result",
                   "{\"data\":{\"a/b\":[0.1,12345678901234567890123,1e400]},\"metadata\":{\"k\":1},"
                   "\"execution_count\":3,\"transient\":{\"display_id\":\"x\"},\"more\":1}"},
                  {"display_data", "{\"execution_count\":3}"},
                  {"error", "{\"ename\":\"E\",\"evalue\":\"v\",\"traceback\":[\"t\"],"
                            "\"engine_info\":{}}"},
                  {"execute_input", "{\"code\":\"x\"}"}, {"display_data", "no json"},
                  {"display_data", "[]"}),
           "[{\"data\":{\"a/b\":[0.1,12345678901234567890123,Infinity]},\"execution_count\":3,"
           "\"metadata\":{\"k\":1},\"output_type\":\"execute_result\"},"
           "{\"data\":{},\"metadata\":{},\"output_type\":\"display_data\"},"
           "{\"ename\":\"E\",\"evalue\":\"v\",\"output_type\":\"error\",\"traceback\":[\"t\"]}]",
           "exactly the keys that nbformat has, with numbers as Python writes them");
}

static void test_clear(void)
{
    static const struct message shown = {"display_data", "{\"data\":{\"t\":\"1\"}}"};
    is_str(FOLDED(shown, {"clear_output", "{\"wait\":false}"}), "[]", "cleared at once");
    is_str(FOLDED(shown, {"clear_output", "{}"}), "[]", "without a word of waiting too");
    is_str(FOLDED(shown, {"clear_output", "{\"wait\":true}"}),
           "[{\"data\":{\"t\":\"1\"},\"metadata\":{},\"output_type\":\"display_data\"}]",
           "nothing came after it: all stays");
    is_str(FOLDED(shown, {"clear_output", "{\"wait\":true}"},
                  {"stream", "{\"name\":\"stdout\",\"text\":\"n\"}"},
                  {"stream", "{\"name\":\"stdout\",\"text\":\"m\"}"}),
           "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"nm\"}]",
           "the next output takes its place");
}

static void test_updates(void)
{
    is_str(FOLDED({"display_data", "{\"data\":{\"t\":\"1\"},\"transient\":{\"display_id\":\"a\"}}"},
                  {"display_data", "{\"data\":{\"t\":\"2\"},\"transient\":{\"display_id\":\"b\"}}"},
                  {"update_display_data", "{\"data\":{\"t\":\"3\"},\"metadata\":{\"m\":1},"
                                          "\"transient\":{\"display_id\":\"a\"}}"},
                  {"update_display_data", "{\"data\":{\"t\":\"4\"}}"}),
           "[{\"data\":{\"t\":\"3\"},\"metadata\":{\"m\":1},\"output_type\":\"display_data\"},"
           "{\"data\":{\"t\":\"2\"},\"metadata\":{},\"output_type\":\"display_data\"}]",
           "an update changes what was shown under its id and is no output");
}

int main(void)
{
    test_streams();
    test_bundles();
    test_clear();
    test_updates();
    return done_testing();
}
