#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layer rule, over the #include lines of src/: each layer includes only what it may use, each
# library's header stands only where that library belongs, and each header compiles by itself.
set -u
SRCDIR=${SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
. "$SRCDIR/tests/tap.sh"
cd "$SRCDIR"

# LAYER: the layers it may include besides itself.
layers='
base:
model: base
store: base model
wire: base
engine: base model wire
kernel: base model store wire engine
cli: base model store wire engine kernel
'

# HEADER: the files that may include it, as shell patterns.
libraries='
czmq.h: src/wire/*.c
zmq.h: src/wire/*.c
csv.h: src/engine/csv_reader.c
sqlite3.h: src/store/* src/engine/* src/kernel/store_target.c
'

# The rest of the table's line that starts with "$2:"; fails when there is none.
entry() {
    printf '%s\n' "$1" | sed -n "s|^$2:||p" | grep ''
}

# Whether $1 matches one of the patterns after it.
matches() {
    subject=$1
    shift
    for pattern; do
        # shellcheck disable=SC2254 # a pattern it is
        case $subject in $pattern) return 0 ;; esac
    done
    return 1
}

# FILE:LINE:HEADER of every include written with $2 (a quote or an angle bracket) under $1.
includes() {
    find "$1" -name '*.[ch]' -exec grep -nH "^[[:space:]]*#[[:space:]]*include[[:space:]]*$2" {} + |
        sed 's|^\([^:]*:[0-9]*\):[^"<]*["<]\([^">]*\).*|\1:\2|' | LC_ALL=C sort -t : -k 1,1 -k 2,2n
}

set -f # the tables' patterns are for matches ()
for folder in $(find src -mindepth 1 -maxdepth 1 -type d | LC_ALL=C sort); do
    layer=${folder#src/}
    wrong=
    if allowed=$(entry "$layers" "$layer"); then
        for line in $(includes "$folder" '"'); do
            header=${line##*:}
            case $header in
            config.h | "$layer"/*) continue ;;
            */*) matches "${header%%/*}" $allowed && continue ;;
            esac
            wrong="$wrong
${line%:*}: $layer may not include \"$header\""
        done
    else
        wrong="$folder: no such layer in the table"
    fi
    none "$wrong" "$layer includes only what it may:${allowed:- nothing}"
done

wrong=
for line in $(includes src '<'); do
    header=${line##*:}
    file=${line%%:*}
    allowed=$(entry "$libraries" "$header") || continue
    matches "$file" $allowed && continue
    wrong="$wrong
${line%:*}: <$header> belongs to$allowed"
done
none "$wrong" "the libraries' headers stand only where the library belongs"

wrong=
for header in $(find src tests -name '*.h' | LC_ALL=C sort); do
    # shellcheck disable=SC2086 # lists of flags
    errors=$(${CC:-cc} -std=gnu11 -Wall -Werror -Isrc -Itests ${LAYER_CFLAGS:-} -fsyntax-only -x c \
        -include "$header" /dev/null 2>&1) || wrong="$wrong
$header:
$errors"
done
none "$wrong" "each header compiles by itself"

done_testing
