/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_similarity: what both texts begin and end with, then the longest common pieces of the rest;
 * a rest that is too long, by its lines.
 */
#include "model/identity/text_similarity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define LINES_MAX 4096
#define BYTES 256
#define LINE_WORK 2 /* per byte that is split into lines, sorted and compared */

void text_profile_init(struct text_profile *profile, const char *text, size_t size)
{
    memset(profile, 0, sizeof(*profile));
    profile->size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
    for (size_t i = 0; i < profile->size; i++)
        profile->counts[(unsigned char)text[i] % TEXT_PROFILE_CLASSES]++;
}

double text_profile_bound(const struct text_profile *left, const struct text_profile *right)
{
    double total = (double)left->size + (double)right->size;
    double common = 0;
    if (total == 0)
        return 1;
    for (size_t i = 0; i < TEXT_PROFILE_CLASSES; i++) {
        uint32_t least = left->counts[i] < right->counts[i] ? left->counts[i] : right->counts[i];
        common += least;
    }
    return 2 * common / total;
}

struct range {
    size_t left, left_end, right, right_end;
};

/* Where the bytes of the right text stand, by byte, and the lengths of common pieces that end at
 * each place of it in the row before. */
struct search {
    const char *left;
    uint32_t first[BYTES + 1];
    uint32_t places[TEXT_SIMILARITY_BYTES];
    uint32_t length[TEXT_SIMILARITY_BYTES], row[TEXT_SIMILARITY_BYTES];
    uint32_t next_row;
    struct range todo[TEXT_SIMILARITY_BYTES + 2];
    size_t todo_count;
};

static void index_places(struct search *search, const char *right, size_t size)
{
    memset(search->first, 0, sizeof(search->first));
    for (size_t i = 0; i < size; i++)
        search->first[(unsigned char)right[i] + 1]++;
    for (size_t i = 0; i < BYTES; i++)
        search->first[i + 1] += search->first[i];
    uint32_t at[BYTES];
    memcpy(at, search->first, sizeof(at));
    for (size_t i = 0; i < size; i++)
        search->places[at[(unsigned char)right[i]]++] = (uint32_t)i;
    memset(search->row, 0, size * sizeof(*search->row));
    search->next_row = 2;
}

static uint32_t last_place_before(const struct search *search, unsigned char byte, size_t end)
{
    uint32_t low = search->first[byte], high = search->first[byte + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (search->places[middle] < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The longest common piece of a range, the first one of several. Each pass over the right text goes
 * down, so that the neighbour's length is still that of the row before. */
static size_t longest_piece(struct search *search, const struct range *range, size_t *ret_left,
                            size_t *ret_right, int64_t *work)
{
    size_t best = 0;
    search->next_row++;
    for (size_t i = range->left; i < range->left_end; i++, search->next_row++) {
        unsigned char byte = (unsigned char)search->left[i];
        uint32_t begin = search->first[byte];
        uint32_t place = last_place_before(search, byte, range->right_end);
        size_t row_best = best, row_right = 0;
        while (place > begin && search->places[place - 1] >= range->right) {
            uint32_t at = search->places[--place];
            bool goes_on = at > range->right && search->row[at - 1] == search->next_row - 1;
            uint32_t length = goes_on ? search->length[at - 1] + 1 : 1;
            search->length[at] = length;
            search->row[at] = search->next_row;
            if (length > best && length >= row_best) {
                row_best = length;
                row_right = at;
            }
            --*work;
        }
        --*work;
        if (row_best > best) {
            best = row_best;
            *ret_left = i + 1 - best;
            *ret_right = row_right + 1 - best;
        }
    }
    return best;
}

static void add_range(struct search *search, size_t left, size_t left_end, size_t right,
                      size_t right_end)
{
    if (left < left_end && right < right_end)
        search->todo[search->todo_count++] = (struct range){left, left_end, right, right_end};
}

/* Matched bytes; stops as soon as `needed` can't be reached. */
static size_t matched_bytes(const char *left, size_t left_size, const char *right,
                            size_t right_size, size_t needed, int64_t *work)
{
    AUTO_FREE struct search *search = xmalloc(sizeof(*search));
    search->left = left;
    search->todo_count = 0;
    index_places(search, right, right_size);
    *work -= BYTES / 4 + (int64_t)right_size;
    size_t matched = 0, possible = left_size < right_size ? left_size : right_size;
    add_range(search, 0, left_size, 0, right_size);
    while (search->todo_count > 0 && *work > 0 && possible >= needed) {
        struct range range = search->todo[--search->todo_count];
        size_t left_at = 0, right_at = 0;
        size_t left_all = range.left_end - range.left, right_all = range.right_end - range.right;
        size_t size = longest_piece(search, &range, &left_at, &right_at, work);
        size_t before_left = left_at - range.left, before_right = right_at - range.right;
        possible -= left_all < right_all ? left_all : right_all;
        if (size == 0)
            continue;
        size_t after_left = range.left_end - left_at - size;
        size_t after_right = range.right_end - right_at - size;
        matched += size;
        possible += size + (before_left < before_right ? before_left : before_right) +
                    (after_left < after_right ? after_left : after_right);
        add_range(search, left_at + size, range.left_end, right_at + size, range.right_end);
        add_range(search, range.left, left_at, range.right, right_at);
    }
    return matched;
}

struct line {
    uint64_t hash;
    size_t size;
};

static size_t split_lines(const char *text, size_t size, struct line *lines)
{
    size_t count = 0;
    for (size_t at = 0; at < size && count < LINES_MAX; count++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t next = end != NULL ? (size_t)(end - text) + 1 : size;
        uint64_t hash = 14695981039346656037u;
        for (size_t i = at; i < next; i++)
            hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
        lines[count] = (struct line){hash, next - at};
        at = next;
    }
    return count;
}

static int compare_lines(const void *left, const void *right)
{
    const struct line *one = left, *other = right;
    if (one->hash != other->hash)
        return one->hash < other->hash ? -1 : 1;
    return one->size < other->size ? -1 : one->size > other->size;
}

/* Bytes in lines that both have, wherever they stand. */
static size_t matched_lines(const char *left, size_t left_size, const char *right,
                            size_t right_size, int64_t *work)
{
    AUTO_FREE struct line *one = xreallocarray(NULL, LINES_MAX, sizeof(*one));
    AUTO_FREE struct line *other = xreallocarray(NULL, LINES_MAX, sizeof(*other));
    *work -= LINE_WORK * ((int64_t)left_size + (int64_t)right_size);
    if (*work < 0)
        return 0;
    size_t one_count = split_lines(left, left_size, one);
    size_t other_count = split_lines(right, right_size, other);
    qsort(one, one_count, sizeof(*one), compare_lines);
    qsort(other, other_count, sizeof(*other), compare_lines);
    size_t matched = 0;
    for (size_t i = 0, j = 0; i < one_count && j < other_count;) {
        int order = compare_lines(&one[i], &other[j]);
        matched += order == 0 ? one[i].size : 0;
        i += order <= 0;
        j += order >= 0;
    }
    return matched;
}

double text_similarity(const char *left, size_t left_size, const char *right, size_t right_size,
                       double floor, int64_t *work)
{
    size_t least = left_size < right_size ? left_size : right_size, begin = 0, end = 0;
    double total = (double)left_size + (double)right_size;
    if (total == 0)
        return 1;
    if (2 * (double)least / total < floor)
        return 0;
    while (begin < least && left[begin] == right[begin])
        begin++;
    while (end < least - begin && left[left_size - 1 - end] == right[right_size - 1 - end])
        end++;
    *work -= (int64_t)(begin + end) / 8 + 1;
    left_size -= begin + end;
    right_size -= begin + end;
    size_t matched = begin + end, rest = 0;
    double missing = floor * total / 2 - (double)matched;
    if (left_size <= TEXT_SIMILARITY_BYTES && right_size <= TEXT_SIMILARITY_BYTES) {
        rest = matched_bytes(left + begin, left_size, right + begin, right_size,
                             missing > 0 ? (size_t)missing : 0, work);
    } else {
        rest = matched_lines(left + begin, left_size, right + begin, right_size, work);
    }
    double ratio = 2 * (double)(matched + rest) / total;
    return ratio < floor ? 0 : ratio;
}
