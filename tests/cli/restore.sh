#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn restore: a former version is back in its file, and what was there is a version.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

notebook() {
    printf '{"cells":[{"cell_type":"code","id":"x","source":"SELECT %s","metadata":{},"outputs":[],"execution_count":null}],"metadata":{},"nbformat":4,"nbformat_minor":5}' "$1"
}
# holds FILE NUMBER NAME: passed when the file is the notebook of this number.
holds() {
    is "$(cat "$1")" "$(notebook "$2")" "$3"
}
origins() {
    rscn log "$1" --versions --json
    printf '%s\n' "$out" | grep -o '"origin": *"[a-z]*"' | sed 's/.*"\([a-z]*\)"/\1/' | tr '\n' ' '
}

rscn init
mkdir below
notebook 1 >below/a.ipynb
rscn import -q below/a.ipynb
notebook 2 >below/a.ipynb
rscn import -q below/a.ipynb

rscn restore below/a.ipynb@1
ends 0 "restore"
contains "$out" "version 1 is back, as version 3" "says what it did"
holds below/a.ipynb 1 "the file is as it was"
is "$(origins below/a.ipynb)" "restore import import " "as a version of its own"

notebook 4 >below/a.ipynb
rscn restore a.ipynb@2
contains "$out" "what was there is version 4" "a state that the store did not have is kept"
holds below/a.ipynb 2 "before the file is written"
rscn export a.ipynb@4
is "$out" "$(notebook 4)" "it can be had again"
rscn restore a.ipynb@2
contains "$out" "is version 2 already" "a second time there is nothing to do"
rscn export a.ipynb@6
complains 1 "1 to 5" "and there is no further version"

rm -r below
rscn restore a.ipynb@1
ends 0 "when the file and its folder are gone"
holds below/a.ipynb 1 "they are back"

echo 'no notebook' >below/a.ipynb
rscn restore a.ipynb@2
is "$status" 1 "what is no notebook can't be kept"
contains "$err" "nothing was restored, move the file away first" "so nothing is restored"
is "$(cat below/a.ipynb)" "no notebook" "and it stays"

rscn restore a.ipynb
complains 2 "NOTEBOOK@V" "without a version"
rscn restore a.ipynb@99
complains 1 "no such version" "a version that is not there"
rscn restore b.ipynb@1
complains 1 "b.ipynb" "a notebook that is not there"
notebook 1 >named
rscn import -q named --name given.ipynb
rscn restore given.ipynb@1
complains 1 "has no file" "a notebook that came under a name"

notebook 1 >came.ipynb
rscn import -q came.ipynb
rscn import -q named --name came.ipynb
notebook 5 >named
rscn import -q named --name came.ipynb
rscn restore came.ipynb@1
ends 0 "one of whose versions came under a name"
holds came.ipynb 1 "still has its file"
notebook 6 >here@2
rscn import -q here@2
rscn restore here@2@1
contains "$out" "is version 1 already" "a name that ends as a version does"
mkfifo pipe.ipynb
rm came.ipynb
ln -s pipe.ipynb came.ipynb
rscn restore came.ipynb@1
complains 1 "no regular file" "nothing is read from a pipe"
rm came.ipynb pipe.ipynb

rm below/a.ipynb
rscn mv a.ipynb moved.ipynb
rscn restore moved.ipynb@2
holds moved.ipynb 2 "after a renaming under the new name"
[ ! -e below/a.ipynb ]
ok $? "and not under the old one"

notebook 3 >plain.ipynb
notebook 4 >plain.ipynb@1
rscn import -q plain.ipynb plain.ipynb@1
rscn restore plain.ipynb@1
complains 2 "which version" "a whole name goes before a version, as for show"
rscn restore plain.ipynb@1@1
contains "$out" "plain.ipynb@1: is version 1 already" "that name with a version"

printf -- '-- %%%%\nSELECT 1\n' >s.sql
rscn import -q s.sql
printf -- '-- %%%%\nSELECT 2\n' >s.sql
rscn restore s.sql@1
contains "$out" "what was there is version 2" "a script"
contains "$(cat s.sql)" "SELECT 1" "is a script again"
rscn status s.sql
ends 0 "as the store has it"

done_testing
