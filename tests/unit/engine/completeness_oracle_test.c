/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQLite's own parser calls "incomplete input" must be incomplete to the scanner: every
 * statement of a list, cut behind each of its tokens, is given to both.
 */
#include <sqlite3.h>
#include <string.h>

#include "base/strbuf.h"
#include "model/sql/sql_completeness.h"
#include "model/sql/sql_lexer.h"
#include "tap.h"

static const char *const statements[] = {
    "SELECT DISTINCT a AS x, t.*, count(*) FILTER (WHERE 1) OVER w FROM main.t AS t WHERE a = 1",
    "SELECT ALL -a, +b, ~c, NOT d, a * b / c % 2 || 'x' << 1 >> 2 & 3 | 4 <> 5 != 6 == 7",
    "SELECT a IS NOT NULL, b ISNULL, c NOTNULL, d NOT NULL, a IS DISTINCT FROM b, a -> '$.x' ->> 1",
    "SELECT CASE a WHEN 1 THEN 2 ELSE 3 END AS x, CAST(a AS INT), EXISTS (SELECT 1), x'00', 1.5e3",
    "SELECT a FROM t WHERE a LIKE 'x' ESCAPE '!' AND b NOT LIKE 'y' OR c GLOB 'z' AND d MATCH 'q'",
    "SELECT a FROM t WHERE a BETWEEN 1 AND 2 AND b NOT BETWEEN 3 AND 4 OR c NOT IN (1) AND d IN u",
    "SELECT a FROM t NATURAL LEFT OUTER JOIN u INNER JOIN v ON t.a = v.a CROSS JOIN w USING (a)",
    "SELECT a FROM t FULL OUTER JOIN u ON 1 RIGHT JOIN x ON 2, y, (SELECT 1) AS z, f(1) AS g",
    "SELECT a FROM t INDEXED BY i WHERE a COLLATE NOCASE = 'x' GROUP BY a, b HAVING count(*) > 1",
    "SELECT a FROM t NOT INDEXED ORDER BY a ASC NULLS FIRST, b DESC NULLS LAST LIMIT 1 OFFSET 2",
    "SELECT a FROM t LIMIT 1, 2",
    "SELECT sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM "
    "t",
    "SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY a), x AS (w)",
    "SELECT 1 UNION SELECT 2 UNION ALL SELECT 3 EXCEPT SELECT 4 INTERSECT VALUES (5), (6)",
    "VALUES (1, 2), (3, 4) ORDER BY 1",
    "WITH RECURSIVE x(a, b) AS (SELECT 1), y AS NOT MATERIALIZED (SELECT 2) SELECT * FROM x, y",
    "WITH x AS MATERIALIZED (VALUES (1)) INSERT INTO t (a) SELECT * FROM x RETURNING a, b AS c",
    "WITH x AS (SELECT 1) UPDATE t SET a = 1 WHERE a IN x",
    "WITH x AS (SELECT 1) DELETE FROM t WHERE a IN x RETURNING *",
    "WITH x AS (SELECT 1) REPLACE INTO t VALUES (1)",
    "INSERT OR REPLACE INTO main.t AS u (a, b) VALUES (1, 2), (3, 4) ON CONFLICT (a) WHERE a > 1 "
    "DO "
    "UPDATE SET a = excluded.a, (b, c) = (1, 2) WHERE a = 2 ON CONFLICT DO NOTHING RETURNING a",
    "INSERT INTO t DEFAULT VALUES RETURNING *",
    "INSERT INTO t (a) WITH x AS (SELECT 1) SELECT * FROM x",
    "INSERT INTO t SELECT * FROM u WHERE 1 ON CONFLICT DO NOTHING",
    "UPDATE OR IGNORE main.t AS u INDEXED BY i SET a = b + 1, (c, d) = (1, 2) FROM v, w WHERE a = "
    "1 "
    "RETURNING a",
    "UPDATE t SET a = CASE WHEN a = 1 THEN 2 END, b = a BETWEEN 1 AND 2",
    "DELETE FROM main.t AS u NOT INDEXED WHERE a = 1 RETURNING a",
    "CREATE TEMP TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b TEXT DEFAULT 'x') WITHOUT ROWID, "
    "STRICT",
    "CREATE TABLE main.t AS WITH x AS (SELECT 1) SELECT * FROM x",
    "CREATE UNIQUE INDEX IF NOT EXISTS main.i ON t (a, b DESC) WHERE a IS NOT NULL",
    "CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) AS SELECT 1, 2",
    "CREATE VIRTUAL TABLE IF NOT EXISTS v USING fts5 (a, b)",
    "CREATE TRIGGER IF NOT EXISTS g BEFORE UPDATE OF a, b ON t FOR EACH ROW WHEN NEW.a > 1 BEGIN "
    "SELECT 1; UPDATE t SET a = 1; END",
    "CREATE TEMP TRIGGER g INSTEAD OF INSERT ON v BEGIN SELECT RAISE(ABORT, 'x'); END",
    "DROP TABLE IF EXISTS main.t",
    "DROP INDEX i",
    "DROP VIEW IF EXISTS v",
    "DROP TRIGGER main.g",
    "ALTER TABLE main.t RENAME TO u",
    "ALTER TABLE t RENAME COLUMN a TO b",
    "ALTER TABLE t RENAME a TO b",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t DROP a",
    "ALTER TABLE t ADD COLUMN a INT DEFAULT -1 NOT NULL ON CONFLICT ABORT CHECK (a > 1) COLLATE "
    "NOCASE CONSTRAINT x REFERENCES u (b) ON DELETE SET NULL ON UPDATE CASCADE MATCH y NOT "
    "DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE t ADD a REFERENCES u ON DELETE NO ACTION ON UPDATE SET DEFAULT",
    "ALTER TABLE t ADD a GENERATED ALWAYS AS (b + 1) VIRTUAL",
    "ALTER TABLE t ADD a PRIMARY KEY ASC ON CONFLICT FAIL UNIQUE ON CONFLICT IGNORE",
    "ATTACH DATABASE 'x' AS y",
    "ATTACH 'x' || 'y' AS y KEY 'z'",
    "DETACH DATABASE y",
    "DETACH y",
    "PRAGMA main.user_version = -1",
    "PRAGMA table_info (t)",
    "BEGIN IMMEDIATE TRANSACTION",
    "BEGIN EXCLUSIVE",
    "COMMIT TRANSACTION",
    "END TRANSACTION",
    "ROLLBACK TRANSACTION TO SAVEPOINT x",
    "ROLLBACK TO x",
    "SAVEPOINT x",
    "RELEASE SAVEPOINT x",
    "RELEASE x",
    "VACUUM main INTO 'x'",
    "REINDEX main.t",
    "ANALYZE main.t",
    "EXPLAIN QUERY PLAN SELECT 1",
    "EXPLAIN INSERT INTO t VALUES (1)",
    "SELECT \"a\", [b], `c`, :d, @e, $f, ?, ?1 FROM t AS \"u\"",
    "SELECT key, like, cast, offset, replace(a, b), left FROM t AS desc",
    "SELECT a AS key, t.like, t.cast FROM t ORDER BY replace DESC",
};

static bool is_incomplete_input(sqlite3 *connection, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection, text, -1, &statement, NULL);
    bool answer =
        code == SQLITE_ERROR && strcmp(sqlite3_errmsg(connection), "incomplete input") == 0;
    sqlite3_finalize(statement);
    return answer;
}

/* With a comment behind it, which changes nothing, the text can be cut between any two tokens. */
static void check(sqlite3 *connection, const char *statement, size_t *found)
{
    AUTO_STRBUF text = STRBUF_INIT;
    AUTO_STRBUF differences = STRBUF_INIT;
    struct lexer lexer = {statement, strlen(statement), 0, PHASE_START, false};
    size_t indent;

    for (struct lexeme token = lexer_next(&lexer); token.kind != LEXEME_END;
         token = lexer_next(&lexer)) {
        if (lexeme_is_space(token.kind))
            continue;
        strbuf_clear(&text);
        strbuf_add(&text, statement, token.end);
        if (!is_incomplete_input(connection, strbuf_text(&text)))
            continue;
        ++*found;
        if (sql_completeness_of(text.text, text.size, &indent) != SQL_INCOMPLETE)
            strbuf_addf(&differences, "\n%s", strbuf_text(&text));
    }
    is_str(strbuf_text(&differences), "", "%s", statement);
}

int main(void)
{
    sqlite3 *connection;
    size_t found = 0, indent;

    if (sqlite3_open(":memory:", &connection) != SQLITE_OK)
        bail_out("no database");
    sqlite3_exec(connection,
                 "CREATE TABLE t (a, b, c, d); CREATE TABLE u (a); CREATE VIEW v AS SELECT 1 AS a",
                 NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        check(connection, statements[i], &found);
        /* The list is of statements that can end where they end; a trigger wants its semicolon. */
        is_int(sql_completeness_of(statements[i], strlen(statements[i]), &indent),
               strstr(statements[i], "TRIGGER") && strstr(statements[i], "BEGIN") ? SQL_INCOMPLETE
                                                                                  : SQL_COMPLETE,
               "the whole is complete");
    }
    ok(found > 400, "SQLite found %zu of the cut texts incomplete", found);
    sqlite3_close(connection);
    return done_testing();
}
