#!/usr/bin/env bash
# Checks the Debian package of a built program: in a fresh Debian it is installed, runs as its unit says, keeps what people wrote
# when it is upgraded and removed, and goes without a trace when it is told to. A program for another machine gets a Debian for that one,
# under qemu. Needs root. Says "N passed, N failed" at its end.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/program.sh
. scripts/expect.sh

# what is mounted here goes with the script
[ -n "${SNUG_OWN_MOUNTS:-}" ] || SNUG_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
program=$(realpath "${1:?usage: scripts/package-test.sh PROGRAM [RELEASE OF DEBIAN]}")
release=${2:-trixie}
work=$(mktemp -d "${TMPDIR:-/tmp}/snug-package.XXXXXX")
root=$work/system
node=
# tenths of a second that a start may take
patience=200
password="a long enough password"

clean_up() {
    if [ -n "$node" ]; then kill "$node" 2>/dev/null; fi
    umount "$root/proc" 2>/dev/null
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT

in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root "$@"; }
apt() { in_root apt-get -q -y --no-install-recommends -o APT::Sandbox::User=root "$@"; }

# --- the package itself

make_packages() {
    # quickly rather than small
    export DPKG_DEB_COMPRESSOR_TYPE=gzip DPKG_DEB_COMPRESSOR_LEVEL=1
    scripts/release-tree.sh "$program" "$work/tree" && mkdir "$work/out" || return 1
    first=$(scripts/deb.sh "$work/tree" "$work/out" 1) && second=$(scripts/deb.sh "$work/tree" "$work/out" 2)
}
lintian_is_content() { lintian --fail-on error,warning,info --display-info --tag-display-limit 0 --allow-root "$first"; }
# unit_is_valid: what systemd thinks of the unit. It counts from 0 (closed) to 100 (open); more than 15 would mean that something was opened.
unit_is_valid() {
    mkdir -p "$work/unit/etc/systemd/system"
    # systemd wants the program to be there; this machine has none
    sed 's#^ExecStart=.*#ExecStart=/bin/true#' "$root/$unit" >"$work/unit/snug.service"
    cp "$root/$unit" "$work/unit/etc/systemd/system/"
    systemd-analyze verify --man=no "$work/unit/snug.service" &&
        systemd-analyze security --no-pager --offline=true --threshold=15 --root="$work/unit" snug.service
}
has_manual_and_completions() {
    zcat "$root/usr/share/man/man1/snug-user-add.1.gz" | grep -q 'password' &&
        [ "$(find "$root/usr/share/man/man1" -name 'snug*.1.gz' | wc -l)" -gt 20 ] &&
        bash -n "$root/usr/share/bash-completion/completions/snug" &&
        grep -q '#compdef snug' "$root/usr/share/zsh/vendor-completions/_snug" &&
        grep -q 'complete -c snug' "$root/usr/share/fish/vendor_completions.d/snug.fish"
}

# --- a fresh Debian

# run_foreign_programs: lets the kernel hand programs for other machines to qemu.
run_foreign_programs() {
    mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || return 1
    need_packages qemu-user-static binfmt-support arch-test && update-binfmts --enable
}
make_root() {
    local mirror
    # where this machine has its own packages from
    mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' | grep -v security | head -n 1)
    mmdebstrap --quiet --architectures="$(dpkg-deb --field "$first" Architecture)" --variant=apt "$release" "$root" "${mirror:-}" || return 1
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    echo "127.0.0.1 localhost" >"$root/etc/hosts"
    mount -t proc proc "$root/proc"
}
install_package() { cp "$1" "$root/tmp/" && apt install "/tmp/${1##*/}"; }
pulls_in_nothing() {
    install_package "$first" >"$work/apt" 2>&1 || { cat "$work/apt"; return 1; }
    cat "$work/apt"
    grep -q ' 1 newly installed, 0 to remove' "$work/apt"
}
is_enabled() { [ -L "$root/etc/systemd/system/multi-user.target.wants/snug.service" ]; }

# --- the service, as the unit describes it: a user without a name, the file system read-only but for the data folder, no privileges

setting() { sed -n "s/^$1=//p" "$root/$unit" | tail -n 1; }
start_node() {
    local state=$root/var/lib/private/snug command
    read -r -a command <<<"$(setting ExecStart)"
    mkdir -p "$state"
    chmod 700 "$root/var/lib/private"
    chmod "$(setting StateDirectoryMode)" "$state"
    chown -R 61234:61234 "$state"
    [ -e "$root/var/lib/snug" ] || ln -s private/snug "$root/var/lib/snug"
    # shellcheck disable=SC2016 # meant for the inner shell
    unshare --mount bash -c '
        set -e
        root=$1; shift
        mount --bind "$root" "$root"
        mount --bind "$root/var/lib/private/snug" "$root/mnt"
        mount -t tmpfs -o mode=755 tmpfs "$root/var/lib/private"
        mkdir "$root/var/lib/private/snug"
        mount --move "$root/mnt" "$root/var/lib/private/snug"
        mount -t tmpfs tmpfs "$root/tmp"
        mount -t proc proc "$root/proc"
        mount -o remount,bind,ro "$root"
        exec chroot "$root" setpriv --reuid 61234 --regid 61234 --clear-groups --no-new-privs --bounding-set -all,+net_bind_service \
            --inh-caps -all,+net_bind_service --ambient-caps -all,+net_bind_service \
            env -i STATE_DIRECTORY=/var/lib/snug CONFIGURATION_DIRECTORY=/etc/snug "$@"
    ' - "$root" "${command[@]}" >"$work/greeting" 2>"$work/log" &
    node=$!
    for _ in $(seq "$patience"); do
        url=$(grep -oE 'https://localhost:[0-9]+' "$work/greeting" | head -n 1)
        fingerprint=$(sed -n 's/^ *SHA-256 //p' "$work/greeting")
        [ -n "$url" ] && [ -n "$fingerprint" ] && return 0
        kill -0 "$node" || break
        sleep 0.1
    done
    cat "$work/greeting" "$work/log"
    return 1
}
stop_node() {
    kill "$node" && wait "$node"
    local status=$?
    node=
    cat "$work/log"
    return $status
}
answers() { [ "$(curl -sS --cacert "$root/var/lib/private/snug/tls/ca.crt" "$url/healthz")" = ok ] && in_root snug status --running; }
answers_on_port() { [ "${url##*:}" = "$1" ] && answers; }
offers_first_account() { grep -q "$url/setup/" "$work/greeting" && curl -sSf --cacert "$root/var/lib/private/snug/tls/ca.crt" "$url/setup/" -o /dev/null; }

# --- people

client() { in_root snug "$@" --profile "$who" --client-dir /home/devices; }
add_person() { echo "$password" | in_root snug user add "$1" --password-stdin; }
log_in() { who=$1; echo "$password" | client login "$url" "$1" --key-file --fingerprint "$fingerprint"; }
ann_writes() { who=ann; client send @bob "$1"; }
bob_reads() {
    who=bob
    client tail @ann -n 10 --once >"$work/heard" 2>&1
    cat "$work/heard"
    for text in "$@"; do grep -qF "$text" "$work/heard" || return 1; done
}

# --- what stays and what goes

is_revision() { [ "$(in_root dpkg-query -W -f '${Version} ${Status}' snug)" = "$(project_version)-$1 install ok installed" ]; }
keeps_the_setting() { grep -q "^listen = .*$port" "$root/etc/snug/snug.toml"; }
remove_package() { apt remove snug && [ ! -e "$root/usr/bin/snug" ] && [ ! -e "$root/$unit" ]; }
data_is_there() { [ -s "$root/var/lib/private/snug/master.key" ]; }
purge_by_default() { apt purge snug >"$work/apt" 2>&1 && cat "$work/apt" && grep -q "data is kept in /var/lib/snug" "$work/apt" && [ ! -e "$root/etc/snug" ]; }
purge_with_data() {
    echo "snug snug/purge-data boolean true" | in_root debconf-set-selections && apt purge snug
}
nothing_is_left() {
    local left
    left=$(find "$root" -xdev -iname '*snug*' -not -path "$root/tmp/*" -not -path "$root/home/devices*")
    echo "$left"
    [ -z "$left" ] && ! in_root debconf-show snug | grep -q snug && ! in_root dpkg-query -W snug
}

unit=lib/systemd/system/snug.service
port=$((20000 + RANDOM % 10000))
need_packages mmdebstrap lintian systemd curl >"$work/packages" 2>&1 || { cat "$work/packages"; exit 1; }
if [ -n "$(emulator_for "$program")" ]; then
    expect "this machine runs programs for the other" run_foreign_programs
    patience=1200
fi

expect "the packages are made" make_packages
[ "$failed" -eq 0 ] || finish
expect "lintian is content" lintian_is_content
expect "a fresh Debian ($release) is made" make_root
[ "$failed" -eq 0 ] || finish
expect "it installs, and pulls in no other package" pulls_in_nothing
expect "it will start with the machine" is_enabled
expect "the unit is valid and closed" unit_is_valid
expect "manual and completions are there" has_manual_and_completions

sed -i "s/^#listen = .*/listen = [\"127.0.0.1:$port\"]/" "$root/etc/snug/snug.toml"
expect "it starts as its unit says" start_node
expect "it answers where its configuration says" answers_on_port "$port"
expect "it offers the first account" offers_first_account
mkdir -p "$root/home/devices"
for person in ann bob; do
    expect "$person gets an account" add_person "$person"
    expect "$person signs in" log_in "$person"
done
expect "ann writes to bob" ann_writes "before the upgrade"
expect "bob reads it" bob_reads "before the upgrade"
expect "it stops when told to" stop_node

expect "it upgrades" install_package "$second"
expect "the new revision is there" is_revision 2
expect "the changed setting stays" keeps_the_setting
expect "it starts again" start_node
expect "ann writes once more" ann_writes "after the upgrade"
expect "bob reads both" bob_reads "before the upgrade" "after the upgrade"
expect "it stops again" stop_node

expect "it is removed" remove_package
expect "the data stays" data_is_there
expect "the setting stays, too" keeps_the_setting
expect "it is purged, without an answer about the data" purge_by_default
expect "the data is kept" data_is_there
expect "it is installed once more" install_package "$second"
sed -i "s/^#listen = .*/listen = [\"127.0.0.1:$port\"]/" "$root/etc/snug/snug.toml"
expect "it starts on the data that was kept" start_node
expect "bob reads what was written" bob_reads "before the upgrade" "after the upgrade"
expect "it stops once more" stop_node
expect "it is purged with its data" purge_with_data
expect "nothing is left of it" nothing_is_left
finish
