#!/usr/bin/env bash
# Builds the released program: static, against musl, with the web UI inside. Then checks it, under qemu if it is for another machine.
# `scripts/dist.sh aarch64-unknown-linux-musl` is for 64-bit Arm.
#
# zig (from PyPI, in target/zig) is compiler and linker for the C parts. Where rustup has no musl target to give, the
# standard library is built from source with Debian's rustc-web, which comes with it; see docs/packaging.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/program.sh

target=${1:-x86_64-unknown-linux-musl}
arch=${target%%-*}
version=$(project_version)
out=dist/snug-$version-$arch-linux-musl
zig=target/zig

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
scripts/dist-check.sh "$out"
ls -l "$out"
