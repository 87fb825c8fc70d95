/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: known answers, forgeries (J-21, J-24), and the memory of signatures against a plain
 * list.
 */
#include "wire/signature.h"

#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "base/memory.h"
#include "tap.h"

static struct frame frame_of(const char *text)
{
    return (struct frame){text, strlen(text)};
}

/* RFC 4231, test case 2, its text cut into four. */
static const char *const parts[4] = {"what do ya ", "want", "", " for nothing?"};
static const char sha256_answer[] =
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
static const char sha512_answer[] =
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";

static void fill_frames(struct frame frames[4])
{
    for (int i = 0; i < 4; i++)
        frames[i] = frame_of(parts[i]);
}

static void test_known_answers(void)
{
    struct signer *sha256 = signer_new("Jefe", 4, HASH_SHA256);
    struct signer *sha512 = signer_new("Jefe", 4, HASH_SHA512);
    struct frame frames[4];
    char hex[SIGNATURE_HEX_MAX];

    fill_frames(frames);
    signer_sign(sha256, frames, hex);
    is_str(hex, sha256_answer, "SHA-256 of RFC 4231");
    signer_sign(sha256, frames, hex);
    is_str(hex, sha256_answer, "a signer is not used up");
    signer_sign(sha512, frames, hex);
    is_str(hex, sha512_answer, "SHA-512 of RFC 4231");
    is_int(signer_hex_size(sha256), 64, "length of SHA-256");
    is_int(signer_hex_size(sha512), 128, "length of SHA-512");
    ok(signer_check(sha256, frames, sha256_answer, 64), "SHA-256 is checked");
    ok(signer_check(sha512, frames, sha512_answer, 128), "SHA-512 is checked");
    ok(!signer_check(sha512, frames, sha256_answer, 64), "the other scheme is refused");
    signer_free(sha256);
    signer_free(sha512);
    signer_free(NULL);
}

static void test_wrong_signatures(void)
{
    struct signer *signer = signer_new("Jefe", 4, HASH_SHA256);
    struct signer *other = signer_new("jefe", 4, HASH_SHA256);
    struct frame frames[4], swapped[4];
    char hex[66];
    int accepted = 0;

    fill_frames(frames);
    ok(!signer_check(other, frames, sha256_answer, 64), "a wrong key");
    ok(!signer_check(signer, frames, "", 0), "no signature");
    ok(!signer_check(signer, frames, sha256_answer, 63), "a signature cut short");
    snprintf(hex, sizeof(hex), "%s0", sha256_answer);
    ok(!signer_check(signer, frames, hex, 65), "a signature too long");
    snprintf(hex, sizeof(hex), "%s", sha256_answer);
    for (char *digit = hex; *digit != '\0'; digit++)
        if (*digit >= 'a')
            *digit = (char)(*digit - 'a' + 'A');
    ok(!signer_check(signer, frames, hex, 64), "upper-case hexadecimal");
    for (size_t i = 0; i < 64; i++) {
        snprintf(hex, sizeof(hex), "%s", sha256_answer);
        hex[i] = hex[i] == '0' ? '1' : '0';
        accepted += signer_check(signer, frames, hex, 64);
    }
    is_int(accepted, 0, "any one digit changed");
    memcpy(swapped, frames, sizeof(swapped));
    swapped[0] = frames[1];
    swapped[1] = frames[0];
    ok(!signer_check(signer, swapped, sha256_answer, 64), "frames swapped");
    signer_free(signer);
    signer_free(other);
}

static void test_every_bit(void)
{
    struct signer *signer = signer_new("key", 3, HASH_SHA256);
    char texts[4][40] = {"{\"msg_id\":\"a\"}", "{}", "{}", "{\"code\":\"select 1\"}"};
    struct frame frames[4];
    char hex[SIGNATURE_HEX_MAX];
    int accepted = 0;

    for (int i = 0; i < 4; i++)
        frames[i] = frame_of(texts[i]);
    signer_sign(signer, frames, hex);
    for (int i = 0; i < 4; i++) {
        for (size_t bit = 0; bit < 8 * frames[i].size; bit++) {
            texts[i][bit / 8] = (char)(texts[i][bit / 8] ^ (1 << bit % 8));
            accepted += signer_check(signer, frames, hex, 64);
            texts[i][bit / 8] = (char)(texts[i][bit / 8] ^ (1 << bit % 8));
        }
    }
    is_int(accepted, 0, "no message with one bit changed is accepted");
    ok(signer_check(signer, frames, hex, 64), "and the unchanged one is");
    signer_free(signer);
}

static void test_empty_key(void)
{
    struct signer *signer = signer_new("", 0, HASH_SHA256);
    struct frame frames[4];
    char hex[SIGNATURE_HEX_MAX];

    fill_frames(frames);
    signer_sign(signer, frames, hex);
    is_str(hex, "", "an empty key signs with nothing");
    is_int(signer_hex_size(signer), 0, "of length 0");
    ok(signer_check(signer, frames, "", 0), "nothing is accepted");
    ok(!signer_check(signer, frames, sha256_answer, 64), "a signature is not");
    signer_free(signer);
}

static void numbered_signature(unsigned number, char ret_hex[SHA256_HEX_SIZE])
{
    sha256_hex(&number, sizeof(number), ret_hex);
}

static void test_seen(void)
{
    struct seen_signatures *seen = seen_signatures_new(3);
    char hex[5][SHA256_HEX_SIZE];

    for (unsigned i = 0; i < 5; i++)
        numbered_signature(i, hex[i]);
    ok(seen_signatures_add(seen, hex[0], 64), "new");
    ok(!seen_signatures_add(seen, hex[0], 64), "seen");
    ok(seen_signatures_add(seen, hex[1], 64) && seen_signatures_add(seen, hex[2], 64), "full");
    ok(!seen_signatures_add(seen, hex[0], 64) && !seen_signatures_add(seen, hex[2], 64),
       "all are remembered");
    ok(seen_signatures_add(seen, hex[3], 64), "one more");
    ok(!seen_signatures_add(seen, hex[1], 64), "the second oldest is still there");
    ok(seen_signatures_add(seen, hex[0], 64), "the oldest was forgotten");
    seen_signatures_free(seen);
    seen_signatures_free(NULL);
}

/* The oldest goes first: number n is remembered exactly as long as fewer than `capacity` came after
 * it. */
static void test_seen_long_run(size_t capacity)
{
    struct seen_signatures *seen = seen_signatures_new(capacity);
    unsigned total = (unsigned)(5 * capacity + 7);
    int wrong = 0;

    for (unsigned i = 0; i < total; i++) {
        char hex[SHA256_HEX_SIZE];
        numbered_signature(i, hex);
        wrong += !seen_signatures_add(seen, hex, 64);
        numbered_signature(i >= capacity - 1 ? i - (unsigned)capacity + 1 : 0, hex);
        wrong += seen_signatures_add(seen, hex, 64);
    }
    is_int(wrong, 0, "%zu places: new ones are new, the last %zu are known", capacity, capacity);
    seen_signatures_free(seen);
}

int main(void)
{
    ident_init();
    test_known_answers();
    test_wrong_signatures();
    test_every_bit();
    test_empty_key();
    test_seen();
    test_seen_long_run(1);
    test_seen_long_run(2);
    test_seen_long_run(64);
    test_seen_long_run(1000);
    return done_testing();
}
