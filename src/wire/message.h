/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message: one Jupyter message, coming in and going out (J-19 to J-30).
 *
 * Incoming: only rightly signed messages get this far. The header is a readable object with msg_id,
 * session and msg_type as strings; metadata and content are objects, or NULL when their frame could
 * not be read as a JSON object (content_error says which and why): the kernel answers such a
 * request with an error reply (J-241). The parent header of what comes in is signed but not read:
 * nothing rests on it. Buffers are not signed (J-23) and are dropped.
 */
#ifndef RSCN_WIRE_MESSAGE_H
#define RSCN_WIRE_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/timestamp.h"
#include "wire/connection_file.h"
#include "wire/signature.h"

#define MESSAGE_MAX_IDENTITIES 8
#define MESSAGE_MAX_BYTES (64u * 1024 * 1024) /* of one incoming frame */
#define MESSAGE_MAX_BUFFERS 64
#define MESSAGE_MAX_HEADER                                                                         \
    (64u * 1024)           /* bytes; it goes out again as parent_header of every answer */
#define MESSAGE_MAX_ID 256 /* bytes of msg_id and of session */
#define MESSAGE_MAX_TYPE 64
#define PROTOCOL_VERSION "5.5"

struct identity {
    size_t size;
    unsigned char bytes[256];
};

struct message {
    enum channel channel;
    timestamp_us received_at;
    size_t sequence; /* counts the messages received on all channels, from 1 */
    size_t identity_count;
    struct identity identities[MESSAGE_MAX_IDENTITIES];
    json_t *header;
    char *header_text; /* the bytes as they came, goes out as parent_header */
    size_t header_size;
    json_t *metadata; /* object or NULL */
    json_t *content;  /* object or NULL */
    char content_error[200];
    const char *msg_id, *session, *msg_type,
        *username; /* borrowed from header, never empty but for username; no NUL inside */
};

/* Frees NULL-safe. A message may be handed from thread to thread, and belongs to one at a time
 * (jansson objects are not shared). */
void message_free(struct message *message);
/* Takes the frames after the signature check apart. Never NULL unless the header is unreadable
 * (*ret_why then says it): dropped and counted by the caller. */
struct message *message_parse(enum channel channel, const struct frame *identities,
                              size_t identity_count, const struct frame json_frames[4],
                              const char **ret_why);

/* What identifies this kernel in what it sends. Immutable after start; shared by threads. */
struct message_sender {
    char session[64]; /* new for every process */
    char username[64];
    const struct signer *signer;
};

/*
 * A message on its way out: made by any thread, signed and sent by the channels' thread. So whoever
 * makes it pays for a copy of the content's text, and nothing else.
 */
struct outgoing {
    enum channel channel;
    int tag; /* for the sender's own use, e.g. "this is the reply of an error" */
    void *tag_data;
    size_t frame_count; /* 0 before outgoing_sign */
    struct frame frames[MESSAGE_MAX_IDENTITIES + 6]; /* identities and delimiter included */
    /* what it is signed from */
    const struct message_sender *sender;
    timestamp_us made_at;
    char msg_type[MESSAGE_MAX_TYPE];
    size_t identity_count;
    struct frame identities[MESSAGE_MAX_IDENTITIES]; /* behind the struct, like the next two */
    struct frame parent, metadata;
    char *content; /* an allocation of its own, that libzmq may take over */
    size_t content_size;
    char *head; /* topic, signature and header */
};

/*
 * `parent` may be NULL (no parent); its header is copied as parent_header. For a reply (shell,
 * control, stdin) the identities of `parent` are used; on iopub the topic is
 * `kernel.<session>.<msg_type>`. msg_type is shorter than MESSAGE_MAX_TYPE. sender is borrowed
 * until the message is freed, content and metadata only for the call; metadata may be NULL. Caller
 * hands it to channels_send or outgoing_free.
 */
struct outgoing *outgoing_new(const struct message_sender *sender, enum channel channel,
                              const char *msg_type, const struct message *parent,
                              const json_t *content, const json_t *metadata);
/* The same with the content as JSON text, which is copied. */
struct outgoing *outgoing_new_text(const struct message_sender *sender, enum channel channel,
                                   const char *msg_type, const struct message *parent,
                                   const char *content, size_t content_size);
/* iopub_welcome for one subscription: the topic as identity frame (none for the empty one, as
 * ipykernel does it), no parent (J-20, J-61). */
struct outgoing *outgoing_new_welcome(const struct message_sender *sender, const char *topic,
                                      size_t topic_size);
/* Fills in the frames: the message gets its id, its date is that of its making. channels_send does
 * it. */
void outgoing_sign(struct outgoing *outgoing);
void outgoing_free(struct outgoing *outgoing);

#endif
