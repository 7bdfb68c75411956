#!/usr/bin/env bash
# Makes a directory that holds OpenBLAS's static library alone, so that a linker that looks there first takes it.
#
#   Tools/setup/static-blas.sh DIRECTORY
set -euo pipefail

directory=${1:?usage: static-blas.sh DIRECTORY}
library=$(pkg-config --variable=libdir openblas)/libopenblas.a
if [ ! -f "$library" ]; then
    echo "setup: $library is not there; Debian's libopenblas-dev has it" >&2
    exit 1
fi
mkdir -p "$directory"
ln -sf "$(readlink -f "$library")" "$directory/libopenblas.a"
