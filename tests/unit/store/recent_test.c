/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection knows from before is what the store would say: a cell that ran before asks
 * nothing, and whatever changed in between is seen.
 */
#include "record_fixture.h"
#include "store/recent.h"

static struct run_facts run;

static void in_run(struct fixture_execution *execution, const char *key, const char *name,
                   const char *code)
{
    executed(execution, key, code);
    execution->record.run = &run;
    execution->record.cell_name = name;
}

static int64_t record_in_run(const char *key, const char *name, const char *code)
{
    struct fixture_execution execution;
    in_run(&execution, key, name, code);
    return record(&execution);
}

/* Whether a record of this cell would ask nothing. */
static bool is_known(const char *key, const char *name, const char *code)
{
    struct fixture_execution execution;
    struct recent_version version;
    struct error error = ERROR_INIT;
    in_run(&execution, key, name, code);
    bool is_found = store_begin(connection, NULL, &error) &&
                    recent_find(connection, &execution.record, &version, &error);
    store_release(connection);
    return is_found && error.code == ERROR_NONE;
}

static void start(const char *name)
{
    struct fixture_execution execution;
    new_store(name);
    executed(&execution, "k1", "SELECT 1");
    run = execution.run;
    record_in_run("k1", "a", "SELECT 1");
    record_in_run("k1", "a", "SELECT 1");
}

static void test_known(void)
{
    struct fixture_execution e, other;
    struct error error = ERROR_INIT;
    start("known.db");
    in_run(&e, "k1", "a", "SELECT 1");
    struct recent_version version;
    ok(store_begin(connection, NULL, &error) &&
           recent_find(connection, &e.record, &version, &error),
       "the second time a cell ran it is known");
    is_str(version.id, ask("SELECT code_notebook_cell_id FROM code_notebook_cell"), "its version");
    is_int(version.number, 1, "and number");
    in_run(&other, "k1", "a", "SELECT 2");
    ok(!recent_find(connection, &other.record, &version, &error), "another text is not");
    in_run(&other, "k2", "a", "SELECT 1");
    ok(!recent_find(connection, &other.record, &version, &error), "nor another cell of its name");
    in_run(&other, "k1", "a", "SELECT 1");
    other.record.nbformat_id = "id";
    ok(!recent_find(connection, &other.record, &version, &error), "nor one with a new id");
    executed(&other, "k1", "SELECT 1");
    other.record.cell_name = "a";
    ok(!recent_find(connection, &other.record, &version, &error), "nor another run");
    ok(store_record(connection, &e.record, NULL, &error) && store_commit(connection, &error),
       "recorded");
    store_release(connection);
    ok(!record_with(&e.record, NULL, &error) && error.code == ERROR_EXISTS,
       "a repeated request of a known cell is found");
    is_str(ask("SELECT count(*) || '-' || count(DISTINCT code_notebook_cell_id) FROM"
               " rscn_execution"),
           "3-1", "each execution once, one version");
}

static void test_forgotten(void)
{
    start("forgotten.db");
    ok(!is_known("k1", "a", "SELECT 2"), "not the text that did not run");
    record_in_run("k1", "a", "SELECT 1");
    record_in_run("k1", "a", "SELECT 1");
    plain_sql(store_file, "UPDATE rscn_cell SET created_at = 'x'");
    ok(!is_known("k1", "a", "SELECT 1"), "what another connection may have changed is forgotten");
    record_in_run("k1", "a", "SELECT 1");
    plain_sql(store_file,
              "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id,"
              " notebook_name, cell_name, interpretable_code, interpretable_code_hash, created_at)"
              " VALUES ('x', 'SQL', 'tour.ipynb', 'a', 'SELECT 9', 'x', '2999-01-01 00:00:00')");
    record_in_run("k1", "a", "SELECT 1");
    record_in_run("k1", "a", "SELECT 1");
    ok(!is_known("k1", "a", "SELECT 1"), "a version that is not the latest is not known");
}

static void test_latest(void)
{
    start("latest.db");
    record_in_run("k2", "a", "SELECT 2");
    record_in_run("k2", "a", "SELECT 2");
    record_in_run("k1", "a", "SELECT 1");
    is_str(ask("SELECT interpretable_code FROM code_notebook_cell"
               " ORDER BY coalesce(updated_at, created_at) DESC LIMIT 1"),
           "SELECT 1", "of two cells with one name the one that ran last is the latest (R-24)");
    record_in_run("k1", "b", "SELECT 1");
    is_str(ask("SELECT cell_name FROM rscn_cell WHERE cell_key = 'k1'"), "b", "a new name");
    record_in_run("k1", "a", "SELECT 1");
    is_str(ask("SELECT cell_name FROM rscn_cell WHERE cell_key = 'k1'"), "a",
           "and the one from before again");
}

/* What was noted in a transaction that did not happen is no knowledge. */
static void test_rolled_back(void)
{
    struct fixture_execution e;
    struct error error = ERROR_INIT;
    start("undone.db");
    ok(store_begin(connection, NULL, &error), "begun");
    for (int i = 0; i < 2; i++) {
        in_run(&e, "k5", "new", "SELECT 5");
        ok(store_record(connection, &e.record, NULL, &error), "recorded");
    }
    store_rollback(connection);
    store_release(connection);
    is_int(record_in_run("k5", "new", "SELECT 5"), 1, "recorded after the rollback");
    is_str(ask("SELECT count(*) FROM rscn_execution AS e JOIN rscn_cell USING (notebook_name,"
               " cell_key) JOIN code_notebook_cell USING (code_notebook_cell_id)"
               " WHERE e.cell_key = 'k5'"),
           "1", "with its cell and version");
}

int main(void)
{
    fixture_start();
    test_known();
    test_forgotten();
    test_latest();
    test_rolled_back();
    close_store();
    free(store_file);
    return done_testing();
}
