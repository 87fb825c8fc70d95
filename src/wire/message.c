/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message: one Jupyter message, coming in and going out (J-19 to J-30).
 *
 * An outgoing message is one block (struct, frame table, all short frames) and the content: what is
 * long is never copied. Headers are written as text, and the parent's header goes out as the bytes
 * that came in.
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
#include "base/utf8.h"

#define DELIMITER "<IDS|MSG>"

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

static void add_json_text(struct strbuf *buffer, const char *text)
{
    AUTO_STRBUF valid = STRBUF_INIT;

    if (!utf8_is_valid(text, strlen(text))) {
        utf8_add_valid(&valid, text, strlen(text));
        text = strbuf_text(&valid);
    }
    strbuf_add_char(buffer, '"');
    while (*text != '\0') {
        size_t plain = 0;
        while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\')
            plain++;
        strbuf_add(buffer, text, plain);
        text += plain;
        if (*text != '\0')
            strbuf_addf(buffer, "\\u%04x", (unsigned char)*text++);
    }
    strbuf_add_char(buffer, '"');
}

static void add_header(struct strbuf *buffer, const struct message_sender *sender,
                       const char *msg_type)
{
    char msg_id[sizeof(sender->session) + 24];
    char date[TIMESTAMP_SIZE];

    snprintf(msg_id, sizeof(msg_id), "%s_%llu", sender->session,
             (unsigned long long)atomic_fetch_add(&messages_made, 1));
    timestamp_format_rfc3339(timestamp_now(), date);
    strbuf_add_text(buffer, "{\"msg_id\":");
    add_json_text(buffer, msg_id);
    strbuf_add_text(buffer, ",\"session\":");
    add_json_text(buffer, sender->session);
    strbuf_add_text(buffer, ",\"username\":");
    add_json_text(buffer, sender->username);
    strbuf_add_text(buffer, ",\"date\":\"");
    strbuf_add_text(buffer, date);
    strbuf_add_text(buffer, "\",\"msg_type\":");
    add_json_text(buffer, msg_type);
    strbuf_add_text(buffer, ",\"version\":\"" PROTOCOL_VERSION "\"}");
}

/* NULL becomes an empty object. */
static void add_json(struct strbuf *buffer, const json_t *json)
{
    if (json != NULL)
        json_add(buffer, json);
    else
        strbuf_add_text(buffer, "{}");
}

/* Where the short frames of a message lie in its buffer, until the final block exists. */
struct draft {
    struct strbuf bytes;
    size_t frame_count;
    size_t ends[MESSAGE_MAX_IDENTITIES + 5];
};

static void draft_end_frame(struct draft *draft)
{
    draft->ends[draft->frame_count++] = draft->bytes.size;
}

static void draft_add_frame(struct draft *draft, const void *bytes, size_t size)
{
    strbuf_add(&draft->bytes, bytes, size);
    draft_end_frame(draft);
}

static struct frame draft_frame(const struct draft *draft, size_t index)
{
    size_t start = index == 0 ? 0 : draft->ends[index - 1];

    return (struct frame){draft->bytes.text + start, draft->ends[index] - start};
}

/* Takes over the content. */
static struct outgoing *draft_finish(const struct draft *draft, enum channel channel,
                                     struct strbuf *content)
{
    size_t frame_count = draft->frame_count + 1;
    size_t table_size = frame_count * sizeof(struct frame);
    struct outgoing *outgoing = xmalloc(sizeof(*outgoing) + table_size + draft->bytes.size);
    size_t content_size = content->size;
    char *bytes;

    outgoing->channel = channel;
    outgoing->tag = 0;
    outgoing->tag_data = NULL;
    outgoing->frame_count = frame_count;
    outgoing->frames = (struct frame *)(outgoing + 1);
    bytes = (char *)(outgoing->frames + frame_count);
    memcpy(bytes, draft->bytes.text, draft->bytes.size);
    for (size_t i = 0; i + 1 < frame_count; i++) {
        struct frame frame = draft_frame(draft, i);
        outgoing->frames[i].bytes = bytes + ((const char *)frame.bytes - draft->bytes.text);
        outgoing->frames[i].size = frame.size;
    }
    outgoing->frames[frame_count - 1].bytes = strbuf_take(content);
    outgoing->frames[frame_count - 1].size = content_size;
    return outgoing;
}

/*
 * The draft holds the frames before the delimiter; `parent` is the text of the parent header (NULL
 * = none). The signature stands before what it signs, so room of its size is kept and filled in at
 * the end.
 */
static struct outgoing *draft_sign(struct draft *draft, const struct message_sender *sender,
                                   enum channel channel, const char *msg_type,
                                   const struct frame *parent, const json_t *content,
                                   const json_t *metadata)
{
    AUTO_STRBUF content_text = STRBUF_INIT;
    char hex[SIGNATURE_HEX_MAX];
    struct frame signed_frames[4];
    size_t signature, signature_size = signer_hex_size(sender->signer);

    draft_add_frame(draft, DELIMITER, sizeof(DELIMITER) - 1);
    signature = draft->frame_count;
    strbuf_add_repeated(&draft->bytes, '0', signature_size);
    draft_end_frame(draft);

    add_header(&draft->bytes, sender, msg_type);
    draft_end_frame(draft);
    if (parent != NULL)
        draft_add_frame(draft, parent->bytes, parent->size);
    else
        draft_add_frame(draft, "{}", 2);
    add_json(&draft->bytes, metadata);
    draft_end_frame(draft);
    add_json(&content_text, content);

    for (size_t i = 0; i < 3; i++)
        signed_frames[i] = draft_frame(draft, signature + 1 + i);
    signed_frames[FRAME_CONTENT] = (struct frame){content_text.text, content_text.size};
    signer_sign(sender->signer, signed_frames, hex);
    memcpy(draft->bytes.text + draft->ends[signature - 1], hex, signature_size);
    return draft_finish(draft, channel, &content_text);
}

/* identities are left out on iopub, whose only frame before the delimiter is the topic. */
static struct outgoing *build(const struct message_sender *sender, enum channel channel,
                              const char *msg_type, const struct frame *parent,
                              const struct identity *identities, size_t identity_count,
                              const json_t *content, const json_t *metadata)
{
    struct draft draft = {.bytes = STRBUF_INIT};
    struct outgoing *outgoing;

    if (channel == CHANNEL_IOPUB) {
        strbuf_addf(&draft.bytes, "kernel.%s.%s", sender->session, msg_type);
        draft_end_frame(&draft);
    } else {
        for (size_t i = 0; i < identity_count && i < MESSAGE_MAX_IDENTITIES; i++)
            draft_add_frame(&draft, identities[i].bytes, identities[i].size);
    }
    outgoing = draft_sign(&draft, sender, channel, msg_type, parent, content, metadata);
    strbuf_release(&draft.bytes);
    return outgoing;
}

struct outgoing *outgoing_new(const struct message_sender *sender, enum channel channel,
                              const char *msg_type, const struct message *parent,
                              const json_t *content, const json_t *metadata)
{
    struct frame header;

    if (parent == NULL)
        return build(sender, channel, msg_type, NULL, NULL, 0, content, metadata);
    header = (struct frame){parent->header_text, parent->header_size};
    return build(sender, channel, msg_type, &header, parent->identities, parent->identity_count,
                 content, metadata);
}

struct outgoing *outgoing_new_for(const struct message_sender *sender, enum channel channel,
                                  const char *msg_type, const json_t *parent_header,
                                  const struct identity *identities, size_t identity_count,
                                  const json_t *content, const json_t *metadata)
{
    AUTO_STRBUF text = STRBUF_INIT;
    struct frame header;

    add_json(&text, parent_header);
    header = (struct frame){text.text, text.size};
    return build(sender, channel, msg_type, &header, identities, identity_count, content, metadata);
}

struct outgoing *outgoing_new_welcome(const struct message_sender *sender, const char *topic,
                                      size_t topic_size)
{
    struct draft draft = {.bytes = STRBUF_INIT};
    json_t *content = json_object();
    struct outgoing *outgoing;

    json_object_set_new(content, "subscription", json_text(topic, topic_size));
    if (topic_size > 0)
        draft_add_frame(&draft, topic, topic_size);
    outgoing = draft_sign(&draft, sender, CHANNEL_IOPUB, "iopub_welcome", NULL, content, NULL);
    strbuf_release(&draft.bytes);
    json_decref(content);
    return outgoing;
}

void outgoing_free(struct outgoing *outgoing)
{
    if (outgoing == NULL)
        return;
    free((void *)(uintptr_t)outgoing->frames[outgoing->frame_count - 1].bytes);
    free(outgoing);
}
