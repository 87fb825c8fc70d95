/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor CONNECTION_FILE DATABASE: the least that an SQL kernel can do which keeps a durable record.
 * For every execute_request it runs the code as one statement, renders the result as text and HTML,
 * sends busy, execute_input, display_data, execute_reply and idle, all signed, and before the
 * replies it commits one row (WAL, synchronous=FULL). Requests that wait together share one commit,
 * at most 64. One thread, no errors, no look-ups, no second request while one runs.
 */
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/timestamp.h"
#include "exchange.h"
#include "floor_render.h"
#include "wire/connection_file.h"

#define MAX_GROUP 64
#define TEXT_SIZE 4096

static const char kernel_info[] =
    "{\"status\":\"ok\",\"protocol_version\":\"5.5\",\"implementation\":\"floor\","
    "\"implementation_version\":\"1\",\"banner\":\"floor\",\"language_info\":{\"name\":\"sql\","
    "\"version\":\"3\",\"mimetype\":\"text/x-sql\",\"file_extension\":\".sql\"}}";

struct floor {
    void *shell, *control, *iopub;
    struct signer *signer;
    sqlite3 *database;
    sqlite3_stmt *begin, *insert, *commit;
    char session[UUID_SIZE];
    unsigned long sent;
};

static void must(struct floor *floor, int result)
{
    if (result != SQLITE_OK && result != SQLITE_DONE)
        die("SQLite: %s", sqlite3_errmsg(floor->database));
}

static void open_database(struct floor *floor, const char *path)
{
    must(floor, sqlite3_open(path, &floor->database));
    must(floor, sqlite3_exec(floor->database,
                             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                             "CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY, at INTEGER, header TEXT,"
                             " code TEXT, state TEXT)",
                             NULL, NULL, NULL));
    must(floor, sqlite3_prepare_v2(floor->database, "BEGIN IMMEDIATE", -1, &floor->begin, NULL));
    must(floor, sqlite3_prepare_v2(floor->database,
                                   "INSERT INTO record (at, header, code, state)"
                                   " VALUES (?1, ?2, ?3, 'EXECUTED')",
                                   -1, &floor->insert, NULL));
    must(floor, sqlite3_prepare_v2(floor->database, "COMMIT", -1, &floor->commit, NULL));
}

static void step(struct floor *floor, sqlite3_stmt *statement)
{
    must(floor, sqlite3_step(statement));
    sqlite3_reset(statement);
}

static void insert_row(struct floor *floor, struct frame header, struct frame code)
{
    sqlite3_bind_int64(floor->insert, 1, timestamp_now());
    sqlite3_bind_text(floor->insert, 2, header.bytes, (int)header.size, SQLITE_STATIC);
    sqlite3_bind_text(floor->insert, 3, code.bytes, (int)code.size, SQLITE_STATIC);
    step(floor, floor->insert);
}

static void *bind_socket(void *context, int type, const struct connection_file *file,
                         enum channel channel)
{
    AUTO_FREE char *endpoint = connection_file_endpoint(file, channel);
    void *socket = open_socket(context, type);

    if (zmq_bind(socket, endpoint) != 0)
        die("%s: %s", endpoint, zmq_strerror(zmq_errno()));
    return socket;
}

static void send_message(struct floor *floor, void *socket, const char *type,
                         const struct parts *request, struct frame content)
{
    char header[TEXT_SIZE];
    char date[TIMESTAMP_SIZE];
    zmq_msg_t *identity = (zmq_msg_t *)&request->messages[0];
    struct frame address = text_frame(type);

    if (socket != floor->iopub)
        address = (struct frame){zmq_msg_data(identity), zmq_msg_size(identity)};
    timestamp_format_rfc3339(timestamp_now(), date);
    snprintf(header, sizeof(header),
             "{\"msg_id\":\"%s_%lu\",\"session\":\"%s\",\"username\":\"floor\",\"date\":\"%s\","
             "\"msg_type\":\"%s\",\"version\":\"5.5\"}",
             floor->session, floor->sent++, floor->session, date, type);
    send_parts(socket, address, floor->signer, text_frame(header), part_of(request, HEADER),
               content);
}

static void send_text(struct floor *floor, void *socket, const char *type,
                      const struct parts *request, const char *content)
{
    send_message(floor, socket, type, request, text_frame(content));
}

static void send_input(struct floor *floor, const struct parts *request, struct frame code)
{
    char content[TEXT_SIZE];
    int size = snprintf(content, sizeof(content), "{\"code\":%.*s,\"execution_count\":1}",
                        (int)code.size, (const char *)code.bytes);

    if (size >= TEXT_SIZE)
        die("the code is too long");
    send_message(floor, floor->iopub, "execute_input", request,
                 (struct frame){content, (size_t)size});
}

static bool is_execute(const struct parts *request)
{
    return member_is(part_of(request, HEADER), "msg_type", "execute_request");
}

/* The code, which stands in quotes, as one statement. */
static void run_code(struct floor *floor, const struct parts *request, struct frame code)
{
    json_t *text = json_loadb(code.bytes, code.size, JSON_DECODE_ANY, NULL);
    struct bytes html = {0}, plain = {0};
    sqlite3_stmt *statement = NULL;
    json_t *content;
    char *dump;

    must(floor, sqlite3_prepare_v2(floor->database, json_string_value(text), -1, &statement, NULL));
    floor_render(statement, &html, &plain);
    must(floor, sqlite3_finalize(statement));
    content = json_pack("{s:{s:s#, s:s#}, s:{}, s:{}}", "data", "text/plain", plain.data, plain.size,
                        "text/html", html.data, html.size, "metadata", "transient");
    dump = json_dumps(content, JSON_COMPACT);
    send_text(floor, floor->iopub, "display_data", request, dump);
    json_decref(content);
    json_decref(text);
    free(dump);
    free(html.data);
    free(plain.data);
}

/* Up to the commit. */
static void begin_request(struct floor *floor, const struct parts *request)
{
    struct frame code = member_of(part_of(request, CONTENT), "code");

    send_text(floor, floor->iopub, "status", request, "{\"execution_state\":\"busy\"}");
    if (!is_execute(request))
        return;
    send_input(floor, request, code);
    run_code(floor, request, code);
    insert_row(floor, part_of(request, HEADER), code);
}

/* After the commit. */
static void end_request(struct floor *floor, const struct parts *request)
{
    if (is_execute(request))
        send_text(floor, floor->shell, "execute_reply", request,
                  "{\"status\":\"ok\",\"execution_count\":1,\"user_expressions\":{},"
                  "\"payload\":[]}");
    else
        send_text(floor, floor->shell, "kernel_info_reply", request, kernel_info);
    send_text(floor, floor->iopub, "status", request, "{\"execution_state\":\"idle\"}");
}

static void serve_group(struct floor *floor)
{
    static struct parts group[MAX_GROUP];
    size_t count = 0;

    while (count < MAX_GROUP && receive_parts(floor->shell, &group[count])) {
        if (!signature_is_right(&group[count], floor->signer))
            die("a request is not rightly signed");
        if (count == 0)
            step(floor, floor->begin);
        begin_request(floor, &group[count++]);
    }
    if (count > 0)
        step(floor, floor->commit);
    for (size_t i = 0; i < count; i++) {
        end_request(floor, &group[i]);
        release_parts(&group[i]);
    }
}

static void serve_control(struct floor *floor)
{
    struct parts request;

    while (receive_parts(floor->control, &request)) {
        bool is_end = member_is(part_of(&request, HEADER), "msg_type", "shutdown_request");

        send_text(floor, floor->iopub, "status", &request, "{\"execution_state\":\"busy\"}");
        send_text(floor, floor->control, is_end ? "shutdown_reply" : "kernel_info_reply", &request,
                  is_end ? "{\"status\":\"ok\",\"restart\":false}" : kernel_info);
        send_text(floor, floor->iopub, "status", &request, "{\"execution_state\":\"idle\"}");
        release_parts(&request);
        if (is_end)
            exit(0);
    }
}

int main(int argc, char **argv)
{
    struct floor floor = {0};
    struct connection_file file;
    struct error error = ERROR_INIT;
    void *context = zmq_ctx_new();

    if (argc != 3)
        die("usage: floor CONNECTION_FILE DATABASE");
    ident_init();
    if (!connection_file_read(argv[1], false, &file, &error))
        die("%s", error.message);
    floor.signer = signer_new(file.key, file.key_size, file.scheme);
    uuid_new(floor.session);
    open_database(&floor, argv[2]);
    floor.shell = bind_socket(context, ZMQ_ROUTER, &file, CHANNEL_SHELL);
    floor.control = bind_socket(context, ZMQ_ROUTER, &file, CHANNEL_CONTROL);
    floor.iopub = bind_socket(context, ZMQ_PUB, &file, CHANNEL_IOPUB);
    for (;;) {
        zmq_pollitem_t items[] = {{.socket = floor.shell, .events = ZMQ_POLLIN},
                                  {.socket = floor.control, .events = ZMQ_POLLIN}};

        zmq_poll(items, 2, -1);
        serve_group(&floor);
        serve_control(&floor);
    }
}
