/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope_reader: reads the tokens of a statement into a scope, one frame for each parenthesis
 * that is open. Private to sql_scope.
 */
#ifndef RSCN_MODEL_SQL_SCOPE_READER_H
#define RSCN_MODEL_SQL_SCOPE_READER_H

#include "model/sql_scope.h"

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

/* Reads all tokens, and calls `at_place` once, when the reader stands before scope->token. */
void sql_scope_reader_run(struct sql_scope *scope, void (*at_place)(const struct sql_reader *));

#endif
