/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_similarity: how much two texts have in common: 2 x matched bytes / bytes of both, 0 to 1.
 *
 * Matched as Python's difflib does it: the longest common piece, then the same left and right of it
 * (W-63). Bounds that cost next to nothing come first, and all work counts against a budget.
 */
#ifndef RSCN_MODEL_TEXT_SIMILARITY_H
#define RSCN_MODEL_TEXT_SIMILARITY_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_PROFILE_CLASSES 64
/* Longer pieces that differ are compared by whole lines. */
#define TEXT_SIMILARITY_BYTES 4096

/* How often which bytes are in a text; made once per text. */
struct text_profile {
    uint32_t size;
    uint32_t counts[TEXT_PROFILE_CLASSES];
};
void text_profile_init(struct text_profile *profile, const char *text, size_t size);
/* No similarity of these texts is greater. */
double text_profile_bound(const struct text_profile *left, const struct text_profile *right);

/* The similarity, or 0 when it is below `floor`. `work` is lowered by what it cost, about one unit
 * per byte looked at; with too little left the similarity may come out too low, never too high. */
double text_similarity(const char *left, size_t left_size, const char *right, size_t right_size,
                       double floor, int64_t *work);

#endif
