#!/bin/sh
# Make .venv/ hold exactly what a lock file names. Does nothing when it does already.
#   scripts/bootstrap.sh requirements.txt | requirements-dev.txt
# Works with uv, with venv and pip, or with pip alone where ensurepip is missing (as on Debian).
set -eu
cd "$(dirname "$0")/.."

LOCK=${1:-requirements.txt}
VENV=.venv
PY=$VENV/bin/python
QUIETLY="--quiet --quiet --disable-pip-version-check --no-input"
OLDEST='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

is_new_enough() { "$1" -c "$OLDEST" 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null 2>&1 && is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    found=$(${PYTHON:-python3} -V 2>/dev/null || echo "no Python at all")
    die "Muster needs Python 3.11 or newer, and found $found." \
        "Install one (Debian: apt-get install python3; macOS: brew install python)," \
        "or name one: PYTHON=/path/to/python3 make run"
}

# The stamp says which lock was installed into this environment, by which Python.
stamp_of() {
    "$PY" -c 'import hashlib, sys
print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest(), sys.version.split()[0])' "$1"
}

is_installed() {
    [ -f "$VENV/$LOCK.stamp" ] && is_new_enough "$PY" &&
        [ "$(cat "$VENV/$LOCK.stamp")" = "$(stamp_of "$LOCK")" ]
}

has_pip() { "$1" -c 'from ensurepip import version' 2>/dev/null || "$1" -m pip --version >/dev/null 2>&1; }

install_pip() {
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "Installing python3-venv from the system's packages."
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3-venv >&2
    fi
    has_pip "$1" || die "$1 has neither pip nor the means to install it." \
        "Install them (Debian: apt-get install python3-venv), or install uv, then try again."
}

# A fresh environment, with pip in it where this Python can put it there.
make_venv() {
    rm -rf "$VENV"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$1" "$VENV"
    elif "$1" -c 'from ensurepip import version' 2>/dev/null; then
        "$1" -m venv "$VENV"
    else
        "$1" -m venv --without-pip "$VENV"
    fi
}

install_lock() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$PY" --require-hashes -r "$LOCK"
    elif "$PY" -m pip --version >/dev/null 2>&1; then
        "$PY" -m pip install $QUIETLY --require-hashes -r "$LOCK"
    else
        # Debian's own pip can install into any environment.
        "$PYTHON" -m pip --python "$PY" install $QUIETLY --require-hashes -r "$LOCK"
    fi
}

if is_installed; then
    exit 0
fi

say "Preparing $VENV from $LOCK. This takes a minute the first time."
PYTHON=$(find_python)
command -v uv >/dev/null 2>&1 || has_pip "$PYTHON" || install_pip "$PYTHON"
is_new_enough "$PY" || make_venv "$PYTHON"
install_lock || die "$LOCK could not be installed; see above. Is there a network?"

stamp_of "$LOCK" >"$VENV/$LOCK.stamp"
# What the tests need holds all that running needs.
if [ "$LOCK" = requirements-dev.txt ]; then
    stamp_of requirements.txt >"$VENV/requirements.txt.stamp"
fi
