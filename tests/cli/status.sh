#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn status: which files differ from the store.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

# notebook N: a notebook with one cell.
notebook() {
    printf '{"cells": [{"cell_type": "code", "execution_count": null, "id": "a%s", "metadata": {}, "outputs": [], "source": "SELECT %s"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n' "$1" "$1"
}
# states: what is listed, as "state notebook" parts.
states() {
    printf '%s\n' "$out" | tail -n +2 | cut -f 1,2 | tr '\t\n' ' ;'
}

rscn init
mkdir -p sub/deep .hidden
for i in 1 2 3 4 5; do
    notebook $i >sub/$i.ipynb
done
notebook 6 >six.ipynb
rscn status
ends 1 "before anything is taken in"
is "$(states)" "new six.ipynb;new sub/1.ipynb;new sub/2.ipynb;new sub/3.ipynb;new sub/4.ipynb;new sub/5.ipynb;" "all is new"
rscn import -q .
rscn status
ends 0 "nothing differs"
is "$(states)" "" "and nothing is listed"
rscn status --all
is "$status $(printf '%s\n' "$out" | grep -c unchanged)" "0 6" "--all lists what is unchanged"

notebook 11 >sub/1.ipynb
touch -r six.ipynb sub/1.ipynb
rm sub/2.ipynb
mv sub/3.ipynb sub/deep/three.ipynb
notebook 7 >new.ipynb
notebook 8 >.hidden/8.ipynb
rscn status
ends 1 "when something differs"
is "$(states)" "new new.ipynb;modified sub/1.ipynb;renamed sub/deep/three.ipynb;missing sub/2.ipynb;" \
    "modified (whatever its time), new, renamed, missing"
rscn status sub
is "$(states)" "modified sub/1.ipynb;renamed sub/deep/three.ipynb;missing sub/2.ipynb;" "of one folder"
rscn status sub/1.ipynb
is "$status $(states)" "1 modified sub/1.ipynb;" "of one file"
rscn status sub/4.ipynb
is "$status $(states)" "0 " "that is unchanged"
rscn status sub/2.ipynb
is "$status $(states)" "1 missing sub/2.ipynb;" "that is gone"
rscn status nothing.ipynb
ends 1 "that nobody knows"
contains "$err" "nothing.ipynb: no such file" "is told"
cd sub || exit 99
rscn status
is "$(printf '%s\n' "$out" | grep -c .)" 5 "the store's folder, wherever one is"
cd ..
rscn status --json
has_json "$out" "[x['state'] for x in o] == ['new', 'modified', 'renamed', 'missing'] and \
o[2]['renamed_from'] == 'sub/3.ipynb' and o[1]['version'] == 1 and o[0]['version'] is None and \
set(o[0]) == {'state', 'notebook', 'path', 'version', 'renamed_from'}" "--json"
rscn import -q .
rscn status
is "$(states)" "missing sub/2.ipynb;" "import takes in all but what is missing"
rscn rm sub/2.ipynb
rscn status
ends 0 "what was removed is not missed"
rscn mv sub/4.ipynb sub/four.ipynb
rscn status
ends 0 "one that has another name in the store"
mv sub/4.ipynb sub/four.ipynb
rscn status
ends 0 "also when its file has followed"
rscn import -q --name weekly six.ipynb
rscn status
ends 0 "a notebook without a file is not missed"
if has_unprivileged; then
    chmod 777 . "$work" sub
    chmod 644 rssd.db* sub/*.ipynb ./*.ipynb
    chmod 666 rssd.db*
    chmod 000 sub/5.ipynb
    try unprivileged "$RSCN" status
    ends 1 "a file that can't be read"
    is "$(states)" "unreadable sub/5.ipynb;" "is listed"
    contains "$err" "5.ipynb: can't be read" "with its reason"
    chmod 644 sub/5.ipynb
fi
odd=$(printf 'odd\377.ipynb')
notebook 10 >"$odd"
rscn import -q "$odd"
rscn status
ends 0 "a name that is no UTF-8 is known"
rscn rm "$odd"
rscn status
ends 0 "what is hidden is no difference"
rscn status -a "$odd"
is "$(states | cut -c 1-10)" "hidden odd" "--all lists it"
notebook 1000 >"$odd"
rscn status
ends 0 "whatever its file holds"
rm "$odd"
mkdir gone
notebook 11 >gone/eleven.ipynb
rscn import -q gone
rm -r gone
rscn status gone
is "$status $err $(states)" "1  missing gone/eleven.ipynb;" "a folder that is gone with its notebooks"
notebook 11 >sub/eleven.ipynb
rscn import -q sub/eleven.ipynb
mkdir "$work/elsewhere"
notebook 9 >"$work/elsewhere/9.ipynb"
rscn import -q "$work/elsewhere"
notebook 99 >"$work/elsewhere/9.ipynb"
rscn status
is "$(states)" "modified $work/elsewhere/9.ipynb;" "one outside of the store's folder"
rscn status --store nothing.db
complains 3 nothing.db "no store"
if on_terminal 80 "$RSCN" status "$work/elsewhere"; then
    contains "$out" "STATE" "on a terminal"
    contains "$out" "0 unchanged" "with how many are unchanged"
fi
done_testing
