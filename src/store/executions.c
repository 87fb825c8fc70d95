/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executions: what the kernel asks the record before and while it runs cells.
 */
#include <stdlib.h>
#include <string.h>

#include "store/statement.h"
#include "store/versions.h"

/* The target word of the store itself; rows of other tools count for it. */
#define TARGET_STORE "store"

bool store_has_execution(struct store_connection *connection, const char *execution_id)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_HAS_EXECUTION, "looking for an execution",
                        NULL))
        return false;
    statement_text(&statement, execution_id);
    return statement_next(&statement, NULL) > 0;
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t length = from ? strnlen(from, size - 1) : 0;
    if (length)
        memcpy(to, from, length);
    to[length] = '\0';
}

bool store_find_message(struct store_connection *connection, const char *client_session,
                        const char *msg_id, struct recorded_message *ret_found, struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_FIND_MESSAGE, "looking for a request", error))
        return false;
    statement_text(&statement, client_session);
    statement_text(&statement, msg_id);
    if (statement_next(&statement, error) <= 0)
        return false;
    copy_text(ret_found->execution_id, sizeof(ret_found->execution_id),
              statement_column(&statement, 0, NULL));
    copy_text(ret_found->code_hash, sizeof(ret_found->code_hash),
              statement_column(&statement, 1, NULL));
    ret_found->reply = statement_copy(&statement, 2, NULL);
    return true;
}

bool store_has_session(struct store_connection *connection, const char *client_session)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_HAS_SESSION, "looking for a session", NULL))
        return true;
    statement_text(&statement, client_session);
    return statement_next(&statement, NULL) != 0;
}

char *store_last_target(struct store_connection *connection, const char *notebook,
                        const char *run_id)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_LAST_TARGET, "looking for the last target",
                        NULL))
        return NULL;
    statement_text(&statement, notebook);
    statement_text(&statement, run_id);
    return statement_next(&statement, NULL) > 0 ? statement_copy(&statement, 0, NULL) : NULL;
}

char *store_cell_arguments(struct store_connection *connection, const char *notebook,
                           const char *cell_name)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;
    if (!statement_open(&statement, connection, SQL_CELL_ARGUMENTS,
                        "looking for a cell's arguments", NULL))
        return NULL;
    statement_text(&statement, notebook);
    statement_text(&statement, cell_name);
    return statement_next(&statement, NULL) > 0 ? statement_copy(&statement, 0, NULL) : NULL;
}

/* --- run once ------------------------------------------------------------------------------ */

static void copy_time(char ret_text[TIMESTAMP_SIZE], const char *stored)
{
    timestamp_us time;
    ret_text[0] = '\0';
    if (stored && timestamp_parse(stored, &time))
        timestamp_format_rfc3339(time, ret_text);
}

/* 1: the row was applied on the target, 0: not, -1: an error. */
static int applied(struct store_connection *connection, const char *version_id, const char *target,
                   struct once_facts *facts, struct error *error)
{
    static const char doing[] = "looking whether a cell was applied";
    AUTO_STATEMENT ours = STATEMENT_INIT;
    if (!statement_open(&ours, connection, SQL_ONCE_OURS, doing, error))
        return -1;
    statement_text(&ours, version_id);
    statement_text(&ours, target);
    int next = statement_next(&ours, error);
    if (next > 0) {
        copy_text(facts->execution_id, sizeof(facts->execution_id),
                  statement_column(&ours, 0, NULL));
        copy_time(facts->executed_at, statement_column(&ours, 1, NULL));
    }
    if (next || strcmp(target, TARGET_STORE) != 0)
        return next;
    AUTO_STATEMENT foreign = STATEMENT_INIT;
    if (!statement_open(&foreign, connection, SQL_ONCE_FOREIGN, doing, error))
        return -1;
    statement_text(&foreign, version_id);
    next = statement_next(&foreign, error);
    if (next > 0)
        copy_time(facts->executed_at, statement_column(&foreign, 0, NULL));
    return next;
}

/* Looks through the rows whose code is (or is not) the given one; the newest applied row counts. */
static int applied_any(struct store_connection *connection, const struct version_list *list,
                       const char *hash, bool is_same, const char *target, struct once_facts *facts,
                       struct error *error)
{
    for (size_t i = list->count; i-- > 0;) {
        const struct version *version = &list->versions[i];
        if ((strcmp(version->hash, hash) == 0) != is_same)
            continue;
        int result = applied(connection, version->id, target, facts, error);
        if (result > 0)
            facts->executed_version = version->number;
        if (result)
            return result;
    }
    return 0;
}

static int64_t number_of(const struct version_list *list, const char *hash)
{
    int64_t last = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->versions[i].hash, hash) == 0)
            return list->versions[i].number;
        if (list->versions[i].number > last)
            last = list->versions[i].number;
    }
    return last + 1;
}

bool store_once(struct store_connection *connection, const char *notebook, const char *cell_name,
                const char *code, size_t code_size, const char *target,
                enum once_answer *ret_answer, struct once_facts *ret_facts, struct error *error)
{
    AUTO_VERSIONS list = VERSION_LIST_INIT;
    char hash[SHA256_HEX_SIZE];
    *ret_facts = (struct once_facts){.execution_id = ""};
    *ret_answer = ONCE_NEVER;
    if (!versions_load(connection, notebook, cell_name, &list, error))
        return false;
    sha256_hex(code, code_size, hash);
    ret_facts->this_version = number_of(&list, hash);
    int same = applied_any(connection, &list, hash, true, target, ret_facts, error);
    if (same) {
        *ret_answer = ONCE_SAME_VERSION;
        return same > 0;
    }
    int other = applied_any(connection, &list, hash, false, target, ret_facts, error);
    if (other > 0)
        *ret_answer = ONCE_OTHER_VERSION;
    return other >= 0;
}
