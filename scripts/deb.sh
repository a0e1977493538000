#!/usr/bin/env bash
# Makes a Debian package of a release tree (scripts/release-tree.sh), with Debian's own tools; says its name.
set -euo pipefail
cd "$(dirname "$0")/.."

tree=$(realpath "${1:?usage: scripts/deb.sh TREE FOLDER [REVISION]}")
folder=$(realpath "${2:?usage: scripts/deb.sh TREE FOLDER [REVISION]}")
revision=${3:-1}
. scripts/program.sh
need_packages debhelper dpkg-dev fakeroot >&2

case $(program_machine "$tree/snug") in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
esac
version=$(project_version)-$revision
work=$(mktemp -d "${TMPDIR:-/tmp}/snug-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir "$work/snug"
cp -r "$tree/." packaging/debian "$work/snug/"
cd "$work/snug"
cp snug.service debian/snug.service
# Debian has no copy of this licence to point at
sed 's/^$/./; s/^/ /' LICENSE >>debian/copyright
# a debug build is no static program, and has none of the C library's fortified functions
if readelf -l snug | grep -q INTERP; then
    sed -i 's/^snug: statically-linked-binary /snug: hardening-no-fortify-functions /' debian/snug.lintian-overrides
fi
SOURCE_DATE_EPOCH=$(cd "$OLDPWD" && project_time)
export SOURCE_DATE_EPOCH
maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
{
    printf 'snug (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * What is new in Snug %s is in /usr/share/doc/snug/changelog.gz.\n\n' "${version%-*}"
    printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} >debian/changelog

# -d: what builds the program is not needed to pack it
if ! DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -b -us -uc -d -a "$architecture" >../log 2>&1; then
    cat ../log >&2
    exit 1
fi
mv "../snug_${version}_$architecture.deb" "$folder/"
echo "$folder/snug_${version}_$architecture.deb"
