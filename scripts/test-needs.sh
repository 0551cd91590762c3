#!/bin/sh
# See to the programs the tests need beside Python: Chromium, and PostgreSQL's server.
# On Debian and its like they are installed; elsewhere this says what to install.
set -eu

say() { printf '%s\n' "$*" >&2; }

has_chromium() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -n "${MUSTER_CHROMIUM:-}" ] ||
        [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] ||
        [ -x "/Applications/Chromium.app/Contents/MacOS/Chromium" ]
}

has_postgresql() {
    command -v initdb >/dev/null 2>&1 && return 0
    for folder in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin; do
        [ -x "$folder/initdb" ] && return 0
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

# install WHAT APT_PACKAGES BREW_WORDS
install() {
    if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
        say "The tests need $1: installing it from the system's packages ($2)."
        as_root apt-get update -qq
        # shellcheck disable=SC2086  # several packages
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq -y --no-install-recommends $2 >&2
    elif command -v apt-get >/dev/null 2>&1; then
        say "The tests need $1. Install it: sudo apt-get install $2"
        exit 1
    else
        say "The tests need $1. Install it; on macOS: brew install $3"
        exit 1
    fi
}

has_chromium || install Chromium "chromium fonts-liberation" "--cask chromium"
has_postgresql || install "PostgreSQL's server" postgresql postgresql@17
