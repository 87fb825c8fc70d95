/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_lines: what became of each line: the steps of version_match for split, merge and copy
 * (W-64, W-65).
 *
 * Lines are looked up by their text, so the cost follows the lines that were lost and gained and
 * not the pairs of cells. Lines without a letter or digit say nothing, nor does one that many cells
 * lost.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/identity/match_sides.h"

/* A line that more cells lost than this tells nothing about any of them. */
#define SOURCES_MAX 8
#define NEAR 2

struct line_use {
    uint32_t line;
    uint32_t size;
};

/* The lines of each cell: from start[i] to start[i + 1]; sorted by number inside a cell. */
struct line_table {
    struct line_use *uses;
    size_t *start;
    size_t count, capacity;
};

struct tally {
    size_t now, before;
    size_t lines, bytes, distance;
    double score;
};

struct tallies {
    struct tally *all;
    size_t count, capacity;
};

struct line_work {
    struct match_sides *sides;
    struct line_table now, before;
    size_t classes;
};

static bool says_something(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i], lower = byte | 32;
        if ((lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80)
            return true;
    }
    return false;
}

static int compare_uses(const void *left, const void *right)
{
    const struct line_use *one = left, *other = right;
    return one->line < other->line ? -1 : one->line > other->line;
}

static void add_lines(const struct version_match_cell *cell, struct classes *classes,
                      struct line_table *table)
{
    for (size_t at = 0; at < cell->size;) {
        const char *end = memchr(cell->text + at, '\n', cell->size - at);
        size_t stop = end != NULL ? (size_t)(end - cell->text) : cell->size, next = stop + 1;
        while (stop > at && strchr(" \t\r", cell->text[stop - 1]) != NULL)
            stop--;
        while (stop > at && strchr(" \t", cell->text[at]) != NULL)
            at++;
        if (says_something(cell->text + at, stop - at)) {
            if (table->count == table->capacity) {
                table->capacity = table->capacity == 0 ? 256 : 2 * table->capacity;
                table->uses = xreallocarray(table->uses, table->capacity, sizeof(*table->uses));
            }
            table->uses[table->count++] = (struct line_use){
                classes_number(classes, cell->text + at, stop - at), (uint32_t)(stop - at)};
        }
        at = next;
    }
}

/* Only cells whose text changed have lost or gained lines. */
static bool is_unchanged(const struct match_side *side, const struct match_side *other, size_t cell)
{
    return side->pair[cell] != MATCH_NONE && other->text[side->pair[cell]] == side->text[cell];
}

static void table_init(const struct match_side *side, const struct match_side *other,
                       struct classes *classes, struct line_table *table)
{
    memset(table, 0, sizeof(*table));
    table->start = xcalloc(side->count + 1, sizeof(*table->start));
    for (size_t i = 0; i < side->count; i++) {
        table->start[i] = table->count;
        if (!is_unchanged(side, other, i))
            add_lines(&side->cells[i], classes, table);
        size_t count = table->count - table->start[i];
        if (count > 1)
            qsort(table->uses + table->start[i], count, sizeof(*table->uses), compare_uses);
    }
    table->start[side->count] = table->count;
}

static void line_work_init(struct match_sides *sides, struct line_work *work)
{
    AUTO_CLASSES *classes = classes_new();
    work->sides = sides;
    table_init(&sides->now, &sides->before, classes, &work->now);
    table_init(&sides->before, &sides->now, classes, &work->before);
    work->classes = classes_count(classes);
}

static void line_work_release(struct line_work *work)
{
    free(work->now.uses);
    free(work->now.start);
    free(work->before.uses);
    free(work->before.start);
}

/* Appends the lines of a cell that its pair doesn't have. */
static void add_difference(const struct line_table *table, size_t cell,
                           const struct line_table *other, size_t pair, struct line_table *changed)
{
    size_t at = pair != MATCH_NONE ? other->start[pair] : 0;
    size_t end = pair != MATCH_NONE ? other->start[pair + 1] : 0;
    for (size_t i = table->start[cell]; i < table->start[cell + 1]; i++) {
        while (at < end && other->uses[at].line < table->uses[i].line)
            at++;
        if (at < end && other->uses[at].line == table->uses[i].line) {
            at++;
            continue;
        }
        changed->uses[changed->count++] = table->uses[i];
    }
}

/* The lines that each cell has and its pair has not: lost ones of before, gained ones of now. */
static void find_changed(const struct match_side *side, const struct line_table *table,
                         const struct line_table *other, struct line_table *changed)
{
    memset(changed, 0, sizeof(*changed));
    changed->uses = xreallocarray(NULL, table->count + 1, sizeof(*changed->uses));
    changed->start = xcalloc(side->count + 1, sizeof(*changed->start));
    for (size_t i = 0; i < side->count; i++) {
        changed->start[i] = changed->count;
        add_difference(table, i, other, side->pair[i], changed);
    }
    changed->start[side->count] = changed->count;
}

/* For each line the cells that lost it. */
struct sources {
    size_t *start; /* per line */
    size_t *cells;
};

static void sources_init(const struct line_table *lost, size_t cells, size_t classes,
                         struct sources *sources)
{
    sources->start = xcalloc(classes + 2, sizeof(*sources->start));
    sources->cells = xcalloc(lost->count + 1, sizeof(*sources->cells));
    for (size_t i = 0; i < lost->count; i++)
        sources->start[lost->uses[i].line + 2]++;
    for (size_t i = 1; i <= classes; i++)
        sources->start[i + 1] += sources->start[i];
    for (size_t cell = 0; cell < cells; cell++) {
        for (size_t i = lost->start[cell]; i < lost->start[cell + 1]; i++)
            sources->cells[sources->start[lost->uses[i].line + 1]++] = cell;
    }
}

static void add_tally(struct tallies *tallies, const struct tally *tally)
{
    if (tallies->count == tallies->capacity) {
        tallies->capacity = tallies->capacity == 0 ? 64 : 2 * tallies->capacity;
        tallies->all = xreallocarray(tallies->all, tallies->capacity, sizeof(*tallies->all));
    }
    tallies->all[tallies->count++] = *tally;
}

/* Lines that are no more than a few words must have stayed near the rest of their cell. */
static bool is_near(const struct tally *tally)
{
    return tally->bytes >= MATCH_DISTINCT_BYTES || tally->distance <= NEAR;
}

static size_t distance_of(const struct match_sides *sides, size_t now, size_t before)
{
    size_t pair = sides->before.pair[before];
    if (pair == MATCH_NONE)
        return match_distance(sides, now, before);
    return now > pair ? now - pair : pair - now;
}

/* What one cell gained, by the cells that lost it. `held` is zero before and after. */
static void tally_cell(const struct line_work *work, size_t now, const struct line_table *gained,
                       const struct line_table *lost, const struct sources *sources,
                       struct tally *held, struct tallies *tallies)
{
    size_t touched_from = tallies->count;
    for (size_t i = gained->start[now]; i < gained->start[now + 1]; i++) {
        uint32_t line = gained->uses[i].line;
        if (sources->start[line + 1] - sources->start[line] > SOURCES_MAX)
            continue;
        size_t last = MATCH_NONE;
        for (size_t k = sources->start[line]; k < sources->start[line + 1]; k++) {
            size_t before = sources->cells[k];
            size_t has = lost->start[before + 1] - lost->start[before];
            if (before == last || held[before].lines >= has)
                continue;
            last = before;
            if (held[before].lines++ == 0)
                add_tally(tallies, &(struct tally){.now = now, .before = before});
            held[before].bytes += gained->uses[i].size;
        }
    }
    size_t kept = touched_from;
    size_t own = work->now.start[now + 1] - work->now.start[now];
    for (size_t i = touched_from; i < tallies->count; i++) {
        struct tally tally = tallies->all[i];
        size_t all = lost->start[tally.before + 1] - lost->start[tally.before];
        size_t least = own < all ? own : all;
        tally.lines = held[tally.before].lines;
        tally.bytes = held[tally.before].bytes;
        held[tally.before] = (struct tally){0};
        tally.score = (double)tally.lines / (double)least;
        tally.distance = distance_of(work->sides, now, tally.before);
        if (2 * tally.lines >= least && is_near(&tally))
            tallies->all[kept++] = tally;
    }
    tallies->count = kept;
}

static int compare_tallies(const void *left, const void *right)
{
    const struct tally *one = left, *other = right;
    if (one->lines != other->lines)
        return one->lines > other->lines ? -1 : 1;
    if (one->score > other->score || one->score < other->score)
        return one->score > other->score ? -1 : 1;
    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    if (one->distance != other->distance)
        return one->distance < other->distance ? -1 : 1;
    if (one->now != other->now)
        return one->now < other->now ? -1 : 1;
    return one->before < other->before ? -1 : one->before > other->before;
}

/* Every pair of cells whose lines went from the one into the other, most lines first (W-76). */
static void tally_lines(const struct line_work *work, struct tallies *tallies)
{
    struct line_table lost, gained;
    struct sources sources;
    const struct match_sides *sides = work->sides;
    find_changed(&sides->before, &work->before, &work->now, &lost);
    find_changed(&sides->now, &work->now, &work->before, &gained);
    sources_init(&lost, sides->before.count, work->classes, &sources);
    AUTO_FREE struct tally *held = xcalloc(sides->before.count + 1, sizeof(*held));
    tallies->count = 0;
    for (size_t i = 0; i < sides->now.count; i++)
        tally_cell(work, i, &gained, &lost, &sources, held, tallies);
    if (tallies->count > 1)
        qsort(tallies->all, tallies->count, sizeof(*tallies->all), compare_tallies);
    free(lost.uses);
    free(lost.start);
    free(gained.uses);
    free(gained.start);
    free(sources.start);
    free(sources.cells);
}

/* Neither text is in the other version: what has its like there is left to the order. And lines
 * that went elsewhere are all that one of the cells has: the rest may be what goes on. */
static bool is_changed(const struct match_sides *sides, const struct tally *tally)
{
    return sides->before_texts[sides->now.text[tally->now]] == 0 &&
           sides->now_texts[sides->before.text[tally->before]] == 0 &&
           (tally->score >= 1 || sides->now.gap[tally->now] == sides->before.gap[tally->before]);
}

/* Where ids go on, a new one continues another cell only after a merge: with most of its lines. */
static bool is_of_other_id(const struct line_work *work, const struct tally *tally)
{
    const size_t *start = &work->before.start[tally->before];
    return match_ids_differ(work->sides, tally->now, tally->before) &&
           3 * tally->lines < 2 * (start[1] - start[0]);
}

void match_lines(struct match_sides *sides, bool changed_only)
{
    struct line_work work;
    struct tallies tallies = {NULL, 0, 0};
    match_sides_order(sides);
    line_work_init(sides, &work);
    tally_lines(&work, &tallies);
    for (size_t i = 0; i < tallies.count; i++) {
        const struct tally *tally = &tallies.all[i];
        if ((changed_only && !is_changed(sides, tally)) || is_of_other_id(&work, tally))
            continue;
        if (match_is_free(sides, tally->now, tally->before) &&
            sides->now.cells[tally->now].type == sides->before.cells[tally->before].type) {
            match_pair_alike(sides, tally->now, tally->before, VERSION_MATCH_LINES, tally->score);
        }
    }
    free(tallies.all);
    line_work_release(&work);
}

static void add_lineage(struct version_lineage **lineage, size_t *count, size_t *capacity,
                        const struct version_lineage *entry)
{
    if (*count == *capacity) {
        *capacity = *capacity == 0 ? 16 : 2 * *capacity;
        *lineage = xreallocarray(*lineage, *capacity, sizeof(**lineage));
    }
    (*lineage)[(*count)++] = *entry;
}

/* The nearest cell above or below with exactly this content, that goes on elsewhere. */
static size_t original_of(const struct match_sides *sides, const size_t *next, const size_t *first,
                          size_t now)
{
    size_t best = MATCH_NONE, best_distance = 0, looked = 0;
    for (size_t j = first[sides->now.text[now]]; j != MATCH_NONE && looked < 1000;
         j = next[j], looked++) {
        if (sides->before.pair[j] == MATCH_NONE ||
            sides->before.cells[j].type != sides->now.cells[now].type) {
            continue;
        }
        size_t distance = match_distance(sides, now, j);
        if (best == MATCH_NONE || distance < best_distance) {
            best = j;
            best_distance = distance;
        }
    }
    return best;
}

static void find_copies(struct match_sides *sides, struct version_lineage **lineage, size_t *count,
                        size_t *capacity)
{
    AUTO_FREE size_t *first = xreallocarray(NULL, sides->text_classes + 1, sizeof(*first));
    AUTO_FREE size_t *next = xreallocarray(NULL, sides->before.count + 1, sizeof(*next));
    for (size_t i = 0; i < sides->text_classes; i++)
        first[i] = MATCH_NONE;
    for (size_t j = sides->before.count; j-- > 0;) {
        next[j] = first[sides->before.text[j]];
        first[sides->before.text[j]] = j;
    }
    for (size_t i = 0; i < sides->now.count; i++) {
        if (sides->results[i].kind != VERSION_MATCH_NEW || sides->now.is_blank[i])
            continue;
        size_t original = original_of(sides, next, first, i);
        if (original == MATCH_NONE)
            continue;
        add_lineage(lineage, count, capacity,
                    &(struct version_lineage){i, original, VERSION_COPY, 1});
        /* A short text that other cells have may have been typed in anywhere. */
        sides->is_explained[i] = sides->now.cells[i].size >= MATCH_DISTINCT_BYTES;
    }
}

/* A line or two that a living cell lost to another living one is an edit like any other. */
static bool is_lineage(const struct match_sides *sides, const struct tally *tally)
{
    bool goes_on = sides->before.pair[tally->before] != MATCH_NONE;
    return !goes_on || sides->results[tally->now].kind == VERSION_MATCH_NEW ||
           (tally->lines >= 2 && tally->score >= 1);
}

static int compare_lineage(const void *left, const void *right)
{
    const struct version_lineage *one = left, *other = right;
    if (one->now != other->now)
        return one->now < other->now ? -1 : 1;
    return one->from < other->from ? -1 : one->from > other->from;
}

void match_lineage(struct match_sides *sides, struct version_lineage **ret_lineage,
                   size_t *ret_count)
{
    struct line_work work;
    struct tallies tallies = {NULL, 0, 0};
    size_t capacity = 0;
    *ret_lineage = NULL;
    *ret_count = 0;
    memset(sides->is_explained, 0, sides->now.count * sizeof(*sides->is_explained));
    match_sides_order(sides);
    find_copies(sides, ret_lineage, ret_count, &capacity);
    AUTO_FREE bool *has_copy = xcalloc(sides->now.count + 1, sizeof(*has_copy));
    for (size_t i = 0; i < *ret_count; i++)
        has_copy[(*ret_lineage)[i].now] = true;
    line_work_init(sides, &work);
    tally_lines(&work, &tallies);
    for (size_t i = 0; i < tallies.count; i++) {
        const struct tally *tally = &tallies.all[i];
        if (has_copy[tally->now] || !is_lineage(sides, tally))
            continue;
        bool is_new = sides->results[tally->now].kind == VERSION_MATCH_NEW;
        bool goes_on = sides->before.pair[tally->before] != MATCH_NONE;
        add_lineage(ret_lineage, ret_count, &capacity,
                    &(struct version_lineage){tally->now, tally->before,
                                              is_new && goes_on ? VERSION_SPLIT : VERSION_MERGE,
                                              tally->score});
    }
    for (size_t i = 0; i < *ret_count; i++) {
        if (!has_copy[(*ret_lineage)[i].now])
            sides->is_explained[(*ret_lineage)[i].now] = true;
    }
    if (*ret_count > 1)
        qsort(*ret_lineage, *ret_count, sizeof(**ret_lineage), compare_lineage);
    free(tallies.all);
    line_work_release(&work);
}
