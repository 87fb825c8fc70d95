#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn export: notebooks come out as they came in, with other outputs or as scripts, and nothing is
# written over that could not be had again.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

# same FILE NAME: passed when the last try printed exactly the file.
same() {
    if cmp -s "$work/out" "$1"; then ok 0 "$2"; else ok 1 "$2"; fi
}
# same_files FILE FILE NAME
same_files() {
    if cmp -s "$1" "$2"; then ok 0 "$3"; else ok 1 "$3"; fi
}

rscn init

# --- byte for byte ------------------------------------------------------------------------------

mkdir odd
printf '{"cells":[],"metadata":{"n":[1E5,-0,1.10,12345678901234567890,NaN,1e400],"d":1,"d":2},\r\n"nbformat":4,"nbformat_minor":4}' >odd/tokens.ipynb
printf '\357\273\277{"cells": [{"cell_type":"code","source":"\\ud800\\u00e9/\\/","metadata":{},"outputs":[],"execution_count":null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}\n\n\n' >odd/mark.ipynb
printf '{"nbformat":4,"nbformat_minor":5,"strange":true,"metadata":{},"cells":[{"cell_type":"odd","x":1,"source":[],"metadata":{}},{"cell_type":"code","source":"a","metadata":{"trusted":true},"outputs":[],"execution_count":null}]}' >odd/unknown.ipynb
printf '{"nbformat":3,"nbformat_minor":0,"metadata":{"name":""},"worksheets":[{"cells":[{"cell_type":"code","language":"python","input":["x = 1\\n","y"],"prompt_number":2,"outputs":[{"output_type":"pyout","prompt_number":2,"text":"5"}]},{"cell_type":"heading","level":2,"source":"H"}]}]}' >odd/v3.ipynb
rscn import --quiet odd
ends 0 "odd notebooks are taken in"
for file in odd/*.ipynb; do
    rscn export "$file"
    ends 0 "$file"
    same "$file" "$file comes out as it came"
    rscn export "$file" -o "copy of ${file#odd/}"
    same_files "copy of ${file#odd/}" "$file" "$file as a file"
done
is "$(rscn export odd/tokens.ipynb --outputs none; cat "$work/out")" "$(cat odd/tokens.ipynb)" \
    "nothing to clear: as it came"

# --- changed ------------------------------------------------------------------------------------

rscn export odd/tokens.ipynb --canonical
contains "$out" '"n": [' "canonical"
contains "$out" "100000.0" "with the numbers as nbformat writes them"
rscn export odd/v3.ipynb --canonical
cp "$work/out" v3.canonical
contains "$out" '"nbformat_minor": 5' "version 3 becomes 4.5"
contains "$out" '"## H"' "with its headings"
has_json "$(tr -d '\n' <v3.canonical)" "all(len(c['id']) == 8 for c in o[0]['cells'])" "and ids"
rscn export odd/v3.ipynb --canonical
same v3.canonical "the same ids at every export"
rscn export odd/unknown.ipynb --canonical
cp "$work/out" unknown.canonical
rscn export odd/unknown.ipynb --canonical
same unknown.canonical "also where 4.5 lacks them"
rscn export odd/v3.ipynb --outputs none
has_json "$(printf '%s' "$out" | tr -d '\n')" "o[0]['cells'][0]['outputs'] == [] and
    o[0]['cells'][0]['execution_count'] is None" "--outputs none"

cat >one.ipynb <<'END'
{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 7,
   "id": "first",
   "metadata": {
    "collapsed": true,
    "execution": {
     "shell.execute_reply": "2026-01-01T00:00:00Z"
    },
    "tags": [
     "t"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "1.50\n"
     ]
    }
   ],
   "source": [
    "SELECT 1"
   ]
  },
  {
   "cell_type": "markdown",
   "id": "second",
   "metadata": {},
   "source": []
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
rscn import -q one.ipynb
cp one.ipynb one.1
rscn export one.ipynb --outputs none
contains "$out" '"outputs": []' "outputs are gone"
contains "$out" '"execution_count": null' "and counts"
contains "$out" '"shell.execute_reply"' "the metadata stays"
rscn export one.ipynb --outputs recorded
same one.1 "what never ran here keeps what it had"
rscn export one.ipynb --canonical
same one.1 "what is canonical stays the same"

# --- versions -----------------------------------------------------------------------------------

sed 's/SELECT 1/SELECT 2/' one.1 >one.ipynb
rscn import -q one.ipynb
rscn export one.ipynb@1
same one.1 "version 1"
rscn export one
same one.ipynb "the newest one, by its base name"
rscn export one.ipynb --at 2999-01-01
same one.ipynb "the newest at a time"
rscn export one.ipynb --at 2001-01-01
complains 1 "one.ipynb" "before the first one"
rscn export one.ipynb --at nonsense
complains 2 "--at" "a time that is none"
rscn export one.ipynb@3
complains 1 "1 to 2" "a version that is not there"
rscn export two.ipynb
complains 1 "two.ipynb" "a notebook that is not there"
rscn export one.ipynb --outputs some
complains 2 "original, recorded, none" "--outputs of something else"
rscn export one.ipynb --to pdf
complains 2 "ipynb, py, sql" "--to something else"

cp one.ipynb one@2.ipynb
cp one.ipynb at@2
rscn import -q one@2.ipynb
rscn import -q --name at@2 at@2
rscn export at@2
same one.ipynb "a notebook that has a version's number as its name's end"
rscn export at@2@1
same one.ipynb "and its version"
rscn rm at@2
rscn rm one@2.ipynb

# --- the file is newer --------------------------------------------------------------------------

cp one.ipynb newest.ipynb
rscn export one.ipynb
is "$err" "" "a file that is as its newest version: nothing is said"
sed 's/SELECT 2/SELECT 20/' newest.ipynb >one.ipynb
rscn export one.ipynb
same newest.ipynb "a file that has changed: the newest version comes"
is "$err" "rscn: one.ipynb: its file has changed since version 2 was taken in; rscn import takes it in" \
    "and that is said"
rscn export one.ipynb@2
is "$err" "" "not when a version is named"
rscn export one.ipynb -o one.ipynb --force --canonical
is "$err" "" "nor of a file that was just written"
cp newest.ipynb one.ipynb
rm newest.ipynb one@2.ipynb at@2

# --- files that are there -----------------------------------------------------------------------

cp one.ipynb work.ipynb
rscn export one.ipynb@1 -o work.ipynb
ends 0 "over a file that is a version"
same_files work.ipynb one.1 "it is replaced"
echo '{"mine": true}' >work.ipynb
rscn export one.ipynb -o work.ipynb
complains 1 "import it first or use --force" "over another file"
is "$(cat work.ipynb)" '{"mine": true}' "it stays"
chmod 640 work.ipynb
ln -s work.ipynb link.ipynb
rscn export one.ipynb -o link.ipynb --force
ends 0 "--force"
same_files work.ipynb one.ipynb "through a link"
[ -L link.ipynb ]
ok $? "which stays a link"
is "$(stat -c %a work.ipynb)" 640 "the mode stays"
mark work.ipynb
time=$(stat -c %Y.%i work.ipynb)
rscn export one.ipynb -o work.ipynb
is "$(stat -c %Y.%i work.ipynb)" "$time" "the same content is not written again"
(umask 027 && exec "$RSCN" export one.ipynb -o new/deep/file.ipynb)
is "$(stat -c %a new/deep/file.ipynb)" 640 "a new file by the umask, in new folders"
rscn export one.ipynb -o rssd.db
complains 1 "is the store itself" "never over the store"
rscn export one.ipynb -o -
same one.ipynb "- is standard output"
[ ! -e ./- ]
ok $? "and no file"
rscn export one.ipynb -o /dev/null
ends 0 "into a device"
"$RSCN" export one.ipynb -o /dev/stdout | cmp -s - one.ipynb
ok $? "into a pipe by name"
mkdir shut
chmod 555 shut
if is_root; then
    ok 0 "a folder that can't be written # SKIP root may"
else
    rscn export one.ipynb -o shut/x.ipynb
    complains 1 "shut/x.ipynb" "a folder that can't be written"
fi
is "$(find . -name '.rscn-*')" "" "nothing else is left"

# --- several ------------------------------------------------------------------------------------

rscn export one.ipynb odd/v3.ipynb
complains 2 "-o FOLDER/" "several to standard output"
rscn export one.ipynb odd/v3.ipynb -o one.1
complains 2 "no folder" "several into a file"
rscn export one.ipynb odd/v3.ipynb -o several
is "$(ls several | tr '\n' ' ')" "one.ipynb v3.ipynb " "several into a folder"
rscn export one.ipynb -o several/
contains "$out" "0 written, 1 unchanged" "a second time there is nothing to do"
rscn export . -o all
ends 0 "a folder"
is "$(cd all && find . -type f | sort | tr '\n' ' ')" \
    "./odd/mark.ipynb ./odd/tokens.ipynb ./odd/unknown.ipynb ./odd/v3.ipynb ./one.ipynb " \
    "with all below it"
same_files all/odd/mark.ipynb odd/mark.ipynb "byte for byte"
echo changed >all/odd/mark.ipynb
rm all/one.ipynb
rscn export odd -o all/odd
is "$status" 1 "one of a folder that has changed"
contains "$out" "0 written, 3 unchanged, 1 failed" "is counted"
is "$(cat all/odd/mark.ipynb)" changed "and stays"
mkdir -p lost/deep
cp one.ipynb lost/deep/two.ipynb
rscn import -q lost
rm -r lost
rscn export lost -o lost
ends 0 "a folder that is gone"
same_files lost/deep/two.ipynb one.ipynb "is back"
rscn rm lost/deep/two.ipynb
rm -r lost
rscn export lost -o lost
complains 1 "lost" "one of which the store has nothing"
rscn export all -o x/
complains 1 "all" "a folder with nothing of the store"
cp one.ipynb odd/one.ipynb
rscn import -q odd
rscn export one.ipynb odd/one.ipynb -o twice/
complains 1 "another notebook" "two of one name"

# --- scripts ------------------------------------------------------------------------------------

rscn export one.ipynb --to sql -o one.sql
ends 0 "--to sql"
contains "$(cat one.sql)" '-- %% tags=["t"]' "cells"
rscn import -q one.sql --name one.ipynb
rscn export one.ipynb
same one.ipynb "what was not changed in the script is the same version"
sed 's/SELECT 2/SELECT 3/' one.sql >edited.sql
rscn export one.ipynb --to sql -o one.sql
ends 0 "a script that is one of a version"
cp edited.sql one.sql
rscn export one.ipynb --to sql -o one.sql
complains 1 "--force" "a script that was edited"
rscn import -q one.sql --name one.ipynb
rscn export one.ipynb@3
contains "$out" "SELECT 3" "the edited script is a version"
contains "$out" '"id": "first"' "of the same cell"
contains "$out" '"collapsed": true' "with the metadata that a script has not"
contains "$out" '"outputs": []' "without the outputs of another text"
rscn export one.ipynb --to sql -o one.sql
ends 0 "and the script one of a version"
rscn export one.ipynb --to py
complains 1 "use --to sql" "SQL as Python"
rscn export one.ipynb --to sql --outputs none
complains 2 "--outputs" "a script has no outputs"
rscn import one.sql
contains "$out" "one.sql: version 1" "under its own name it is a notebook of its own"
rscn import one.sql
contains "$out" "unchanged" "once"
rscn status one.sql
ends 0 "and its file is unchanged"
rscn export one.sql -o from-script.ipynb
has_json "$(tr -d '\n' <from-script.ipynb)" "len(o[0]['cells']) == 2" "which comes out as a notebook"
echo 'SELECT 1' >plain.sql
rscn import plain.sql
complains 1 "no notebook" "a program is no notebook"

# --- outputs from the record ---------------------------------------------------------------------

# A file of SQL is recorded as a cell of a notebook; the same text in a notebook of that name ran there.
printf 'SELECT 1.50 AS a' >ran.sql
rscn run ran.sql
rscn run ran.sql
printf '{"cells":[{"cell_type":"code","id":"x","source":"SELECT 1.50 AS a","metadata":{"name":"ran"},"outputs":[],"execution_count":null}],"metadata":{},"nbformat":4,"nbformat_minor":5}' >ran.ipynb
rscn import -q ran.ipynb --name ran.sql
rscn export ran.sql --outputs recorded -o recorded.ipynb
has_json "$(tr -d '\n' <recorded.ipynb)" "'1.5' in str(o[0]['cells'][0]['outputs'])" \
    "what ran is there"
rscn export ran.sql --outputs recorded --at 2999-01-01
same recorded.ipynb "up to a time"
sed 's/1\.50/2/' ran.ipynb >ran2.ipynb
rscn import -q ran2.ipynb --name ran.sql
rscn export ran.sql --outputs recorded
same ran2.ipynb "another text never ran"
rscn export ran.sql@1 --outputs recorded
same recorded.ipynb "the former one did"

done_testing
