# What the tests of the scripts share. Sourced, not run.
# shellcheck shell=bash

test_dir=$(mktemp -d)
trap 'rm -rf "$test_dir"' EXIT

# expect NAME STATUS TEXT COMMAND...: the command must exit with STATUS and print TEXT (an extended
# regular expression; empty: whatever it prints).
expect() {
    local name=$1 status=$2 text=$3 got
    shift 3
    # Not with `||`: that would turn off errexit inside.
    set +e
    (
        set -e
        "$@"
    ) >"$test_dir/output" 2>&1
    got=$?
    set -e
    if [[ $got != "$status" ]] || { [[ -n $text ]] && ! grep -qE -- "$text" "$test_dir/output"; }; then
        printf 'not ok: %s\n  exit %s instead of %s, or no "%s" in:\n' "$name" "$got" "$status" "$text"
        sed 's/^/    /' "$test_dir/output"
        exit 1
    fi
    printf 'ok: %s\n' "$name"
}
