#!/usr/bin/env bash
# Runs every check and test there is, and ends in one line: "N passed, N failed". Installs what is missing first.
# The whole output of each stage is kept in artifacts/test/. `scripts/test.sh rust web` runs only some groups of stages.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/postgres.sh

# Debian's own, which has Debian's packages
python=/usr/bin/python3
logs=artifacts/test
mkdir -p "$logs"
passed=0
failed=0
skipped=0
begun=$SECONDS
groups=${*:-"web rust journeys packages"}
# the stages below build the web UI themselves
export SNUG_SKIP_UI=1 CARGO_TERM_COLOR=never CI=${CI:-1}

wanted() { [[ " $groups " == *" $1 "* ]]; }

# report NAME SECONDS PASSED FAILED: one line per stage; shows the log of a stage that failed.
report() {
    passed=$((passed + $3))
    failed=$((failed + $4))
    printf '%-34s %4d s  %5d passed %4d failed\n' "$1" "$2" "$3" "$4"
    if [ "$4" -gt 0 ]; then
        sed 's/^/    | /' "$logs/$1.log" | tail -n 80
    fi
}

# check NAME COMMAND…: a stage that passes or fails as a whole.
check() {
    local name=$1 start=$SECONDS
    shift
    if "$@" >"$logs/$name.log" 2>&1; then report "$name" $((SECONDS - start)) 1 0; else report "$name" $((SECONDS - start)) 0 1; fi
}

# suite NAME COMMAND…: a stage that says how many of its tests passed and failed. One that fails without saying so,
# or that ran no test, counts as one failure.
suite() {
    local name=$1 start=$SECONDS ok=0 bad=0 status
    shift
    "$@" >"$logs/$name.log" 2>&1
    status=$?
    # nextest: "Summary … 9 tests run: 8 passed (1 slow), 1 failed"; cargo test: "test result: ok. 8 passed; 1 failed";
    # vitest: "Tests  1 failed | 8 passed (9)"; journeys: "8 passed, 1 failed"
    local lines
    lines=$(sed 's/\x1b\[[0-9;]*m//g' "$logs/$name.log" | grep -E '^ *Summary .* tests? run:|^test result:|^ *Tests  |^[0-9]+ passed, [0-9]+ failed')
    ok=$(grep -oE '[0-9]+ passed' <<<"$lines" | awk '{ n += $1 } END { print n + 0 }')
    bad=$(grep -oE '[0-9]+ (failed|timed out)' <<<"$lines" | awk '{ n += $1 } END { print n + 0 }')
    if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$ok" -eq 0 ]; }; then bad=1; fi
    report "$name" $((SECONDS - start)) "$ok" "$bad"
}

# skip NAME WHY: a stage that can't be run here, said where nobody overlooks it.
skip() {
    skipped=$((skipped + 1))
    printf '%-34s SKIPPED: %s\n' "$1" "$2"
}

install_packages() {
    local missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    command -v chromium-headless-shell >/dev/null || missing+=(chromium-headless-shell)
    command -v pebble >/dev/null || missing+=(pebble)
    for proxy in nginx caddy haproxy; do
        PATH=$PATH:/usr/sbin command -v "$proxy" >/dev/null || missing+=("$proxy")
    done
    find_postgres >/dev/null || missing+=(postgresql)
    "$python" -c 'import aiosmtpd, argon2, cryptography, prometheus_client' 2>/dev/null || missing+=(python3 python3-aiosmtpd python3-argon2 python3-cryptography python3-prometheus-client)
    [ ${#missing[@]} -eq 0 ] && return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "Install these packages first: ${missing[*]}"; return 1; }
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null || { echo "Install these programs first: ${missing[*]}"; return 1; }
    "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

web() { (cd web-ui && npm run --silent "$@"); }
# not `npm ci`: it refuses a lock file without the optional packages of platforms that a registry doesn't carry
npm_install() { (cd web-ui && npm install --no-save --no-audit --no-fund); }

# Tests wait for processes and disks more than they compute.
at_once=$(($(nproc) * 2))

# rust_tests: everything, with nextest where it is installed.
rust_tests() {
    if command -v cargo-nextest >/dev/null; then
        cargo nextest run --test-threads "$at_once" --workspace --no-fail-fast --status-level fail --final-status-level fail "$@"
    else
        cargo test --workspace --no-fail-fast --lib --bins --tests "$@"
    fi
}

# The same tests that need a node, on PostgreSQL. Left out are those that ask nothing of the database that the others do not (the terminal
# client alone, certificates, framing), and those of commands, the check-up, upgrades, kills, sealing and buckets, which work on data folders with SQLite anyway.
postgres_tests() {
    local skip="" group
    for group in hostile soak stories terminal acme proxies tls framing tidy cli upgrades crash kills doctor rename limits leaks sealed_database backup_s3; do skip+=" --skip $group::"; done
    start_postgres || return 1
    trap stop_postgres RETURN
    # shellcheck disable=SC2086 # several words
    if command -v cargo-nextest >/dev/null; then
        SNUG_TEST_POSTGRES=$POSTGRES_URL cargo nextest run --test-threads "$at_once" --no-fail-fast --status-level fail --final-status-level fail --workspace --test it -- $skip
    else
        SNUG_TEST_POSTGRES=$POSTGRES_URL cargo test --no-fail-fast --workspace --test it -- $skip
    fi
}

# Everything always with the whole workspace: with fewer packages cargo takes fewer features, and builds most of it once more.
build() { cargo build --workspace --all-targets; }

# quick_bench: every step of the bench in small, beside other tests; says nothing about speed.
quick_bench() {
    timeout 600 target/debug/snug_bench --quick --binary target/debug/snug --output "$logs/bench" --data target/bench-quick
}

# ended PID LOG: shows what it said and answers as it did.
ended() {
    local status=0
    wait "$1" || status=$?
    cat "$2"
    return "$status"
}

bench=
trap 'stop_postgres; [ -z "$bench" ] || kill "$bench" 2>/dev/null' EXIT
check "packages" install_packages
if [ ! -f web-ui/node_modules/.package-lock.json ] || [ web-ui/package-lock.json -nt web-ui/node_modules/.package-lock.json ]; then
    check "web packages" npm_install
fi
if wanted web; then
    check "web lint" web lint
    check "web types" web typecheck
    suite "web unit tests" web test
fi
if wanted web || wanted journeys; then
    check "web build" web build
    check "web size" web size
fi
if wanted rust; then
    check "formatting" cargo fmt --all --check
    check "lints" cargo clippy --workspace --all-targets -- -D warnings
    suite "unit and API tests, SQLite" rust_tests
    check "debug build" build
    quick_bench >"$logs/bench.log" 2>&1 &
    bench=$!
    suite "API tests, PostgreSQL" postgres_tests
    check "bench, in small" ended "$bench" "$logs/bench.log"
    # another implementation, in another language, of what both cores compute
    check "oracle of the encryption" "$python" src/crypto/oracle/verify.py
fi
if { wanted journeys || wanted packages; } && ! wanted rust; then check "debug build" build; fi
if wanted journeys; then
    SNUG_BINARY=$PWD/target/debug/snug suite "browser journeys" web e2e
fi

if wanted packages; then
    name="package, in a fresh Debian"
    if ! command -v apt-get >/dev/null; then
        skip "$name" "only Debian makes and tries Debian packages"
    elif [ "$(id -u)" -ne 0 ]; then
        skip "$name" "needs root: sudo scripts/package-test.sh target/debug/snug"
    else
        suite "$name" timeout --kill-after=30 900 scripts/package-test.sh target/debug/snug
    fi
fi

printf '\n%d min %02d s\n%d passed, %d failed' $(((SECONDS - begun) / 60)) $(((SECONDS - begun) % 60)) "$passed" "$failed"
if [ "$skipped" -gt 0 ]; then printf ', %d skipped' "$skipped"; fi
printf '\n'
[ "$failed" -eq 0 ]
