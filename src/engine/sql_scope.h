/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope: what the statement around a place in a cell says about names: which tables and aliases
 * are in it, and what kind of name is expected at the place.
 *
 * Reads tokens and a few words (FROM, JOIN, INTO, UPDATE, WITH …), not the grammar, so it works on
 * text that does not parse. Knows no database. Pure and bounded by the text.
 */
#ifndef RSCN_ENGINE_SQL_SCOPE_H
#define RSCN_ENGINE_SQL_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

enum sql_token_kind {
    SQL_TOKEN_WORD,      /* a bare word: name or keyword */
    SQL_TOKEN_QUOTED,    /* a name in "", `` or [] */
    SQL_TOKEN_PARAMETER, /* :x $x @x ?1 */
    SQL_TOKEN_LITERAL,   /* a number or a string */
    SQL_TOKEN_SIGN,      /* any other character */
};

struct sql_token {
    enum sql_token_kind kind;
    size_t start, end; /* offsets in the code */
    char *
        text; /* a name without its quotes, a word or parameter as it stands; else one sign or "" */
};

enum sql_place {
    SQL_PLACE_NONE,      /* inside a directive that takes no name */
    SQL_PLACE_START,     /* a statement begins */
    SQL_PLACE_ANY,       /* an expression, or anything */
    SQL_PLACE_TABLE,     /* a table or view */
    SQL_PLACE_MEMBER,    /* after `qualifier.` */
    SQL_PLACE_PRAGMA,    /* after PRAGMA */
    SQL_PLACE_PARAMETER, /* the name of a parameter, without a sigil */
};

struct sql_scope_table {
    const char *schema; /* NULL = not said */
    const char *name;
    const char *alias; /* NULL = none */
};
/* A common table expression; its columns are the tokens from first_column on, every second one. */
struct sql_scope_common {
    const char *name;
    size_t first_column, column_count;
};

struct sql_scope {
    struct sql_token *tokens; /* of the statement, comments left out */
    size_t token_count;
    struct sql_scope_table *tables;
    size_t table_count;
    struct sql_scope_common *commons;
    size_t common_count;
    enum sql_place place;
    const char *qualifier, *qualifier_schema; /* for SQL_PLACE_MEMBER */
    bool is_lower; /* the last keyword before the place is in lower case */
};

/* `word_start` is where the word at the place begins (sql_scan_word). Names belong to the scope. */
void sql_scope_read(const char *code, size_t size, size_t word_start, struct sql_scope *ret_scope);
void sql_scope_release(struct sql_scope *scope);
/* The table that a name or alias stands for, NULL if none of the statement. */
const struct sql_scope_table *sql_scope_find(const struct sql_scope *scope, const char *name);

#endif
