/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8: strictness, counting, columns, and lines that no escape sequence gets through.
 */
#include "base/utf8.h"

#include "tap.h"

#define REPLACED "\xef\xbf\xbd"

static void test_valid(void)
{
    static const struct {
        const char *text;
        bool is_valid;
        const char *name;
    } cases[] = {
        {"", true, "nothing"},
        {"plain", true, "ASCII"},
        {"\xc2\x80 \xdf\xbf", true, "two bytes"},
        {"\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf", true, "three bytes"},
        {"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", true, "four bytes"},
        {"\xc0\xaf", false, "overlong in two bytes"},
        {"\xc1\xbf", false, "overlong in two bytes, last"},
        {"\xe0\x9f\xbf", false, "overlong in three bytes"},
        {"\xf0\x8f\xbf\xbf", false, "overlong in four bytes"},
        {"\xed\xa0\x80", false, "a surrogate"},
        {"\xf4\x90\x80\x80", false, "beyond U+10FFFF"},
        {"\xf5\x80\x80\x80", false, "no such first byte"},
        {"\x80", false, "a lone continuation"},
        {"a\xe2\x82", false, "cut short"},
        {"\xe2\x82z", false, "interrupted"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ok(utf8_is_valid(cases[i].text, strlen(cases[i].text)) == cases[i].is_valid, "validity: %s",
           cases[i].name);
    ok(utf8_is_valid("a\0b", 3), "NUL is allowed");
}

static void test_decode(void)
{
    uint32_t code_point = 0;
    is_int(utf8_decode("\xf0\x9f\x98\x80", 4, &code_point), 4, "length of an emoji");
    is_int(code_point, 0x1f600, "its code point");
    is_int(utf8_decode("\xf0\x9f\x98\x80", 3, &code_point), 1, "one byte when it is cut");
    is_int(code_point, 0xfffd, "as U+FFFD");
    const char *text = "a\xc3\xa9\xf0\x9f\x98\x80z";
    is_int(utf8_length(text, 8), 4, "code points");
    is_int(utf8_length("\xff\xff", 2), 2, "a bad byte counts as one");
    is_int(utf8_offset(text, 8, 0), 0, "offset of the first");
    is_int(utf8_offset(text, 8, 2), 3, "offset of the third");
    is_int(utf8_offset(text, 8, 4), 8, "offset of the end");
    is_int(utf8_offset(text, 8, 27), 8, "FE-49: an index beyond the end is the end");
}

static void test_width(void)
{
    static const struct {
        const char *text;
        size_t width;
        const char *name;
    } cases[] = {
        {"abc", 3, "ASCII"},
        {"caf\xc3\xa9", 4, "a letter with an accent"},
        {"cafe\xcc\x81", 4, "a combining accent"},
        {"\xe6\x97\xa5\xe6\x9c\xac", 4, "Chinese characters"},
        {"\xef\xbc\xa1", 2, "a fullwidth letter"},
        {"\xef\xbd\xb1", 1, "a halfwidth katakana"},
        {"\xed\x95\x9c", 2, "a Hangul syllable"},
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2, "a Hangul syllable in parts"},
        {"\xf0\x9f\x98\x80", 2, "an emoji"},
        {"\xf0\xa0\x80\x80", 2, "a character of plane 2"},
        {"\xe2\x80\x8b", 0, "a zero width space"},
        {"\xc2\xad", 1, "a soft hyphen"},
        {"\xe2\x94\x80", 1, "a box line"},
        {"a\tb\x1b\n", 2, "controls"},
        {"\xff", 1, "a bad byte"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        is_int(utf8_width(cases[i].text, strlen(cases[i].text)), cases[i].width, "width: %s",
               cases[i].name);
}

static void is_line(const char *text, size_t max_width, const char *expected, const char *name)
{
    AUTO_STRBUF buffer = STRBUF_INIT;
    strbuf_add_text(&buffer, ">");
    utf8_add_line(&buffer, text, strlen(text), max_width);
    is_str(strbuf_text(&buffer) + 1, expected, "line: %s", name);
}

static void test_line(void)
{
    is_line("plain", 5, "plain", "it fits exactly");
    is_line("plain", 4, "pla\xe2\x80\xa6", "it is cut");
    is_line("plain", 1, "\xe2\x80\xa6", "one column");
    is_line("plain", 0, "", "no column");
    is_line("a\tb", 9, "a b", "a tab is a blank");
    is_line("a\nb\r\nc\rd", 9,
            "a\xe2\x8f\x8e"
            "b\xe2\x8f\x8e"
            "c\xe2\x8f\x8e"
            "d",
            "line ends");
    is_line("\x1b[31m", 9, "\xe2\x90\x9b[31m", "ESC is its picture");
    is_line("\x7f", 9, "\xe2\x90\xa1", "DEL is its picture");
    is_line("\xc2\x9b", 9, REPLACED, "an 8-bit control is replaced");
    is_line("\xff", 9, REPLACED, "a bad byte is replaced");
    is_line("\xe2\x80\xae", 9, REPLACED, "a direction override is replaced");
    is_line("\xe6\x97\xa5\xe6\x9c\xac", 4, "\xe6\x97\xa5\xe6\x9c\xac", "wide characters fit");
    is_line("\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\xe2\x80\xa6", "a wide one is cut whole");
    is_line("ab\xe6\x9c\xac", 3, "ab\xe2\x80\xa6", "a wide one at the edge");
    is_line("e\xcc\x81", 1, "e\xcc\x81", "an accent takes no column");
    AUTO_STRBUF marks = STRBUF_INIT, shown = STRBUF_INIT;
    for (int i = 0; i < 1000; i++)
        strbuf_add_text(&marks, "\xcc\x81");
    utf8_add_line(&shown, marks.text, marks.size, 10);
    ok(shown.size <= 16, "a heap of accents is bounded");
}

int main(void)
{
    test_valid();
    test_decode();
    test_width();
    test_line();
    AUTO_STRBUF buffer = STRBUF_INIT;
    utf8_add_valid(&buffer,
                   "a\xff"
                   "b\0\xe2\x82",
                   6);
    is_int(buffer.size, 12, "size of the mended text");
    ok(memcmp(buffer.text, "a" REPLACED "b\0" REPLACED REPLACED, 12) == 0,
       "bad bytes become U+FFFD and NUL stays");
    return done_testing();
}
