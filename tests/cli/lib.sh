# SPDX-License-Identifier: Apache-2.0
# What the tests of the commands share, sourced by them: the harness, and a folder of its own with a
# home of its own, removed at the end. The test runs inside it.
set -u
: "${RSCN:?names the program to test}"
SRCDIR=${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/tap.sh
. "$SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
work=$(cd "$work" && pwd -P)
clean_up() {
    cd /
    chmod -R u+rwX "$work"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM
unset RSCN_STORE RSCN_NOTEBOOK RSCN_LOG XDG_DATA_HOME JUPYTER_DATA_DIR JUPYTER_PATH VIRTUAL_ENV \
    CONDA_PREFIX NO_COLOR PAGER LESS COLUMNS
HOME=$work/home TERM=dumb TZ=UTC
export HOME TERM TZ
mkdir "$HOME" "$work/here"
cd "$work/here" || exit 99
tab=$(printf '\t')

# try COMMAND...: runs it; afterwards $status, $out and $err are what came.
try() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(cat "$work/out")
    err=$(cat "$work/err")
}

# rscn ARGUMENT...: the program, with try.
rscn() {
    try "$RSCN" "$@"
}

# lines TEXT: how many lines it has.
lines() {
    if [ -z "$1" ]; then
        echo 0
    else
        printf '%s\n' "$1" | wc -l | tr -d ' '
    fi
}

# ends STATUS NAME: passed when the last try ended with this status; shows its messages if not.
ends() {
    is "$status" "$1" "$2"
    [ "$status" = "$1" ] || diag "$err"
}

# complains STATUS PART NAME: passed when the last try ended with this status and said one line
# `rscn: … PART …` on standard error.
complains() {
    if [ "$status" = "$1" ] && [ "$(lines "$err")" = 1 ]; then
        contains "$err" "$2" "$3"
        case $err in
        "rscn: "*) ;;
        *) ok 1 "$3: begins with the program's name" ;;
        esac
    else
        ok 1 "$3"
        diag "status $status (expected $1): $err"
    fi
}

# has_json TEXT EXPRESSION NAME: passed when Python, if there is one, finds the expression true of
# the objects, one per line, in the list o. Skipped without Python.
has_json() {
    python=${RSCN_PYTHON:-$(command -v python3)} || python=
    if [ -z "$python" ] || ! "$python" -c '' 2>/dev/null; then
        ok 0 "$3 # SKIP no python3"
        return
    fi
    printf '%s\n' "$1" | "$python" -c '
import json, sys
o = [json.loads(line) for line in sys.stdin if line.strip()]
sys.exit(not eval("(" + sys.argv[1] + ")"))' "$2" 2>"$work/python"
    if ok $? "$3"; then :; fi
    case $(tail -n 1 "$work/python") in
    ?*) diag "$(tail -n 3 "$work/python")" ;;
    esac
}

# Root may read and write everything: tests of permissions need another user.
is_root() {
    [ "$(id -u)" -eq 0 ]
}

# unprivileged COMMAND...: as a user whom permissions bind: this one, or nobody when this is root.
if is_root; then
    unprivileged() {
        setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
    }
else
    unprivileged() {
        "$@"
    }
fi
# Whether that user can run the program at all.
has_unprivileged() {
    unprivileged "$RSCN" --version >/dev/null 2>&1
}

# on_terminal WIDTH COMMAND...: like try, on a terminal of that width; $out is what it would show,
# without carriage returns. Returns 1 when there is no Python for it.
on_terminal() {
    python=${RSCN_PYTHON:-$(command -v python3)} || python=
    [ -n "$python" ] && "$python" -c 'import pty' 2>/dev/null || return 1
    width=$1
    shift
    "$python" -c '
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    shown += part
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.flush()
sys.exit(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))' "$width" "$@" \
        >"$work/out" 2>"$work/err"
    status=$?
    out=$(cat "$work/out")
    err=$(cat "$work/err")
}

# Whether a file has changed since mark FILE was said.
mark() {
    marked=$(cksum "$1")
}
is_unchanged() {
    is "$(cksum "$1")" "$marked" "$2"
}

has_sqlite() {
    command -v sqlite3 >/dev/null
}
