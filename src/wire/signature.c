/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: HMAC over the four JSON frames (J-21), constant-time check, and the bounded memory of
 * signatures already seen (replay).
 *
 * The key is mixed in once, when the signer is made: each message starts from a copy of that state.
 */
#include "wire/signature.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SEEN_KEY_SIZE                                                                              \
    16 /* the first half of a SHA-256 signature: 128 bits are enough to tell two apart */

struct signer {
    bool unsigned_messages; /* empty key */
    enum hash_scheme scheme;
    union {
        crypto_auth_hmacsha256_state sha256;
        crypto_auth_hmacsha512_state sha512;
    } start;
};

struct signer *signer_new(const void *key, size_t key_size, enum hash_scheme scheme)
{
    struct signer *signer = xcalloc(1, sizeof(*signer));

    signer->unsigned_messages = key_size == 0;
    signer->scheme = scheme;
    if (signer->unsigned_messages)
        return signer;
    if (scheme == HASH_SHA512)
        crypto_auth_hmacsha512_init(&signer->start.sha512, key, key_size);
    else
        crypto_auth_hmacsha256_init(&signer->start.sha256, key, key_size);
    return signer;
}

void signer_free(struct signer *signer)
{
    if (signer == NULL)
        return;
    sodium_memzero(signer, sizeof(*signer));
    free(signer);
}

size_t signer_hex_size(const struct signer *signer)
{
    if (signer->unsigned_messages)
        return 0;
    return 2 * (signer->scheme == HASH_SHA512 ? (size_t)crypto_auth_hmacsha512_BYTES
                                              : (size_t)crypto_auth_hmacsha256_BYTES);
}

static void sign_sha256(const struct signer *signer, const struct frame frames[4], char *ret_hex)
{
    crypto_auth_hmacsha256_state state = signer->start.sha256;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];

    for (size_t i = 0; i < 4; i++)
        crypto_auth_hmacsha256_update(&state, frames[i].bytes, frames[i].size);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(ret_hex, SIGNATURE_HEX_MAX, mac, sizeof(mac));
}

static void sign_sha512(const struct signer *signer, const struct frame frames[4], char *ret_hex)
{
    crypto_auth_hmacsha512_state state = signer->start.sha512;
    unsigned char mac[crypto_auth_hmacsha512_BYTES];

    for (size_t i = 0; i < 4; i++)
        crypto_auth_hmacsha512_update(&state, frames[i].bytes, frames[i].size);
    crypto_auth_hmacsha512_final(&state, mac);
    sodium_bin2hex(ret_hex, SIGNATURE_HEX_MAX, mac, sizeof(mac));
}

void signer_sign(const struct signer *signer, const struct frame frames[4],
                 char ret_hex[SIGNATURE_HEX_MAX])
{
    if (signer->unsigned_messages)
        ret_hex[0] = '\0';
    else if (signer->scheme == HASH_SHA512)
        sign_sha512(signer, frames, ret_hex);
    else
        sign_sha256(signer, frames, ret_hex);
}

bool signer_check(const struct signer *signer, const struct frame frames[4], const void *hex,
                  size_t size)
{
    char expected[SIGNATURE_HEX_MAX];

    if (size != signer_hex_size(signer))
        return false;
    signer_sign(signer, frames, expected);
    return size == 0 || sodium_memcmp(expected, hex, size) == 0;
}

/*
 * The keys lie in a ring in the order of arrival; `slots` is a hash table with linear probing over
 * it, at most half full. A slot holds the place in the ring plus one, 0 = free.
 */
struct seen_signatures {
    size_t capacity, count, next;
    size_t mask; /* number of slots - 1 */
    uint32_t *slots;
    unsigned char (*ring)[SEEN_KEY_SIZE];
};

struct seen_signatures *seen_signatures_new(size_t capacity)
{
    struct seen_signatures *seen = xcalloc(1, sizeof(*seen));
    size_t slot_count = 2;

    if (capacity == 0)
        capacity = 1;
    while (slot_count < 2 * capacity)
        slot_count *= 2;
    seen->capacity = capacity;
    seen->mask = slot_count - 1;
    seen->slots = xcalloc(slot_count, sizeof(*seen->slots));
    seen->ring = xcalloc(capacity, sizeof(*seen->ring));
    return seen;
}

void seen_signatures_free(struct seen_signatures *seen)
{
    if (seen == NULL)
        return;
    free(seen->slots);
    free(seen->ring);
    free(seen);
}

/* Half a signature as bytes. What is no hexadecimal digit cannot get here past the check, and is
 * mixed in all the same. */
static void make_key(const unsigned char *hex, size_t size, unsigned char ret_key[SEEN_KEY_SIZE])
{
    memset(ret_key, 0, SEEN_KEY_SIZE);
    for (size_t i = 0; i < size && i < 2 * SEEN_KEY_SIZE; i++) {
        unsigned digit = (hex[i] & 15u) + (hex[i] >> 6) * 9u;
        ret_key[i / 2] = (unsigned char)(ret_key[i / 2] * 16u + digit);
    }
}

/* The key is the output of an HMAC: any eight bytes of it are as good as a hash. */
static size_t home_slot(const struct seen_signatures *seen, const unsigned char *key)
{
    uint64_t hash;

    memcpy(&hash, key, sizeof(hash));
    return (size_t)hash & seen->mask;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find_slot(const struct seen_signatures *seen, const unsigned char *key)
{
    size_t slot = home_slot(seen, key);

    while (seen->slots[slot] != 0 &&
           memcmp(seen->ring[seen->slots[slot] - 1], key, SEEN_KEY_SIZE) != 0)
        slot = (slot + 1) & seen->mask;
    return slot;
}

/* Removal from linear probing without tombstones: what follows moves up as long as that does not
 * bring it before its home. */
static void forget_slot(struct seen_signatures *seen, size_t hole)
{
    size_t slot = hole;

    for (;;) {
        size_t home;
        slot = (slot + 1) & seen->mask;
        if (seen->slots[slot] == 0)
            break;
        home = home_slot(seen, seen->ring[seen->slots[slot] - 1]);
        if (((slot - home) & seen->mask) < ((slot - hole) & seen->mask))
            continue;
        seen->slots[hole] = seen->slots[slot];
        hole = slot;
    }
    seen->slots[hole] = 0;
}

bool seen_signatures_add(struct seen_signatures *seen, const void *hex, size_t size)
{
    unsigned char key[SEEN_KEY_SIZE];

    make_key(hex, size, key);
    if (seen->slots[find_slot(seen, key)] != 0)
        return false;
    if (seen->count == seen->capacity)
        forget_slot(seen, find_slot(seen, seen->ring[seen->next]));
    else
        seen->count++;
    memcpy(seen->ring[seen->next], key, SEEN_KEY_SIZE);
    seen->slots[find_slot(seen, key)] = (uint32_t)seen->next + 1;
    seen->next = (seen->next + 1) % seen->capacity;
    return true;
}
