# Checks one after the other, of the scripts that try what was built; to be sourced. Needs a folder $work.
# shellcheck shell=bash

passed=0
failed=0

# expect NAME COMMAND…: one check; shows the end of what was said when it fails.
expect() {
    local name=$1
    shift
    # shellcheck disable=SC2154 # the caller's
    if "$@" >"$work/said" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        sed 's/^/        /' "$work/said" | tail -n 40
    fi
}

# finish: says "N passed, N failed", and ends the script accordingly.
finish() {
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}
