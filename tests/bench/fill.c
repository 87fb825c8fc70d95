/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill STORE COUNT: records COUNT executions in a store that exists: 100 notebooks of 50 cells in
 * ten versions each, run after run, with an output each, so that every index is as deep as it gets.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/memory.h"
#include "store/store.h"

#define NOTEBOOKS 100
#define CELLS 50
#define VERSIONS 10
#define BATCH 10000

static void must(bool done, const struct error *error)
{
    if (!done) {
        fprintf(stderr, "fill: %s\n", error->message);
        exit(1);
    }
}

static void fill_run(struct run_facts *run, char *notebook, size_t size, size_t number)
{
    snprintf(notebook, size, "folder/notebook-%zu.ipynb", number / CELLS % NOTEBOOKS);
    *run = (struct run_facts){.notebook = notebook,
                              .client = "fill",
                              .user = "fill",
                              .host = "localhost",
                              .pid = 1,
                              .started_at = timestamp_now()};
    ulid_new(run->run_id);
}

static bool record_one(struct store_connection *connection, const struct run_facts *run,
                       size_t number, struct error *error)
{
    char code[200], cell[40], message[40];
    timestamp_us now = timestamp_now();
    struct execution_step steps[] = {{STATE_PENDING, now, NULL}, {STATE_RUNNING, now, NULL},
                                     {STATE_EXECUTED, now, NULL}};
    struct execution_output output = {
        "display_data",
        "{\"data\":{\"text/plain\":\"1\\n-\\n1\\n(1 row)\"},\"metadata\":{},\"transient\":{}}", now};
    struct execution_record record = {.run = run,
                                      .cell_key = cell,
                                      .cell_name = cell,
                                      .kernel_id = "SQL",
                                      .engine = "SQLite",
                                      .engine_version = "3",
                                      .target = "store",
                                      .state = STATE_EXECUTED,
                                      .effect = "none",
                                      .rows = 1,
                                      .reply = "{\"status\":\"ok\",\"execution_count\":1}",
                                      .execution_count = (int64_t)(number % CELLS) + 1,
                                      .in_history = true,
                                      .client_session = run->run_id,
                                      .msg_id = message,
                                      .user = "fill",
                                      .host = "localhost",
                                      .identified_by = "[\"code\"]",
                                      .received_at = now,
                                      .started_at = now,
                                      .ended_at = now,
                                      .outputs_complete = true,
                                      .steps = steps,
                                      .step_count = ARRAY_SIZE(steps),
                                      .outputs = &output,
                                      .output_count = 1};

    snprintf(cell, sizeof(cell), "cell-%zu", number % CELLS);
    snprintf(message, sizeof(message), "message-%zu", number);
    snprintf(code, sizeof(code), "SELECT %zu AS cell, %zu AS version FROM a_table WHERE b > 5",
             number % CELLS, number / CELLS / NOTEBOOKS % VERSIONS);
    record.code = code;
    record.code_size = strlen(code);
    sha256_hex(code, record.code_size, record.code_hash);
    ulid_new(record.execution_id);
    return store_record(connection, &record, NULL, error);
}

int main(int argc, char **argv)
{
    struct error error = ERROR_INIT;
    struct run_facts run = {.notebook = NULL};
    char notebook[100];
    size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

    if (count == 0) {
        fprintf(stderr, "usage: fill STORE COUNT\n");
        return 2;
    }
    ident_init();
    struct store *store = store_open(argv[1], STORE_WRITE, &error);
    must(store != NULL, &error);
    struct store_connection *connection = store_connect(store, &error);
    must(connection != NULL, &error);
    for (size_t i = 0; i < count; i++) {
        if (i % BATCH == 0)
            must(store_begin(connection, NULL, &error), &error);
        if (i % CELLS == 0)
            fill_run(&run, notebook, sizeof(notebook), i);
        must(record_one(connection, &run, i, &error), &error);
        if (i % BATCH == BATCH - 1 || i + 1 == count) {
            must(store_commit(connection, &error), &error);
            store_release(connection);
        }
    }
    store_disconnect(connection);
    store_close(store);
    return 0;
}
