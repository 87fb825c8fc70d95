/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output_fold: the output messages of an execution as the outputs that a front end would save in
 * the cell.
 *
 * Streams of one name that follow each other become one, clear_output takes away what was there,
 * update_display_data changes what was shown under its id. Exactly the keys of N-17, values as they
 * were sent: numbers keep their digits.
 */
#ifndef RSCN_MODEL_OUTPUT_FOLD_H
#define RSCN_MODEL_OUTPUT_FOLD_H

#include <stddef.h>

struct output_fold;

struct output_fold *output_fold_new(void);
void output_fold_free(struct output_fold *fold);
/* The next message: its type and its content as JSON text. What is no output is passed over. */
void output_fold_add(struct output_fold *fold, const char *msg_type, const char *content,
                     size_t size);
/* The outputs as a JSON array in one line. Caller frees. */
char *output_fold_json(const struct output_fold *fold);

#endif
