/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel asks the record: requests that came before, known cells, run once, the last
 * target.
 */
#include "record_fixture.h"

static void insert_cell(const char *id, const char *notebook, const char *name, const char *code,
                        const char *created_at)
{
    char sql[1000];
    snprintf(sql, sizeof(sql),
             "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id,"
             " notebook_name, cell_name, interpretable_code, interpretable_code_hash, created_at)"
             " VALUES ('%s', 'SQL', '%s', '%s', '%s', '%s', '%s')",
             id, notebook, name, code, id, created_at);
    plain_sql(store_file, sql);
}

static void test_message(void)
{
    struct fixture_execution e;
    struct recorded_message found;
    struct error error = ERROR_INIT;
    new_store("message.db");
    executed(&e, "k1", "SELECT 1");
    e.record.reply = "{\"status\":\"ok\"}";
    record(&e);
    ok(store_find_message(connection, "session-1", e.record.msg_id, &found, &error), "found");
    is_str(found.execution_id, e.record.execution_id, "the execution");
    is_str(found.code_hash, e.record.code_hash, "the hash of its code");
    is_str(found.reply, "{\"status\":\"ok\"}", "the reply");
    free(found.reply);
    ok(!store_find_message(connection, "session-2", e.record.msg_id, &found, &error),
       "another session's");
    is_int(error.code, ERROR_NONE, "is no error");
    ok(store_has_session(connection, "session-1"), "the session is known");
    ok(!store_has_session(connection, "session-2"), "the other is not");
}

static void test_known_cells(void)
{
    struct fixture_execution e;
    struct stored_cell *cells;
    struct error error = ERROR_INIT;
    size_t count;
    new_store("known.db");
    record_code("k1", "SELECT 1");
    record_code("k2", "SELECT 2");
    record_code("k1", "SELECT 11");
    executed(&e, "silent", "SELECT 3");
    e.record.is_silent = true;
    record(&e);
    insert_cell("a", "tour.ipynb", "by hand", "SELECT 4", "2020-01-01 00:00:00");
    insert_cell("b", "tour.ipynb", "gone", "SELECT 5", "2020-01-01 00:00:00");
    insert_cell("c", "other.ipynb", "other", "SELECT 6", "2020-01-01 00:00:00");
    plain_sql(store_file, "UPDATE code_notebook_cell SET deleted_at = '2020-01-01 00:00:00'"
                          " WHERE cell_name = 'gone'");
    executed(&e, "k2", "SELECT 2");
    e.record.cell_name = "second";
    e.record.nbformat_id = "id-2";
    record(&e);
    ok(store_known_cells(connection, "tour.ipynb", &cells, &count, &error), "the known cells");
    is_int(count, 3, "neither silent nor deleted nor another notebook's");
    is_str(cells[0].code, "SELECT 11", "the newest text of the first");
    is_str(cells[0].nbformat_id, NULL, "no id was seen");
    is_str(cells[1].cell_key, "k2", "the second keeps its key");
    is_str(cells[1].cell_name, "second", "under its present name");
    is_str(cells[1].nbformat_id, "id-2", "and has its id");
    is_str(cells[2].cell_key, "by hand", "a cell of plain SQL stands last, with its name as key");
    store_cells_free(cells, count);
    ok(store_known_cells(connection, "none", &cells, &count, &error) && count == 0,
       "none is no error");
    store_cells_free(cells, count);
}

/* Records one run: a cell for each letter. */
static void run_of(const char *letters)
{
    struct fixture_execution e;
    struct run_facts run;
    executed(&e, "x", "SELECT 1");
    run = e.run;
    for (; *letters; letters++) {
        char cell[2] = {*letters, '\0'};
        executed(&e, cell, cell);
        e.run = run;
        record(&e);
    }
}

static const char *order(void)
{
    static char keys[32];
    struct stored_cell *cells;
    struct error error = ERROR_INIT;
    size_t count, i;
    keys[0] = '\0';
    if (!store_known_cells(connection, "tour.ipynb", &cells, &count, &error))
        return "the cells can't be read";
    for (i = 0; i < count && i < sizeof(keys) - 1; i++)
        keys[i] = cells[i].cell_key[0];
    keys[i] = '\0';
    store_cells_free(cells, count);
    return keys;
}

static void test_order(void)
{
    struct error error = ERROR_INIT;
    struct stored_cell *cells;
    size_t count;
    new_store("order.db");
    run_of("abc");
    is_str(order(), "abc", "as they ran");
    run_of("cab");
    is_str(order(), "cab", "a cell was moved");
    run_of("cxab");
    is_str(order(), "cxab", "one was put in between");
    run_of("cy");
    is_str(order(), "cyxab", "one that stopped early: the others keep their place");
    run_of("a");
    is_str(order(), "cyxab", "one cell alone moves nothing");
    run_of("cab");
    is_str(order(), "cyxab", "deleted ones stay before what followed them");
    ok(store_known_cells(connection, "tour.ipynb", &cells, &count, &error) && count == 5 &&
           cells[0].last_run == 6 && cells[1].last_run == 4 && cells[2].last_run == 3,
       "and are known by their last run");
    store_cells_free(cells, count);
}

static struct once_facts facts;

static enum once_answer once(const char *code, const char *target)
{
    struct error error = ERROR_INIT;
    enum once_answer answer = ONCE_NEVER;
    ok(store_once(connection, "tour.ipynb", "v1_once_x", code, strlen(code), target, &answer,
                  &facts, &error),
       "asked about %s on %s", code, target);
    return answer;
}

static void test_once(void)
{
    struct fixture_execution e;
    new_store("once.db");
    is_int(once("CREATE TABLE t (a)", "store"), ONCE_NEVER, "never");
    is_int(facts.this_version, 1, "it would be the first version");
    executed(&e, "v1_once_x", "CREATE TABLE t (a)");
    e.record.state = STATE_FAILED;
    e.steps[2].to = STATE_FAILED;
    record(&e);
    is_int(once("CREATE TABLE t (a)", "store"), ONCE_NEVER, "a failure does not count");
    executed(&e, "v1_once_x", "CREATE TABLE t (a)");
    e.record.ended_at = 1700000000000000;
    record(&e);
    is_int(once("CREATE TABLE t (a)", "store"), ONCE_SAME_VERSION, "executed");
    is_str(facts.execution_id, e.record.execution_id, "by this execution");
    is_str(facts.executed_at, "2023-11-14T22:13:20.000000Z", "at this time");
    is_int(facts.executed_version, 1, "in this version");
    is_int(once("CREATE TABLE t (a)", "/tmp/x.db"), ONCE_NEVER, "not on another database");
    is_int(once("CREATE TABLE t (a) ", "store"), ONCE_OTHER_VERSION, "an edited one");
    is_int(facts.executed_version, 1, "names the version that was executed");
    is_int(facts.this_version, 2, "and the one it would be");
    executed(&e, "v1_once_x", "CREATE TABLE t (b)");
    e.record.target = "/tmp/x.db";
    record(&e);
    is_int(once("CREATE TABLE t (b)", "/tmp/x.db"), ONCE_SAME_VERSION, "on that database");
    is_int(once("CREATE TABLE t (b)", "store"), ONCE_OTHER_VERSION, "and not in the store");
}

/* EXECUTED rows of people and other tools count for the store, on any row of the version. */
static void test_once_foreign(void)
{
    struct fixture_execution e;
    new_store("once-foreign.db");
    insert_cell("a", "tour.ipynb", "v1_once_x", "SELECT 1", "2020-01-01 00:00:00");
    insert_cell("b", "tour.ipynb", "v1_once_x", "SELECT 1", "2020-01-02 00:00:00");
    is_int(once("SELECT 1", "store"), ONCE_NEVER, "a row without state was never executed");
    plain_sql(store_file, "INSERT INTO code_notebook_state (code_notebook_state_id,"
                          " code_notebook_cell_id, from_state, to_state, transitioned_at,"
                          " created_at) VALUES"
                          " ('s', 'a', 'NONE', 'EXECUTED', NULL, '2021-01-01 00:00:00')");
    is_int(once("SELECT 1", "store"), ONCE_SAME_VERSION, "an EXECUTED row of another tool");
    is_str(facts.execution_id, "", "has no execution");
    is_str(facts.executed_at, "2021-01-01T00:00:00.000000Z", "its time, from created_at at need");
    is_int(once("SELECT 1", "/tmp/x.db"), ONCE_NEVER, "it says nothing of other databases");
    executed(&e, "v1_once_x", "SELECT 1");
    e.record.target = "/tmp/x.db";
    record(&e);
    is_int(once("SELECT 1", "store"), ONCE_SAME_VERSION, "nor is it hidden by ours");
    plain_sql(store_file, "DELETE FROM code_notebook_state WHERE code_notebook_state_id = 's'");
    is_int(once("SELECT 1", "store"), ONCE_NEVER,
           "our row for another database is not the store's");
}

static void test_last_target(void)
{
    struct fixture_execution e;
    struct fixture_execution mine;
    new_store("target.db");
    executed(&mine, "k1", "SELECT 1");
    record(&mine);
    char *target = store_last_target(connection, "tour.ipynb", mine.run.run_id);
    is_str(target, NULL, "the run itself is not asked about");
    executed(&e, "k1", "SELECT 1");
    e.record.target = "/tmp/x.db";
    record(&e);
    executed(&e, "k1", "SELECT 1");
    e.record.target = "/tmp/silent.db";
    e.record.is_silent = true;
    record(&e);
    executed(&e, "k1", "SELECT 1");
    e.record.target = "/tmp/never.db";
    e.record.started_at = 0;
    record(&e);
    target = store_last_target(connection, "tour.ipynb", mine.run.run_id);
    is_str(target, "/tmp/x.db", "the last that ran and was not silent");
    free(target);
    target = store_last_target(connection, "other.ipynb", mine.run.run_id);
    is_str(target, NULL, "none");
}

static void test_arguments(void)
{
    new_store("arguments.db");
    insert_cell("a", "n", "c", "SELECT :x", "2020-01-01 00:00:00");
    insert_cell("b", "n", "c", "SELECT :x + 1", "2020-01-02 00:00:00");
    plain_sql(store_file, "UPDATE code_notebook_cell SET arguments = '{\"x\":1}'"
                          " WHERE code_notebook_cell_id = 'a'");
    char *arguments = store_cell_arguments(connection, "n", "c");
    is_str(arguments, NULL, "the newest version has none");
    plain_sql(store_file, "UPDATE code_notebook_cell SET updated_at = '2020-01-03 00:00:00'"
                          " WHERE code_notebook_cell_id = 'a'");
    arguments = store_cell_arguments(connection, "n", "c");
    is_str(arguments, "{\"x\":1}", "the one touched last does (R-22)");
    free(arguments);
}

int main(void)
{
    fixture_start();
    test_message();
    test_known_cells();
    test_order();
    test_once();
    test_once_foreign();
    test_last_target();
    test_arguments();
    close_store();
    free(store_file);
    return done_testing();
}
