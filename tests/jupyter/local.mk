# SPDX-License-Identifier: Apache-2.0
# Tests with real clients: Python programs that speak TAP, and the modules they share in EXTRA_DIST.
dist_check_SCRIPTS += \
  tests/jupyter/busy_lookups.py \
  tests/jupyter/client_basics.py \
  tests/jupyter/completion.py \
  tests/jupyter/console_run.py \
  tests/jupyter/encryption.py \
  tests/jupyter/errors.py \
  tests/jupyter/export_clients.py \
  tests/jupyter/identity.py \
  tests/jupyter/interrupt_shutdown.py \
  tests/jupyter/json_property.py \
  tests/jupyter/kernel_test.py \
  tests/jupyter/live_versions.py \
  tests/jupyter/magics.py \
  tests/jupyter/many_kernels.py \
  tests/jupyter/nbclient_run.py \
  tests/jupyter/nbconvert_run.py \
  tests/jupyter/notebook_corpus.py \
  tests/jupyter/notebook_property.py \
  tests/jupyter/objects.py \
  tests/jupyter/papermill_parameters.py \
  tests/jupyter/papermill_run.py \
  tests/jupyter/raw_messages.py \
  tests/jupyter/results.py \
  tests/jupyter/show_again.py \
  tests/jupyter/slow_subscriber.py \
  tests/jupyter/start_problems.py \
  tests/jupyter/transactions.py \
  tests/jupyter/vscode_shape.py \
  tests/jupyter/waiting.py
EXTRA_DIST += tests/jupyter/gate.py tests/jupyter/harness.py tests/jupyter/notebook_compare.py tests/jupyter/notebooks.py
