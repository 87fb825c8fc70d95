/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record is readable and not writable, by no route (K-1 to K-3, K-18 to K-20, K-29).
 */
#include "engine_fixture.h"

struct attack {
    const char *code;
    const char *says; /* part of the error */
};

/* Each runs as one cell on a store where a table `mine` is. All must fail, and leave no trace. */
static const struct attack attacks[] = {
    {"INSERT INTO rscn_x (value) VALUES ('bad')", "record"},
    {"INSERT INTO main.rscn_x (value) VALUES ('bad')", "record"},
    {"INSERT INTO \"RSCN_X\" (value) VALUES ('bad')", "record"},
    {"UPDATE rscn_x SET value = 'bad'", "record"},
    {"UPDATE rscn_x SET value = m.a FROM mine AS m", "record"},
    {"DELETE FROM rscn_x", "record"},
    {"REPLACE INTO code_notebook_cell VALUES ('a', 'bad')", "record"},
    {"INSERT INTO code_notebook_cell VALUES ('a', 'bad') ON CONFLICT DO UPDATE SET code = 'bad'",
     "record"},
    {"WITH v AS (SELECT 'bad') INSERT INTO rscn_x (value) SELECT * FROM v", "record"},
    {"DELETE FROM assurance_schema", "record"},
    {"INSERT INTO mine VALUES (1); DELETE FROM rscn_x", "record"},
    {"DELETE FROM sqlite_sequence", "sqlite_sequence"},
    {"UPDATE sqlite_sequence SET seq = 0 WHERE name = 'rscn_x'", "sqlite_sequence"},
    {"CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); "
     "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1); CREATE TRIGGER t AFTER DELETE ON c "
     "BEGIN UPDATE sqlite_sequence SET seq = 0; END; DROP TABLE p",
     "sqlite_sequence"},
    /* views and triggers */
    {"CREATE VIEW v AS SELECT * FROM rscn_x; CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN "
     "DELETE FROM rscn_x; END; DELETE FROM v",
     "record"},
    {"CREATE TRIGGER t AFTER INSERT ON mine BEGIN DELETE FROM rscn_x; END; "
     "INSERT INTO mine VALUES (1)",
     "record"},
    {"CREATE TEMP TRIGGER t AFTER INSERT ON mine BEGIN DELETE FROM rscn_x; END; "
     "INSERT INTO mine VALUES (1)",
     "record"},
    {"CREATE TRIGGER t AFTER INSERT ON mine BEGIN INSERT INTO two VALUES (1); END; "
     "CREATE TABLE two (a); CREATE TRIGGER t2 AFTER INSERT ON two BEGIN "
     "UPDATE code_notebook_cell SET code = 'bad'; END; INSERT INTO mine VALUES (1)",
     "record"},
    {"CREATE TRIGGER t AFTER INSERT ON rscn_x BEGIN SELECT 1; END", "record"},
    {"CREATE TEMP TRIGGER t AFTER INSERT ON main.rscn_x BEGIN SELECT 1; END", "record"},
    {"CREATE TRIGGER rscn_t AFTER INSERT ON mine BEGIN SELECT 1; END", "record"},
    {"CREATE TRIGGER t INSTEAD OF INSERT ON rscn_view BEGIN SELECT 1; END", "record"},
    /* names of the record */
    {"CREATE TABLE rscn_mine (a)", "choose another name"},
    {"CREATE TABLE Code_Notebook_mine AS SELECT 1", "choose another name"},
    {"CREATE TABLE assurance_schema_2 (a)", "choose another name"},
    {"CREATE TEMP TABLE rscn_x (a)", "choose another name"},
    {"CREATE TEMP VIEW rscn_x AS SELECT 1", "choose another name"},
    {"CREATE VIEW rscn_v AS SELECT 1", "choose another name"},
    {"CREATE INDEX rscn_i ON mine (a)", "choose another name"},
    {"CREATE INDEX i ON rscn_x (value)", "record"},
    {"CREATE UNIQUE INDEX i ON code_notebook_cell (code)", "record"},
    {"CREATE VIRTUAL TABLE rscn_f USING fts5(a)", "choose another name"},
    {"CREATE VIRTUAL TABLE rscn USING fts5(a)", "record"},
    {"CREATE VIRTUAL TABLE code_notebook USING rtree(id, a, b)", "record"},
    {"CREATE VIRTUAL TABLE temp.rscn USING fts5(a)", "record"},
    {"CREATE TEMP TABLE q (a); ALTER TABLE q RENAME TO rscn_x", "choose another name"},
    {"CREATE TEMP TABLE q (a); ALTER TABLE q RENAME TO \"Code_notebook_state\"",
     "choose another name"},
    {"ALTER TABLE mine RENAME TO rscn_new", "choose another name"},
    {"CREATE VIRTUAL TABLE f USING fts5(a); ALTER TABLE f RENAME TO rscn", "choose another name"},
    {"ALTER TABLE rscn_x RENAME TO free", "record"},
    {"ALTER TABLE rscn_x ADD COLUMN a", "record"},
    {"ALTER TABLE rscn_x DROP COLUMN value", "record"},
    {"ALTER TABLE rscn_x RENAME COLUMN value TO v", "record"},
    {"DROP TABLE rscn_x", "record"},
    {"DROP TABLE IF EXISTS main.code_notebook_cell", "record"},
    {"DROP VIEW rscn_view", "record"},
    /* foreign keys into the record would stop its own INSERTs */
    {"CREATE TABLE child (a REFERENCES rscn_x (value) DEFERRABLE INITIALLY DEFERRED)",
     "foreign key"},
    {"CREATE TABLE child (a, FOREIGN KEY (a) REFERENCES code_notebook_cell)", "foreign key"},
    {"ALTER TABLE mine ADD COLUMN r REFERENCES rscn_x", "foreign key"},
    {"CREATE TABLE child (a REFERENCES rscn_later)", "foreign key"},
    /* transactions */
    {"BEGIN", "%use"},
    {"INSERT INTO mine VALUES (1); COMMIT", "%use"},
    {"INSERT INTO mine VALUES (1); END", "%use"},
    {"INSERT INTO mine VALUES (1); ROLLBACK", "%use"},
    {"SELECT 1; BEGIN IMMEDIATE", "%use"},
    {"SAVEPOINT rscn_1", "record"},
    {"ATTACH ':memory:' AS m", "%use"},
    {"ATTACH 'x.db' AS m", "%use"},
    {"DETACH main", "%use"},
    {"VACUUM", "%use"},
    {"vacuum main", "%use"},
    {"VACUUM INTO '/tmp/rscn-never-made.db'", "%use"},
    {"INSERT INTO mine VALUES (1); VACUUM", "%use"},
    /* pragmas */
    {"PRAGMA writable_schema = 1", "PRAGMA writable_schema"},
    {"PRAGMA main.writable_schema = ON", "PRAGMA writable_schema"},
    {"PRAGMA journal_mode = DELETE", "PRAGMA journal_mode"},
    {"PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys"},
    {"PRAGMA query_only = 1", "PRAGMA query_only"},
    {"PRAGMA user_version = 9", "PRAGMA user_version"},
    {"PRAGMA application_id(9)", "PRAGMA application_id"},
    {"PRAGMA temp_store = 2", "PRAGMA temp_store"},
    {"PRAGMA trusted_schema = 1", "PRAGMA trusted_schema"},
    {"PRAGMA ignore_check_constraints = 1", "PRAGMA ignore_check_constraints"},
    {"PRAGMA recursive_triggers = 1", "PRAGMA recursive_triggers"},
    {"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint"},
    {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA locking_mode"},
    {"PRAGMA hard_heap_limit = 1", "PRAGMA hard_heap_limit"},
    {"PRAGMA schema_version = 1", "PRAGMA schema_version"},
    {"PRAGMA incremental_vacuum", "PRAGMA incremental_vacuum"},
    {"PRAGMA legacy_alter_table = 1", "PRAGMA legacy_alter_table"},
    {"PRAGMA synchronous = OFF", "PRAGMA synchronous"},
    {"PRAGMA busy_timeout = 0", "PRAGMA busy_timeout"},
    {"PRAGMA optimize", "PRAGMA optimize"},
    {"SELECT * FROM pragma_user_version(7)", ""},
    /* the schema itself, pages, extensions */
    {"UPDATE sqlite_schema SET sql = '' WHERE name = 'rscn_x'", "sqlite_"},
    {"DELETE FROM sqlite_master", "sqlite_"},
    {"INSERT INTO sqlite_dbpage VALUES (1, zeroblob(4096), 'main')", "sqlite_dbpage"},
    {"CREATE VIRTUAL TABLE p USING sqlite_dbpage", "sqlite_dbpage"},
    {"SELECT load_extension('x')", "load_extension"},
    {"SELECT fts3_tokenizer('simple', x'0000000000000000')", "fts3tokenize"},
    {"INSERT INTO temp.sqlite_parameters VALUES (':a', 1)", "%param"},
    {"DROP TABLE temp.sqlite_parameters", "%param"},
};

/* Everything that stands in the store, as one text. */
static char *state_of(struct fixture *fixture)
{
    return fixture_value(
        fixture->plain,
        "SELECT (SELECT group_concat(name || coalesce(sql, ''), '|') FROM (SELECT * FROM "
        "sqlite_schema ORDER BY name)) || (SELECT group_concat(id || value) FROM rscn_x) || "
        "(SELECT group_concat(id || code) FROM code_notebook_cell) || (SELECT count(*) FROM mine) "
        "|| (SELECT group_concat(seq) FROM sqlite_sequence)");
}

static void test_attacks(struct fixture *fixture)
{
    for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
        AUTO_FREE char *before = state_of(fixture);
        fixture_run(fixture, attacks[i].code);
        AUTO_FREE char *after = state_of(fixture);
        bool failed = is_int(fixture->outcome.state, STATE_FAILED, "fails: %s", attacks[i].code);
        if (failed)
            contains(fixture->outcome.evalue, attacks[i].says, "says why");
        is_str(after, before, "nothing changed");
        is_int(fixture->outcome.effect, EFFECT_NONE, "effect none");
        ok(sqlite3_get_autocommit(fixture->connection), "no transaction is left");
    }
    fixture_run(fixture,
                "SELECT count(*) AS n FROM temp.sqlite_schema WHERE name NOT IN "
                "('sqlite_parameters', 'sql_parameters') "
                "AND name NOT LIKE 'sqlite_autoindex%'");
    contains(strbuf_text(&fixture->shown), "0", "nothing of the attacks is left in temp");
}

/* Each must work. */
static const char *const permitted[] = {
    "SELECT * FROM rscn_x JOIN code_notebook_cell",
    "SELECT * FROM rscn_view",
    "WITH rscn_own AS (SELECT 1 AS a) SELECT a FROM rscn_own",
    "PRAGMA table_info(rscn_x)",
    "PRAGMA main.table_info('rscn_x')",
    "SELECT name FROM pragma_table_info('rscn_x')",
    "SELECT * FROM pragma_index_list('code_notebook_cell')",
    "PRAGMA foreign_key_check",
    "PRAGMA integrity_check(1)",
    "PRAGMA journal_mode",
    "PRAGMA user_version",
    "PRAGMA defer_foreign_keys = ON",
    "SELECT * FROM json_each('[1, 2]')",
    "SELECT count(*) FROM dbstat",
    "SELECT count(*) FROM sqlite_stmt",
    "SELECT * FROM temp.sqlite_parameters",
    "EXPLAIN QUERY PLAN SELECT * FROM rscn_x",
    "SAVEPOINT a; INSERT INTO mine VALUES (1); ROLLBACK TO a; RELEASE a",
    "SAVEPOINT a",
    "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT); "
    "CREATE TABLE child (a REFERENCES parent); INSERT INTO parent DEFAULT VALUES",
    "ALTER TABLE parent RENAME TO parents; ALTER TABLE parents ADD COLUMN b; "
    "ALTER TABLE parents RENAME COLUMN b TO c",
    "DROP TABLE child; DROP TABLE parents",
    "CREATE TABLE copy AS SELECT * FROM rscn_x; DROP TABLE copy",
    "CREATE VIEW v AS SELECT * FROM rscn_x; SELECT * FROM v; DROP VIEW v",
    "CREATE TEMP TABLE t (a); INSERT INTO t VALUES (1); DROP TABLE t",
    "CREATE INDEX i ON mine (a); REINDEX i; ANALYZE; DROP INDEX i",
    "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('one two'); "
    "SELECT * FROM f WHERE f MATCH 'two'; INSERT INTO f(f) VALUES ('optimize'); "
    "ALTER TABLE f RENAME TO g; SELECT * FROM g; DROP TABLE g",
    "CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO r VALUES (1, 2, 3); DROP TABLE r",
    "CREATE TRIGGER t AFTER INSERT ON mine BEGIN DELETE FROM mine; SELECT 1; END; "
    "INSERT INTO mine VALUES (5); DROP TRIGGER t",
    "CREATE TABLE u (id TEXT DEFAULT (ulid())); INSERT INTO u DEFAULT VALUES; DROP TABLE u",
};

static void test_permitted(struct fixture *fixture)
{
    for (size_t i = 0; i < ARRAY_SIZE(permitted); i++) {
        fixture_run(fixture, permitted[i]);
        if (!is_int(fixture->outcome.state, STATE_EXECUTED, "works: %s", permitted[i]))
            diag("%s", fixture->outcome.evalue);
        ok(sqlite3_get_autocommit(fixture->connection), "no transaction is left");
    }
}

/* K-19: a statement of ours that is prepared once goes on after the user's DDL, and is not the
 * user's. */
static void test_own_statements(struct fixture *fixture)
{
    sqlite3_stmt *insert;
    const char *sql = "INSERT INTO main.rscn_x (value) VALUES ('own')";

    sqlite_guard_own(fixture->target.guard, true);
    is_int(sqlite3_prepare_v2(fixture->connection, sql, -1, &insert, NULL), SQLITE_OK,
           "a statement of ours prepares");
    sqlite_guard_own(fixture->target.guard, false);
    fixture_run(fixture, "CREATE TABLE ddl (a); DROP TABLE ddl");
    sqlite_guard_own(fixture->target.guard, true);
    is_int(sqlite3_step(insert), SQLITE_DONE, "and runs after the user's DDL");
    sqlite_guard_own(fixture->target.guard, false);
    sqlite3_finalize(insert);
}

static void test_reserved_names(void)
{
    ok(sqlite_guard_is_reserved("RSCN_execution"), "case is ignored");
    ok(sqlite_guard_is_reserved("code_notebook_state"), "the RSCN tables");
    ok(sqlite_guard_is_reserved("Assurance_Schema"), "assurance_schema");
    ok(sqlite_guard_is_reserved("sqlite_autoindex_rscn_x_1"), "automatic indexes of the record");
    ok(!sqlite_guard_is_reserved("rscn"), "rscn alone is free");
    ok(!sqlite_guard_is_reserved("my_rscn_x"), "a name that only contains it is free");
    ok(!sqlite_guard_is_reserved("code_notebooks"), "code_notebooks is free");
    ok(!sqlite_guard_is_reserved(NULL), "no name is free");
}

int main(void)
{
    struct fixture fixture;

    fixture_init(&fixture);
    fixture_exec(fixture.plain, "CREATE TABLE mine (a)");
    test_reserved_names();
    test_attacks(&fixture);
    test_permitted(&fixture);
    test_own_statements(&fixture);
    fixture_release(&fixture);
    return done_testing();
}
