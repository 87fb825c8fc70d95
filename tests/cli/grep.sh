#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn grep: every version's code, outputs, the options of git grep.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init
rscn grep anything
is "$status$out$err" 1 "an empty store: not found, and nothing said"
printf 'SELECT 1 AS one;\n-- Customer(s)\n' >a.sql
rscn run a.sql
printf 'SELECT 2 AS two;\n-- customer(s)\n' >a.sql
rscn run a.sql
printf "SELECT 'need' || 'le' AS hidden;\n" >b.sql
rscn run b.sql
cat >n.ipynb <<'JSON'
{"cells": [
 {"cell_type": "markdown", "id": "intro", "metadata": {}, "source": "# About customers"},
 {"cell_type": "code", "id": "load", "metadata": {}, "execution_count": 3,
  "outputs": [{"output_type": "stream", "name": "stdout", "text": ["one\n", "a needle here\n"]}], "source": "load()"}],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python"}}, "nbformat": 4, "nbformat_minor": 5}
JSON
rscn import n.ipynb
sed 's/load()/load(customer_file)/' n.ipynb >m && mv m n.ipynb
rscn import n.ipynb

rscn grep SELECT
ends 0 "found"
is "$(printf '%s\n' "$out" | head -n 1 | cut -f 1-7 | tr "$tab" ' ')" \
    "notebook cell cell_version line last_run_at text in" "a header"
is "$(printf '%s\n' "$out" | grep '^a.sql' | cut -f 1-4,6,7 | sort | tr "$tab\n" ' /')" \
    "a.sql a 1 1 SELECT 1 AS one; code/a.sql a 2 1 SELECT 2 AS two; code/" "every version"
case $(printf '%s\n' "$out" | grep '^a.sql' | head -n 1 | cut -f 5) in
20??-??-??T*Z) ok 0 "when it ran last" ;;
*) ok 1 "when it ran last" ;;
esac
rscn grep nowhere
is "$status$out$err" 1 "not found"
rscn grep 'customer(s)'
is "$(lines "$out")" 2 "basic expressions: parentheses are text"
rscn grep -i 'customer(s)'
is "$(lines "$out")" 3 "-i"
rscn grep -E 'customer(s)'
is "$(printf '%s\n' "$out" | sed 1d | cut -f 1,4,6)" "n.ipynb${tab}1$tab# About customers" "-E: they group"
rscn grep -F 'r(s'
is "$(lines "$out")" 3 "-F: plain text"
rscn grep -w customer
is "$(printf '%s\n' "$out" | sed 1d | cut -f 6)" "-- customer(s)" "-w"
rscn grep -n customer b.sql
is "$status" 1 "only in the notebooks given"
rscn grep customer n.ipynb a.sql
is "$(printf '%s\n' "$out" | sed 1d | cut -f 1 | uniq | tr '\n' ' ')" "n.ipynb a.sql " "in their order"
rscn grep -l customer
is "$(printf '%s\n' "$out" | sort | tr '\n' ' ')" "a.sql n.ipynb " "-l"
rscn grep -c -i customer
is "$(printf '%s\n' "$out" | sort | tr '\n' ' ')" "a.sql:2 n.ipynb:2 " "-c"

# A text that several versions have is found once.
sed 's/load(customer_file)/load(other)/' n.ipynb >m && mv m n.ipynb
rscn import n.ipynb
rscn grep About
is "$(lines "$out")" 2 "each text once"
is "$(printf '%s\n' "$out" | sed -n 2p | cut -f 8,9 | tr "$tab" -)" "1-3" "with the versions that have it"

# Outputs.
rscn grep needle
is "$status" 1 "outputs are not searched"
rscn grep needle --outputs
ends 0 "--outputs"
is "$(printf '%s\n' "$out" | grep '^b.sql' | cut -f 6,7 | tr "$tab" ' ')" "needle outputs" "recorded ones"
is "$(printf '%s\n' "$out" | grep '^n.ipynb' | head -n 1 | cut -f 4,6,7 | tr "$tab" ' ')" "2 a needle here outputs" \
    "those in files"
rscn grep --outputs --json needle b.sql
has_json "$out" "len(o) == 1 and o[0]['notebook'] == 'b.sql' and o[0]['in'] == 'outputs' and
    o[0]['text'] == 'needle' and o[0]['cell_version'] == 1 and o[0]['first_version'] is None" "--json"
rscn grep --json About
has_json "$out" "[(r['in'], r['line'], r['first_version'], r['last_version']) for r in o] == [('code', 1, 1, 3)]" \
    "of code"

# Lines that are long or odd.
awk 'BEGIN { printf "SELECT 1; -- "; for (i = 0; i < 100000; i++) printf "x"; print " here\033[31m\there " }' >long.sql
rscn run long.sql
rscn grep here long.sql
ends 0 "a long line"
[ "$(printf '%s' "$out" | wc -c)" -lt 1000 ]
ok $? "is cut"
contains "$out" "xxx here" "around the match"
none "$(printf '%s' "$out" | grep "$(printf '\033')")" "without control characters"

# The call.
rscn grep 'a\('
complains 2 'a\(' "a bad expression"
rscn grep -E -F x
complains 2 "not both" "-E and -F"
rscn grep -l -c x
complains 2 "one of" "-l and -c"
rscn grep x nothing.sql
complains 2 "nothing.sql" "a notebook that is none"
rscn grep
complains 2 PATTERN "no pattern"
rscn grep -- '-- cust'
ends 0 "a pattern that begins with a minus"
rscn grep -c --outputs 'needle here' n.ipynb
told=$out
sed 's/here.n"]}\]/here\\n"]}, {"output_type": "stream", "name": "stderr", "text": "more"}]/' n.ipynb >m && mv m n.ipynb
rscn import n.ipynb
ends 0 "another output beside it"
rscn grep -c --outputs 'needle here' n.ipynb
is "$out" "$told" "the same output of a text once"
name=$(printf 'two\nlines\302\233\377.ipynb')
printf '{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "needle"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n' >"$name"
rscn import "$name"
rscn grep -l needle
is "$out" 'two\nlines\xc2\x9b\xff.ipynb' "one line per name, whatever the name"
rscn grep needle
is "$(printf '%s\n' "$out" | sed -n 2p | cut -f 1)" 'two\nlines\xc2\x9b\xff.ipynb' "and in the list"
rscn grep x --store none.db
complains 3 none.db "no store"

done_testing
