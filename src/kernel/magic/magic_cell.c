/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic_cell: %%explain, %%time, %%sql: what the whole cell is told.
 */
#include "kernel/magic/magic_call.h"

#include <string.h>

#include "kernel/executor.h"

static bool set_mode(struct magic_call *call, enum engine_mode mode, struct error *error)
{
    if (!magic_arguments_check(&call->arguments, 0, 0, call->usage, error))
        return false;
    if (executor_in_statements(call->executor))
        return error_set(error, ERROR_INVALID,
                         "it is for the whole cell; put it on the first line");
    return executor_set_mode(call->executor, mode) ||
           error_set(error, ERROR_INVALID,
                     "%%%%explain runs nothing and %%%%time runs everything; take one of them out");
}

bool magic_explain(struct magic_call *call, struct error *error)
{
    /* The record would say of this text that it was executed. */
    if (executor_is_once(call->executor))
        return error_set(error, ERROR_INVALID,
                         "this cell runs once by its name, and explained it would count as run; "
                         "explain its text in another cell");
    return set_mode(call, ENGINE_EXPLAIN, error);
}

bool magic_time(struct magic_call *call, struct error *error)
{
    return set_mode(call, ENGINE_TIME, error);
}

bool magic_sql_cell(struct magic_call *call, struct error *error)
{
    if (call->arguments.count == 0)
        return true;
    return error_set(error, ERROR_INVALID,
                     "it takes nothing here: %%use FILE chooses the database, and the SQL begins on "
                     "the next line");
}
