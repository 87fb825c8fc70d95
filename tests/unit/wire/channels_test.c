/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channels: real sockets, with clients that are well-behaved, forging, slow or broken. The clients
 * are bare libzmq, so that nothing of the tested code stands on both sides but the signing.
 */
#include "wire/channels.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include "base/ident.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "tap.h"

#define PATIENCE_MS 10000
#define HEADER                                                                                     \
    "{\"msg_id\":\"m%d\",\"session\":\"client\",\"msg_type\":\"execute_request\",\"version\":\"5." \
    "4\"}"

static void *context; /* of the clients */
static struct connection_file file;
static struct message_sender sender;
static struct channels *channels;

/* Five free TCP ports. */
static void find_ports(struct connection_file *connection)
{
    int sockets[CHANNEL_COUNT];

    for (int i = 0; i < CHANNEL_COUNT; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(sockets[i], (struct sockaddr *)&address, size) != 0 ||
            getsockname(sockets[i], (struct sockaddr *)&address, &size) != 0)
            bail_out("no free port");
        connection->port[i] = ntohs(address.sin_port);
    }
    for (int i = 0; i < CHANNEL_COUNT; i++)
        close(sockets[i]);
}

static void start(void)
{
    struct error error = ERROR_INIT;

    find_ports(&file);
    channels = channels_new(&file, &sender, &error);
    if (channels == NULL)
        bail_out("%s", error.message);
}

static void stop(void)
{
    channels_free(channels);
    channels = NULL;
}

static void *client_socket(int type, enum channel channel)
{
    AUTO_FREE char *endpoint = connection_file_endpoint(&file, channel);
    void *socket = zmq_socket(context, type);
    int linger = 0, patience = PATIENCE_MS, no_limit = 0;

    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof(patience));
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience, sizeof(patience));
    zmq_setsockopt(socket, ZMQ_RCVHWM, &no_limit, sizeof(no_limit));
    zmq_setsockopt(socket, ZMQ_SNDHWM, &no_limit, sizeof(no_limit));
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect(socket, endpoint) != 0)
        bail_out("%s: %s", endpoint, zmq_strerror(zmq_errno()));
    return socket;
}

/* The next message of the channel; NULL when none came for PATIENCE_MS. */
static struct message *await(enum channel channel)
{
    int64_t end = monotonic_us() + PATIENCE_MS * 1000;

    while (monotonic_us() < end) {
        struct message *message;
        channels_wait(channels, NULL, 0, NULL, 100);
        channels_receive(channels, CHANNEL_IOPUB);
        message = channels_receive(channels, channel);
        if (message != NULL)
            return message;
    }
    return NULL;
}

/* Drives the channels until the client's socket has something to read. */
static bool await_client(void *socket)
{
    int64_t end = monotonic_us() + PATIENCE_MS * 1000;

    while (monotonic_us() < end) {
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
        channels_receive(channels, CHANNEL_IOPUB);
        if (zmq_poll(&item, 1, 5) > 0)
            return true;
    }
    return false;
}

struct request {
    char header[200];
    struct frame frames[4];
    char hex[SIGNATURE_HEX_MAX];
};

static void make_request(struct request *request, int number)
{
    snprintf(request->header, sizeof(request->header), HEADER, number);
    memcpy(request->frames,
           (struct frame[4]){
               {request->header, strlen(request->header)}, {"{}", 2}, {"{}", 2}, {"{}", 2}},
           sizeof(request->frames));
    signer_sign(sender.signer, request->frames, request->hex);
}

static void send_signature(void *socket, const struct request *request, const char *signature,
                           int buffers)
{
    zmq_send(socket, "<IDS|MSG>", 9, ZMQ_SNDMORE);
    zmq_send(socket, signature, strlen(signature), ZMQ_SNDMORE);
    for (int i = 0; i < 4; i++)
        zmq_send(socket, request->frames[i].bytes, request->frames[i].size,
                 i < 3 || buffers > 0 ? ZMQ_SNDMORE : 0);
    for (int i = 0; i < buffers; i++)
        zmq_send(socket, "buffer", 6, i + 1 < buffers ? ZMQ_SNDMORE : 0);
}

static void send_good(void *socket, int number)
{
    struct request request;

    make_request(&request, number);
    send_signature(socket, &request, request.hex, 0);
}

static bool is_number(const struct message *message, int number)
{
    char id[20];

    snprintf(id, sizeof(id), "m%d", number);
    return message != NULL && strcmp(message->msg_id, id) == 0;
}

/* Reads one message of a client's socket and returns its number of frames; the last one as text. */
static int client_receive(void *socket, struct strbuf *ret_first, struct strbuf *ret_last)
{
    int count = 0, more = 1;
    size_t size = sizeof(more);

    while (more) {
        zmq_msg_t part;
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, socket, 0) < 0)
            return 0;
        if (count++ == 0 && ret_first != NULL) {
            strbuf_clear(ret_first);
            strbuf_add(ret_first, zmq_msg_data(&part), zmq_msg_size(&part));
        }
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
        if (!more && ret_last != NULL) {
            strbuf_clear(ret_last);
            strbuf_add(ret_last, zmq_msg_data(&part), zmq_msg_size(&part));
        }
        zmq_msg_close(&part);
    }
    return count;
}

static void test_round_trip(enum channel channel)
{
    AUTO_STRBUF first = STRBUF_INIT, last = STRBUF_INIT;
    void *client = client_socket(ZMQ_DEALER, channel);
    json_t *content = json_pack("{si}", "n", 7);
    struct message *message;

    send_good(client, 1);
    message = await(channel);
    ok(is_number(message, 1), "%s: a request arrives", channel_name(channel));
    if (message != NULL) {
        is_int(message->channel, channel, "with its channel");
        is_int(message->sequence, 1, "the first of all");
        channels_send(channels,
                      outgoing_new(&sender, channel, "execute_reply", message, content, NULL));
        is_int(client_receive(client, &first, &last), 6, "the reply is whole");
        is_str(strbuf_text(&first), "<IDS|MSG>", "the delimiter first");
        is_str(strbuf_text(&last), "{\"n\":7}", "the content last");
    }
    json_decref(content);
    message_free(message);
    zmq_close(client);
}

/* What must not get through; each is followed by a good one, which must. */
static void test_dropped(void)
{
    void *client = client_socket(ZMQ_DEALER, CHANNEL_SHELL);
    struct request request;
    struct channels_dropped dropped;
    char upper[SIGNATURE_HEX_MAX];
    struct message *message;

    make_request(&request, 1);
    send_signature(client, &request, "", 0);
    send_signature(client, &request, "0000", 0);
    for (size_t i = 0; i < sizeof(upper); i++)
        upper[i] = (char)(request.hex[i] >= 'a' ? request.hex[i] - 32 : request.hex[i]);
    send_signature(client, &request, upper, 0);
    request.frames[3] = (struct frame){"{\"code\":\"x\"}", 12};
    send_signature(client, &request, request.hex, 0);
    zmq_send(client, "garbage", 7, 0);
    zmq_send(client, "", 0, 0);
    zmq_send(client, "<IDS|MSG>", 9, 0);
    make_request(&request, 2);
    request.frames[0] = (struct frame){"{\"msg_id\":1}", 12};
    signer_sign(sender.signer, request.frames, request.hex);
    send_signature(client, &request, request.hex, 0);
    make_request(&request, 3);
    send_signature(client, &request, request.hex, MESSAGE_MAX_BUFFERS + 1);
    send_signature(client, &request, request.hex, 300);
    make_request(&request, 4);
    send_signature(client, &request, request.hex, MESSAGE_MAX_BUFFERS);
    message = await(CHANNEL_SHELL);
    ok(is_number(message, 4), "the first good message is the first that arrives");
    message_free(message);
    send_signature(client, &request, request.hex, 0);
    send_good(client, 5);
    message = await(CHANNEL_SHELL);
    ok(is_number(message, 5), "a repeated one does not arrive");
    message_free(message);
    dropped = channels_dropped(channels);
    is_int(dropped.bad_signature, 4, "bad signatures are counted");
    is_int(dropped.unreadable, 4, "unreadable ones");
    is_int(dropped.oversized, 2, "those with too many frames");
    is_int(dropped.replayed, 1, "repeated ones");
    zmq_close(client);
}

/* More than the bound of one call: the flood is got rid of and the good message behind it arrives.
 */
static void test_flood(void)
{
    void *client = client_socket(ZMQ_DEALER, CHANNEL_SHELL);
    uint64_t before = channels_dropped(channels).bad_signature;
    struct request request;
    struct message *message;

    make_request(&request, 100);
    for (int i = 0; i < 500; i++)
        send_signature(client, &request, "bad", 0);
    send_good(client, 101);
    message = await(CHANNEL_SHELL);
    ok(is_number(message, 101), "behind 500 forged messages a good one arrives");
    is_int(channels_dropped(channels).bad_signature - before, 500, "all were counted");
    message_free(message);
    zmq_close(client);
}

/* A client that has the delimiter as its identity, and two with the same identity (J-17). */
static void test_identities(void)
{
    AUTO_FREE char *endpoint = connection_file_endpoint(&file, CHANNEL_SHELL);
    void *clients[2];
    struct message *message;
    int linger = 0, patience = PATIENCE_MS;

    for (int i = 0; i < 2; i++) {
        clients[i] = zmq_socket(context, ZMQ_DEALER);
        zmq_setsockopt(clients[i], ZMQ_LINGER, &linger, sizeof(linger));
        zmq_setsockopt(clients[i], ZMQ_RCVTIMEO, &patience, sizeof(patience));
        zmq_setsockopt(clients[i], ZMQ_ROUTING_ID, "<IDS|MSG>", 9);
        zmq_connect(clients[i], endpoint);
        send_good(clients[i], 200 + i);
        message = await(CHANNEL_SHELL);
        ok(is_number(message, 200 + i), "client %d with the same identity is heard (J-17)", i);
        if (message != NULL)
            channels_send(channels, outgoing_new(&sender, CHANNEL_SHELL, "execute_reply", message,
                                                 NULL, NULL));
        is_int(client_receive(clients[i], NULL, NULL), 6, "and gets its reply");
        message_free(message);
    }
    zmq_close(clients[0]);
    zmq_close(clients[1]);
}

static void test_gone_peer(void)
{
    const struct frame identity = {"gone", 4};
    const char *header = "{\"msg_id\":\"1\",\"session\":\"s\",\"msg_type\":\"t\"}";
    const struct frame frames[4] = {{header, strlen(header)}, {"{}", 2}, {"{}", 2}, {"{}", 2}};
    const char *why;
    struct message *gone = message_parse(CHANNEL_SHELL, &identity, 1, frames, &why);
    void *client = client_socket(ZMQ_DEALER, CHANNEL_SHELL);
    struct message *message;

    for (int i = 0; i < 10; i++)
        channels_send(channels,
                      outgoing_new(&sender, CHANNEL_SHELL, "execute_reply", gone, NULL, NULL));
    message_free(gone);
    send_good(client, 300);
    message = await(CHANNEL_SHELL);
    ok(is_number(message, 300), "replies to a peer that is gone do no harm");
    message_free(message);
    zmq_close(client);
}

static void test_welcome(void)
{
    AUTO_STRBUF first = STRBUF_INIT, last = STRBUF_INIT;
    void *one = client_socket(ZMQ_SUB, CHANNEL_IOPUB);
    void *two;

    ok(await_client(one), "a subscriber gets a message");
    is_int(client_receive(one, NULL, &last), 6, "without topic");
    is_str(strbuf_text(&last), "{\"subscription\":\"\"}", "its welcome");
    two = client_socket(ZMQ_SUB, CHANNEL_IOPUB);
    ok(await_client(two), "the second subscriber to the same topic gets one too (J-235)");
    is_int(client_receive(two, NULL, &last), 6, "as its very first message");
    is_int(client_receive(one, NULL, NULL), 6, "the first one sees it as well");
    zmq_setsockopt(two, ZMQ_SUBSCRIBE, "\xff\xfe", 2);
    zmq_setsockopt(two, ZMQ_SUBSCRIBE, "stream", 6);
    ok(await_client(two), "a topic that is not UTF-8 is passed over");
    is_int(client_receive(two, &first, &last), 7, "the next one is welcomed");
    is_str(strbuf_text(&first), "stream", "with the topic as identity (J-61)");
    is_str(strbuf_text(&last), "{\"subscription\":\"stream\"}", "and as content");
    zmq_setsockopt(two, ZMQ_UNSUBSCRIBE, "stream", 6);
    zmq_close(one);
    zmq_close(two);
}

/* An XPUB receives plain messages too (K-28), and subscriptions of any length. */
static void test_odd_subscribers(void)
{
    AUTO_STRBUF topic = STRBUF_INIT, last = STRBUF_INIT;
    void *odd = client_socket(ZMQ_XSUB, CHANNEL_IOPUB);
    void *big, *good;

    zmq_send(odd, "hello", 5, 0);
    zmq_send(odd, "\x02", 1, 0);
    zmq_send(odd, "", 0, 0);
    zmq_send(odd,
             "\x01"
             "a",
             2, 0);
    ok(await_client(odd), "plain messages are ignored");
    client_receive(odd, NULL, &last);
    is_str(strbuf_text(&last), "{\"subscription\":\"a\"}", "the subscription after them is not");

    strbuf_add_repeated(&topic, 'x', 100000);
    big = client_socket(ZMQ_XSUB, CHANNEL_IOPUB);
    strbuf_truncate(&topic, 50000);
    zmq_setsockopt(big, ZMQ_SUBSCRIBE, strbuf_text(&topic), topic.size);
    zmq_send(big, strbuf_text(&topic), topic.size, 0);
    good = client_socket(ZMQ_SUB, CHANNEL_IOPUB);
    ok(await_client(good), "a huge subscription does no harm to the next client");
    zmq_close(odd);
    zmq_close(big);
    zmq_close(good);
}

/* 20,000 messages, more than every default high-water mark, to a subscriber that reads only then.
 */
static void test_slow_subscriber(void)
{
    AUTO_STRBUF last = STRBUF_INIT;
    void *slow = client_socket(ZMQ_SUB, CHANNEL_IOPUB);
    int wrong = 0;

    ok(await_client(slow) && client_receive(slow, NULL, NULL) == 6, "welcomed");
    for (int i = 0; i < 20000; i++) {
        json_t *content = json_pack("{si}", "n", i);
        channels_send(channels,
                      outgoing_new(&sender, CHANNEL_IOPUB, "stream", NULL, content, NULL));
        json_decref(content);
    }
    for (int i = 0; i < 20000; i++) {
        char expected[40];
        snprintf(expected, sizeof(expected), "{\"n\":%d}", i);
        if (client_receive(slow, NULL, &last) == 0)
            break;
        wrong += strcmp(strbuf_text(&last), expected) != 0;
    }
    is_int(wrong, 0, "a slow subscriber loses nothing and gets all in order (J-1)");
    is_str(strbuf_text(&last), "{\"n\":19999}", "to the last");
    zmq_close(slow);
}

/* A client that sends 5,000 requests before it reads one reply gets all replies. */
static void test_pipelined(void)
{
    void *client = client_socket(ZMQ_DEALER, CHANNEL_SHELL);
    int replies = 0;

    for (int i = 0; i < 5000; i++)
        send_good(client, 10000 + i);
    for (int i = 0; i < 5000; i++) {
        struct message *message = await(CHANNEL_SHELL);
        if (!is_number(message, 10000 + i)) {
            message_free(message);
            break;
        }
        channels_send(channels,
                      outgoing_new(&sender, CHANNEL_SHELL, "execute_reply", message, NULL, NULL));
        message_free(message);
    }
    while (replies < 5000 && client_receive(client, NULL, NULL) == 6)
        replies++;
    is_int(replies, 5000, "5,000 pipelined requests have 5,000 replies");
    zmq_close(client);
}

static void test_large(void)
{
    AUTO_STRBUF text = STRBUF_INIT, last = STRBUF_INIT;
    void *slow = client_socket(ZMQ_SUB, CHANNEL_IOPUB);
    json_t *content;

    ok(await_client(slow) && client_receive(slow, NULL, NULL) == 6, "welcomed");
    strbuf_add_repeated(&text, 'x', 20000000);
    content = json_pack("{ss}", "text", strbuf_text(&text));
    channels_send(channels, outgoing_new(&sender, CHANNEL_IOPUB, "stream", NULL, content, NULL));
    json_decref(content);
    is_int(client_receive(slow, NULL, &last), 7, "a message of 20 MB");
    is_int(last.size, 20000000 + 11, "is whole");
    zmq_close(slow);
}

static void test_wait(void)
{
    int pipes[2];
    bool ready[2] = {true, true};
    int64_t begin = monotonic_us();

    if (pipe(pipes) != 0)
        bail_out("no pipe");
    is_int(channels_wait(channels, &pipes[0], 1, ready, 20), 0, "nothing is ready");
    ok(!ready[0], "nor flagged");
    ok(monotonic_us() - begin >= 19000, "the time was waited for");
    ok(write(pipes[1], "x", 1) == 1, "a byte");
    int both[2] = {pipes[1], pipes[0]};
    is_int(channels_wait(channels, both, 2, ready, -1), 1, "a descriptor is ready");
    ok(!ready[0] && ready[1], "the right one");
    is_int(channels_wait(channels, NULL, 0, NULL, 0), 0, "no descriptors, no time");
    close(pipes[0]);
    close(pipes[1]);
}

static void test_heartbeat(void)
{
    AUTO_STRBUF first = STRBUF_INIT, last = STRBUF_INIT;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)file.port[CHANNEL_HB])};
    void *request = client_socket(ZMQ_REQ, CHANNEL_HB);
    void *dealer = client_socket(ZMQ_DEALER, CHANNEL_HB);
    unsigned char garbage[65536];
    int raw = socket(AF_INET, SOCK_STREAM, 0);

    for (int i = 0; i < 3; i++) {
        zmq_send(request, "ping", 4, 0);
        is_int(client_receive(request, NULL, &last), 1, "an echo");
        is_str(strbuf_text(&last), "ping", "of what was sent");
    }
    for (size_t i = 0; i < sizeof(garbage); i++)
        garbage[i] = (unsigned char)(i * 2654435761u >> 13);
    ok(connect(raw, (struct sockaddr *)&address, sizeof(address)) == 0, "a raw connection");
    ok(send(raw, garbage, sizeof(garbage), MSG_NOSIGNAL) > 0, "64 KiB of garbage (J-243)");
    zmq_send(dealer, "a", 1, ZMQ_SNDMORE);
    zmq_send(dealer, "", 0, ZMQ_SNDMORE);
    zmq_send(dealer, "c", 1, 0);
    is_int(client_receive(dealer, &first, &last), 3, "a message of three frames comes back whole");
    is_str(strbuf_text(&first), "a", "its first");
    is_str(strbuf_text(&last), "c", "its last");
    zmq_send(request, "ping", 4, 0);
    is_int(client_receive(request, NULL, &last), 1, "and the heartbeat goes on");
    close(raw);
    zmq_close(request);
    zmq_close(dealer);
}

static void test_port_in_use(void)
{
    struct connection_file other = file;
    struct error error = ERROR_INIT;
    char port[20];

    for (int channel = 0; channel < CHANNEL_COUNT; channel++) {
        find_ports(&other);
        other.port[channel] = file.port[channel];
        ok(channels_new(&other, &sender, &error) == NULL, "%s: the port is in use",
           channel_name(channel));
        is_int(error.code, ERROR_BUSY, "busy");
        snprintf(port, sizeof(port), "port %d", file.port[channel]);
        contains(error.message, port, "the port is named");
        contains(error.message, channel_name(channel), "and the channel");
    }
    char foreign[] = "192.0.2.1"; /* for documentation only: nobody has it */
    other.ip = foreign;
    ok(channels_new(&other, &sender, &error) == NULL, "an address of another machine");
    is_int(error.code, ERROR_INVALID, "is invalid");
}

/* libzmq's own thread closes what was bound a moment after the socket is gone. */
static struct channels *new_when_free(struct error *error)
{
    int64_t end = monotonic_us() + PATIENCE_MS * 1000;
    struct channels *made;

    do
        made = channels_new(&file, &sender, error);
    while (made == NULL && error->code == ERROR_BUSY && monotonic_us() < end);
    return made;
}

/* libzmq would remove whatever lies at an ipc path. */
static void test_ipc(void)
{
    char folder[] = "rscn-ipc-XXXXXX";
    AUTO_FREE char *prefix = NULL, *path = NULL;
    struct connection_file tcp = file;
    struct error error = ERROR_INIT;
    struct channels *second;
    struct stat status;

    if (mkdtemp(folder) == NULL)
        bail_out("no temporary folder");
    prefix = xasprintf("%s/k", folder);
    char ipc[] = "ipc";
    file.transport = ipc;
    file.ip = prefix;
    for (int i = 0; i < CHANNEL_COUNT; i++)
        file.port[i] = i + 1;
    path = xasprintf("%s-%d", prefix, file.port[CHANNEL_STDIN]);
    fclose(fopen(path, "w"));
    ok(channels_new(&file, &sender, &error) == NULL, "a file lies at an ipc path");
    is_int(error.code, ERROR_EXISTS, "that is said");
    ok(stat(path, &status) == 0 && S_ISREG(status.st_mode), "and the file is still there");
    unlink(path);
    for (int round = 0; round < 2; round++) {
        channels = new_when_free(&error);
        if (!ok(channels != NULL, "%s: %s", round == 0 ? "ipc" : "stale sockets are replaced",
                error.message))
            break;
        test_round_trip(CHANNEL_CONTROL);
        second = channels_new(&file, &sender, &error);
        ok(second == NULL && error.code == ERROR_BUSY, "a living kernel's paths are left alone");
        channels_free(second);
        stop();
    }
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        free(path);
        path = xasprintf("%s-%d", prefix, file.port[i]);
        unlink(path);
    }
    rmdir(folder);
    file = tcp;
}

static volatile sig_atomic_t interrupts;

static void count_interrupt(int number)
{
    (void)number;
    interrupts++;
}

/* czmq takes SIGINT with its first socket unless it is told not to, and a second refusal would
 * reset ours (ST-29). */
static void test_signals(void)
{
    struct sigaction action = {.sa_handler = count_interrupt}, after;

    channels_prepare();
    sigaction(SIGINT, &action, NULL);
    channels_prepare();
    start();
    sigaction(SIGINT, NULL, &after);
    ok(after.sa_handler == count_interrupt, "our SIGINT handler is still there");
    raise(SIGINT);
    is_int(interrupts, 1, "and called");
    test_round_trip(CHANNEL_SHELL);
    stop();
    sigaction(SIGINT, NULL, &after);
    ok(after.sa_handler == count_interrupt, "also at the end");
}

int main(void)
{
    struct signer *signer;

    setenv("RSCN_LOG", "error", 1);
    log_init();
    ident_init();
    context = zmq_ctx_new();
    signer = signer_new("key", 3, HASH_SHA256);
    sender = (struct message_sender){.session = "kernel", .username = "kernel", .signer = signer};
    char tcp[] = "tcp", address[] = "127.0.0.1";
    file = (struct connection_file){.transport = tcp, .ip = address};

    test_signals();
    static const enum channel routers[] = {CHANNEL_SHELL, CHANNEL_CONTROL, CHANNEL_STDIN};
    for (size_t i = 0; i < ARRAY_SIZE(routers); i++) {
        start();
        test_round_trip(routers[i]);
        stop();
    }
    start();
    test_dropped();
    test_flood();
    test_identities();
    test_gone_peer();
    test_welcome();
    test_odd_subscribers();
    test_slow_subscriber();
    test_pipelined();
    test_large();
    test_heartbeat();
    test_port_in_use();
    stop();
    start();
    test_wait();
    stop();
    test_ipc();
    channels_free(NULL);
    signer_free(signer);
    zmq_ctx_set(context, ZMQ_BLOCKY, 0);
    return done_testing();
}
