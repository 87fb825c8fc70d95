# SPDX-License-Identifier: Apache-2.0
# The shell tests' harness, sourced: each check prints one line of TAP, done_testing the plan. Checks
# return 0 whether they pass or not, so that a test under `set -e` goes on.

tap_count=0
tap_failures=0

# ok STATUS NAME: passed when STATUS is 0.   some_command; ok $? "it works"
ok() {
    tap_count=$((tap_count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_count - $2"
    else
        tap_failures=$((tap_failures + 1))
        echo "not ok $tap_count - $2"
    fi
}

# diag TEXT: lines for people, which TAP readers ignore.
diag() {
    printf '%s\n' "$1" | sed 's/^/# /'
}

# is GOT EXPECTED NAME: passed when both texts are equal.
is() {
    if [ "$1" = "$2" ]; then
        ok 0 "$3"
    else
        ok 1 "$3"
        diag "     got: $1"
        diag "expected: $2"
    fi
}

# contains TEXT PART NAME: passed when PART stands in TEXT.
contains() {
    case $1 in
    *"$2"*) ok 0 "$3" ;;
    *)
        ok 1 "$3"
        diag "     got: $1"
        diag "expected: … $2 …"
        ;;
    esac
}

# none FOUND NAME: passed when a search found nothing, else shows what.
none() {
    if [ -z "$1" ]; then
        ok 0 "$2"
    else
        ok 1 "$2"
        diag "${1#
}"
    fi
}

# skip_all REASON: ends the test as skipped.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# done_testing: prints the plan and ends with the status.
done_testing() {
    echo "1..$tap_count"
    [ "$tap_failures" -eq 0 ]
    exit
}
