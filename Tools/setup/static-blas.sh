#!/usr/bin/env bash
# Makes a directory that holds OpenBLAS's static library alone, with a pkg-config file that points there, so that a
# build that finds this file first links the library in.
#
#   Tools/setup/static-blas.sh DIRECTORY
set -euo pipefail

mkdir -p "${1:?usage: static-blas.sh DIRECTORY}"
directory=$(readlink -f "$1")
library=$(pkg-config --variable=libdir openblas)/libopenblas.a
if [ ! -f "$library" ]; then
    echo "setup: $library is not there; Debian's libopenblas-dev has it" >&2
    exit 1
fi
ln -sf "$(readlink -f "$library")" "$directory/libopenblas.a"
cat >"$directory/openblas.pc" <<PC
Name: openblas
Description: OpenBLAS, the static library
Version: $(pkg-config --modversion openblas)
Libs: -L$directory -lopenblas
Cflags: $(pkg-config --cflags openblas)
PC
