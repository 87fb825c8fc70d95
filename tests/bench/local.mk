# SPDX-License-Identifier: Apache-2.0
# The benchmark: built and run by hand (tests/bench/run), never by make check.
EXTRA_PROGRAMS += tests/bench/client tests/bench/complete tests/bench/fill tests/bench/floor \
  tests/bench/insert_floor tests/bench/json_speed tests/bench/notebook_text \
  tests/bench/render_floor
tests_bench_client_SOURCES = tests/bench/client.c tests/bench/exchange.c tests/bench/exchange.h \
  tests/bench/kernels.c tests/bench/kernels.h
tests_bench_client_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS) $(ZMQ_CFLAGS)
tests_bench_client_LDADD = $(WIRE_LIBS)
tests_bench_complete_SOURCES = tests/bench/complete.c
tests_bench_complete_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_bench_complete_LDADD = $(ENGINE_LIBS)
tests_bench_fill_SOURCES = tests/bench/fill.c
tests_bench_fill_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_bench_fill_LDADD = $(STORE_LIBS)
tests_bench_floor_SOURCES = tests/bench/floor.c tests/bench/exchange.c tests/bench/exchange.h \
  tests/bench/floor_render.c tests/bench/floor_render.h
tests_bench_floor_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS) $(ZMQ_CFLAGS) $(SQLITE_CFLAGS)
tests_bench_floor_LDADD = $(WIRE_LIBS) $(SQLITE_LIBS)
tests_bench_insert_floor_SOURCES = tests/bench/insert_floor.c
tests_bench_insert_floor_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_bench_insert_floor_LDADD = libbase.a $(SQLITE_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS) -lm
tests_bench_json_speed_SOURCES = tests/bench/json_speed.c
tests_bench_json_speed_LDADD = $(MODEL_LIBS)
tests_bench_render_floor_SOURCES = tests/bench/render_floor.c tests/bench/floor_render.c \
  tests/bench/floor_render.h
tests_bench_render_floor_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_bench_render_floor_LDADD = $(ENGINE_LIBS)
EXTRA_DIST += tests/bench/notebook_text.py tests/bench/run tests/bench/measure.py tests/bench/import.py \
  tests/bench/save_delay.py
tests_bench_notebook_text_SOURCES = tests/bench/notebook_text.c
tests_bench_notebook_text_LDADD = $(MODEL_LIBS)
