/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_error: see the header.
 */
#include "engine/sqlite_error.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/utf8.h"
#include "engine/sqlite_suggest.h"
#include "model/sql/sql_scan.h"

#define LINE_WIDTH 100     /* columns of the cell's line that are shown */
#define MESSAGE_WIDTH 2000 /* of SQLite's message, which may quote the cell */
#define BEFORE_CARET 60    /* of these, at most so many before the caret */

const char *sqlite_error_ename(int code)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return "IntegrityError";
    case SQLITE_AUTH:
        return "NotAllowedError";
    case SQLITE_INTERRUPT:
        return "Interrupted";
    case SQLITE_TOOBIG:
        return "DataError";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
        return "DatabaseError";
    case SQLITE_INTERNAL:
    case SQLITE_NOTFOUND:
        return "InternalError";
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return "ProgrammingError";
    default:
        return "OperationalError";
    }
}

const char *sqlite_error_ename_of(const struct error *error)
{
    switch (error->code) {
    case ERROR_INTERRUPTED:
    case ERROR_CLOSING:
        return "Interrupted";
    case ERROR_DENIED:
        return "NotAllowedError";
    case ERROR_INVALID:
    case ERROR_USAGE:
        return "UsageError";
    case ERROR_NOT_FOUND:
        return "NotFoundError";
    case ERROR_EXISTS:
        return "IntegrityError";
    case ERROR_DAMAGED:
    case ERROR_NEWER:
        return "DatabaseError";
    default:
        return "OperationalError";
    }
}

/* ------------------------------------------------------------------------------------------------
 * messages
 */

void sqlite_error_message(const struct engine_target *target, int code, int timeout_ms,
                          const char *statement, size_t size, struct strbuf *buffer)
{
    /* Copied first: our own queries replace the connection's message. */
    AUTO_FREE char *text = xstrdup(sqlite3_errmsg(target->connection));
    int number = sqlite3_system_errno(target->connection);

    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        strbuf_addf(buffer,
                    "%s: %s is in use by another program (waited %.1f s); try again when it is "
                    "done, or wait longer with `%%set timeout SECONDS`",
                    text, target->label, timeout_ms / 1000.0);
        return;
    case SQLITE_FULL:
        strbuf_addf(buffer, "%s: no space is left for %s", text, target->label);
        return;
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        strbuf_addf(buffer, "%s: %s", target->label, text);
        return;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        strbuf_addf(buffer, "%s: %s", target->label, text);
        if (number)
            strbuf_addf(buffer, " (%s)", strerror(number));
        return;
    default:
        break;
    }
    strbuf_add_text(buffer, text);
    if ((code & 0xff) == SQLITE_ERROR)
        sqlite_suggest(target, statement, size, text, buffer);
}

/* ------------------------------------------------------------------------------------------------
 * places
 */

/* The name that SQLite's message is about, or NULL. Caller frees. */
static char *named_token(const char *message)
{
    static const char *const marks[] = {"has no column named ", "duplicate column name: "};
    static const char *const ends[] = {" already exists"};

    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        const char *found = strstr(message, marks[i]);
        if (found)
            return xstrdup(found + strlen(marks[i]));
    }
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        const char *end = strstr(message, ends[i]);
        const char *start = strchr(message, ' ');
        if (end && start && start < end)
            return xstrndup(start + 1, (size_t)(end - start - 1));
    }
    if (strncmp(message, "no such ", 8) == 0 && strstr(message, ": ")) {
        const char *name = strstr(message, ": ") + 2;
        const char *dot = strrchr(name, '.');
        return xstrdup(dot ? dot + 1 : name);
    }
    if (strncmp(message, "unknown database ", 17) == 0)
        return xstrdup(message + 17);
    return NULL;
}

bool sqlite_error_place(const char *statement, size_t size, const char *message, int reported,
                        size_t *ret_offset)
{
    if (reported >= 0 && (size_t)reported <= size) {
        *ret_offset = (size_t)reported;
        return true;
    }
    AUTO_FREE char *name = named_token(message);
    return name && *name && sql_scan_find_token(statement, size, name, ret_offset);
}

/* ------------------------------------------------------------------------------------------------
 * the report
 */

/* The line around the caret, and the caret below it. */
static void add_caret(const char *text, size_t size, size_t before, json_t *traceback)
{
    AUTO_STRBUF line = STRBUF_INIT;
    AUTO_STRBUF caret = STRBUF_INIT;
    size_t skipped = 0;

    /* A line of a megabyte: start near the caret, at the beginning of a character. */
    if (before > BEFORE_CARET * 8)
        skipped = before - BEFORE_CARET * 8;
    while (skipped && skipped < before && ((unsigned char)text[skipped] & 0xc0) == 0x80)
        skipped++;
    while (utf8_width(text + skipped, before - skipped) > BEFORE_CARET) {
        uint32_t ignored;
        skipped += utf8_decode(text + skipped, before - skipped, &ignored);
    }
    strbuf_add_text(&line, skipped ? "    \xe2\x80\xa6" : "    ");
    utf8_add_line(&line, text + skipped, before - skipped, LINE_WIDTH);
    strbuf_add_repeated(&caret, ' ', utf8_width(line.text, line.size));
    strbuf_add_char(&caret, '^');
    utf8_add_line(&line, text + before, size - before, LINE_WIDTH - BEFORE_CARET);
    json_array_append_new(traceback, json_text(line.text, line.size));
    json_array_append_new(traceback, json_text(caret.text, caret.size));
}

/* With a caret where the place is known, else the statement's first line. */
static void add_source(const struct sqlite_failure *failure, const char *code,
                       const struct sql_position *position, json_t *traceback)
{
    AUTO_STRBUF line = STRBUF_INIT;
    size_t end = position->line_offset + position->line_size;
    size_t start = failure->has_place ? failure->place : failure->offset;

    if (start > end)
        start = end;
    if (failure->has_place) {
        add_caret(code + position->line_offset, position->line_size, start - position->line_offset,
                  traceback);
        return;
    }
    strbuf_add_text(&line, "    ");
    utf8_add_line(&line, code + start, end - start, LINE_WIDTH);
    json_array_append_new(traceback, json_text(line.text, line.size));
}

static void add_where(const struct sqlite_failure *failure, const struct sql_position *position,
                      struct strbuf *buffer)
{
    if (failure->is_directive)
        strbuf_addf(buffer, "line %zu", position->line);
    else if (failure->count > 1)
        strbuf_addf(buffer, "statement %zu of %zu, line %zu", failure->number, failure->count,
                    position->line);
    else
        strbuf_addf(buffer, "line %zu", position->line);
    if (failure->has_place)
        strbuf_addf(buffer, ", column %zu", position->column);
}

void sqlite_error_describe(const struct sqlite_failure *failure, const char *code, size_t size,
                           struct engine_outcome *outcome)
{
    AUTO_STRBUF value = STRBUF_INIT;
    AUTO_STRBUF where = STRBUF_INIT;
    AUTO_STRBUF first = STRBUF_INIT;
    AUTO_STRBUF line = STRBUF_INIT;
    json_t *traceback = json_array();

    utf8_add_line(&line, strbuf_text(&failure->message), failure->message.size, MESSAGE_WIDTH);
    const char *message = strbuf_text(&line);

    strbuf_addf(&first, "%s: %s", failure->ename, message);
    json_array_append_new(traceback, json_text(strbuf_text(&first), first.size));
    strbuf_add_text(&value, message);
    if (failure->has_statement) {
        struct sql_position position =
            sql_scan_position(code, size, failure->has_place ? failure->place : failure->offset);
        add_where(failure, &position, &where);
        strbuf_addf(&value, " (%s)", strbuf_text(&where));
        strbuf_add_char(&where, ':');
        json_array_append_new(traceback, json_text(strbuf_text(&where), where.size));
        add_source(failure, code, &position, traceback);
        outcome->failed_line = position.line;
    }
    if (failure->effect) {
        strbuf_addf(&value, "; %s", failure->effect);
        json_array_append_new(traceback, json_text(failure->effect, strlen(failure->effect)));
    }
    outcome->ename = xstrdup(failure->ename);
    outcome->evalue = strbuf_take(&value);
    outcome->traceback = traceback;
}
