/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_guess: nothing is guessed that would change a value.
 */
#include "model/table/csv_guess.h"

#include "base/memory.h"
#include "tap.h"

static void test_types(void)
{
    static const struct {
        const char *values[4];
        const char *expected;
    } cases[] = {
        {{NULL}, "TEXT"},
        {{"1", "-15", "0"}, "INTEGER"},
        {{"9223372036854775807", "-9223372036854775807"}, "INTEGER"},
        {{"9223372036854775808"}, "TEXT"},
        {{"1", "2.5"}, "REAL"},
        {{".5", "-0.25", "2e10", "1E-3"}, "REAL"},
        {{"1", "9223372036854775808"}, "TEXT"},
        {{"007"}, "TEXT"},
        {{"00.5"}, "TEXT"},
        {{"+47"}, "TEXT"},
        {{"-0"}, "TEXT"},
        {{"-"}, "TEXT"},
        {{"."}, "TEXT"},
        {{"1."}, "TEXT"},
        {{"1e"}, "TEXT"},
        {{"1e+"}, "TEXT"},
        {{"1e9999"}, "TEXT"},
        {{"1e999"}, "TEXT"},
        {{"-9223372036854775808"}, "INTEGER"},
        {{"-9223372036854775809"}, "TEXT"},
        {{"1.5", "999999999999999"}, "REAL"},
        {{"9007199254740993", "1.5"}, "TEXT"},
        {{"1,5"}, "TEXT"},
        {{" 1"}, "TEXT"},
        {{"NaN"}, "TEXT"},
        {{"0x10"}, "TEXT"},
        {{"1", "x", "2"}, "TEXT"},
        {{"1", ""}, "TEXT"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct csv_column column = {.has_value = false};
        for (size_t j = 0; j < 4 && cases[i].values[j] != NULL; j++)
            csv_column_add(&column, cases[i].values[j], strlen(cases[i].values[j]));
        is_str(csv_column_type(&column), cases[i].expected, "type of %s …",
               cases[i].values[0] != NULL ? cases[i].values[0] : "nothing");
    }
}

static void test_delimiter(void)
{
    static const struct {
        const char *text;
        char expected;
    } cases[] = {
        {"", ','},
        {"a", ','},
        {"a,b\n1,2\n", ','},
        {"a;b\n1,5;2,5\n3;4\n", ';'},
        {"a\tb\n1, 2\t3\n", '\t'},
        {"a|b|c\n1|2|3", '|'},
        {"a;b", ';'},
        {"\"x;y;z\",b\n\"1;2;3\",2\n", ','},
        {"name,note\n1,a;b;c\n2,d\n", ','},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        is_int(csv_guess_delimiter(cases[i].text, strlen(cases[i].text)), cases[i].expected,
               "delimiter, case %zu", i);
}

static void test_header(void)
{
    static const char *const good[] = {"", "id", "Name"}, *const twice[] = {"id", "ID"},
                             *const number[] = {"id", "2020"}, *const empty[] = {"", ""};
    is_int(csv_guess_header(good, 3), CSV_HEADER_GOOD, "names, one of them empty");
    is_int(csv_guess_header(twice, 2), CSV_HEADER_DOUBTFUL, "a name that comes twice");
    is_int(csv_guess_header(number, 2), CSV_HEADER_NONE, "a number is no name");
    is_int(csv_guess_header(empty, 2), CSV_HEADER_NONE, "nothing names nothing");
}

int main(void)
{
    test_types();
    test_delimiter();
    test_header();
    return done_testing();
}
