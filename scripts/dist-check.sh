#!/usr/bin/env bash
# Checks a released program: depends on nothing, starts, answers, survives a panic, resolves a name, fits.
# Says "N passed, N failed" at its end.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/program.sh
. scripts/expect.sh

program=$(realpath "${1:?usage: scripts/dist-check.sh PROGRAM}")
most_bytes=30000000
work=$(mktemp -d "${TMPDIR:-/tmp}/snug-dist.XXXXXX")
node=
# one word or none, so it stands without quotes
emulator=$(emulator_for "$program") || exit 1
if [ -n "$emulator" ]; then need_packages qemu-user-static; fi
trap 'if [ -n "$node" ]; then kill "$node" 2>/dev/null; fi; rm -rf "$work"' EXIT

depends_on_nothing() {
    local headers
    headers=$(readelf -ld "$program") || return 1
    echo "$headers"
    ! grep -qE 'NEEDED|INTERP' <<<"$headers"
}
fits() { [ "$(stat -c %s "$program")" -lt "$most_bytes" ]; }
survives_a_panic() { [ "$($emulator "$program" self-test panic 2>/dev/null)" = caught ]; }
resolves_a_name() { $emulator "$program" self-test resolve localhost; }
runs_without_any_file() {
    # nothing but the program: no libraries, no resolver's configuration, no certificates
    mkdir -p "$work/bare" && cp "$program" "$work/bare/snug" && chroot "$work/bare" /snug --version
}
starts() {
    $emulator "$program" --data "$work/instance" --listen 127.0.0.1:0 --json >"$work/greeting" 2>"$work/log" &
    node=$!
    for _ in $(seq 1200); do
        [ -s "$work/greeting" ] && return 0
        kill -0 "$node" || break
        sleep 0.05
    done
    cat "$work/log"
    return 1
}
answers() {
    local url
    url=$(grep -oE 'https://localhost:[0-9]+' "$work/greeting" | head -n 1)
    [ "$(curl -sS --cacert "$work/instance/tls/ca.crt" "$url/healthz")" = ok ] &&
        curl -sSf --cacert "$work/instance/tls/ca.crt" "$url/readyz" &&
        curl -sSf --cacert "$work/instance/tls/ca.crt" "$url/" | grep -q '<script'
}
stops() { kill "$node" && wait "$node" && node=; }
snug() { $emulator "$program" --data "$work/instance" "$@"; }
# with what the encryption, the database and the socket need of the machine
people_talk() {
    local url fingerprint password="a long enough password" places="--client-dir $work/devices --profile"
    url=$(grep -oE 'https://localhost:[0-9]+' "$work/greeting" | head -n 1)
    fingerprint=$(sed -n 's/.*"fingerprint":"\([^"]*\)".*/\1/p' "$work/greeting")
    # shellcheck disable=SC2086 # several words
    for person in ann bob; do
        echo "$password" | snug user add "$person" --password-stdin &&
            echo "$password" | snug login "$url" "$person" --key-file --fingerprint "$fingerprint" $places "$person" || return 1
    done
    # shellcheck disable=SC2086
    snug send @bob "through the sealed letter box" $places ann && snug tail @ann --once $places bob | grep "through the sealed letter box"
}

expect "depends on no other file" depends_on_nothing
expect "is smaller than 30 MB" fits
expect "catches a panic" survives_a_panic
expect "resolves a name" resolves_a_name
[ -z "$emulator" ] && [ "$(id -u)" -eq 0 ] && expect "runs where there is nothing else" runs_without_any_file
expect "starts" starts
expect "answers over HTTPS, with its web UI" answers
expect "carries a sealed message" people_talk
expect "stops when told to" stops

finish
