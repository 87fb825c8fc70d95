#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn import: which files are meant, what is said of each, and what is in the store afterwards.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

# notebook TEXT [CELL]: a notebook of nbformat 4.5 with one code cell.
notebook() {
    cat <<END
{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "${2:-one}",
   "metadata": {},
   "outputs": [],
   "source": [
    "$1"
   ]
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "SQL (rscn)",
   "language": "sql",
   "name": "rscn"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
END
}

# count TABLE: its rows; 0 rows of everything means that nothing is left of a refused file.
count() {
    sqlite3 rssd.db "SELECT count(*) FROM $1"
}

# result WORD: how many files the last import --json had with this result.
result() {
    printf '%s\n' "$out" | grep -c "\"result\": *\"$1\""
}

rscn import nothing.ipynb --store rssd.db
ends 3 "a store that is named and missing is not made"
rscn init

# --- one file ----------------------------------------------------------------------------------
notebook 'SELECT 1' >a.ipynb
rscn import a.ipynb
ends 0 "a file"
contains "$out" "a.ipynb: version 1, 1 cell" "is version 1"
contains "$out" "$PWD/rssd.db: 1 notebook taken in (1 new), 1 cell, " "the end says what came and where it is"
is "$err" "" "nothing is wrong"
rscn ls
contains "$out" "a.ipynb" "it is listed"
rscn cat a.ipynb
contains "$out" "SELECT 1" "its cell is there"
rscn import a.ipynb
ends 0 "the same bytes again"
contains "$out" "a.ipynb: unchanged" "are no version"
contains "$out" "0 notebooks taken in, 0 cells, 0 bytes added" "and add nothing"
contains "$out" "1 unchanged" "which the end says too"
rscn import ./a.ipynb "$PWD/a.ipynb"
is "$(printf '%s\n' "$out" | grep -c unchanged)" 2 "two ways to one file are one file"
notebook 'SELECT 2' >a.ipynb
rscn import a.ipynb
contains "$out" "a.ipynb: version 2, 1 cell" "other bytes are a new version"
notebook 'SELECT 1' >a.ipynb
rscn import a.ipynb
contains "$out" "a.ipynb: version 3" "and so are those of an older one"
rscn import a.ipynb -q
is "$status$out$err" 0 "--quiet"
mkdir -p sub
cd sub || exit 99
notebook 'SELECT 3' >b.ipynb
rscn import b.ipynb
contains "$out" "sub/b.ipynb: version 1" "the name is the path from the store's folder"
cd ..
mkdir "$work/outside"
notebook 'SELECT 4' >"$work/outside/c.ipynb"
rscn import ../outside/c.ipynb
contains "$out" "$work/outside/c.ipynb: version 1" "absolute outside of it"
rscn import --name weekly a.ipynb
contains "$out" "weekly: version 1" "--name"
cp a.ipynb 'no extension'
rscn import 'no extension'
ends 0 "a file that is named may have any"
notebook 'SELECT 5' | "$RSCN" import --name piped.ipynb - >"$work/out" 2>"$work/err"
is "$?" 0 "standard input"
contains "$(cat "$work/out")" "piped.ipynb: version 1" "with its name"
rscn import a.ipynb --json
has_json "$out" "o[0]['notebook'] == 'a.ipynb' and o[0]['result'] == 'unchanged' and o[0]['version'] is None and \
set(o[0]) == {'path', 'notebook', 'result', 'version', 'cells', 'bytes_added', 'renamed_from', 'faults', \
'first_fault', 'error'}" "--json"

# --- wrong calls -------------------------------------------------------------------------------
rscn import
complains 2 "PATH" "no path"
rscn import -
complains 2 "--name NAME -" "standard input without a name"
rscn import - a.ipynb
complains 2 "--name NAME -" "standard input with other paths"
rscn import --name x a.ipynb sub
complains 2 "one PATH" "one name for two paths"
rscn import --name '' a.ipynb
complains 2 "--name" "an empty name"
mkdir two
notebook 1 >two/1.ipynb
notebook 2 >two/2.ipynb
rscn import --name x two
complains 2 "2 notebooks" "one name for two notebooks"
for jobs in 0 x 1000 -1 ''; do
    rscn import --jobs="$jobs" a.ipynb
    complains 2 "--jobs" "--jobs='$jobs'"
done

# --- what is refused ---------------------------------------------------------------------------
mkdir refused
good=$(notebook 'SELECT 1')
: >refused/empty.ipynb
printf '   \n' >refused/blank.ipynb
printf '{"cells": [\n<<<<<<< HEAD\n{}\n=======\n[]\n>>>>>>> other\n]}\n' >refused/conflict.ipynb
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n' >refused/lfs.ipynb
printf '<!DOCTYPE html>\n<html><body>404</body></html>\n' >refused/html.ipynb
printf '\377\376{\000}\000' >refused/utf16.ipynb
printf '%s' "$good" | head -c 100 >refused/cut.ipynb
printf '{"a": 1}' >refused/other.ipynb
printf '[1, 2]' >refused/array.ipynb
printf '{"metadata": {}, "nbformat": 2, "nbformat_minor": 0, "worksheets": []}' >refused/old.ipynb
printf '{"cells": [], "metadata": {}, "nbformat": 7, "nbformat_minor": 0}' >refused/newer.ipynb
head -c 1000 /dev/zero | tr '\0' '[' >refused/deep.ipynb
printf '{"\033]0;title\007": \r\n nonsense\377}' >refused/control.ipynb
for case in "empty.ipynb:empty" "conflict.ipynb:merge" "lfs.ipynb:LFS" "html.ipynb:HTML" "utf16.ipynb:UTF-16" \
    "cut.ipynb:line" "other.ipynb:notebook" "old.ipynb:nbformat" "newer.ipynb:nbformat" \
    "blank.ipynb:empty" "array.ipynb:notebook" "deep.ipynb:" "control.ipynb:line"; do
    rscn import "refused/${case%%:*}"
    complains 1 "refused/${case%%:*}: " "${case%%:*} is refused"
    contains "$err" "${case#*:}" "${case%%:*}: by its reason"
    [ "${#err}" -lt 1100 ]
    ok $? "${case%%:*}: in a bounded line"
    none "$(printf '%s' "$err" | LC_ALL=C tr -d '\012\040-\176\200-\377')" "${case%%:*}: without control characters"
done
mkfifo refused/pipe.ipynb
ln -s nowhere refused/link.ipynb
ln -s loop.ipynb refused/loop.ipynb
rscn import refused/pipe.ipynb
complains 1 "pipe" "a pipe is not waited for"
rscn import /dev/null
complains 1 "device" "a device"
rscn import missing.ipynb
complains 1 "missing.ipynb: no such file" "a file that is not there"
rscn import rssd.db
complains 1 "the store itself" "the store itself"
if has_sqlite; then
    before=$(count rscn_notebook)-$(count rscn_snapshot)-$(count code_notebook_cell)-$(count rscn_notebook_version)
fi
notebook 'SELECT 6' six >refused/z.ipynb
rscn import refused
ends 1 "a folder with refused files is done in part"
is "$(lines "$err")" 16 "each is named in one line"
contains "$out" "1 notebook taken in (1 new), 1 cell" "the others go on"
contains "$out" "16 refused" "and the end says how many"
if has_sqlite; then
    rscn import refused
    rm refused/z.ipynb
    rscn import refused
    is "$(count "(SELECT notebook_name FROM rscn_notebook EXCEPT SELECT 'refused/z.ipynb')")-$(($(count rscn_snapshot) - 1))-$(($(count code_notebook_cell) - 1))-$(($(count rscn_notebook_version) - 1))" \
        "$before" "a refused file leaves no row"
else
    ok 0 "a refused file leaves no row # SKIP no sqlite3"
fi
if has_unprivileged; then
    chmod 755 "$work" .
    mkdir -m 777 closed
    mkdir closed/in closed/folder
    notebook 'SELECT 7' >closed/in/a.ipynb
    notebook 'SELECT 8' >closed/in/b.ipynb
    notebook 'SELECT 9' >closed/folder/c.ipynb
    chmod 000 closed/in/a.ipynb closed/folder
    try unprivileged "$RSCN" init closed
    try unprivileged "$RSCN" import --store closed/rssd.db closed
    ends 1 "what can't be read"
    contains "$err" "closed/in/a.ipynb: can't be read" "a file"
    contains "$err" "closed/folder: can't be read" "a folder"
    contains "$out" "1 notebook taken in" "the others go on"
    chmod 755 closed/folder
else
    ok 0 "what can't be read # SKIP no unprivileged user"
fi

# --- what is warned of -------------------------------------------------------------------------
mkdir odd
notebook 'SELECT 1' | sed 's/"outputs": \[\]/"outputs": [{"output_type": "stream"}]/' >odd/fault.ipynb
rscn import odd/fault.ipynb
ends 0 "what the schema rejects is taken in"
contains "$err" "odd/fault.ipynb: cells[0].outputs[0]" "with a warning that says where the fault is"
is "$(lines "$err")" 1 "in one line"
notebook 'SELECT 12' | sed 's/"outputs": \[\]/"outputs": [{"output_type": "stream"}]/' >odd/fault.ipynb
rscn import --strict odd/fault.ipynb
complains 1 "odd/fault.ipynb: cells[0].outputs[0]" "--strict refuses it"
rscn import odd/fault.ipynb
rscn import --strict odd/fault.ipynb
ends 1 "also when the store has it"
printf '\357\273\277%s\n' "$good" >odd/mark.ipynb
rscn import odd/mark.ipynb
ends 0 "a byte-order mark is taken in (N-32)"
contains "$err" "byte-order mark" "with a warning"

# --- scripts -----------------------------------------------------------------------------------
mkdir scripts
printf -- '-- %%%%\nSELECT 1\n\n-- %%%%\nSELECT 2\n' >scripts/s.sql
rscn import scripts/s.sql
contains "$out" "scripts/s.sql: version 1, 2 cells" "a script in percent format is a notebook"
rscn import scripts/s.sql
contains "$out" "scripts/s.sql: unchanged" "the same script is the same notebook"
rscn status scripts
ends 0 "which status knows"
sed -i 's/SELECT 2/SELECT 3/' scripts/s.sql
rscn status scripts
is "$(printf '%s\n' "$out" | tail -n 1 | cut -f 1,2)" "modified${tab}scripts/s.sql" "and when it is changed"
rscn import scripts/s.sql
contains "$out" "scripts/s.sql: version 2, 2 cells" "it is a new version"
printf 'SELECT 1;\n' >scripts/plain.sql
rscn import scripts/plain.sql
complains 1 "scripts/plain.sql: is a program, no notebook" "any other script is none"
rscn import scripts
contains "$out" "0 notebooks taken in" "and in a folder they are not looked for"

# --- folders -----------------------------------------------------------------------------------
mkdir -p tree/b/c tree/.ipynb_checkpoints tree/.hidden "tree/dir.ipynb" "$work/elsewhere"
for file in tree/z tree/b/y tree/b/c/x tree/.ipynb_checkpoints/z-checkpoint tree/.hidden/h tree/.~z tree/dir.ipynb/d \
    "$work/elsewhere/e"; do
    notebook "SELECT '$file'" >"$file.ipynb"
done
notebook 'SELECT 1' >tree/not-one.json
ln -s .. tree/b/c/up
ln -s "$PWD/tree" tree/b/self
ln -s ../../elsewhere tree/linked
ln -s z.ipynb tree/alias.ipynb
ln tree/z.ipynb tree/hard.ipynb
rscn import tree
ends 0 "a folder"
is "$(printf '%s\n' "$out" | sed -n 's/: version 1.*//p' | tr '\n' ' ')" \
    "tree/z.ipynb tree/b/c/x.ipynb tree/b/y.ipynb tree/dir.ipynb/d.ipynb tree/hard.ipynb $work/elsewhere/e.ipynb " \
    "is taken in whole, in order, without hidden ones, links followed once"
rscn import tree/.hidden/h.ipynb tree/.ipynb_checkpoints
contains "$out" "2 notebooks taken in" "what is named may be hidden"
mkdir none
rscn import none
ends 0 "a folder without notebooks"
contains "$out" "0 notebooks taken in" "has none"
rscn import tree tree/b none/../tree tree/z.ipynb -q
ends 0 "several ways at once"

# --- renamed -----------------------------------------------------------------------------------
mv sub/b.ipynb sub/moved.ipynb
rscn import sub
contains "$out" "sub/moved.ipynb" "a file that was moved"
contains "$out" "renamed: it was sub/b.ipynb" "is the notebook renamed"
rscn ls
case $out in *sub/b.ipynb*) ok 1 "the former name is gone" ;; *) ok 0 "the former name is gone" ;; esac
cp sub/moved.ipynb sub/copy.ipynb
rscn import sub
case $out in *renamed*) ok 1 "a copy is a notebook of its own" ;; *) ok 0 "a copy is a notebook of its own" ;; esac

# --- removed -----------------------------------------------------------------------------------
rscn rm a.ipynb
rscn import a.ipynb
ends 0 "a removed notebook"
rscn ls
contains "$out" "a.ipynb" "comes back with its file, also with the same bytes"

# --- odd names ---------------------------------------------------------------------------------
mkdir names
control=$(printf 'names/\033[31mred\033[0m\na\tb.ipynb')
latin=$(printf 'names/caf\351.ipynb')
notebook "SELECT 'control'" >"$control"
notebook "SELECT 'latin'" >"$latin"
notebook "SELECT 'blank'" >'names/ -x .ipynb'
rscn import names
ends 0 "odd names"
is "$(lines "$out")" 4 "one line each"
none "$(printf '%s' "$out$err" | LC_ALL=C tr -d '\012\040-\176\200-\377')" "without control characters"
rscn import names --json
has_json "$out" "len(o) == 3 and all(x['result'] == 'unchanged' for x in o)" "known again, in JSON that is UTF-8"
: >"$control"
rscn import names
complains 1 "empty" "one of them refused"

# --- many at once ------------------------------------------------------------------------------
mkdir many
i=0
while [ $i -lt 300 ]; do
    i=$((i + 1))
    notebook "SELECT $i" "cell-$i" >"many/$i.ipynb"
done
: >many/17.ipynb
printf 'x' >many/42.ipynb
for jobs in 1 8; do
    rm -rf "jobs-$jobs" && mkdir "jobs-$jobs"
    rscn init "jobs-$jobs"
    cp -r many "jobs-$jobs/many"
    rscn import --jobs $jobs --store "jobs-$jobs/rssd.db" "jobs-$jobs/many" --json
    ends 1 "--jobs $jobs"
    printf '%s\n' "$out" | sed "s/jobs-$jobs/jobs/g" >"result-$jobs"
    is "$(result new) $(result refused)" "298 2" "--jobs $jobs: all but two"
done
cmp -s result-1 result-8
ok $? "--jobs 1 and 8 say the same in the same order"
if has_sqlite; then
    for jobs in 1 8; do
        sqlite3 "jobs-$jobs/rssd.db" "SELECT notebook_name, version, cells, code_hash, sha256, size FROM
            rscn_notebook_version JOIN rscn_snapshot USING (snapshot_number) ORDER BY rscn_notebook_version.rowid" \
            >"rows-$jobs" 2>/dev/null ||
            sqlite3 "jobs-$jobs/rssd.db" "SELECT notebook_name, version, cells, sha256, size FROM
                rscn_notebook_version JOIN rscn_snapshot USING (snapshot_number) ORDER BY snapshot_number" >"rows-$jobs"
    done
    is "$(lines "$(cat rows-1)")" 298 "each is in the store"
    cmp -s rows-1 rows-8
    ok $? "and the stores are alike"
else
    ok 0 "the stores are alike # SKIP no sqlite3"
fi
rscn import --store jobs-8/rssd.db jobs-8/many
ends 1 "again"
is "$(lines "$out")" 1 "many unchanged ones are not listed"
contains "$out" "298 unchanged" "but counted"

# Ten thousand of them, in batches.
mkdir -p thousands/store
awk -v count="${NOTEBOOKS:=10000}" 'BEGIN {
    for (i = 1; i <= count; i++) {
        file = "thousands/" i ".ipynb"
        printf "{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": null, \"id\": \"c%d\", \"metadata\": {}, " \
            "\"outputs\": [], \"source\": \"SELECT %d\"}], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}\n", i, i >file
        close(file)
    }
}'
rscn init thousands/store
start=$(date +%s)
if on_terminal 120 "$RSCN" import --store thousands/store/rssd.db thousands; then
    case $(($(date +%s) - start)) in
    0 | 1) ok 0 "a line says how far it is # SKIP too quick" ;;
    *) contains "$out" "of $NOTEBOOKS (" "a line says how far it is" ;;
    esac
else
    rscn import --store thousands/store/rssd.db thousands
fi
ends 0 "$NOTEBOOKS notebooks in one call"
contains "$out" "$NOTEBOOKS notebooks taken in ($NOTEBOOKS new), $NOTEBOOKS cells" "all are in"
diag "it took $(($(date +%s) - start)) s"
rscn import --store thousands/store/rssd.db thousands
contains "$out" "$NOTEBOOKS unchanged" "all are known"
rscn status --store thousands/store/rssd.db thousands
ends 0 "and none differs"
rm -rf thousands

# --- a store in use ----------------------------------------------------------------------------
for i in 1 2 3 4; do
    "$RSCN" import -q many >"at-once-$i" 2>&1 &
done
wait
is "$(cat at-once-? | grep -vc 'many/\(17\|42\).ipynb: ')" 0 "several imports at once"
if has_sqlite; then
    is "$(count "rscn_notebook_version WHERE notebook_name LIKE 'many/%'")" 298 "make one version of each"
fi
printf 'CREATE TABLE u (x);\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) INSERT INTO u SELECT max(i) FROM n;' >busy.sql
"$RSCN" run busy.sql >/dev/null 2>&1 &
cell=$!
tries=0
until "$RSCN" ps | grep -q busy || [ $tries -ge 500 ]; do
    tries=$((tries + 1))
done
notebook 'SELECT 13' >late.ipynb
"$RSCN" import late.ipynb >late.out 2>late.err &
import=$!
tries=0
until grep -q "waiting for its lock" late.err || [ $tries -ge 20000 ]; do
    tries=$((tries + 1))
done
contains "$(cat late.err)" "$PWD/rssd.db: waiting for its lock: held by " "while a cell writes, who writes is said"
kill -INT $import
wait $import
is "$?" 130 "an interrupt ends the wait"
contains "$(cat late.err)" "interrupted after 0 of 1 files" "and says what was done"
kill -INT $cell
wait $cell
rscn import late.ipynb
ends 0 "afterwards the same call takes it in"

# --- the user's own store ----------------------------------------------------------------------
mkdir "$work/alone"
cp a.ipynb "$work/alone/"
cd "$work/alone" || exit 99
rscn import a.ipynb
ends 0 "without a store the user's own is made"
contains "$out" "$HOME/.local/share/rscn/rssd.db: 1 notebook" "which is said"
cd "$work/here" || exit 99
if has_unprivileged; then
    mkdir readonly
    rscn init readonly
    chmod 555 readonly
    chmod 444 readonly/rssd.db
    try unprivileged "$RSCN" import --store readonly/rssd.db a.ipynb
    complains 3 "readonly/rssd.db" "a store that can only be read"
fi

done_testing
