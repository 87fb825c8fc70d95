/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope_reader: reads the tokens of a statement into a scope, one frame for each parenthesis
 * that is open. Private to sql_scope.
 */
#ifndef RSCN_MODEL_SQL_SCOPE_READER_H
#define RSCN_MODEL_SQL_SCOPE_READER_H

#include "base/memory.h"
#include "model/sql/sql_scope.h"

enum sql_frame_kind {
    SQL_FRAME_STATEMENT,
    SQL_FRAME_QUERY,       /* (SELECT … */
    SQL_FRAME_EXPRESSION,  /* arguments, IN (…), grouping */
    SQL_FRAME_JOINS,       /* FROM (a JOIN b … */
    SQL_FRAME_COLUMNS,     /* names of columns that exist */
    SQL_FRAME_NAMES,       /* new names */
    SQL_FRAME_DEFINITIONS, /* CREATE TABLE t (… */
    SQL_FRAME_VALUE,       /* PRAGMA p (… */
    SQL_FRAME_SHUT,        /* nothing that could be known */
};

struct sql_frame {
    enum sql_frame_kind kind;
    enum sql_clause clause;
    size_t begin;         /* the token behind the parenthesis */
    size_t item;          /* where the present item of a list begins */
    size_t block;         /* the present one */
    size_t own_block;     /* of the INSERT, UPDATE or DELETE */
    size_t list;          /* block or common that takes the names of a list */
    size_t common;        /* the WITH query that is being read */
    bool is_fresh;        /* the block has no clause yet */
    bool has_commons;     /* some are seen in this frame alone */
    bool wants_source;    /* a table or subquery comes next */
    bool wants_common;    /* the name of a WITH query comes next */
    bool is_source;       /* what is in the parentheses is a source, an alias may follow */
    size_t source;        /* the last one, for its alias */
    enum sql_word object; /* CREATE, DROP: TABLE, VIEW, INDEX, TRIGGER */
};

struct sql_reader {
    struct sql_scope *scope;
    struct sql_frame *frames;
    size_t depth, capacity;
    size_t source_capacity, column_capacity, block_capacity, common_capacity;
    size_t start;    /* the statement's first token; of the present one in a trigger */
    size_t table_at; /* where the last table's name began */
    size_t trigger;  /* block of NEW and OLD, SQL_NOTHING outside */
    bool in_trigger; /* between its BEGIN and END */
};

/* Room for one more element of a list. */
#define SQL_READER_GROW(list, count, capacity)                                                     \
    do {                                                                                           \
        if ((count) == (capacity)) {                                                               \
            (capacity) = (capacity)*2 + 8;                                                         \
            (list) = xreallocarray((list), (capacity), sizeof(*(list)));                           \
        }                                                                                          \
    } while (0)

/* --- sql_scope_parts --- */

struct sql_frame *sql_reader_top(struct sql_reader *reader);
const struct sql_token *sql_reader_at(const struct sql_reader *reader, size_t index);
enum sql_word sql_reader_word(const struct sql_reader *reader, size_t index);
bool sql_reader_is_sign(const struct sql_reader *reader, size_t index, char sign);
/* Index of a new block. */
size_t sql_reader_add_block(struct sql_reader *reader, size_t parent);
/* SQL_NOTHING of SQL_NOTHING. */
size_t sql_reader_parent(const struct sql_reader *reader, size_t block);
/* Index of the source, which is the block's last one now. */
size_t sql_reader_add_source(struct sql_reader *reader, size_t block, struct sql_source source);
void sql_reader_add_column(struct sql_reader *reader, size_t *first, size_t *last,
                           struct sql_column column);
/* A new frame on top; pointers to others are invalid from now on. */
void sql_reader_push(struct sql_reader *reader, enum sql_frame_kind kind, size_t begin,
                     size_t block);
/* Keeps the result that ends before the token `end`, when the frame is in a list of results. */
void sql_reader_finish_item(struct sql_reader *reader, size_t end);
/* A clause begins at the token `index`. */
void sql_reader_enter(struct sql_reader *reader, enum sql_clause clause, size_t index);
/* Index behind `[AS] alias`, if it is there; `source` gets it. */
size_t sql_reader_read_alias(struct sql_reader *reader, size_t index, size_t source);
/* Reads `[schema.]name [alias]` into the block; the index behind it. A name that is being typed is
 * passed over. */
size_t sql_reader_read_table(struct sql_reader *reader, size_t index, size_t block);
/* The object of INSERT INTO, UPDATE, CREATE … ON, ALTER TABLE, with what may stand before it. */
size_t sql_reader_read_object(struct sql_reader *reader, size_t index);

/* --- sql_scope_reader --- */

/* Reads all tokens, and calls `at_place` once, when the reader stands before scope->token. */
void sql_scope_reader_run(struct sql_scope *scope, void (*at_place)(const struct sql_reader *));

#endif
