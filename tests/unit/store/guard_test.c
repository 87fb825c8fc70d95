/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel records is not checked a second time by SQLite; what is recovered or comes later
 * is, triggers of other people run, and nobody else is less guarded than before.
 */
#include "record_fixture.h"
#include "store/record.h"

static void test_lifted(void)
{
    struct fixture_execution e;
    struct error error = ERROR_INIT;
    new_store("lifted.db");
    executed(&e, "k1", "SELECT 1");
    is_int(record(&e), 1, "recorded");
    ok(connection->guard.is_lifted, "without checks");
    ok(!record_with(&e.record, NULL, &error) && error.code == ERROR_EXISTS,
       "what is there already is refused");
    e.record.msg_id = "another";
    ok(!record_with(&e.record, NULL, &error) && error.code == ERROR_EXISTS,
       "by its id alone too");
    ulid_new(e.record.execution_id);
    is_int(record(&e), 1, "and another one is not");
    is_str(ask("PRAGMA integrity_check"), "ok", "all CHECKs hold");
    is_str(ask("PRAGMA foreign_key_check"), "", "and so do all foreign keys");
    ok(plain_sql(store_file, "UPDATE rscn_execution SET state = 'FAILED'") != SQLITE_OK,
       "others can't change it");
}

static void test_recovered(void)
{
    struct fixture_execution e;
    struct error error = ERROR_INIT;
    executed(&e, "k2", "SELECT 2");
    e.record.arguments = "{no JSON";
    ok(store_begin(connection, NULL, &error) &&
           !record_recovered(connection, &e.record, timestamp_now(), &error) &&
           strstr(error.message, "CHECK"),
       "what a dead kernel left is checked: %s", error.message);
    store_rollback(connection);
    store_release(connection);
    ok(record_code("k2", "SELECT 2") == 1 && connection->guard.is_lifted, "the next one is not");
}

static void test_steps(void)
{
    struct fixture_execution e;
    struct error error = ERROR_INIT;
    executed(&e, "k3", "SELECT 3");
    e.steps[1].to = STATE_EXECUTED; /* EXECUTED from EXECUTED */
    ok(!record_with(&e.record, NULL, &error) && strstr(error.message, "not legal"),
       "steps that the row does not tell are checked: %s", error.message);
    executed(&e, "k3", "SELECT 3");
    is_int(record(&e), 1, "recorded");
    ok(connection->guard.is_lifted && store_begin(connection, NULL, &error) &&
           store_roll_back(connection, e.record.execution_id, 1, "gone", &error) &&
           !store_roll_back(connection, e.record.execution_id, 1, "gone", &error),
       "and so are those that come later: %s", error.message);
    store_release(connection);
}

static void test_others(void)
{
    record_code("k4", "SELECT 4");
    is_int(plain_sql(store_file, "CREATE TABLE seen (state TEXT); CREATE TRIGGER watch AFTER INSERT"
                                 " ON rscn_execution BEGIN INSERT INTO seen VALUES (NEW.state);"
                                 " END"),
           SQLITE_OK, "somebody makes a trigger");
    record_code("k4", "SELECT 4");
    record_code("k4", "SELECT 4");
    is_str(ask("SELECT group_concat(state) FROM seen"), "EXECUTED,EXECUTED",
           "it runs from the next execution on");
    plain_sql(store_file, "DROP TRIGGER watch");
    record_code("k4", "SELECT 4");
    ok(connection->guard.is_lifted, "until it is gone");
    plain_sql(store_file, "CREATE TRIGGER rscn_output_first BEFORE INSERT ON code_notebook_state"
                          " BEGIN INSERT INTO seen VALUES (NEW.to_state); END");
    close_store();
    open_store();
    record_code("k4", "SELECT 4");
    is_str(ask("SELECT count(*) FROM seen WHERE state <> 'EXECUTED'"), "2",
           "one that was there before runs at once");
}

int main(void)
{
    fixture_start();
    test_lifted();
    test_recovered();
    test_steps();
    test_others();
    close_store();
    free(store_file);
    return done_testing();
}
