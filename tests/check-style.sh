#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What every source file keeps to and a script can see: licence line, banned functions, who may print,
# sizes of functions and files, white space. Comments and strings are not code and are left out.
set -u
SRCDIR=${SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
. "$SRCDIR/tests/tap.sh"
cd "$SRCDIR" || exit 99

max_function=60
max_file=800
banned='strcpy strcat sprintf vsprintf gets strtok atoi atol system popen alloca gmtime localtime'
prints='printf vprintf puts putchar exit'

files() {
    find "$@" ! -name schema_sql.c ! -name logos.c | LC_ALL=C sort # generated, in a build inside the tree
}

# Prints FILE:LINE:CODE of the C files given, without comments and with empty strings.
code_of() {
    LC_ALL=C awk '
        FNR == 1 { in_comment = 0 }
        {
            rest = $0
            code = ""
            while (rest != "") {
                if (in_comment) {
                    if (!(at = index(rest, "*/")))
                        break
                    rest = substr(rest, at + 2)
                    in_comment = 0
                } else if (!match(rest, /"|\047|\/\*|\/\//)) {
                    code = code rest
                    break
                } else {
                    code = code substr(rest, 1, RSTART - 1)
                    opener = substr(rest, RSTART, RLENGTH)
                    rest = substr(rest, RSTART + RLENGTH)
                    if (opener == "//")
                        break
                    if (opener == "/*") {
                        in_comment = 1
                    } else {
                        # To the closing quote; a backslash takes the next character with it.
                        while (rest != "" && (c = substr(rest, 1, 1)) != opener)
                            rest = substr(rest, c == "\\" ? 3 : 2)
                        rest = substr(rest, 2)
                        code = code opener opener
                    }
                }
            }
            print FILENAME ":" FNR ":" code
        }' "$@"
}

# Lines of the code on standard input that call one of the functions in $1.
calls_of() {
    grep -E "[^A-Za-z0-9_>.]($(echo "$1" | tr ' ' '|'))[[:space:]]*\("
}

# FILE:LINE of functions in the code on standard input that are longer than $max_function lines. A
# function's body begins with { in the first column (or at the end of such a line) and ends with }.
long_functions() {
    awk -F : -v most=$max_function '
        {
            code = substr($0, length($1) + length($2) + 3)
            if (code ~ /^[{]/ || (code ~ /^[A-Za-z_].*\).*[{][[:space:]]*$/ && code !~ /=/))
                start = $2
            else if (code ~ /^}/ && start) {
                if ($2 - start - 1 > most)
                    print $1 ":" start ": a function of " $2 - start - 1 " lines, at most " most
                start = 0
            }
        }'
}

sources=$(files src tests \( -name '*.c' -o -name '*.h' \))
others=$(files autogen.sh configure.ac Makefile.am .clang-format src tests tools m4 -type f \
    \( -name '*.sh' -o -name '*.py' -o -name '*.sql' -o -name '*.mk' -o -name '*.ac' \
    -o -name '*.am' -o -name '*.m4' -o -path 'tools/*' ! -name '*.*' \))
none "$(for file in $sources $others; do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: [A-Z]' || echo "$file"
done)" "every source file names its licence"

# shellcheck disable=SC2086 # a list of files
code=$(code_of $sources)
product=$(printf '%s\n' "$code" | grep '^src/')
none "$(printf '%s\n' "$code" | calls_of "$banned")" "no banned function is called"
none "$(printf '%s\n' "$product" | grep -v '^src/cli/' | calls_of "$prints")" \
    "only src/cli prints and exits"
none "$(printf '%s\n' "$product" | long_functions)" \
    "no function is longer than $max_function lines"
none "$(for file in $(printf '%s\n' "$sources" | grep '^src/'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le $max_file ] || echo "$file: $lines lines"
done)" "no file is longer than $max_file lines"
# shellcheck disable=SC2086
none "$(grep -nE "$(printf '\t')|[[:space:]]\$" $sources)" "no tabs, no blanks at a line's end"

done_testing
