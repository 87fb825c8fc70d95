/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_file: outputs in a file that jansson itself would refuse, and how deep it looks.
 */
#include "model/output/output_file.h"

#include "base/json_util.h"
#include "base/memory.h"
#include "tap.h"

/* The array as JSON; "" when the text is no JSON. */
static char *read_text(const char *text, size_t size)
{
    struct error error = ERROR_INIT;
    struct raw_json *json = raw_json_parse(text, size, &error);
    if (!json)
        return xstrdup("");
    AUTO_JSON *outputs = output_file_read(json, raw_json_root(json));
    raw_json_free(json);
    return json_format(outputs);
}

static void is_read(const char *text, const char *expected, const char *name)
{
    AUTO_FREE char *got = read_text(text, strlen(text));
    is_str(got, expected, "%s", name);
}

static void test_values(void)
{
    is_read("[{\"a\": [true, false, null, -1, 1.5, \"x\"]}, {}]",
            "[{\"a\":[true,false,null,-1,1.5,\"x\"]},{}]", "values as they are");
    is_read("[NaN, -Infinity, 1e999]", "[null,null,null]", "numbers that are none");
    is_read("[123456789012345678901234567890]", "[1.2345678901234568e+29]", "a big integer");
    is_read("{\"a\": 1, \"a\": 2}", "{\"a\":2}", "a key twice: the last one");
    is_read("[\"\\ud800x\", \"\\u0000\"]",
            "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\",\"\\u0000\"]", "a lone surrogate, NUL");
    AUTO_JSON *none = output_file_read(NULL, 0);
    is_int(json_array_size(none), 0, "no outputs");
}

/* What is nested as deep as a file may be must not take the stack. */
static void test_depth(void)
{
    enum { DEPTH = 5000 };
    char text[2 * DEPTH];
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    AUTO_FREE char *got = read_text(text, sizeof(text));
    is_int(strlen(got), 2 * 101, "deeper than 100 levels is left out");
}

int main(void)
{
    test_values();
    test_depth();
    return done_testing();
}
