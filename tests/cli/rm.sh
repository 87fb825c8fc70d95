#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn rm: hidden, not gone.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init
cat >a.ipynb <<'END'
{"cells": [
 {"cell_type": "code", "execution_count": null, "id": "one", "metadata": {}, "outputs": [], "source": "SELECT 1"},
 {"cell_type": "code", "execution_count": null, "id": "two", "metadata": {}, "outputs": [], "source": "SELECT 2"}
], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
END
rscn import -q a.ipynb
rscn rm a.ipynb two
ends 0 "a cell"
contains "$out" "a.ipynb: cell two is hidden; its history stays" "is hidden"
rscn ls a.ipynb
contains "$out" "one" "the other one is listed"
case $out in *two*) ok 1 "it is not" ;; *) ok 0 "it is not" ;; esac
rscn rm a.ipynb three
complains 1 "three" "no such cell"
rscn rm a.ipynb
ends 0 "a notebook"
contains "$out" "a.ipynb is hidden; its history stays" "is hidden"
rscn ls
case $out in *a.ipynb*) ok 1 "it is not listed" ;; *) ok 0 "it is not listed" ;; esac
[ -f a.ipynb ]
ok $? "its file is not touched"
if has_sqlite; then
    is "$(sqlite3 rssd.db 'SELECT count(*) FROM rscn_notebook_version')" 1 "its versions are there"
fi
rscn import a.ipynb
contains "$out" "a.ipynb: unchanged, not hidden any more" "its file brings it back, which is said"
rscn ls
contains "$out" "a.ipynb" "it is listed"
echo 'SELECT 3' >run.sql
rscn run run.sql
rscn rm run.sql
rscn ls
case $out in *run.sql*) ok 1 "what only ran is hidden too" ;; *) ok 0 "what only ran is hidden too" ;; esac
rscn run run.sql
rscn ls
contains "$out" "run.sql" "and running it brings it back"
rscn rm nothing.ipynb
complains 1 "nothing.ipynb" "no such notebook"
rscn rm
complains 2 "NOTEBOOK" "none named"
done_testing
