/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recording: what plain sqlite3 finds after it, when a version is new and when it is found again,
 * what is refused, and that history can't be changed.
 */
#include "store/record.h"
#include "record_fixture.h"

static void test_execution(void)
{
    struct fixture_execution e;
    struct execution_output outputs[] = {
        {"stream", "{\"name\":\"stdout\",\"text\":\"hello\"}", 1700000000000001},
        {"execute_result",
         "{\"data\":{\"text/plain\":\"1\"},\"metadata\":{},\"execution_count\":7}",
         1700000000000002},
    };
    new_store("execution.db");
    executed(&e, "k1", "SELECT 1;");
    e.record.cell_name = "first";
    e.record.nbformat_id = "abc";
    e.record.received_at = 1700000000000000;
    e.record.rows = 3;
    e.record.arguments = "{\"x\":1}";
    e.record.reply = "{\"status\":\"ok\"}";
    e.record.execution_count = 7;
    e.record.outputs = outputs;
    e.record.output_count = 2;
    e.record.has_target_facts = true;
    e.record.target_size = 4096;
    e.record.target_modified_at = 1700000000000000;
    e.record.target_schema_hash = "beef";
    is_int(record(&e), 1, "the first version has number 1");
    is_str(ask("SELECT notebook_name || '/' || cell_key || '/' || state || '/' || rows || '/' ||"
               " coalesce(changes, 'NULL') || '/' || outputs || '/' || execution_count"
               " FROM rscn_execution"),
           "tour.ipynb/k1/EXECUTED/3/NULL/2/7", "the execution; unknown is NULL");
    is_str(ask("SELECT received_at FROM rscn_execution"), "2023-11-14 22:13:20.000000",
           "times are text with a space and a fraction (R-12)");
    is_str(ask("SELECT cell_name || '/' || nbformat_id || '/' || position FROM rscn_cell"),
           "first/abc/1", "the cell");
    is_str(ask("SELECT interpretable_code || '/' || interpretable_code_hash || '/' ||"
               " notebook_kernel_id || '/' || created_by FROM code_notebook_cell"),
           "SELECT 1;/17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a/SQL/alice",
           "the version with the SHA-256 of its bytes (D-4)");
    is_str(ask("SELECT group_concat(to_state) FROM rscn_transition"), "PENDING,RUNNING,EXECUTED",
           "the steps");
    is_str(ask("SELECT group_concat(from_state || '>' || to_state) FROM"
               " (SELECT * FROM code_notebook_state ORDER BY code_notebook_state_id)"),
           "INITIAL>PENDING,PENDING>RUNNING,RUNNING>EXECUTED", "the RSCN state rows (D-5)");
    is_str(
        ask("SELECT count(*) FROM code_notebook_state WHERE transitioned_at GLOB '2*-*-* *:*' AND"
            " created_at GLOB '2*-*-* *:*' AND json_extract(elaboration, '$.target') = 'store' AND"
            " json_extract(elaboration, '$.effect') = 'committed' AND created_by = 'alice'"),
        "3", "each with its times (R-42) and its elaboration");
    is_str(ask("SELECT count(*) FROM code_notebook_state WHERE transition_result IS NOT NULL"), "1",
           "only the last step has a result");
    is_str(ask("SELECT json_remove(transition_result, '$.execution') FROM code_notebook_state"
               " WHERE to_state = 'EXECUTED'"),
           "{\"status\":\"ok\",\"rows\":3,\"changes\":null,\"error\":null,\"outputs\":2}",
           "which says how it went");
    is_str(ask("SELECT json_extract(transition_result, '$.execution') FROM code_notebook_state"
               " WHERE to_state = 'EXECUTED'"),
           e.record.execution_id, "and by which execution");
    is_str(ask("SELECT group_concat(position || msg_type) FROM rscn_output"),
           "1stream,2execute_result", "the outputs in order");
    is_str(ask("SELECT target || size_bytes || schema_hash FROM rscn_run_target"), "store4096beef",
           "what the target looked like");
    is_str(ask("SELECT count(*) || ' ' || cell || ' ' || version FROM rscn_log"), "1 first 1",
           "the view for people");
    ok(store_has_execution(connection, e.record.execution_id), "it is found");
    ok(!store_has_execution(connection, "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "another one is not");
}

static void test_failed(void)
{
    struct fixture_execution e;
    new_store("failed.db");
    executed(&e, "k1", "SELECT * FROM nowhere");
    e.record.state = STATE_FAILED;
    e.steps[2].to = STATE_FAILED;
    e.steps[2].reason = "error in statement 1";
    e.record.effect = "none";
    e.record.error = "{\"ename\":\"OperationalError\",\"evalue\":\"no such table: nowhere\","
                     "\"traceback\":[\"a\",\"b\"]}";
    ok(record(&e) == 1, "a failure is recorded");
    is_str(ask("SELECT json_remove(transition_result, '$.execution') FROM code_notebook_state"
               " WHERE to_state = 'FAILED'"),
           "{\"status\":\"error\",\"rows\":null,\"changes\":null,\"error\":{\"ename\":"
           "\"OperationalError\",\"evalue\":\"no such table: nowhere\"},\"outputs\":0}",
           "with its error, without the traceback");
    is_str(ask("SELECT count(*) FROM code_notebook_state WHERE to_state = 'EXECUTED'"), "0",
           "and never with the word EXECUTED (R-41)");
    is_str(ask("SELECT transition_reason FROM code_notebook_state WHERE to_state = 'FAILED'"),
           "error in statement 1", "the reason");
}

static void test_versions(void)
{
    new_store("versions.db");
    is_int(record_code("k1", "SELECT 1"), 1, "a text");
    is_int(record_code("k1", "SELECT 1"), 1, "the same text is the same version (R-23)");
    is_str(ask("SELECT count(*) || coalesce(max(updated_at), '-') FROM code_notebook_cell"), "1-",
           "one row, which is not touched while it is the latest (R-24)");
    is_int(record_code("k1", "SELECT 1 "), 2, "a blank more is another version (R-21)");
    is_int(record_code("k1", "SELECT 2"), 3, "and another");
    is_int(record_code("k1", "SELECT 1"), 1, "back to the first");
    is_str(ask("SELECT interpretable_code FROM code_notebook_cell ORDER BY"
               " coalesce(updated_at, created_at) DESC LIMIT 1"),
           "SELECT 1", "makes it the latest again (R-24)");
    is_str(ask("SELECT count(*) FROM code_notebook_cell WHERE updated_at IS NOT NULL"
               " AND updated_by = 'alice'"),
           "1", "only that row was touched");
    is_int(record_code("k2", "SELECT 1"), 1, "another cell counts for itself");
    is_str(ask("SELECT count(*) FROM rscn_execution"), "6", "every execution is there");
    is_str(ask("SELECT group_concat(position) FROM rscn_cell"), "1,2", "cells in order");
    plain_sql(store_file, "UPDATE code_notebook_cell SET arguments = '{\"x\":1}'"
                          " WHERE cell_name = 'k2'");
    record_code("k2", "SELECT :x");
    is_str(ask("SELECT count(*) || max(arguments) FROM code_notebook_cell"
               " WHERE cell_name = 'k2' AND arguments IS NOT NULL"),
           "2{\"x\":1}", "a new version keeps the cell's arguments (R-30)");
}

static void test_odd_code(void)
{
    struct fixture_execution e;
    new_store("odd.db");
    is_int(record_code("k1", ""), 1, "empty code");
    is_int(record_code("k1", "SELECT 'é😀';"), 2, "not only ASCII");
    executed(&e, "k1", "SELECT 1");
    e.record.code = "SELECT 1\0, 2";
    e.record.code_size = 12;
    is_int(record(&e), 3, "a NUL inside");
    ulid_new(e.record.execution_id);
    e.record.msg_id = "again";
    is_int(record(&e), 3, "is part of the text");
    is_int(record_code("k1", "SELECT 1"), 4, "what stands before it is another text");
    is_str(ask("SELECT length(CAST(interpretable_code AS BLOB)) FROM code_notebook_cell AS c JOIN"
               " rscn_cell_version AS v USING (code_notebook_cell_id) WHERE v.version = 3"),
           "12", "all bytes are kept");
}

/* Rows of other tools: any hash, BLOBs, several rows of one version (R-5, R-6, D-3). */
static void test_foreign_rows(void)
{
    new_store("foreign.db");
    plain_sql(store_file,
              "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id,"
              " notebook_name, cell_name, interpretable_code, interpretable_code_hash, created_at)"
              " VALUES ('b', 'SQL', 'tour.ipynb', 'k1', 'SELECT 1', 'TODO', '2024-01-01 00:00:02'),"
              " ('a', 'SQL', 'tour.ipynb', 'k1', 'SELECT 0', 'x', NULL),"
              " ('c', 'SQL', 'tour.ipynb', 'k1', CAST('SELECT 1' AS BLOB), 'y',"
              "  '2024-01-01 00:00:03'),"
              " ('d', 'SQL', 'tour.ipynb', 'k1', 'SELECT 3', 'z', '2024-01-01 00:00:04')");
    is_int(record_code("k1", "SELECT 1"), 2,
           "found by its bytes, numbered by age over different code: NULL is oldest");
    is_str(ask("SELECT group_concat(code_notebook_cell_id || version) FROM"
               " (SELECT * FROM rscn_cell_version ORDER BY 1)"),
           "a1,b2,c2,d3", "with it the others are numbered");
    is_str(ask("SELECT code_notebook_cell_id FROM rscn_execution"), "c",
           "of two rows of one version the newest is taken (R-6)");
    is_str(ask("SELECT count(DISTINCT interpretable_code_hash) FROM code_notebook_cell WHERE"
               " interpretable_code_hash IN ('TODO', 'x', 'y', 'z')"),
           "4", "no hash of another tool is changed (R-20)");
    is_int(record_code("k1", "SELECT 4"), 4, "a new text counts on");
    plain_sql(store_file, "UPDATE code_notebook_cell SET deleted_at = '2024-02-01 00:00:00'"
                          " WHERE code_notebook_cell_id = 'c'");
    record_code("k1", "SELECT 1");
    is_str(ask("SELECT code_notebook_cell_id FROM rscn_execution ORDER BY execution_number DESC"),
           "b", "one that is not deleted comes first (R-6)");
}

static void test_taken_hash(void)
{
    struct fixture_execution e;
    char sql[700];
    new_store("taken.db");
    executed(&e, "k1", "SELECT 5");
    snprintf(sql, sizeof(sql),
             "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id,"
             " notebook_name, cell_name, interpretable_code, interpretable_code_hash)"
             " VALUES ('a', 'SQL', 'tour.ipynb', 'k1', 'other', '%s')",
             e.record.code_hash);
    plain_sql(store_file, sql);
    is_int(record(&e), 2, "another row has our hash with other code: recorded all the same (R-7)");
    is_str(ask("SELECT interpretable_code_hash GLOB '????????*~*' FROM code_notebook_cell"
               " WHERE interpretable_code = 'SELECT 5'"),
           "1", "under a hash with a suffix");
    is_int(record_code("k1", "SELECT 5"), 2, "and found again");
}

static void test_names(void)
{
    struct fixture_execution e;
    new_store("names.db");
    record_code("k1", "SELECT 1");
    executed(&e, "k1", "SELECT 1");
    e.record.cell_name = "load";
    e.record.nbformat_id = "id-1";
    is_int(record(&e), 1, "a cell gets a name: its versions count from 1 under it");
    is_str(ask("SELECT cell_name || nbformat_id FROM rscn_cell"), "loadid-1", "the name is kept");
    is_str(ask("SELECT group_concat(cell_name) FROM code_notebook_cell"), "k1,load",
           "the old name keeps its version");
    executed(&e, "k2", "SELECT 2");
    e.record.cell_name = "load";
    is_int(record(&e), 2, "two cells with one name share the numbers");
    executed(&e, "k1", "SELECT 1");
    e.record.cell_name = "load";
    record(&e);
    is_str(ask("SELECT nbformat_id FROM rscn_cell WHERE cell_key = 'k1'"), "id-1",
           "an id that is not sent again is not forgotten");
}

static void test_runs(void)
{
    struct fixture_execution e;
    struct fixture_execution other;
    struct error error = ERROR_INIT;
    char first[ULID_SIZE];
    new_store("runs.db");
    executed(&e, "k1", "SELECT 1");
    memcpy(first, e.run.run_id, ULID_SIZE);
    record(&e);
    fixture_execution(&other, "SELECT 2");
    fixture_finish(&other, STATE_EXECUTED, "none");
    other.record.run = &e.run;
    other.record.has_target_facts = true;
    other.record.target_schema_hash = "one";
    record(&other);
    executed(&e, "k1", "SELECT 1");
    e.record.has_target_facts = true;
    e.record.target_schema_hash = "two";
    record(&e);
    ulid_new(e.record.execution_id);
    e.record.msg_id = "third";
    e.record.target_schema_hash = "three";
    record(&e);
    is_str(ask("SELECT group_concat(number) FROM rscn_run"), "1,2", "runs count per notebook");
    is_str(ask("SELECT group_concat(schema_hash) FROM rscn_run_target"), "one,two",
           "the first look at a target in a run stays");
    executed(&e, "k1", "SELECT 1");
    e.run.notebook = "other.ipynb";
    record(&e);
    is_str(ask("SELECT number || session_number FROM rscn_run WHERE notebook_name ="
               " 'other.ipynb'"),
           "13", "another notebook for itself; sessions over all");
    ok(store_begin(connection, NULL, &error) &&
           store_end_run(connection, first, 1700000000000000, "{\"p\":2}", &error) &&
           store_end_run(connection, "none", 1700000000000000, NULL, &error) &&
           store_commit(connection, &error),
       "the end of a run; one without executions is no error");
    store_release(connection);
    is_str(ask("SELECT ended_at || parameters FROM rscn_run WHERE ended_at IS NOT NULL"),
           "2023-11-14 22:13:20.000000{\"p\":2}", "is kept with its parameters");
}

static void test_refused(void)
{
    struct fixture_execution e;
    struct fixture_execution again;
    struct error error = ERROR_INIT;
    new_store("refused.db");
    executed(&e, "k1", "SELECT 1");
    record(&e);
    executed(&again, "k9", "SELECT 9");
    again.record.msg_id = e.record.msg_id;
    ok(!record_with(&again.record, NULL, &error), "a request that is recorded");
    is_int(error.code, ERROR_EXISTS, "exists");
    contains(error.message, again.record.execution_id, "the message names it");
    executed(&again, "k9", "SELECT 9");
    memcpy(again.record.execution_id, e.record.execution_id, ULID_SIZE);
    ok(!record_with(&again.record, NULL, &error) && error.code == ERROR_EXISTS,
       "an execution that is recorded");
    ok(store_begin(connection, NULL, &error) &&
           !store_record(connection, &again.record, NULL, &error) &&
           store_commit(connection, &error),
       "the transaction is still good");
    store_release(connection);
    is_str(ask("SELECT count(*) FROM rscn_cell"), "1", "nothing of it was written");
    executed(&again, "k9", "SELECT 9");
    again.steps[1].to = STATE_EXECUTED;
    ok(!record_with(&again.record, NULL, &error), "a step that is not legal is refused");
    contains(error.message, "not legal", "by the store");
    is_str(ask("SELECT count(*) FROM rscn_execution"), "1", "with all of it");
    executed(&again, "k9", "SELECT 9");
    again.record.kernel_id = "no such kernel";
    ok(!record_with(&again.record, NULL, &error), "a kernel that is not there is refused");
}

/* The steps are told by the row when they are its times and its state; which states those may be is
 * the same in the store and in model/states.c. */
static void test_steps(void)
{
    struct fixture_execution e;
    struct error error = ERROR_INIT;
    new_store("steps.db");
    for (int state = 0; state < STATE_COUNT; state++) {
        for (int has_run = 0; has_run < 2; has_run++) {
            enum cell_state from = has_run ? STATE_RUNNING : STATE_PENDING;
            AUTO_FREE char *sql = NULL;
            executed(&e, "k1", "SELECT 1");
            e.record.state = (enum cell_state)state;
            e.record.started_at = has_run ? e.record.started_at : 0;
            e.record.step_count = has_run ? 3 : 2;
            e.steps[has_run + 1] =
                (struct execution_step){(enum cell_state)state, e.record.ended_at, NULL};
            bool may = state_may_follow(from, (enum cell_state)state) && state != STATE_RUNNING &&
                       state != STATE_PENDING;
            bool is_done = record_with(&e.record, NULL, &error);
            sql = xasprintf("SELECT count(*) FROM rscn_execution WHERE execution_id = '%s'"
                            " AND steps = %d",
                            e.record.execution_id, has_run ? 3 : 2);
            if (may || !is_done)
                is_str(ask(sql), may ? "1" : "0", "%s to %s", state_name(from),
                       state_name((enum cell_state)state));
        }
    }
    executed(&e, "k1", "SELECT 2");
    e.steps[2].at++;
    ok(record(&e) > 0, "steps with times of their own");
    is_str(ask("SELECT group_concat(to_state) FROM (SELECT to_state FROM rscn_step ORDER BY step)"),
           "PENDING,RUNNING,EXECUTED", "are rows");
    ok(plain_sql(store_file, "CREATE TABLE copy AS SELECT * FROM rscn_execution WHERE steps = 3"
                             " LIMIT 1; UPDATE copy SET state = 'REJECTED', execution_id = 'x',"
                             " msg_id = 'x', execution_number = NULL;"
                             "INSERT INTO rscn_execution SELECT * FROM copy") != SQLITE_OK,
       "nobody can write a row with a step that is not legal");
}

static void test_append_only(void)
{
    static const char *const attempts[] = {
        "UPDATE rscn_execution SET state = 'EXECUTED'",
        "DELETE FROM rscn_execution",
        "INSERT OR REPLACE INTO rscn_execution SELECT * FROM rscn_execution",
        "UPDATE rscn_step SET to_state = 'EXECUTED'",
        "DELETE FROM rscn_step",
        "INSERT OR REPLACE INTO rscn_step SELECT * FROM rscn_step",
        "INSERT INTO rscn_step VALUES (1, 1, 'PENDING', NULL, NULL)",
        "INSERT OR REPLACE INTO rscn_output SELECT * FROM rscn_output",
        "DELETE FROM rscn_output",
        "UPDATE rscn_cell_version SET version = 9",
        "INSERT OR REPLACE INTO rscn_cell_version SELECT * FROM rscn_cell_version",
        "DELETE FROM rscn_run",
        "INSERT OR REPLACE INTO rscn_run SELECT * FROM rscn_run",
        "UPDATE rscn_run_target SET schema_hash = ''",
        "INSERT OR REPLACE INTO rscn_run_target SELECT * FROM rscn_run_target",
        "DELETE FROM code_notebook_state",
        "INSERT OR REPLACE INTO code_notebook_state SELECT * FROM code_notebook_state",
        "UPDATE code_notebook_state SET to_state = 'EXECUTED'",
    };
    struct fixture_execution e;
    struct execution_output output = {"stream", "{}", 1};
    struct error error = ERROR_INIT;
    new_store("append.db");
    executed(&e, "k1", "SELECT 1");
    e.record.outputs = &output;
    e.record.output_count = 1;
    e.record.has_target_facts = true;
    e.record.target_schema_hash = "x";
    record(&e);
    ok(store_begin(connection, NULL, &error) &&
           store_roll_back(connection, e.record.execution_id, 1, "why", &error) &&
           store_commit(connection, &error),
       "a step that came later");
    store_release(connection);
    for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
        sqlite3 *handle;
        char *message = NULL;
        sqlite3_open(store_file, &handle);
        sqlite3_exec(handle, attempts[i], NULL, NULL, &message);
        contains(message, "append-only", "%s", attempts[i]);
        sqlite3_free(message);
        sqlite3_close(handle);
    }
    ok(plain_sql(store_file, "DELETE FROM rscn_transition") != SQLITE_OK,
       "rscn_transition is a view: nothing can be written into it");
    ok(plain_sql(store_file, "UPDATE rscn_run SET number = 9") != SQLITE_OK,
       "of a run only the end and the parameters can be set");
}

static void test_recovered(void)
{
    struct fixture_execution e;
    struct error error = ERROR_INIT;
    new_store("recovered.db");
    record_code("k1", "SELECT 1");
    executed(&e, "k1", "SELECT 0");
    e.record.cell_name = "older name";
    e.record.state = STATE_UNKNOWN;
    e.steps[2] = (struct execution_step){STATE_UNKNOWN, 0, "the kernel died"};
    e.record.ended_at = 0;
    e.record.outputs_complete = false;
    ok(store_begin(connection, NULL, &error) &&
           record_recovered(connection, &e.record, 1700000000000000, &error) &&
           store_commit(connection, &error),
       "an execution of a dead kernel");
    store_release(connection);
    is_str(ask("SELECT recovered_at || coalesce(ended_at, '/') || outputs_complete FROM"
               " rscn_execution WHERE state = 'UNKNOWN'"),
           "2023-11-14 22:13:20.000000/0", "its end is not known");
    is_str(ask("SELECT coalesce(at, 'NULL') FROM rscn_transition WHERE to_state = 'UNKNOWN'"),
           "NULL", "nor when it came");
    is_str(ask("SELECT json_extract(transition_result, '$.status') FROM code_notebook_state"
               " WHERE to_state = 'UNKNOWN'"),
           "unknown", "and the RSCN row says so");
    is_str(ask("SELECT cell_name FROM rscn_cell"), "k1", "a name that was given since stays");
    executed(&e, "k1", "SELECT 1");
    e.record.received_at = e.record.started_at = 1600000000000000;
    record_code("k1", "SELECT 2");
    record(&e);
    is_str(ask("SELECT interpretable_code FROM code_notebook_cell WHERE cell_name = 'k1' ORDER BY"
               " coalesce(updated_at, created_at) DESC LIMIT 1"),
           "SELECT 2", "what ran before the latest version came does not become the latest");
}

/* A file of another tool has a unique key over (cell, from, to): upserted (D-2, R-43), also when
 * the key comes while the store is open. */
static void test_state_key(void)
{
    struct fixture_execution e;
    new_store("key.db");
    record_code("k1", "SELECT 1");
    plain_sql(store_file,
              "DROP TRIGGER code_notebook_state_no_update;"
              "CREATE UNIQUE INDEX k ON code_notebook_state (code_notebook_cell_id, from_state,"
              " to_state)");
    executed(&e, "k1", "SELECT 1");
    e.record.rows = 8;
    ok(record(&e) == 1, "a second execution of the version is recorded");
    is_str(ask("SELECT count(*) FROM code_notebook_state"), "3", "in the same rows");
    is_str(ask("SELECT json_extract(transition_result, '$.rows') || coalesce(updated_by, '-') FROM"
               " code_notebook_state WHERE to_state = 'EXECUTED'"),
           "8alice", "which show the newest");
    is_str(ask("SELECT count(*) FROM rscn_transition"), "6", "the history is whole elsewhere");
}

int main(void)
{
    fixture_start();
    test_execution();
    test_failed();
    test_versions();
    test_odd_code();
    test_foreign_rows();
    test_taken_hash();
    test_names();
    test_runs();
    test_refused();
    test_steps();
    test_append_only();
    test_recovered();
    test_state_key();
    close_store();
    free(store_file);
    return done_testing();
}
