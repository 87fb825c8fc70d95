/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_matches: a list, and a hash table that keeps it free of doubles.
 */
#include "engine/look/sqlite_matches.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "engine/look/sqlite_catalog.h"

#define MATCHES_MAX 1000
#define SLOTS 4096         /* a power of two, more than twice MATCHES_MAX */
#define LOOSE_PREFIX_MIN 3 /* characters typed before names are searched within */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *sqlite_matches_key(const char *text)
{
    char *key = xstrdup(text);
    for (char *c = key; *c != '\0'; c++)
        *c = lower(*c);
    return key;
}

static bool has_prefix(const char *text, const char *prefix)
{
    for (; *prefix != '\0'; prefix++, text++) {
        if (lower(*text) != lower(*prefix))
            return false;
    }
    return true;
}

static bool fits(const struct sqlite_matches *matches, const char *text)
{
    if (has_prefix(text, matches->prefix))
        return true;
    for (; matches->is_loose && *text != '\0'; text++) {
        if (has_prefix(text, matches->prefix))
            return true;
    }
    return false;
}

void sqlite_matches_init(struct sqlite_matches *matches, const char *prefix, char quote,
                         bool is_lower)
{
    *matches = (struct sqlite_matches){
        .prefix = prefix,
        .quote = quote,
        .is_lower = is_lower,
        .slots = xcalloc(SLOTS, sizeof(size_t)),
    };
}

void sqlite_matches_release(struct sqlite_matches *matches)
{
    for (size_t i = 0; i < matches->count; i++) {
        free(matches->list[i].text);
        free(matches->list[i].signature);
    }
    free(matches->list);
    free(matches->slots);
    *matches = (struct sqlite_matches){.prefix = ""};
}

bool sqlite_matches_loosen(struct sqlite_matches *matches)
{
    matches->is_loose = strlen(matches->prefix) >= LOOSE_PREFIX_MIN;
    return matches->is_loose;
}

/* The slot of the text: empty, or with an equal one. */
static size_t *find_slot(const struct sqlite_matches *matches, const char *text)
{
    size_t hash = 5381;
    for (const char *c = text; *c != '\0'; c++)
        hash = hash * 33 + (unsigned char)lower(*c);
    size_t slot = hash & (SLOTS - 1);
    while (matches->slots[slot] != 0 &&
           strcasecmp(matches->list[matches->slots[slot] - 1].text, text) != 0)
        slot = (slot + 1) & (SLOTS - 1);
    return &matches->slots[slot];
}

/* Takes the text; `name` is what was compared with the prefix. */
static void take(struct sqlite_matches *matches, char *text, const char *name, const char *type,
                 const char *signature)
{
    size_t *slot = find_slot(matches, text);
    matches->is_full = matches->count >= MATCHES_MAX;
    if (*slot != 0 || matches->is_full) {
        free(text);
        return;
    }
    if (matches->count == matches->capacity) {
        matches->capacity = matches->capacity * 2 + 32;
        matches->list = xreallocarray(matches->list, matches->capacity, sizeof(*matches->list));
    }
    *slot = matches->count + 1;
    matches->list[matches->count] = (struct sqlite_match){
        .text = text,
        .type = type,
        .signature = xstrdup_or_null(signature),
        .rank = matches->rank,
        .is_other_case = strncmp(name, matches->prefix, strlen(matches->prefix)) != 0,
        .number = matches->count,
    };
    matches->count++;
}

void sqlite_matches_add(struct sqlite_matches *matches, const char *text, const char *type,
                        const char *signature)
{
    if (fits(matches, text))
        take(matches, xstrdup(text), text, type, signature);
}

void sqlite_matches_add_name(struct sqlite_matches *matches, const char *name, const char *type)
{
    char close = matches->quote == '[' ? ']' : matches->quote;
    if (name == NULL || !fits(matches, name))
        return;
    char *identifier = sqlite_catalog_identifier(name);
    if (matches->quote == '\0' || (matches->quote == '"' && identifier[0] == '"')) {
        take(matches, identifier, name, type, NULL);
        return;
    }
    free(identifier);
    if (strchr(name, close) == NULL)
        take(matches, xasprintf("%c%s%c", matches->quote, name, close), name, type, NULL);
}

void sqlite_matches_add_word(struct sqlite_matches *matches, const char *word, const char *type,
                             const char *signature, bool keeps_case)
{
    if (word == NULL || matches->quote != '\0' || !fits(matches, word))
        return;
    char *text = xstrdup(word);
    bool is_upper = !matches->is_lower && (!keeps_case || matches->prefix[0] != '\0');
    for (char *c = text; *c != '\0'; c++) {
        if (matches->is_lower)
            *c = lower(*c);
        else if (is_upper && *c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    take(matches, text, text, type, signature);
}

static int compare(const void *left, const void *right)
{
    const struct sqlite_match *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->is_other_case != b->is_other_case)
        return a->is_other_case ? 1 : -1;
    return a->number < b->number ? -1 : 1;
}

void sqlite_matches_give(struct sqlite_matches *matches, json_t *array)
{
    if (matches->count > 0)
        qsort(matches->list, matches->count, sizeof(*matches->list), compare);
    json_t *type = NULL;
    memset(matches->slots, 0, SLOTS * sizeof(*matches->slots));
    for (size_t i = 0; i < matches->count; i++) {
        const struct sqlite_match *match = &matches->list[i];
        json_t *object = json_object();
        json_object_set_new(object, "text", json_text(match->text, strlen(match->text)));
        /* Neighbours are mostly of one type, and share its text. */
        if (type == NULL || strcmp(json_string_value(type), match->type) != 0) {
            json_decref(type);
            type = json_string(match->type);
        }
        json_object_set(object, "type", type);
        if (match->signature != NULL)
            json_object_set_new(object, "signature", json_string(match->signature));
        json_array_append_new(array, object);
    }
    json_decref(type);
}
