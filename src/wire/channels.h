/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channels: the five sockets of a kernel. The only place with czmq besides heartbeat.c (ST-29 to
 * ST-44).
 *
 * All functions but channels_prepare are called by one thread, the one that made the channels. The
 * heartbeat is answered by a thread of its own. shell, control and stdin are ROUTER with
 * ROUTER_HANDOVER (J-17); iopub is XPUB with XPUB_VERBOSE, SNDHWM 0 and an iopub_welcome for every
 * subscription (J-61, J-62, J-1); a peer that takes no byte for 10 minutes is cut off (K-28:
 * ZMQ_TCP_MAXRT); incoming frames are bounded by ZMQ_MAXMSGSIZE.
 */
#ifndef RSCN_WIRE_CHANNELS_H
#define RSCN_WIRE_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "wire/connection_file.h"
#include "wire/message.h"

struct channels;

/* Keeps czmq away from signals (ST-29). main calls it before threads and sockets exist. */
void channels_prepare(void);
/* Binds all five. ERROR_BUSY naming channel and port when one is in use. `sender` is borrowed until
 * channels_free and is used for the welcome. */
struct channels *channels_new(const struct connection_file *file,
                              const struct message_sender *sender, struct error *error) NODISCARD;
/* Destroys the sockets. What is queued still goes out behind it: exit(3) waits for that, at most
 * 800 ms (linger); _exit(2) does not. NULL is fine. */
void channels_free(struct channels *channels);

/*
 * Waits until a message can be received, or one of `count` descriptors is readable (flags in
 * ret_ready), or the time is over (-1 = for ever). Returns the number of ready things, 0 after the
 * time. All four channels must be received from until they give NULL, else the next wait returns at
 * once.
 */
int channels_wait(struct channels *channels, const int *descriptors, size_t count, bool *ret_ready,
                  int timeout_ms);
/*
 * Whether the last channels_wait saw something on this channel. To look without it costs a system
 * call even when nothing is there.
 */
bool channels_is_ready(const struct channels *channels, enum channel channel);
/*
 * The next message of shell, stdin or control, never blocking; NULL when nothing more is there now.
 * What is badly signed, unsigned, replayed or without a readable header is dropped and counted here
 * and never shows up. Subscriptions on iopub are answered here too (CHANNEL_IOPUB always gives
 * NULL: call it when channels_wait returned).
 */
struct message *channels_receive(struct channels *channels, enum channel channel);
/* Takes ownership. Never blocks and never drops for want of room (the queues have no limit, J-1); a
 * ROUTER peer that is gone is no error. */
void channels_send(struct channels *channels, struct outgoing *outgoing);
/* Number of messages dropped since the start, by reason (oversized = too many frames; a frame over
 * the bound ends the connection and is not seen here). */
struct channels_dropped {
    uint64_t bad_signature, replayed, unreadable, oversized;
};
struct channels_dropped channels_dropped(const struct channels *channels);

#endif
