/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json: what is accepted and refused as by Python's json, where faults are, canonical text,
 * changes, nesting without a stack, memory. Expected texts were made with Python's json.
 */
#include "model/notebook/raw_json_private.h"

#include <stdint.h>

#include "tap.h"

/* Big enough to overflow any stack if something recursed. */
#define DEEP 1000000

static struct raw_json *parse_bytes(const char *text, size_t size)
{
    struct error error = ERROR_INIT;
    struct raw_json *json = raw_json_parse(text, size, &error);
    if (!json)
        diag("%.60s: %s", text, error.message);
    return json;
}

static struct raw_json *parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static char *canonical(const struct raw_json *json, raw_ref value, unsigned level)
{
    AUTO_STRBUF buffer = STRBUF_INIT;
    raw_json_write(json, value, level, &buffer);
    return strbuf_take(&buffer);
}

/* A copy without a byte behind it, so that reading too far is seen by the sanitizer. */
static char *exactly(const char *text, size_t size)
{
    return xmemdup(text, size);
}

static void is_canonical(const char *text, const char *expected)
{
    size_t size = strlen(text);
    AUTO_FREE char *copy = exactly(text, size);
    struct raw_json *json = parse_bytes(copy, size);
    int line = (int)strcspn(text, "\r\n"); /* a name is on one line */
    if (!ok(json, "%.*s is read", line < 40 ? line : 40, text))
        return;
    AUTO_FREE char *got = canonical(json, raw_json_root(json), 0);
    is_str(got, expected, "its canonical text");
    raw_json_free(json);
    json = parse(got);
    AUTO_FREE char *again = json ? canonical(json, raw_json_root(json), 0) : NULL;
    is_str(again, got, "it stays the same");
    raw_json_free(json);
}

static void test_numbers(void)
{
    static const char *const pairs[][2] = {
        {"1E5", "100000.0"},
        {"1e15", "1000000000000000.0"},
        {"1.10", "1.1"},
        {"1e16", "1e+16"},
        {"1e-4", "0.0001"},
        {"2.5e-7", "2.5e-07"},
        {"0.00001", "1e-05"},
        {"100000000000000000000.0", "1e+20"},
        {"-0", "0"},
        {"0", "0"},
        {"-0.0", "-0.0"},
        {"0e5", "0.0"},
        {"-0.00", "-0.0"},
        {"1e400", "Infinity"},
        {"-1e400", "-Infinity"},
        {"1e-400", "0.0"},
        {"9007199254740993", "9007199254740993"},
        {"-123456789012345678901234567890", "-123456789012345678901234567890"},
        {"5e-324", "5e-324"},
        {"4.94065645841247e-324", "5e-324"},
        {"NaN", "NaN"},
        {"-Infinity", "-Infinity"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"0.300000000000000040", "0.30000000000000004"},
        {"0.3000000000000000444", "0.30000000000000004"},
        {"0.10000000000000001", "0.1"},
        {"0.8414709848078965", "0.8414709848078965"},
        {"0.84147098480789651", "0.8414709848078965"},
        {"9007199254740993.0", "9007199254740992.0"},
        {"1234567890123456.7", "1234567890123456.8"},
        {"1e22", "1e+22"},
        {"1.0e+22", "1e+22"},
        {"1e+022", "1e+22"},
        {"1E+22", "1e+22"},
        {"12e20", "1.2e+21"},
        {"0.2e-11", "2e-12"},
        {"1e-07", "1e-07"},
        {"1e-7", "1e-07"},
        {"10000000000000000.0", "1e+16"},
        {"5.6843418860808015e-14", "5.684341886080802e-14"},
        {"9.5367431640625e-07", "9.5367431640625e-07"},
        {"1.7976931348623159e308", "Infinity"},
        {"2.2250738585072014e-308", "2.2250738585072014e-308"},
        {"123456.78900", "123456.789"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        is_canonical(pairs[i][0], pairs[i][1]);
    AUTO_STRBUF digits = STRBUF_INIT;
    strbuf_add_repeated(&digits, '7', 5000); /* more than Python takes (N-37) */
    is_canonical(strbuf_text(&digits), strbuf_text(&digits));
    strbuf_add_text(&digits, "e-4999");
    is_canonical(strbuf_text(&digits), "7.777777777777778");
}

static void test_strings(void)
{
    is_canonical("\"\\u0041\\/\"", "\"A/\"");
    is_canonical("\"\\u001B\\u001b\"", "\"\\u001b\\u001b\"");
    is_canonical("\"\\u000a\\u0009\\u0008\\u000c\\u000d\\u0022\\u005c\"",
                 "\"\\n\\t\\b\\f\\r\\\"\\\\\"");
    is_canonical("\"\\u007f\\u2028\\u2029\\u00e4\"", "\"\x7f\xe2\x80\xa8\xe2\x80\xa9\xc3\xa4\"");
    is_canonical("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"");
    is_canonical("\"\\uD83D\\uD83D\\uDE00\"", "\"\\ud83d\xf0\x9f\x98\x80\"");
    is_canonical("\"\\uDE00\\uD83D\"", "\"\\ude00\\ud83d\"");
    is_canonical("\"\\uD83Dx\\uDE00\"", "\"\\ud83dx\\ude00\"");
    is_canonical("\"\\u0000\"", "\"\\u0000\"");
    is_canonical("\"\"", "\"\"");
    /* Every length around the blocks that are read at once, each kind of end. */
    static const char *const ends[] = {"",       "\\n", "\\\\", "\xc3\xa4", "\xf0\x9f\x98\x80",
                                       "\\u001b"};
    int wrong = 0;
    for (size_t length = 0; length < 70; length++) {
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
            AUTO_STRBUF text = STRBUF_INIT;
            strbuf_add_char(&text, '"');
            strbuf_add_repeated(&text, 'x', length);
            strbuf_add_text(&text, ends[i]);
            strbuf_add_repeated(&text, 'y', length % 3);
            strbuf_add_char(&text, '"');
            AUTO_FREE char *copy = exactly(text.text, text.size);
            struct raw_json *json = parse_bytes(copy, text.size);
            AUTO_FREE char *got = json ? canonical(json, raw_json_root(json), 0) : NULL;
            wrong += !got || strcmp(got, text.text) != 0;
            raw_json_free(json);
            json = raw_json_parse(copy, text.size - 1, NULL);
            wrong += json != NULL;
            raw_json_free(json);
        }
    }
    is_int(wrong, 0, "strings of every length");
}

static void test_text(void)
{
    static const char text[] = "[\"a\\u0000b\\ud800\\n\", \"plain\", 1]";
    struct raw_json *json = parse(text);
    raw_ref item = raw_json_first(json, raw_json_root(json));
    size_t size;
    AUTO_FREE char *decoded = raw_json_text(json, item, &size);
    ok(size == 7 && memcmp(decoded, "a\0b\xed\xa0\x80\n", 8) == 0, "NUL and a lone surrogate");
    ok(!raw_json_is_text(json, item, "a"), "a text ends with its bytes, not at NUL");
    raw_ref plain = raw_json_next(json, item);
    ok(raw_json_is_text(json, plain, "plain") && !raw_json_is_text(json, plain, "plai") &&
           !raw_json_is_text(json, plain, "plainx"),
       "is exactly this text");
    raw_ref number = raw_json_next(json, plain);
    AUTO_STRBUF buffer = STRBUF_INIT;
    ok(!raw_json_add_text(json, number, &buffer) && buffer.size == 0, "a number is no text");
    ok(!raw_json_text(json, number, &size), "nor NULL-terminated");
    ok(!raw_json_is_text(json, number, "1"), "nor one to compare");
    raw_json_write_string("\xed\xa0\xbd\xed\xb8\x80\xed\xa0\xbd\xff\x1b\"", 12, &buffer);
    is_str(strbuf_text(&buffer), "\"\xf0\x9f\x98\x80\\ud83d\xef\xbf\xbd\\u001b\\\"\"",
           "two halves become one, a lone one stays, bad bytes are replaced");
    raw_json_free(json);
}

static void test_layout(void)
{
    is_canonical("[ ]", "[]");
    is_canonical("{\n}", "{}");
    is_canonical(" \t\r\n[1 ,[ ] ,{ }]\n", "[\n 1,\n [],\n {}\n]");
    is_canonical("{\"b\":1,\"a\":{\"x\":[1,2]}}",
                 "{\n \"a\": {\n  \"x\": [\n   1,\n   2\n  ]\n },\n \"b\": 1\n}");
    is_canonical("{\"b\":1,\"a\":2,\"b\":3}", "{\n \"a\": 2,\n \"b\": 3\n}");
    is_canonical("{\n \"a\": 1,\n \"a\": 2\n}", "{\n \"a\": 2\n}");
    is_canonical("{\"\\u0061\":1,\"a\":2}", "{\n \"a\": 2\n}");
    is_canonical("{\"a\":1,\"\\u0061\":2}", "{\n \"a\": 2\n}");
    is_canonical("{\"b\\n\":1,\"b\":2,\"\":3}", "{\n \"\": 3,\n \"b\": 2,\n \"b\\n\": 1\n}");
    /* By code points, where UTF-16 has another order (N-20). */
    is_canonical("{\"\xf0\x9f\x98\x80\":1,\"\xef\xbf\xbd\":2,\"\\ud800\":3}",
                 "{\n \"\\ud800\": 3,\n \"\xef\xbf\xbd\": 2,\n \"\xf0\x9f\x98\x80\": 1\n}");
    /* Almost canonical: each differs from it in one place. */
    static const char expected[] = "{\n \"a\": [\n  1,\n  {}\n ],\n \"b\": \"x\"\n}";
    static const char *const near[] = {
        "{\n \"a\": [\n  1,\n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"a\": [\n  1,\n  {}\n ],\n \"b\": \"\\u0078\"\n}",
        "{\n \"a\": [\n  1,\n  { }\n ],\n \"b\": \"x\"\n}",
        "{\n \"a\": [\n  1, \n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"a\": [\n  1,\n   {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"a\": [\n  1,\n  {}],\n \"b\": \"x\"\n}",
        "{\n \"a\": [\n  1,\n  {}\n ] ,\n \"b\": \"x\"\n}",
        "{\n \"a\":[\n  1,\n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"a\":  [\n  1,\n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"a\" : [\n  1,\n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"\\u0061\": [\n  1,\n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"b\": \"x\",\n \"a\": [\n  1,\n  {}\n ]\n}",
        "{\r\n \"a\": [\n  1,\n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n\n \"a\": [\n  1,\n  {}\n ],\n \"b\": \"x\"\n}",
        "{\n \"a\": [\n  1,\n  {}\n ],\n \"b\": \"x\"\n }",
        "{\n \"a\": [ 1,\n  {}\n ],\n \"b\": \"x\"\n}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(near); i++)
        is_canonical(near[i], expected);
}

/* A part of the text is written at another level than where it stood. */
static void test_level(void)
{
    static const char text[] = "{\n \"a\": [\n  [\n   1\n  ],\n  [\n\n   2]\n ]\n}";
    struct raw_json *json = parse(text);
    raw_ref a = raw_json_member(json, raw_json_root(json), "a");
    static const char *const expected[] = {"[\n [\n  1\n ],\n [\n  2\n ]\n]",
                                           "[\n  [\n   1\n  ],\n  [\n   2\n  ]\n ]",
                                           "[\n   [\n    1\n   ],\n   [\n    2\n   ]\n  ]"};
    for (unsigned level = 0; level < ARRAY_SIZE(expected); level++) {
        AUTO_FREE char *got = canonical(json, a, level);
        is_str(got, expected[level], "at level %u", level);
    }
    struct raw_json *small = parse("[\n 1\n]");
    AUTO_FREE char *deep = canonical(small, raw_json_root(small), 3);
    is_str(deep, "[\n    1\n   ]", "another line's end is not taken for its indentation");
    raw_json_free(small);
    AUTO_STRBUF compact = STRBUF_INIT;
    raw_json_write_compact(json, raw_json_root(json), &compact);
    is_str(strbuf_text(&compact), "{\"a\":[[1],[2]]}", "on one line");
    AUTO_STRBUF bounded = STRBUF_MAX(5);
    raw_json_write_compact(json, raw_json_root(json), &bounded);
    ok(bounded.overflowed, "a buffer's maximum is kept");
    is_str(strbuf_text(&bounded), "{\"a\":", "up to it");
    raw_json_free(json);
    json = parse("{\"z\":1.50,\"a\":\"\\u0041\",\"z\":null,\"l\":[true,false,{}]}");
    strbuf_clear(&compact);
    raw_json_write_compact(json, raw_json_root(json), &compact);
    is_str(strbuf_text(&compact), "{\"z\":1.5,\"a\":\"A\",\"z\":null,\"l\":[true,false,{}]}",
           "in the order of the text");
    raw_json_free(json);
}

static void is_refused(const char *text, size_t size, const char *expected)
{
    AUTO_FREE char *copy = exactly(text, size);
    struct error error = ERROR_INIT;
    struct raw_json *json = raw_json_parse(copy, size, &error);
    ok(!json, "refused: %.30s", expected);
    contains(error.message, expected, "message");
    raw_json_free(json);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1, column 1: a value is expected (found the end)"},
        {" \n ", "line 2, column 2: a value is expected (found the end)"},
        {"\xef\xbb\xbf{}", "line 1, column 1: a value is expected (found U+FEFF)"},
        {"[1,]", "line 1, column 4: a comma stands before the end (found ']')"},
        {"[1 2]", "line 1, column 4: ',' or ']' is expected (found '2')"},
        {"[1}", "line 1, column 3: ',' or ']' is expected (found '}')"},
        {"{\"a\":1]", "line 1, column 7: ',' or '}' is expected"},
        {"{\"a\":1,}", "line 1, column 8: a comma stands before the end"},
        {"{a:1}", "line 1, column 2: a key in double quotes is expected"},
        {"{\"a\" 1}", "line 1, column 6: ':' is expected"},
        {"{\"a\":}", "line 1, column 6: a value is expected"},
        {"[\"\xc3\xa4\xc3\xa4\" x]", "line 1, column 7:"},
        {"[1,\n2,\n 3 4]", "line 3, column 4:"},
        {"1 2", "line 1, column 3: nothing more is expected"},
        {"[", "line 1, column 2:"},
        {"{\"a\":[1", "line 1, column 8:"},
        {"\"abc", "line 1, column 1: the string has no end"},
        {"\"abc\\", "line 1, column 5:"},
        {"\"\\x\"", "line 1, column 2: no escape"},
        {"\"\\u12g4\"", "line 1, column 2: \\u without"},
        {"\"\\u123", "line 1, column 2: \\u without"},
        {"\"a\nb\"", "line 1, column 3: a control character"},
        {"[1,\n ]", "line 2, column 2: a comma stands before the end (found ']')"},
        {"{\"a\": 1, }", "line 1, column 10: a comma stands before the end (found '}')"},
        {"[]]", "nothing more is expected"},
        {"\"a\x1f\"", "found byte 0x1f"},
        {"\"\xff\"", "line 1, column 2: not valid UTF-8 (found byte 0xff)"},
        {"\"\xc0\x80\"", "not valid UTF-8"},
        {"\"\xed\xa0\x80\"", "not valid UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "not valid UTF-8"},
        {"\"\xe2\x80", "not valid UTF-8"},
        {"\"\xe2\x80\"", "not valid UTF-8"},
        {"01", "line 1, column 2:"},
        {"-", "line 1, column 1: a number has no digits"},
        {"1.", "line 1, column 2: no digit after"},
        {".5", "a value is expected"},
        {"+1", "a value is expected"},
        {"1e", "no digit in the exponent"},
        {"1e+", "no digit in the exponent"},
        {"-NaN", "a number has no digits"},
        {"-Inf", "a value is expected"},
        {"nul", "a value is expected"},
        {"True", "a value is expected"},
        {"nullx", "nothing more"},
        {"'a'", "a value is expected"},
        {"[1]\x0b", "found byte 0x0b"},
        {"\xc2\xa0[1]", "found U+00A0"},
        {"// x\n1", "a value is expected"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        is_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
    is_refused("[1,\0 2]", 7, "line 1, column 4: a value is expected (found byte 0x00)");
    is_refused("\"a\0b\"", 5, "line 1, column 3: a control character");
    is_refused("1\0", 2, "line 1, column 2: nothing more");
}

static void test_asking(void)
{
    static const char text[] = " {\"k\" : [1, 2.0, -9223372036854775808, 9223372036854775808, -0, "
                               "12345678901234567890123],"
                               " \"d\": 1, \"\\u0065\": {}, \"d\": 2 } ";
    struct raw_json *json = parse(text);
    raw_ref root = raw_json_root(json);
    size_t size;
    const char *bytes = raw_json_bytes(json, root, &size);
    ok(bytes == text + 1 && size == strlen(text) - 2, "from the first to the last character");
    is_int(raw_json_count(json, root), 4, "members with duplicates");
    is_int(raw_json_key(json, root), 0, "the root has no key");
    raw_ref list = raw_json_first(json, root);
    ok(raw_json_is_text(json, raw_json_key(json, list), "k"), "key of the first member");
    is_int(raw_json_kind(json, raw_json_key(json, list)), RAW_STRING, "it is a string");
    is_int(raw_json_count(json, list), 6, "elements");
    raw_ref last = raw_json_member(json, root, "d");
    int64_t number = 7;
    ok(raw_json_integer(json, last, &number) && number == 2, "of duplicates the last one");
    is_int(raw_json_next(json, last), 0, "nothing after the last");
    is_int(raw_json_kind(json, raw_json_member(json, root, "e")), RAW_OBJECT, "an escaped key");
    is_int(raw_json_member(json, root, "x"), 0, "no such member");
    is_int(raw_json_member(json, list, "k"), 0, "an array has no members");
    raw_ref item = raw_json_first(json, list);
    is_int(raw_json_key(json, item), 0, "an element has no key");
    bytes = raw_json_bytes(json, item, &size);
    ok(size == 1 && *bytes == '1', "bytes of a number");
    item = raw_json_next(json, item);
    ok(!raw_json_integer(json, item, &number), "2.0 is no integer");
    item = raw_json_next(json, item);
    ok(raw_json_integer(json, item, &number) && number == INT64_MIN, "the smallest integer");
    item = raw_json_next(json, item);
    ok(!raw_json_integer(json, item, &number), "one too large");
    item = raw_json_next(json, item);
    ok(raw_json_integer(json, item, &number) && number == 0, "minus zero");
    item = raw_json_next(json, item);
    ok(!raw_json_integer(json, item, &number), "far too large");
    ok(!raw_json_integer(json, list, &number), "an array is no integer");
    is_int(raw_json_first(json, item), 0, "a number has no items");
    is_int(raw_json_count(json, item), 0, "not one");
    is_int(raw_json_first(json, 0) + raw_json_next(json, 0) + raw_json_member(json, 0, "x"), 0,
           "none has nothing");
    ok(!raw_json_bytes(json, 0, &size), "and no bytes");
    raw_json_free(json);
}

static void test_changing(void)
{
    static const char text[] =
        "{\n \"a\": {\n  \"x\": [\n   1\n  ]\n },\n \"b\": [\n  2\n ],\n \"c\": 3\n}";
    struct raw_json *json = parse(text);
    raw_ref root = raw_json_root(json), a = raw_json_member(json, root, "a");
    raw_ref x = raw_json_member(json, a, "x"), b = raw_json_member(json, root, "b");
    size_t size;
    raw_json_append(json, x, raw_json_new_string(json, "n\xc3\xa4\n", 4));
    ok(!raw_json_bytes(json, x, &size) && !raw_json_bytes(json, a, &size) &&
           !raw_json_bytes(json, root, &size),
       "what was changed, and all around it, has no bytes");
    ok(raw_json_bytes(json, b, &size) && size == 8, "what stands beside it still has");
    AUTO_FREE char *first = canonical(json, root, 0);
    is_str(first,
           "{\n \"a\": {\n  \"x\": [\n   1,\n   \"n\xc3\xa4\\n\"\n  ]\n },\n \"b\": [\n  2\n ],\n "
           "\"c\": 3\n}",
           "the change is written");
    raw_json_set(json, root, "b", raw_json_new_null(json));
    raw_json_set(json, root, "aa", raw_json_new_integer(json, INT64_MIN));
    raw_json_set(json, a, "x", raw_json_new_object(json));
    raw_json_remove(json, root, "c");
    raw_json_remove(json, root, "none");
    AUTO_FREE char *second = canonical(json, root, 0);
    is_str(second,
           "{\n \"a\": {\n  \"x\": {}\n },\n \"aa\": -9223372036854775808,\n \"b\": null\n}",
           "replaced, added and removed");
    is_int(raw_json_count(json, root), 3, "counted");
    AUTO_STRBUF compact = STRBUF_INIT;
    raw_json_write_compact(json, root, &compact);
    is_str(strbuf_text(&compact), "{\"a\":{\"x\":{}},\"b\":null,\"aa\":-9223372036854775808}",
           "a replaced member keeps its place, a new one is the last");
    raw_json_free(json);

    json = parse("{\"d\":1,\"e\":2,\"\\u0064\":3}");
    root = raw_json_root(json);
    raw_json_set(json, root, "d", raw_json_new_string(json, "\"", 1));
    strbuf_clear(&compact);
    raw_json_write_compact(json, root, &compact);
    is_str(strbuf_text(&compact), "{\"d\":\"\\\"\",\"e\":2}", "all duplicates are replaced");
    raw_json_remove(json, root, "d");
    raw_json_remove(json, root, "e");
    is_int(raw_json_count(json, root), 0, "all are gone");
    AUTO_FREE char *empty = canonical(json, root, 0);
    is_str(empty, "{}", "an emptied object");
    raw_json_set(json, root, "x", raw_json_new_array(json));
    AUTO_FREE char *filled = canonical(json, root, 0);
    is_str(filled, "{\n \"x\": []\n}", "and one filled again");
    raw_json_free(json);
}

static void test_copy(void)
{
    static const char text[] = "{\"b\": [1.50, \"\\u0041\", {\"z\":1,\"a\":[[],{}]}], \"a\": true}";
    struct raw_json *from = parse(text);
    struct raw_json *json = raw_json_new();
    is_int(raw_json_kind(json, raw_json_root(json)), RAW_NULL, "a new document is null");
    raw_ref root = raw_json_new_object(json);
    raw_json_set_root(json, root);
    raw_json_set(json, root, "copy", raw_json_copy(json, from, raw_json_root(from)));
    raw_json_free(from);
    raw_json_set(json, root, "again",
                 raw_json_copy(json, json, raw_json_member(json, root, "copy")));
    raw_json_remove(json, raw_json_member(json, root, "copy"), "b");
    AUTO_FREE char *got = canonical(json, root, 0);
    is_str(got,
           "{\n \"again\": {\n  \"a\": true,\n  \"b\": [\n   1.5,\n   \"A\",\n   {\n    \"a\": [\n "
           "    [],\n     {}\n    ],\n    \"z\": 1\n   }\n  ]\n },\n \"copy\": {\n  \"a\": true\n "
           "}\n}",
           "a copy lives alone");
    size_t size;
    ok(!raw_json_bytes(json, raw_json_member(json, root, "again"), &size),
       "what was made has no bytes");
    raw_json_free(json);
}

/* Many containers changed in no order: what is untouched is found among them. */
static void test_many_changes(void)
{
    AUTO_STRBUF text = STRBUF_INIT, expected = STRBUF_INIT;
    const unsigned count = 2000;
    for (unsigned i = 0; i < count; i++) {
        strbuf_addf(&text, "%s[\n  %u\n ]", i ? ",\n " : "[\n ", i);
        strbuf_addf(&expected, "%s[\n  %u%s\n ]", i ? ",\n " : "[\n ", i, i % 3 ? "" : ",\n  null");
    }
    strbuf_add_text(&text, "\n]");
    strbuf_add_text(&expected, "\n]");
    struct raw_json *json = parse_bytes(text.text, text.size);
    raw_ref *items = xreallocarray(NULL, count, sizeof(*items)), item;
    unsigned n = 0;
    for (item = raw_json_first(json, raw_json_root(json)); item; item = raw_json_next(json, item))
        items[n++] = item;
    for (unsigned i = 0; i < count; i++)
        if (i * 7 % count % 3 == 0)
            raw_json_append(json, items[i * 7 % count], raw_json_new_null(json));
    int wrong = 0;
    size_t size;
    for (unsigned i = 0; i < count; i++)
        wrong += !raw_json_bytes(json, items[i], &size) != (i % 3 == 0);
    is_int(wrong, 0, "who has bytes after many changes");
    AUTO_FREE char *got = canonical(json, raw_json_root(json), 0);
    is_str(got, expected.text, "text after many changes");
    free(items);
    raw_json_free(json);
}

static void test_sorting(void)
{
    AUTO_STRBUF text = STRBUF_INIT, expected = STRBUF_INIT;
    const unsigned count = 5003;
    for (unsigned i = 0; i < count; i++)
        strbuf_addf(&text, "%s\"%06u\":%u", i ? "," : "{", i * 1999 % count, i);
    strbuf_add_text(&text, ",\"000007\":\"last\"}");
    for (unsigned i = 0; i < count; i++) {
        unsigned at = 0;
        while (at * 1999 % count != i)
            at++;
        strbuf_addf(&expected, "%s \"%06u\": ", i ? ",\n" : "{\n", i);
        strbuf_addf(&expected, i == 7 ? "\"last\"" : "%u", at);
    }
    strbuf_add_text(&expected, "\n}");
    struct raw_json *json = parse_bytes(text.text, text.size);
    AUTO_FREE char *got = canonical(json, raw_json_root(json), 0);
    ok(got && strcmp(got, expected.text) == 0, "many members are sorted");
    raw_json_free(json);
}

static void test_nesting(void)
{
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_add_repeated(&text, '[', DEEP);
    is_refused(text.text, text.size, "line 1, column 10001: nested too deeply, more than 10000");
    strbuf_truncate(&text, RAW_JSON_MAX_DEPTH);
    strbuf_add_repeated(&text, ']', RAW_JSON_MAX_DEPTH);
    struct raw_json *json = parse_bytes(text.text, text.size);
    AUTO_STRBUF compact = STRBUF_INIT;
    raw_json_write_compact(json, raw_json_root(json), &compact);
    is_str(strbuf_text(&compact), text.text, "as deep as is allowed");
    ok(raw_json_is_steep(json), "that deep its canonical text is little but indentation");
    raw_json_free(json);
    json = raw_json_new();
    raw_ref inner = raw_json_new_array(json);
    raw_json_set_root(json, inner);
    for (unsigned i = 1; i < DEEP; i++) {
        raw_ref array = raw_json_new_array(json);
        raw_json_append(json, inner, array);
        inner = array;
    }
    raw_json_set_root(json, raw_json_copy(json, json, raw_json_root(json)));
    strbuf_clear(&compact);
    raw_json_write_compact(json, raw_json_root(json), &compact);
    is_int(compact.size, 2 * DEEP, "made and copied deeper than any stack");
    raw_json_free(json);
}

static size_t tree_bytes(const char *unit, size_t size)
{
    AUTO_STRBUF text = STRBUF_INIT;
    strbuf_add_char(&text, '[');
    while (text.size < size)
        strbuf_add_text(&text, unit);
    strbuf_add_text(&text, "0]");
    struct raw_json *json = parse_bytes(text.text, text.size);
    size_t bytes = json->capacity * sizeof(*json->nodes);
    raw_json_free(json);
    return bytes;
}

static void test_memory(void)
{
    const size_t size = (size_t)1 << 20;
    is_int(sizeof(struct raw_node), 16, "bytes of a node");
    ok(tree_bytes("1,", size) <= 8 * size + 64, "the most values: 8 bytes per byte");
    ok(tree_bytes("[],", size) <= 6 * size + 64, "empty arrays");
    ok(tree_bytes("{\"\":1},", size) <= 7 * size + 64, "smallest members");
    ok(tree_bytes("\n \"abcdef\\n\",", size) < 13 * size / 10, "short lines: 1.3 bytes per byte");
    struct error error = ERROR_INIT;
    struct raw_json *json = raw_json_parse("1", RAW_JSON_MAX_BYTES + 1, &error);
    ok(!json, "too much text is not looked at");
    contains(error.message, "1073741825 bytes", "and says so");
    raw_json_free(json);
}

int main(void)
{
    test_numbers();
    test_strings();
    test_text();
    test_layout();
    test_level();
    test_refused();
    test_asking();
    test_changing();
    test_copy();
    test_many_changes();
    test_sorting();
    test_nesting();
    test_memory();
    return done_testing();
}
