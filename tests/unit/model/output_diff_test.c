/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_diff: what is content of an output and what is not, and how it looks in lines.
 */
#include "model/output/output_diff.h"

#include "base/json_util.h"
#include "tap.h"

static json_t *content_of(const char *text)
{
    AUTO_JSON *outputs = json_parse(text, strlen(text), NULL);
    return output_diff_content(outputs);
}

static bool is_same(const char *one, const char *other)
{
    AUTO_JSON *left = content_of(one);
    AUTO_JSON *right = content_of(other);
    return json_equal(left, right) != 0;
}

static void test_content(void)
{
    ok(is_same("[]", "null"), "no outputs");
    ok(is_same("[{\"output_type\":\"execute_result\",\"execution_count\":1,\"data\":{\"text/"
               "plain\":\"1\"}}]",
               "[{\"output_type\":\"execute_result\",\"execution_count\":7,\"data\":{\"text/"
               "plain\":[\"1\"]},"
               "\"transient\":{\"display_id\":\"x\"}}]"),
       "counts, transient data and pieces of a text are no content");
    ok(is_same("[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":\"a\"},"
               "{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":[\"b\",\"c\"]}]",
               "[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":\"abc\"}]"),
       "nor how a stream was cut");
    ok(!is_same("[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":\"a\"}]",
                "[{\"output_type\":\"stream\",\"name\":\"stderr\",\"text\":\"a\"}]"),
       "but which stream it was is");
    ok(!is_same("[{\"output_type\":\"stream\",\"name\":\"o\",\"text\":\"a\\u0000b\"}]",
                "[{\"output_type\":\"stream\",\"name\":\"o\",\"text\":\"a\\u0000c\"}]"),
       "what stands behind a NUL too");
    ok(!is_same("[{\"output_type\":\"display_data\",\"data\":{\"image/png\":\"AAA\"}}]",
                "[{\"output_type\":\"display_data\",\"data\":{\"image/png\":\"AAB\"}}]"),
       "and a picture");
}

#define TIMING(wall, cpu)                                                                          \
    "[{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"line statement wall CPU " wall  \
    "\",\"application/vnd.dataresource+json\":{\"schema\":{\"fields\":[{\"name\":\"line\"},"       \
    "{\"name\":\"statement\"},{\"name\":\"wall\"},{\"name\":\"CPU\"}]},\"data\":[{\"line\":\"1\"," \
    "\"statement\":\"SELECT 1\",\"wall\":\"" wall "\",\"CPU\":\"" cpu "\"}]}}}]"

static void test_times(void)
{
    ok(is_same(TIMING("0.2 ms", "0.1 ms"), TIMING("10.2 ms", "9.1 ms")),
       "the times of %%time are no content");
    ok(is_same("[{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"x\\nRun time: 0.012 "
               "s\"}}]",
               "[{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"x\\nRun time: 1.5 "
               "s\"}}]"),
       "nor those of the timer");
    ok(!is_same("[{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"x\\nRun time: 0.012 "
                "s\"}}]",
                "[{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"y\\nRun time: 0.012 "
                "s\"}}]"),
       "what stands beside them is");
    ok(!is_same("[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":\"took 12 ms\"}]",
                "[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":\"took 13 ms\"}]"),
       "what the user printed is content");
}

static void is_text(const char *outputs, bool all_types, const char *expected, const char *name)
{
    AUTO_JSON *content = content_of(outputs);
    AUTO_STRBUF text = STRBUF_INIT;
    output_diff_text(content, all_types, &text);
    is_str(strbuf_text(&text), expected, "%s", name);
}

static void test_text(void)
{
    is_text(
        "[{\"output_type\":\"stream\",\"name\":\"stdout\",\"text\":[\"a\\n\",\"b\"]},"
        "{\"output_type\":\"error\",\"ename\":\"E\",\"evalue\":\"bad\",\"traceback\":[]},"
        "{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"x\",\"text/html\":\"<b>\"}}]",
        false, "a\nb\nE: bad\nx\n", "texts as they are");
    is_text("[{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"<Figure>\","
            "\"image/png\":\"AAAA\"}}]",
            false, "<Figure>\n[image/png, 4 bytes, 63c1dd951ffe]\n", "no picture is dumped");
    is_text(
        "[{\"output_type\":\"display_data\",\"data\":{\"text/plain\":\"x\",\"text/html\":\"a\"}}]",
        true, "x\n[text/html, 1 byte, ca978112ca1b]\n", "all types when asked for");
    is_text("[null, 1, {\"output_type\":\"odd\"}]", false,
            "[output, 4 bytes, 74234e98afe7]\n[output, 1 byte, 6b86b273ff34]\n"
            "[odd, 21 bytes, d251ed15b5c8]\n",
            "anything else has a line");
}

static void test_attachments(void)
{
    static const char json[] = "{\"a.png\": {\"image/png\": \"AAAA\"}, \"odd\": 1}";
    AUTO_JSON *attachments = json_parse(json, strlen(json), NULL);
    AUTO_STRBUF text = STRBUF_INIT;
    output_diff_attachments(attachments, &text);
    is_str(strbuf_text(&text), "a.png [image/png, 4 bytes, 63c1dd951ffe]\n", "attachments");
}

int main(void)
{
    test_attachments();
    test_content();
    test_times();
    test_text();
    return done_testing();
}
