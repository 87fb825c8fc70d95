/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ident: ids and hashes.
 */
#ifndef RSCN_BASE_IDENT_H
#define RSCN_BASE_IDENT_H

#include <stdbool.h>
#include <stddef.h>

#define ULID_SIZE 27 /* with the NUL */
#define UUID_SIZE 37
#define SHA256_HEX_SIZE 65

/* libsodium's start; call once from main before any other function of this header. Aborts if it
 * fails. */
void ident_init(void);
/* A new ULID: 26 characters Crockford base 32, increasing inside one process also within a
 * millisecond. Safe from any thread. */
void ulid_new(char ret_ulid[ULID_SIZE]);
/* A random version 4 UUID in lower case. */
void uuid_new(char ret_uuid[UUID_SIZE]);
/* SHA-256 of the bytes as 64 lower-case hex characters (D-4). */
void sha256_hex(const void *bytes, size_t size, char ret_hex[SHA256_HEX_SIZE]);
/* SipHash-2-4 with a key that is no secret: finds damage in files, ten times as fast as SHA-256,
 * and nobody who wants to deceive. */
void damage_checksum(const void *bytes, size_t size, unsigned char ret_checksum[8]);

#endif
