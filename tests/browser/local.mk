# SPDX-License-Identifier: Apache-2.0
# Tests in a browser: one per front end, with what they share in EXTRA_DIST. They need what
# requirements.txt here lists besides that of tests/, and RSCN_BROWSER, which names a Chromium.
dist_check_SCRIPTS += \
  tests/browser/classic_run.py \
  tests/browser/lab_closed_tab.py \
  tests/browser/lab_edits.py \
  tests/browser/lab_run.py \
  tests/browser/notebook7_run.py
EXTRA_DIST += tests/browser/frontend.py tests/browser/story.py tests/browser/requirements.txt
