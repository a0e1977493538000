#!/usr/bin/env bash
# Makes a whole release in dist/: the programs, archives, Debian packages, what the AUR wants, the sources with the web UI built,
# the bill of materials and the checksums. Then tests the packages. `scripts/packages.sh x86_64` is for one machine only.
# Programs that are in dist/ already are taken as they are; remove them to have them built anew.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/program.sh

machines=${*:-"x86_64 aarch64"}
version=$(project_version)
SOURCE_DATE_EPOCH=$(project_time)
export SOURCE_DATE_EPOCH
umask 022
# the same files in the same order with the same times give the same archive
pack() { tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "$@" | gzip -9n; }

mkdir -p dist
for machine in $machines; do
    program=dist/snug-$version-$machine-linux-musl
    [ -x "$program" ] || scripts/dist.sh "$machine-unknown-linux-musl"
    name=snug-$version-$machine-linux
    scripts/release-tree.sh "$program" "target/release-tree/$name"
    pack -C target/release-tree "$name" >"dist/$name.tar.gz"
    scripts/deb.sh "target/release-tree/$name" dist
    tree=target/release-tree/$name
done
install -m 644 "$tree/sbom.cdx.json" "dist/snug-$version-sbom.cdx.json"

# with the web UI built and the list of licences, so that whoever packs it needs neither Node.js nor Python
sources=target/release-tree/snug-$version
rm -rf "$sources"
mkdir -p "$sources"
git archive HEAD | tar -x -C "$sources"
cp -r web-ui/dist "$sources/web-ui/dist"
cp "$tree/THIRD-PARTY.txt" "$sources/"
pack -C target/release-tree "snug-$version" >"dist/snug-$version.tar.gz"

scripts/aur.sh dist
(
    cd dist
    find . -maxdepth 1 -type f -name "snug[-_]$version*" -not -name '*.sha256' -printf '%f\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS
    cat SHA256SUMS
)
for machine in $machines; do
    if [ "$machine" = "$(uname -m)" ]; then scripts/container-check.sh; fi
    scripts/package-test.sh "dist/snug-$version-$machine-linux-musl"
done
