#!/usr/bin/env bash
# Lays out the program and what belongs to it: manual, completions, unit, configuration, licences. Packages are made of this folder.
# The program itself writes manual and completions; one for another machine runs under qemu.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:?usage: scripts/release-tree.sh PROGRAM FOLDER}")
folder=${2:?usage: scripts/release-tree.sh PROGRAM FOLDER}
. scripts/program.sh
# one word or none, so it stands without quotes
emulator=$(emulator_for "$program")
strip=strip
if [ -n "$emulator" ]; then
    machine=$(program_machine "$program")
    need_packages qemu-user-static "binutils-$machine-linux-gnu"
    strip=$machine-linux-gnu-strip
fi

rm -rf "$folder"
mkdir -p "$folder"/completions/{bash,zsh,fish} "$folder/docs"
# as Debian strips; a debug build is for those who have its sources
install -m 755 "$program" "$folder/snug"
$strip --strip-unneeded --remove-section=.comment "$folder/snug"

$emulator "$program" man "$folder/man"
$emulator "$program" completions bash >"$folder/completions/bash/snug"
$emulator "$program" completions zsh >"$folder/completions/zsh/_snug"
$emulator "$program" completions fish >"$folder/completions/fish/snug.fish"
$emulator "$program" config example >"$folder/snug.toml"
install -m 644 packaging/systemd/snug.service "$folder/snug.service"
install -m 644 LICENSE README.md CHANGELOG.md "$folder/"
install -m 644 docs/installing.md docs/terminal.md docs/encryption.md docs/features.md "$folder/docs/"
python3 scripts/third-party.py "$folder"
