# SPDX-License-Identifier: Apache-2.0
# Unit tests of wire: each links wire and base alone. channels' one plays the clients with bare libzmq.
check_PROGRAMS += \
  tests/unit/wire/channels.t \
  tests/unit/wire/connection_file.t \
  tests/unit/wire/message.t \
  tests/unit/wire/signature.t
tests_unit_wire_channels_t_SOURCES = tests/unit/wire/channels_test.c
tests_unit_wire_channels_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(ZMQ_CFLAGS)
tests_unit_wire_channels_t_LDADD = $(WIRE_LIBS)
tests_unit_wire_connection_file_t_SOURCES = tests/unit/wire/connection_file_test.c
tests_unit_wire_connection_file_t_LDADD = $(WIRE_LIBS)
tests_unit_wire_message_t_SOURCES = tests/unit/wire/message_test.c
tests_unit_wire_message_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_wire_message_t_LDADD = $(WIRE_LIBS)
tests_unit_wire_signature_t_SOURCES = tests/unit/wire/signature_test.c
tests_unit_wire_signature_t_LDADD = $(WIRE_LIBS)
