/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json: asking and changing the tree.
 *
 * The idea: what was parsed keeps its nodes for ever. A container that is changed trades its place
 * in the text for links to its first and last child, and notes where it stood, so that whatever
 * contains it is known to have changed too.
 */
#include "model/notebook/raw_json_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void raw_json_grow(struct raw_json *json, size_t wanted)
{
    assert(wanted <= UINT32_MAX);
    size_t capacity = json->capacity + json->capacity / 2;
    if (capacity < wanted)
        capacity = wanted;
    json->nodes = xreallocarray(json->nodes, capacity, sizeof(*json->nodes));
    json->capacity = capacity;
}

struct raw_json *raw_json_new(void)
{
    struct raw_json *json = xcalloc(1, sizeof(*json));
    raw_json_grow(json, 16);
    json->nodes[0] = (struct raw_node){0};
    json->count = 1;
    json->root = raw_json_new_null(json);
    return json;
}

void raw_json_free(struct raw_json *json)
{
    if (!json)
        return;
    free(json->nodes);
    free(json->changed);
    strbuf_release(&json->own);
    free(json);
}

bool raw_json_is_steep(const struct raw_json *json)
{
    return json->is_steep;
}

raw_ref raw_json_root(const struct raw_json *json)
{
    return json->root;
}

void raw_json_set_root(struct raw_json *json, raw_ref value)
{
    json->root = value;
}

/* --- asking ----------------------------------------------------------------------------------- */

enum raw_kind raw_json_kind(const struct raw_json *json, raw_ref value)
{
    return (enum raw_kind)(json->nodes[value].bits & RAW_KIND);
}

/* Where in `changed` the first start is that is not below `start`. */
static size_t find_changed(const struct raw_json *json, uint32_t start)
{
    size_t low = 0, high = json->changed_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (json->changed[middle] < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool raw_json_is_untouched(const struct raw_json *json, const struct raw_node *node)
{
    if (node->bits & RAW_OWN)
        return false;
    if (json->changed_count == 0)
        return true;
    size_t found = find_changed(json, node->start);
    return found == json->changed_count || json->changed[found] - node->start >= node->size;
}

const char *raw_json_bytes(const struct raw_json *json, raw_ref value, size_t *ret_size)
{
    const struct raw_node *node = &json->nodes[value];
    if (value == 0 || !raw_json_is_untouched(json, node)) {
        *ret_size = 0;
        return NULL;
    }
    *ret_size = node->size;
    return json->text + node->start;
}

raw_ref raw_json_first(const struct raw_json *json, raw_ref container)
{
    const struct raw_node *node = &json->nodes[container];
    if (!raw_is_container(node))
        return 0;
    if (node->bits & RAW_OWN)
        return node->start;
    if (node->bits >> RAW_COUNT_SHIFT == 0)
        return 0;
    return container + ((node->bits & RAW_KIND) == RAW_OBJECT ? 2 : 1);
}

raw_ref raw_json_next(const struct raw_json *json, raw_ref value)
{
    return json->nodes[value].next;
}

raw_ref raw_json_key(const struct raw_json *json, raw_ref value)
{
    return json->nodes[value].bits & RAW_KEYED ? value - 1 : 0;
}

size_t raw_json_count(const struct raw_json *json, raw_ref container)
{
    if (!raw_is_container(&json->nodes[container]))
        return 0;
    size_t count = json->nodes[container].bits >> RAW_COUNT_SHIFT;
    if (count < RAW_COUNT_MAX)
        return count;
    count = 0;
    for (raw_ref item = raw_json_first(json, container); item; item = raw_json_next(json, item))
        count++;
    return count;
}

/* Whether a string's node stands for exactly these bytes. */
static bool is_text(const struct raw_json *json, const struct raw_node *node, const char *text,
                    size_t size)
{
    const char *token = raw_token(json, node) + 1;
    size_t token_size = node->size - 2;
    if (node->bits & RAW_PLAIN)
        return token_size == size && memcmp(token, text, size) == 0;
    if (token_size <= size) /* an escape is longer than what it stands for */
        return false;
    AUTO_STRBUF decoded = STRBUF_INIT;
    raw_text_decode(token, token_size, &decoded);
    return decoded.size == size && memcmp(decoded.text, text, size) == 0;
}

raw_ref raw_json_member(const struct raw_json *json, raw_ref object, const char *name)
{
    const struct raw_node *node = &json->nodes[object];
    size_t size = strlen(name);
    raw_ref found = 0;
    if ((node->bits & RAW_KIND) != RAW_OBJECT)
        return 0;
    for (raw_ref item = raw_json_first(json, object); item; item = json->nodes[item].next) {
        if (!is_text(json, &json->nodes[item - 1], name, size))
            continue;
        found = item;
        if (node->bits & RAW_ORDERED) /* no duplicates */
            break;
    }
    return found;
}

bool raw_json_is_text(const struct raw_json *json, raw_ref value, const char *text)
{
    const struct raw_node *node = &json->nodes[value];
    return (node->bits & RAW_KIND) == RAW_STRING && is_text(json, node, text, strlen(text));
}

bool raw_json_add_text(const struct raw_json *json, raw_ref value, struct strbuf *buffer)
{
    const struct raw_node *node = &json->nodes[value];
    if ((node->bits & RAW_KIND) != RAW_STRING)
        return false;
    const char *token = raw_token(json, node) + 1;
    if (node->bits & RAW_PLAIN)
        strbuf_add(buffer, token, node->size - 2);
    else
        raw_text_decode(token, node->size - 2, buffer);
    return true;
}

char *raw_json_text(const struct raw_json *json, raw_ref value, size_t *ret_size)
{
    AUTO_STRBUF buffer = STRBUF_INIT;
    bool is_string = raw_json_add_text(json, value, &buffer);
    if (ret_size)
        *ret_size = buffer.size;
    return is_string ? strbuf_take(&buffer) : NULL;
}

bool raw_json_integer(const struct raw_json *json, raw_ref value, int64_t *ret_number)
{
    const struct raw_node *node = &json->nodes[value];
    if ((node->bits & RAW_KIND) != RAW_NUMBER || !(node->bits & RAW_PLAIN))
        return false;
    const char *at = raw_token(json, node), *end = at + node->size;
    bool is_negative = *at == '-';
    uint64_t most = (uint64_t)INT64_MAX + is_negative, number = 0;
    for (at += is_negative; at < end; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = is_negative && number ? -(int64_t)(number - 1) - 1 : (int64_t)number;
    return true;
}

/* --- changing --------------------------------------------------------------------------------- */

/* A node for a new value, with room before it for its key if it may become a member. */
static raw_ref new_node(struct raw_json *json, uint32_t bits, bool with_key)
{
    if (json->capacity - json->count < 2)
        raw_json_grow(json, json->count + 2);
    if (with_key)
        json->nodes[json->count++] = (struct raw_node){.bits = RAW_NULL};
    json->nodes[json->count] = (struct raw_node){.bits = bits | RAW_OWN};
    return (raw_ref)json->count++;
}

/* Begins a token in `own`; returns its start for end_token. */
static size_t begin_token(struct raw_json *json)
{
    strbuf_add_repeated(&json->own, ' ', -json->own.size % RAW_OWN_UNIT);
    return json->own.size;
}

static void end_token(struct raw_json *json, struct raw_node *node, size_t start)
{
    size_t size = json->own.size - start;
    assert(start / RAW_OWN_UNIT <= UINT32_MAX && size <= UINT32_MAX);
    node->start = (uint32_t)(start / RAW_OWN_UNIT);
    node->size = (uint32_t)size;
}

raw_ref raw_json_new_null(struct raw_json *json)
{
    return new_node(json, RAW_NULL | RAW_CANONICAL, true);
}

raw_ref raw_json_new_integer(struct raw_json *json, int64_t number)
{
    raw_ref value = new_node(json, RAW_NUMBER | RAW_PLAIN | RAW_CANONICAL, true);
    size_t start = begin_token(json);
    strbuf_addf(&json->own, "%" PRId64, number);
    end_token(json, &json->nodes[value], start);
    return value;
}

/* Makes the node a string. */
static void set_string(struct raw_json *json, raw_ref value, const char *bytes, size_t size)
{
    struct raw_node *node = &json->nodes[value];
    size_t start = begin_token(json);
    raw_json_write_string(bytes, size, &json->own);
    end_token(json, node, start);
    bool plain = !memchr(json->own.text + start, '\\', node->size);
    node->bits = RAW_STRING | RAW_OWN | RAW_CANONICAL | (plain ? RAW_PLAIN : 0);
}

raw_ref raw_json_new_string(struct raw_json *json, const char *bytes, size_t size)
{
    raw_ref value = new_node(json, RAW_STRING, true);
    set_string(json, value, bytes, size);
    return value;
}

raw_ref raw_json_new_array(struct raw_json *json)
{
    return new_node(json, RAW_ARRAY, true);
}

raw_ref raw_json_new_object(struct raw_json *json)
{
    return new_node(json, RAW_OBJECT, true);
}

/* Makes a container of the text one that can be changed. */
static void make_own(struct raw_json *json, raw_ref container)
{
    struct raw_node *node = &json->nodes[container];
    if (node->bits & RAW_OWN)
        return;
    if (json->changed_count == json->changed_capacity) {
        json->changed_capacity = json->changed_capacity * 2 + 16;
        json->changed =
            xreallocarray(json->changed, json->changed_capacity, sizeof(*json->changed));
    }
    size_t place = find_changed(json, node->start);
    memmove(json->changed + place + 1, json->changed + place,
            (json->changed_count - place) * sizeof(*json->changed));
    json->changed[place] = node->start;
    json->changed_count++;
    raw_ref first = raw_json_first(json, container), last = first;
    while (last && json->nodes[last].next)
        last = json->nodes[last].next;
    node->start = first;
    node->size = last;
    node->bits = (node->bits | RAW_OWN) & ~(uint32_t)RAW_CANONICAL;
}

/* The count in the node's flags; one that is too large for them stays and is counted anew. */
static void step_count(struct raw_node *node, bool up)
{
    if (node->bits >> RAW_COUNT_SHIFT < RAW_COUNT_MAX)
        node->bits += up ? 1u << RAW_COUNT_SHIFT : -(1u << RAW_COUNT_SHIFT);
}

/* Puts an item between two of a container that is RAW_OWN; 0 = at its end. */
static void link_item(struct raw_json *json, raw_ref container, raw_ref before, raw_ref item,
                      raw_ref after)
{
    struct raw_node *node = &json->nodes[container];
    if (before)
        json->nodes[before].next = item;
    else
        node->start = item;
    json->nodes[item].next = after;
    if (!after)
        node->size = item;
    step_count(node, true);
}

static void unlink_item(struct raw_json *json, raw_ref container, raw_ref before, raw_ref item)
{
    struct raw_node *node = &json->nodes[container];
    raw_ref after = json->nodes[item].next;
    if (before)
        json->nodes[before].next = after;
    else
        node->start = after;
    if (!after)
        node->size = before;
    json->nodes[item].next = 0;
    step_count(node, false);
}

void raw_json_append(struct raw_json *json, raw_ref array, raw_ref value)
{
    assert(raw_json_kind(json, array) == RAW_ARRAY && !raw_json_key(json, value));
    make_own(json, array);
    link_item(json, array, json->nodes[array].size, value, 0);
}

/* Takes all members of this name out; the one before the first of them is where a new one goes. */
static bool take_out(struct raw_json *json, raw_ref object, const char *name, raw_ref *ret_before)
{
    size_t size = strlen(name);
    raw_ref before = 0;
    bool found = false;
    for (raw_ref item = raw_json_first(json, object), next; item; item = next) {
        next = json->nodes[item].next;
        if (!is_text(json, &json->nodes[item - 1], name, size)) {
            before = item;
            continue;
        }
        if (!found)
            *ret_before = before;
        found = true;
        unlink_item(json, object, before, item);
    }
    return found;
}

void raw_json_set(struct raw_json *json, raw_ref object, const char *name, raw_ref value)
{
    struct raw_node *node = &json->nodes[value];
    /* Only new values have a place for a key. */
    assert(raw_json_kind(json, object) == RAW_OBJECT && (node->bits & RAW_OWN));
    make_own(json, object);
    raw_ref before = 0;
    if (!take_out(json, object, name, &before))
        before = json->nodes[object].size;
    node->bits |= RAW_KEYED;
    set_string(json, value - 1, name, strlen(name));
    json->nodes[object].bits &= ~(uint32_t)RAW_ORDERED;
    link_item(json, object, before, value,
              before ? json->nodes[before].next : json->nodes[object].start);
}

void raw_json_remove(struct raw_json *json, raw_ref object, const char *name)
{
    if (!raw_json_member(json, object, name))
        return;
    raw_ref before;
    make_own(json, object);
    take_out(json, object, name, &before);
}

/* --- copying ---------------------------------------------------------------------------------- */

/* A copy of the node alone: a scalar with its token, an empty container. */
static raw_ref copy_node(struct raw_json *json, const struct raw_json *from, raw_ref value,
                         bool with_key)
{
    static const uint32_t scalar_bits = RAW_KIND | RAW_CANONICAL | RAW_PLAIN;
    uint32_t bits = from->nodes[value].bits;
    if (raw_is_container(&from->nodes[value]))
        return new_node(json, bits & (RAW_KIND | RAW_ORDERED), with_key);
    raw_ref copy = new_node(json, bits & scalar_bits, with_key);
    if ((bits & RAW_KIND) >= RAW_NUMBER) {
        size_t size = from->nodes[value].size;
        size_t start = begin_token(json);
        strbuf_reserve(&json->own, size); /* `from` may be the same document */
        strbuf_add(&json->own, raw_token(from, &from->nodes[value]), size);
        end_token(json, &json->nodes[copy], start);
    }
    return copy;
}

struct copy_level {
    raw_ref next;      /* to be copied */
    raw_ref container; /* that it goes into */
};

raw_ref raw_json_copy(struct raw_json *json, const struct raw_json *from, raw_ref value)
{
    AUTO_FREE struct copy_level *levels = NULL;
    size_t depth = 0, capacity = 0;
    raw_ref root = copy_node(json, from, value, true);
    raw_ref next = raw_json_first(from, value), container = root;
    for (;;) {
        if (next == 0 && depth == 0)
            return root;
        if (next == 0) {
            depth--;
            next = levels[depth].next;
            container = levels[depth].container;
            continue;
        }
        raw_ref item = next;
        bool is_member = from->nodes[item].bits & RAW_KEYED;
        raw_ref key = is_member ? copy_node(json, from, item - 1, false) : 0;
        raw_ref copy = copy_node(json, from, item, false);
        if (key)
            json->nodes[copy].bits |= RAW_KEYED;
        link_item(json, container, json->nodes[container].size, copy, 0);
        next = from->nodes[item].next;
        raw_ref inside = raw_json_first(from, item);
        if (inside == 0)
            continue;
        if (depth == capacity) {
            capacity = capacity * 2 + 16;
            levels = xreallocarray(levels, capacity, sizeof(*levels));
        }
        levels[depth++] = (struct copy_level){next, container};
        next = inside;
        container = copy;
    }
}
