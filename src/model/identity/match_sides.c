/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_sides: classes are an open hash table; the backbone is the longest increasing subsequence.
 */
#include "model/identity/match_sides.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Units of work of all similarities of one comparison: a fifth of a second. */
#define WORK_MAX ((int64_t)50 * 1000 * 1000)

struct class_entry {
    const char *text;
    size_t size;
    uint64_t hash;
};

struct classes {
    struct class_entry *entries;
    size_t count, capacity;
    uint32_t *slots; /* number + 1, 0 = free; twice as many as there is room for entries */
};

struct classes *classes_new(void)
{
    struct classes *classes = xcalloc(1, sizeof(*classes));
    classes->capacity = 64;
    classes->entries = xreallocarray(NULL, classes->capacity, sizeof(*classes->entries));
    classes->slots = xcalloc(2 * classes->capacity, sizeof(*classes->slots));
    return classes;
}

void classes_free(struct classes *classes)
{
    if (classes == NULL)
        return;
    free(classes->entries);
    free(classes->slots);
    free(classes);
}

void auto_classes_release(struct classes **classes)
{
    classes_free(*classes);
}

size_t classes_count(const struct classes *classes)
{
    return classes->count;
}

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = 14695981039346656037u ^ size, word = 0;
    for (; size >= sizeof(word); text += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    return hash ^ hash >> 32;
}

static void classes_grow(struct classes *classes)
{
    classes->capacity *= 2;
    classes->entries =
        xreallocarray(classes->entries, classes->capacity, sizeof(*classes->entries));
    free(classes->slots);
    size_t mask = 2 * classes->capacity - 1;
    classes->slots = xcalloc(mask + 1, sizeof(*classes->slots));
    for (size_t i = 0; i < classes->count; i++) {
        size_t slot = classes->entries[i].hash & mask;
        while (classes->slots[slot] != 0)
            slot = (slot + 1) & mask;
        classes->slots[slot] = (uint32_t)i + 1;
    }
}

uint32_t classes_number(struct classes *classes, const char *text, size_t size)
{
    uint64_t hash = hash_of(text, size);
    size_t mask = 2 * classes->capacity - 1, slot = hash & mask;
    for (; classes->slots[slot] != 0; slot = (slot + 1) & mask) {
        const struct class_entry *entry = &classes->entries[classes->slots[slot] - 1];
        if (entry->hash == hash && entry->size == size &&
            (size == 0 || memcmp(entry->text, text, size) == 0)) {
            return classes->slots[slot] - 1;
        }
    }
    uint32_t number = (uint32_t)classes->count++;
    classes->entries[number] = (struct class_entry){text, size, hash};
    classes->slots[slot] = number + 1;
    if (classes->count == classes->capacity)
        classes_grow(classes);
    return number;
}

static bool is_blank_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
            return false;
    }
    return true;
}

static void side_init(const struct version_match_cell *cells, size_t count, struct classes *classes,
                      struct match_side *side)
{
    side->cells = cells;
    side->count = count;
    side->text = xcalloc(count + 1, sizeof(*side->text));
    side->form = xcalloc(count + 1, sizeof(*side->form));
    side->is_blank = xcalloc(count + 1, sizeof(*side->is_blank));
    side->pair = xcalloc(count + 1, sizeof(*side->pair));
    side->gap = xcalloc(count + 1, sizeof(*side->gap));
    side->is_fixed = xcalloc(count + 1, sizeof(*side->is_fixed));
    side->anchor = xcalloc(count + 1, sizeof(*side->anchor));
    for (size_t i = 0; i < count; i++) {
        side->text[i] = classes_number(classes, cells[i].text, cells[i].size);
        side->is_blank[i] = is_blank_text(cells[i].text, cells[i].size);
        side->pair[i] = MATCH_NONE;
        side->form[i] = MATCH_NO_CLASS;
    }
}

static void side_release(struct match_side *side)
{
    free(side->text);
    free(side->form);
    free(side->is_blank);
    free(side->pair);
    free(side->gap);
    free(side->is_fixed);
    free(side->anchor);
}

void match_sides_init(const struct version_match_request *request, struct match_sides *ret_sides)
{
    AUTO_CLASSES *classes = classes_new();
    memset(ret_sides, 0, sizeof(*ret_sides));
    ret_sides->request = request;
    ret_sides->work = WORK_MAX;
    side_init(request->now, request->now_count, classes, &ret_sides->now);
    side_init(request->before, request->before_count, classes, &ret_sides->before);
    ret_sides->results = xcalloc(request->now_count + 1, sizeof(*ret_sides->results));
    ret_sides->is_explained = xcalloc(request->now_count + 1, sizeof(*ret_sides->is_explained));
    ret_sides->earlier_text = xcalloc(request->earlier_count + 1, sizeof(uint32_t));
    ret_sides->earlier_used = xcalloc(request->earlier_count + 1, sizeof(bool));
    for (size_t i = 0; i < request->earlier_count; i++) {
        ret_sides->earlier_text[i] =
            classes_number(classes, request->earlier[i].text, request->earlier[i].size);
    }
    ret_sides->text_classes = classes_count(classes);
    ret_sides->now_texts = xcalloc(ret_sides->text_classes + 1, sizeof(uint32_t));
    ret_sides->before_texts = xcalloc(ret_sides->text_classes + 1, sizeof(uint32_t));
    for (size_t i = 0; i < request->now_count; i++)
        ret_sides->now_texts[ret_sides->now.text[i]]++;
    for (size_t i = 0; i < request->before_count; i++)
        ret_sides->before_texts[ret_sides->before.text[i]]++;
}

void match_sides_release(struct match_sides *sides)
{
    side_release(&sides->now);
    side_release(&sides->before);
    free(sides->results);
    free(sides->is_explained);
    free(sides->earlier_text);
    free(sides->earlier_used);
    free(sides->now_texts);
    free(sides->before_texts);
}

bool match_is_free(const struct match_sides *sides, size_t now, size_t before)
{
    return sides->now.pair[now] == MATCH_NONE && !sides->results[now].has_earlier &&
           sides->before.pair[before] == MATCH_NONE;
}

void match_pair(struct match_sides *sides, size_t now, size_t before, enum version_match_kind kind,
                double score)
{
    sides->now.pair[now] = before;
    sides->before.pair[before] = now;
    sides->results[now] = (struct version_match_result){
        .kind = kind, .has_before = true, .from = before, .score = score};
}

void match_earlier(struct match_sides *sides, size_t now, size_t earlier,
                   enum version_match_kind kind, double score)
{
    sides->earlier_used[earlier] = true;
    sides->results[now] = (struct version_match_result){
        .kind = kind, .has_earlier = true, .from = earlier, .score = score};
}

bool match_ids_differ(const struct match_sides *sides, size_t now, size_t before)
{
    const char *one = sides->now.cells[now].id, *other = sides->before.cells[before].id;
    return sides->ids_are_stable && one != NULL && other != NULL && strcmp(one, other) != 0;
}

bool match_text_tells(const struct match_sides *sides, size_t now, size_t before)
{
    return !match_ids_differ(sides, now, before) ||
           sides->now.cells[now].size >= 2 * MATCH_DISTINCT_BYTES ||
           sides->now.gap[now] == sides->before.gap[before];
}

/* The longest increasing subsequence of now's pairs, by the ends of the best ones of each length.
 */
static void find_backbone(struct match_side *now)
{
    AUTO_FREE size_t *ends = xcalloc(now->count + 1, sizeof(*ends));
    AUTO_FREE size_t *previous = xcalloc(now->count + 1, sizeof(*previous));
    size_t length = 0;
    for (size_t i = 0; i < now->count; i++) {
        now->is_fixed[i] = false;
        if (now->pair[i] == MATCH_NONE)
            continue;
        size_t low = 0, high = length;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (now->pair[ends[middle]] < now->pair[i])
                low = middle + 1;
            else
                high = middle;
        }
        previous[i] = low > 0 ? ends[low - 1] : MATCH_NONE;
        ends[low] = i;
        length = low == length ? length + 1 : length;
    }
    for (size_t i = length > 0 ? ends[length - 1] : MATCH_NONE; i != MATCH_NONE; i = previous[i])
        now->is_fixed[i] = true;
}

void match_sides_order(struct match_sides *sides)
{
    struct match_side *now = &sides->now, *before = &sides->before;
    find_backbone(now);
    for (size_t i = 0; i < before->count; i++)
        before->is_fixed[i] = before->pair[i] != MATCH_NONE && now->is_fixed[before->pair[i]];
    struct match_side *both[] = {now, before};
    for (size_t side = 0; side < ARRAY_SIZE(both); side++) {
        for (size_t i = 0, passed = 0, anchor = 0; i < both[side]->count; i++) {
            both[side]->gap[i] = passed;
            both[side]->anchor[i] = anchor;
            passed += both[side]->is_fixed[i];
            anchor = both[side]->is_fixed[i] ? i + 1 : anchor;
        }
    }
}

size_t match_distance(const struct match_sides *sides, size_t now, size_t before)
{
    size_t anchor = sides->before.anchor[before];
    size_t expected = before - anchor + (anchor > 0 ? sides->before.pair[anchor - 1] + 1 : 0);
    return now > expected ? now - expected : expected - now;
}
