#!/usr/bin/env bash
# Installs the system packages a target needs, or says which command does when this user may not.
#
#   Tools/setup/system-packages.sh build|demo|test|bench
set -euo pipefail

purpose=${1:?usage: system-packages.sh build|demo|test|bench}

fail() {
    echo "setup: $*" >&2
    exit 1
}

command -v swift >/dev/null || fail "swift is not on the PATH; install a Swift 6.2 (or newer) toolchain from swift.org, then run make again"

if [ "$(uname -s)" = Darwin ]; then
    case $purpose in
    test) formulas=(shellcheck) ;;
    bench) formulas=(openblas pkg-config) ;;
    *) exit 0 ;;
    esac
    command -v brew >/dev/null || fail "Homebrew is needed to install ${formulas[*]}"
    for formula in "${formulas[@]}"; do
        brew list "$formula" >/dev/null 2>&1 || brew install "$formula"
    done
    exit 0
fi

missing=()
need() { # need PACKAGE COMMAND...: the package is missing when the command fails
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

need git command -v git
# The corpus reader unpacks gzip with it.
need zlib1g-dev test -e /usr/include/zlib.h
if [ "$purpose" != build ]; then
    need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
    need python3 command -v python3
    need python3-venv python3 -c 'import ensurepip, venv'
fi
if [ "$purpose" = bench ]; then
    # What the kernels are measured against.
    need pkg-config command -v pkg-config
    need libopenblas-dev pkg-config --exists openblas
fi
if [ "$purpose" = test ]; then
    need shellcheck command -v shellcheck
    need groff-base command -v groff
    # Completions are tried in the shells they are for, and certificates are made to be refused.
    need zsh command -v zsh
    need fish command -v fish
    need openssl command -v openssl
    # The unit in deploy/ is checked by what reads it.
    need systemd command -v systemd-analyze
    # The pages of `apr report` are looked at in a browser, headless.
    if ! command -v chromium >/dev/null; then need chromium-headless-shell command -v chromium-headless-shell; fi
    need fonts-dejavu-core test -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
fi

[ ${#missing[@]} -gt 0 ] || exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
command -v apt-get >/dev/null || fail "missing: ${missing[*]}; install them with this system's package manager (these are Debian's names), then run make again"
if [ "$(id -u)" -ne 0 ]; then
    fail "missing: ${missing[*]}; run this and then make again:
    sudo apt-get update && sudo $install"
fi
echo "setup: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null
# shellcheck disable=SC2086 # one word per package is meant
$install </dev/null >&2
