/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_diff: what became of each cell between two versions of a notebook.
 */
#include "model/notebook_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define NONE NOTEBOOK_DIFF_NONE

/* A cell of the older version, for finding it by its key. */
struct keyed {
    const char *key;
    size_t index;
};

static int compare_keys(const void *left, const void *right)
{
    const struct keyed *one = left, *other = right;
    return strcmp(one->key, other->key);
}

static struct keyed *sorted_keys(const struct notebook_diff_cell *cells, size_t count)
{
    struct keyed *keys = xcalloc(count + 1, sizeof(*keys));
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct keyed){cells[i].key, i};
    qsort(keys, count, sizeof(*keys), compare_keys);
    return keys;
}

/* Marks a longest rising sequence of came_from[], where NONE does not count: patience sorting,
 * where tails[n] is the smallest end of a sequence of n + 1. */
static void mark_stayed(const size_t *came_from, size_t count, bool *stayed)
{
    AUTO_FREE size_t *tails = xcalloc(count + 1, sizeof(*tails));
    AUTO_FREE size_t *before = xcalloc(count + 1, sizeof(*before));
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = length;
        if (came_from[i] == NONE)
            continue;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (came_from[tails[middle]] < came_from[i])
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low > 0 ? tails[low - 1] : NONE;
        tails[low] = i;
        length = low == length ? length + 1 : length;
    }
    for (size_t i = length > 0 ? tails[length - 1] : NONE; i != NONE; i = before[i])
        stayed[i] = true;
}

static bool differs(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "") != 0;
}

static unsigned changes_of(const struct notebook_diff_cell *from,
                           const struct notebook_diff_cell *to)
{
    unsigned what = 0;
    if (from->source_size != to->source_size ||
        (to->source_size > 0 && memcmp(from->source, to->source, to->source_size) != 0))
        what |= CHANGE_EDITED;
    if (from->type != to->type)
        what |= CHANGE_TYPE;
    if (differs(from->outputs, to->outputs))
        what |= CHANGE_OUTPUTS;
    if (differs(from->metadata, to->metadata))
        what |= CHANGE_METADATA;
    if (differs(from->attachments, to->attachments))
        what |= CHANGE_ATTACHMENTS;
    return what;
}

static void add(struct notebook_diff *diff, unsigned what, size_t from, size_t to)
{
    diff->cells[diff->count++] = (struct notebook_change){what, from, to};
    for (unsigned bit = 0; bit < NOTEBOOK_CHANGE_BITS; bit++)
        diff->tally[bit] += what >> bit & 1;
    if (what)
        diff->changed++;
    else
        diff->unchanged++;
}

/* Adds what was deleted from `index` on, up to the next cell that stayed in its order: those that
 * moved away leave no place to stand behind. */
static void add_deleted(struct notebook_diff *diff, const size_t *went_to, const bool *stayed,
                        size_t index, size_t count)
{
    for (; index < count && (went_to[index] == NONE || !stayed[went_to[index]]); index++) {
        if (went_to[index] == NONE)
            add(diff, CHANGE_DELETED, index, NONE);
    }
}

void notebook_diff(const struct notebook_diff_cell *from, size_t from_count,
                   const struct notebook_diff_cell *to, size_t to_count,
                   struct notebook_diff *ret_diff)
{
    AUTO_FREE struct keyed *keys = sorted_keys(from, from_count);
    AUTO_FREE size_t *came_from = xcalloc(to_count + 1, sizeof(*came_from));
    AUTO_FREE size_t *went_to = xcalloc(from_count + 1, sizeof(*went_to));
    AUTO_FREE bool *stayed = xcalloc(to_count + 1, sizeof(*stayed));
    *ret_diff = (struct notebook_diff){
        .cells = xcalloc(from_count + to_count + 1, sizeof(*ret_diff->cells))};
    for (size_t i = 0; i < from_count; i++)
        went_to[i] = NONE;
    for (size_t i = 0; i < to_count; i++) {
        const struct keyed wanted = {to[i].key, 0};
        const struct keyed *found = bsearch(&wanted, keys, from_count, sizeof(*keys), compare_keys);
        came_from[i] = found && went_to[found->index] == NONE ? found->index : NONE;
        if (came_from[i] != NONE)
            went_to[came_from[i]] = i;
    }
    mark_stayed(came_from, to_count, stayed);
    add_deleted(ret_diff, went_to, stayed, 0, from_count);
    for (size_t i = 0; i < to_count; i++) {
        if (came_from[i] == NONE) {
            add(ret_diff, CHANGE_ADDED, NONE, i);
            continue;
        }
        unsigned what = changes_of(&from[came_from[i]], &to[i]);
        add(ret_diff, what | (stayed[i] ? 0 : CHANGE_MOVED), came_from[i], i);
        if (stayed[i])
            add_deleted(ret_diff, went_to, stayed, came_from[i] + 1, from_count);
    }
}

void notebook_diff_release(struct notebook_diff *diff)
{
    free(diff->cells);
    *diff = (struct notebook_diff){0};
}

const char *notebook_change_word(unsigned bit)
{
    static const char *const words[NOTEBOOK_CHANGE_BITS] = {
        "added", "deleted", "moved", "edited", "type", "outputs", "metadata", "attachments"};
    return bit < NOTEBOOK_CHANGE_BITS ? words[bit] : "";
}
