#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run-python.sh TEST...: runs a Python test with $RSCN_PYTHON, which has what tests/requirements.txt
# lists; without it the test counts as skipped.
set -eu
if [ -z "${RSCN_PYTHON:-}" ]; then
    echo "1..0 # SKIP RSCN_PYTHON names no Python with tests/requirements.txt (tools/check makes one)"
    exit 0
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$RSCN_PYTHON" "$@"
