/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: text inside HTML. What needs no change is copied in runs.
 */
#include "base/html.h"

#include <stdbool.h>
#include <string.h>

const char *html_markup(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

/* What stands for the character; NULL when it stands for itself. */
static const char *replacement(unsigned char c)
{
    if (c == '\'')
        return "&#39;"; /* a quote inside attributes alone */
    if (c >= ' ' && c != 0x7f)
        return html_markup(c);
    return c == '\t' || c == '\n' || c == '\r' ? NULL : "\xef\xbf\xbd";
}

void html_add(struct strbuf *html, const char *text, size_t size)
{
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        const char *instead = replacement((unsigned char)text[i]);
        if (!instead)
            continue;
        strbuf_add(html, text + start, i - start);
        strbuf_add_text(html, instead);
        start = i + 1;
    }
    strbuf_add(html, text + start, size - start);
}

void html_add_text(struct strbuf *html, const char *text)
{
    if (text)
        html_add(html, text, strlen(text));
}
