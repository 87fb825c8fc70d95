#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bash completion: what it offers for a command line, asked of bash itself.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

if ! command -v bash >/dev/null; then
    echo "1..0 # SKIP there is no bash"
    exit 0
fi

# offers WORD…: $out is what is offered for the last word, in one line.
offers() {
    out=$(bash --norc -c '
        . "$1" && shift
        program=$1 && shift
        COMP_WORDS=(rscn "$@")
        COMP_CWORD=$#
        compopt() { :; }
        _rscn "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf "%s\n" "${COMPREPLY[@]}" | sort | tr "\n" " "' \
        bash "$SRCDIR/doc/bash-completion/rscn" "$RSCN" "$@" 2>&1)
    out=${out% }
}

printf 'SELECT 1;\n' >one.sql
printf 'SELECT 2;\n' >'two words.sql'
mkdir folder
rscn init .
rscn run one.sql 'two words.sql'

offers ''
is "$out" "$(printf '%s\n' $("$RSCN" help --list-commands) --help --version | sort | tr '\n' ' ' | sed 's/ $//')" \
    "all commands"
offers un
is "$out" "uninstall" "a command by its beginning"
offers log --
for option in $("$RSCN" help --list-options log | cut -f 2); do
    contains " $out " " $option " "log: $option"
done
offers log --st
is "$out" "--state --store" "options by their beginning"
offers log --state = f
is "$out" "failed" "a value behind ="
offers log --state f
is "$out" "failed" "states"
offers log o
is "$out" "one.sql" "a notebook"
offers cat t
is "$out" 'two\ words.sql' "a blank is quoted"
offers cat "'two"
is "$out" 'two words.sql' "not again inside quotes"
offers run ''
is "$out" 'folder one.sql one.sql two words.sql two words.sql' "files and notebooks to run, which bash quotes"
printf 'SELECT 3;\n' >'$(x)'"'s.sql"
rscn run '$(x)'"'s.sql"
offers cat '"$'
is "$out" '\$(x)'"'s.sql" "what a shell would run in double quotes is none"
offers cat "'\$"
is "$out" '$(x)'"'\\''s.sql" "nor does a quote end single ones"
rm '$(x)'"'s.sql"
offers cat 'two\ words.sql' ''
is "$out" 'two\ words' "the cells of that notebook"
offers log --state failed one.sql ''
is "$out" "one" "values of options are no operands"
printf '{}' >book.ipynb
offers import ''
is "$out" "book.ipynb folder" "notebook files to take in"
offers rm o
is "$out" "one.sql" "a notebook to hide"
rm book.ipynb
offers diff one
is "$out" "one.sql" "diff: notebooks"
offers diff one.sql --cell ''
is "$out" "one" "and their cells"
offers diff one.sql --from ''
is "$out" "" "no version to compare with"
offers export one
is "$out" "one.sql" "export: notebooks"
offers export one.sql --to ''
is "$out" "ipynb py sql" "what they are written as"
offers export one.sql --outputs ''
is "$out" "none original recorded" "with which outputs"
offers restore one
is "$out" "one.sql" "restore: notebooks"
offers grep pattern one
is "$out" "one.sql" "grep: notebooks after the pattern"
offers grep one
is "$out" "" "and nothing for it"
offers show ''
is "$(printf '%s' "$out" | wc -w | tr -d ' ')" 3 "executions"
ends=$("$RSCN" log --json | sed 's/.*"execution": *"[^"]*\([^"]\{8\}\)".*/\1/' | LC_ALL=C sort)
part=$(printf '%s\n' "$ends" | sed -n '1s/...$//p')
offers show "$part"
# Those of one millisecond differ in the last characters alone.
# shellcheck disable=SC2086 # a list
is "$(printf '%s\n' $out | LC_ALL=C sort)" "$(printf '%s\n' "$ends" | grep "^$part")" "an execution by its end, as log shows it"
printf 'SELECT 3;\n' >'a:b.sql'
rscn run a:b.sql
offers cat a : b
is "$out" b.sql "behind a colon, where bash parts words"
offers cat a : b.sql ''
is "$out" 'a:b' "the cells of that notebook"
rm 'a:b.sql'
printf '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}' >v.ipynb
rscn import v.ipynb
offers diff v.ipynb --to ''
is "$out" 1 "versions to compare"
rscn rm v.ipynb
rm v.ipynb
offers help do
is "$out" doctor "commands to help with"
mkdir elsewhere
rscn init elsewhere
rscn run --store elsewhere/rssd.db one.sql
offers log --store elsewhere/rssd.db ''
is "$out" "$work/here/one.sql" "of the store that is named"
offers log '$(touch ran)' ''
offers log '`touch ran`'
test ! -e ran
ok $? "nothing on the line is run"
offers nonsense ''
is "$out" "" "an unknown command has nothing"
done_testing
