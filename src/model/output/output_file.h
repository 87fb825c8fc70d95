/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_file: the outputs in a notebook file as jansson has them, for showing.
 */
#ifndef RSCN_MODEL_OUTPUT_FILE_H
#define RSCN_MODEL_OUTPUT_FILE_H

#include <jansson.h>

#include "model/notebook/raw_json.h"

/* Outputs in a notebook file as jansson has them: a lone surrogate becomes U+FFFD, NaN and what is
 * nested deeper than 100 levels null. Good for showing; whether two are the same bytes is known
 * without. Caller decrefs. */
json_t *output_file_read(const struct raw_json *json, raw_ref outputs);
#endif
