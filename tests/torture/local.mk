# SPDX-License-Identifier: Apache-2.0
# Kills, full disks and damaged stores: Python programs that speak TAP, with the harness of tests/jupyter.
dist_check_SCRIPTS += tests/torture/kill9.py tests/torture/full_disk.py tests/torture/damaged.py \
  tests/torture/import_kill9.py tests/torture/export_kill9.py
