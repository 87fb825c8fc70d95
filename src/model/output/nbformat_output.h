/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbformat_output: the texts in an output as notebook files have it.
 */
#ifndef RSCN_MODEL_NBFORMAT_OUTPUT_H
#define RSCN_MODEL_NBFORMAT_OUTPUT_H

#include <jansson.h>

#include "base/strbuf.h"

/* A multi-line text: a string, or an array of strings that are joined; "" for anything else. Caller
 * frees. */
char *nbformat_text(const json_t *value);
/* The same appended, whole also when it holds NUL. */
void nbformat_add_text(const json_t *value, struct strbuf *buffer);
/* What an output of type error says: its traceback, which has the line and the place in it, if that
 * is plain text, else name and value. Caller frees. */
char *nbformat_error_text(const json_t *output);
/* What people see of an output as text: of a stream or an error all of it, else its text/plain (in
 * nbformat 3 `text`); NULL: it has none. Caller frees. */
char *nbformat_output_text(const json_t *output);

#endif
