/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message: taking apart what came in, also what is broken (J-25, J-241, J-246), and what goes out.
 */
#include "wire/message.h"

#include <pthread.h>

#include "base/ident.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "tap.h"

#define HEADER                                                                                     \
    "{\"msg_id\":\"m1\",\"session\":\"s1\",\"username\":\"u\",\"date\":\"2026-01-07T20:46:17Z\","  \
    "\"msg_type\":\"execute_request\",\"version\":\"5.4\",\"subshell_id\":null}"

static struct message_sender sender = {.session = "session", .username = "kernel"};

static struct message *parse_sized(const char *header, size_t header_size, const char *metadata,
                                   const char *content, const char **ret_why)
{
    struct frame identity = {"id\0x", 4};
    struct frame frames[4] = {
        {header, header_size}, {"{}", 2}, {metadata, strlen(metadata)}, {content, strlen(content)}};

    return message_parse(CHANNEL_SHELL, &identity, 1, frames, ret_why);
}

static struct message *parse(const char *header, const char *metadata, const char *content,
                             const char **ret_why)
{
    return parse_sized(header, strlen(header), metadata, content, ret_why);
}

static void test_good(void)
{
    const char *why;
    struct message *message = parse(HEADER, "{\"cellId\":\"c\"}", "{\"code\":\"a\\u0000b\"}", &why);

    if (!ok(message != NULL && why == NULL, "a good message"))
        return;
    is_str(message->msg_id, "m1", "msg_id");
    is_str(message->session, "s1", "session");
    is_str(message->msg_type, "execute_request", "msg_type");
    is_str(message->username, "u", "username");
    is_int(message->channel, CHANNEL_SHELL, "channel");
    is_int(message->identity_count, 1, "one identity");
    ok(message->identities[0].size == 4 && memcmp(message->identities[0].bytes, "id\0x", 4) == 0,
       "its bytes");
    is_int(json_string_length(json_object_get(message->content, "code")), 3, "NUL in content");
    is_str(json_string_value(json_object_get(message->metadata, "cellId")), "c", "metadata");
    is_str(message->content_error, "", "no error");
    ok(message->received_at > 0, "when it came");
    message_free(message);
    message_free(NULL);
}

/* A readable header and unreadable content: a message all the same. */
static void kept(const char *metadata, const char *content, const char *part)
{
    const char *why;
    struct message *message = parse(HEADER, metadata, content, &why);

    if (!ok(message != NULL, "kept: metadata %.20s, content %.20s", metadata, content))
        return;
    contains(message->content_error, part, "and the reason names %s", part);
    ok((message->content == NULL) == (strstr(part, "content") != NULL), "content is %s",
       message->content == NULL ? "NULL" : "there");
    ok((message->metadata == NULL) == (strcmp(metadata, "{}") != 0), "metadata is %s",
       message->metadata == NULL ? "NULL" : "there");
    message_free(message);
}

static void test_broken_content(void)
{
    AUTO_STRBUF deep = STRBUF_INIT;

    kept("{}", "{\"code\":NaN}", "content");
    kept("{}", "{\"code\":\"\\ud800\"}", "content");
    kept("{}", "{\"code\":\"\xff\"}", "content");
    kept("{}", "[]", "content");
    kept("{}", "null", "content");
    kept("{}", "", "content");
    kept("{}", "{} {}", "content");
    kept("{\"a\":Infinity}", "{}", "metadata");
    kept("[1]", "{}", "metadata");
    kept("[1]", "7", "content");
    strbuf_add_text(&deep, "{\"a\":");
    strbuf_add_repeated(&deep, '[', 1000000);
    kept("{}", strbuf_text(&deep), "content");
}

static void dropped(const char *header, size_t size, const char *part)
{
    const char *why = NULL;
    struct message *message = parse_sized(header, size, "{}", "{}", &why);

    ok(message == NULL, "dropped: %.40s", header);
    contains(why, part, "because of %s", part);
    message_free(message);
}

static void dropped_text(const char *header, const char *part)
{
    dropped(header, strlen(header), part);
}

/* HEADER's three names with one of them `size` bytes long. */
static void test_length(const char *name, size_t size, bool is_fine)
{
    static const char *const names[] = {"msg_id", "session", "msg_type"};
    AUTO_STRBUF header = STRBUF_INIT;
    const char *why;
    struct message *message;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        strbuf_addf(&header, "%s\"%s\":\"", i == 0 ? "{" : ",", names[i]);
        strbuf_add_repeated(&header, 'x', strcmp(names[i], name) == 0 ? size : 1);
        strbuf_add_char(&header, '"');
    }
    strbuf_add_char(&header, '}');
    message = parse(strbuf_text(&header), "{}", "{}", &why);
    ok((message != NULL) == is_fine, "%s of %zu bytes", name, size);
    message_free(message);
}

static void test_broken_header(void)
{
    AUTO_STRBUF big = STRBUF_INIT;

    dropped_text("", "JSON");
    dropped_text("[]", "object");
    dropped_text("{\"msg_id\":NaN}", "JSON");
    dropped_text("{\"session\":\"s\",\"msg_type\":\"t\"}", "msg_id");
    dropped_text("{\"msg_id\":\"\",\"session\":\"s\",\"msg_type\":\"t\"}", "msg_id");
    dropped_text("{\"msg_id\":5,\"session\":\"s\",\"msg_type\":\"t\"}", "msg_id");
    dropped_text("{\"msg_id\":\"a\\u0000b\",\"session\":\"s\",\"msg_type\":\"t\"}", "msg_id");
    dropped_text("{\"msg_id\":\"a\",\"session\":null,\"msg_type\":\"t\"}", "session");
    dropped_text("{\"msg_id\":\"a\",\"session\":\"\\u0000\",\"msg_type\":\"t\"}", "session");
    dropped_text("{\"msg_id\":\"a\",\"session\":\"s\"}", "msg_type");
    dropped_text("{\"msg_id\":\"a\",\"session\":\"s\",\"msg_type\":\"\\u0000\"}", "msg_type");
    dropped(HEADER "\0", sizeof(HEADER), "JSON");
    strbuf_add_text(&big, HEADER);
    strbuf_add_repeated(&big, ' ', MESSAGE_MAX_HEADER);
    dropped_text(strbuf_text(&big), "long");
    test_length("msg_id", 256, true);
    test_length("msg_id", 257, false);
    test_length("session", 256, true);
    test_length("session", 257, false);
    test_length("msg_type", 64, true);
    test_length("msg_type", 65, false);
}

static void test_optional_username(void)
{
    const char *why;
    struct message *message = parse("{\"msg_id\":\"a\",\"session\":\"s\",\"msg_type\":\"t\","
                                    "\"username\":[\"u\"]}",
                                    "{}", "{}", &why);

    if (ok(message != NULL, "a username of another type does no harm"))
        is_str(message->username, "", "and is empty");
    message_free(message);
}

static void test_identities(void)
{
    static char bytes[257];
    struct frame identities[MESSAGE_MAX_IDENTITIES + 1];
    struct frame frames[4] = {{HEADER, strlen(HEADER)}, {"{}", 2}, {"{}", 2}, {"{}", 2}};
    const char *why;
    struct message *message;

    for (size_t i = 0; i < ARRAY_SIZE(identities); i++)
        identities[i] = (struct frame){bytes, 256};
    message = message_parse(CHANNEL_SHELL, identities, MESSAGE_MAX_IDENTITIES, frames, &why);
    ok(message != NULL && message->identity_count == MESSAGE_MAX_IDENTITIES, "8 identities");
    message_free(message);
    message = message_parse(CHANNEL_SHELL, identities, MESSAGE_MAX_IDENTITIES + 1, frames, &why);
    ok(message == NULL, "9 are too many");
    identities[0].size = 257;
    message = message_parse(CHANNEL_SHELL, identities, 1, frames, &why);
    ok(message == NULL, "one is too long");
    message = message_parse(CHANNEL_SHELL, identities, 0, frames, &why);
    ok(message != NULL, "none is fine");
    message_free(message);
}

static bool frame_is(const struct outgoing *outgoing, size_t index, const char *text)
{
    const struct frame *frame = &outgoing->frames[index];

    return frame->size == strlen(text) && memcmp(frame->bytes, text, frame->size) == 0;
}

static json_t *frame_json(const struct outgoing *outgoing, size_t index)
{
    return json_loadb(outgoing->frames[index].bytes, outgoing->frames[index].size, 0, NULL);
}

static void test_reply(void)
{
    const char *why;
    struct message *request = parse(HEADER, "{}", "{}", &why);
    json_t *content = json_pack("{ss}", "status", "ok");
    struct outgoing *reply =
        outgoing_new(&sender, CHANNEL_SHELL, "execute_reply", request, content, NULL);
    json_t *header;

    outgoing_sign(reply);

    if (!is_int(reply->frame_count, 7, "identity, delimiter, signature and four of JSON"))
        return;
    is_int(reply->channel, CHANNEL_SHELL, "channel");
    ok(reply->frames[0].size == 4 && memcmp(reply->frames[0].bytes, "id\0x", 4) == 0, "identity");
    ok(frame_is(reply, 1, "<IDS|MSG>"), "delimiter");
    ok(signer_check(sender.signer, reply->frames + 3, reply->frames[2].bytes,
                    reply->frames[2].size),
       "rightly signed");
    ok(frame_is(reply, 4, HEADER), "the parent's header");
    ok(frame_is(reply, 5, "{}"), "no metadata is an empty object");
    ok(frame_is(reply, 6, "{\"status\":\"ok\"}"), "content, compact");
    header = frame_json(reply, 3);
    is_int(json_object_size(header), 6, "six fields in the header");
    is_str(json_string_value(json_object_get(header, "msg_type")), "execute_reply", "msg_type");
    is_str(json_string_value(json_object_get(header, "session")), "session", "session");
    is_str(json_string_value(json_object_get(header, "username")), "kernel", "username");
    is_str(json_string_value(json_object_get(header, "version")), "5.5", "version");
    timestamp_us date;
    ok(timestamp_parse(json_string_value(json_object_get(header, "date")), &date), "date");
    contains(json_string_value(json_object_get(header, "msg_id")), "session_", "msg_id");
    json_decref(header);
    json_decref(content);
    outgoing_free(reply);
    outgoing_free(NULL);
    message_free(request);
}

static void test_iopub(void)
{
    const char *why;
    struct message *request = parse(HEADER, "{}", "{}", &why);
    json_t *content = json_pack("{ss}", "execution_state", "busy");
    json_t *metadata = json_pack("{sb}", "a", 1);
    struct outgoing *status =
        outgoing_new(&sender, CHANNEL_IOPUB, "status", request, content, metadata);

    outgoing_sign(status);
    is_int(status->frame_count, 7, "topic, delimiter, signature and four of JSON");
    ok(frame_is(status, 0, "kernel.session.status"), "topic");
    ok(frame_is(status, 5, "{\"a\":true}"), "metadata");
    outgoing_free(status);
    status = outgoing_new(&sender, CHANNEL_IOPUB, "status", NULL, content, NULL);
    outgoing_sign(status);
    ok(frame_is(status, 4, "{}"), "no parent is an empty object");
    outgoing_free(status);
    json_decref(content);
    json_decref(metadata);
    message_free(request);
}

static void test_text(void)
{
    const struct frame identities[2] = {{"a", 1}, {"bc", 2}};
    const struct frame frames[4] = {{HEADER, strlen(HEADER)}, {"{}", 2}, {"{}", 2}, {"{}", 2}};
    const char *why;
    struct message *request = message_parse(CHANNEL_STDIN, identities, 2, frames, &why);
    char content[] = "{\"text\":\"\xc3\xa4\"}";
    struct outgoing *reply = outgoing_new_text(&sender, CHANNEL_STDIN, "input_request", request,
                                               content, strlen(content));

    message_free(request);
    content[0] = 'x';
    outgoing_sign(reply);
    is_int(reply->frame_count, 8, "two identities");
    ok(frame_is(reply, 0, "a") && frame_is(reply, 1, "bc"), "in order");
    ok(frame_is(reply, 5, HEADER), "the parent header, though the request is gone");
    ok(frame_is(reply, 7, "{\"text\":\"\xc3\xa4\"}"), "the content is a copy");
    ok(signer_check(sender.signer, reply->frames + 4, reply->frames[3].bytes,
                    reply->frames[3].size),
       "rightly signed");
    outgoing_free(reply);
}

static void test_welcome(void)
{
    struct outgoing *welcome = outgoing_new_welcome(&sender, "", 0);

    outgoing_sign(welcome);
    is_int(welcome->frame_count, 6, "no identity for the empty topic (J-20)");
    ok(frame_is(welcome, 5, "{\"subscription\":\"\"}"), "its content");
    outgoing_free(welcome);
    welcome = outgoing_new_welcome(&sender, "ab\"c", 4);
    outgoing_sign(welcome);
    is_int(welcome->frame_count, 7, "a topic");
    ok(frame_is(welcome, 0, "ab\"c"), "is the identity (J-61)");
    ok(frame_is(welcome, 6, "{\"subscription\":\"ab\\\"c\"}"), "and the content");
    ok(frame_is(welcome, 4, "{}"), "no parent");
    outgoing_free(welcome);
}

static void test_odd_names(void)
{
    struct message_sender odd = {
        .session = "s", .username = "a\"b\\c\n\xff\xc3\xa4", .signer = sender.signer};
    struct outgoing *outgoing = outgoing_new(&odd, CHANNEL_IOPUB, "status", NULL, NULL, NULL);
    json_t *header;

    outgoing_sign(outgoing);
    header = frame_json(outgoing, 3);
    is_str(json_string_value(json_object_get(header, "username")), "a\"b\\c\n\xef\xbf\xbd\xc3\xa4",
           "any user name makes a readable header");
    ok(frame_is(outgoing, 6, "{}"), "no content is an empty object");
    json_decref(header);
    outgoing_free(outgoing);
}

#define THREADS 4
#define PER_THREAD 500

static void *make_messages(void *argument)
{
    char(*ids)[100] = argument;

    for (int i = 0; i < PER_THREAD; i++) {
        struct outgoing *outgoing =
            outgoing_new(&sender, CHANNEL_IOPUB, "status", NULL, NULL, NULL);
        json_t *header;
        outgoing_sign(outgoing);
        header = frame_json(outgoing, 3);
        snprintf(ids[i], sizeof(ids[i]), "%s",
                 json_string_value(json_object_get(header, "msg_id")));
        json_decref(header);
        outgoing_free(outgoing);
    }
    return NULL;
}

static void test_unique_ids(void)
{
    static char ids[THREADS][PER_THREAD][100];
    pthread_t threads[THREADS];
    json_t *set = json_object();

    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, make_messages, ids[i]) != 0)
            bail_out("no thread");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < PER_THREAD; k++)
            json_object_set_new(set, ids[i][k], json_true());
    is_int(json_object_size(set), THREADS * PER_THREAD, "each msg_id is another, over threads");
    json_decref(set);
}

int main(void)
{
    struct signer *signer;

    ident_init();
    signer = signer_new("key", 3, HASH_SHA256);
    sender.signer = signer;
    test_good();
    test_broken_content();
    test_broken_header();
    test_optional_username();
    test_identities();
    test_reply();
    test_iopub();
    test_text();
    test_welcome();
    test_odd_names();
    test_unique_ids();
    signer_free(signer);
    return done_testing();
}
