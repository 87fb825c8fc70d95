/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: nothing of a text becomes an element, an attribute or an entity.
 */
#include "base/html.h"

#include "tap.h"

static void test_escape(void)
{
    AUTO_STRBUF html = STRBUF_INIT;

    html_add_text(&html, "a <b c=\"d\" e='f'> & &amp;");
    is_str(strbuf_text(&html), "a &lt;b c=&quot;d&quot; e=&#39;f&#39;&gt; &amp; &amp;amp;", "markup");
    strbuf_clear(&html);
    html_add(&html, "\0x\033[1m\x7f", 7);
    is_str(strbuf_text(&html), "\xef\xbf\xbdx\xef\xbf\xbd[1m\xef\xbf\xbd", "control characters");
    strbuf_clear(&html);
    html_add_text(&html, "\t\r\n\xe5\x90\xbe");
    is_str(strbuf_text(&html), "\t\r\n\xe5\x90\xbe", "what stands for itself");
    strbuf_clear(&html);
    html_add_text(&html, NULL);
    html_add(&html, "", 0);
    is_int(html.size, 0, "nothing");
}

int main(void)
{
    test_escape();
    return done_testing();
}
