/* SPDX-License-Identifier: Apache-2.0 */
/*
 * near_name: edit distance with transpositions of neighbours (optimal string alignment).
 */
#include "base/near_name.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 64
#define MOST_NAMES 8

static unsigned char lower(char character)
{
    return (unsigned char)(character >= 'A' && character <= 'Z' ? character + ('a' - 'A')
                                                                : character);
}

static size_t smaller(size_t left, size_t right)
{
    return left < right ? left : right;
}

size_t near_name_distance(const char *left, const char *right)
{
    size_t left_size = strnlen(left, LONGEST);
    size_t right_size = strnlen(right, LONGEST);
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    memset(rows, 0, sizeof(rows));
    for (size_t k = 0; k <= right_size; k++)
        previous[k] = k;
    for (size_t i = 1; i <= left_size; i++) {
        current[0] = i;
        for (size_t k = 1; k <= right_size; k++) {
            size_t cost = lower(left[i - 1]) != lower(right[k - 1]);
            size_t best = smaller(previous[k] + 1, current[k - 1] + 1);
            best = smaller(best, previous[k - 1] + cost);
            if (i > 1 && k > 1 && lower(left[i - 1]) == lower(right[k - 2]) &&
                lower(left[i - 2]) == lower(right[k - 1]))
                best = smaller(best, before[k - 2] + 1);
            current[k] = best;
        }
        size_t *spare = before;
        before = previous;
        previous = current;
        current = spare;
    }
    return previous[right_size];
}

static bool is_prefix(const char *prefix, const char *text)
{
    for (; *prefix; prefix++, text++) {
        if (lower(*prefix) != lower(*text))
            return false;
    }
    return true;
}

size_t near_name_list(struct strbuf *buffer, const char *name, const char *const *candidates,
                      size_t count, size_t max)
{
    size_t best_index[MOST_NAMES], best_rank[MOST_NAMES], found = 0;
    size_t length = strnlen(name, LONGEST);
    size_t limit = length / 3 ? length / 3 : 1;
    max = smaller(max, MOST_NAMES);
    if (length == 0 || max == 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t rank = near_name_distance(name, candidates[i]);
        /* What was only begun comes after what was misspelled. One letter is near every other one,
         * so it can only be a begin. */
        if (rank > limit && is_prefix(name, candidates[i]))
            rank += LONGEST;
        else if (rank > limit || (length == 1 && rank > 0))
            continue;
        /* So are three letters with another first one: NOW is no pow. */
        if (rank == 1 && length == 3 && lower(name[0]) != lower(candidates[i][0]) &&
            strlen(candidates[i]) == 3 && lower(name[0]) != lower(candidates[i][1]))
            continue;
        bool is_there = false;
        for (size_t j = 0; j < found; j++)
            is_there = is_there || strcmp(candidates[best_index[j]], candidates[i]) == 0;
        if (is_there)
            continue;
        size_t place = found;
        while (place > 0 && best_rank[place - 1] > rank)
            place--;
        if (place == max)
            continue;
        size_t moved = (found < max ? found : max - 1) - place;
        memmove(best_index + place + 1, best_index + place, moved * sizeof(*best_index));
        memmove(best_rank + place + 1, best_rank + place, moved * sizeof(*best_rank));
        best_index[place] = i;
        best_rank[place] = rank;
        found = smaller(found + 1, max);
    }
    for (size_t i = 0; i < found; i++) {
        if (i > 0)
            strbuf_add_text(buffer, i + 1 == found ? " or " : ", ");
        strbuf_add_text(buffer, candidates[best_index[i]]);
    }
    return found;
}
