/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql_keywords: tables by keyword, by clause and by place.
 */
#include "engine/look/sql_keywords.h"

static const char *const syntaxes[SQL_WORD_COUNT] = {
    [SQL_WORD_ABORT] = "INSERT OR ABORT …: a conflict undoes the statement, not the transaction",
    [SQL_WORD_ADD] = "ALTER TABLE t ADD [COLUMN] name type …",
    [SQL_WORD_ALL] = "SELECT ALL …; SELECT … UNION ALL SELECT …",
    [SQL_WORD_ALTER] = "ALTER TABLE t RENAME TO name | RENAME [COLUMN] c TO name | ADD [COLUMN] c "
                       "type … | DROP [COLUMN] c",
    [SQL_WORD_ANALYZE] =
        "ANALYZE [schema | table | index]: collects statistics for the planner in sqlite_stat1",
    [SQL_WORD_AND] = "x AND y; x BETWEEN a AND b",
    [SQL_WORD_AS] = "expression AS name; table AS alias; CREATE … AS SELECT …; CAST (x AS type)",
    [SQL_WORD_ASC] = "ORDER BY x ASC: the least first, as without it",
    [SQL_WORD_ATTACH] = "ATTACH [DATABASE] 'file' AS schema",
    [SQL_WORD_AUTOINCREMENT] = "c INTEGER PRIMARY KEY AUTOINCREMENT: a rowid is never used again",
    [SQL_WORD_BEGIN] = "BEGIN [DEFERRED | IMMEDIATE | EXCLUSIVE] [TRANSACTION]",
    [SQL_WORD_BETWEEN] = "x [NOT] BETWEEN a AND b: both ends belong to it",
    [SQL_WORD_BY] = "GROUP BY x, …; ORDER BY x, …; PARTITION BY x, …",
    [SQL_WORD_CASCADE] = "ON DELETE CASCADE: rows that refer to a deleted one are deleted too",
    [SQL_WORD_CASE] = "CASE [x] WHEN y THEN z … [ELSE w] END",
    [SQL_WORD_CAST] = "CAST (x AS type)",
    [SQL_WORD_CHECK] = "CHECK (expression): rows for which it is false are refused",
    [SQL_WORD_COLLATE] = "x COLLATE BINARY | NOCASE | RTRIM",
    [SQL_WORD_COLUMN] = "ALTER TABLE t ADD COLUMN c type; RENAME COLUMN c TO d; DROP COLUMN c",
    [SQL_WORD_COMMIT] = "COMMIT [TRANSACTION]",
    [SQL_WORD_CONFLICT] = "INSERT … ON CONFLICT (column, …) DO NOTHING | DO UPDATE SET …; ON "
                          "CONFLICT ABORT in a constraint",
    [SQL_WORD_CONSTRAINT] = "CONSTRAINT name PRIMARY KEY | UNIQUE | CHECK | FOREIGN KEY …",
    [SQL_WORD_CREATE] =
        "CREATE TABLE | VIEW | INDEX | TRIGGER | VIRTUAL TABLE [IF NOT EXISTS] name …",
    [SQL_WORD_CROSS] = "a CROSS JOIN b: every row with every row, in this order",
    [SQL_WORD_DEFAULT] =
        "c type DEFAULT value | DEFAULT (expression); INSERT INTO t DEFAULT VALUES",
    [SQL_WORD_DELETE] = "DELETE FROM t [WHERE …] [RETURNING …]",
    [SQL_WORD_DESC] = "ORDER BY x DESC: the greatest first",
    [SQL_WORD_DETACH] = "DETACH [DATABASE] schema",
    [SQL_WORD_DISTINCT] =
        "SELECT DISTINCT …: equal rows once; count(DISTINCT x); x IS [NOT] DISTINCT FROM y",
    [SQL_WORD_DO] = "ON CONFLICT (…) DO NOTHING | DO UPDATE SET …",
    [SQL_WORD_DROP] = "DROP TABLE | VIEW | INDEX | TRIGGER [IF EXISTS] name",
    [SQL_WORD_ELSE] = "CASE WHEN x THEN y ELSE z END",
    [SQL_WORD_END] = "CASE … END; in CREATE TRIGGER the end of its statements; COMMIT",
    [SQL_WORD_ESCAPE] = "x LIKE pattern ESCAPE character",
    [SQL_WORD_EXCEPT] = "SELECT … EXCEPT SELECT …: rows of the first that are not in the second",
    [SQL_WORD_EXISTS] = "[NOT] EXISTS (SELECT …); IF [NOT] EXISTS",
    [SQL_WORD_EXPLAIN] = "EXPLAIN QUERY PLAN statement; EXPLAIN statement shows its program",
    [SQL_WORD_FILTER] = "aggregate(x) FILTER (WHERE …) [OVER …]",
    [SQL_WORD_FOREIGN] = "FOREIGN KEY (c, …) REFERENCES t (c, …) [ON DELETE …] [ON UPDATE …]",
    [SQL_WORD_FROM] =
        "FROM table [AS alias] [JOIN …], …; a table, view, (SELECT …) or table function",
    [SQL_WORD_FULL] = "a FULL JOIN b ON …: rows without a partner of both sides too",
    [SQL_WORD_GENERATED] = "c type GENERATED ALWAYS AS (expression) STORED | VIRTUAL",
    [SQL_WORD_GLOB] = "x [NOT] GLOB pattern: * any text, ? one character, […] one of; case counts",
    [SQL_WORD_GROUP] = "GROUP BY x, … [HAVING …]",
    [SQL_WORD_HAVING] = "GROUP BY x HAVING condition on the group",
    [SQL_WORD_IF] = "CREATE … IF NOT EXISTS name; DROP … IF EXISTS name",
    [SQL_WORD_IGNORE] = "INSERT OR IGNORE …: rows with a conflict are left out",
    [SQL_WORD_IN] = "x [NOT] IN (a, b, …) | IN (SELECT …) | IN table",
    [SQL_WORD_INDEX] = "CREATE [UNIQUE] INDEX [IF NOT EXISTS] name ON t (c, …) [WHERE …]",
    [SQL_WORD_INDEXED] = "FROM t INDEXED BY index | NOT INDEXED",
    [SQL_WORD_INNER] = "a INNER JOIN b ON …: the same as JOIN",
    [SQL_WORD_INSERT] = "INSERT [OR REPLACE | IGNORE …] INTO t [(c, …)] VALUES (…), … | SELECT … "
                        "[ON CONFLICT …] [RETURNING …]",
    [SQL_WORD_INTERSECT] = "SELECT … INTERSECT SELECT …: rows that are in both",
    [SQL_WORD_INTO] = "INSERT INTO t …; VACUUM INTO 'file'",
    [SQL_WORD_IS] = "x IS [NOT] y: as = and <>, but NULL IS NULL is true; x IS [NOT] NULL",
    [SQL_WORD_ISNULL] = "x ISNULL: the same as x IS NULL",
    [SQL_WORD_JOIN] = "a [LEFT | RIGHT | FULL | CROSS] JOIN b ON condition | USING (c, …)",
    [SQL_WORD_KEY] = "PRIMARY KEY (c, …); FOREIGN KEY (c, …) REFERENCES …",
    [SQL_WORD_LEFT] = "a LEFT JOIN b ON …: rows of a without a partner too, with NULL",
    [SQL_WORD_LIKE] =
        "x [NOT] LIKE pattern [ESCAPE c]: % any text, _ one character; ASCII case does not count",
    [SQL_WORD_LIMIT] = "LIMIT rows [OFFSET rows to skip]",
    [SQL_WORD_MATCH] = "x MATCH query: full-text search",
    [SQL_WORD_MATERIALIZED] = "WITH c AS [NOT] MATERIALIZED (SELECT …)",
    [SQL_WORD_NATURAL] = "a NATURAL JOIN b: on all columns that have the same name",
    [SQL_WORD_NOT] = "NOT x; x NOT IN, NOT LIKE, NOT BETWEEN, NOT NULL",
    [SQL_WORD_NOTNULL] = "x NOTNULL: the same as x IS NOT NULL",
    [SQL_WORD_NULL] = "the missing value; x = NULL is never true: x IS NULL",
    [SQL_WORD_NULLS] = "ORDER BY x NULLS FIRST | NULLS LAST",
    [SQL_WORD_OFFSET] = "LIMIT n OFFSET rows to skip",
    [SQL_WORD_ON] = "JOIN t ON condition; CREATE INDEX i ON t (…); ON CONFLICT …; ON DELETE …",
    [SQL_WORD_OR] = "x OR y; INSERT OR REPLACE | IGNORE | ABORT | FAIL | ROLLBACK",
    [SQL_WORD_ORDER] = "ORDER BY x [COLLATE c] [ASC | DESC] [NULLS FIRST | LAST], …",
    [SQL_WORD_OVER] = "f(…) OVER ([PARTITION BY x, …] [ORDER BY y, …] [ROWS | RANGE | GROUPS "
                      "BETWEEN … AND …]) | OVER window",
    [SQL_WORD_PARTITION] = "OVER (PARTITION BY x, …)",
    [SQL_WORD_PRAGMA] = "PRAGMA [schema.]name | name = value | name(argument)",
    [SQL_WORD_PRIMARY] = "c INTEGER PRIMARY KEY; PRIMARY KEY (c, …)",
    [SQL_WORD_RAISE] = "RAISE (IGNORE) | RAISE (ABORT | FAIL | ROLLBACK, 'message'), in a trigger",
    [SQL_WORD_RANGE] = "RANGE BETWEEN x PRECEDING AND y FOLLOWING: frame by the value of ORDER BY",
    [SQL_WORD_RECURSIVE] =
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10) SELECT …",
    [SQL_WORD_REFERENCES] =
        "c type REFERENCES t (c) [ON DELETE CASCADE | SET NULL | RESTRICT …] [DEFERRABLE …]",
    [SQL_WORD_REGEXP] =
        "x REGEXP pattern: needs a function regexp, which SQLite does not have by itself",
    [SQL_WORD_REINDEX] = "REINDEX [collation | table | index]",
    [SQL_WORD_RELEASE] = "RELEASE [SAVEPOINT] name",
    [SQL_WORD_RENAME] = "ALTER TABLE t RENAME TO name | RENAME [COLUMN] c TO name",
    [SQL_WORD_REPLACE] = "REPLACE INTO t …: INSERT that deletes rows with the same key first",
    [SQL_WORD_RETURNING] = "INSERT | UPDATE | DELETE … RETURNING expression, …",
    [SQL_WORD_RIGHT] = "a RIGHT JOIN b ON …: rows of b without a partner too",
    [SQL_WORD_ROLLBACK] = "ROLLBACK [TRANSACTION] [TO [SAVEPOINT] name]",
    [SQL_WORD_ROWS] = "ROWS BETWEEN n PRECEDING AND m FOLLOWING: frame by rows",
    [SQL_WORD_SAVEPOINT] = "SAVEPOINT name; ROLLBACK TO name; RELEASE name",
    [SQL_WORD_SELECT] = "SELECT [DISTINCT] x [AS name], … FROM … [WHERE …] [GROUP BY …] [HAVING …] "
                        "[ORDER BY …] [LIMIT …]",
    [SQL_WORD_SET] = "UPDATE t SET c = x, (d, e) = (SELECT …) …",
    [SQL_WORD_TABLE] = "CREATE [TEMP] TABLE [IF NOT EXISTS] t (c type constraints, …) [STRICT] "
                       "[WITHOUT ROWID] | AS SELECT …",
    [SQL_WORD_TEMP] = "CREATE TEMP TABLE | VIEW | TRIGGER …: gone when the connection is closed",
    [SQL_WORD_TEMPORARY] =
        "CREATE TEMPORARY TABLE | VIEW | TRIGGER …: gone when the connection is closed",
    [SQL_WORD_THEN] = "CASE WHEN x THEN y … END",
    [SQL_WORD_TO] = "RENAME TO name; ROLLBACK TO savepoint",
    [SQL_WORD_TRANSACTION] = "BEGIN | COMMIT | ROLLBACK TRANSACTION",
    [SQL_WORD_TRIGGER] = "CREATE TRIGGER name BEFORE | AFTER | INSTEAD OF DELETE | INSERT | UPDATE "
                         "[OF c, …] ON t [WHEN …] BEGIN …; END",
    [SQL_WORD_UNION] = "SELECT … UNION [ALL] SELECT …: rows of both; without ALL equal ones once",
    [SQL_WORD_UNIQUE] = "UNIQUE (c, …); CREATE UNIQUE INDEX …",
    [SQL_WORD_UPDATE] = "UPDATE [OR …] t SET c = x, … [FROM …] [WHERE …] [RETURNING …]",
    [SQL_WORD_USING] =
        "JOIN t USING (c, …): on columns of the same name; CREATE VIRTUAL TABLE t USING module (…)",
    [SQL_WORD_VACUUM] = "VACUUM [schema] [INTO 'file']: writes the database anew, without gaps",
    [SQL_WORD_VALUES] = "VALUES (x, …), …; the columns are column1, column2 …",
    [SQL_WORD_VIEW] = "CREATE [TEMP] VIEW [IF NOT EXISTS] v [(c, …)] AS SELECT …",
    [SQL_WORD_VIRTUAL] = "CREATE VIRTUAL TABLE t USING module (…); GENERATED ALWAYS AS (…) VIRTUAL",
    [SQL_WORD_WHEN] = "CASE WHEN x THEN y … END; CREATE TRIGGER … WHEN condition",
    [SQL_WORD_WHERE] = "WHERE condition: the rows for which it is true",
    [SQL_WORD_WINDOW] = "SELECT … WINDOW w AS (PARTITION BY … ORDER BY …)",
    [SQL_WORD_WITH] =
        "WITH [RECURSIVE] name [(c, …)] AS (SELECT …), … SELECT | INSERT | UPDATE | DELETE …",
    [SQL_WORD_WITHOUT] = "CREATE TABLE t (…) WITHOUT ROWID",
};

/* What can follow a keyword that leaves little choice. */
static const char *const followers[SQL_WORD_COUNT] = {
    [SQL_WORD_ADD] = "COLUMN",
    [SQL_WORD_AFTER] = "INSERT UPDATE DELETE",
    [SQL_WORD_ALTER] = "TABLE",
    [SQL_WORD_BEFORE] = "INSERT UPDATE DELETE",
    [SQL_WORD_BEGIN] = "IMMEDIATE EXCLUSIVE DEFERRED TRANSACTION",
    [SQL_WORD_COMMIT] = "TRANSACTION",
    [SQL_WORD_CREATE] = "TABLE VIEW INDEX TRIGGER UNIQUE TEMP TEMPORARY VIRTUAL",
    [SQL_WORD_CROSS] = "JOIN",
    [SQL_WORD_DEFERRABLE] = "INITIALLY",
    [SQL_WORD_DELETE] = "FROM",
    [SQL_WORD_DETACH] = "DATABASE",
    [SQL_WORD_DO] = "NOTHING UPDATE",
    [SQL_WORD_EACH] = "ROW",
    [SQL_WORD_EXPLAIN] = "QUERY SELECT INSERT UPDATE DELETE WITH",
    [SQL_WORD_FOR] = "EACH",
    [SQL_WORD_FOREIGN] = "KEY",
    [SQL_WORD_FULL] = "JOIN OUTER",
    [SQL_WORD_GENERATED] = "ALWAYS",
    [SQL_WORD_GROUP] = "BY",
    [SQL_WORD_IF] = "NOT EXISTS",
    [SQL_WORD_INDEXED] = "BY",
    [SQL_WORD_INITIALLY] = "DEFERRED IMMEDIATE",
    [SQL_WORD_INNER] = "JOIN",
    [SQL_WORD_INSERT] = "INTO OR",
    [SQL_WORD_INSTEAD] = "OF",
    [SQL_WORD_LEFT] = "JOIN OUTER",
    [SQL_WORD_NATURAL] = "JOIN LEFT INNER CROSS RIGHT FULL",
    [SQL_WORD_NULLS] = "FIRST LAST",
    [SQL_WORD_ORDER] = "BY",
    [SQL_WORD_OUTER] = "JOIN",
    [SQL_WORD_PARTITION] = "BY",
    [SQL_WORD_PLAN] = "SELECT INSERT UPDATE DELETE WITH",
    [SQL_WORD_PRIMARY] = "KEY",
    [SQL_WORD_QUERY] = "PLAN",
    [SQL_WORD_RENAME] = "TO COLUMN",
    [SQL_WORD_RIGHT] = "JOIN OUTER",
    [SQL_WORD_ROLLBACK] = "TO TRANSACTION",
    [SQL_WORD_TEMP] = "TABLE VIEW TRIGGER",
    [SQL_WORD_TEMPORARY] = "TABLE VIEW TRIGGER",
    [SQL_WORD_UNION] = "ALL SELECT VALUES",
    [SQL_WORD_UNIQUE] = "INDEX",
    [SQL_WORD_VIRTUAL] = "TABLE",
    [SQL_WORD_WITH] = "RECURSIVE",
    [SQL_WORD_WITHOUT] = "ROWID",
};

#define IN_EXPRESSIONS                                                                             \
    "AND OR IS NOT IN LIKE BETWEEN GLOB ISNULL NOTNULL COLLATE WHEN THEN ELSE END"
#define BEHIND_SOURCES "GROUP ORDER LIMIT HAVING WINDOW UNION EXCEPT INTERSECT RETURNING"

/* Behind an operand or a complete part of the clause. */
static const char *const continuations[] = {
    [SQL_CLAUSE_WITH] = "AS NOT MATERIALIZED",
    [SQL_CLAUSE_SELECT] = "FROM AS " IN_EXPRESSIONS " OVER FILTER WHERE " BEHIND_SOURCES,
    [SQL_CLAUSE_FROM] = "WHERE JOIN LEFT INNER CROSS NATURAL FULL RIGHT ON USING AS SET INDEXED "
                        "NOT " BEHIND_SOURCES,
    [SQL_CLAUSE_ON] =
        "WHERE JOIN LEFT INNER CROSS NATURAL FULL RIGHT " IN_EXPRESSIONS " " BEHIND_SOURCES,
    [SQL_CLAUSE_USING] = "WHERE JOIN LEFT INNER CROSS NATURAL FULL RIGHT " BEHIND_SOURCES,
    [SQL_CLAUSE_WHERE] = IN_EXPRESSIONS " " BEHIND_SOURCES,
    [SQL_CLAUSE_GROUP] = "HAVING ORDER LIMIT WINDOW UNION EXCEPT INTERSECT " IN_EXPRESSIONS,
    [SQL_CLAUSE_HAVING] = IN_EXPRESSIONS " ORDER LIMIT WINDOW UNION EXCEPT INTERSECT",
    [SQL_CLAUSE_WINDOW] = "ORDER LIMIT",
    [SQL_CLAUSE_ORDER] = "DESC ASC LIMIT COLLATE NULLS OFFSET ROWS RANGE GROUPS " IN_EXPRESSIONS,
    [SQL_CLAUSE_LIMIT] = "OFFSET",
    [SQL_CLAUSE_VALUES] = "ON RETURNING UNION ORDER LIMIT",
    [SQL_CLAUSE_INTO] = "VALUES SELECT INTO WITH DEFAULT OR AS REPLACE IGNORE ABORT FAIL ROLLBACK",
    [SQL_CLAUSE_CONFLICT] = "DO WHERE " IN_EXPRESSIONS,
    [SQL_CLAUSE_UPDATE] = "SET FROM OR AS REPLACE IGNORE ABORT FAIL ROLLBACK",
    [SQL_CLAUSE_SET] = "WHERE FROM RETURNING " IN_EXPRESSIONS,
    [SQL_CLAUSE_RETURNING] = "AS " IN_EXPRESSIONS,
    [SQL_CLAUSE_CREATE] =
        "AS ON IF NOT EXISTS USING WITHOUT STRICT BEFORE AFTER INSTEAD WHERE COLLATE DESC",
    [SQL_CLAUSE_DEFINITION] =
        "PRIMARY NOT UNIQUE DEFAULT CHECK REFERENCES COLLATE GENERATED CONSTRAINT FOREIGN "
        "AUTOINCREMENT KEY NULL ON CASCADE AS ALWAYS DEFERRABLE",
    [SQL_CLAUSE_TRIGGER] = "BEGIN WHEN FOR EACH ROW",
    [SQL_CLAUSE_ALTER] = "ADD RENAME DROP COLUMN TO",
    [SQL_CLAUSE_DROP] = "TABLE VIEW INDEX TRIGGER IF EXISTS",
    [SQL_CLAUSE_OTHER] = "AS TO TRANSACTION INTO",
};

const char *sql_keyword_syntax(enum sql_word word)
{
    return syntaxes[word];
}

/* FROM t NOT INDEXED */
static bool is_not_indexed(const struct sql_scope *scope)
{
    return sql_tokens_at(&scope->tokens, scope->token - 1)->word == SQL_WORD_INDEXED &&
           sql_tokens_at(&scope->tokens, scope->token - 2)->word == SQL_WORD_NOT;
}

const char *sql_keywords_likely(const struct sql_scope *scope)
{
    const struct sql_token *last = sql_tokens_at(&scope->tokens, scope->token - 1);
    switch (scope->place) {
    case SQL_PLACE_TABLE:
    case SQL_PLACE_OBJECT:
        return scope->clause == SQL_CLAUSE_DROP && last->word != SQL_WORD_EXISTS ? "IF EXISTS" : "";
    case SQL_PLACE_QUERY:
        if (last->word == SQL_WORD_UNION)
            return followers[last->word];
        return scope->clause == SQL_CLAUSE_WITH ? "SELECT INSERT UPDATE DELETE VALUES REPLACE"
                                                : "SELECT VALUES WITH ALL";
    case SQL_PLACE_OPERAND:
        return "CASE NOT NULL CAST EXISTS DISTINCT SELECT CURRENT_DATE CURRENT_TIMESTAMP "
               "CURRENT_TIME WHERE PARTITION RAISE";
    case SQL_PLACE_COLUMN:
        if (scope->clause == SQL_CLAUSE_ALTER)
            return last->word == SQL_WORD_RENAME ? "TO COLUMN"
                   : last->word == SQL_WORD_DROP ? "COLUMN"
                                                 : "";
        return last->word == SQL_WORD_OF && scope->object == SQL_WORD_TRIGGER
                   ? "INSERT UPDATE DELETE"
                   : "";
    case SQL_PLACE_OPERATOR:
        if (scope->clause == SQL_CLAUSE_DEFINITION && last->word == SQL_WORD_ON)
            return "DELETE UPDATE CONFLICT";
        if (scope->clause == SQL_CLAUSE_DEFINITION &&
            (last->word == SQL_WORD_DELETE || last->word == SQL_WORD_UPDATE))
            return "CASCADE SET RESTRICT NO";
        if (followers[last->word] != NULL && !is_not_indexed(scope))
            return followers[last->word];
        return continuations[scope->clause] != NULL ? continuations[scope->clause] : "";
    default:
        return "";
    }
}
