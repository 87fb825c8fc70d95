/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_message: any bytes as the frames of a message whose signature was right. What must hold: it
 * is taken apart or refused with a reason, its ids are texts within their limits, and an answer to
 * it can be made and signed.
 *
 * The input is a list of frames, each after two bytes with its length: the first JSON frames are
 * header, parent header, metadata and content, what comes before the last four are identities.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_util.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "wire/message.h"

#define MAX_FRAMES (MESSAGE_MAX_IDENTITIES + 4)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* Each frame is an allocation of exactly its size: reading past it is an error that ASan sees. */
static size_t cut(const uint8_t *data, size_t size, struct frame frames[MAX_FRAMES])
{
    size_t count = 0;

    while (size >= 2 && count < MAX_FRAMES) {
        size_t length = data[0] * 256u + data[1];
        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        char *copy = xmalloc(length > 0 ? length : 1);
        memcpy(copy, data, length);
        frames[count++] = (struct frame){.bytes = copy, .size = length};
        data += length;
        size -= length;
    }
    return count;
}

static void check_id(const char *id, size_t max)
{
    expect(id && *id && strlen(id) <= max && utf8_is_valid(id, strlen(id)));
}

static void answer(const struct message_sender *sender, const struct message *message)
{
    AUTO_JSON *content = json_pack("{s:s}", "status", "ok");
    struct outgoing *reply =
        outgoing_new(sender, message->channel, "kernel_info_reply", message, content, NULL);

    outgoing_sign(reply);
    expect(reply->frame_count >= 6);
    for (size_t i = 0; i < reply->frame_count; i++)
        expect(reply->frames[i].bytes || reply->frames[i].size == 0);
    outgoing_free(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message_sender sender;
    struct frame frames[MAX_FRAMES];
    const char *why = NULL;
    size_t count;

    if (!sender.signer) {
        expect(sodium_init() >= 0);
        memcpy(sender.session, "session", sizeof("session"));
        sender.signer = signer_new("key", 3, HASH_SHA256);
    }
    count = cut(data, size, frames);
    if (count >= 4) {
        size_t identities = count - 4;
        struct message *message =
            message_parse(CHANNEL_SHELL, frames, identities, frames + identities, &why);
        expect(message || (why && *why));
        if (message) {
            check_id(message->msg_id, MESSAGE_MAX_ID);
            check_id(message->session, MESSAGE_MAX_ID);
            check_id(message->msg_type, MESSAGE_MAX_TYPE);
            expect(!message->content || json_is_object(message->content));
            expect(message->content || message->content_error[0]);
            answer(&sender, message);
        }
        message_free(message);
    }
    for (size_t i = 0; i < count; i++)
        free((void *)frames[i].bytes);
    return 0;
}
