/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message: one Jupyter message, coming in and going out (J-19 to J-30).
 *
 * An outgoing message is made in two steps. The thread that has something to say copies what it
 * says into one block and the content's text. Header and signature are made by the thread that
 * sends it: they cost more than all the rest, and the thread that runs cells has better things to
 * do. Headers are written as text, and the parent's header goes out as the bytes that came in.
 */
#include "wire/message.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/strbuf.h"

#define DELIMITER "<IDS|MSG>"
#define USUAL_SIZE 200 /* bytes of a content that is made here */
#define HEAD_SIZE 512 /* bytes: what topic, signature and header have most often */

enum json_frame { FRAME_HEADER, FRAME_PARENT, FRAME_METADATA, FRAME_CONTENT };

/* One counter for all threads and channels: a hole in it shows a lost message (J-2). */
static atomic_uint_fast64_t messages_made;

void message_free(struct message *message)
{
    if (message == NULL)
        return;
    json_decref(message->header);
    json_decref(message->metadata);
    json_decref(message->content);
    free(message->header_text);
    free(message);
}

/* A non-empty string of at most max bytes without NUL, or NULL. */
static const char *header_text(const json_t *header, const char *key, size_t max)
{
    const json_t *member = json_object_get(header, key);
    size_t size = json_string_length(member);

    if (size == 0 || size > max || strlen(json_string_value(member)) != size)
        return NULL;
    return json_string_value(member);
}

/* NULL when the frame is no readable JSON object; the first reason of a message is kept. */
static json_t *read_object(const char *name, const struct frame *frame, struct message *message)
{
    struct error error = ERROR_INIT;

    if (frame->size == 2 && memcmp(frame->bytes, "{}", 2) == 0)
        return json_object(); /* metadata, most often */
    AUTO_JSON *json = json_parse(frame->bytes, frame->size, &error);

    if (json_is_object(json))
        return json_incref(json);
    if (message->content_error[0] == '\0')
        snprintf(message->content_error, sizeof(message->content_error), "%s: %.150s", name,
                 json == NULL ? error.message : "not a JSON object");
    return NULL;
}

static const char *read_header(struct message *message, const struct frame *frame)
{
    if (frame->size > MESSAGE_MAX_HEADER)
        return "header too long";
    message->header = json_parse(frame->bytes, frame->size, NULL);
    if (!json_is_object(message->header))
        return "header is not a JSON object";
    message->msg_id = header_text(message->header, "msg_id", MESSAGE_MAX_ID);
    if (message->msg_id == NULL)
        return "header without a usable msg_id";
    message->session = header_text(message->header, "session", MESSAGE_MAX_ID);
    if (message->session == NULL)
        return "header without a usable session";
    message->msg_type = header_text(message->header, "msg_type", MESSAGE_MAX_TYPE);
    if (message->msg_type == NULL)
        return "header without a usable msg_type";
    message->username = header_text(message->header, "username", MESSAGE_MAX_ID);
    if (message->username == NULL)
        message->username = "";
    message->header_text = xmemdup(frame->bytes, frame->size);
    message->header_size = frame->size;
    return NULL;
}

struct message *message_parse(enum channel channel, const struct frame *identities,
                              size_t identity_count, const struct frame json_frames[4],
                              const char **ret_why)
{
    struct message *message;

    if (identity_count > MESSAGE_MAX_IDENTITIES) {
        *ret_why = "too many identities";
        return NULL;
    }
    for (size_t i = 0; i < identity_count; i++) {
        if (identities[i].size > sizeof(message->identities[i].bytes)) {
            *ret_why = "identity too long";
            return NULL;
        }
    }
    message = xcalloc(1, sizeof(*message));
    message->channel = channel;
    message->received_at = timestamp_now();
    *ret_why = read_header(message, &json_frames[FRAME_HEADER]);
    if (*ret_why != NULL) {
        message_free(message);
        return NULL;
    }
    message->identity_count = identity_count;
    for (size_t i = 0; i < identity_count; i++) {
        message->identities[i].size = identities[i].size;
        memcpy(message->identities[i].bytes, identities[i].bytes, identities[i].size);
    }
    message->content = read_object("content", &json_frames[FRAME_CONTENT], message);
    message->metadata = read_object("metadata", &json_frames[FRAME_METADATA], message);
    return message;
}

static void add_text(struct strbuf *buffer, const char *text)
{
    json_add_text(buffer, text, strlen(text));
}

static void add_header(struct strbuf *buffer, const struct outgoing *outgoing)
{
    const struct message_sender *sender = outgoing->sender;
    char date[TIMESTAMP_SIZE];

    timestamp_format_rfc3339(outgoing->made_at, date);
    strbuf_add_text(buffer, "{\"msg_id\":");
    add_text(buffer, sender->session);
    strbuf_truncate(buffer, buffer->size - 1);
    strbuf_add_char(buffer, '_');
    json_add_integer(buffer, (int64_t)atomic_fetch_add(&messages_made, 1));
    strbuf_add_text(buffer, "\",\"session\":");
    add_text(buffer, sender->session);
    strbuf_add_text(buffer, ",\"username\":");
    add_text(buffer, sender->username);
    strbuf_add_text(buffer, ",\"date\":\"");
    strbuf_add_text(buffer, date);
    strbuf_add_text(buffer, "\",\"msg_type\":");
    add_text(buffer, outgoing->msg_type);
    strbuf_add_text(buffer, ",\"version\":\"" PROTOCOL_VERSION "\"}");
}

static struct frame copy_frame(char **place, struct frame frame)
{
    struct frame copy = {*place, frame.size};

    if (frame.size > 0)
        memcpy(*place, frame.bytes, frame.size);
    *place += frame.size;
    return copy;
}

/* Takes over the content's text; copies everything else. */
static struct outgoing *make(const struct message_sender *sender, enum channel channel,
                             const char *msg_type, const struct frame *identities,
                             size_t identity_count, struct frame parent, struct frame metadata,
                             struct strbuf *content)
{
    size_t size = parent.size + metadata.size;
    struct outgoing *outgoing;
    char *place;

    for (size_t i = 0; i < identity_count; i++)
        size += identities[i].size;
    outgoing = xmalloc(sizeof(*outgoing) + size);
    place = (char *)(outgoing + 1);
    outgoing->channel = channel;
    outgoing->tag = 0;
    outgoing->tag_data = NULL;
    outgoing->frame_count = 0;
    outgoing->sender = sender;
    outgoing->made_at = timestamp_now();
    snprintf(outgoing->msg_type, sizeof(outgoing->msg_type), "%s", msg_type);
    outgoing->identity_count = identity_count;
    for (size_t i = 0; i < identity_count; i++)
        outgoing->identities[i] = copy_frame(&place, identities[i]);
    outgoing->parent = copy_frame(&place, parent);
    outgoing->metadata = copy_frame(&place, metadata);
    outgoing->content_size = content->size;
    outgoing->content = strbuf_take(content);
    outgoing->head = NULL;
    return outgoing;
}

/* On iopub the only frame before the delimiter is the topic, which is made with the header. */
static struct outgoing *make_for(const struct message_sender *sender, enum channel channel,
                                 const char *msg_type, const struct message *parent,
                                 struct frame metadata, struct strbuf *content)
{
    struct frame identities[MESSAGE_MAX_IDENTITIES];
    struct frame header = {"{}", 2};
    size_t count = 0;

    if (parent != NULL && channel != CHANNEL_IOPUB)
        for (; count < parent->identity_count; count++)
            identities[count] = (struct frame){parent->identities[count].bytes,
                                               parent->identities[count].size};
    if (parent != NULL)
        header = (struct frame){parent->header_text, parent->header_size};
    return make(sender, channel, msg_type, identities, count, header, metadata, content);
}

struct outgoing *outgoing_new(const struct message_sender *sender, enum channel channel,
                              const char *msg_type, const struct message *parent,
                              const json_t *content, const json_t *metadata)
{
    AUTO_STRBUF content_text = STRBUF_INIT;
    AUTO_STRBUF metadata_text = STRBUF_INIT;
    struct frame metadata_frame = {"{}", 2};

    strbuf_reserve(&content_text, USUAL_SIZE);
    if (content != NULL)
        json_add(&content_text, content);
    else
        strbuf_add_text(&content_text, "{}");
    if (metadata != NULL) {
        json_add(&metadata_text, metadata);
        metadata_frame = (struct frame){metadata_text.text, metadata_text.size};
    }
    return make_for(sender, channel, msg_type, parent, metadata_frame, &content_text);
}

struct outgoing *outgoing_new_text(const struct message_sender *sender, enum channel channel,
                                   const char *msg_type, const struct message *parent,
                                   const char *content, size_t content_size)
{
    AUTO_STRBUF text = STRBUF_INIT;

    strbuf_add(&text, content, content_size);
    return make_for(sender, channel, msg_type, parent, (struct frame){"{}", 2}, &text);
}

struct outgoing *outgoing_new_welcome(const struct message_sender *sender, const char *topic,
                                      size_t topic_size)
{
    const struct frame empty = {"{}", 2};
    const struct frame identity = {topic, topic_size};
    AUTO_JSON *content = json_object();
    AUTO_STRBUF text = STRBUF_INIT;

    json_object_set_new(content, "subscription", json_text(topic, topic_size));
    json_add(&text, content);
    return make(sender, CHANNEL_IOPUB, "iopub_welcome", &identity, topic_size > 0, empty, empty,
                &text);
}

static void add_frame(struct outgoing *outgoing, const void *bytes, size_t size)
{
    outgoing->frames[outgoing->frame_count++] = (struct frame){bytes, size};
}

static bool has_topic(const struct outgoing *outgoing)
{
    return outgoing->channel == CHANNEL_IOPUB && strcmp(outgoing->msg_type, "iopub_welcome") != 0;
}

/* The signature stands before what it signs, so room of its size is kept and filled in at the
 * end. */
void outgoing_sign(struct outgoing *outgoing)
{
    const struct signer *signer = outgoing->sender->signer;
    size_t signature_size = signer_hex_size(signer), topic_size = 0, header;
    AUTO_STRBUF head = STRBUF_INIT;
    char hex[SIGNATURE_HEX_MAX];

    strbuf_reserve(&head, HEAD_SIZE);
    if (has_topic(outgoing)) {
        strbuf_add_text(&head, "kernel.");
        strbuf_add_text(&head, outgoing->sender->session);
        strbuf_add_char(&head, '.');
        strbuf_add_text(&head, outgoing->msg_type);
        topic_size = head.size;
    }
    strbuf_add_repeated(&head, '0', signature_size);
    header = head.size;
    add_header(&head, outgoing);

    for (size_t i = 0; i < outgoing->identity_count; i++)
        outgoing->frames[i] = outgoing->identities[i];
    outgoing->frame_count = outgoing->identity_count;
    if (topic_size > 0)
        add_frame(outgoing, head.text, topic_size);
    add_frame(outgoing, DELIMITER, sizeof(DELIMITER) - 1);
    add_frame(outgoing, head.text + topic_size, signature_size);
    add_frame(outgoing, head.text + header, head.size - header);
    add_frame(outgoing, outgoing->parent.bytes, outgoing->parent.size);
    add_frame(outgoing, outgoing->metadata.bytes, outgoing->metadata.size);
    add_frame(outgoing, outgoing->content, outgoing->content_size);
    signer_sign(signer, outgoing->frames + outgoing->frame_count - 4, hex);
    memcpy(head.text + topic_size, hex, signature_size);
    outgoing->head = strbuf_take(&head);
}

void outgoing_free(struct outgoing *outgoing)
{
    if (outgoing == NULL)
        return;
    free(outgoing->head);
    free(outgoing->content);
    free(outgoing);
}
