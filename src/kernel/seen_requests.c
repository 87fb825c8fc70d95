/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen_requests: two generations of a hash set. When the younger one is full it becomes the older
 * one, and what the older one held is forgotten: then no session is known whole.
 */
#include "kernel/seen_requests.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_CAPACITY 64
#define GENERATION_MAX (SEEN_REQUESTS_MAX / 2)
#define SESSIONS_MAX 16

/* Linear probing, at most half full; 0 is a free slot. */
struct hash_set {
    uint64_t *slots;
    size_t capacity, count;
};

struct seen_requests {
    struct hash_set younger, older;
    struct {
        char *name;
        bool is_whole;
    } sessions[SESSIONS_MAX]; /* ring */
    size_t session_count;
};

static uint64_t hash_text(const char *text, uint64_t salt)
{
    unsigned char key[crypto_shorthash_KEYBYTES] = {0};
    uint64_t hash;

    memcpy(key, &salt, sizeof(salt));
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)text, strlen(text), key);
    return hash ? hash : 1;
}

static bool set_has(const struct hash_set *set, uint64_t hash, size_t *ret_slot)
{
    size_t slot = set->capacity ? (size_t)hash & (set->capacity - 1) : 0;

    while (set->capacity && set->slots[slot] && set->slots[slot] != hash)
        slot = (slot + 1) & (set->capacity - 1);
    *ret_slot = slot;
    return set->capacity && set->slots[slot];
}

static void set_grow(struct hash_set *set)
{
    struct hash_set grown = {.capacity = set->capacity ? set->capacity * 2 : FIRST_CAPACITY};
    size_t slot;

    grown.slots = xcalloc(grown.capacity, sizeof(*grown.slots));
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] && !set_has(&grown, set->slots[i], &slot)) {
            grown.slots[slot] = set->slots[i];
            grown.count++;
        }
    }
    free(set->slots);
    *set = grown;
}

static void set_add(struct hash_set *set, uint64_t hash)
{
    size_t slot;

    if (2 * (set->count + 1) > set->capacity)
        set_grow(set);
    if (set_has(set, hash, &slot))
        return;
    set->slots[slot] = hash;
    set->count++;
}

struct seen_requests *seen_requests_new(void)
{
    return xcalloc(1, sizeof(struct seen_requests));
}

void seen_requests_free(struct seen_requests *seen)
{
    if (!seen)
        return;
    seen_requests_forget_sessions(seen);
    free(seen->younger.slots);
    free(seen->older.slots);
    free(seen);
}

void seen_requests_forget_sessions(struct seen_requests *seen)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        free(seen->sessions[i].name);
        seen->sessions[i].name = NULL;
    }
}

bool seen_requests_add(struct seen_requests *seen, const char *session, const char *msg_id)
{
    uint64_t hash = hash_text(msg_id, hash_text(session, 0));
    size_t slot;

    if (set_has(&seen->younger, hash, &slot) || set_has(&seen->older, hash, &slot))
        return true;
    if (seen->younger.count == GENERATION_MAX) {
        for (size_t i = 0; i < SESSIONS_MAX && seen->older.count; i++)
            seen->sessions[i].is_whole = false;
        free(seen->older.slots);
        seen->older = seen->younger;
        seen->younger = (struct hash_set){0};
    }
    set_add(&seen->younger, hash);
    return false;
}

enum session_knowledge seen_requests_session(const struct seen_requests *seen, const char *session)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (seen->sessions[i].name && strcmp(seen->sessions[i].name, session) == 0)
            return seen->sessions[i].is_whole ? SESSION_WHOLE : SESSION_PARTIAL;
    return SESSION_UNKNOWN;
}

void seen_requests_set_session(struct seen_requests *seen, const char *session, bool is_whole)
{
    size_t place = seen->session_count++ % SESSIONS_MAX;

    free(seen->sessions[place].name);
    seen->sessions[place].name = xstrdup(session);
    seen->sessions[place].is_whole = is_whole;
}
