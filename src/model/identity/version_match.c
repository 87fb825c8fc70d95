/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version_match: the ladder. What can't be wrong first; what stands between the same neighbours
 * before what was moved; texts before lines, lines before mere places.
 */
#include "model/identity/version_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "model/identity/match_sides.h"
#include "model/identity/normal_form.h"

#define CLEAR_MIN 0.85  /* similar enough to be the same wherever it stands */
#define CLEAR_LEAD 0.1  /* when nothing else comes near */
#define SIMILAR_MIN 0.6 /* W-63 */
#define MOVED_MIN 0.9   /* and less than that is not, where places say otherwise */
#define NAME_SCORE 0.95
#define PLACE_SCORE 0.3
#define BLANK_PLACE_SCORE 0.2
#define PLACES_MAX 5

/* --- what is marked as the same --------------------------------------------------------------- */

enum mark { MARK_ID, MARK_KEY, MARK_NAME, MARK_UUID };

static const char *mark_of(const struct version_match_cell *cell, enum mark mark)
{
    const char *word = mark == MARK_ID     ? cell->id
                       : mark == MARK_KEY  ? cell->key
                       : mark == MARK_NAME ? cell->name
                                           : cell->uuid;
    return word != NULL && word[0] != '\0' ? word : NULL;
}

/* Per class of marks: the one cell that has it, MATCH_NONE, or MANY. */
#define MANY ((size_t)-2)

static size_t *cells_by_mark(const struct match_side *side, enum mark mark, const uint32_t *numbers,
                             size_t classes)
{
    size_t *cells = xreallocarray(NULL, classes + 1, sizeof(*cells));
    for (size_t i = 0; i < classes; i++)
        cells[i] = MATCH_NONE;
    for (size_t i = 0; i < side->count; i++) {
        if (mark_of(&side->cells[i], mark) != NULL)
            cells[numbers[i]] = cells[numbers[i]] == MATCH_NONE ? i : MANY;
    }
    return cells;
}

static uint32_t *number_marks(const struct version_match_cell *cells, size_t count, enum mark mark,
                              struct classes *classes)
{
    uint32_t *numbers = xcalloc(count + 1, sizeof(*numbers));
    for (size_t i = 0; i < count; i++) {
        const char *word = mark_of(&cells[i], mark);
        numbers[i] = word != NULL ? classes_number(classes, word, strlen(word)) : MATCH_NO_CLASS;
    }
    return numbers;
}

/* A mark counts only when it is unique in both versions (W-60). */
static void match_marks(struct match_sides *sides, enum mark mark, enum version_match_kind kind,
                        double score)
{
    enum mark now_mark = mark == MARK_KEY ? MARK_ID : mark;
    const struct version_match_request *request = sides->request;
    AUTO_CLASSES *classes = classes_new();
    AUTO_FREE uint32_t *now_numbers =
        number_marks(request->now, request->now_count, now_mark, classes);
    AUTO_FREE uint32_t *before_numbers =
        number_marks(request->before, request->before_count, mark, classes);
    size_t count = classes_count(classes);
    AUTO_FREE size_t *now = cells_by_mark(&sides->now, now_mark, now_numbers, count);
    AUTO_FREE size_t *before = cells_by_mark(&sides->before, mark, before_numbers, count);
    for (size_t i = 0; i < request->before_count; i++) {
        uint32_t number = before_numbers[i];
        if (number == MATCH_NO_CLASS || before[number] != i || now[number] >= MANY)
            continue;
        if (match_is_free(sides, now[number], i) &&
            (now_mark == MARK_ID || !match_ids_differ(sides, now[number], i))) {
            match_pair(sides, now[number], i, kind, score);
        }
    }
}

/* Whether most ids of the shorter version went on: then a tool keeps them, and a new id means that
 * somebody made a cell. */
static bool find_id_stability(const struct match_sides *sides)
{
    size_t pairs = 0, now = 0, before = 0;
    for (size_t i = 0; i < sides->now.count; i++) {
        pairs += sides->now.pair[i] != MATCH_NONE;
        now += sides->now.cells[i].id != NULL;
    }
    for (size_t i = 0; i < sides->before.count; i++)
        before += sides->before.cells[i].id != NULL;
    return pairs > 0 && 2 * pairs >= (now < before ? now : before);
}

/* --- cells that come back --------------------------------------------------------------------- */

static void match_earlier_ids(struct match_sides *sides)
{
    const struct version_match_request *request = sides->request;
    AUTO_CLASSES *classes = classes_new();
    AUTO_FREE uint32_t *now_numbers =
        number_marks(request->now, request->now_count, MARK_ID, classes);
    AUTO_FREE uint32_t *earlier_numbers =
        number_marks(request->earlier, request->earlier_count, MARK_ID, classes);
    AUTO_FREE size_t *now =
        cells_by_mark(&sides->now, MARK_ID, now_numbers, classes_count(classes));
    for (size_t i = 0; i < request->earlier_count; i++) {
        uint32_t number = earlier_numbers[i];
        if (number == MATCH_NO_CLASS || now[number] >= MANY)
            continue;
        size_t cell = now[number];
        if (sides->now.pair[cell] == MATCH_NONE && !sides->results[cell].has_earlier)
            match_earlier(sides, cell, i, VERSION_MATCH_EARLIER_ID, 1);
    }
}

static bool may_come_back(const struct match_sides *sides, size_t now, size_t earlier)
{
    const struct version_match_cell *cell = &sides->now.cells[now];
    return !sides->earlier_used[earlier] && sides->request->earlier[earlier].type == cell->type &&
           sides->earlier_text[earlier] == sides->now.text[now];
}

/* The last of the earlier cells with this text are taken, and the first of now's gets the one seen
 * longest ago: cells that ran before they were saved ran from top to bottom. */
static void match_earlier_texts(struct match_sides *sides, bool may_be_elsewhere)
{
    const struct version_match_request *request = sides->request;
    AUTO_FREE size_t *taken = xcalloc(sides->text_classes + 1, sizeof(*taken));
    AUTO_FREE size_t *wanted = xcalloc(sides->text_classes + 1, sizeof(*wanted));
    if (request->earlier_count == 0)
        return;
    for (size_t i = 0; i < sides->now.count; i++) {
        uint32_t text = sides->now.text[i];
        bool is_free = sides->now.pair[i] == MATCH_NONE && !sides->results[i].has_earlier;
        bool is_elsewhere = sides->before_texts[text] > 0;
        bool is_distinct = sides->now.cells[i].size >= MATCH_DISTINCT_BYTES;
        /* Where ids go on, a new one with the text of a cell that is there is a copy of that. */
        bool is_copy = sides->ids_are_stable && mark_of(&sides->now.cells[i], MARK_ID) != NULL;
        if (is_free && !sides->now.is_blank[i] &&
            (!is_elsewhere || (may_be_elsewhere && is_distinct && !is_copy))) {
            wanted[text]++;
        }
    }
    AUTO_FREE size_t *queue = xreallocarray(NULL, request->earlier_count, sizeof(*queue));
    size_t count = 0;
    for (size_t j = 0; j < request->earlier_count; j++) {
        uint32_t text = sides->earlier_text[j];
        if (!sides->earlier_used[j] && taken[text] < wanted[text]) {
            taken[text]++;
            queue[count++] = j;
        }
    }
    for (size_t i = 0; i < sides->now.count && count > 0; i++) {
        if (wanted[sides->now.text[i]] == 0 || sides->now.pair[i] != MATCH_NONE ||
            sides->results[i].has_earlier) {
            continue;
        }
        for (size_t k = count; k-- > 0;) {
            if (may_come_back(sides, i, queue[k])) {
                match_earlier(sides, i, queue[k], VERSION_MATCH_EARLIER_TEXT, 1);
                break;
            }
        }
    }
}

/* --- equal texts ------------------------------------------------------------------------------ */

/* Free cells by class of something: the only one of each side, or MANY. */
static void only_ones(const struct match_sides *sides, const struct match_side *side,
                      const uint32_t *numbers, size_t classes, size_t *ret_cells)
{
    for (size_t i = 0; i < classes; i++)
        ret_cells[i] = MATCH_NONE;
    for (size_t i = 0; i < side->count; i++) {
        bool is_taken =
            side->pair[i] != MATCH_NONE || (side == &sides->now && sides->results[i].has_earlier);
        if (numbers[i] != MATCH_NO_CLASS && !is_taken)
            ret_cells[numbers[i]] = ret_cells[numbers[i]] == MATCH_NONE ? i : MANY;
    }
}

static void match_only_ones(struct match_sides *sides, const uint32_t *now_numbers,
                            const uint32_t *before_numbers, size_t classes,
                            enum version_match_kind kind, double score)
{
    AUTO_FREE size_t *now = xreallocarray(NULL, classes + 1, sizeof(*now));
    AUTO_FREE size_t *before = xreallocarray(NULL, classes + 1, sizeof(*before));
    only_ones(sides, &sides->now, now_numbers, classes, now);
    only_ones(sides, &sides->before, before_numbers, classes, before);
    for (size_t i = 0; i < classes; i++) {
        if (now[i] >= MANY || before[i] >= MANY || sides->now.is_blank[now[i]])
            continue;
        if (sides->now.cells[now[i]].type == sides->before.cells[before[i]].type &&
            match_text_tells(sides, now[i], before[i]))
            match_pair(sides, now[i], before[i], kind, score);
    }
}

/* Texts of which each side has only one, moved or not. One that is there more often is left to the
 * order, unless all of them are. */
static void match_unique_texts(struct match_sides *sides)
{
    AUTO_FREE uint32_t *now = xcalloc(sides->now.count + 1, sizeof(*now));
    AUTO_FREE uint32_t *before = xcalloc(sides->before.count + 1, sizeof(*before));
    for (size_t i = 0; i < sides->now.count; i++) {
        uint32_t text = sides->now.text[i];
        bool is_only = sides->now_texts[text] == 1 && sides->before_texts[text] == 1;
        now[i] = is_only ? text : MATCH_NO_CLASS;
    }
    for (size_t i = 0; i < sides->before.count; i++) {
        uint32_t text = sides->before.text[i];
        bool is_only = sides->now_texts[text] == 1 && sides->before_texts[text] == 1;
        before[i] = is_only ? text : MATCH_NO_CLASS;
    }
    match_sides_order(sides);
    match_only_ones(sides, now, before, sides->text_classes, VERSION_MATCH_TEXT, 1);
}

static void add_forms(const struct match_sides *sides, const struct match_side *side,
                      struct strbuf *forms, size_t *ends)
{
    for (size_t i = 0; i < side->count; i++) {
        bool is_free =
            side->pair[i] == MATCH_NONE && !(side == &sides->now && sides->results[i].has_earlier);
        if (is_free && side->cells[i].type == NOTEBOOK_CODE) {
            normal_form(side->cells[i].type, sides->request->language, side->cells[i].text,
                        side->cells[i].size, forms);
        }
        ends[i] = forms->size;
    }
}

static void number_forms(const struct strbuf *forms, size_t start, const size_t *ends, size_t count,
                         struct classes *classes, uint32_t *numbers)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = ends[i] - start;
        numbers[i] = size > 0 ? classes_number(classes, forms->text + start, size) : MATCH_NO_CLASS;
        start = ends[i];
    }
}

/* W-62: other comments or layout. */
static void match_normal_forms(struct match_sides *sides)
{
    size_t now_count = sides->now.count, before_count = sides->before.count;
    AUTO_CLASSES *classes = classes_new();
    AUTO_STRBUF forms = STRBUF_INIT;
    AUTO_FREE size_t *now_ends = xcalloc(now_count + 1, sizeof(*now_ends));
    AUTO_FREE size_t *before_ends = xcalloc(before_count + 1, sizeof(*before_ends));
    uint32_t *now = sides->now.form, *before = sides->before.form;
    add_forms(sides, &sides->now, &forms, now_ends);
    size_t middle = forms.size;
    add_forms(sides, &sides->before, &forms, before_ends);
    number_forms(&forms, 0, now_ends, now_count, classes, now);
    number_forms(&forms, middle, before_ends, before_count, classes, before);
    match_only_ones(sides, now, before, classes_count(classes), VERSION_MATCH_NORMAL, 0.99);
}

/* Equal texts that the order left over, nearest first: what was moved, or became another type. */
static void match_left_texts(struct match_sides *sides, bool any_type)
{
    AUTO_FREE size_t *first = xreallocarray(NULL, sides->text_classes + 1, sizeof(*first));
    AUTO_FREE size_t *next = xreallocarray(NULL, sides->before.count + 1, sizeof(*next));
    for (size_t i = 0; i < sides->text_classes; i++)
        first[i] = MATCH_NONE;
    for (size_t j = sides->before.count; j-- > 0;) {
        if (sides->before.pair[j] == MATCH_NONE) {
            next[j] = first[sides->before.text[j]];
            first[sides->before.text[j]] = j;
        }
    }
    match_sides_order(sides);
    for (size_t i = 0; i < sides->now.count; i++) {
        size_t best = MATCH_NONE, best_distance = 0, looked = 0;
        if (sides->now.pair[i] != MATCH_NONE || sides->results[i].has_earlier ||
            (any_type && sides->now.is_blank[i])) {
            continue;
        }
        for (size_t j = first[sides->now.text[i]]; j != MATCH_NONE && looked < 1000; j = next[j]) {
            if (sides->before.pair[j] != MATCH_NONE)
                continue;
            looked++;
            size_t distance = match_distance(sides, i, j);
            bool is_same = sides->now.cells[i].type == sides->before.cells[j].type;
            if (!match_text_tells(sides, i, j))
                continue;
            if ((is_same || any_type) && (best == MATCH_NONE || distance < best_distance)) {
                best = j;
                best_distance = distance;
            }
        }
        if (best != MATCH_NONE)
            match_pair(sides, i, best, VERSION_MATCH_TEXT, 1);
    }
}

/* --- place ------------------------------------------------------------------------------------ */

/* The cells between the same two neighbours that are not paired: how many, and the first of them.
 */
struct lone {
    size_t count, first;
};

static bool is_lone(const struct match_sides *sides, const struct match_side *side, size_t cell)
{
    return side->pair[cell] == MATCH_NONE &&
           !(side == &sides->now && sides->results[cell].has_earlier);
}

static struct lone *lone_cells(const struct match_sides *sides, const struct match_side *side,
                               size_t gaps)
{
    struct lone *lone = xcalloc(gaps + 1, sizeof(*lone));
    for (size_t i = 0; i < side->count; i++) {
        if (is_lone(sides, side, i) && lone[side->gap[i]].count++ == 0)
            lone[side->gap[i]].first = i;
    }
    return lone;
}

static bool may_stand_for(const struct match_sides *sides, size_t now, size_t before)
{
    return !sides->is_explained[now] &&
           sides->now.cells[now].type == sides->before.cells[before].type &&
           !match_ids_differ(sides, now, before);
}

/* The next unpaired cell of the same stretch. */
static size_t next_lone(const struct match_sides *sides, const struct match_side *side, size_t cell)
{
    do
        cell++;
    while (cell < side->count && !is_lone(sides, side, cell));
    return cell;
}

static void pair_places(struct match_sides *sides, const struct lone *now,
                        const struct lone *before)
{
    size_t i = now->first, j = before->first;
    for (size_t k = 0; k < now->count; k++) {
        if (!may_stand_for(sides, i, j))
            return;
        i = next_lone(sides, &sides->now, i);
        j = next_lone(sides, &sides->before, j);
    }
    i = now->first;
    j = before->first;
    for (size_t k = 0; k < now->count; k++) {
        size_t next_i = next_lone(sides, &sides->now, i);
        size_t next_j = next_lone(sides, &sides->before, j);
        bool is_blank = sides->now.is_blank[i] || sides->before.is_blank[j];
        match_pair(sides, i, j, VERSION_MATCH_PLACE,
                   (is_blank ? BLANK_PLACE_SCORE : PLACE_SCORE) / (double)now->count);
        i = next_i;
        j = next_j;
    }
}

/* What stands alone between two cells that go on goes on, too, however much its text changed; and
 * so do a few when there are as many as before. */
static void match_places(struct match_sides *sides)
{
    match_sides_order(sides);
    size_t gaps = sides->now.count < sides->before.count ? sides->now.count : sides->before.count;
    bool has_backbone = false;
    for (size_t i = 0; i < sides->now.count && !has_backbone; i++)
        has_backbone = sides->now.is_fixed[i];
    AUTO_FREE struct lone *now = lone_cells(sides, &sides->now, sides->now.count + 1);
    AUTO_FREE struct lone *before = lone_cells(sides, &sides->before, sides->before.count + 1);
    for (size_t gap = 0; gap <= gaps; gap++) {
        size_t most = has_backbone ? PLACES_MAX : 1;
        if (now[gap].count > 0 && now[gap].count <= most && now[gap].count == before[gap].count)
            pair_places(sides, &now[gap], &before[gap]);
    }
}

static bool is_weak_move(const struct match_sides *sides, size_t now, bool by_lines)
{
    const struct version_match_result *result = &sides->results[now];
    if (by_lines)
        return result->kind == VERSION_MATCH_LINES;
    return (result->kind == VERSION_MATCH_SIMILAR && result->score < MOVED_MIN) ||
           (result->kind == VERSION_MATCH_TEXT &&
            sides->now.cells[now].size < 2 * MATCH_DISTINCT_BYTES);
}

/* Two short cells that were edited in their places may look like one that was moved: pairs that
 * leave the order are given up where places tell a simpler story on both sides. `by_lines`: those
 * made by lines, else those made before. */
static void give_up_moves(struct match_sides *sides, bool by_lines)
{
    match_sides_order(sides);
    AUTO_FREE long *balance = xcalloc(sides->now.count + sides->before.count + 2, sizeof(*balance));
    for (size_t i = 0; i < sides->now.count; i++)
        balance[sides->now.gap[i]] += !sides->now.is_fixed[i] && !sides->results[i].has_earlier;
    for (size_t j = 0; j < sides->before.count; j++)
        balance[sides->before.gap[j]] -= !sides->before.is_fixed[j];
    for (size_t i = 0; i < sides->now.count; i++) {
        size_t j = sides->now.pair[i];
        if (j == MATCH_NONE || sides->now.is_fixed[i] || !is_weak_move(sides, i, by_lines) ||
            sides->now.gap[i] == sides->before.gap[j] || balance[sides->now.gap[i]] != 0 ||
            balance[sides->before.gap[j]] != 0) {
            continue;
        }
        sides->now.pair[i] = sides->before.pair[j] = MATCH_NONE;
        sides->results[i] = (struct version_match_result){0};
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

void version_match(const struct version_match_request *request, struct version_match *ret_match)
{
    struct match_sides sides;
    match_sides_init(request, &sides);
    match_marks(&sides, MARK_ID, VERSION_MATCH_ID, 1);
    sides.ids_are_stable = find_id_stability(&sides);
    /* A merge that is undone: the id is older than the one the cell has got since (W-10). */
    match_marks(&sides, MARK_KEY, VERSION_MATCH_ID, NAME_SCORE);
    match_earlier_ids(&sides);
    match_marks(&sides, MARK_NAME, VERSION_MATCH_NAME, NAME_SCORE);
    match_marks(&sides, MARK_UUID, VERSION_MATCH_UUID, NAME_SCORE);
    match_unique_texts(&sides);
    match_earlier_texts(&sides, false);
    match_normal_forms(&sides);
    match_lines(&sides, true);
    match_similar(&sides, CLEAR_MIN, CLEAR_LEAD);
    match_in_order(&sides);
    match_left_texts(&sides, false);
    match_similar(&sides, SIMILAR_MIN, 0);
    match_earlier_texts(&sides, true);
    match_left_texts(&sides, true);
    give_up_moves(&sides, false);
    match_lines(&sides, false);
    give_up_moves(&sides, true);
    match_lineage(&sides, &ret_match->lineage, &ret_match->lineage_count);
    free(ret_match->lineage);
    match_places(&sides);
    match_lineage(&sides, &ret_match->lineage, &ret_match->lineage_count);
    ret_match->cells = sides.results;
    sides.results = NULL;
    match_sides_release(&sides);
}

void version_match_release(struct version_match *match)
{
    free(match->cells);
    free(match->lineage);
    memset(match, 0, sizeof(*match));
}

const char *version_match_word(enum version_match_kind kind)
{
    static const char *const WORDS[] = {
        [VERSION_MATCH_NEW] = "new",
        [VERSION_MATCH_ID] = "id",
        [VERSION_MATCH_NAME] = "name",
        [VERSION_MATCH_UUID] = "uuid",
        [VERSION_MATCH_TEXT] = "text",
        [VERSION_MATCH_NORMAL] = "normal-form",
        [VERSION_MATCH_SIMILAR] = "similar",
        [VERSION_MATCH_LINES] = "lines",
        [VERSION_MATCH_PLACE] = "place",
        [VERSION_MATCH_EARLIER_ID] = "earlier-id",
        [VERSION_MATCH_EARLIER_TEXT] = "earlier-text",
    };
    return WORDS[kind];
}

const char *version_lineage_word(enum version_lineage_kind kind)
{
    static const char *const WORDS[] = {
        [VERSION_SPLIT] = "split", [VERSION_MERGE] = "merge", [VERSION_COPY] = "copy"};
    return WORDS[kind];
}
