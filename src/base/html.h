/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: text inside HTML.
 */
#ifndef RSCN_BASE_HTML_H
#define RSCN_BASE_HTML_H

#include <stddef.h>

#include "base/strbuf.h"

/* What stands for a character that is markup in the content of an element; NULL for all others. */
const char *html_markup(unsigned char c);
/* Adds the text so that it is only text: inside elements and inside quoted attribute values. What
 * HTML allows in no form (control characters but tab and line ends) becomes U+FFFD. */
void html_add(struct strbuf *html, const char *text, size_t size);
/* The same for a text that ends with NUL; nothing for NULL. */
void html_add_text(struct strbuf *html, const char *text);

#endif
