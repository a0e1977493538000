#!/usr/bin/env bash
# Makes what the AUR wants of a release: PKGBUILDs with checksums, and their .SRCINFO. Where Debian's makepkg and pacman are,
# builds the package with the released program and installs it into an empty folder. Says "N passed, N failed" at its end.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/program.sh
. scripts/expect.sh

folder=$(realpath "${1:?usage: scripts/aur.sh FOLDER WITH THE RELEASE}")
version=$(project_version)
work=$(mktemp -d "${TMPDIR:-/tmp}/snug-aur.XXXXXX")
trap 'rm -rf "$work"' EXIT

# makepkg refuses to be root
as_nobody() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$work/home" "$@"; else "$@"; fi; }
sum() { sha256sum "$folder/$1" 2>/dev/null | cut -d ' ' -f 1; }
# fill_in PKGBUILD ARRAY FILE: the checksum of a released file; one that was not built this time keeps SKIP.
fill_in() {
    local digest
    digest=$(sum "$3")
    [ -z "$digest" ] || sed -i "s/^$2=.*/$2=('$digest')/" "$1"
}
lay_out() {
    grep -qx "pkgver=$version" "packaging/aur/$1/PKGBUILD" || { echo "packaging/aur/$1/PKGBUILD: pkgver is not $version"; return 1; }
    mkdir -p "$work/$1" && cp "packaging/aur/$1/PKGBUILD" packaging/aur/snug.install "$work/$1/" || return 1
    fill_in "$work/$1/PKGBUILD" sha256sums "snug-$version.tar.gz"
    for machine in x86_64 aarch64; do
        fill_in "$work/$1/PKGBUILD" "sha256sums_$machine" "snug-$version-$machine-linux.tar.gz"
    done
    mkdir -p "$work/home"
    if [ "$(id -u)" -eq 0 ]; then chown -R 65534:65534 "$work/$1" "$work/home"; fi
    chmod 755 "$work"
    (cd "$work/$1" && as_nobody makepkg --printsrcinfo >"$work/SRCINFO") || return 1
    mkdir -p "$folder/aur/$1"
    cp "$work/$1/PKGBUILD" "$work/$1/snug.install" "$folder/aur/$1/"
    cp "$work/SRCINFO" "$folder/aur/$1/.SRCINFO"
}
# as the AUR would have it, but for the checksums
srcinfo_is_current() { diff <(sed 's/\(sha256sums[a-z0-9_]* = \).*/\1SKIP/' "$folder/aur/$1/.SRCINFO") "packaging/aur/$1/.SRCINFO"; }
builds() {
    cp "$folder/snug-$version-$(uname -m)-linux.tar.gz" "$work/snug-bin/" && cd "$work/snug-bin" || return 1
    as_nobody makepkg --force --nodeps
}
installs() {
    # pacman wants to be root
    mkdir -p "$work/system/var/lib/pacman"
    pacman --root "$work/system" --noconfirm --nodeps --nodeps --noscriptlet --hookdir "$work/none" -U "$work"/snug-bin/snug-bin-*.pkg.tar.*
}
works() {
    "$work/system/usr/bin/snug" --version && "$work/system/usr/bin/snug" --config "$work/system/etc/snug/snug.toml" config check &&
        [ -s "$work/system/usr/lib/systemd/system/snug.service" ] && [ -s "$work/system/usr/share/man/man1/snug-user-add.1.gz" ]
}

need_packages makepkg pacman-package-manager libarchive-tools zstd >"$work/packages" 2>&1 || { cat "$work/packages"; exit 1; }
for name in snug snug-bin; do
    expect "$name: PKGBUILD and .SRCINFO are made" lay_out "$name"
    expect "$name: the .SRCINFO in packaging/aur is current" srcinfo_is_current "$name"
done
if [ -f "$folder/snug-$version-$(uname -m)-linux.tar.gz" ]; then
    expect "snug-bin: makepkg builds it" builds
    if [ "$(id -u)" -eq 0 ]; then
        expect "snug-bin: pacman installs it" installs
        expect "snug-bin: what was installed works" works
    fi
fi
finish
