#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn diff: versions of a notebook cell by cell, and its runs.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init

# --- runs -----------------------------------------------------------------------------------------
cat >report.sql <<'SQL'
%cell first
SELECT 1 AS one;
SQL
rscn run report.sql
printf '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n' >unrun.ipynb
rscn import unrun.ipynb
rscn diff unrun.ipynb --runs 1 2
complains 2 "unrun.ipynb: has no runs" "runs of a notebook that never ran"
rscn diff report.sql --runs
complains 2 "two are needed" "one run is not enough"
rscn diff report.sql --runs 1 7
complains 2 "no run 7" "a run that is none"
rscn run report.sql
rscn diff report.sql --runs
ends 0 "two runs that did the same"
contains "$out" "1 the same" "which is said"
is "$(lines "$out")" 3 "in a line after the runs"

# The same code with other data: other output.
printf 'CREATE TABLE t (x); INSERT INTO t VALUES (1);' >make.sql
printf 'SELECT x FROM t ORDER BY x;' >data.sql
rscn run make.sql
rscn run data.sql
printf 'INSERT INTO t VALUES (2);' >make.sql
rscn run make.sql
rscn run data.sql
rscn diff data.sql --runs
ends 1 "other data"
contains "$out" "=== data: rows, outputs" "the cell and what differs"
contains "$out" "rows      1 -> 2" "its rows"
contains "$out" "
+2" "and the lines of its output"
contains "$out" "1 same code and other output" "the class"
rscn diff data.sql --runs 2 1
contains "$out" "
-2" "the other way round"
rscn diff data.sql --runs 2 2
ends 0 "a run with itself"
rscn diff data.sql --runs --json
ends 1 "as JSON"
has_json "$out" "len(o) == 1 and o[0]['notebook'] == 'data.sql' and
    o[0]['from']['run'] == 1 and o[0]['to']['run'] == 2 and o[0]['same'] == 0" "one object"
has_json "$out" "o[0]['cells'][0]['class'] == 'same-code-other-output' and
    o[0]['cells'][0]['differs'] == ['rows', 'outputs'] and
    {'change': 'added', 'line': 4, 'text': '2'} in o[0]['cells'][0]['outputs'] and
    o[0]['cells'][0]['from']['rows'] == 1 and o[0]['cells'][0]['code'] is None" "with each cell"

# Other code, other arguments, an error.
printf 'SELECT x\nFROM t\nWHERE x < coalesce(:limit, 9)\nORDER BY x DESC;' >data.sql
rscn run data.sql -p limit=2
rscn diff data.sql --runs
contains "$out" "=== data: code, arguments, rows, outputs" "everything that differs"
contains "$out" 'none -> {"limit":2}' "the arguments"
contains "$out" "@@ -1,1 +1,4 @@ code" "the code line by line"
contains "$out" "1 changed" "the class of changed cells"
printf 'SELECT x FROM nowhere;' >data.sql
rscn run data.sql
rscn diff data.sql --runs
contains "$out" "EXECUTED -> FAILED" "another state"
contains "$out" "no such table" "and the error among the outputs"

# Times are no difference.
printf '%%%%time\nSELECT 1 AS one;\n%%set timer on\nSELECT 2 AS two;\n' >time.sql
rscn run time.sql
rscn run time.sql
rscn diff time.sql --runs
ends 0 "times alone"
rscn diff time.sql --runs --cell nothing
complains 2 "ran in neither run" "a cell that is none"

# Cells that ran once, and several times.
printf '%%cell a\nSELECT 1;' | "$RSCN" run - >/dev/null
console=console/$(id -un)
rscn diff "$console" --runs
complains 2 "one run" "one run of a console"
printf '%%cell b\nSELECT 1;' | "$RSCN" run - >/dev/null
rscn diff "$console" --runs
ends 1 "other cells"
contains "$out" "=== a: only in run 1" "a cell of the older run"
contains "$out" "=== b: only in run 2" "and of the newer one"
contains "$out" "1 only in run 1, 1 only in run 2" "in the summary too"

# The call.
rscn diff data.sql --runs 1
complains 2 "two runs or none" "one run given"
rscn diff data.sql --runs x y
complains 2 "x is no run" "no number"
rscn diff data.sql --runs --from 1
complains 2 "not both" "versions with --runs"
rscn diff data.sql 1 2
complains 2 "--runs" "runs without --runs"
rscn diff dat.sql
complains 2 "data.sql" "a misspelt notebook"
rscn diff data.sql
complains 2 "data.sql" "a notebook without versions"

# --- versions -------------------------------------------------------------------------------------
# notebook FILE CELL…: a notebook of cells `ID TYPE TEXT`, with one output in a code cell whose text
# has a # in it.
notebook() {
    file=$1
    shift
    {
        printf '{"cells": ['
        comma=
        for cell; do
            id=${cell%% *} rest=${cell#* }
            type=${rest%% *} text=${rest#* }
            printf '%s{"cell_type": "%s", "id": "%s", "metadata": {}, ' "$comma" "$type" "$id"
            if [ "$type" = code ]; then
                printf '"execution_count": null, "outputs": ['
                case $text in
                *\#*) printf '{"output_type": "stream", "name": "stdout", "text": "%s\\n"}' "${text#*\#}" ;;
                esac
                printf '], '
            fi
            printf '"source": "%s"}' "$text"
            comma=,
        done
        printf '], "metadata": {"kernelspec": {"name": "python3", "display_name": "P"}}, '
        printf '"nbformat": 4, "nbformat_minor": 5}\n'
    } >"$file"
}
import() {
    rscn import "$1"
    [ "$status" = 0 ] || diag "$err"
}

notebook n.ipynb "aaaa code import os" "bbbb code x = 1\\nprint(x)\\ny = 2#1" "cccc markdown # Title" \
    "dddd code z = 3" "eeee code last = 5"
import n.ipynb
rscn diff n.ipynb
ends 1 "the first version"
contains "$out" "5 added" "is all new"
contains "$out" "--- nothing" "against nothing"
notebook n.ipynb "eeee code last = 5" "aaaa code import os" "bbbb code x = 2\\nprint(x)\\ny = 2#2" \
    "cccc raw # Title" "ffff code new = 'cell'"
import n.ipynb
rscn diff n.ipynb
ends 1 "an edited notebook"
whole=$out
is "$(printf '%s\n' "$whole" | head -n 2 | cut -d , -f 1 | tr '\n' ' ')" \
    "--- n.ipynb@1 +++ n.ipynb@2 " "both versions"
contains "$whole" "=== eeee 5 -> 1: moved" "the one cell that moved"
is "$(printf '%s\n' "$whole" | grep -c moved)" 2 "and no other (and the summary)"
contains "$whole" "=== bbbb 2 -> 3: edited, outputs" "an edited cell"
contains "$whole" "-x = 1
+x = 2" "its lines"
contains "$whole" "@@ outputs
-1
+2" "and those of its outputs"
contains "$whole" "type markdown -> raw" "a cell of another type"
contains "$whole" "+new = 'cell'" "a new cell"
contains "$whole" "-z = 3" "a deleted one"
none "$(printf '%s\n' "$whole" | grep '=== aaaa')" "what is the same is not shown"
contains "$(printf '%s\n' "$whole" | tail -n 1)" "1 added, 1 deleted, 1 moved, " "a summary"
rscn diff n.ipynb@2
is "$out" "$whole" "NOTEBOOK@V"
rscn diff n.ipynb --from 1 --to @2
is "$out" "$whole" "--from and --to"
rscn diff n.ipynb@1 n.ipynb@2
is "$out" "$whole" "NOTEBOOK@V NOTEBOOK@W"
rscn diff n.ipynb@1 @2
is "$out" "$whole" "and in short"
rscn diff n.ipynb@1 data.sql@2
complains 2 "data.sql@2" "versions of two notebooks"
rscn diff n.ipynb n.ipynb@2
complains 2 "not both" "one version and none"
rscn diff n.ipynb --stat
is "$(printf '%s\n' "$out" | grep -c '^===')" "$(printf '%s\n' "$whole" | grep -c '^===')" "--stat: each cell"
none "$(printf '%s\n' "$out" | grep '^[-+][^-+]')" "and no lines"
rscn diff n.ipynb --cell bbbb -U 0
is "$(printf '%s\n' "$out" | grep -c '^===')" 1 "one cell"
contains "$out" "@@ -1,1 +1,1 @@" "without lines around"
rscn diff n.ipynb --cell aaaa
ends 0 "one that is the same"
rscn diff n.ipynb --cell bbba
complains 2 "bbbb" "a misspelt cell"
rscn diff n.ipynb --from 2 --to 2
ends 0 "a version with itself"
rscn diff n.ipynb --from 9
complains 2 "9" "a version that is none"
rscn diff n.ipynb --from x
complains 2 "--from x" "no number"
rscn diff n.ipynb --json
ends 1 "as JSON"
has_json "$out" "o[0]['from'] == 1 and o[0]['to'] == 2 and o[0]['unchanged'] == 1 and
    o[0]['metadata_differs'] is False" "one object"
has_json "$out" "[c['changes'] for c in o[0]['cells'] if c['cell_key'] == 'eeee'] == [['moved']] and
    [(c['from'], c['to']) for c in o[0]['cells'] if c['cell_key'] == 'dddd'] == [(4, None)]" \
    "changes and places"
has_json "$out" "[c['source'][:2] for c in o[0]['cells'] if c['cell_key'] == 'bbbb'] == [[
    {'change': 'removed', 'line': 1, 'text': 'x = 1'}, {'change': 'added', 'line': 1, 'text': 'x = 2'}]]" \
    "lines"

# What is no difference: counts and layout.
sed 's/"execution_count": null/"execution_count":   7/g' n.ipynb >m && mv m n.ipynb
import n.ipynb
rscn diff n.ipynb
ends 0 "counts and layout"
contains "$out" "bytes differ" "are mentioned"

# Split.
notebook s.ipynb "aaaa code alpha = 1\\nbeta = 2\\ngamma = 3\\ndelta = 4\\nepsilon = 5"
import s.ipynb
notebook s.ipynb "aaaa code alpha = 1\\nbeta = 2\\ngamma = 3" "bbbb code delta = 4\\nepsilon = 5"
import s.ipynb
rscn diff s.ipynb
contains "$out" "split from aaaa" "where a cell came from"
notebook s.ipynb "aaaa code alpha = 1\\nbeta = 2\\ngamma = 3" "bbbb code delta = 4\\nepsilon = 5" \
    "cccc code more"
import s.ipynb
rscn diff s.ipynb --from 1
contains "$out" "split from aaaa" "over several versions"

# A client's times in the metadata are no difference.
printf '{"cells": [{"cell_type": "code", "id": "a", "metadata": {"tags": ["x"], "execution": {"shell.execute_reply": "%s"}},
"execution_count": 1, "outputs": [], "source": "1"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}' 2026-01-31 >w.ipynb
import w.ipynb
sed s/2026-01-31/2026-02-01/ w.ipynb >m && mv m w.ipynb
import w.ipynb
rscn diff w.ipynb
ends 0 "run again, saved again"
sed 's/"x"/"y"/' w.ipynb >m && mv m w.ipynb
import w.ipynb
rscn diff w.ipynb
ends 1 "another tag"

# Pictures are not dumped.
printf '{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": "plot()",
"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"image/png": "QUFB%s", "text/plain": "<Figure>"}}]}],
"metadata": {}, "nbformat": 4, "nbformat_minor": 5}' "AAAA" >p.ipynb
import p.ipynb
sed s/QUFBAAAA/QUFBBBBB/ p.ipynb >m && mv m p.ipynb
import p.ipynb
rscn diff p.ipynb
ends 1 "another picture"
contains "$out" "[image/png, 8 bytes, " "is told by its hash"
none "$(printf '%s\n' "$out" | grep QUFB)" "not by its bytes"

printf '{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "x",
"attachments": {"pic.png": {"image/png": "QUFBAAAA"}}}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}' >t.ipynb
import t.ipynb
sed s/QUFBAAAA/QUFBBBBB/ t.ipynb >m && mv m t.ipynb
import t.ipynb
rscn diff t.ipynb
contains "$out" "=== a 1: attachments" "an attachment"
contains "$out" "-pic.png [image/png, 8 bytes, " "is told by name and hash"
none "$(printf '%s\n' "$out" | grep QUFB)" "not by its bytes"

# nbformat 3, cells without outputs, NaN, keys twice.
printf '{"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [{"cell_type": "code",
"language": "python", "input": ["a = 1\\n", "b"], "outputs": [{"output_type": "pyout", "prompt_number": 1,
"text": ["1"]}], "prompt_number": 1, "metadata": {}}, {"cell_type": "heading", "level": 2, "source": "Two"}]}]}' >v.ipynb
import v.ipynb
sed 's/"a = 1/"a = 2/; s/"1"\]/"2"]/; s/"prompt_number": 1/"prompt_number": 4/' v.ipynb >m && mv m v.ipynb
import v.ipynb
rscn diff v.ipynb
ends 1 "nbformat 3"
contains "$out" "+a = 2" "with its lines"
contains "$out" "1 edited, 1 with other outputs; 1 unchanged" "and outputs"
printf '{"cells": [{"cell_type": "code", "metadata": {"a": 1, "a": NaN}, "source": []}, {"cell_type": "odd",
"metadata": {}, "source": "z", "outputs": null}], "metadata": {"x": [1, 1e999]}, "nbformat": 4, "nbformat_minor": 4}' >w.ipynb
import w.ipynb
sed 's/NaN/-Infinity/; s/"z"/"y"/' w.ipynb >m && mv m w.ipynb
import w.ipynb
rscn diff w.ipynb
ends 1 "what the schema rejects"
contains "$out" "-Infinity" "another number in metadata"
contains "$out" "1 edited, 1 with other metadata" "is counted"
rscn diff w.ipynb --json
has_json "$out" "len(o[0]['cells']) == 2" "as JSON"

# Names and texts can't reach the terminal's controls, nor lines of the diff that are none.
escape=$(printf '\033')
printf '{"cells": [{"cell_type": "code", "id": "a", "metadata": {"name": "na\\u001b[31m\\nme"}, "execution_count": 1,
"source": "x\\u001b[31m\\u0000\\ud800\\r", "outputs": []}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}' >e.ipynb
import e.ipynb
rscn diff e.ipynb
none "$(printf '%s' "$out" | grep "$escape")" "control characters are shown as pictures"
is "$(printf '%s\n' "$out" | grep -c '^===')" 1 "one header"
rscn diff e.ipynb --json
has_json "$out" "o[0]['cells'][0]['source'][0]['text'].startswith('x\x1b[31m\0')" "in JSON they are whole"

# Colour.
if on_terminal 100 env TERM=xterm PAGER=cat "$RSCN" diff n.ipynb@2; then
    contains "$out" "$escape[32m+x = 2" "added lines are green"
    contains "$out" "$escape[31m-x = 1" "removed ones red"
    ends 1 "the same status"
    on_terminal 100 env TERM=xterm PAGER=cat NO_COLOR=1 "$RSCN" diff n.ipynb@2
    none "$(printf '%s' "$out" | grep "$escape")" "no colour with NO_COLOR"
fi

done_testing
