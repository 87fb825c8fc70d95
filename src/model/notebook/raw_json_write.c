/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json_write: the canonical text, and the short one.
 *
 * The idea: a loop over a stack of open containers. What the parser marked as canonical already is
 * copied as a whole; only objects whose keys are not in order are sorted.
 */
#include "model/notebook/raw_json_private.h"

#include <stdlib.h>

#define ROOM_AT_ONCE 4096

struct open_container {
    raw_ref next;       /* when it is walked in its own order */
    size_t sorted;      /* where in `sorted` its next member is */
    size_t sorted_size; /* how many there are in all; 0 = it is walked in its own order */
    bool is_object, has_items;
};

struct writer {
    const struct raw_json *json;
    struct strbuf *buffer;
    char *at, *end; /* room in the buffer */
    struct open_container *open;
    size_t depth, open_capacity;
    raw_ref *sorted;
    size_t sorted_count, sorted_capacity;
    unsigned level; /* of the value that is written first */
    bool is_compact;
};

/* --- the buffer's end, by hand ---------------------------------------------------------------- */

static void give_back(struct writer *writer)
{
    strbuf_grow(writer->buffer,
                (size_t)(writer->at - (writer->buffer->text + writer->buffer->size)));
}

static void take_room(struct writer *writer, size_t size)
{
    writer->at = strbuf_room(writer->buffer, size > ROOM_AT_ONCE ? size : ROOM_AT_ONCE);
    writer->end = writer->buffer->text + writer->buffer->capacity - 1;
}

static inline void need(struct writer *writer, size_t size)
{
    if ((size_t)(writer->end - writer->at) < size) {
        give_back(writer);
        take_room(writer, size);
    }
}

static inline void put(struct writer *writer, const char *bytes, size_t size)
{
    need(writer, size);
    memcpy(writer->at, bytes, size);
    writer->at += size;
}

/* A line's end and its indentation; `room` more bytes fit behind it. */
static inline void put_break(struct writer *writer, size_t level, size_t room)
{
    need(writer, level + 1 + room);
    *writer->at++ = '\n';
    memset(writer->at, ' ', level);
    writer->at += level;
}

/* --- scalars ---------------------------------------------------------------------------------- */

static void write_string_token(const char *token, size_t size, struct strbuf *buffer)
{
    AUTO_STRBUF decoded = STRBUF_INIT;
    raw_text_decode(token + 1, size - 2, &decoded);
    raw_json_write_string(strbuf_text(&decoded), decoded.size, buffer);
}

static inline void put_scalar(struct writer *writer, const struct raw_node *node)
{
    uint32_t kind = node->bits & RAW_KIND;
    if (kind < RAW_NUMBER) {
        static const char words[][8] = {"null", "false", "true"};
        put(writer, words[kind], kind == RAW_FALSE ? 5 : 4);
        return;
    }
    const char *token = raw_token(writer->json, node);
    if (node->bits & RAW_CANONICAL) {
        put(writer, token, node->size);
        return;
    }
    give_back(writer);
    if (kind == RAW_NUMBER)
        raw_number_write(token, node->size, writer->buffer);
    else
        write_string_token(token, node->size, writer->buffer);
    take_room(writer, 0);
}

/* --- the order of members --------------------------------------------------------------------- */

static int compare_keys(const struct raw_json *json, raw_ref left, raw_ref right)
{
    const struct raw_node *left_key = &json->nodes[left - 1], *right_key = &json->nodes[right - 1];
    return raw_text_compare(raw_token(json, left_key), left_key->size, raw_token(json, right_key),
                            right_key->size, left_key->bits & right_key->bits & RAW_PLAIN);
}

/* Merges two sorted neighbours; equal keys stay in the order of the text. */
static void merge(const struct raw_json *json, const raw_ref *from, size_t middle, size_t end,
                  raw_ref *to)
{
    size_t left = 0, right = middle;
    for (size_t i = 0; i < end; i++) {
        bool take_left =
            left < middle && (right == end || compare_keys(json, from[left], from[right]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

static void sort_by_key(const struct raw_json *json, raw_ref *items, size_t count)
{
    AUTO_FREE raw_ref *scratch = xreallocarray(NULL, count, sizeof(*scratch));
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t left = count - start;
            size_t middle = left < width ? left : width;
            merge(json, items + start, middle, left < 2 * width ? left : 2 * width,
                  scratch + start);
        }
        memcpy(items, scratch, count * sizeof(*items));
    }
}

/* Of equal neighbours the last one stays (N-31). Returns how many are left. */
static size_t drop_duplicates(const struct raw_json *json, raw_ref *items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || compare_keys(json, items[i], items[i + 1]) != 0)
            items[kept++] = items[i];
    return kept;
}

/* Puts the members of an object in order behind what is in `sorted`. */
static void add_sorted(struct writer *writer, struct open_container *open)
{
    const struct raw_json *json = writer->json;
    size_t start = writer->sorted_count;
    bool is_ordered = true;
    for (raw_ref item = open->next; item; item = json->nodes[item].next) {
        if (writer->sorted_count == writer->sorted_capacity) {
            writer->sorted_capacity = writer->sorted_capacity * 2 + 32;
            writer->sorted =
                xreallocarray(writer->sorted, writer->sorted_capacity, sizeof(*writer->sorted));
        }
        writer->sorted[writer->sorted_count++] = item;
        is_ordered =
            is_ordered && (item == open->next ||
                           compare_keys(json, writer->sorted[writer->sorted_count - 2], item) < 0);
    }
    if (!is_ordered) {
        size_t count = writer->sorted_count - start;
        sort_by_key(json, writer->sorted + start, count);
        writer->sorted_count = start + drop_duplicates(json, writer->sorted + start, count);
    }
    open->sorted = start;
    open->sorted_size = writer->sorted_count - start;
}

/* --- containers ------------------------------------------------------------------------------- */

/* Whether the container's text is the canonical one at this level: what stands before its closing
 * bracket is its indentation. */
static bool is_as_written(const struct raw_json *json, const struct raw_node *node, size_t level)
{
    if (!(node->bits & RAW_CANONICAL) || !raw_json_is_untouched(json, node))
        return false;
    const char *before = json->text + node->start + node->size - 2;
    if (level + 3 > node->size)
        return false;
    for (size_t i = 0; i < level; i++)
        if (before[-(ptrdiff_t)i] != ' ')
            return false;
    return before[-(ptrdiff_t)level] == '\n';
}

static void put_open(struct writer *writer, raw_ref container)
{
    uint32_t bits = writer->json->nodes[container].bits;
    if (writer->depth == writer->open_capacity) {
        writer->open_capacity = writer->open_capacity * 2 + 16;
        writer->open = xreallocarray(writer->open, writer->open_capacity, sizeof(*writer->open));
    }
    struct open_container *open = &writer->open[writer->depth++];
    *open = (struct open_container){.next = raw_json_first(writer->json, container),
                                    .is_object = (bits & RAW_KIND) == RAW_OBJECT};
    if (open->is_object && !writer->is_compact && !(bits & RAW_ORDERED))
        add_sorted(writer, open);
    put(writer, open->is_object ? "{" : "[", 1);
}

/* A scalar, a container that is copied or empty; false: one that was opened instead. */
static inline bool put_value(struct writer *writer, raw_ref value)
{
    const struct raw_node *node = &writer->json->nodes[value];
    if (!raw_is_container(node)) {
        put_scalar(writer, node);
    } else if (raw_json_first(writer->json, value) == 0) {
        put(writer, (node->bits & RAW_KIND) == RAW_OBJECT ? "{}" : "[]", 2);
    } else if (!writer->is_compact &&
               is_as_written(writer->json, node, writer->level + writer->depth)) {
        put(writer, writer->json->text + node->start, node->size);
    } else {
        put_open(writer, value);
        return false;
    }
    return true;
}

static inline raw_ref next_item(struct writer *writer, struct open_container *open)
{
    if (open->sorted_size)
        return open->sorted < writer->sorted_count ? writer->sorted[open->sorted++] : 0;
    raw_ref item = open->next;
    if (item)
        open->next = writer->json->nodes[item].next;
    return item;
}

static void put_close(struct writer *writer)
{
    struct open_container *open = &writer->open[--writer->depth];
    writer->sorted_count -= open->sorted_size;
    if (!writer->is_compact)
        put_break(writer, writer->level + writer->depth, 1);
    put(writer, open->is_object ? "}" : "]", 1);
}

/* What stands before an item: comma, line, key. */
static inline void put_before(struct writer *writer, struct open_container *open, raw_ref item)
{
    if (open->has_items)
        put(writer, ",", 1);
    open->has_items = true;
    if (!writer->is_compact)
        put_break(writer, writer->level + writer->depth, 0);
    if (open->is_object) {
        put_scalar(writer, &writer->json->nodes[item - 1]);
        put(writer, ": ", writer->is_compact ? 1 : 2);
    }
}

static void write_tree(struct writer *writer, raw_ref value)
{
    take_room(writer, raw_json_is_untouched(writer->json, &writer->json->nodes[value])
                          ? writer->json->nodes[value].size
                          : 0);
    put_value(writer, value);
    while (writer->depth > 0) {
        struct open_container *open = &writer->open[writer->depth - 1];
        raw_ref item = next_item(writer, open);
        if (item) {
            put_before(writer, open, item);
            put_value(writer, item);
        } else {
            put_close(writer);
        }
    }
    give_back(writer);
    free(writer->open);
    free(writer->sorted);
}

static void write_value(const struct raw_json *json, raw_ref value, unsigned level, bool is_compact,
                        struct strbuf *buffer)
{
    AUTO_STRBUF unbounded = STRBUF_INIT;
    struct writer writer = {.json = json,
                            .buffer = buffer->max ? &unbounded : buffer,
                            .level = level,
                            .is_compact = is_compact};
    write_tree(&writer, value);
    if (buffer->max)
        strbuf_add(buffer, strbuf_text(&unbounded), unbounded.size);
}

void raw_json_write(const struct raw_json *json, raw_ref value, unsigned level,
                    struct strbuf *buffer)
{
    write_value(json, value, level, false, buffer);
}

void raw_json_write_compact(const struct raw_json *json, raw_ref value, struct strbuf *buffer)
{
    write_value(json, value, 0, true, buffer);
}

void raw_json_write_scalar(const struct raw_json *json, raw_ref value, struct strbuf *buffer)
{
    const struct raw_node *node = &json->nodes[value];
    uint32_t kind = node->bits & RAW_KIND;
    if (kind < RAW_NUMBER) {
        strbuf_add_text(buffer, kind == RAW_NULL ? "null" : kind == RAW_TRUE ? "true" : "false");
    } else if (!raw_is_container(node)) {
        const char *token = raw_token(json, node);
        if (node->bits & RAW_CANONICAL)
            strbuf_add(buffer, token, node->size);
        else if (kind == RAW_NUMBER)
            raw_number_write(token, node->size, buffer);
        else
            write_string_token(token, node->size, buffer);
    }
}
