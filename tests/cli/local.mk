# SPDX-License-Identifier: Apache-2.0
# Tests of the commands: shell scripts that speak TAP and run $RSCN.
dist_check_SCRIPTS += \
  tests/cli/help.sh \
  tests/cli/install.sh
EXTRA_DIST += tests/cli/lib.sh
