/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_catalog: prepare, bind, step, finalize.
 */
#include "engine/look/sqlite_catalog.h"

#include <sqlite3.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "engine/sqlite_guard.h"
#include "model/sql/sql_words.h"

#define COLUMNS_MAX 16

static bool give_rows(sqlite3_stmt *statement, catalog_row row, void *context)
{
    int result, count = sqlite3_column_count(statement);
    count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *values[COLUMNS_MAX];
        for (int i = 0; i < count; i++)
            values[i] = (const char *)sqlite3_column_text(statement, i);
        if (!row(context, values, (size_t)count))
            return true;
    }
    return result == SQLITE_DONE;
}

bool sqlite_catalog_query(const struct sqlite_view *view, const char *sql,
                          const char *const *values, size_t count, catalog_row row, void *context)
{
    sqlite3_stmt *statement = NULL;
    if (view->connection == NULL)
        return false;
    if (view->guard != NULL)
        sqlite_guard_own(view->guard, true);
    bool done = sqlite3_prepare_v2(view->connection, sql, -1, &statement, NULL) == SQLITE_OK;
    for (size_t i = 0; i < count && done; i++)
        done =
            sqlite3_bind_text(statement, (int)i + 1, values[i], -1, SQLITE_TRANSIENT) == SQLITE_OK;
    done = done && give_rows(statement, row, context);
    sqlite3_finalize(statement);
    if (view->guard != NULL)
        sqlite_guard_own(view->guard, false);
    return done;
}

/* A keyword that SQLite takes for the name it is where no keyword can stand. */
static bool is_plain_keyword(const char *name)
{
    enum sql_word word = sql_word_find(name, strlen(name));
    switch (word) {
    case SQL_WORD_CURRENT_DATE: /* a value */
    case SQL_WORD_CURRENT_TIME:
    case SQL_WORD_CURRENT_TIMESTAMP:
    case SQL_WORD_CAST: /* before a parenthesis */
    case SQL_WORD_IF:
    case SQL_WORD_RAISE:
        return false;
    default:
        return sql_word_is_name(word);
    }
}

char *sqlite_catalog_identifier(const char *name)
{
    bool bare = name[0] != '\0' && (name[0] < '0' || name[0] > '9') && name[0] != '$' &&
                (!sqlite3_keyword_check(name, (int)strlen(name)) || is_plain_keyword(name));
    for (const char *c = name; *c != '\0' && bare; c++)
        bare = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
               *c == '_' || (unsigned char)*c >= 0x80;
    if (bare)
        return xstrdup(name);
    AUTO_STRBUF quoted = STRBUF_INIT;
    strbuf_add_char(&quoted, '"');
    for (const char *c = name; *c != '\0'; c++) {
        strbuf_add_char(&quoted, *c);
        if (*c == '"')
            strbuf_add_char(&quoted, '"');
    }
    strbuf_add_char(&quoted, '"');
    return strbuf_take(&quoted);
}
