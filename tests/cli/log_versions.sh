#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn log NOTEBOOK: versions and executions in one timeline, and what readers of executions get.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init
# cells SOURCE…: a notebook of code cells.
cells() {
    printf '{"cells": ['
    comma= number=0
    for source; do
        number=$((number + 1))
        printf '%s{"cell_type": "code", "id": "c%d", "metadata": {}, "execution_count": null, "outputs": [], "source": "%s"}' \
            "$comma" "$number" "$source"
        comma=,
    done
    printf '], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'
}
cells "SELECT 1" "SELECT 2" >n.ipynb
rscn import n.ipynb
ends 0 "a notebook"
printf '%%cell c1\nSELECT 1' >n.sql
RSCN_NOTEBOOK=n.ipynb
export RSCN_NOTEBOOK
rscn run n.sql
unset RSCN_NOTEBOOK
notebook=$("$RSCN" log | sed -n 2p | cut -f 3)
cells "SELECT 1" "SELECT 22" "SELECT 3" >n.ipynb
rscn import n.ipynb

rscn log n.ipynb
ends 0 "log NOTEBOOK"
if [ "$notebook" = n.ipynb ]; then
    is "$(printf '%s\n' "$out" | sed 1d | cut -f 16 | tr '\n' .)" "2..1." "versions and executions by time"
else
    is "$(printf '%s\n' "$out" | sed 1d | cut -f 16 | tr '\n' .)" "2.1." "versions, newest first"
fi
newest=$(printf '%s\n' "$out" | sed -n 2p)
is "$(printf '%s' "$newest" | cut -f 1,3,4,5,6 | tr "$tab" ,)" ",n.ipynb,,," \
    "a version has no execution, cell and state"
is "$(printf '%s' "$newest" | cut -f 8)" "version 2, import, 1 added, 1 edited, by $(id -un)" "what changed in it"
contains "$(printf '%s\n' "$out" | cut -f 8)" "version 1, import, 2 cells" "the first one"
is "$(printf '%s' "$newest" | cut -f 13)" "$(id -un)" "by whom"
is "$(printf '%s\n' "$out" | head -n 1 | cut -f 1-8,16 | tr "$tab" ' ')" \
    "execution started_at notebook cell cell_version state duration_ms result version" "the header"
rscn log n.ipynb -n 1
is "$(lines "$out")" 2 "-n counts versions"
is "$(printf '%s\n' "$out" | sed -n 2p)" "$newest" "the newest"
rscn log n.ipynb --since 2999-01-01
is "$(lines "$out")" 1 "--since is for versions too"
rscn log n.ipynb --executions
none "$(printf '%s\n' "$out" | grep 'version [12]')" "--executions"
rscn log n.ipynb --state executed
none "$(printf '%s\n' "$out" | grep 'version [12]')" "--state"
rscn log
none "$(printf '%s\n' "$out" | grep 'version [12]')" "no versions in the log of all"

rscn log n.ipynb --json
has_json "$out" "all('execution' in r for r in o)" "--json has executions alone"
rscn log n.ipynb --json --versions
has_json "$out" "[(r['version'], r['parent'], r['origin'], r['cells'], r['changes']) for r in o if 'version' in r] ==
    [(2, 1, 'import', 3, {'added': 1, 'edited': 1}), (1, None, 'import', 2, None)]" "--versions"
has_json "$out" "all(('version' in r) != ('execution' in r) for r in o)" "an object is one or the other"

rscn log --versions
complains 2 "NOTEBOOK" "--versions of which notebook"
rscn log n.ipynb --versions --executions
complains 2 "--versions" "both"
if on_terminal 100 env TERM=dumb "$RSCN" log n.ipynb; then
    contains "$out" "@2" "a version on a terminal"
    contains "$out" "version 2, import" "and what it is"
fi

done_testing
