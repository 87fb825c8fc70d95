/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_arguments: words, quotes, options and the raw rest of a line.
 */
#include "kernel/magic/magic_arguments.h"

#include "base/memory.h"
#include "base/strbuf.h"
#include "tap.h"

/* Splits and writes the words as `[word]`, options as `<option>`. */
static void splits(const char *line, size_t raw_from, const char *expected)
{
    struct magic_arguments arguments;
    struct error error = ERROR_INIT;
    AUTO_STRBUF text = STRBUF_INIT;
    if (!magic_arguments_split(line, strlen(line), raw_from, &arguments, &error))
        strbuf_addf(&text, "error");
    for (size_t i = 0; i < arguments.count && error.code == ERROR_NONE; i++)
        strbuf_addf(&text, arguments.words[i].is_option ? "<%s>" : "[%s]", arguments.words[i].text);
    is_str(strbuf_text(&text), expected, "words of '%s'", line);
    magic_arguments_release(&arguments);
}

static void test_words(void)
{
    splits("%tables", MAGIC_NO_RAW, "");
    splits("%tables  ", MAGIC_NO_RAW, "");
    splits("%tables;", MAGIC_NO_RAW, "");
    splits("%use shop.db", MAGIC_NO_RAW, "[shop.db]");
    splits("  %use\tshop.db ;\r", MAGIC_NO_RAW, "[shop.db]");
    splits("%use 'my shop.db' --create", MAGIC_NO_RAW, "[my shop.db]<--create>");
    splits("%use \"my \\\"shop\\\\.db\"", MAGIC_NO_RAW, "[my \"shop\\.db]");
    splits("%use 'a\\b'", MAGIC_NO_RAW, "[a\\b]");
    splits("%use my' 'shop.db", MAGIC_NO_RAW, "[my shop.db]");
    splits("%use \"it's.db\"", MAGIC_NO_RAW, "[it's.db]");
    splits("%use it's.db", MAGIC_NO_RAW, "error");
    splits("%use ''", MAGIC_NO_RAW, "[]");
    splits("%use '--create'", MAGIC_NO_RAW, "[--create]");
    splits("%use -- --create", MAGIC_NO_RAW, "[--create]");
    splits("%use -", MAGIC_NO_RAW, "[-]");
    splits("%set timeout -1", MAGIC_NO_RAW, "[timeout][-1]");
    splits("%use caf\xc3\xa9.db", MAGIC_NO_RAW, "[caf\xc3\xa9.db]");
    splits("%use caf\xe9.db", MAGIC_NO_RAW, "error");
    splits("", MAGIC_NO_RAW, "");
}

static void test_raw(void)
{
    splits("%param", 1, "");
    splits("%param note", 1, "[note]");
    splits("%param note ", 1, "[note]");
    splits("%param note it's  a note; ", 1, "[note][it's  a note;]");
    splits("%param note \"a \\n b\"", 1, "[note][\"a \\n b\"]");
    splits("%param n -5", 1, "[n][-5]");
    splits("%param --unset note", 1, "<--unset>[note]");
    splits("%param --clear;", 1, "<--clear>");
}

static void test_odd(void)
{
    struct magic_arguments arguments;
    struct error error = ERROR_INIT;
    ok(!magic_arguments_split("%use a\0b", 8, MAGIC_NO_RAW, &arguments, &error), "NUL is refused");
    contains(error.message, "NUL", "and named");
    magic_arguments_release(&arguments);
    AUTO_FREE char *name = magic_arguments_name(" %tables; ", 10);
    is_str(name, "%tables", "the name without a semicolon");
    for (int c = 0; c < 256; c++) {
        char line[] = {'%', (char)c, ' ', '"', (char)c, '\\', '"', (char)c, '\''};
        for (size_t size = 0; size <= sizeof(line); size++) {
            bool unused = magic_arguments_split(line, size, size % 3, &arguments, NULL);
            (void)unused;
            magic_arguments_release(&arguments);
        }
    }
    ok(true, "any byte anywhere");
}

static void test_options(void)
{
    struct magic_arguments arguments;
    struct error error = ERROR_INIT;
    const char *line = "%log -n 5 --all x --name=a -m7 -q";
    ok(magic_arguments_split(line, strlen(line), MAGIC_NO_RAW, &arguments, &error), "options");
    ok(magic_arguments_take_flag(&arguments, "--all"), "--all is there");
    ok(!magic_arguments_take_flag(&arguments, "--all"), "and taken");
    char *value;
    ok(magic_arguments_take_value(&arguments, "-n", &value, &error), "-n 5");
    is_str(value, "5", "its value");
    free(value);
    ok(magic_arguments_take_value(&arguments, "--name", &value, &error), "--name=a");
    is_str(value, "a", "its value");
    free(value);
    ok(magic_arguments_take_value(&arguments, "-m", &value, &error), "-m7");
    is_str(value, "7", "its value");
    free(value);
    ok(magic_arguments_take_value(&arguments, "-z", &value, &error), "-z is not there");
    is_str(value, NULL, "no value");
    ok(!magic_arguments_take_value(&arguments, "-q", &value, &error), "-q has no value");
    contains(error.message, "-q needs a value", "and that is said");
    ok(!magic_arguments_check(&arguments, 0, 9, "%log [-n N]", &error), "-q is left over");
    contains(error.message, "unknown option -q; it is: %log [-n N]", "and named");
    ok(magic_arguments_take_flag(&arguments, "-q"), "take it");
    ok(magic_arguments_check(&arguments, 1, 1, "u", &error), "one word");
    ok(!magic_arguments_check(&arguments, 2, 2, "u", &error), "too few");
    ok(!magic_arguments_check(&arguments, 0, 0, "u", &error), "too many");
    contains(error.message, "'x' is too much", "and named");
    magic_arguments_release(&arguments);
}

int main(void)
{
    test_words();
    test_raw();
    test_odd();
    test_options();
    return done_testing();
}
