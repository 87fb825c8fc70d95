#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command line as a whole: help, manual and lists come from one table; wrong calls are told.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn help
ends 0 "help"
overview=$out
rscn --help
is "$out" "$overview" "--help says the same"
rscn help --list-commands
names=$out
for name in init install uninstall kernel run import mv rm status ls log show cat runs ps doctor help; do
    contains " $(echo "$names" | tr '\n' ' ')" " $name " "there is a command $name"
done

for name in $names; do
    contains "$overview" "    $name " "the overview names $name"
    rscn "$name" --help
    ends 0 "$name --help"
    is "$err" "" "$name --help: nothing on standard error"
    usage=$out
    rscn help "$name"
    is "$out" "$usage" "help $name says the same"
    contains "$usage" "Usage: rscn $name" "$name --help begins with how it is called"
    rscn help --man "$name"
    ends 0 "the man page of $name"
    # Options stand with \- for - in the page.
    page=$(printf '%s\n' "$out" | sed 's/\\-/-/g; s/\\f[BIR]//g')
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' 'SEE ALSO'; do
        contains "$page" ".SH $section" "rscn-$name(1) has $section"
    done
    rscn help --list-options "$name"
    missing=$(printf '%s\n' "$out" | while IFS="$tab" read -r letter long rest; do
        case $letter in
        --*) long=$letter ;;
        esac
        case $page in *"$long"*) ;; *) echo "$long in the page" ;; esac
        case $usage in *"$long"*) ;; *) echo "$long in --help" ;; esac
    done)
    none "$missing" "every option of $name is in --help and in the man page"
    rscn "$name" --no-such-option
    complains 2 "$name: unknown option --no-such-option" "$name: an unknown option"
    rscn "$name" -Q
    complains 2 "$name: unknown option -Q" "$name: an unknown letter"
done

rscn help --man rscn
page=$(printf '%s\n' "$out" | sed 's/\\-/-/g; s/\\f[BIR]//g')
for word in RSCN_STORE RSCN_NOTEBOOK RSCN_LOG NO_COLOR PAGER rssd.db-wal rssd.db-lock rssd.db-run \
    code_notebook_ assurance_schema "outside that protection"; do
    contains "$page" "$word" "rscn(1) mentions $word"
done
rscn help --man kernel
contains "$out" "ten minutes" "rscn-kernel(1) says when a client is cut off (K-28)"

if command -v groff >/dev/null; then
    for name in rscn $names; do
        "$RSCN" help --man "$name" >page.1
        none "$(groff -ww -man -Tutf8 page.1 2>&1 >/dev/null)" "groff has no complaint about $name"
    done
else
    ok 0 "groff reads the man pages # SKIP no groff"
fi

rscn
complains 2 "no command given" "no command"
rscn lgo
complains 2 "did you mean log" "a misspelt command"
rscn '
[31m'
complains 2 "no such command" "a name with control characters is one line"
rscn --frob
complains 2 "--frob" "an option before the command"
rscn log --stat failed
complains 2 "did you mean --state" "a misspelt option"
rscn log -n
complains 2 "needs a value" "a value is missing"
rscn log -n x
complains 2 "no number" "a value that is no number"
rscn log --json=yes
complains 2 "takes no value" "a flag with a value"
rscn log --state failed --state ok
complains 2 "given twice" "an option given twice"
rscn log a b c
complains 2 "one argument too many" "too many arguments"
rscn show
complains 2 "EXECUTION|NOTEBOOK[@V] is missing" "an argument is missing"
rscn kernel
complains 2 "--file FILE is missing" "a required option is missing"
rscn help nothing
complains 2 "no such command" "help about nothing"

rscn --version
ends 0 "--version"
contains "$out" "rscn " "--version"
is "$(lines "$out")" 1 "--version is one line"
rscn --version --verbose
ends 0 "--version --verbose"
for word in SQLite libzmq czmq jansson libsodium "$HOME/.local/share/rscn/rssd.db"; do
    contains "$out" "$word" "--version --verbose says $word"
done
rscn --version x
complains 2 "too many" "--version takes nothing else"

# J-242: started with closed descriptors, without HOME
"$RSCN" --version >"$work/out" 2>&- <&-
ok $? "standard input and error closed"
"$RSCN" --version >&- 2>&- <&-
ok $? "all three closed"
(unset HOME && "$RSCN" --version --verbose >"$work/out" 2>&1)
ok $? "without HOME"

# A full disk is told; a reader that went away is not.
if [ -c /dev/full ]; then
    "$RSCN" help >/dev/full 2>"$work/err"
    status=$? err=$(cat "$work/err")
    complains 1 "standard output" "the output cannot be written"
else
    ok 0 "the output cannot be written # SKIP no /dev/full"
fi
{
    "$RSCN" help --man rscn 2>"$work/err"
    echo $? >"$work/status"
} | :
is "$(cat "$work/status")$(cat "$work/err")" 0 "a closed pipe is quiet"

done_testing
