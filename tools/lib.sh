# SPDX-License-Identifier: Apache-2.0
# What tools/demo and tools/check share, sourced by them: one line per step, packages, a Python with
# what is needed, builds. Sets $top (the tree) unless a script that lies elsewhere has; nothing is
# written into the tree but build/.

top=${top:-$(cd "$(dirname "$0")/.." && pwd)}
mkdir -p "$top/build"
log=$top/build/${0##*/}.log
: >"$log"
jobs=$(nproc 2>/dev/null || echo 2)
exec </dev/null

# step TEXT COMMAND...: runs the command with its output in the log; one line with the seconds it took.
step() {
    printf '%-58s' "$1"
    step_start=$(date +%s)
    step_offset=$(wc -c <"$log")
    printf '\n==== %s\n' "$*" >>"$log"
    shift
    if "$@" >>"$log" 2>&1; then
        echo " $(($(date +%s) - step_start)) s"
    else
        echo " failed"
        return 1
    fi
}

# need TEXT COMMAND...: a step without which nothing goes on; shows why it failed.
need() {
    step "$@" && return
    show_failure
    echo "${0##*/}: \"$1\" failed; the whole output is in $log"
    give_up
}

# Shows the part of the last step's output that says what is wrong: a compiler's errors, else the end.
show_failure() {
    output=$(tail -c "+$((step_offset + 1))" "$log")
    errors=$(printf '%s\n' "$output" | grep -A 4 -E 'error: |^E: |^ERROR: |^FAIL: |\*\*\* ' | head -n 30)
    printf '%s\n' "${errors:-$(printf '%s\n' "$output" | tail -n 30)}" | sed 's/^/    /'
}

give_up() {
    exit 1
}

# --- packages ---------------------------------------------------------------------------------------

build_packages='autoconf automake gcc libc6-dev libcsv-dev libczmq-dev libjansson-dev libsodium-dev
    libsqlite3-dev libzmq3-dev make'

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt_install() {
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends "$@"
}

# packages NAME...: installs those that are missing. Elsewhere than on Debian and its kin they are
# taken to be there, and configure says what is not.
packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    missing=
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing="$missing $package"
    done
    # pkgconf's name differs between releases.
    command -v pkg-config >/dev/null || missing="$missing pkg-config"
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        echo "${0##*/}: packages are missing, and you are not root and have no sudo; as root run:"
        echo "    apt-get install --no-install-recommends$(printf ' %s' $missing)"
        give_up
    fi
    # shellcheck disable=SC2086 # a list
    need "Installing:$(shorten $missing)" apt_install $missing
}

# shorten WORD...: the first words, so that a line stays a line.
shorten() {
    if [ $# -le 3 ]; then
        echo " $*"
    else
        echo " $1 $2 $3 and $(($# - 3)) more"
    fi
}

# --- Python -----------------------------------------------------------------------------------------

# Whether $1 is a Python 3.9 or newer that can make environments.
python_is_fit() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' 2>/dev/null
}

# python_with REQUIREMENTS...: sets $python to one that has what these files list, in an environment of
# the user's cache that is kept for the next time; its name changes with the files and the Python.
python_with() {
    base=python3
    if ! python_is_fit "$base"; then
        # Another one than the distribution's may come first in PATH and not be fit.
        base=/usr/bin/python3
        python_is_fit "$base" || packages python3 python3-venv
        python_is_fit "$base" || {
            echo "${0##*/}: no Python 3.9 or newer with its venv module found" >&2
            give_up
        }
    fi
    key=$({ "$base" -c 'import sys; print(sys.version, sys.base_prefix)'; cat "$@"; } |
        sha256sum | cut -c 1-16)
    environment=${XDG_CACHE_HOME:-$HOME/.cache}/rscn/python-$key
    python=$environment/bin/python
    [ -e "$environment/complete" ] && "$python" -c '' 2>/dev/null ||
        need "Python packages of ${1#"$top"/}" make_environment "$@"
}

make_environment() {
    mkdir -p "${environment%/*}"
    (
        # Another run of these scripts may be making the same one.
        flock 9
        [ -e "$environment/complete" ] && "$python" -c '' && exit 0
        cat "$@" >"$environment.txt" &&
            "$base" -m venv --clear "$environment" &&
            "$python" -m pip install --quiet --disable-pip-version-check \
                --no-warn-script-location -r "$environment.txt" &&
            touch "$environment/complete"
    ) 9>"$environment.lock"
}

# --- builds -----------------------------------------------------------------------------------------

# configure_in FOLDER ARGUMENT...: makes configure and build/FOLDER/Makefile where they are missing
# or the arguments are others; later changes are noticed by make itself.
configure_in() {
    folder=$top/build/$1
    shift
    [ -e "$top/configure" ] && [ -e "$top/Makefile.in" ] || need "Making configure" "$top/autogen.sh"
    if [ ! -e "$folder/Makefile" ] || [ "$(cat "$folder/arguments" 2>/dev/null)" != "$*" ]; then
        # distcheck may have left folders that are read-only.
        [ ! -e "$folder" ] || chmod -R u+w "$folder"
        rm -rf "$folder"
        mkdir -p "$folder"
        # A relative path, because configure does not take one with blanks in it.
        need "Configuring build/${folder##*/}" run_in "$folder" ../../configure -q "$@"
        echo "$*" >"$folder/arguments"
    fi
}

run_in() {
    (cd "$1" && shift && exec "$@")
}

make_in() {
    folder=$top/build/$1
    shift
    make -C "$folder" -j "$jobs" "$@"
}
