/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_sides: the two versions that version_match compares, with what every step of it needs:
 * which texts are the same, what is paired, and which pairs stand in the same order on both sides.
 */
#ifndef RSCN_MODEL_MATCH_SIDES_H
#define RSCN_MODEL_MATCH_SIDES_H

#include "model/identity/version_match.h"

#define MATCH_NONE ((size_t)-1)
#define MATCH_NO_CLASS UINT32_MAX
/* Shorter texts are found again and again in one notebook and say little. */
#define MATCH_DISTINCT_BYTES 24

/* Numbers for byte strings: the same number for the same bytes, from 0 in the order they came.
 * Borrows the bytes. */
struct classes;
struct classes *classes_new(void);
void classes_free(struct classes *classes);
uint32_t classes_number(struct classes *classes, const char *text, size_t size);
size_t classes_count(const struct classes *classes);
void auto_classes_release(struct classes **classes);
#define AUTO_CLASSES __attribute__((cleanup(auto_classes_release))) struct classes

struct match_side {
    const struct version_match_cell *cells;
    size_t count;
    uint32_t *text; /* class of the cell's text */
    uint32_t *form; /* class of its normal form, MATCH_NO_CLASS where nobody asked */
    bool *is_blank; /* nothing but blanks */
    size_t *pair;   /* cell of the other side, MATCH_NONE */
    /* Set by match_sides_order: how many pairs of the backbone stand before the cell, and whether
     * it is in one. Cells of both sides with the same gap stand between the same neighbours. */
    size_t *gap;
    bool *is_fixed;
    size_t *anchor; /* the cell after the last one of the backbone above; 0 = none above */
};

struct match_sides {
    const struct version_match_request *request;
    struct match_side now, before;
    struct version_match_result *results; /* of the cells of `now` */
    uint32_t *earlier_text;               /* classes of the earlier cells' texts */
    bool *earlier_used;
    size_t text_classes;
    uint32_t *now_texts, *before_texts; /* per class: how many cells have it */
    bool *is_explained;  /* now: lines or text came from a cell that goes on elsewhere */
    bool ids_are_stable; /* ids go on from version to version: a new one says "new" */
    int64_t work;        /* what similarity may still cost */
};

void match_sides_init(const struct version_match_request *request, struct match_sides *ret_sides);
void match_sides_release(struct match_sides *sides);

bool match_is_free(const struct match_sides *sides, size_t now, size_t before);
void match_pair(struct match_sides *sides, size_t now, size_t before, enum version_match_kind kind,
                double score);
void match_earlier(struct match_sides *sides, size_t now, size_t earlier,
                   enum version_match_kind kind, double score);
/* Both have an id, and not the same, where ids go on: only strong evidence makes them one cell. */
bool match_ids_differ(const struct match_sides *sides, size_t now, size_t before);

/* Whether equal texts make them one cell: short ones are typed anew and not moved under another id.
 */
bool match_text_tells(const struct match_sides *sides, size_t now, size_t before);

/* The longest series of pairs in the same order on both sides becomes the backbone. */
void match_sides_order(struct match_sides *sides);
/* How far a cell is from where its neighbours in the backbone say the other one would be. */
size_t match_distance(const struct match_sides *sides, size_t now, size_t before);

/* Steps of version_match that have files of their own. */

/* Pairs cells between the same neighbours so that order is kept and what they share is greatest. */
void match_in_order(struct match_sides *sides);
/* Pairs what is similar wherever it stands, best first: at least `floor`, and `lead` better than
 * any other pair of either cell. */
void match_similar(struct match_sides *sides, double floor, double lead);
/* Continues unpaired cells by the lines they share (W-64), most lines first, then the
 * larger share of the lines. `changed_only`: only where neither text is in both versions. */
void match_lines(struct match_sides *sides, bool changed_only);
/* Pairs two cells as text, normal form or similar, whichever holds, else as `kind` with `score`. */
void match_pair_alike(struct match_sides *sides, size_t now, size_t before,
                      enum version_match_kind kind, double score);
/* Split, merge and copy: W-64, W-65. Sets is_explained; caller frees *ret_lineage. */
void match_lineage(struct match_sides *sides, struct version_lineage **ret_lineage,
                   size_t *ret_count);

#endif
