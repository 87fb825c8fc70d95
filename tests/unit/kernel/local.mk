# SPDX-License-Identifier: Apache-2.0
# Unit tests of kernel.
check_PROGRAMS += \
  tests/unit/kernel/cell_tracker.t \
  tests/unit/kernel/client_process.t \
  tests/unit/kernel/magic_arguments.t \
  tests/unit/kernel/magic_complete.t \
  tests/unit/kernel/magics.t \
  tests/unit/kernel/notebook_watch.t \
  tests/unit/kernel/seen_requests.t \
  tests/unit/kernel/progress.t \
  tests/unit/kernel/status_board.t
tests_unit_kernel_cell_tracker_t_SOURCES = tests/unit/kernel/cell_tracker_test.c
tests_unit_kernel_cell_tracker_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_client_process_t_SOURCES = tests/unit/kernel/client_process_test.c
tests_unit_kernel_client_process_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_magic_arguments_t_SOURCES = tests/unit/kernel/magic_arguments_test.c
tests_unit_kernel_magic_arguments_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_magics_t_SOURCES = tests/unit/kernel/magics_test.c
tests_unit_kernel_magics_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_kernel_magics_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_notebook_watch_t_SOURCES = tests/unit/kernel/notebook_watch_test.c
tests_unit_kernel_notebook_watch_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_kernel_notebook_watch_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_magic_complete_t_SOURCES = tests/unit/kernel/magic_complete_test.c
tests_unit_kernel_magic_complete_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_kernel_magic_complete_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_status_board_t_SOURCES = tests/unit/kernel/status_board_test.c
tests_unit_kernel_status_board_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_kernel_status_board_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_seen_requests_t_SOURCES = tests/unit/kernel/seen_requests_test.c
tests_unit_kernel_seen_requests_t_LDADD = $(KERNEL_LIBS)
tests_unit_kernel_progress_t_SOURCES = tests/unit/kernel/progress_test.c
tests_unit_kernel_progress_t_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_kernel_progress_t_LDADD = $(KERNEL_LIBS)
