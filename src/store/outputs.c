/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outputs: reads what executions showed; see outputs.h.
 */
#include "store/outputs.h"

#include <string.h>

#include "base/memory.h"
#include "model/output/output_file.h"
#include "model/output/output_fold.h"
#include "store/notebooks.h"
#include "store/statement.h"

char *outputs_read(struct store_connection *connection, int64_t number, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    int next;
    if (!statement_open(&statement, connection, SQL_OUTPUTS, "reading the outputs", error))
        return NULL;
    struct output_fold *fold = output_fold_new();
    statement_integer(&statement, number);
    while ((next = statement_next(&statement, error)) > 0) {
        size_t size;
        const char *content = statement_column(&statement, 1, &size);
        output_fold_add(fold, statement_column(&statement, 0, NULL), content, size);
    }
    char *text = next == 0 ? output_fold_json(fold) : NULL;
    output_fold_free(fold);
    return text;
}

json_t *outputs_json(const char *text)
{
    struct raw_json *json = raw_json_parse(text, strlen(text), NULL);
    json_t *outputs = json ? output_file_read(json, raw_json_root(json)) : json_array();
    raw_json_free(json);
    return outputs;
}

bool store_last_outputs(struct store_connection *connection, const char *key, const char *cell_key,
                        const char *code_hash, timestamp_us until, char **ret_outputs,
                        int64_t *ret_execution_count, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    *ret_outputs = NULL;
    *ret_execution_count = 0;
    if (!statement_open(&statement, connection, SQL_LAST_OUTPUTS, "looking for an execution",
                        error))
        return false;
    statement_text(&statement, key);
    statement_text(&statement, cell_key);
    statement_text(&statement, code_hash);
    statement_time(&statement, until);
    int next = statement_next(&statement, error);
    if (next <= 0)
        return next == 0;
    *ret_execution_count = statement_column_integer(&statement, 1);
    *ret_outputs = outputs_read(connection, statement_column_integer(&statement, 0), error);
    return *ret_outputs != NULL;
}
