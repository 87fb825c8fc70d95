#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What tools/lib.sh does where a machine is not as it should be.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

# A machine without sudo, where apt has everything to install.
mkdir bin
for program in date id mkdir nproc printf sed tail wc; do
    ln -s "$(command -v "$program")" "bin/$program"
done
printf '#!/bin/sh\nexit 1\n' >bin/dpkg-query
printf '#!/bin/sh\necho "$@" >>apt-was-called\n' >bin/apt-get
chmod 755 bin/dpkg-query bin/apt-get
cat >demo <<'END'
. "$LIB"
packages gcc libczmq-dev
echo "went on"
END
if has_unprivileged; then
    mkdir tree
    chmod 777 tree
    chmod 755 "$work" .
    cp "$SRCDIR/tools/lib.sh" .
    chmod 644 lib.sh demo
    shell=$(command -v sh)
    try unprivileged env PATH="$PWD/bin" top="$PWD/tree" LIB="$PWD/lib.sh" "$shell" "$PWD/demo"
    ends 1 "packages are missing, neither root nor sudo"
    contains "$out" "apt-get install --no-install-recommends gcc libczmq-dev" "says what to run as root"
    [ ! -e apt-was-called ]
    ok $? "and tries nothing"
else
    ok 0 "neither root nor sudo # SKIP no unprivileged user"
fi

# configure takes no path with blanks in it, unless it is a relative one.
mkdir 'a tree'
printf '#!/bin/sh\necho "$0 $*" >called\n' >'a tree/configure'
chmod 755 'a tree/configure'
: >'a tree/Makefile.in'
try env top="$PWD/a tree" LIB="$SRCDIR/tools/lib.sh" sh -c '. "$LIB"; configure_in demo CFLAGS=-O2'
ends 0 "a tree with a blank in its name"
is "$(cat 'a tree/build/demo/called')" "../../configure -q CFLAGS=-O2" "is configured by a relative path"

done_testing
