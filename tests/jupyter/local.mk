# SPDX-License-Identifier: Apache-2.0
# Tests with real clients: Python programs that speak TAP, and the modules they share in EXTRA_DIST.
dist_check_SCRIPTS +=
EXTRA_DIST +=
