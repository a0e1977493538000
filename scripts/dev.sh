#!/bin/sh
# The node from its sources on plain HTTP, and the UI's development server in front of it. Ctrl+C ends both.
set -eu
cd "$(dirname "$0")/.."

[ -f web-ui/node_modules/.package-lock.json ] || (cd web-ui && npm install --no-save --no-audit --no-fund)
export SNUG_SKIP_UI=1
cargo build

./target/debug/snug --data target/dev --plain-http --listen 127.0.0.1:8080 --public-url http://localhost:5173 &
node=$!
trap 'kill "$node" 2>/dev/null || true; wait "$node" 2>/dev/null || true' EXIT INT TERM

cd web-ui
SNUG_NODE=http://127.0.0.1:8080 npm run dev -- --strictPort
