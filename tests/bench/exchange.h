/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange: Jupyter messages with as little work as possible, for the benchmark's client and floor.
 *
 * JSON is not parsed: members are found by their name in the text, which is enough for messages
 * whose sender is known.
 */
#ifndef RSCN_BENCH_EXCHANGE_H
#define RSCN_BENCH_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

#include "base/memory.h"
#include "wire/signature.h"

#define MAX_PARTS 16

struct parts {
    zmq_msg_t messages[MAX_PARTS];
    size_t count;
    size_t first; /* index of the header: the delimiter and the signature stand before it */
};

enum { HEADER, PARENT, METADATA, CONTENT };

/* One line on stderr, then the end of the program. */
_Noreturn void die(const char *format, ...) PRINTF_LIKE(1, 2);
/* A socket whose queues have no limit and which does not hold up the end of the program. */
void *open_socket(void *context, int type);
/* False when nothing is there now. Ends the program when it is no Jupyter message. */
bool receive_parts(void *socket, struct parts *parts);
void release_parts(struct parts *parts);
/* HEADER … CONTENT */
struct frame part_of(const struct parts *parts, size_t index);
bool signature_is_right(const struct parts *parts, const struct signer *signer);
/* The text of the first member of this name with its quotes, in `json`; size 0 when there is none.
 */
struct frame member_of(struct frame json, const char *name);
/* True if the member is this text. */
bool member_is(struct frame json, const char *name, const char *text);
/* Signs and sends; `address` is the first frame, left out when its bytes are NULL. */
void send_parts(void *socket, struct frame address, const struct signer *signer,
                struct frame header, struct frame parent, struct frame content);
struct frame text_frame(const char *text);

#endif
