#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn log, show, cat, ls, runs: the record in a pipe and as JSON.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init
rscn log
ends 0 "an empty record"
is "$(lines "$out")" 1 "is the header alone"
rscn log --json
is "$out" "" "and no JSON at all"
rscn show -1
complains 1 "" "there is no last execution"
for command in ls runs ps; do
    rscn $command
    is "$status$(lines "$out")" 01 "$command: the header alone"
done

printf 'CREATE TABLE t (x);\nINSERT INTO t VALUES (1), (2), (3);\n' >load.sql
printf 'SELECT x FROM t -- no semicolon' >read.sql
printf 'SELECT * FROM missing;\n' >bad.sql
rscn run load.sql read.sql
rscn run bad.sql
rscn run read.sql
printf 'SELECT x+1 AS "a\tb" FROM t' >read.sql
rscn run read.sql -p year=2025

# log
rscn log
ends 0 "log"
is "$(lines "$out")" 6 "a header and a line per execution"
header=$(printf '%s\n' "$out" | head -n 1)
is "$(printf '%s' "$header" | cut -f 1-8 | tr "$tab" ' ')" \
    "execution started_at notebook cell cell_version state duration_ms result" "the header"
newest=$(printf '%s\n' "$out" | sed -n 2p)
is "$(printf '%s' "$newest" | cut -f 3-6 | tr "$tab" ' ')" "read.sql read 2 EXECUTED" \
    "newest first"
is "$(printf '%s' "$newest" | cut -f 1 | tr -d '\n' | wc -c | tr -d ' ')" 26 "whole ids"
case $(printf '%s' "$newest" | cut -f 2) in
20??-??-??T??:??:??.??????Z) ok 0 "RFC 3339 times" ;;
*) ok 1 "RFC 3339 times" ;;
esac
rscn log -n 2
is "$(lines "$out")" 3 "-n"
rscn log -n 0
is "$(lines "$out")" 1 "-n 0"
rscn log bad.sql
is "$(lines "$out")" 2 "of one notebook"
rscn log ./bad.sql
is "$(lines "$out")" 2 "by a path"
contains "$out" "no such table" "with the error in short"
rscn log read.sql read
is "$(lines "$out")" 4 "of one cell"
rscn log read.sql rea
complains 1 "read" "a misspelt cell"
rscn log rad.sql
complains 1 "read.sql" "a misspelt notebook"
rscn log --state failed
is "$(lines "$out")" 2 "--state"
rscn log --state ERROR
is "$(lines "$out")" 2 "Jupyter's words, without case"
rscn log --state good
complains 2 "--state good" "a state that is none"
rscn log --since 1h
is "$(lines "$out")" 6 "--since 1h"
rscn log --since 2999-01-01
is "$(lines "$out")" 1 "--since the future"
rscn log --since never
complains 2 "never" "a time that is none"
rscn log --json
has_json "$out" "all(set('''execution notebook cell cell_version code_hash kernel engine target state
    reason started_at ended_at duration_ms execution_count silent client_session msg_id run client
    identified_by outputs user host'''.split()) <= set(r) for r in o)" "every object has every key"
has_json "$out" "len(o) == 5 and
    [r['started_at'] for r in o] == sorted((r['started_at'] for r in o), reverse=True)" \
    "newest first"
has_json "$out" "all(isinstance(r['identified_by'], list) for r in o) and
    all(isinstance(r['outputs'], int) for r in o)" \
    "types"

# show
id=$(printf '%s' "$newest" | cut -f 1)
rscn show "$id"
ends 0 "show an id"
whole=$out
contains "$whole" 'SELECT x+1 AS "a	b" FROM t' "the code"
contains "$whole" "read@2" "the cell and its version"
contains "$whole" "RUNNING" "the states"
contains "$whole" '{"year":2025}' "the arguments"
contains "$whole" " 4" "the output"
rscn show -1
is "$out" "$whole" "-1 is the last one"
rscn show "$(printf '%s' "$id" | tail -c 8)"
is "$out" "$whole" "its last 8 characters"
rscn show "$(printf '%s' "$id" | tail -c 8 | tr '[:upper:]' '[:lower:]')"
is "$out" "$whole" "in lower case"
rscn show "$(printf '%s' "$id" | tail -c 5)"
[ "$status" -ne 0 ]
ok $? "five characters are too few"
rscn show ZZZZZZZZ
complains 1 ZZZZZZZZ "no such execution"
rscn show -- -99
complains 1 "" "before the first one"
rscn show "$id" --json
is "$(lines "$out")" 1 "--json is one object"
has_json "$out" "o[0]['code'] == 'SELECT x+1 AS \"a\tb\" FROM t' and
    o[0]['arguments'] == {'year': 2025}" \
    "code and arguments"
has_json "$out" "[(t['from'], t['to']) for t in o[0]['transitions']] ==
    [('INITIAL', 'PENDING'), ('PENDING', 'RUNNING'), ('RUNNING', 'EXECUTED')]" "transitions"
has_json "$out" "o[0]['outputs'][0]['output_type'] in ('execute_result', 'display_data') and
    'text/html' in o[0]['outputs'][0]['data']" "outputs as in a notebook file"
rscn log bad.sql --json
has_json "$out" "o[0]['state'] == 'FAILED'" "a failed one"
rscn show "$("$RSCN" log bad.sql | sed -n 2p | cut -f 1)"
contains "$out" "no such table" "show has the error"

# cat
rscn cat load.sql load
is "$out" "$(cat load.sql)" "cat: the code as it is"
rscn cat read.sql read
is "$out" "$(cat read.sql)" "the newest version"
rscn cat read.sql read@1
is "$out" "SELECT x FROM t -- no semicolon" "an older version"
rscn cat read.sql read@3
complains 1 3 "a version that is none"
rscn cat read.sql write
complains 1 read "a cell that is none"
printf '%%cell first\nCREATE TABLE c (x)' | "$RSCN" run - >/dev/null
printf '%%cell second\nINSERT INTO c VALUES (1) -- done' | "$RSCN" run - >/dev/null
printf '%%cell third\nSELECT sum(x) FROM c;\n' | "$RSCN" run - >/dev/null
rscn cat "console/$(id -un)"
ends 0 "cat a whole notebook"
whole=$(printf '%s\n' "$out" | grep -v '^%cell')
if has_sqlite; then
    is "$(printf '%s\n' "$whole" | sqlite3 :memory: 2>&1)" 1 "what it prints runs in sqlite3"
else
    ok 0 "what it prints runs in sqlite3 # SKIP no sqlite3"
fi
rscn cat -s "console/$(id -un)"
contains "$out" "-- console/$(id -un)::second (SQL)" "-s: a line before each cell"

# ls
rscn ls
ends 0 "ls"
is "$(printf '%s\n' "$out" | head -n 1 | tr "$tab" ' ')" \
    "notebook cells versions executions runs last_at last_state" "its header"
contains "$out" "read.sql${tab}1${tab}2${tab}3${tab}3$tab" "counts"
rscn ls read.sql
is "$(printf '%s\n' "$out" | head -n 1 | tr "$tab" ' ')" \
    "cell cell_key kernel versions executions last_at last_state last_execution code" \
    "ls NOTEBOOK: its header"
contains "$out" 'SELECT x+1 AS "a\tb" FROM t' "a field holds no tab"
rscn ls --json
has_json "$out" "any(r['notebook'] == 'read.sql' and r['versions'] == 2 for r in o)" "ls --json"
rscn ls nothing
complains 1 nothing "ls of nothing"

# runs
rscn runs
ends 0 "runs"
contains "$out" "read.sql${tab}3$tab" "runs are counted per notebook"
rscn runs read.sql --json
has_json "$out" "[r['run'] for r in o] == [3, 2, 1]" "newest first"
has_json "$out" "all(r['client'] == 'rscn run' and r['ended_at'] for r in o)" "client and end"
has_json "$out" "o[0]['states'] == {'EXECUTED': 1} and o[0]['executions'] == 1" "states"

# what is stored never leaves its field
name=$(printf 'we\tird \033[31m\n.sql')
printf 'SELECT 1 AS x; -- \033]0;title\007' >"$name"
rscn run "$name"
rscn log -n 1
is "$(lines "$out")" 2 "a name with control characters is one line"
contains "$out" 'we\tird \x1b[31m\n.sql' "and is escaped"
rscn log -n 1 --json
has_json "$out" "o[0]['notebook'] == 'we\\tird \\x1b[31m\\n.sql'" "JSON has it as it is"
rscn show -1
none "$(printf '%s' "$out" | LC_ALL=C tr -d '\n\t[:print:]\200-\377')" \
    "show prints no control characters"
rscn cat "$name"
is "$out" "$(cat "$name")" "cat into a pipe has them"

done_testing
