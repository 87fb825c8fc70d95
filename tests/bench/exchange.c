/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELIMITER "<IDS|MSG>"

void die(const char *format, ...)
{
    va_list arguments;

    fputs("bench: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

struct frame text_frame(const char *text)
{
    return (struct frame){ text, strlen(text) };
}

void *open_socket(void *context, int type)
{
    void *socket = zmq_socket(context, type);
    const int zero = 0;

    if (!socket)
        die("zmq_socket: %s", zmq_strerror(zmq_errno()));
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof(zero));
    zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof(zero));
    zmq_setsockopt(socket, ZMQ_RCVHWM, &zero, sizeof(zero));
    return socket;
}

static void find_header(struct parts *parts)
{
    for (size_t i = 0; i + 6 <= parts->count; i++) {
        if (zmq_msg_size(&parts->messages[i]) == strlen(DELIMITER) &&
            memcmp(zmq_msg_data(&parts->messages[i]), DELIMITER, strlen(DELIMITER)) == 0) {
            parts->first = i + 2;
            return;
        }
    }
    die("received something that is no Jupyter message");
}

bool receive_parts(void *socket, struct parts *parts)
{
    int more = 1;

    parts->count = 0;
    while (more) {
        zmq_msg_t *message = &parts->messages[parts->count];

        if (parts->count == MAX_PARTS)
            die("received a message of more than %d frames", MAX_PARTS);
        zmq_msg_init(message);
        if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(message);
            return false;
        }
        parts->count++;
        more = zmq_msg_more(message);
    }
    find_header(parts);
    return true;
}

void release_parts(struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        zmq_msg_close(&parts->messages[i]);
    parts->count = 0;
}

static struct frame frame_of(const struct parts *parts, size_t index)
{
    zmq_msg_t *message = (zmq_msg_t *)&parts->messages[index];

    return (struct frame){ zmq_msg_data(message), zmq_msg_size(message) };
}

struct frame part_of(const struct parts *parts, size_t index)
{
    return frame_of(parts, parts->first + index);
}

bool signature_is_right(const struct parts *parts, const struct signer *signer)
{
    struct frame signature = frame_of(parts, parts->first - 1);
    struct frame frames[4];

    for (size_t i = 0; i < 4; i++)
        frames[i] = part_of(parts, i);
    return signer_check(signer, frames, signature.bytes, signature.size);
}

struct frame member_of(struct frame json, const char *name)
{
    const char *end = (const char *)json.bytes + json.size;
    size_t size = strlen(name);
    const char *at = json.bytes;
    const char *start;

    while ((at = memmem(at, (size_t)(end - at), name, size))) {
        at += size;
        if (at[-(ptrdiff_t)size - 1] != '"' || at == end || *at != '"')
            continue;
        for (at++; at < end && (*at == ':' || *at == ' '); at++)
            ;
        start = at;
        if (at == end || *at != '"')
            break;
        for (at++; at < end && *at != '"'; at++)
            at += *at == '\\';
        return (struct frame){ start, at < end ? (size_t)(at - start) + 1 : 0 };
    }
    return (struct frame){ "", 0 };
}

bool member_is(struct frame json, const char *name, const char *text)
{
    struct frame value = member_of(json, name);
    size_t size = strlen(text);

    return value.size == size + 2 && memcmp((const char *)value.bytes + 1, text, size) == 0;
}

void send_parts(void *socket, struct frame address, const struct signer *signer,
                struct frame header, struct frame parent, struct frame content)
{
    const struct frame frames[4] = { header, parent, text_frame("{}"), content };
    char signature[SIGNATURE_HEX_MAX];

    signer_sign(signer, frames, signature);
    if (address.bytes)
        zmq_send(socket, address.bytes, address.size, ZMQ_SNDMORE);
    zmq_send(socket, DELIMITER, strlen(DELIMITER), ZMQ_SNDMORE);
    zmq_send(socket, signature, signer_hex_size(signer), ZMQ_SNDMORE);
    for (size_t i = 0; i < 4; i++)
        if (zmq_send(socket, frames[i].bytes, frames[i].size, i < 3 ? ZMQ_SNDMORE : 0) < 0)
            die("zmq_send: %s", zmq_strerror(zmq_errno()));
}
