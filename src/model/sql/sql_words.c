/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_words: a sorted table, searched by halves.
 */
#include "model/sql/sql_words.h"

#include <string.h>

#define WORD_MAX 17 /* CURRENT_TIMESTAMP */

static const struct {
    char text[WORD_MAX + 1];
    bool is_name;
} words[SQL_WORD_COUNT] = {
    {"", false},
#define SQL_WORD_ROW(word, is_name) {#word, is_name},
    SQL_WORDS(SQL_WORD_ROW)
#undef SQL_WORD_ROW
};

enum sql_word sql_word_find(const char *text, size_t size)
{
    char upper[WORD_MAX + 1];
    if (size == 0 || size > WORD_MAX)
        return SQL_WORD_NONE;
    for (size_t i = 0; i < size; i++)
        upper[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    upper[size] = '\0';
    size_t low = 1, high = SQL_WORD_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(upper, words[middle].text);
        if (order == 0)
            return (enum sql_word)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return SQL_WORD_NONE;
}

const char *sql_word_text(enum sql_word word)
{
    return word < SQL_WORD_COUNT ? words[word].text : "";
}

bool sql_word_is_name(enum sql_word word)
{
    return word < SQL_WORD_COUNT && words[word].is_name;
}
