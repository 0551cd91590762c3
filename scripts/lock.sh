#!/bin/sh
# Resolve pyproject.toml into the two locks: every version, every hash, no address.
set -eu
cd "$(dirname "$0")/.."

UV=$(command -v uv || true)
[ -n "$UV" ] || { [ -x .venv/bin/uv ] && UV=.venv/bin/uv; } || {
    echo "make lock needs uv on PATH." >&2
    exit 1
}

compile() {
    "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header "$@" pyproject.toml
}

compile ${UPGRADE:+--upgrade} --output-file requirements.txt
compile ${UPGRADE:+--upgrade} --extra dev --output-file requirements-dev.txt

if grep -n '://' requirements.txt requirements-dev.txt; then
    echo "A lock holds an address." >&2
    exit 1
fi
