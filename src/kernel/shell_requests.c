/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "kernel/shell_requests.h"

#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "engine/look/sqlite_complete.h"
#include "engine/sqlite_engine.h"
#include "engine/look/sqlite_inspect.h"
#include "kernel/execution.h"
#include "kernel/look_session.h"
#include "kernel/magic/magic_complete.h"
#include "model/sql/sql_completeness.h"
#include "wire/message.h"

#define MAX_HISTORY 100000

struct text_request {
    const char *code;
    size_t size;
    size_t cursor; /* byte offset */
};

static json_t *error_reply(const char *ename, const char *evalue)
{
    json_t *reply = execution_error_content(ename, evalue, NULL);

    json_object_set_new(reply, "status", json_string("error"));
    return reply;
}

/* cursor_pos counts code points and may lie anywhere: it is clamped (FE-48, FE-49). */
static bool read_text(const json_t *content, struct text_request *request)
{
    const json_t *code = json_object_get(content, "code");
    const json_t *cursor = json_object_get(content, "cursor_pos");
    json_int_t position;

    if (!json_is_string(code) || (cursor && !json_is_integer(cursor) && !json_is_null(cursor)))
        return false;
    request->code = json_string_value(code);
    request->size = json_string_length(code);
    position = json_is_integer(cursor) ? json_integer_value(cursor) : -1;
    request->cursor = request->size;
    if (json_is_integer(cursor))
        request->cursor =
            position < 0 ? 0 : utf8_offset(request->code, request->size, (size_t)position);
    return true;
}

/* --- complete --------------------------------------------------------------------------------- */

static json_t *cells_of(void *context)
{
    return look_session_cells(context);
}

/* A % line is the magics' business, all else SQL. */
static void complete(struct look_session *session, const struct text_request *request,
                     json_t *found, size_t *ret_start, size_t *ret_end)
{
    struct sqlite_view view = look_session_begin(session);
    AUTO_FREE char *directory = look_session_directory(session);
    struct magic_surroundings surroundings = {&view, directory, cells_of, session};

    if (!magic_complete(&surroundings, request->code, request->size, request->cursor, found,
                        ret_start, ret_end))
        sqlite_complete(&view, request->code, request->size, request->cursor, found, ret_start,
                        ret_end);
    look_session_end(session);
}

static json_t *complete_reply(struct look_session *session, const json_t *content)
{
    struct text_request request;
    AUTO_JSON *found = json_array();
    AUTO_JSON *from = NULL;
    AUTO_JSON *to = NULL;
    json_t *matches, *match;
    size_t start, end, index;

    if (!read_text(content, &request))
        return error_reply("ProtocolError",
                           "complete_request: code or cursor_pos has a wrong type");
    start = end = request.cursor;
    complete(session, &request, found, &start, &end);
    from = json_integer((json_int_t)utf8_length(request.code, start));
    to = json_integer((json_int_t)utf8_length(request.code, end));
    matches = json_array();
    json_array_foreach(found, index, match)
    {
        json_array_append(matches, json_object_get(match, "text"));
        json_object_set(match, "start", from);
        json_object_set(match, "end", to);
    }
    return json_pack("{s:s, s:o, s:O, s:O, s:{s:O}}", "status", "ok", "matches", matches,
                     "cursor_start", from, "cursor_end", to, "metadata",
                     "_jupyter_types_experimental", found);
}

/* --- inspect ---------------------------------------------------------------------------------- */

static json_t *inspect_reply(struct look_session *session, const json_t *content)
{
    struct text_request request;
    json_t *data;
    bool is_found;

    if (!read_text(content, &request))
        return error_reply("ProtocolError", "inspect_request: code or cursor_pos has a wrong type");
    data = magic_inspect(request.code, request.size, request.cursor);
    if (!data) {
        struct sqlite_view view = look_session_begin(session);

        data = sqlite_inspect(&view, request.code, request.size, request.cursor,
                              (int)json_member_integer(content, "detail_level", 0));
        look_session_end(session);
    }
    is_found = data != NULL;
    return json_pack("{s:s, s:b, s:o, s:{}}", "status", "ok", "found", is_found, "data",
                     data ? data : json_object(), "metadata");
}

/* --- is_complete, history, comm_info, kernel_info --------------------------------------------- */

static json_t *is_complete_reply(const json_t *content)
{
    static const char *const words[] = {
        [SQL_COMPLETE] = "complete", [SQL_INCOMPLETE] = "incomplete", [SQL_INVALID] = "invalid"};
    const json_t *code = json_object_get(content, "code");
    enum sql_completeness answer;
    AUTO_STRBUF indent = STRBUF_INIT;
    size_t columns = 0;

    if (!json_is_string(code))
        return error_reply("ProtocolError", "is_complete_request: code is not a text");
    answer = sql_completeness_of(json_string_value(code), json_string_length(code), &columns);
    if (answer != SQL_INCOMPLETE)
        return json_pack("{s:s}", "status", words[answer]);
    strbuf_add_repeated(&indent, ' ', columns);
    return json_pack("{s:s, s:s}", "status", words[answer], "indent", strbuf_text(&indent));
}

static bool read_history(const json_t *content, struct history_request *request)
{
    const char *access = json_member_text(content, "hist_access_type", "tail");

    if (strcmp(access, "range") == 0)
        request->access = HISTORY_RANGE;
    else if (strcmp(access, "search") == 0)
        request->access = HISTORY_SEARCH;
    else if (strcmp(access, "tail") == 0)
        request->access = HISTORY_TAIL;
    else
        return false;
    request->session = json_member_integer(content, "session", 0);
    request->start = json_member_integer(content, "start", 0);
    request->stop = json_member_integer(content, "stop", -1);
    request->n =
        json_member_integer(content, "n", request->access == HISTORY_TAIL ? 10 : MAX_HISTORY);
    if (request->n < 0 || request->n > MAX_HISTORY)
        request->n = MAX_HISTORY;
    request->pattern = json_member_text(content, "pattern", "*");
    request->unique = json_member_bool(content, "unique", false);
    request->output = json_member_bool(content, "output", false);
    return true;
}

static json_t *history_reply(struct look_session *session, const json_t *content)
{
    struct history_request request = {0};
    struct error error = ERROR_INIT;
    json_t *history = NULL;

    if (!read_history(content, &request))
        return error_reply("ProtocolError",
                           "history_request: hist_access_type is not tail, range or search");
    history = look_session_history(session, &request, &error);
    if (!history)
        return error_reply("StoreError", error.message);
    return json_pack("{s:s, s:o}", "status", "ok", "history", history);
}

json_t *kernel_info_reply(const char *banner)
{
    json_t *language =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", "sql", "version",
                  sqlite_engine_version(), "mimetype", "text/x-sql", "file_extension", ".sql",
                  "pygments_lexer", "sql", "codemirror_mode", "sql");

    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:[], s:[{s:s, s:s}]}", "status", "ok",
                     "protocol_version", PROTOCOL_VERSION, "implementation", "rscn",
                     "implementation_version", PACKAGE_VERSION, "language_info", language, "banner",
                     banner, "debugger", 0, "supported_features", "help_links", "text",
                     "SQL as SQLite understands it", "url", "https://www.sqlite.org/lang.html");
}

json_t *shell_request_reply(struct look_session *session, const char *type, const json_t *content)
{
    AUTO_FREE char *unknown = NULL;

    if (strcmp(type, "complete_request") == 0)
        return complete_reply(session, content);
    if (strcmp(type, "inspect_request") == 0)
        return inspect_reply(session, content);
    if (strcmp(type, "is_complete_request") == 0)
        return is_complete_reply(content);
    if (strcmp(type, "history_request") == 0)
        return history_reply(session, content);
    if (strcmp(type, "comm_info_request") == 0)
        return json_pack("{s:s, s:{}}", "status", "ok", "comms");
    unknown = xasprintf("this kernel does not know the message type %s", type);
    return error_reply("UnsupportedError", unknown);
}
