#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rscn install and uninstall: where the kernelspec goes, what stands in it, what is never touched.
. "${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/cli/lib.sh"

user=$HOME/.local/share/jupyter/kernels/rscn
rscn install
ends 0 "install"
is "$out" "Installed the kernel \"SQL (rscn)\" in $user" "says where"
spec=$(tr -d '\n' <"$user/kernel.json")
real=$(readlink -f "$RSCN")
has_json "$spec" "o[0]['argv'] == ['$real', 'kernel', '-f', '{connection_file}']" \
    "argv is the absolute path of the program and the connection file (J-79)"
has_json "$spec" "o[0]['display_name'] == 'SQL (rscn)' and o[0]['language'] == 'sql'" "its names"
has_json "$spec" "o[0]['interrupt_mode'] == 'message'" "interrupts come as messages (BD-38)"
has_json "$spec" "set(o[0]) == {'argv', 'display_name', 'language', 'interrupt_mode', 'metadata'}" \
    "what is ours stands under metadata (BD-39)"
for logo in logo-32x32.png logo-64x64.png logo-svg.svg; do
    cmp -s "$user/$logo" "$SRCDIR/kernelspec/$logo"
    ok $? "$logo is the one of the source"
done
is "$(ls "$user" | tr '\n' ' ')" "kernel.json logo-32x32.png logo-64x64.png logo-svg.svg " \
    "nothing else is in the folder"
rscn install --user
ends 0 "again"
rscn uninstall --user
ends 0 "uninstall"
contains "$out" "$user" "says where it was"
[ ! -e "$user" ]
ok $? "the folder is gone"
rscn uninstall
complains 1 "no kernel is installed there" "uninstall again"

# places
JUPYTER_DATA_DIR=$work/data
export JUPYTER_DATA_DIR
rscn install
[ -f "$work/data/kernels/rscn/kernel.json" ]
ok $? "JUPYTER_DATA_DIR is honoured"
rscn uninstall
ends 0 "also by uninstall"
unset JUPYTER_DATA_DIR
try env XDG_DATA_HOME="$work/xdg" "$RSCN" install
[ -f "$work/xdg/jupyter/kernels/rscn/kernel.json" ]
ok $? "and XDG_DATA_HOME, as Jupyter does"
rscn install --prefix "$work/pre fix"
[ -f "$work/pre fix/share/jupyter/kernels/rscn/kernel.json" ]
ok $? "--prefix"
rscn uninstall --prefix "$work/pre fix"
ends 0 "uninstall --prefix"
rscn install --sys-prefix
complains 1 "no environment is active" "--sys-prefix without an environment"
try env VIRTUAL_ENV="$work/venv" "$RSCN" install --sys-prefix
[ -f "$work/venv/share/jupyter/kernels/rscn/kernel.json" ]
ok $? "--sys-prefix in a virtual environment"
try env CONDA_PREFIX="$work/conda" "$RSCN" install --sys-prefix
[ -f "$work/conda/share/jupyter/kernels/rscn/kernel.json" ]
ok $? "--sys-prefix in a conda environment"
rscn install --user --sys-prefix
complains 2 "only one of" "two places at once"
rscn install --prefix ''
complains 2 "--prefix is empty" "an empty prefix"

# names
rscn install --name Audit --display-name 'Prüfung "A"' --store ../audit.db
ends 0 "--name, --display-name, --store"
spec=$(tr -d '\n' <"${user%/*}/audit/kernel.json")
has_json "$spec" "o[0]['argv'][4:] == ['--store', '$work/audit.db']" "the store's path is absolute"
has_json "$spec" "o[0]['display_name'] == 'Pr\\u00fcfung \"A\"'" "any display name"
rscn install --name other
contains "$out" 'SQL (other)' "another name is shown by default"
for name in '' . .. a/b 'a b' ../x "$(printf 'a\nb')" é; do
    rscn install --name "$name"
    ends 2 "no kernel can be called '$(printf '%s' "$name" | tr '\n' ' ')'"
done
rscn install --display-name ''
complains 2 "--display-name is empty" "an empty display name"

# what belongs to others
mkdir -p "$user"
echo '{"argv": ["python3", "-m", "x", "-f", "{connection_file}"], "display_name": "X"}' \
    >"$user/kernel.json"
echo 'define(1)' >"$user/kernel.js"
before=$(cat "$user/kernel.json")
rscn install
complains 1 "another program" "another program's kernel is not overwritten"
is "$(cat "$user/kernel.json")" "$before" "it is as it was"
rscn uninstall
complains 1 "another program" "and not removed"
is "$(cat "$user/kernel.json")" "$before" "it is still as it was"
rscn install --replace
ends 0 "--replace"
[ ! -e "$user/kernel.js" ]
ok $? "nothing of the other one is left"
echo mine >"$user/notes.txt"
rscn uninstall
complains 1 "folder is not" "a file of the user in the folder is kept, and it is said"
[ -f "$user/notes.txt" ] && [ ! -e "$user/kernel.json" ]
ok $? "the kernel itself is gone"
rm "$user/notes.txt"
echo '{' >"$user/kernel.json"
rscn install
complains 1 "another program" "a damaged kernel.json is not overwritten"
rm "$user/kernel.json"
rscn install
ends 0 "an empty folder is used"

# what `make install` wrote has no metadata
echo '{"argv": ["/usr/bin/rscn", "kernel", "-f", "{connection_file}"], "display_name": "SQL"}' \
    >"$user/kernel.json"
rscn install
ends 0 "a kernelspec of make install is ours"

: >"$work/file"
rscn install --prefix "$work/file"
complains 1 "$work/file" "a prefix that is a file"
(
    unset HOME
    "$RSCN" install --prefix "$work/homeless"
) >"$work/out" 2>&1
ok $? "without HOME a prefix will do"
if has_unprivileged; then
    chmod 755 "$work"
    mkdir -m 555 "$work/closed"
    try unprivileged "$RSCN" install --prefix "$work/closed/deep"
    complains 1 "$work/closed" "a folder without permission"
else
    ok 0 "a folder without permission # SKIP no unprivileged user"
fi

done_testing
