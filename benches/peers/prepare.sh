#!/usr/bin/env bash
# Installs what the peers need and isn't there: Debian's packages, and the Node packages into this folder.
# Says what it could not get; the bench leaves those peers out.
set -u
cd "$(dirname "$0")"

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
missing=()
command -v ngircd >/dev/null || [ -x /usr/sbin/ngircd ] || missing+=(ngircd)
command -v prosody >/dev/null || missing+=(prosody)
command -v redis-server >/dev/null || missing+=(redis-server)
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null; then
    # the packages would start their services; we start our own, on ports of our own
    printf '#!/bin/sh\nexit 101\n' >"${TMPDIR:-/tmp}/policy-rc.d" && chmod +x "${TMPDIR:-/tmp}/policy-rc.d"
    kept=/usr/sbin/policy-rc.d
    [ -e $kept ] || { "${as_root[@]}" cp "${TMPDIR:-/tmp}/policy-rc.d" $kept && trap '"${as_root[@]}" rm -f $kept' EXIT; }
    "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
        echo "could not install: ${missing[*]}"
fi
[ -d node_modules/fastify ] && [ -d node_modules/socket.io ] || npm install --no-save --no-package-lock --no-audit --no-fund || echo "could not install the Node packages"
