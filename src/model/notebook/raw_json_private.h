/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json_private: what the parts of raw_json share: the tree and the text of its strings.
 *
 * The idea: the tree is one array of 16-byte nodes in the order of the text, a member's key
 * directly before its value, and a raw_ref is an index into it. Most links follow from the order:
 * the first child is the next node. While parsing, whatever is already written as we would write it
 * is marked, so that writing it again is copying bytes.
 */
#ifndef RSCN_MODEL_RAW_JSON_PRIVATE_H
#define RSCN_MODEL_RAW_JSON_PRIVATE_H

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "model/notebook/raw_json.h"

enum {
    RAW_KIND = 7,
    /* A scalar whose token is in `own`; a container that was made or changed. */
    RAW_OWN = 1 << 3,
    RAW_KEYED = 1 << 4, /* the node before it is its key */
    /* The token, or all of the container's text, is what the writer would write; for a container at
     * the level where it stood. */
    RAW_CANONICAL = 1 << 5,
    RAW_PLAIN = 1 << 6,   /* a string without escapes; an integer */
    RAW_ORDERED = 1 << 6, /* an object whose keys ascend, without a duplicate */
    RAW_COUNT_SHIFT = 8,
};
#define RAW_COUNT_MAX (UINT32_MAX >> RAW_COUNT_SHIFT)
#define RAW_OWN_UNIT 8 /* tokens in `own` begin at multiples of it: 32 GiB of them can be named */

struct raw_node {
    uint32_t start; /* of the token: offset in the text, or in units of `own`. RAW_OWN container:
                       first child */
    uint32_t size;  /* of the token in bytes. RAW_OWN container: last child */
    uint32_t next;  /* sibling, 0 = none. While a container is parsed: the one around it */
    uint32_t bits;  /* kind and the flags above; containers: count, at most RAW_COUNT_MAX */
};

struct raw_json {
    const char *text;
    size_t size;
    bool is_steep;          /* raw_json_is_steep */
    struct raw_node *nodes; /* the first is none */
    size_t count, capacity;
    raw_ref root;
    struct strbuf own; /* tokens of what was made */
    uint32_t *changed; /* ascending starts of the containers of the text that were changed */
    size_t changed_count, changed_capacity;
};

static inline const char *raw_token(const struct raw_json *json, const struct raw_node *node)
{
    return node->bits & RAW_OWN ? json->own.text + (size_t)node->start * RAW_OWN_UNIT
                                : json->text + node->start;
}

static inline bool raw_is_container(const struct raw_node *node)
{
    return (node->bits & RAW_KIND) >= RAW_ARRAY;
}

/* The tree's memory grows to hold `wanted` nodes or more. */
void raw_json_grow(struct raw_json *json, size_t wanted);
/* Whether a container of the text is still what its text says, down to the leaves. */
bool raw_json_is_untouched(const struct raw_json *json, const struct raw_node *node);

/* --- strings: raw_json_text.c ------------------------------------------------------------------
 */

static inline bool raw_text_is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

#ifdef __SSE2__
static inline const char *raw_text_skip_blocks(const char *at, const char *end)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(0x20);
    for (; end - at >= 16; at += 16) {
        __m128i block;
        memcpy(&block, at, sizeof(block));
        /* Signed: what is not ASCII is below the space too. */
        __m128i special = _mm_or_si128(
            _mm_cmplt_epi8(block, space),
            _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        int mask = _mm_movemask_epi8(special);
        if (mask)
            return at + __builtin_ctz((unsigned)mask);
    }
    return at;
}
#else
#define RAW_EVERY_BYTE(value) (0x0101010101010101u * (value))

static inline const char *raw_text_skip_blocks(const char *at, const char *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t block;
        memcpy(&block, at, sizeof(block));
        /* A byte below n borrows from its top bit; the rest of the term needs bytes below 0x80. */
        uint64_t quote = block ^ RAW_EVERY_BYTE('"');
        uint64_t backslash = block ^ RAW_EVERY_BYTE('\\');
        uint64_t special = (block - RAW_EVERY_BYTE(0x20)) | (quote - RAW_EVERY_BYTE(1)) |
                           (backslash - RAW_EVERY_BYTE(1)) | block;
        if (special & RAW_EVERY_BYTE(0x80))
            return at; /* somewhere in these 8 */
    }
    return at;
}
#endif

/* The first byte from `at` that is no plain character of a string: quote, backslash, below 0x20 or
 * not ASCII; `end` if there is none. */
static inline const char *raw_text_skip_plain(const char *at, const char *end)
{
    at = raw_text_skip_blocks(at, end);
    while (at < end && raw_text_is_plain((unsigned char)*at))
        at++;
    return at;
}

static inline bool raw_text_is_tail(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Bytes of the character that begins with a byte of 0x80 or more; 0 = invalid UTF-8. */
static inline size_t raw_text_character(const char *at, const char *end)
{
    unsigned char first = (unsigned char)at[0];
    size_t left = (size_t)(end - at);
    if (first < 0xc2 || left < 2 || !raw_text_is_tail(at[1]))
        return 0;
    unsigned char second = (unsigned char)at[1];
    if (first < 0xe0)
        return 2;
    if (left < 3 || !raw_text_is_tail(at[2]))
        return 0;
    if (first < 0xf0) /* neither overlong nor a surrogate */
        return (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ? 0 : 3;
    if (left < 4 || !raw_text_is_tail(at[3]))
        return 0;
    return first > 0xf4 || (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90)
               ? 0
               : 4;
}

/* The character of 0x80 or more that is valid and goes from `at` to `end`. */
unsigned raw_text_code_point(const char *at, const char *end);
/* Value of the four hexadecimal digits at `at`, -1 if they are none. */
int raw_text_hex(const char *at);
/* Appends what a valid token without its quotes stands for, as WTF-8. */
void raw_text_decode(const char *token, size_t size, struct strbuf *buffer);
/* Order of what two tokens with quotes stand for, by code point; `plain`: neither has an escape. */
int raw_text_compare(const char *left, size_t left_size, const char *right, size_t right_size,
                     bool plain);

/* --- numbers: raw_json_number.c ----------------------------------------------------------------
 */

/* Where the parts of a real number's valid token are. */
struct raw_real {
    const char *whole;    /* behind the sign */
    const char *point;    /* = exponent when there is none */
    const char *exponent; /* its letter; = end when there is none */
    const char *end;
};

/* Whether Python would write it just like this; false if not sure. */
bool raw_number_is_canonical(const struct raw_real *real);
/* Appends any valid number token as Python writes it. */
void raw_number_write(const char *token, size_t size, struct strbuf *buffer);

#endif
