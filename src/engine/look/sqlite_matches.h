/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_matches: the candidates of one completion: which of the offered names fit what was typed,
 * how they are written, in which order they are given.
 */
#ifndef RSCN_ENGINE_SQLITE_MATCHES_H
#define RSCN_ENGINE_SQLITE_MATCHES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct sqlite_match {
    char *text;
    const char *type;
    char *signature; /* of a function, NULL = none */
    int rank;
    bool is_other_case; /* fits only when case does not count */
    size_t number;      /* in the order of adding */
};

struct sqlite_matches {
    const char *prefix; /* as typed, without an opening quote; borrowed */
    char quote;         /* opening quote that was typed, '\0' = none */
    bool is_lower;      /* keywords and functions in lower case */
    bool is_loose;      /* what holds the typed text anywhere fits */
    int rank;           /* of what is added now; the least comes first */
    bool is_full;       /* no more is taken */
    struct sqlite_match *list;
    size_t count, capacity;
    size_t *slots; /* hash table of list indexes + 1 */
    size_t slot_count;
};

void sqlite_matches_init(struct sqlite_matches *matches, const char *prefix, char quote,
                         bool is_lower);
void sqlite_matches_release(struct sqlite_matches *matches);
/* When nothing fits: from now on the typed text may stand anywhere in a name. False when that would
 * help nobody, because it is short. */
bool sqlite_matches_loosen(struct sqlite_matches *matches);

/* Adds a text as it is, if it fits and is not there yet (case ignored). */
void sqlite_matches_add(struct sqlite_matches *matches, const char *text, const char *type,
                        const char *signature);
/* Adds a name of the schema (NULL: nothing), quoted if it has to be or if the user began to quote.
 */
void sqlite_matches_add_name(struct sqlite_matches *matches, const char *name, const char *type);
/* Adds a keyword or function in the case the user writes; in its own when keeps_case and nothing
 * says otherwise. Nothing within a quote. */
void sqlite_matches_add_word(struct sqlite_matches *matches, const char *word, const char *type,
                             const char *signature, bool keeps_case);

/* Appends {text, type, signature?} objects, the best first. */
void sqlite_matches_give(struct sqlite_matches *matches, json_t *array);
/* The text in lower case (ASCII); caller frees. */
char *sqlite_matches_key(const char *text);

#endif
