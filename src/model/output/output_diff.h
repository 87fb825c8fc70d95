/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_diff: outputs as content, to compare what two runs or two versions showed.
 *
 * What says when and how fast something ran is no content: execution counts, transient data, the
 * times of %%time and `%set timer on`; nor is how the client cut a stream or a text into pieces.
 */
#ifndef RSCN_MODEL_OUTPUT_DIFF_H
#define RSCN_MODEL_OUTPUT_DIFF_H

#include <jansson.h>

#include "base/strbuf.h"

/* The nbformat outputs as content: two are the same when json_equal says so of these. NULL is no
 * outputs. Caller decrefs. */
json_t *output_diff_content(const json_t *outputs);
/* Appends contents as lines for people: streams, errors and text/plain as they are; what is no text
 * as its type, size and the beginning of its SHA-256, so that pictures can be compared. With
 * `all_types` also the other types of what has a text/plain. */
void output_diff_text(const json_t *contents, bool all_types, struct strbuf *ret_text);
/* The lines of both sides' contents, which differ: all types only when the others do not. */
void output_diff_texts(const json_t *from, const json_t *to, struct strbuf *ret_from,
                       struct strbuf *ret_to);
/* Appends a line for each of a cell's attachments (an object of names to data by type), like that
 * of a picture. */
void output_diff_attachments(const json_t *attachments, struct strbuf *ret_text);

#endif
