/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor CONNECTION_FILE DATABASE: the least a kernel can do that keeps a durable record. It runs
 * nothing: for every execute_request it sends busy, execute_input, display_data, execute_reply and
 * idle, all signed, and before the replies it commits one row (WAL, synchronous=FULL). Requests
 * that wait together share one commit, at most 64.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/timestamp.h"
#include "exchange.h"
#include "wire/connection_file.h"

#define MAX_GROUP 64
#define TEXT_SIZE 4096

struct floor {
    void *shell, *iopub;
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
                             "CREATE TABLE record (id INTEGER PRIMARY KEY, at INTEGER, header TEXT,"
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

    if (socket == floor->shell)
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

/* Up to the commit. */
static void begin_request(struct floor *floor, const struct parts *request)
{
    struct frame code = member_of(part_of(request, CONTENT), "code");

    send_text(floor, floor->iopub, "status", request, "{\"execution_state\":\"busy\"}");
    if (!is_execute(request))
        return;
    send_input(floor, request, code);
    send_text(floor, floor->iopub, "display_data", request,
              "{\"data\":{\"text/plain\":\"1\\n-\\n1\",\"text/html\":\"<table><tr><th>1</th></tr>"
              "<tr><td>1</td></tr></table>\"},\"metadata\":{},\"transient\":{}}");
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
        send_text(floor, floor->shell, "kernel_info_reply", request,
                  "{\"status\":\"ok\",\"protocol_version\":\"5.5\"}");
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
    floor.iopub = bind_socket(context, ZMQ_PUB, &file, CHANNEL_IOPUB);
    for (;;) {
        zmq_pollitem_t item = {.socket = floor.shell, .events = ZMQ_POLLIN};

        zmq_poll(&item, 1, -1);
        serve_group(&floor);
    }
}
