#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target takes its whole corpus: what once failed does not fail again.
SRCDIR=${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/tap.sh
. "$SRCDIR/tests/tap.sh"

for corpus in "$SRCDIR"/tests/fuzz/corpus/*; do
    name=${corpus##*/}
    output=$("$BUILDDIR/tests/fuzz/$name.replay" "$corpus"/* 2>&1)
    ok $? "$name: $(find "$corpus" -type f | wc -l | tr -d ' ') inputs"
    [ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/# /'
done
done_testing
