/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_json: JSON text read without losing anything, for notebook files (N-39, N-40).
 *
 * The tree points into the text: number tokens, escapes, key order, duplicate keys, NaN, Infinity
 * and lone surrogates are there as they were written. A tree can be changed; what is new in it
 * lives in the document. Nothing here recurses, so nesting costs memory and no stack.
 *
 * A value is a raw_ref, which is valid as long as its document. The functions that ask expect the
 * right kind where they say so and give 0, NULL or false for any other.
 */
#ifndef RSCN_MODEL_RAW_JSON_H
#define RSCN_MODEL_RAW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"

struct raw_json;
typedef uint32_t raw_ref; /* 0 = none */

enum raw_kind { RAW_NULL, RAW_FALSE, RAW_TRUE, RAW_NUMBER, RAW_STRING, RAW_ARRAY, RAW_OBJECT };

#define RAW_JSON_MAX_BYTES ((size_t)1 << 30)
#define RAW_JSON_MAX_DEPTH 10000
#define RAW_JSON_MOST_GROWTH 512

/* Parses one JSON value: RFC 8259 in UTF-8, and NaN, Infinity, -Infinity as Python has them (N-35).
 * Whitespace around it is allowed; a byte-order mark is not. `text` is borrowed until
 * raw_json_free. NULL with one line "line L, column C: what is wrong" (no control characters of the
 * text). Memory: 16 bytes per value and per key, so at most 8 bytes per byte of text (1.3 where
 * values are lines of 13 bytes), and 20 while it grows; besides some hundred bytes of its own. */
struct raw_json *raw_json_parse(const char *text, size_t size, struct error *error) NODISCARD;
/* Whether a canonical text of what was parsed would be little but indentation: more of it than
 * RAW_JSON_MOST_GROWTH times the text, gigabytes for a small file. Only what is nested deeper than
 * that can be so, and nbformat reads 494 levels (N-73). */
bool raw_json_is_steep(const struct raw_json *json);
/* An empty document whose root is null; values are made in it. */
struct raw_json *raw_json_new(void);
void raw_json_free(struct raw_json *json);

raw_ref raw_json_root(const struct raw_json *json);
void raw_json_set_root(struct raw_json *json, raw_ref value);

/* --- asking ----------------------------------------------------------------------------------- */

enum raw_kind raw_json_kind(const struct raw_json *json, raw_ref value);
/* The value's own bytes, from its first to its last character; for a value that was made or changed
 * NULL. Borrowed. */
const char *raw_json_bytes(const struct raw_json *json, raw_ref value, size_t *ret_size);
/* First element of an array or first member's value of an object, in the order of the text; the
 * next one in the same container. */
raw_ref raw_json_first(const struct raw_json *json, raw_ref container);
raw_ref raw_json_next(const struct raw_json *json, raw_ref value);
/* The key of a member's value, a RAW_STRING; 0 for an element and for the root. */
raw_ref raw_json_key(const struct raw_json *json, raw_ref value);
/* Elements, or members with duplicates counted. */
size_t raw_json_count(const struct raw_json *json, raw_ref container);
/* The member of this name; of duplicates the last one (N-31). */
raw_ref raw_json_member(const struct raw_json *json, raw_ref object, const char *name);
/* Whether it is a string with exactly this text. */
bool raw_json_is_text(const struct raw_json *json, raw_ref value, const char *text);
/* Appends what a string stands for, as UTF-8; U+0000 is a byte, a lone surrogate three bytes of its
 * own as in WTF-8 (N-38). False (nothing appended) when it is no string. */
bool raw_json_add_text(const struct raw_json *json, raw_ref value, struct strbuf *buffer);
/* A new string, NUL-terminated; NULL when it is no string. ret_size may be NULL. Caller frees. */
char *raw_json_text(const struct raw_json *json, raw_ref value, size_t *ret_size);
/* A number token that is an integer fitting int64_t. */
bool raw_json_integer(const struct raw_json *json, raw_ref value, int64_t *ret_number);

/* --- changing --------------------------------------------------------------------------------- */

raw_ref raw_json_new_null(struct raw_json *json);
raw_ref raw_json_new_integer(struct raw_json *json, int64_t number);
/* From UTF-8 (or WTF-8) bytes. */
raw_ref raw_json_new_string(struct raw_json *json, const char *bytes, size_t size);
raw_ref raw_json_new_array(struct raw_json *json);
raw_ref raw_json_new_object(struct raw_json *json);
/* A deep copy of a value of another document, which may be freed afterwards. */
raw_ref raw_json_copy(struct raw_json *json, const struct raw_json *from, raw_ref value);
/* The value must be new (raw_json_new_…, raw_json_copy) and in no container. */
void raw_json_append(struct raw_json *json, raw_ref array, raw_ref value);
/* Replaces the member of this name (all duplicates of it) or adds one at the end. */
void raw_json_set(struct raw_json *json, raw_ref object, const char *name, raw_ref value);
/* Removes all members of this name. */
void raw_json_remove(struct raw_json *json, raw_ref object, const char *name);

/* --- writing ---------------------------------------------------------------------------------- */

/* The canonical text of a scalar: strings with the escapes of N-21, a lone surrogate as \udxxx;
 * numbers as Python writes them (N-33). */
void raw_json_write_scalar(const struct raw_json *json, raw_ref value, struct strbuf *buffer);
/* The same of UTF-8 or WTF-8 bytes. */
void raw_json_write_string(const char *bytes, size_t size, struct strbuf *buffer);
/* The canonical text of any value (N-19, N-20): 1 space per level, keys sorted by their bytes, of
 * duplicates the last one. `level` is how deep the value stands. No newline at the end. */
void raw_json_write(const struct raw_json *json, raw_ref value, unsigned level,
                    struct strbuf *buffer);
/* One line, in the order of the text with its duplicates, scalars canonical: for JSON of our own
 * that quotes a notebook. */
void raw_json_write_compact(const struct raw_json *json, raw_ref value, struct strbuf *buffer);

#endif
