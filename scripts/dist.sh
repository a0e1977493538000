#!/usr/bin/env bash
# Builds the released program: static, against musl, with the web UI inside. Then checks it as far as one machine can.
#
# zig (from PyPI, in target/zig) is compiler and linker for the C parts. Where rustup has no musl target to give, the
# standard library is built from source with Debian's rustc-web, which comes with it; see docs/architecture.md.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-x86_64-unknown-linux-musl}
arch=${target%%-*}
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
out=dist/snug-$version-$arch-linux-musl
zig=target/zig

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

need_packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Installing ${missing[*]} …"
    as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

if [ ! -x "$zig/bin/cargo-zigbuild" ]; then
    python3 -m venv "$zig" 2>/dev/null || { need_packages python3-venv && python3 -m venv "$zig"; }
    "$zig/bin/pip" install --quiet ziglang cargo-zigbuild
fi
# pip installs zig as a module; cargo-zigbuild finds it through this python
export PATH="$PWD/$zig/bin:$PATH"

build=(cargo-zigbuild build --release --locked --target "$target")
if ! rustup target list --installed 2>/dev/null | grep -qx "$target" && ! rustup target add "$target" 2>/dev/null; then
    need_packages rustc-web cargo-web rust-web-src
    export RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo RUSTC_BOOTSTRAP=1
    build+=(-Zbuild-std=std,panic_unwind)
fi
# fixed, because another value would build everything anew
RUSTFLAGS="-C link-self-contained=no" CARGO_TARGET_DIR=target/dist "${build[@]}"

mkdir -p dist
install -m 755 "target/dist/$target/release/snug" "$out"
(cd dist && sha256sum "$(basename "$out")" >"$(basename "$out").sha256")
[ "$arch" = "$(uname -m)" ] && scripts/dist-check.sh "$out"
ls -l "$out"
