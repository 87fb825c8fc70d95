/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_html: one execution as a page of its own.
 */
#ifndef RSCN_CLI_SHOW_HTML_H
#define RSCN_CLI_SHOW_HTML_H

#include <jansson.h>

#include "base/strbuf.h"

/* Adds the whole page for an object of store_execution. Nothing in it runs or is fetched: outputs
 * that are HTML stand in a sandbox that can change nothing around it, pictures are part of the
 * page. */
void show_html(struct strbuf *page, const json_t *execution);

#endif
