/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: HMAC over the four JSON frames (J-21), constant-time check, and the bounded memory of
 * signatures already seen (replay).
 *
 * A signer is immutable and may be used by any thread; the memory of seen signatures belongs to one
 * thread.
 */
#ifndef RSCN_WIRE_SIGNATURE_H
#define RSCN_WIRE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/connection_file.h"

#define SIGNATURE_HEX_MAX 129

struct frame {
    const void *bytes;
    size_t size;
};

struct signer; /* key and scheme */
struct signer *signer_new(const void *key, size_t key_size, enum hash_scheme scheme);
void signer_free(struct signer *signer);
/* Length of its signatures in hex; 0 for an empty key. */
size_t signer_hex_size(const struct signer *signer);
/* Lower-case hex of the four frames in order; "" for an empty key. */
void signer_sign(const struct signer *signer, const struct frame frames[4],
                 char ret_hex[SIGNATURE_HEX_MAX]);
/* Constant time. False for a wrong length or upper-case hex; with an empty key true only for an
 * empty signature. */
bool signer_check(const struct signer *signer, const struct frame frames[4], const void *hex,
                  size_t size);

/* The last `capacity` (65,536 at most in the kernel) signatures, oldest forgotten first. */
struct seen_signatures;
struct seen_signatures *seen_signatures_new(size_t capacity);
void seen_signatures_free(struct seen_signatures *seen);
/* Remembers it; false when it was there already. */
bool seen_signatures_add(struct seen_signatures *seen, const void *hex, size_t size);

#endif
