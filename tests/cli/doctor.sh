#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn doctor: finds what is wrong and says how to mend it.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

# finding SUBJECT: the line about it.
finding() {
    printf '%s\n' "$out" | awk -F "$tab" -v subject="$1" '$2 == subject' | head -n 1
}

rscn init
rscn doctor
ends 1 "no kernel is installed: something is wrong"
contains "$(finding kernel)" "rscn install" "it says how to mend that"
is "$(printf '%s\n' "$out" | head -n 1 | tr "$tab" ' ')" "finding subject what what_to_do" \
    "its header"
rscn install
rscn doctor
ends 0 "all is well"
none "$(printf '%s\n' "$out" | grep ^wrong)" "nothing is wrong"
for subject in program store permissions schema integrity notebooks journal 'in flight' 'file system' \
    sqlite kernel jupyter; do
    [ -n "$(finding "$subject")" ]
    ok $? "it says something about $subject"
done
contains "$(finding sqlite)" "version 3." "the version of SQLite"
contains "$(finding store)" "$PWD/rssd.db" "which store"
contains "$(finding integrity)" "quick check passed" "integrity"

chmod 644 rssd.db
rscn doctor
contains "$(finding permissions)" "note" "a record that everybody may read"
chmod 600 rssd.db

# kernels
spec=$HOME/.local/share/jupyter/kernels/rscn/kernel.json
cp "$spec" "$work/spec"
sed 's|"[^"]*/rscn",|"/nowhere/rscn",|' "$work/spec" >"$spec"
rscn doctor
ends 1 "a kernel whose program is gone"
contains "$(finding kernel)" "/nowhere/rscn is not there" "is named"
mkdir "$work/old"
printf '#!/bin/sh\necho rscn 0.0.1\n' >"$work/old/rscn"
chmod 755 "$work/old/rscn"
sed "s|\"[^\"]*/rscn\",|\"$work/old/rscn\",|" "$work/spec" >"$spec"
rscn doctor
ends 1 "a kernel of another version"
contains "$(finding kernel)" "0.0.1" "is named"
cp "$work/spec" "$spec"

# the store
echo 'SELECT 1;' >a.sql
rscn run a.sql
rscn doctor
contains "$(finding record)" "1 executions of 1 notebooks" "what is in it"
rscn doctor --store nowhere.db
ends 1 "a missing store"
contains "$(finding store)" "nowhere.db" "is named"
echo garbage >garbage.db
rscn doctor --store garbage.db
ends 1 "a file that is no store"
contains "$(finding store)" "garbage.db" "is named"
if has_sqlite; then
    long=$(printf '%01500d' 7)
    printf '{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": "SELECT 1",
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "%s"}]}],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5}' "$long" >whole.ipynb
    rscn import whole.ipynb
    rscn doctor
    contains "$(finding notebooks)" "those that were taken in" "the bytes of notebook files are checked"
    cp rssd.db kept.db
    sqlite3 kept.db "DROP TRIGGER rscn_content_no_update; UPDATE rscn_content SET bytes = CAST('\"other\"' AS BLOB);"
    rscn doctor --store kept.db
    ends 1 "an output of a file that somebody changed"
    contains "$(finding notebooks)" "2 of 2" "is found, and the version that has it"
    sqlite3 rssd.db 'CREATE TABLE big (x);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 500)
        INSERT INTO big SELECT hex(randomblob(500)) FROM n;'
    sqlite3 rssd.db 'PRAGMA wal_checkpoint(TRUNCATE);' >/dev/null
    size=$(stat -c %s rssd.db)
    head -c 4000 /dev/zero | tr '\0' X |
        dd of=rssd.db bs=1 seek=$((size - 8192)) conv=notrunc 2>/dev/null
    rscn doctor
    ends 1 "a damaged page"
    contains "$(finding integrity)" wrong "is found"
else
    ok 0 "a damaged page # SKIP no sqlite3"
fi
rm -f rssd.db rssd.db-*
(cd "$work" && "$RSCN" doctor) >"$work/out" 2>&1
status=$? out=$(cat "$work/out") err=
ends 0 "no store yet is nothing wrong"
contains "$(finding store)" "not made yet" "it is said"

done_testing
