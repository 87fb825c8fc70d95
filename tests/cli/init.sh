#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn init: makes a store, and never touches what is there.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

rscn init
ends 0 "in the working directory"
is "$out" "Made the store $PWD/rssd.db" "says where"
is "$(stat -c %a rssd.db)" 600 "for its owner alone"
is "$(ls -A | tr '\n' ' ' | sed 's/rssd.db-lock //')" "rssd.db " "whole in its one file"
mark rssd.db
rscn init
complains 1 "$PWD/rssd.db" "a store that is there"
is_unchanged rssd.db "is left as it is"

rscn init 'new/fol der/ü'
ends 0 "folders are made"
[ -f 'new/fol der/ü/rssd.db' ]
ok $? "the store is in there"
(umask 0 && "$RSCN" init open >/dev/null)
is "$(stat -c %a open/rssd.db)" 600 "whatever the umask"

mkdir foreign
echo 'not a database' >foreign/rssd.db
mark foreign/rssd.db
rscn init foreign
[ "$status" -ne 0 ]
ok $? "another file of that name is no store"
is "$(lines "$err")" 1 "it is said in one line"
is_unchanged foreign/rssd.db "it is left as it is"
contains "$err" "name another" "and what to do is not what was just done"
mkdir linked
ln -s "$work/nowhere/rssd.db" linked/rssd.db
rscn init linked
complains 3 "is a link to a file that is not there" "a link to nothing"
cd linked || exit 99
rscn ls
complains 3 "linked/rssd.db" "it is not passed over for a store above"
cd ..
[ ! -e "$work/nowhere" ] && [ -h linked/rssd.db ]
ok $? "it is left as it is"
for i in 1 2 3 4 5 6; do
    "$RSCN" init at-once >"at-once-$i" 2>&1 &
done
wait
is "$(cat at-once-? | grep -c '^Made the store')" 1 "of several at once one makes the store"
is "$(cat at-once-? | grep -c 'is a store already')" 5 "and the others say that it is there"
mkdir -p dir/rssd.db
rscn init dir
[ "$status" -ne 0 ]
ok $? "a folder of that name is no store"
: >file
rscn init file
complains 1 "file" "a file is no folder"
if has_unprivileged; then
    mkdir closed
    chmod 555 closed "$work" .
    try unprivileged "$RSCN" init closed
    complains 3 "closed" "a folder without permission"
    chmod 755 .
else
    ok 0 "a folder without permission # SKIP no unprivileged user"
fi

# found from below, by the environment, by the option
mkdir -p below/deep
cd below/deep || exit 99
rscn --version --verbose
contains "$out" "$work/here/rssd.db" "the nearest store above is found"
try env RSCN_STORE="$work/here/open/rssd.db" "$RSCN" log
ends 0 "RSCN_STORE"
try env RSCN_STORE="$work/nothing.db" "$RSCN" log --store "$work/here/open/rssd.db"
ends 0 "--store outranks RSCN_STORE"

done_testing
