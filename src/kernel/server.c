/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/server.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/json_util.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/queue.h"
#include "base/timestamp.h"
#include "kernel/execution.h"
#include "kernel/executor.h"
#include "kernel/lookup.h"
#include "kernel/session_board.h"
#include "kernel/shell_requests.h"
#include "kernel/status_board.h"
#include "kernel/worker.h"
#include "wire/channels.h"
#include "wire/connection_file.h"
#include "wire/message.h"

/* A shutdown is over after this long, whatever runs: the process must be gone within a second. */
#define SHUTDOWN_LIMIT_US 700000
#define SHUTDOWN_STEP_MS 50

enum { WATCH_SIGNALS, WATCH_OUTBOX, WATCH_ENDED, WATCH_PARENT, WATCH_COUNT };

struct server {
    struct connection_file file;
    struct signer *signer;
    struct message_sender sender;
    struct channels *channels;
    struct queue *outbox;
    struct status_board *status;
    struct session_board *session;
    struct lookup *lookup; /* the worker's, for as long as is_closing is false */
    struct worker *worker;
    char *banner;
    int watch[WATCH_COUNT]; /* descriptors; -1 is never readable */
    size_t watch_count;
    size_t last_sequence; /* of the shell requests received */
    bool is_closing;
    struct message *shutdown; /* the request that asked for the end; its reply comes last */
};

void server_prepare(void)
{
    sigset_t signals;

    channels_prepare();
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void handle_request(struct server *server, struct message *message);

/* --- sending ---------------------------------------------------------------------------------- */

static bool is_shutdown(const struct message *message)
{
    return strcmp(message->msg_type, "shutdown_request") == 0 && message->content;
}

static bool is_answered_here(const struct message *message)
{
    return is_shutdown(message) ||
           (message->content && strcmp(message->msg_type, "kernel_info_request") == 0);
}

/* Cells go to one thread in their order, what only looks goes to another: so it never waits behind
 * a cell. Shutdown on shell is deprecated, not forbidden: like on control it overtakes what waits.
 */
static void receive_shell(struct server *server)
{
    struct message *message;

    while ((message = channels_receive(server->channels, CHANNEL_SHELL))) {
        server->last_sequence = message->sequence;
        if (is_answered_here(message))
            handle_request(server, message);
        else if (server->is_closing)
            message_free(message);
        else if (strcmp(message->msg_type, "execute_request") == 0)
            worker_put(server->worker, message);
        else
            lookup_put(server->lookup, message);
    }
}

static void send_outbox(struct server *server)
{
    struct outgoing *outgoing;

    while ((outgoing = queue_try(server->outbox))) {
        bool stops_queue = outgoing->tag == TAG_STOPS_QUEUE;
        void *tag_data = outgoing->tag_data;

        /* What has arrived before the error reply leaves was sent without knowing of it (J-236). */
        if (stops_queue)
            receive_shell(server);
        channels_send(server->channels, outgoing);
        if (stops_queue)
            worker_error_sent(server->worker, tag_data, server->last_sequence);
    }
}

static void send_status(struct server *server, const struct message *parent, const char *state)
{
    AUTO_JSON *content = json_pack("{s:s}", "execution_state", state);

    channels_send(server->channels,
                  outgoing_new(&server->sender, CHANNEL_IOPUB, "status", parent, content, NULL));
}

static void send_reply(struct server *server, const struct message *parent, const char *type,
                       const json_t *content)
{
    channels_send(server->channels,
                  outgoing_new(&server->sender, parent->channel, type, parent, content, NULL));
}

/* --- what is answered at once ----------------------------------------------------------------- */

static void start_closing(struct server *server)
{
    if (server->is_closing)
        return;
    server->is_closing = true;
    lookup_close(server->lookup);
    worker_close(server->worker);
}

static void answer_unknown(struct server *server, const struct message *message)
{
    size_t size = strlen(message->msg_type);
    AUTO_FREE char *type = NULL;
    AUTO_FREE char *why = NULL;
    AUTO_JSON *reply = NULL;

    if (size <= 8 || strcmp(message->msg_type + size - 8, "_request") != 0)
        return;
    type = xasprintf("%.*s_reply", (int)(size - 8), message->msg_type);
    why = xasprintf("this kernel does not know the message type %s", message->msg_type);
    reply = execution_error_content("UnsupportedError",
                                    message->content ? why : message->content_error, NULL);
    json_object_set_new(reply, "status", json_string("error"));
    send_reply(server, message, type, reply);
}

static void answer_shutdown(struct server *server, const struct message *message)
{
    AUTO_JSON *reply = json_pack("{s:s, s:b}", "status", "ok", "restart",
                                 json_member_bool(message->content, "restart", false));

    send_reply(server, message, "shutdown_reply", reply);
}

/* The idle of a request that was answered while a cell runs is not the last that clients hear. */
static void send_idle(struct server *server, const struct message *parent)
{
    struct outgoing *busy;

    send_status(server, parent, "idle");
    busy = status_board_running(server->status);
    if (busy)
        channels_send(server->channels, busy);
}

/* Takes ownership. */
static void handle_request(struct server *server, struct message *message)
{
    AUTO_JSON *reply = NULL;

    send_status(server, message, "busy");
    if (is_shutdown(message)) {
        start_closing(server);
        if (!server->shutdown) {
            server->shutdown = message; /* reply and idle follow at the end */
            return;
        }
        answer_shutdown(server, message);
    } else if (strcmp(message->msg_type, "interrupt_request") == 0) {
        worker_interrupt(server->worker);
        reply = json_pack("{s:s}", "status", "ok");
        send_reply(server, message, "interrupt_reply", reply);
    } else if (strcmp(message->msg_type, "kernel_info_request") == 0) {
        reply = kernel_info_reply(server->banner);
        send_reply(server, message, "kernel_info_reply", reply);
    } else {
        answer_unknown(server, message);
    }
    send_idle(server, message);
    message_free(message);
}

/* What the last wait saw. */
static void handle_channels(struct server *server)
{
    struct channels *channels = server->channels;
    struct message *message;

    while (channels_is_ready(channels, CHANNEL_CONTROL) &&
           (message = channels_receive(channels, CHANNEL_CONTROL)))
        handle_request(server, message);
    if (channels_is_ready(channels, CHANNEL_SHELL))
        receive_shell(server);
    while (channels_is_ready(channels, CHANNEL_STDIN) &&
           (message = channels_receive(channels, CHANNEL_STDIN))) {
        answer_unknown(server, message); /* nothing is ever asked for: only a request is odd */
        message_free(message);
    }
    if (channels_is_ready(channels, CHANNEL_IOPUB))
        channels_receive(channels, CHANNEL_IOPUB);
}

/* --- signals and the parent ------------------------------------------------------------------- */

static void handle_signals(struct server *server)
{
    struct signalfd_siginfo info;

    while (read(server->watch[WATCH_SIGNALS], &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGINT)
            worker_interrupt(server->worker);
        else
            start_closing(server);
    }
}

/* A descriptor that becomes readable when the client process ends (J-130, J-145); -1 when there is
 * none to watch. */
static int watch_parent(void)
{
    const char *text = getenv("JPY_PARENT_PID");
    long pid = text ? strtol(text, NULL, 10) : 0;
    int descriptor;

    if (pid <= 1 || pid == (long)getpid())
        return -1;
    descriptor = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (descriptor < 0 && errno != ESRCH)
        log_warning("the client process %ld can't be watched: %s", pid, strerror(errno));
    return descriptor;
}

/* --- life ------------------------------------------------------------------------------------- */

static void init_sender(struct server *server)
{
    struct passwd *entry = getpwuid(getuid());

    uuid_new(server->sender.session);
    snprintf(server->sender.username, sizeof(server->sender.username), "%s",
             entry && entry->pw_name ? entry->pw_name : "");
    server->signer = signer_new(server->file.key, server->file.key_size, server->file.scheme);
    server->sender.signer = server->signer;
}

static bool open_server(struct server *server, const struct server_options *options,
                        struct error *error)
{
    struct executor_options executor = {.store = options->store};
    sigset_t signals;
    struct executor *made;

    if (!connection_file_read(options->connection_file, options->insecure, &server->file, error))
        return false;
    init_sender(server);
    server->channels = channels_new(&server->file, &server->sender, error);
    if (!server->channels)
        return false;
    pthread_sigmask(SIG_BLOCK, NULL, &signals);
    server->watch[WATCH_SIGNALS] = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (server->watch[WATCH_SIGNALS] < 0)
        return error_set_errno(error, errno, "signalfd");
    server->outbox = queue_new();
    executor.jupyter_session = server->file.jupyter_session;
    made = executor_new(&executor);
    server->banner = executor_banner(made);
    server->status = status_board_new(&server->sender, server->outbox);
    server->session = session_board_new();
    executor_set_board(made, server->session);
    server->lookup = lookup_new(server->session, server->status);
    server->worker = worker_new(made, server->status, server->lookup);
    server->watch[WATCH_OUTBOX] = queue_descriptor(server->outbox);
    server->watch[WATCH_ENDED] = worker_descriptor(server->worker);
    server->watch[WATCH_PARENT] = watch_parent();
    server->watch_count = server->watch[WATCH_PARENT] >= 0 ? WATCH_COUNT : WATCH_COUNT - 1;
    return true;
}

static void serve(struct server *server)
{
    bool ready[WATCH_COUNT] = {false};

    while (!server->is_closing) {
        channels_wait(server->channels, server->watch, server->watch_count, ready, -1);
        if (ready[WATCH_OUTBOX])
            send_outbox(server);
        handle_channels(server);
        if (ready[WATCH_SIGNALS])
            handle_signals(server);
        if (server->watch_count == WATCH_COUNT && ready[WATCH_PARENT])
            start_closing(server);
    }
}

/* True when the worker's thread has ended in time. */
static bool drain(struct server *server)
{
    int64_t limit = monotonic_us() + SHUTDOWN_LIMIT_US;
    bool ready[WATCH_COUNT] = {false};

    while (!ready[WATCH_ENDED] && monotonic_us() < limit) {
        channels_wait(server->channels, server->watch, WATCH_PARENT, ready, SHUTDOWN_STEP_MS);
        send_outbox(server);
        handle_channels(server);
        worker_interrupt(server->worker);
    }
    send_outbox(server);
    return ready[WATCH_ENDED];
}

static void close_server(struct server *server)
{
    struct outgoing *left;

    if (server->shutdown) {
        answer_shutdown(server, server->shutdown);
        send_status(server, server->shutdown, "idle");
        message_free(server->shutdown);
    }
    channels_free(server->channels);
    if (server->outbox) {
        while ((left = queue_try(server->outbox)))
            outgoing_free(left);
        queue_free(server->outbox);
    }
    status_board_free(server->status);
    session_board_free(server->session);
    for (size_t i = 0; i < WATCH_COUNT; i += WATCH_PARENT)
        if (server->watch[i] >= 0)
            close(server->watch[i]);
    signer_free(server->signer);
    connection_file_release(&server->file);
    free(server->banner);
}

bool server_run(const struct server_options *options, struct error *error)
{
    static struct server server; /* outlives a thread that does not come back from SQLite */

    for (size_t i = 0; i < WATCH_COUNT; i++)
        server.watch[i] = -1;
    if (!open_server(&server, options, error)) {
        close_server(&server);
        return false;
    }
    serve(&server);
    if (drain(&server)) {
        worker_free(server.worker);
    } else {
        worker_abandon(server.worker);
        server.outbox = NULL; /* the thread may still put into it */
        server.status = NULL;
        server.session = NULL;
        server.signer = NULL;
    }
    close_server(&server);
    return true;
}
