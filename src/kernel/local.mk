# SPDX-License-Identifier: Apache-2.0
# kernel: the server, the executor, the recorder, the magics: joins wire, engine and store
noinst_LIBRARIES += libkernel.a
libkernel_a_SOURCES = \
  src/kernel/cell_tracker.c src/kernel/cell_tracker.h \
  src/kernel/client_process.c src/kernel/client_process.h \
  src/kernel/execution.c src/kernel/execution.h \
  src/kernel/executor.c src/kernel/executor.h \
  src/kernel/executor_private.h \
  src/kernel/executor_run.c src/kernel/executor_run.h \
  src/kernel/look_session.c src/kernel/look_session.h \
  src/kernel/lookup.c src/kernel/lookup.h \
  src/kernel/session_board.c src/kernel/session_board.h \
  src/kernel/status_board.c src/kernel/status_board.h \
  src/kernel/headless.c src/kernel/headless.h \
  src/kernel/magic/magic_arguments.c src/kernel/magic/magic_arguments.h \
  src/kernel/magic/magic_call.c src/kernel/magic/magic_call.h \
  src/kernel/magic/magic_complete.c src/kernel/magic/magic_complete.h \
  src/kernel/magic/magic_cell.c src/kernel/magic/magic_chart.c src/kernel/magic/magic_files.c \
  src/kernel/magic/magic_dot.c src/kernel/magic/magic_dot.h src/kernel/magic/magic_foreign.c src/kernel/magic/magic_foreign.h \
  src/kernel/magic/magic_database.c src/kernel/magic/magic_parameters.c src/kernel/magic/magic_session.c \
  src/kernel/magic/magic_object.c src/kernel/magic/magic_show.c \
  src/kernel/magic/magics.c src/kernel/magic/magics.h \
  src/kernel/notebook_identity.c src/kernel/notebook_identity.h \
  src/kernel/notebook_view.c src/kernel/notebook_view.h \
  src/kernel/notebook_watch.c src/kernel/notebook_watch.h \
  src/kernel/notebook_watch_private.h src/kernel/notebook_follow.c src/kernel/notebook_turn.c \
  src/kernel/open_transactions.c src/kernel/open_transactions.h \
  src/kernel/progress.c src/kernel/progress.h \
  src/kernel/resent_request.c src/kernel/resent_request.h \
  src/kernel/seen_requests.c src/kernel/seen_requests.h \
  src/kernel/recorder.c src/kernel/recorder.h \
  src/kernel/server.c src/kernel/server.h \
  src/kernel/shell_requests.c src/kernel/shell_requests.h \
  src/kernel/store_target.c src/kernel/store_target.h \
  src/kernel/worker.c src/kernel/worker.h
libkernel_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) $(SQLITE_CFLAGS)
