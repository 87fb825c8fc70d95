/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard: turns CHECKs and triggers of a connection off and on; see guard.h.
 */
#include "store/guard.h"

#include <sqlite3.h>

#include "store/statement.h"

static const char doing[] = "looking for triggers";

void guard_doubt(struct guard *guard)
{
    guard->is_known = false;
}

static bool ask(struct store_connection *connection, enum statement_id id, int *ret_number,
                struct error *error)
{
    AUTO_STATEMENT statement = STATEMENT_INIT;

    if (!statement_open(&statement, connection, id, doing, error) ||
        statement_next(&statement, error) <= 0)
        return false;
    *ret_number = (int)statement_column_integer(&statement, 0);
    return true;
}

/* The schema is read again only when it has changed. */
static bool look(struct store_connection *connection, struct error *error)
{
    struct guard *guard = &connection->guard;
    int version, others;

    if (guard->is_known)
        return true;
    if (!ask(connection, SQL_SCHEMA_VERSION, &version, error))
        return false;
    if (version != guard->schema_version) {
        if (!ask(connection, SQL_OTHER_TRIGGERS, &others, error))
            return false;
        guard->schema_version = version;
        guard->may_lift = others == 0;
    }
    guard->is_known = true;
    return true;
}

bool guard_set(struct store_connection *connection, bool is_sure, struct error *error)
{
    struct guard *guard = &connection->guard;

    is_sure = is_sure && !guard->is_shared;
    if (!is_sure && !guard->is_lifted)
        return true;
    if (is_sure && !look(connection, error))
        return false;
    bool lifts = is_sure && guard->may_lift;
    if (lifts == guard->is_lifted)
        return true;
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, !lifts, NULL);
    guard->is_lifted = lifts;
    return database_execute(connection,
                            lifts ? "PRAGMA ignore_check_constraints = 1"
                                  : "PRAGMA ignore_check_constraints = 0",
                            "setting the checks", error);
}
