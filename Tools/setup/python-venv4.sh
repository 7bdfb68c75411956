#!/usr/bin/env bash
# Makes .venv4, the last transformers 4 on top of .venv: four packages of its own shadow those of .venv, everything
# else (torch above all) is .venv's, found through a path file that Python reads after its own packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.venv4
[ -x "$environment/bin/python" ] || .venv/bin/python -m venv --without-pip "$environment"
site=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' >"$site/stack5.pth"
# --no-deps: their dependencies are .venv's; `pip check`-like complaints about the shadowed ones would only confuse.
.venv/bin/python -m pip --disable-pip-version-check --quiet --python "$environment/bin/python" \
    install --no-deps --requirement Tools/requirements-stack4.txt
"$environment/bin/python" - <<'PYTHON'
import peft, transformers  # the pair must at least import together
print("setup: .venv4 has transformers", transformers.__version__, "and peft", peft.__version__)
PYTHON
touch "$environment/.ready"
