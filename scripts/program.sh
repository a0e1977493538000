# Reads of the scripts that handle a built program; to be sourced.
# shellcheck shell=bash

# program_machine PROGRAM: what kind of machine it is for, as uname says it.
program_machine() {
    case $(readelf -h "$1" | sed -n 's/^ *Machine: *//p') in
        *X86-64*) echo x86_64 ;;
        AArch64) echo aarch64 ;;
        *) echo "$1 is for no machine that packages are made for" >&2; return 1 ;;
    esac
}

# emulator_for PROGRAM: what runs it here: nothing, or qemu if it is for another machine.
emulator_for() {
    local machine
    machine=$(program_machine "$1") || return 1
    [ "$machine" = "$(uname -m)" ] || echo "qemu-$machine-static"
}

# project_version: the version in Cargo.toml.
project_version() { sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml; }

# project_time: when the sources were last changed, in Unix seconds: the same sources give the same packages.
project_time() { git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# need_packages PACKAGE…: installs those of Debian's that are missing.
need_packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Installing ${missing[*]} …"
    as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}
