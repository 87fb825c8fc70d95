/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_evaluate: one expression for a client (user_expressions): reads only, and not for long.
 */
#include "engine/sqlite_engine.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "engine/sqlite_engine_state.h"
#include "engine/sqlite_error.h"
#include "engine/sqlite_guard.h"
#include "engine/sqlite_parameters.h"

#define EXPRESSION_MAX (1 << 20) /* bytes */
#define TIME_US 2000000          /* a client asks for values, not for work */
#define PROGRESS_STEPS 10000
#define BLOB_SHOWN 32

static int is_late(void *context)
{
    return monotonic_us() >= *(const int64_t *)context;
}

static json_t *failed(const char *ename, const char *evalue)
{
    AUTO_FREE char *line = xasprintf("%s: %s", ename, evalue);

    json_t *traceback = json_array();
    json_array_append_new(traceback, json_text(line, strlen(line)));
    json_t *result = json_object();
    json_object_set_new(result, "status", json_string("error"));
    json_object_set_new(result, "ename", json_text(ename, strlen(ename)));
    json_object_set_new(result, "evalue", json_text(evalue, strlen(evalue)));
    json_object_set_new(result, "traceback", traceback);
    return result;
}

static json_t *failed_sqlite(const struct engine_target *target, int code)
{
    const char *refusal = sqlite_guard_refusal(target->guard);
    AUTO_STRBUF message = STRBUF_INIT;

    if (refusal)
        return failed(sqlite_error_ename(SQLITE_AUTH), refusal);
    sqlite_guard_own(target->guard, true);
    sqlite_error_message(target, code, 0, "", 0, &message);
    sqlite_guard_own(target->guard, false);
    return failed(sqlite_error_ename(code), strbuf_text(&message));
}

/* The value as SQL would write it, but text bare. */
static json_t *shown(sqlite3_stmt *statement)
{
    AUTO_STRBUF text = STRBUF_INIT;

    switch (sqlite3_column_type(statement, 0)) {
    case SQLITE_NULL:
        strbuf_add_text(&text, "NULL");
        break;
    case SQLITE_BLOB: {
        const unsigned char *bytes = sqlite3_column_blob(statement, 0);
        int size = sqlite3_column_bytes(statement, 0);
        strbuf_add_text(&text, "x'");
        for (int i = 0; i < size && i < BLOB_SHOWN; i++)
            strbuf_addf(&text, "%02x", bytes[i]);
        strbuf_addf(&text, "%s' (%d bytes)", size > BLOB_SHOWN ? "\xe2\x80\xa6" : "", size);
        break;
    }
    default: {
        const unsigned char *value = sqlite3_column_text(statement, 0);
        strbuf_add(&text, value ? (const char *)value : "",
                   value ? (size_t)sqlite3_column_bytes(statement, 0) : 0);
        break;
    }
    }
    json_t *data = json_object();
    json_object_set_new(data, "text/plain", json_text(strbuf_text(&text), text.size));
    json_t *result = json_object();
    json_object_set_new(result, "status", json_string("ok"));
    json_object_set_new(result, "data", data);
    json_object_set_new(result, "metadata", json_object());
    return result;
}

static json_t *evaluate(struct sqlite_engine *engine, const struct engine_target *target,
                        const char *sql, size_t size)
{
    AUTO_STRBUF unbound = STRBUF_INIT;
    sqlite3_stmt *statement = NULL;
    const char *tail = NULL;
    json_t *result;

    sqlite_guard_clear(target->guard);
    int code = sqlite3_prepare_v3(target->connection, sql, (int)size + 1, 0, &statement, &tail);
    if (code != SQLITE_OK)
        return failed_sqlite(target, code);
    if (!statement || *tail || !sqlite3_stmt_readonly(statement) ||
        sqlite3_column_count(statement) != 1) {
        result = failed("UsageError", "not one expression that only reads");
    } else {
        sqlite_parameters_bind(statement, NULL, engine->parameters, &unbound);
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            result = shown(statement);
        else
            result = code == SQLITE_DONE ? failed("UsageError", "the expression has no value")
                                         : failed_sqlite(target, code);
    }
    sqlite3_finalize(statement);
    return result;
}

json_t *sqlite_engine_evaluate(struct sqlite_engine *engine, const char *expression, size_t size)
{
    const struct engine_target *target = sqlite_engine_target(engine);
    AUTO_STRBUF sql = STRBUF_INIT;
    int64_t until = monotonic_us() + TIME_US;

    if (!target)
        return failed("OperationalError", "the store can't be used now");
    if (size > EXPRESSION_MAX || memchr(expression, '\0', size))
        return failed("UsageError", "the expression is too long or holds a NUL byte");
    /* The line end closes a comment in the expression. */
    strbuf_add_text(&sql, "SELECT (");
    strbuf_add(&sql, expression, size);
    strbuf_add_text(&sql, "\n)");

    sqlite3_progress_handler(target->connection, PROGRESS_STEPS, is_late, &until);
    pthread_mutex_lock(&engine->mutex);
    engine->running = target->connection;
    pthread_mutex_unlock(&engine->mutex);
    json_t *result = evaluate(engine, target, strbuf_text(&sql), sql.size);
    pthread_mutex_lock(&engine->mutex);
    engine->running = NULL;
    pthread_mutex_unlock(&engine->mutex);
    sqlite3_progress_handler(target->connection, 0, NULL, NULL);
    return result;
}
