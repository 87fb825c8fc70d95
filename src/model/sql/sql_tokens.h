/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_tokens: a statement as a list of tokens: names without their quotes, keywords known, comments
 * and blanks left out. Pure, linear, and any bytes are welcome.
 */
#ifndef RSCN_MODEL_SQL_TOKENS_H
#define RSCN_MODEL_SQL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/sql/sql_words.h"

enum sql_token_kind {
    SQL_TOKEN_NONE,      /* before the first and after the last */
    SQL_TOKEN_WORD,      /* a bare word: name or keyword */
    SQL_TOKEN_QUOTED,    /* a name in "", `` or [] */
    SQL_TOKEN_PARAMETER, /* :x $x @x ?1 */
    SQL_TOKEN_NUMBER,
    SQL_TOKEN_STRING,
    SQL_TOKEN_SIGN, /* any other character */
    SQL_TOKEN_HOLE, /* the word that is being typed, unread */
};

struct sql_token {
    enum sql_token_kind kind;
    enum sql_word word; /* of a bare word that is a keyword */
    size_t start, end;  /* offsets in the code */
    char sign;          /* of a SQL_TOKEN_SIGN, else '\0' */
    const char
        *text; /* a name or string without its quotes, a word or parameter as it stands; "" */
};

struct sql_tokens {
    struct sql_token *list;
    size_t count;
    char *texts; /* what the tokens' texts lie in */
};

/*
 * Tokens of code[start..end). The word at [hole_start, hole_end) becomes one SQL_TOKEN_HOLE up to
 * the end of its name; hole_start == hole_end means that no word is being typed. A quote that opens
 * a hole is taken to end with its name, so that what stands behind it can be read.
 */
void sql_tokens_read(const char *code, size_t start, size_t end, size_t hole_start, size_t hole_end,
                     struct sql_tokens *ret_tokens);
void sql_tokens_release(struct sql_tokens *tokens);
/* The token, or one of kind SQL_TOKEN_NONE when there is none at the index. */
const struct sql_token *sql_tokens_at(const struct sql_tokens *tokens, size_t index);
/* A quoted name, or a word that may be one. */
bool sql_token_is_name(const struct sql_token *token);

#endif
