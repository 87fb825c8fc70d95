/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_scope: what the statement around a place in a cell says about names: which kind of name is
 * expected there, and which tables, subqueries and columns can be seen from it.
 *
 * Reads the words that begin a clause and the parentheses, not the grammar, so it works on text
 * that does not parse yet. Knows no database. Pure, bounded by the text, linear in it.
 */
#ifndef RSCN_MODEL_SQL_SCOPE_H
#define RSCN_MODEL_SQL_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/sql/sql_tokens.h"

#define SQL_NOTHING ((size_t)-1) /* no block, no source, no column … */

enum sql_place {
    SQL_PLACE_NONE,    /* a new name, or nothing that could be known */
    SQL_PLACE_START,   /* a statement begins */
    SQL_PLACE_QUERY,   /* SELECT, VALUES or WITH begins a query in parentheses or after AS */
    SQL_PLACE_SOURCE,  /* what stands after FROM and JOIN: tables, queries with a name, functions */
    SQL_PLACE_TABLE,   /* a table or view alone */
    SQL_PLACE_OBJECT,  /* a view, index or trigger, as `object` says */
    SQL_PLACE_SCHEMA,  /* an attached database */
    SQL_PLACE_COLUMN,  /* a column of the block's tables, and nothing else */
    SQL_PLACE_OPERAND, /* an expression begins or goes on after an operator */
    SQL_PLACE_OPERATOR,  /* after an operand, a table or a complete clause: keywords */
    SQL_PLACE_TYPE,      /* the type of a column */
    SQL_PLACE_COLLATION, /* after COLLATE */
    SQL_PLACE_MEMBER,    /* after `qualifier.` */
    SQL_PLACE_PRAGMA,    /* after PRAGMA or PRAGMA schema. */
    SQL_PLACE_VALUE,     /* after PRAGMA `pragma` = or ( */
};

enum sql_clause {
    SQL_CLAUSE_NONE,
    SQL_CLAUSE_WITH,
    SQL_CLAUSE_SELECT,
    SQL_CLAUSE_FROM,
    SQL_CLAUSE_ON,
    SQL_CLAUSE_USING,
    SQL_CLAUSE_WHERE,
    SQL_CLAUSE_GROUP,
    SQL_CLAUSE_HAVING,
    SQL_CLAUSE_WINDOW,
    SQL_CLAUSE_ORDER,
    SQL_CLAUSE_LIMIT,
    SQL_CLAUSE_VALUES,
    SQL_CLAUSE_INTO,
    SQL_CLAUSE_CONFLICT,
    SQL_CLAUSE_UPDATE,
    SQL_CLAUSE_SET,
    SQL_CLAUSE_RETURNING,
    SQL_CLAUSE_CREATE,     /* CREATE … up to its name, and what has no clause of its own */
    SQL_CLAUSE_DEFINITION, /* of a column */
    SQL_CLAUSE_TRIGGER,
    SQL_CLAUSE_ALTER,
    SQL_CLAUSE_DROP,
    SQL_CLAUSE_PRAGMA,
    SQL_CLAUSE_OTHER,
};

/* A column that is named in the statement: a result of a query, a column of a WITH or CREATE. */
struct sql_column {
    const char *name;      /* NULL: an expression without a name, or is_star */
    const char *qualifier; /* of `t.*`, else NULL */
    bool is_star;
    size_t next; /* of the same list */
};

/* A table, or what stands for one, in a FROM clause or as the object of a statement. */
struct sql_source {
    const char *schema; /* NULL = not said */
    const char *name;   /* NULL = a subquery */
    const char *alias;  /* NULL = none */
    size_t token;       /* where it stands, for sql_scope_common */
    size_t body;        /* block of the subquery, or SQL_NOTHING */
    bool is_call;       /* a table function: name(…) */
    bool is_by_name;    /* only seen as alias.column: NEW, OLD, excluded */
    bool is_shut;       /* not seen in expressions: the table of a trigger */
    size_t next;        /* of the same block */
};

/* One SELECT, or the statement itself. */
struct sql_block {
    size_t parent; /* whose sources are seen from within, or SQL_NOTHING */
    size_t first_source, last_source;
    size_t first_column, last_column; /* results */
    size_t before;                    /* the SELECT before this one's UNION, or SQL_NOTHING */
};

/* A query with a name (WITH). */
struct sql_common {
    const char *name;
    size_t first_column, last_column; /* the list behind its name */
    size_t body;
    size_t begin, end; /* tokens from which it is seen */
};

struct sql_scope {
    struct sql_tokens tokens; /* of the statement */
    struct sql_source *sources;
    struct sql_column *columns;
    struct sql_block *blocks;
    struct sql_common *commons;
    size_t source_count, column_count, block_count, common_count;

    /* The place. */
    enum sql_place place;
    enum sql_clause clause;
    size_t token; /* index of the token that stands there, or would */
    size_t block;
    enum sql_word object;                     /* for SQL_PLACE_OBJECT */
    const char *qualifier, *qualifier_schema; /* for SQL_PLACE_MEMBER */
    bool is_source;                           /* MEMBER stands where a source is expected */
    const char *pragma, *pragma_schema;       /* for SQL_PLACE_VALUE */
    bool is_lower;     /* the keyword before the place, or the first behind it, is in lower case */
    bool is_directive; /* on a % line: nothing of this is set */
};

/*
 * The word at the place is code[word_start..cursor) (sql_scan_word), and is left out when
 * hides_word: it is still being typed. Names belong to the scope.
 */
void sql_scope_read(const char *code, size_t size, size_t word_start, size_t cursor,
                    bool hides_word, struct sql_scope *ret_scope);
/* Whether the offset is on a line that is a directive, which is then code[*ret_start..*ret_end). */
bool sql_scope_directive(const char *code, size_t size, size_t offset, size_t *ret_start,
                         size_t *ret_end);
void sql_scope_release(struct sql_scope *scope);
/* The source that a name or alias stands for at the place, innermost first; NULL if none. */
const struct sql_source *sql_scope_find(const struct sql_scope *scope, const char *name);
/* The WITH query that a name without schema means at a token; NULL if none. */
const struct sql_common *sql_scope_common(const struct sql_scope *scope, const char *name,
                                          size_t token);

#endif
