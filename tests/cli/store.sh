#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stores that can't be used: every command says so in one line that names the file, ends with status
# 3, and changes nothing. And those that can only be read.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init good
echo 'CREATE TABLE t (x); INSERT INTO t VALUES (1);' >good/load.sql
rscn run good/load.sql
cp good/rssd.db "$work/whole.db"

# refused NAME FILE: every command on it.
refused() {
    for call in log 'log --json' 'ls' 'show -1' 'cat x' 'runs' 'ps' 'run good/load.sql' 'status' \
        'import good' 'mv a b' 'rm a'; do
        # shellcheck disable=SC2086 # words
        try timeout 20 "$RSCN" $call --store "$2"
        complains 3 "$(basename "$2")" "$call: $1"
    done
    try timeout 20 "$RSCN" doctor --store "$2"
    ends 1 "doctor: $1"
}

printf 'this is no database, but long enough to have a header of one hundred bytes if it were: %s' \
    'and so on and so on and so on' >text.db
mark text.db
refused "a text file" text.db
is_unchanged text.db "the text file is as it was"

head -c 5000 good/rssd.db >cut.db
mark cut.db
rscn log --store cut.db
[ "$status" -eq 3 ] && [ "$(lines "$err")" = 1 ]
ok $? "a store that was cut off"
is_unchanged cut.db "is as it was"

mkdir folder.db
refused "a folder" folder.db
mkfifo pipe.db
refused "a pipe" pipe.db
refused "a device" /dev/null
: >work.txt
refused "below a file" work.txt/rssd.db
for call in log ls 'show -1' 'cat x' runs ps status 'import good' 'mv a b' 'rm a'; do
    # shellcheck disable=SC2086 # words
    rscn $call --store missing.db
    complains 3 missing.db "$call: a missing store"
done
[ ! -e missing.db ]
ok $? "looking makes no store"
: >empty.db
mark empty.db
rscn log --store empty.db
complains 3 empty.db "an empty file"
is_unchanged empty.db "stays empty"
rscn log --store ''
[ "$status" -ge 2 ] && [ "$(lines "$err")" = 1 ]
ok $? "a store without a name"

if has_sqlite; then
    sqlite3 foreign.db 'CREATE TABLE customer (id); INSERT INTO customer VALUES (1);'
    mark foreign.db
    refused "another program's database" foreign.db
    is_unchanged foreign.db "it is as it was"
else
    ok 0 "another program's database # SKIP no sqlite3"
fi

# What plain sqlite3 shows of our tables says what they are.
if has_sqlite; then
    none "$(sqlite3 good/rssd.db "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'view') AND (
            name LIKE 'rscn%' OR name LIKE 'code_notebook%' OR name = 'assurance_schema')" |
        awk '/^CREATE (TABLE|VIEW)/ { table = $3; getline; if (!/^ *-- ./) print table }
            /^ +[a-z_]+ +(TEXT|INTEGER|VARCHAR|TIMESTAMPTZ)/ && !/ -- ./ { print table "." $1 }')" \
        "each table and column has a comment in its CREATE text"
else
    ok 0 "comments of tables and columns # SKIP no sqlite3"
fi

# to be read only
if has_unprivileged; then
    chmod 755 "$work" .
    mkdir readonly
    cp "$work/whole.db" readonly/rssd.db
    chmod 444 readonly/rssd.db
    chmod 555 readonly
    for call in log ls 'show -1' 'cat load.sql' runs ps status; do
        # shellcheck disable=SC2086 # words
        try unprivileged "$RSCN" $call --store readonly/rssd.db
        ends 0 "$call: a store that can only be read (K-24)"
    done
    try unprivileged "$RSCN" doctor --store readonly/rssd.db
    contains "$out" "journal${tab}wal" "doctor: its journal mode, though SQLite does not say"
    try unprivileged "$RSCN" run good/load.sql --store readonly/rssd.db
    complains 3 "readonly/rssd.db" "run: a store that can only be read"
    mkdir closed
    cp "$work/whole.db" closed/rssd.db
    chmod 000 closed/rssd.db
    for call in log ls 'show -1' 'cat load.sql' runs ps status; do
        # shellcheck disable=SC2086 # words
        try unprivileged "$RSCN" $call --store closed/rssd.db
        complains 3 "closed/rssd.db" "$call: a store without permission"
    done
else
    ok 0 "stores that can only be read # SKIP no unprivileged user"
fi

# in use: a statement that writes holds the lock of the store
echo 'CREATE TABLE u (x);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) INSERT INTO u SELECT max(i) FROM n;' >good/busy.sql
"$RSCN" run good/busy.sql >/dev/null 2>&1 &
pid=$!
tries=0
until "$RSCN" ps --store good/rssd.db | grep -q busy || [ $tries -ge 500 ]; do
    tries=$((tries + 1))
done
for call in log ls 'show -1' 'cat load.sql' runs ps status; do
    # shellcheck disable=SC2086 # words
    try timeout 20 "$RSCN" $call --store good/rssd.db
    ends 0 "$call: while a cell writes"
done
kill -INT $pid
wait $pid
is "$?" 130 "the cell is interrupted"

done_testing
