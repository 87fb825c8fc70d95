/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_util: what goes in comes out, also numbers and bytes that JSON does not like.
 */
#include "base/json_util.h"

#include <math.h>

#include "base/strbuf.h"
#include "tap.h"

static void is_same(const char *text, const char *expected)
{
    struct error error = ERROR_INIT;
    AUTO_JSON *json = json_parse(text, strlen(text), &error);
    AUTO_FREE char *formatted = json ? json_format(json) : NULL;
    is_str(formatted, expected, "JSON %s", text);
}

static void test_round_trip(void)
{
    is_same("null", "null");
    is_same("[true,false,null,{}, []]", "[true,false,null,{},[]]");
    is_same("{\"b\":1,\"a\":{\"c\":[2]}}", "{\"b\":1,\"a\":{\"c\":[2]}}");
    is_same("\"\\u0000\\u001f\\n\\t\\r\\b\\f\\\\\\\"/\\u00e9\"",
            "\"\\u0000\\u001f\\n\\t\\r\\b\\f\\\\\\\"/\xc3\xa9\"");
    is_same("0.1", "0.1");
    is_same("1.0", "1.0");
    is_same("-0.0", "-0.0");
    is_same("1e300", "1e+300");
    is_same("0.30000000000000004", "0.30000000000000004");
    is_same("9223372036854775807", "9223372036854775807");
    is_same("-9223372036854775808", "-9223372036854775808");
    is_same("9223372036854775808", "9.223372036854776e+18");
    is_same("[1, 12345678901234567890123, \"12345678901234567890123\\\"\", 2]",
            "[1,1.2345678901234568e+22,\"12345678901234567890123\\\"\",2]");
    is_same("{\"a\": 99999999999999999999, \"b\": 7}", "{\"a\":1e+20,\"b\":7}");
}

/* Doubles of all sizes must read back as themselves. */
static void test_reals(void)
{
    int wrong = 0;
    double value = 4.9e-324;
    for (int i = 0; i < 2000 && isfinite(value); i++, value *= 1.4375000001) {
        AUTO_JSON *json = json_real(value);
        AUTO_FREE char *text = json_format(json);
        AUTO_JSON *again = json_parse(text, strlen(text), NULL);
        if (!json_is_real(again) || json_real_value(again) != value)
            wrong++;
    }
    is_int(wrong, 0, "real numbers read back as themselves");
}

static void test_refused(void)
{
    static const char *const bad[] = {"",     "{",        "{\"a\":1} x", "NaN",        "'a'",
                                      "[1,]", "\"\xff\"", "1e999",       "\"\\ud800\""};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct error error = ERROR_INIT;
        AUTO_JSON *json = json_parse(bad[i], strlen(bad[i]), &error);
        ok(!json && error.code == ERROR_INVALID, "refused: case %zu", i);
        ok(error.message[0] && !strchr(error.message, '\n'), "in one line: case %zu", i);
    }
    AUTO_STRBUF deep = STRBUF_INIT;
    strbuf_add_repeated(&deep, '[', 1000000);
    AUTO_JSON *json = json_parse(deep.text, deep.size, NULL);
    ok(json == NULL, "nesting without end is refused");
}

static void test_text(void)
{
    AUTO_JSON *plain = json_text("a\0b", 3);
    is_int(json_string_length(plain), 3, "a NUL is kept");
    AUTO_JSON *mended = json_text("a\xff", 2);
    is_str(json_string_value(mended), "a\xef\xbf\xbd", "a bad byte becomes U+FFFD");
    AUTO_JSON *null = json_text_or_null(NULL);
    ok(json_is_null(null), "NULL becomes null");
    AUTO_JSON *text = json_text_or_null("x");
    is_str(json_string_value(text), "x", "a text becomes a string");
}

static void test_members(void)
{
    const char *text = "{\"t\":\"x\",\"b\":true,\"i\":5,\"r\":1.5,\"n\":null}";
    AUTO_JSON *object = json_parse(text, strlen(text), NULL);
    is_str(json_member_text(object, "t", "d"), "x", "text member");
    is_str(json_member_text(object, "i", "d"), "d", "text member of another type");
    is_str(json_member_text(object, "none", NULL), NULL, "missing text member");
    ok(json_member_bool(object, "b", false), "boolean member");
    ok(json_member_bool(object, "i", true), "boolean member of another type");
    is_int(json_member_integer(object, "i", 0), 5, "integer member");
    is_int(json_member_integer(object, "r", -1), -1, "integer member of another type");
    is_int(json_member_integer(NULL, "i", -1), -1, "no object");
    AUTO_JSON *array = json_array();
    is_str(json_member_text(array, "t", "d"), "d", "not an object");
}

int main(void)
{
    test_round_trip();
    test_reals();
    test_refused();
    test_text();
    test_members();
    AUTO_FREE char *nothing = json_format(NULL);
    is_str(nothing, "null", "no value");
    return done_testing();
}
