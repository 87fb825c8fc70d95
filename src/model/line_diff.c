/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_diff: Myers' greedy search over numbered lines, what both begin and end with taken off
 * first.
 */
#include "model/line_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/identity/match_sides.h"

/* Lines removed and added that are looked for; the memory is its square. */
#define STEPS_MAX 2000

struct side_line {
    const char *text;
    size_t size;
    bool has_end;
    uint32_t number;
};

struct side_lines {
    struct side_line *lines;
    size_t count;
};

static bool ends_with_newline(const char *text, size_t size)
{
    return size > 0 && text[size - 1] == '\n';
}

/* with_end: a last line without a newline is another line than the same one with it. */
static void split(const char *text, size_t size, bool with_end, struct classes *classes,
                  struct side_lines *side)
{
    size_t capacity = 16;
    side->lines = xreallocarray(NULL, capacity, sizeof(*side->lines));
    side->count = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t stop = end != NULL ? (size_t)(end - text) : size;
        bool has_end = end != NULL;
        if (side->count == capacity) {
            capacity *= 2;
            side->lines = xreallocarray(side->lines, capacity, sizeof(*side->lines));
        }
        side->lines[side->count++] = (struct side_line){
            text + at, stop - at, has_end,
            classes_number(classes, text + at, stop - at + (with_end && has_end))};
        at = stop + 1;
    }
}

struct search {
    const struct side_line *from, *to; /* what is between the common beginning and end */
    long from_count, to_count;
    long *best;   /* per diagonal: how far in `from` */
    long **steps; /* best as it was before each step */
    long count;   /* of steps */
};

static void emit(struct line_diff *diff, enum line_change change, size_t from_line, size_t to_line,
                 const struct side_line *line)
{
    diff->edits[diff->count++] =
        (struct line_edit){change, from_line, to_line, line->text, line->size, line->has_end};
    diff->removed += change == LINE_REMOVED;
    diff->added += change == LINE_ADDED;
}

/* Where diagonal k goes on from: true, from the one above (a line was added). */
static bool comes_down(const long *best, long k, long step)
{
    return k == -step || (k != step && best[k - 1] < best[k + 1]);
}

/* Steps until the end is reached; false when it takes too many. */
static bool search_steps(struct search *search)
{
    long limit = search->from_count + search->to_count;
    limit = limit < STEPS_MAX ? limit : STEPS_MAX;
    for (long step = 0; step <= limit; step++) {
        long *copy = xreallocarray(NULL, (size_t)(2 * step + 3), sizeof(*copy));
        memcpy(copy, search->best - step - 1, (size_t)(2 * step + 3) * sizeof(*copy));
        search->steps[search->count++] = copy;
        for (long k = -step; k <= step; k += 2) {
            bool down = comes_down(search->best, k, step);
            long x = down ? search->best[k + 1] : search->best[k - 1] + 1;
            while (x < search->from_count && x - k < search->to_count && x - k >= 0 &&
                   search->from[x].number == search->to[x - k].number) {
                x++;
            }
            search->best[k] = x;
            if (x >= search->from_count && x - k >= search->to_count)
                return true;
        }
    }
    return false;
}

/* The diagonal that came furthest without leaving either text. */
static long furthest(const struct search *search, long step)
{
    long found = 0, most = -1;
    for (long k = -step; k <= step; k += 2) {
        long x = search->best[k], y = x - k;
        if (x <= search->from_count && y >= 0 && y <= search->to_count && x + y > most) {
            most = x + y;
            found = k;
        }
    }
    return found;
}

/* Marks the lines that stay, from the end of the way back to its beginning. */
static void walk_back(const struct search *search, long x, long k, bool *stays_from, bool *stays_to)
{
    for (long step = search->count - 1; step >= 0; step--) {
        const long *best = search->steps[step] + step + 1;
        bool down = comes_down(best, k, step);
        long before = down ? k + 1 : k - 1;
        long begin = step == 0 ? 0 : down ? best[before] : best[before] + 1;
        for (; x > begin; x--)
            stays_from[x - 1] = stays_to[x - 1 - k] = true;
        if (step > 0)
            x = best[before];
        k = before;
    }
}

static void find_same(struct search *search, bool *stays_from, bool *stays_to)
{
    long limit = search->from_count + search->to_count;
    limit = limit < STEPS_MAX ? limit : STEPS_MAX;
    AUTO_FREE long *best = xcalloc((size_t)(2 * limit + 5), sizeof(*best));
    AUTO_FREE long **steps = xcalloc((size_t)limit + 1, sizeof(*steps));
    search->best = best + limit + 2;
    search->steps = steps;
    bool whole = search_steps(search);
    long k = whole ? search->from_count - search->to_count : furthest(search, search->count - 1);
    walk_back(search, search->best[k], k, stays_from, stays_to);
    for (long i = 0; i < search->count; i++)
        free(steps[i]);
}

static void write_edits(const struct side_lines *from, const struct side_lines *to,
                        const bool *stays_from, const bool *stays_to, struct line_diff *diff)
{
    size_t i = 0, j = 0;
    while (i < from->count || j < to->count) {
        if (i < from->count && !stays_from[i]) {
            emit(diff, LINE_REMOVED, i, j, &from->lines[i]);
            i++;
        } else if (j < to->count && !stays_to[j]) {
            emit(diff, LINE_ADDED, i, j, &to->lines[j]);
            j++;
        } else {
            emit(diff, LINE_SAME, i, j, &to->lines[j]);
            i++;
            j++;
        }
    }
}

void line_diff(const char *from, size_t from_size, const char *to, size_t to_size,
               struct line_diff *ret_diff)
{
    AUTO_CLASSES *classes = classes_new();
    struct side_lines left, right;
    /* A cell's text ends without a newline, so a line that is added at its end gives the one before
     * a newline: that alone does not make it another one. */
    bool with_end = ends_with_newline(from, from_size) != ends_with_newline(to, to_size);
    split(from, from_size, with_end, classes, &left);
    split(to, to_size, with_end, classes, &right);
    AUTO_FREE bool *stays_left = xcalloc(left.count + 1, sizeof(*stays_left));
    AUTO_FREE bool *stays_right = xcalloc(right.count + 1, sizeof(*stays_right));
    size_t least = left.count < right.count ? left.count : right.count, begin = 0, end = 0;
    for (; begin < least && left.lines[begin].number == right.lines[begin].number; begin++)
        stays_left[begin] = stays_right[begin] = true;
    for (; end < least - begin; end++) {
        size_t i = left.count - 1 - end, j = right.count - 1 - end;
        if (left.lines[i].number != right.lines[j].number)
            break;
        stays_left[i] = stays_right[j] = true;
    }
    struct search search = {.from = left.lines + begin,
                            .to = right.lines + begin,
                            .from_count = (long)(left.count - begin - end),
                            .to_count = (long)(right.count - begin - end)};
    if (search.from_count > 0 && search.to_count > 0)
        find_same(&search, stays_left + begin, stays_right + begin);
    memset(ret_diff, 0, sizeof(*ret_diff));
    ret_diff->edits = xreallocarray(NULL, left.count + right.count + 1, sizeof(*ret_diff->edits));
    write_edits(&left, &right, stays_left, stays_right, ret_diff);
    free(left.lines);
    free(right.lines);
}

void line_diff_release(struct line_diff *diff)
{
    free(diff->edits);
    memset(diff, 0, sizeof(*diff));
}
