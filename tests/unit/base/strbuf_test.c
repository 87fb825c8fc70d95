/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strbuf: growing, the maximum, and the text that is never NULL.
 */
#include "base/strbuf.h"

#include "tap.h"

static void test_growing(void)
{
    AUTO_STRBUF buffer = STRBUF_INIT;
    is_str(strbuf_text(&buffer), "", "a new buffer has an empty text");
    strbuf_add_text(&buffer, "one");
    strbuf_add_char(&buffer, ' ');
    strbuf_addf(&buffer, "%d%s", 2, "nd");
    strbuf_add_repeated(&buffer, '-', 3);
    is_str(buffer.text, "one 2nd---", "additions stand in order");
    for (int i = 0; i < 5000; i++)
        strbuf_addf(&buffer, "%04d", i);
    is_int(buffer.size, 10 + 5000 * 4, "size after many additions");
    is_str(buffer.text + buffer.size - 8, "49984999", "the end after many additions");
    strbuf_truncate(&buffer, 3);
    is_str(buffer.text, "one", "truncated");
    strbuf_truncate(&buffer, 30);
    is_int(buffer.size, 3, "truncating to more changes nothing");
    strbuf_add(&buffer, "\0x", 2);
    is_int(buffer.size, 5, "NUL bytes are content");
    ok(memcmp(buffer.text, "one\0x", 6) == 0, "content with a NUL, ended by a NUL");
    strbuf_clear(&buffer);
    is_str(strbuf_text(&buffer), "", "cleared");
}

static void test_maximum(void)
{
    AUTO_STRBUF buffer = STRBUF_MAX(8);
    strbuf_add_text(&buffer, "12345678");
    ok(!buffer.overflowed, "exactly full is no overflow");
    strbuf_add(&buffer, "", 0);
    ok(!buffer.overflowed, "nothing more is no overflow");
    strbuf_add_char(&buffer, '9');
    ok(buffer.overflowed, "one more byte is an overflow");
    is_str(buffer.text, "12345678", "what did not fit was dropped");
    strbuf_clear(&buffer);
    ok(!buffer.overflowed, "clearing forgets the overflow");
    strbuf_addf(&buffer, "%s", "abcdefghijkl");
    is_str(buffer.text, "abcdefgh", "a format is cut at the maximum");
    is_int(buffer.size, 8, "size of the cut format");
    ok(buffer.overflowed, "a cut format is an overflow");
    strbuf_clear(&buffer);
    strbuf_add_repeated(&buffer, 'x', 100);
    is_str(buffer.text, "xxxxxxxx", "a repeated character is cut at the maximum");
}

static void test_take(void)
{
    AUTO_STRBUF buffer = STRBUF_INIT;
    AUTO_FREE char *nothing = strbuf_take(&buffer);
    is_str(nothing, "", "taking from a new buffer gives an empty text");
    strbuf_add_text(&buffer, "text");
    AUTO_FREE char *taken = strbuf_take(&buffer);
    is_str(taken, "text", "the text is taken");
    is_int(buffer.size, 0, "the buffer is empty afterwards");
    strbuf_add_text(&buffer, "again");
    is_str(buffer.text, "again", "and usable again");
    is_str(taken, "text", "without touching what was taken");
}

int main(void)
{
    test_growing();
    test_maximum();
    test_take();
    return done_testing();
}
