/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_util: the few things that jansson does not offer.
 */
#ifndef RSCN_BASE_JSON_UTIL_H
#define RSCN_BASE_JSON_UTIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"

#define AUTO_JSON __attribute__((cleanup(json_util_release))) json_t
void json_util_release(json_t **json);

/* Parses a whole text (any JSON value; NUL in strings allowed, big integers become reals). NULL
 * with a one-line error. Caller decrefs. */
json_t *json_parse(const char *text, size_t size, struct error *error) NODISCARD;
/* Compact text in the order of insertion; a real number is the shortest text that reads back the
 * same (at most 17 digits). Never NULL; a NULL value is "null". Caller frees. */
char *json_format(const json_t *json);
/* The same, appended to a buffer. */
void json_add(struct strbuf *buffer, const json_t *json);
/* One JSON string from any bytes; what is no UTF-8 is replaced. */
void json_add_text(struct strbuf *buffer, const char *text, size_t size);
void json_add_integer(struct strbuf *buffer, int64_t number);
/* A string from bytes that may be invalid UTF-8 (U+FFFD then) or hold NUL. */
json_t *json_text(const char *text, size_t size);
/* NULL pointer becomes JSON null. */
json_t *json_text_or_null(const char *text);
/* Member of an object as text / boolean / integer, or the default when missing or of another type.
 * Borrowed. */
const char *json_member_text(const json_t *object, const char *key, const char *otherwise);
bool json_member_bool(const json_t *object, const char *key, bool otherwise);
json_int_t json_member_integer(const json_t *object, const char *key, json_int_t otherwise);

#endif
