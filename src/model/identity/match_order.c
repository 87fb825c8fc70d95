/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_order: the steps of version_match that compare texts: in order between the same neighbours,
 * and wherever they stand.
 *
 * In order first, because one cell inserted above shifts every position below, and because short
 * repeated cells are told apart by what stands around them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/identity/match_sides.h"
#include "model/identity/text_similarity.h"

/* Pairs compared in one stretch; longer ones are compared by equal texts only. */
#define STRETCH_MAX ((size_t)250 * 1000)
#define SIMILAR_MIN 0.6 /* W-63 */
#define SHORT_MOVED_MIN 0.85
#define DISTINCT_BYTES 40
#define LOOK_AHEAD 4
#define SAME_PLACE_WEIGHT 1e-6 /* settles ties only */

static double similarity(struct match_sides *sides, size_t now, size_t before, double floor)
{
    const struct version_match_cell *one = &sides->now.cells[now];
    const struct version_match_cell *other = &sides->before.cells[before];
    if (one->type != other->type || sides->now.is_blank[now] || sides->before.is_blank[before] ||
        sides->work <= 0) {
        return 0;
    }
    return text_similarity(one->text, one->size, other->text, other->size, floor, &sides->work);
}

/* The cells of a stretch that are not paired yet. */
struct stretch {
    size_t *now, *before;
    size_t now_count, before_count;
    struct text_profile *now_profiles, *before_profiles;
};

static size_t shorter_size(const struct match_sides *sides, size_t now, size_t before)
{
    size_t one = sides->now.cells[now].size, other = sides->before.cells[before].size;
    return one < other ? one : other;
}

/* What the pair adds to the sum that the order maximises: long texts say more than short ones, and
 * of two texts that both versions have neither was edited into the other. */
static double weight_of(struct match_sides *sides, const struct stretch *stretch, size_t i,
                        size_t j)
{
    size_t now = stretch->now[i], before = stretch->before[j];
    size_t size = shorter_size(sides, now, before);
    double told = sides->now.is_blank[now] ? 0.2 : 0.5;
    told += size < DISTINCT_BYTES ? (1 - told) * (double)size / DISTINCT_BYTES : 1 - told;
    if (sides->now.text[now] == sides->before.text[before])
        return sides->now.cells[now].type == sides->before.cells[before].type ? told : told / 2;
    if (text_profile_bound(&stretch->now_profiles[i], &stretch->before_profiles[j]) < SIMILAR_MIN)
        return 0;
    if (match_ids_differ(sides, now, before))
        return 0;
    bool are_in_both = sides->before_texts[sides->now.text[now]] > 0 &&
                       sides->now_texts[sides->before.text[before]] > 0;
    return (are_in_both ? told / 4 : told) * similarity(sides, now, before, SIMILAR_MIN);
}

void match_pair_alike(struct match_sides *sides, size_t now, size_t before,
                      enum version_match_kind kind, double score)
{
    double ratio = similarity(sides, now, before, SIMILAR_MIN);
    if (sides->now.text[now] == sides->before.text[before])
        match_pair(sides, now, before, VERSION_MATCH_TEXT, 1);
    else if (sides->now.form[now] != MATCH_NO_CLASS &&
             sides->now.form[now] == sides->before.form[before])
        match_pair(sides, now, before, VERSION_MATCH_NORMAL, ratio > 0 ? ratio : score);
    else if (ratio > 0)
        match_pair(sides, now, before, VERSION_MATCH_SIMILAR, ratio);
    else
        match_pair(sides, now, before, kind, score);
}

/* The heaviest set of pairs in order. Of equally good choices the same place is taken when as many
 * cells are there as before; else, since sums run from the end, the earlier cell: a copy is pasted
 * below its original. */
static void align(struct match_sides *sides, const struct stretch *stretch)
{
    size_t rows = stretch->now_count, columns = stretch->before_count, width = columns + 1;
    AUTO_FREE double *weights = xcalloc((rows + 1) * width, sizeof(*weights));
    AUTO_FREE double *sums = xcalloc((rows + 1) * width, sizeof(*sums));
    for (size_t i = rows; i-- > 0;) {
        for (size_t j = columns; j-- > 0;) {
            double weight = weight_of(sides, stretch, i, j);
            if (rows == columns && i == j && weight > 0)
                weight += SAME_PLACE_WEIGHT;
            double best = sums[(i + 1) * width + j];
            double other = sums[i * width + j + 1];
            best = other > best ? other : best;
            double with = weight > 0 ? weight + sums[(i + 1) * width + j + 1] : 0;
            weights[i * width + j] = weight;
            sums[i * width + j] = with > best ? with : best;
        }
    }
    for (size_t i = 0, j = 0; i < rows && j < columns;) {
        double weight = weights[i * width + j], sum = sums[i * width + j];
        if (weight > 0 && weight + sums[(i + 1) * width + j + 1] >= sum) {
            match_pair_alike(sides, stretch->now[i++], stretch->before[j++], VERSION_MATCH_SIMILAR,
                             SIMILAR_MIN);
        } else if (sums[i * width + j + 1] >= sum) {
            j++;
        } else {
            i++;
        }
    }
}

/* Of the next few unpaired cells of before the one that is most like a cell, or the first one that
 * clearly is: its place in the stretch, MATCH_NONE. */
static size_t next_alike(struct match_sides *sides, const struct stretch *stretch, size_t now,
                         size_t from)
{
    size_t best = MATCH_NONE;
    double best_score = 0;
    for (size_t j = from, looked = 0; j < stretch->before_count && looked < LOOK_AHEAD; j++) {
        size_t before = stretch->before[j];
        if (sides->before.pair[before] != MATCH_NONE)
            continue;
        looked++;
        double score =
            match_ids_differ(sides, now, before) ? 0 : similarity(sides, now, before, SIMILAR_MIN);
        if (score > best_score) {
            best = j;
            best_score = score;
        }
        if (score >= SHORT_MOVED_MIN)
            break;
    }
    return best;
}

/* What is left of a long stretch, from the top: every cell of it may have been edited. */
static void align_long_alike(struct match_sides *sides, const struct stretch *stretch)
{
    for (size_t i = 0, from = 0; i < stretch->now_count; i++) {
        size_t now = stretch->now[i];
        while (from < stretch->before_count &&
               sides->before.pair[stretch->before[from]] != MATCH_NONE) {
            from++;
        }
        if (sides->now.pair[now] != MATCH_NONE)
            continue;
        size_t found = next_alike(sides, stretch, now, from);
        if (found == MATCH_NONE)
            continue;
        match_pair_alike(sides, now, stretch->before[found], VERSION_MATCH_SIMILAR, SIMILAR_MIN);
        from = found + 1;
    }
}

/* Too many for all pairs: equal texts from both ends, then the k-th of a text with the k-th. */
static void align_long(struct match_sides *sides, const struct stretch *stretch)
{
    size_t begin = 0, end = 0;
    size_t least =
        stretch->now_count < stretch->before_count ? stretch->now_count : stretch->before_count;
    const uint32_t *now = sides->now.text, *before = sides->before.text;
    for (; begin < least && now[stretch->now[begin]] == before[stretch->before[begin]]; begin++)
        match_pair(sides, stretch->now[begin], stretch->before[begin], VERSION_MATCH_TEXT, 1);
    for (; end < least - begin; end++) {
        size_t i = stretch->now[stretch->now_count - 1 - end];
        size_t j = stretch->before[stretch->before_count - 1 - end];
        if (now[i] != before[j])
            break;
        match_pair(sides, i, j, VERSION_MATCH_TEXT, 1);
    }
    AUTO_FREE size_t *next = xreallocarray(NULL, stretch->before_count + 1, sizeof(*next));
    AUTO_FREE size_t *first = xreallocarray(NULL, sides->text_classes + 1, sizeof(*first));
    for (size_t i = 0; i < sides->text_classes; i++)
        first[i] = MATCH_NONE;
    for (size_t j = stretch->before_count - end; j-- > begin;) {
        next[j] = first[before[stretch->before[j]]];
        first[before[stretch->before[j]]] = j;
    }
    for (size_t i = begin; i < stretch->now_count - end; i++) {
        size_t *at = &first[now[stretch->now[i]]];
        if (*at == MATCH_NONE)
            continue;
        match_pair(sides, stretch->now[i], stretch->before[*at], VERSION_MATCH_TEXT, 1);
        *at = next[*at];
    }
    align_long_alike(sides, stretch);
}

static void align_stretch(struct match_sides *sides, struct stretch *stretch)
{
    if (stretch->now_count == 0 || stretch->before_count == 0)
        return;
    if (stretch->now_count > STRETCH_MAX / stretch->before_count) {
        align_long(sides, stretch);
        return;
    }
    for (size_t i = 0; i < stretch->now_count; i++) {
        const struct version_match_cell *cell = &sides->now.cells[stretch->now[i]];
        text_profile_init(&stretch->now_profiles[i], cell->text, cell->size);
    }
    for (size_t j = 0; j < stretch->before_count; j++) {
        const struct version_match_cell *cell = &sides->before.cells[stretch->before[j]];
        text_profile_init(&stretch->before_profiles[j], cell->text, cell->size);
    }
    align(sides, stretch);
}

static void stretch_init(const struct match_sides *sides, struct stretch *stretch)
{
    size_t now = sides->now.count + 1, before = sides->before.count + 1;
    stretch->now = xreallocarray(NULL, now, sizeof(*stretch->now));
    stretch->before = xreallocarray(NULL, before, sizeof(*stretch->before));
    stretch->now_profiles = xreallocarray(NULL, now, sizeof(*stretch->now_profiles));
    stretch->before_profiles = xreallocarray(NULL, before, sizeof(*stretch->before_profiles));
}

static void stretch_release(struct stretch *stretch)
{
    free(stretch->now);
    free(stretch->before);
    free(stretch->now_profiles);
    free(stretch->before_profiles);
}

static bool is_now_free(const struct match_sides *sides, size_t now)
{
    return sides->now.pair[now] == MATCH_NONE && !sides->results[now].has_earlier;
}

void match_in_order(struct match_sides *sides)
{
    struct stretch stretch;
    stretch_init(sides, &stretch);
    match_sides_order(sides);
    size_t i = 0, j = 0;
    while (i < sides->now.count && j < sides->before.count) {
        size_t gap =
            sides->now.gap[i] < sides->before.gap[j] ? sides->before.gap[j] : sides->now.gap[i];
        stretch.now_count = stretch.before_count = 0;
        for (; i < sides->now.count && sides->now.gap[i] <= gap; i++) {
            if (sides->now.gap[i] == gap && is_now_free(sides, i))
                stretch.now[stretch.now_count++] = i;
        }
        for (; j < sides->before.count && sides->before.gap[j] <= gap; j++) {
            if (sides->before.gap[j] == gap && sides->before.pair[j] == MATCH_NONE)
                stretch.before[stretch.before_count++] = j;
        }
        align_stretch(sides, &stretch);
    }
    stretch_release(&stretch);
}

struct candidate {
    size_t now, before, distance;
    double score;
};

struct candidates {
    struct candidate *all;
    size_t count, capacity;
};

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *one = left, *other = right;
    if (one->score > other->score || one->score < other->score)
        return one->score > other->score ? -1 : 1;
    if (one->distance != other->distance)
        return one->distance < other->distance ? -1 : 1;
    if (one->now != other->now)
        return one->now < other->now ? -1 : 1;
    return one->before < other->before ? -1 : one->before > other->before;
}

static void add_candidate(struct match_sides *sides, size_t now, size_t before, double floor,
                          struct candidates *candidates)
{
    /* Equal texts that are still free are left to the order. */
    if (match_ids_differ(sides, now, before) || sides->now.text[now] == sides->before.text[before])
        return;
    double score = similarity(sides, now, before, floor);
    if (score < floor)
        return;
    if (candidates->count == candidates->capacity) {
        candidates->capacity = candidates->capacity == 0 ? 64 : 2 * candidates->capacity;
        candidates->all =
            xreallocarray(candidates->all, candidates->capacity, sizeof(*candidates->all));
    }
    candidates->all[candidates->count++] =
        (struct candidate){now, before, match_distance(sides, now, before), score};
}

static void find_candidates(struct match_sides *sides, struct stretch *stretch, double floor,
                            struct candidates *candidates)
{
    for (size_t j = 0; j < stretch->before_count; j++) {
        const struct version_match_cell *cell = &sides->before.cells[stretch->before[j]];
        text_profile_init(&stretch->before_profiles[j], cell->text, cell->size);
    }
    /* Of very many only those around the same place are compared. */
    size_t reach = STRETCH_MAX / (stretch->now_count + 1) / 2;
    for (size_t i = 0; i < stretch->now_count; i++) {
        const struct version_match_cell *cell = &sides->now.cells[stretch->now[i]];
        struct text_profile profile;
        text_profile_init(&profile, cell->text, cell->size);
        size_t middle = stretch->now_count > 0 ? i * stretch->before_count / stretch->now_count : 0;
        size_t from = stretch->before_count > 2 * reach && middle > reach ? middle - reach : 0;
        size_t to = stretch->before_count > 2 * reach ? middle + reach + 1 : stretch->before_count;
        for (size_t j = from; j < to && j < stretch->before_count; j++) {
            if (text_profile_bound(&profile, &stretch->before_profiles[j]) >= floor)
                add_candidate(sides, stretch->now[i], stretch->before[j], floor, candidates);
        }
    }
}

/* The best candidate of a cell, and the score of the next one. */
struct rank {
    size_t best;
    double second;
};

static void rank_candidate(const struct candidates *candidates, size_t index, struct rank *rank)
{
    double score = candidates->all[index].score;
    if (rank->best == MATCH_NONE)
        rank->best = index;
    else if (score > rank->second)
        rank->second = score;
}

/* Leaves those that are `lead` better than all others of both their cells. Best ones come first. */
static void keep_leaders(const struct match_sides *sides, struct candidates *candidates,
                         double lead)
{
    AUTO_FREE struct rank *now = xcalloc(sides->now.count + 1, sizeof(*now));
    AUTO_FREE struct rank *before = xcalloc(sides->before.count + 1, sizeof(*before));
    for (size_t i = 0; i < sides->now.count; i++)
        now[i].best = MATCH_NONE;
    for (size_t i = 0; i < sides->before.count; i++)
        before[i].best = MATCH_NONE;
    for (size_t i = 0; i < candidates->count; i++) {
        rank_candidate(candidates, i, &now[candidates->all[i].now]);
        rank_candidate(candidates, i, &before[candidates->all[i].before]);
    }
    size_t kept = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct rank *one = &now[candidates->all[i].now];
        const struct rank *other = &before[candidates->all[i].before];
        double second = one->second > other->second ? one->second : other->second;
        if (one->best == i && other->best == i && candidates->all[i].score >= second + lead)
            candidates->all[kept++] = candidates->all[i];
    }
    candidates->count = kept;
}

/* A short text elsewhere that is no more than alike was typed anew and not moved and edited. */
static bool is_short_move(const struct match_sides *sides, const struct candidate *candidate)
{
    return candidate->score < SHORT_MOVED_MIN &&
           shorter_size(sides, candidate->now, candidate->before) < 2 * MATCH_DISTINCT_BYTES &&
           sides->now.gap[candidate->now] != sides->before.gap[candidate->before];
}

void match_similar(struct match_sides *sides, double floor, double lead)
{
    struct stretch stretch;
    struct candidates candidates = {NULL, 0, 0};
    /* The steps after this one need some of it, too. */
    int64_t reserve = sides->work > 0 ? sides->work / 2 : 0;
    sides->work -= reserve;
    stretch_init(sides, &stretch);
    match_sides_order(sides);
    stretch.now_count = stretch.before_count = 0;
    for (size_t i = 0; i < sides->now.count; i++) {
        if (is_now_free(sides, i) && !sides->now.is_blank[i])
            stretch.now[stretch.now_count++] = i;
    }
    for (size_t j = 0; j < sides->before.count; j++) {
        if (sides->before.pair[j] == MATCH_NONE && !sides->before.is_blank[j])
            stretch.before[stretch.before_count++] = j;
    }
    find_candidates(sides, &stretch, floor, &candidates);
    if (candidates.count > 0)
        qsort(candidates.all, candidates.count, sizeof(*candidates.all), compare_candidates);
    if (lead > 0)
        keep_leaders(sides, &candidates, lead);
    for (size_t i = 0; i < candidates.count; i++) {
        const struct candidate *best = &candidates.all[i];
        if (!match_is_free(sides, best->now, best->before) || is_short_move(sides, best))
            continue;
        match_pair_alike(sides, best->now, best->before, VERSION_MATCH_SIMILAR, best->score);
    }
    free(candidates.all);
    stretch_release(&stretch);
    sides->work += reserve;
}
