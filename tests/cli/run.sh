#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn run: files, standard input and stored cells through engine and recorder.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init
mkdir sql
echo 'CREATE TABLE t (x, y); INSERT INTO t VALUES (1, '"'one'"'), (2, '"'two'"');' >sql/load.sql
echo 'SELECT y AS word FROM t ORDER BY x DESC;' >sql/show.sql

rscn run sql/load.sql sql/show.sql
ends 0 "two files in order"
is "$err" "" "nothing on standard error"
contains "$out" two "the result is on standard output"
rscn log --json
has_json "$out" "[(r['notebook'], r['cell'], r['cell_version'], r['state']) for r in o] ==
    [('sql/show.sql', 'show', 1, 'EXECUTED'), ('sql/load.sql', 'load', 1, 'EXECUTED')]" \
    "a file is the cell with its base name of the notebook with its path"
has_json "$out" "all(r['client'] == 'rscn run' and r['target'] == 'store' for r in o)" \
    "the client and the database"

echo 'SELECT count(*) AS n FROM t;' >sql/show.sql
rscn run sql/show.sql
rscn log --json -n 1
has_json "$out" "(o[0]['cell'], o[0]['cell_version'], o[0]['run']) == ('show', 2, 2)" \
    "an edited file is a new version of the same cell"

# the first error stops
echo 'SELECT 1 AS fine; SELECT * FROM nowhere;' >bad.sql
rscn run sql/show.sql bad.sql sql/load.sql
complains 1 "nowhere" "an error is one line on standard error"
contains "$err" "bad.sql" "with the file's name"
contains "$out" fine "what came before it was shown"
rscn log --json -n 1
has_json "$out" "(o[0]['notebook'], o[0]['state']) == ('bad.sql', 'FAILED')" \
    "it is recorded, and what comes after it does not run"
rscn run sql/show.sql nothing.sql
complains 1 "nothing.sql" "a missing file"
is "$out" "" "is noticed before anything runs"
rscn run .
complains 1 "." "a folder is no text"
rscn run tour.ipynb
complains 2 "name one of its cells" "a notebook alone"

# a cell in the store is all or nothing
echo 'INSERT INTO t VALUES (3, 3); INSERT INTO nowhere VALUES (1);' >half.sql
rscn run half.sql
ends 1 "an error in the second statement"
echo 'SELECT count(*) AS n FROM t;' >count.sql
rscn run count.sql
contains "$out" 2 "nothing of the cell remains"

# standard input
echo 'SELECT 6*7 AS answer;' | "$RSCN" run - >"$work/out" 2>"$work/err"
is "$?$(cat "$work/err")" 0 "standard input"
contains "$(cat "$work/out")" 42 "its result"
rscn log --json -n 1
has_json "$out" "o[0]['notebook'] == 'console/$(id -un)'" "is recorded under console/USER"
printf '' | "$RSCN" run - >"$work/out" 2>&1
ok $? "nothing to run"

# parameters
echo 'SELECT typeof(:a) AS a, typeof($b) AS b, @c AS c, typeof(:d) AS d, :e AS e;' >param.sql
rscn run param.sql -p a=5 -p b=-1.5 --param 'c=New York' -p d=null -p 'e="5"; DROP TABLE t'
ends 0 "parameters"
for word in integer real 'New York' null '"5"; DROP TABLE t'; do
    contains "$out" "$word" "value $word"
done
rscn run param.sql -p a
complains 2 "has no value" "a parameter without value"
rscn run param.sql -p 1a=5
complains 2 "the name is" "a parameter without a name"
rscn log --json -n 1
has_json "$out" "o[0]['cell'] == 'param'" "wrong calls are not recorded"

# another database
rscn run count.sql --use other.db
complains 1 "other.db" "a missing database"
if has_sqlite; then
    sqlite3 other.db 'CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7);'
    rscn run count.sql --use other.db
    ends 0 "--use FILE"
    contains "$out" 7 "runs on that database"
    rscn log --json -n 1
    has_json "$out" "o[0]['target'] == '$PWD/other.db'" "the record says so"
else
    ok 0 "--use FILE # SKIP no sqlite3"
fi
rscn run count.sql --use :memory:
complains 1 ":memory:" "every missing table names the database"

# stored cells
rscn run sql/show.sql show
ends 0 "a stored cell, newest version"
rscn run sql/show.sql show@1
ends 0 "an older version"
contains "$out" two "is the older text"
rscn log --json -n 1
has_json "$out" "(o[0]['notebook'], o[0]['cell'], o[0]['cell_version']) ==
    ('sql/show.sql', 'show', 1)" \
    "it is an execution of that version"
rscn run sql/show.sql shaw
complains 1 "show" "a missing cell names near ones"
rscn run sql/shwo.sqlx show
complains 1 "sql/shwo.sqlx" "a missing notebook"
rscn run sql/show.sql show@9
complains 1 "9" "a missing version"
if has_sqlite; then
    # As another tool would: in the file alone, with plain SQL.
    sqlite3 rssd.db "INSERT INTO code_notebook_cell (code_notebook_cell_id, notebook_kernel_id,
        notebook_name, cell_name, cell_governance, interpretable_code, interpretable_code_hash)
        VALUES ('plain1', 'SQL', 'plain', 'hello', NULL, 'SELECT ''hello from'' AS greeting',
        'h1');" 2>"$work/err"
    is "$(cat "$work/err")" "" "a cell inserted with plain SQL"
    rscn run plain hello
    ends 0 "is run"
    contains "$out" "hello from" "with its code"
else
    ok 0 "a cell inserted with plain SQL # SKIP no sqlite3"
fi

# once
echo 'INSERT INTO t VALUES (9, 9);' >add_once_row.sql
rscn run add_once_row.sql
ends 0 "a run-once file"
rscn run add_once_row.sql
ends 0 "again: it is skipped"
rscn log --json -n 1
has_json "$out" "o[0]['state'] == 'SKIPPED'" "and recorded so"
echo 'INSERT INTO t VALUES (10, 10);' >>add_once_row.sql
rscn run add_once_row.sql
ends 1 "an edited one stops"
rscn run count.sql
contains "$out" 3 "one row was added"

# magics
printf '%%cell named\nSELECT 1 AS one;\n' >magic.sql
rscn run magic.sql
ends 0 "line magics"
printf '%%nonsense\n' >magic.sql
rscn run magic.sql
complains 1 "%nonsense" "an unknown one"

# the reader goes away: the record is made
echo "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 100000)
SELECT i, 'a long line of text to fill the pipe' FROM n;" >long.sql
"$RSCN" run long.sql 2>"$work/err" | head -n 1 >/dev/null
is "$(cat "$work/err")" "" "a closed pipe is quiet"
rscn log --json -n 1
has_json "$out" "(o[0]['cell'], o[0]['state']) == ('long', 'EXECUTED')" "the cell ran to its end"
if [ -c /dev/full ]; then
    "$RSCN" run count.sql >/dev/full 2>"$work/err"
    status=$? err=$(cat "$work/err")
    complains 1 "standard output" "a full disk at the output"
fi

# interrupts
echo 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n;' \
    >endless.sql
for signal in INT TERM; do
    "$RSCN" run endless.sql >"$work/out" 2>"$work/err" &
    pid=$!
    tries=0
    until "$RSCN" ps | grep -q endless || [ $tries -ge 500 ]; do
        tries=$((tries + 1))
    done
    contains "$("$RSCN" ps)" "$tab$pid${tab}endless.sql" "ps shows the cell and its process"
    kill -s $signal $pid
    wait $pid
    is "$?" 130 "SIG$signal ends the statement: status 130"
    is "$(grep -c . "$work/err")" 1 "one line"
    rscn log --json -n 1
    has_json "$out" "o[0]['state'] == 'INTERRUPTED'" "and it is recorded"
done
rscn ps
is "$(lines "$out")" 1 "ps is empty again but for its header"

# a transaction that the text leaves open ends with the program, and that is recorded
printf '%%use open.db --create\nBEGIN; CREATE TABLE kept(a);' >open.sql
rscn run open.sql
ends 0 "BEGIN without COMMIT on another database"
rscn log --json -n 1
has_json "$out" "o[0]['state'] == 'ROLLED_BACK'" "its end is in the log"
rscn show --json -1
has_json "$out" "[t['to'] for t in o[0]['transitions']] == ['PENDING', 'RUNNING', 'EXECUTED', 'ROLLED_BACK']" \
    "and in the transitions"
rscn log --state rolled_back --json
is "$(lines "$out")" 1 "it is found by that state"

# odd texts
printf 'SELECT 1;\000SELECT 2;' >nul.sql
rscn run nul.sql
ends 1 "a NUL in the text is an error"
printf "SELECT 'a\377b' AS v;" >invalid.sql
rscn run invalid.sql
[ "$status" -le 1 ]
ok $? "invalid UTF-8 does no harm"
mkdir -p 'odd dir'
name=$(printf 'odd dir/ta\tb\n\033[31m.sql')
echo 'SELECT 1 AS one;' >"$name"
rscn run "$name"
ends 0 "any file name"
rscn log -n 1
is "$(lines "$out")" 2 "is one line in the log"

# elsewhere: the store of the file's folder
cd /
rscn run "$work/here/sql/show.sql"
ends 0 "from another folder"
rscn log --store "$work/here/rssd.db" --json -n 1
has_json "$out" "o[0]['notebook'] == 'sql/show.sql'" "the same store and name"

done_testing
