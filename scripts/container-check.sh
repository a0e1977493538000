#!/usr/bin/env bash
# Builds the container image of the released program in dist/ and runs what is in it: as its user, read-only but for the data
# folder. Needs root; there is no container engine involved but buildah. Says "N passed, N failed" at its end.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/program.sh
. scripts/expect.sh

# what is mounted here goes with the script
[ -n "${SNUG_OWN_MOUNTS:-}" ] || SNUG_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
machine=$(uname -m)
work=$(mktemp -d "${TMPDIR:-/tmp}/snug-container.XXXXXX")
node=

buildah() { command buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs "$@"; }
clean_up() {
    if [ -n "$node" ]; then kill "$node" 2>/dev/null; fi
    buildah rm --all >/dev/null 2>&1
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT

builds() {
    buildah build --isolation chroot --format docker --build-arg "MACHINE=$machine" -f packaging/container/Containerfile -t snug . || return 1
    container=$(buildah from localhost/snug) && image=$(buildah mount "$container") &&
        user=$(buildah inspect --type image --format '{{.OCIv1.Config.User}}' localhost/snug)
}
holds_nothing_else() {
    find "$image" -type f
    [ "$(find "$image" -type f | wc -l)" -eq 2 ] && [ -x "$image/snug" ] && [ -f "$image/data/.keep" ]
}
# as_user COMMAND…: becomes the command, in the image, as its user, with its environment
as_user() {
    exec env -i SNUG_NODE_DATA=/data SNUG_NODE_LISTEN=127.0.0.1:0 /usr/sbin/chroot --userspec="$user" --groups= "$image" "$@"
}
starts() {
    mount --bind "$image" "$image" && mkdir "$work/data" && chown 65532:65532 "$work/data" && mount --bind "$work/data" "$image/data" &&
        mount -o remount,bind,ro "$image" || return 1
    as_user /snug serve >"$work/greeting" 2>"$work/log" &
    node=$!
    for _ in $(seq 200); do
        grep -q /setup/ "$work/greeting" && return 0
        sleep 0.1
    done
    cat "$work/greeting" "$work/log"
    return 1
}
is_healthy() { (as_user /snug status --running); }
is_not_healthy() { ! (as_user /snug status --running) >"$work/health" 2>&1 && grep "No node is running on /data" "$work/health"; }
stops() { kill "$node" && wait "$node" && node=; }

need_packages buildah >"$work/packages" 2>&1 || { cat "$work/packages"; exit 1; }
expect "the image is built" builds
if [ "$failed" -eq 0 ]; then
    expect "it holds the program and nothing else" holds_nothing_else
    expect "it is not healthy before it runs" is_not_healthy
    expect "it starts as its user, and can write to the data folder only" starts
    expect "it is healthy" is_healthy
    expect "it stops when told to" stops
fi
finish
