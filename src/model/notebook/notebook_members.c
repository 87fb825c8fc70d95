/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_members: the members of an object as they are written. The one idea: most files are
 * sorted already, so the order is only looked at, and few objects have many members, so there is no
 * allocation.
 */
#include <stdlib.h>

#include "model/notebook/notebook_private.h"

const char *notebook_view(const struct raw_json *json, raw_ref string, size_t *ret_size,
                          char **ret_owned)
{
    size_t size;
    const char *bytes = raw_json_bytes(json, string, &size);
    *ret_owned = NULL;
    if (bytes && size >= 2 && bytes[0] == '"' && memchr(bytes + 1, '\\', size - 2) == NULL) {
        *ret_size = size - 2;
        return bytes + 1;
    }
    *ret_size = 0;
    *ret_owned = raw_json_text(json, string, ret_size);
    return *ret_owned ? *ret_owned : "";
}

static int compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

/* By key; of equal keys the one that stands later in the text comes later. */
static int compare_members(const void *a, const void *b)
{
    const struct notebook_member *left = a, *right = b;
    int order = compare_bytes(left->key, left->key_size, right->key, right->key_size);
    return order ? order : (left->value > right->value) - (left->value < right->value);
}

/* A place at `index`, everything after it moved up. */
static struct notebook_member *insert(struct notebook_members *members, size_t index)
{
    if (members->count == members->capacity) {
        size_t capacity = 2 * members->capacity;
        struct notebook_member *items = members->items == members->near ? NULL : members->items;
        items = xreallocarray(items, capacity, sizeof *items);
        if (members->items == members->near)
            memcpy(items, members->near, sizeof members->near);
        members->items = items;
        members->capacity = capacity;
    }
    struct notebook_member *place = &members->items[index];
    memmove(place + 1, place, (members->count - index) * sizeof *place);
    members->count++;
    memset(place, 0, sizeof *place);
    return place;
}

/* Of members with one key, which stand together, the last stays. */
static void drop_duplicates(struct notebook_members *members)
{
    size_t kept = 0;
    for (size_t i = 0; i < members->count; i++) {
        struct notebook_member *member = &members->items[i];
        if (i + 1 < members->count &&
            compare_bytes(member->key, member->key_size, member[1].key, member[1].key_size) == 0)
            free(member->owned);
        else
            members->items[kept++] = *member;
    }
    members->count = kept;
}

void notebook_members_sorted(const struct raw_json *json, raw_ref object,
                             struct notebook_members *ret_members)
{
    struct notebook_members *members = ret_members;
    bool sorted = true;
    members->items = members->near;
    members->capacity = NOTEBOOK_NEAR_MEMBERS;
    members->count = 0;
    if (object == 0 || raw_json_kind(json, object) != RAW_OBJECT)
        return;
    for (raw_ref value = raw_json_first(json, object); value; value = raw_json_next(json, value)) {
        struct notebook_member *member = insert(members, members->count);
        member->value = value;
        member->key =
            notebook_view(json, raw_json_key(json, value), &member->key_size, &member->owned);
        if (members->count > 1 &&
            compare_bytes(member[-1].key, member[-1].key_size, member->key, member->key_size) >= 0)
            sorted = false;
    }
    if (sorted)
        return;
    qsort(members->items, members->count, sizeof *members->items, compare_members);
    drop_duplicates(members);
}

void notebook_members_release(struct notebook_members *members)
{
    for (size_t i = 0; i < members->count; i++)
        free(members->items[i].owned);
    if (members->items != members->near)
        free(members->items);
    members->items = members->near;
    members->count = 0;
}

struct notebook_member *notebook_members_find(struct notebook_members *members, const char *key)
{
    for (size_t i = 0; i < members->count; i++)
        if (notebook_is(members->items[i].key, members->items[i].key_size, key))
            return &members->items[i];
    return NULL;
}

struct notebook_member *notebook_members_put(struct notebook_members *members, const char *key)
{
    size_t size = strlen(key), index = 0;
    int order = 1;
    while (index < members->count &&
           (order = compare_bytes(members->items[index].key, members->items[index].key_size, key,
                                  size)) < 0)
        index++;
    if (index < members->count && order == 0)
        return &members->items[index];
    struct notebook_member *member = insert(members, index);
    member->key = key;
    member->key_size = size;
    return member;
}

raw_ref notebook_members_remove(struct notebook_members *members, const char *key)
{
    struct notebook_member *member = notebook_members_find(members, key);
    if (!member)
        return 0;
    raw_ref value = member->value;
    free(member->owned);
    size_t index = (size_t)(member - members->items);
    memmove(member, member + 1, (members->count - index - 1) * sizeof *member);
    members->count--;
    return value;
}
