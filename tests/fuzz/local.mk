# SPDX-License-Identifier: Apache-2.0
# Fuzz targets. Here each runs on its corpus (NAME.replay); tools/fuzz makes and runs them under
# libFuzzer (NAME.fuzz). To add one: its two programs here, fuzz_NAME.c, corpus/NAME/.
fuzz_replays = \
  tests/fuzz/version_match.replay \
  tests/fuzz/completion.replay \
  tests/fuzz/connection_file.replay \
  tests/fuzz/message.replay \
  tests/fuzz/notebook.replay \
  tests/fuzz/percent_text.replay \
  tests/fuzz/raw_json.replay \
  tests/fuzz/result_table.replay \
  tests/fuzz/sql_scan.replay
fuzz_programs = $(fuzz_replays:.replay=.fuzz)
EXTRA_PROGRAMS += $(fuzz_replays) $(fuzz_programs)
CLEANFILES += $(fuzz_replays) $(fuzz_programs)

libfuzzer_flags = -fsanitize=fuzzer
tests_fuzz_version_match_replay_SOURCES = tests/fuzz/fuzz_version_match.c tests/fuzz/standalone.c
tests_fuzz_version_match_replay_LDADD = $(MODEL_LIBS)
tests_fuzz_version_match_fuzz_SOURCES = tests/fuzz/fuzz_version_match.c
tests_fuzz_version_match_fuzz_LDADD = $(MODEL_LIBS)
tests_fuzz_version_match_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_completion_replay_SOURCES = tests/fuzz/fuzz_completion.c tests/fuzz/standalone.c
tests_fuzz_completion_replay_LDADD = $(MODEL_LIBS)
tests_fuzz_completion_fuzz_SOURCES = tests/fuzz/fuzz_completion.c
tests_fuzz_completion_fuzz_LDADD = $(MODEL_LIBS)
tests_fuzz_completion_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_connection_file_replay_SOURCES = tests/fuzz/fuzz_connection_file.c tests/fuzz/standalone.c
tests_fuzz_connection_file_replay_LDADD = $(WIRE_LIBS)
tests_fuzz_connection_file_fuzz_SOURCES = tests/fuzz/fuzz_connection_file.c
tests_fuzz_connection_file_fuzz_LDADD = $(WIRE_LIBS)
tests_fuzz_connection_file_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_message_replay_SOURCES = tests/fuzz/fuzz_message.c tests/fuzz/standalone.c
tests_fuzz_message_replay_LDADD = $(WIRE_LIBS)
tests_fuzz_message_fuzz_SOURCES = tests/fuzz/fuzz_message.c
tests_fuzz_message_fuzz_LDADD = $(WIRE_LIBS)
tests_fuzz_message_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_percent_text_replay_SOURCES = tests/fuzz/fuzz_percent_text.c tests/fuzz/standalone.c
tests_fuzz_percent_text_replay_LDADD = $(MODEL_LIBS)
tests_fuzz_percent_text_fuzz_SOURCES = tests/fuzz/fuzz_percent_text.c
tests_fuzz_percent_text_fuzz_LDADD = $(MODEL_LIBS)
tests_fuzz_percent_text_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_raw_json_replay_SOURCES = tests/fuzz/fuzz_raw_json.c tests/fuzz/standalone.c
tests_fuzz_raw_json_replay_LDADD = $(MODEL_LIBS)
tests_fuzz_raw_json_fuzz_SOURCES = tests/fuzz/fuzz_raw_json.c
tests_fuzz_raw_json_fuzz_LDADD = $(MODEL_LIBS)
tests_fuzz_raw_json_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_notebook_replay_SOURCES = tests/fuzz/fuzz_notebook.c tests/fuzz/standalone.c
tests_fuzz_notebook_replay_LDADD = $(MODEL_LIBS)
tests_fuzz_notebook_fuzz_SOURCES = tests/fuzz/fuzz_notebook.c
tests_fuzz_notebook_fuzz_LDADD = $(MODEL_LIBS)
tests_fuzz_notebook_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_result_table_replay_SOURCES = tests/fuzz/fuzz_result_table.c tests/fuzz/standalone.c
tests_fuzz_result_table_replay_LDADD = $(MODEL_LIBS)
tests_fuzz_result_table_fuzz_SOURCES = tests/fuzz/fuzz_result_table.c
tests_fuzz_result_table_fuzz_LDADD = $(MODEL_LIBS)
tests_fuzz_result_table_fuzz_LDFLAGS = $(libfuzzer_flags)
tests_fuzz_sql_scan_replay_SOURCES = tests/fuzz/fuzz_sql_scan.c tests/fuzz/standalone.c
tests_fuzz_sql_scan_replay_LDADD = $(MODEL_LIBS)
tests_fuzz_sql_scan_fuzz_SOURCES = tests/fuzz/fuzz_sql_scan.c
tests_fuzz_sql_scan_fuzz_LDADD = $(MODEL_LIBS)
tests_fuzz_sql_scan_fuzz_LDFLAGS = $(libfuzzer_flags)

dist_check_SCRIPTS += tests/fuzz/replay.sh
tests/fuzz/replay.log: $(fuzz_replays)
EXTRA_DIST += tests/fuzz/corpus tools/fuzz
.PHONY: list-fuzz
list-fuzz:
	@echo $(fuzz_programs)
