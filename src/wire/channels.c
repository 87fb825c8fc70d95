/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channels: the five sockets of a kernel.
 *
 * Nothing here waits but channels_wait: every receive and every send has ZMQ_DONTWAIT. Frames are
 * read in place: the signature is checked and the JSON parsed in libzmq's own memory, and a long
 * content leaves without being copied.
 */
#include "wire/channels.h"

#include "base/log.h"

#include <czmq.h>
/* czmq.h brings in syslog.h, whose macros would stand before our levels of the same names. */
#undef LOG_WARNING
#undef LOG_INFO
#undef LOG_DEBUG
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "wire/bound_socket.h"
#include "wire/heartbeat.h"

#define DELIMITER "<IDS|MSG>"
#define DELIMITER_SIZE (sizeof(DELIMITER) - 1)
#define SEEN_SIGNATURES 65536
#define MAX_SUBSCRIPTION_BYTES 1024
/* identities, delimiter, signature, four of JSON, buffers */
#define MAX_FRAMES (MESSAGE_MAX_IDENTITIES + 6 + MESSAGE_MAX_BUFFERS)
/* So that a flood of garbage or of subscriptions cannot keep the caller from its other work. */
#define MAX_DROPPED_PER_CALL 64
#define MAX_SUBSCRIPTIONS_PER_CALL 64
/* Below this, copying is cheaper than the bookkeeping of a shared block. */
#define ZERO_COPY_BYTES 4096

struct channels {
    zsock_t *sockets[CHANNEL_HB]; /* the first four; the heartbeat's belongs to its thread */
    void *handles[CHANNEL_HB];
    struct heartbeat *heartbeat;
    const struct message_sender *sender;
    struct seen_signatures *seen;
    struct channels_dropped dropped;
    size_t sequence;
    int descriptors[CHANNEL_HB]; /* libzmq's: readable when it has something to say of a socket */
    bool is_ready[CHANNEL_HB];   /* the last wait saw a message */
    bool is_unsure[CHANNEL_HB];  /* used since it was last found empty */
    struct pollfd *items;
    size_t item_capacity;
};

/*
 * Requests: what a client may have under way before TCP holds it back (nothing is lost), and no
 * limit on replies, because a ROUTER would drop the reply of a client that sends 10,000 requests
 * before it reads: their number is bounded by the requests. iopub: no limit on what goes out (J-1).
 */
static const struct {
    int type;
    struct socket_limits limits;
} socket_plan[CHANNEL_HB] = {
    [CHANNEL_SHELL] = {ZMQ_ROUTER, {MESSAGE_MAX_BYTES, 0, 1000}},
    [CHANNEL_IOPUB] = {ZMQ_XPUB, {MAX_SUBSCRIPTION_BYTES, 0, 1000}},
    [CHANNEL_STDIN] = {ZMQ_ROUTER, {MESSAGE_MAX_BYTES, 0, 1000}},
    [CHANNEL_CONTROL] = {ZMQ_ROUTER, {MESSAGE_MAX_BYTES, 0, 1000}},
};

static void prepare_once(void)
{
    zsys_handler_set(NULL);
    zsys_set_logstream(stderr); /* its default is stdout, which may be the user's data */
    /* Two: while one thread takes a request in, the other can bring an output out (J-1). */
    zsys_set_io_threads(2);
}

void channels_prepare(void)
{
    /* A second zsys_handler_set(NULL) would put the signals back to their defaults (ST-29). */
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, prepare_once);
}

struct channels *channels_new(const struct connection_file *file,
                              const struct message_sender *sender, struct error *error)
{
    struct channels *channels = xcalloc(1, sizeof(*channels));

    channels_prepare();
    channels->sender = sender;
    channels->seen = seen_signatures_new(SEEN_SIGNATURES);
    for (int channel = 0; channel < CHANNEL_HB; channel++) {
        zsock_t *socket = bound_socket_new(file, channel, socket_plan[channel].type,
                                           socket_plan[channel].limits, error);
        if (socket == NULL) {
            channels_free(channels);
            return NULL;
        }
        channels->sockets[channel] = socket;
        channels->handles[channel] = zsock_resolve(socket);
        channels->descriptors[channel] = zsock_fd(socket);
        channels->is_unsure[channel] = true;
    }
    channels->heartbeat = heartbeat_new(file, error);
    if (channels->heartbeat == NULL) {
        channels_free(channels);
        return NULL;
    }
    return channels;
}

void channels_free(struct channels *channels)
{
    if (channels == NULL)
        return;
    heartbeat_free(channels->heartbeat);
    for (int channel = 0; channel < CHANNEL_HB; channel++)
        zsock_destroy(&channels->sockets[channel]);
    seen_signatures_free(channels->seen);
    free(channels->items);
    free(channels);
}

/*
 * Whether a message can be received. A socket's descriptor only tells that libzmq has something to
 * say, and every use of the socket may take that in: so after a use one has to ask before one
 * sleeps. zmq_poll asks all of its sockets, twice each time: 16 system calls where here are two.
 */
static bool look(struct channels *channels, int channel)
{
    int events = zsock_events(channels->sockets[channel]);

    channels->is_ready[channel] = (events & ZMQ_POLLIN) != 0;
    channels->is_unsure[channel] = channels->is_ready[channel];
    return channels->is_ready[channel];
}

static void fill_items(struct channels *channels, const int *descriptors, size_t count)
{
    if (channels->item_capacity < CHANNEL_HB + count) {
        channels->item_capacity = CHANNEL_HB + count;
        channels->items =
            xreallocarray(channels->items, channels->item_capacity, sizeof(*channels->items));
    }
    for (size_t i = 0; i < CHANNEL_HB; i++)
        channels->items[i] = (struct pollfd){.fd = channels->descriptors[i], .events = POLLIN};
    for (size_t i = 0; i < count; i++)
        channels->items[CHANNEL_HB + i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
}

/* Before the sleep; gives how many channels have a message. */
static int look_at_used(struct channels *channels)
{
    int ready = 0;

    for (int channel = 0; channel < CHANNEL_HB; channel++) {
        channels->is_ready[channel] = false;
        if (channels->is_unsure[channel])
            ready += look(channels, channel);
    }
    return ready;
}

/* After the sleep; a channel counts once. */
static int look_at_woken(struct channels *channels)
{
    int ready = 0;

    for (int channel = 0; channel < CHANNEL_HB; channel++)
        if (!channels->is_ready[channel] && channels->items[channel].revents != 0)
            ready += look(channels, channel);
    return ready;
}

int channels_wait(struct channels *channels, const int *descriptors, size_t count, bool *ret_ready,
                  int timeout_ms)
{
    int64_t deadline = timeout_ms < 0 ? 0 : monotonic_us() + (int64_t)timeout_ms * 1000;
    int ready = look_at_used(channels);
    int wait_ms = ready > 0 ? 0 : timeout_ms;

    fill_items(channels, descriptors, count);
    for (;;) {
        int result = poll(channels->items, CHANNEL_HB + count, wait_ms);
        if (result > 0)
            ready += look_at_woken(channels);
        for (size_t i = 0; i < count; i++) {
            /* An end of file or an error on a descriptor is something to look at, like data. */
            ret_ready[i] = result > 0 && channels->items[CHANNEL_HB + i].revents != 0;
            ready += ret_ready[i];
        }
        if (ready > 0 || wait_ms == 0)
            return ready;
        if (timeout_ms > 0) {
            int64_t left = deadline - monotonic_us();
            wait_ms = left > 0 ? (int)((left + 999) / 1000) : 0;
        }
    }
}

bool channels_is_ready(const struct channels *channels, enum channel channel)
{
    return channel < CHANNEL_HB && channels->is_ready[channel];
}

/* A message as it lies in libzmq's memory. */
struct raw_message {
    zmq_msg_t parts[MAX_FRAMES];
    struct frame frames[MAX_FRAMES];
    size_t count;
    bool too_many; /* more came, and was thrown away */
};

static void raw_message_release(struct raw_message *raw)
{
    for (size_t i = 0; i < raw->count; i++)
        zmq_msg_close(&raw->parts[i]);
    raw->count = 0;
}

static bool receive_part(void *socket, zmq_msg_t *part)
{
    zmq_msg_init(part);
    while (zmq_msg_recv(part, socket, ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EINTR)
            continue;
        zmq_msg_close(part);
        return false;
    }
    return true;
}

/* libzmq gives a message whole or not at all, so after its first frame the others are there. */
static bool receive_raw(void *socket, struct raw_message *raw)
{
    zmq_msg_t extra;
    bool more = true;

    raw->count = 0;
    raw->too_many = false;
    while (more && raw->count < MAX_FRAMES) {
        zmq_msg_t *part = &raw->parts[raw->count];
        if (!receive_part(socket, part))
            return raw->count > 0;
        raw->frames[raw->count].bytes = zmq_msg_data(part);
        raw->frames[raw->count].size = zmq_msg_size(part);
        raw->count++;
        more = zmq_msg_more(part);
    }
    while (more && receive_part(socket, &extra)) {
        raw->too_many = true;
        more = zmq_msg_more(&extra);
        zmq_msg_close(&extra);
    }
    return true;
}

/* Said for the 1st, 2nd, 4th, 8th … of a kind: a flood does not become a flood of lines. */
static struct message *drop(uint64_t *counter, enum channel channel, const char *why)
{
    ++*counter;
    if ((*counter & (*counter - 1)) == 0)
        log_warning("%s: message dropped: %s (%llu so far)", channel_name(channel), why,
                    (unsigned long long)*counter);
    return NULL;
}

/* Signature, replay, header, in this order: nothing is parsed that was not signed. NULL = dropped
 * and counted. */
static struct message *judge(struct channels *channels, enum channel channel,
                             const struct raw_message *raw)
{
    const struct frame *frames = raw->frames;
    const struct signer *signer = channels->sender->signer;
    struct message *message;
    const char *why;
    size_t delimiter =
        1; /* frame 0 is the routing id that libzmq put there, whatever it looks like */

    if (raw->too_many)
        return drop(&channels->dropped.oversized, channel, "too many frames");
    while (delimiter < raw->count &&
           (frames[delimiter].size != DELIMITER_SIZE ||
            memcmp(frames[delimiter].bytes, DELIMITER, DELIMITER_SIZE) != 0))
        delimiter++;
    if (delimiter + 6 > raw->count)
        return drop(&channels->dropped.unreadable, channel, "not a Jupyter message");
    if (raw->count - (delimiter + 6) > MESSAGE_MAX_BUFFERS)
        return drop(&channels->dropped.oversized, channel, "too many buffers");
    if (!signer_check(signer, frames + delimiter + 2, frames[delimiter + 1].bytes,
                      frames[delimiter + 1].size))
        return drop(&channels->dropped.bad_signature, channel, "wrong or missing signature");
    if (signer_hex_size(signer) > 0 &&
        !seen_signatures_add(channels->seen, frames[delimiter + 1].bytes,
                             frames[delimiter + 1].size))
        return drop(&channels->dropped.replayed, channel, "its signature was seen before");
    message = message_parse(channel, frames, delimiter, frames + delimiter + 2, &why);
    if (message == NULL)
        return drop(&channels->dropped.unreadable, channel, why);
    message->sequence = ++channels->sequence;
    return message;
}

/*
 * `\x01` and a topic is a subscription (J-61). Everything else, plain messages of more frames among
 * them (K-28), is none of our business.
 */
static void answer_subscriptions(struct channels *channels)
{
    struct raw_message raw;

    channels->is_unsure[CHANNEL_IOPUB] = true;
    for (int i = 0; i < MAX_SUBSCRIPTIONS_PER_CALL; i++) {
        const char *bytes;
        size_t size;
        if (!receive_raw(channels->handles[CHANNEL_IOPUB], &raw)) {
            channels->is_unsure[CHANNEL_IOPUB] = false;
            return;
        }
        bytes = raw.frames[0].bytes;
        size = raw.frames[0].size;
        if (raw.count == 1 && size > 0 && bytes[0] == 1 && utf8_is_valid(bytes + 1, size - 1))
            channels_send(channels, outgoing_new_welcome(channels->sender, bytes + 1, size - 1));
        raw_message_release(&raw);
    }
}

struct message *channels_receive(struct channels *channels, enum channel channel)
{
    struct raw_message raw;

    if (channel == CHANNEL_IOPUB) {
        answer_subscriptions(channels);
        return NULL;
    }
    if (channel == CHANNEL_HB)
        return NULL;
    channels->is_unsure[channel] = true;
    for (int i = 0; i < MAX_DROPPED_PER_CALL; i++) {
        struct message *message;
        if (!receive_raw(channels->handles[channel], &raw)) {
            channels->is_unsure[channel] = false;
            return NULL;
        }
        message = judge(channels, channel, &raw);
        raw_message_release(&raw);
        if (message != NULL)
            return message;
    }
    return NULL;
}

static void free_shared(void *bytes, void *hint)
{
    (void)hint;
    free(bytes);
}

/* The content is an allocation of its own and can be handed over to libzmq as it is. */
static bool fill_part(zmq_msg_t *part, struct outgoing *outgoing, size_t index)
{
    const struct frame *frame = &outgoing->frames[index];

    if (index + 1 == outgoing->frame_count && frame->size >= ZERO_COPY_BYTES) {
        if (zmq_msg_init_data(part, outgoing->content, frame->size, free_shared, NULL) != 0)
            return false;
        outgoing->content = NULL;
        return true;
    }
    if (zmq_msg_init_size(part, frame->size) != 0)
        return false;
    if (frame->size > 0)
        memcpy(zmq_msg_data(part), frame->bytes, frame->size);
    return true;
}

static bool send_part(void *socket, struct outgoing *outgoing, size_t index)
{
    int flags = ZMQ_DONTWAIT | (index + 1 < outgoing->frame_count ? ZMQ_SNDMORE : 0);
    zmq_msg_t part;

    if (!fill_part(&part, outgoing, index))
        return false;
    while (zmq_msg_send(&part, socket, flags) < 0) {
        if (zmq_errno() == EINTR)
            continue;
        zmq_msg_close(&part);
        return false;
    }
    return true;
}

void channels_send(struct channels *channels, struct outgoing *outgoing)
{
    void *socket = channels->handles[outgoing->channel];

    outgoing_sign(outgoing);
    channels->is_unsure[outgoing->channel] = true;
    for (size_t i = 0; i < outgoing->frame_count; i++) {
        if (!send_part(socket, outgoing, i)) {
            log_warning("%s: a message could not be sent: %s", channel_name(outgoing->channel),
                        zmq_strerror(zmq_errno()));
            break;
        }
    }
    outgoing_free(outgoing);
}

struct channels_dropped channels_dropped(const struct channels *channels)
{
    return channels->dropped;
}
