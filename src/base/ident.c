/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ident: ULIDs, UUIDs and SHA-256, on libsodium.
 */
#include "base/ident.h"

#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timestamp.h"

#define RANDOM_SIZE 10 /* 80 bits */

/* The last ULID, so that the next one is greater. A forked child starts anew: it would repeat its
 * parent's otherwise. */
static struct {
    pthread_mutex_t mutex;
    pid_t process;
    uint64_t milliseconds;
    unsigned char random[RANDOM_SIZE];
} last_ulid = {.mutex = PTHREAD_MUTEX_INITIALIZER};

void ident_init(void)
{
    if (sodium_init() < 0)
        abort();
}

/* Adds 1 to the big-endian number; false when it overflowed. */
static bool increment(unsigned char number[RANDOM_SIZE])
{
    for (size_t i = RANDOM_SIZE; i-- > 0;) {
        if (++number[i] != 0)
            return true;
    }
    return false;
}

static void ulid_encode(uint64_t milliseconds, const unsigned char random[RANDOM_SIZE],
                        char ret_ulid[ULID_SIZE])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (size_t i = 10; i-- > 0;) {
        ret_ulid[i] = alphabet[milliseconds & 31];
        milliseconds >>= 5;
    }
    /* 5 bytes are 8 characters. */
    for (size_t half = 0; half < 2; half++) {
        uint64_t bits = 0;
        for (size_t i = 0; i < 5; i++)
            bits = bits << 8 | random[half * 5 + i];
        for (size_t i = 8; i-- > 0;) {
            ret_ulid[10 + half * 8 + i] = alphabet[bits & 31];
            bits >>= 5;
        }
    }
    ret_ulid[ULID_SIZE - 1] = '\0';
}

void ulid_new(char ret_ulid[ULID_SIZE])
{
    timestamp_us now = timestamp_now();
    uint64_t milliseconds = now > 0 ? (uint64_t)now / 1000 : 0;
    pthread_mutex_lock(&last_ulid.mutex);
    pid_t process = getpid();
    if (last_ulid.process != process || milliseconds > last_ulid.milliseconds) {
        last_ulid.process = process;
        last_ulid.milliseconds = milliseconds;
        randombytes_buf(last_ulid.random, RANDOM_SIZE);
    } else if (!increment(last_ulid.random)) {
        /* Also after a clock that went back (K-12): the id stays increasing, its time is the last
         * one seen. */
        last_ulid.milliseconds++;
        randombytes_buf(last_ulid.random, RANDOM_SIZE);
    }
    ulid_encode(last_ulid.milliseconds, last_ulid.random, ret_ulid);
    pthread_mutex_unlock(&last_ulid.mutex);
}

void uuid_new(char ret_uuid[UUID_SIZE])
{
    unsigned char bytes[16];
    char hex[33];
    randombytes_buf(bytes, sizeof(bytes));
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes));
    size_t used = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            ret_uuid[used++] = '-';
        ret_uuid[used++] = hex[i];
    }
    ret_uuid[used] = '\0';
}

void sha256_hex(const void *bytes, size_t size, char ret_hex[SHA256_HEX_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, bytes, size);
    sodium_bin2hex(ret_hex, SHA256_HEX_SIZE, hash, sizeof(hash));
}

void damage_checksum(const void *bytes, size_t size, unsigned char ret_checksum[8])
{
    static const unsigned char no_key[crypto_shorthash_KEYBYTES];
    crypto_shorthash(ret_checksum, bytes, size, no_key);
}
