# SPDX-License-Identifier: Apache-2.0
# Tests of the commands: shell scripts that speak TAP and run $RSCN.
dist_check_SCRIPTS += \
  tests/cli/completion.sh \
  tests/cli/diff.sh \
  tests/cli/doctor.sh \
  tests/cli/export.sh \
  tests/cli/grep.sh \
  tests/cli/help.sh \
  tests/cli/import.sh \
  tests/cli/init.sh \
  tests/cli/install.sh \
  tests/cli/log.sh \
  tests/cli/log_versions.sh \
  tests/cli/mv.sh \
  tests/cli/restore.sh \
  tests/cli/rm.sh \
  tests/cli/run.sh \
  tests/cli/show_version.sh \
  tests/cli/status.sh \
  tests/cli/store.sh \
  tests/cli/terminal.sh \
  tests/cli/tools.sh
EXTRA_DIST += tests/cli/lib.sh
