#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What people see: aligned tables that fit, colour only if wanted, the pager, no control characters.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"
on_terminal 80 true || skip_all "no python3 to make a terminal with"

rscn init
name=$(printf 'we\033[31mird.sql')
echo 'SELECT 1 AS x;' >"$name"
echo "SELECT * FROM a_table_with_a_long_name_that_is_not_there;" >'日本語のとても長い名前の帳面.sql'
rscn run "$name"
rscn run '日本語のとても長い名前の帳面.sql'

# Every line at most $1 columns wide, wide characters counted twice.
widest() {
    "$python" -c '
import sys, unicodedata
print(max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n"))
    for line in open(sys.argv[1], encoding="utf-8", newline="\n")))' "$work/out"
}
escape=$(printf '\033')

for width in 40 80 120; do
    for command in log ls runs; do
        on_terminal $width env TERM=dumb "$RSCN" $command
        ends 0 "$command on $width columns"
        is "$(lines "$out")" 3 "a header and two lines"
        none "$(printf '%s' "$out" | grep "$escape")" "no escape sequence"
        [ $width -lt 80 ] || [ "$(widest)" -le $width ]
        ok $? "no line is wider"
    done
done
on_terminal 200 env TERM=dumb "$RSCN" log
contains "$out" "FAILED" "the state"
contains "$out" "no such table" "the error in short"
none "$(printf '%s\n' "$out" | grep "$tab")" "no tabs"
is "$(printf '%s\n' "$out" | head -n 1 | cut -c 1-9)" EXECUTION "a header"
id=$(printf '%s\n' "$out" | sed -n 2p | cut -d ' ' -f 1)
is "$(printf %s "$id" | wc -c | tr -d ' ')" 8 "ids are short"
on_terminal 200 env TERM=dumb "$RSCN" show "$id"
ends 0 "show takes them"
none "$(printf '%s' "$out" | grep "$escape")" "no escape sequence in show"

# colour
on_terminal 100 env TERM=xterm PAGER=cat "$RSCN" log
contains "$out" "$escape[31mFAILED$escape[0m" "colour on a terminal"
on_terminal 100 env TERM=xterm PAGER=cat NO_COLOR=1 "$RSCN" log
none "$(printf '%s' "$out" | grep "$escape")" "none with NO_COLOR"
on_terminal 100 env TERM=xterm PAGER=cat NO_COLOR= "$RSCN" log
contains "$out" "$escape[" "an empty NO_COLOR says nothing"
rscn log
none "$(printf '%s' "$out" | grep "$escape")" "none in a pipe"

# pager
on_terminal 80 env TERM=xterm PAGER="sed 's/^/paged: /'" "$RSCN" log
contains "$out" "paged: " "PAGER is used"
ends 0 "and its end waited for"
on_terminal 80 env TERM=xterm PAGER=false "$RSCN" log
ends 0 "a pager that goes away is quiet"
on_terminal 80 env TERM=xterm PAGER= "$RSCN" log
contains "$out" EXECUTION "an empty PAGER is none"
on_terminal 80 env TERM=dumb PAGER="sed 's/^/paged: /'" "$RSCN" log
none "$(printf '%s\n' "$out" | grep paged:)" "no pager on a dumb terminal"

# stored text on the terminal
printf 'SELECT 1; -- \033]0;owned\007\r\302\233' >'evil.sql'
rscn run evil.sql
on_terminal 80 env TERM=dumb "$RSCN" cat evil.sql
none "$(printf '%s' "$out" | LC_ALL=C grep "$escape\\|$(printf '\007')\\|$(printf '\302\233')")" \
    "cat makes control characters visible"
on_terminal 80 env TERM=dumb "$RSCN" log --json -n 1
none "$(printf '%s' "$out" | LC_ALL=C grep "$escape\\|$(printf '\302\233')")" \
    "and JSON escapes them"
on_terminal 80 env TERM=dumb "$RSCN" ps
is "$out" "nothing runs" "an empty list says so"

done_testing
