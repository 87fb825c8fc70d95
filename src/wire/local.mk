# SPDX-License-Identifier: Apache-2.0
# wire: connection file, messages, signing, channels; czmq lives here and nowhere else
noinst_LIBRARIES += libwire.a
libwire_a_SOURCES = \
  src/wire/bound_socket.c src/wire/bound_socket.h \
  src/wire/channels.c src/wire/channels.h \
  src/wire/connection_file.c src/wire/connection_file.h \
  src/wire/heartbeat.c src/wire/heartbeat.h \
  src/wire/message.c src/wire/message.h \
  src/wire/signature.c src/wire/signature.h \
  src/wire/version.c src/wire/version.h
libwire_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS) $(CZMQ_CFLAGS) $(ZMQ_CFLAGS)
